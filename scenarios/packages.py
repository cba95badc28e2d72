"""Laying retrofit packages over a scenario.

    written = take_options(document)        options, and the document without them
    written.with_packages(["heat_pump"])    the document with what they add and change

Every entry keeps the file and line where the package says it, so that what is wrong
with a package is found there.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from verdigrid.models.errors import InputError, Problem
from verdigrid.scenarios.changes import Refuse, change, require_name
from verdigrid.scenarios.document import Document, Origin
from verdigrid.scenarios.option_rules import (
    CHANGEABLE,
    conflicts,
    deeds,
    rule_problems,
)
from verdigrid.scenarios.options import OPTIONS, Combination, Options
from verdigrid.scenarios.stages import Overlaid
from verdigrid.scenarios.validate import validate
from verdigrid.scenarios.wording import did_you_mean, listed
from verdigrid.scenarios.yaml_file import Place, dotted

#: Component that holds the lump sum of a package is its name and this.
LUMP_SUM = "_lump_sum"


@dataclass(frozen=True)
class WrittenOptions:
    """Packages as the files have them; ``document`` is all that the files say."""

    options: Options
    document: Document

    @property
    def used(self) -> Combination:
        """Packages that the scenario lays over itself, in order."""
        return self.options.in_order(set(self.options.use))

    def without_packages(self) -> Document:
        """A copy of the document around the packages."""
        data = {k: deepcopy(v) for k, v in self.document.data.items() if k != OPTIONS}
        origins = {
            place: origin
            for place, origin in self.document.origins.items()
            if place[:1] != (OPTIONS,)
        }
        return Document(data, origins, self.document.files)

    def with_packages(self, names: Sequence[str]) -> Document:
        """A copy of it with packages laid over. Raises InputError."""
        problems = conflicts(self.options, self.document, names)
        if problems:
            raise InputError(problems)
        found = self.without_packages()
        for name in self.options.in_order(set(names)):
            problems += _lay(found, self, name)
        if problems:
            raise InputError(problems)
        return found

    def overlaid(self, names: Sequence[str] = ()) -> Overlaid:
        """What the packages mean for stages, with some of them taken."""
        found = {
            (section, name)
            for section in CHANGEABLE
            for name in self.document.data.get(section) or ()
        }
        for name, package in self.options.packages.items():
            found |= {("components", key) for key in package.add.components}
            found |= {("buses", key) for key in package.add.buses}
            if package.capex is not None:
                found.add(("components", f"{name}{LUMP_SUM}"))
        told: dict[Place, str] = {}
        for name in names:
            for place, words, _, where in deeds(self.options, name):
                verb, origin = words.split()[0], self.document.origin(where)
                if verb != "adds":
                    told[place] = f"{name} {verb} ({origin.file}:{origin.line})"
        return Overlaid(frozenset(found), told)

    def conflicts(self, names: Sequence[str]) -> str:
        """Why packages can't be combined, in words; empty if they can."""
        found = conflicts(self.options, self.document, names)
        return "\n".join(map(str, found))

    def combinations(self) -> list[Combination]:
        """All combinations that ``choose`` allows. Raises InputError."""
        if self.options.choose is None:
            place = (OPTIONS, "choose")
            expected = "exactly one, at most one, any, {at_most: 2} or {exactly: 2}"
            hint = "without choose: packages are taken by name only"
            raise InputError([self.document.problem(place, "nothing", expected, hint)])
        return self.options.combinations(self.document)


def take_options(document: Document) -> WrittenOptions | None:
    """The packages of a scenario, if it has any. Raises InputError."""
    if OPTIONS not in document.data:
        return None
    data = document.data[OPTIONS]
    options, problems = validate(Options, data, document, (OPTIONS,))
    if options is not None:
        problems = rule_problems(options, document)
    if options is None or problems:
        raise InputError(problems)
    return WrittenOptions(options, document)


def _lay(document: Document, written: WrittenOptions, name: str) -> list[Problem]:
    """Do to ``document`` what a package says; returns what is wrong with it."""
    package, head = written.options.packages[name], (OPTIONS, "packages", name)
    problems: list[Problem] = []

    def refuse_at(place: Place) -> Refuse:
        def refuse(got: str, expected: str, hint: str) -> InputError:
            return InputError([written.document.problem(place, got, expected, hint)])

        return refuse

    def try_to(do: Any, *what: Any) -> None:
        try:
            do(*what)
        except InputError as error:
            problems.extend(error.problems)

    for section in ("buses", "components"):
        for key in written.document.get((*head, "add", section)) or ():
            here = (*head, "add", section, key)
            try_to(_add, document, written, here, refuse_at(here))
    if package.capex is not None:
        try_to(_add_lump_sum, document, written, name, refuse_at((*head, "capex")))
    for path in package.remove:
        try_to(_remove, document, path, refuse_at((*head, "remove")))
    for path, value in package.change.items():
        there = (*head, "change", path)
        origins = written.document.origins_below(there)
        origins = {(): written.document.origin(there), **origins}
        refuse = refuse_at(there)
        try_to(_require_changeable, path, refuse)
        if not problems:
            try_to(change, document, path, value, origins, refuse)
    return problems


def _add(
    document: Document, written: WrittenOptions, here: Place, refuse: Refuse
) -> None:
    """Put a component or bus of a package into the document."""
    place, value = here[-2:], written.document.get(here)
    standing = document.get(place)
    if standing is not None and standing != value:
        got = f"{dotted(place)}, which is there already"
        raise refuse(got, "a new name", "use change: for what stands")
    for section in ("components", "buses"):
        names = document.data.setdefault(section, {})
        if section != place[0] and place[1] in names:
            got = f"{place[1]!r}, which is the name of one of the {section}"
            raise refuse(got, "a name of its own", "")
    origins: dict[Place, Origin] = {(): written.document.origin(here)}
    origins |= written.document.origins_below(here)
    document.set(place, deepcopy(value), origins)


def _add_lump_sum(
    document: Document, written: WrittenOptions, name: str, refuse: Refuse
) -> None:
    """A component that pays the package's own investment."""
    package, component = written.options.packages[name], f"{name}{LUMP_SUM}"
    names = document.data.setdefault("components", {})
    if component in names or component in document.data.get("buses", {}):
        raise refuse(f"capex: beside {component!r}", "no other thing of that name", "")
    price = {"capex": package.capex, "om_per_year": package.om_per_year}
    if package.lifetime_years is not None:
        price["lifetime_years"] = package.lifetime_years
    head = (OPTIONS, "packages", name)
    origins: dict[Place, Origin] = {(): written.document.origin((*head, "capex"))}
    for key in price:
        origins["price", key] = written.document.origin((*head, key))
    value = {"kind": "lump_sum", "price": price}
    document.set(("components", component), value, origins)


def _require_changeable(path: str, refuse: Refuse) -> None:
    parts = path.split(".")
    if not all(parts) or len(parts) < 2 or parts[0] not in CHANGEABLE:
        expected = f"a path below {', '.join(CHANGEABLE)}"
        hint = (
            "what all options are judged by stays the same, or they can't be compared"
        )
        raise refuse(path or "nothing", expected, hint if all(parts) else "")


def _remove(document: Document, path: str, refuse: Refuse) -> None:
    """Take an entry out of the document."""
    _require_changeable(path, refuse)
    place = document.place(path)
    require_name(document, place, refuse)
    for depth in range(2, len(place)):
        holder = document.get(place[:depth])
        known = [str(key) for key in holder] if isinstance(holder, dict) else []
        if str(place[depth]) not in known:
            got = f"{path}, which is not in {dotted(place[:depth])}"
            hint = did_you_mean(str(place[depth]), known)
            raise refuse(got, f"one of {listed(known)}", hint)
    document.remove(place)

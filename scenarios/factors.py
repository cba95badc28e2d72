"""Emission factors that a scenario takes by name: ``{factor: cn-grid-2023}``.

    emissions_kg_per_kwh: {factor: cn-grid-2023}

What the factor file says becomes a number of the scenario before anything is
validated. File and line of the scenario stay with it, and so does the factor.

``library:factors`` is always known; ``factors: {files: [...]}`` of a scenario adds
files of its own. The last file that has a name counts, with the whole entry: the number
of one source never stands beside the year of another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verdigrid.models.component import Component
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.policy import Policy
from verdigrid.models.profile import Profile
from verdigrid.scenarios.document import Document, Origin
from verdigrid.scenarios.factor_file import Energy, Entry, read_factor_file
from verdigrid.scenarios.paths import LIBRARY, Files
from verdigrid.scenarios.plausible import carbon_problem, carbon_remark
from verdigrid.scenarios.validate import validate
from verdigrid.scenarios.wording import did_you_mean, listed
from verdigrid.scenarios.yaml_file import Place, dotted

LIBRARY_FILE = LIBRARY + "factors"
#: Keys of a scenario that take a factor end with this.
ENDING = "_kg_per_kwh"
#: The keys of the two ledgers of bought power.
LOCATION = ("emissions_kg_per_kwh", "location_kg_per_kwh")
MARKET = "market_kg_per_kwh"
#: A factor that is older than the scenario by more years than this is remarked on.
_FRESH_YEARS = 3
_ENERGY_OF_CARRIER: dict[str, Energy] = {
    "electricity": "electricity",
    "heat": "heat",
    "cooling": "heat",
}


class FactorFiles(Strict):
    """The section ``factors`` of a scenario."""

    files: list[str] = parameter(unit="", doc="factor files, the last one counts")


@dataclass(frozen=True)
class FactorOrigin(Origin):
    """Origin of a number that a factor gave."""

    entry: Entry

    @property
    def remark(self) -> str:
        """The factor in words, on one line."""
        entry, factor = self.entry, self.entry.factor
        grade = f" ({factor.grade})" if factor.grade else ""
        how = f"; {factor.calculation}" if factor.calculation else ""
        text = (
            f"factor {entry.name} of {factor.year} for {factor.region} "
            f"({entry.file}:{entry.line}): {factor.source}{grade}{how}"
        )
        return "".join(one for one in " ".join(text.split()) if one.isprintable())


def read_factors(
    names: list[str], document: Document, files: Files
) -> dict[str, Entry]:
    """The library's factors with those of further files above. Raises InputError."""
    place = ("factors", "files")
    found: dict[str, Entry] = {}
    problems: list[Problem] = []
    for name in [LIBRARY_FILE, *names]:
        try:
            path = files.find(name, document.origin(place).folder, ".yaml")
        except InputError as error:
            one = error.problems[0]
            problems.append(document.problem(place, one.got, one.expected, one.hint))
            continue
        try:
            found |= read_factor_file(path, files)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


# -- using -----------------------------------------------------------------------------


def apply_factors(document: Document) -> list[Problem]:
    """Put the numbers of the factors that ``document`` names into it.

    The section ``factors`` is taken out of the data: like ``extends``, it is about
    reading. Returns what is wrong with the names; raises InputError for a file that
    cannot be read.
    """
    names: list[str] = []
    has_section = "factors" in document.data
    if has_section:
        section, problems = validate(
            FactorFiles, document.data["factors"], document, ("factors",)
        )
        if section is None:
            raise InputError(problems)
        names = section.files
    places = [
        place
        for part in ("components", "policies")
        for place in _named_factors(document.get((part,)), (part,))
    ]
    if not places and not has_section:
        return []
    # hashes of the files that are read belong to those of the scenario
    files = Files(document.origin(()).folder, hashes=document.files)
    known = read_factors(names, document, files)
    document.data.pop("factors", None)
    found = [_put(place, known, document) for place in places]
    return [problem for problem in found if problem is not None]


def _named_factors(value: Any, place: Place) -> Iterator[Place]:
    """Places of ``{factor: NAME}`` under keys that take a factor."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith(ENDING) and _names_a_factor(item):
                yield (*place, key)
            else:
                yield from _named_factors(item, (*place, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _named_factors(item, (*place, number))


def _names_a_factor(value: Any) -> bool:
    """True for ``{factor: NAME}``; ``factor: 0.9`` scales a profile instead."""
    return isinstance(value, dict) and isinstance(value.get("factor"), str)


def _put(
    place: Place, known: Mapping[str, Entry], document: Document
) -> Problem | None:
    """Replace the name at ``place`` by its number; the problem if there is none."""
    given, key, here = document.get(place), str(place[-1]), (*place, "factor")
    entry = known.get(given["factor"])
    origin = document.origin(place)
    problem = None
    value: float | None = None
    if len(given) > 1:
        got = f"a factor beside {listed(one for one in given if one != 'factor')}"
        hint = "remove: what an extended file says there, before naming a factor"
        problem = document.problem(place, got, "a factor alone", hint)
    elif entry is None:
        got = f"the unknown factor {given['factor']!r}"
        hint = did_you_mean(given["factor"], known) or f"see {LIBRARY_FILE}"
        problem = document.problem(here, got, f"one of {listed(known)}", hint)
    else:
        value = entry.factor.value_for(key)
        if value is None:
            got = f"{entry.name}, which has no {key}"
            expected = f"a factor with {key} ({entry.file}:{entry.line})"
            problem = document.problem(here, got, expected)
        origin = FactorOrigin(origin.file, origin.line, origin.folder, entry)
    # a number even where there is a problem: validation shall not call it a second one
    document.set(place, 0.0 if value is None else value, {(): origin})
    return problem


# -- judging ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Use:
    """A factor of a component or policy: where, of what energy, how much.

    ``value`` is None for a series, ``entry`` for what was not taken from a file.
    """

    place: Place
    energy: Energy
    value: float | None
    entry: Entry | None
    has_both_ledgers: bool

    @property
    def key(self) -> str:
        return str(self.place[-1])


def _uses(
    components: Mapping[str, Component],
    policies: Mapping[str, Policy],
    nodes: Mapping[str, Node],
    document: Document,
) -> Iterator[_Use]:
    """Every emission factor of the scenario."""
    for name, component in components.items():
        bus = [link.node for link in component.connections() if link.field == "bus"]
        node = nodes.get(bus[0]) if bus else None
        if node is not None:
            energy = _ENERGY_OF_CARRIER.get(node.carrier, "fuel")
            yield from _uses_of(component, ("components", name), energy, document)
    for name, policy in policies.items():
        # policies ask for the factors of bought power alone
        yield from _uses_of(policy, ("policies", name), "electricity", document)


def _uses_of(
    model: Component | Policy, head: Place, energy: Energy, document: Document
) -> Iterator[_Use]:
    fields = type(model).model_fields
    for field in fields:
        value = getattr(model, field)
        if not field.endswith(ENDING) or value is None:
            continue
        place = (*head, field)
        origin = document.origins.get(place)
        entry = origin.entry if isinstance(origin, FactorOrigin) else None
        if isinstance(value, Profile):
            scale = 1.0 if value.factor is None else value.factor
            value = None if value.constant is None else value.constant * scale
        yield _Use(place, energy, value, entry, MARKET in fields)


def judge_factors(
    components: Mapping[str, Component],
    policies: Mapping[str, Policy],
    nodes: Mapping[str, Node],
    document: Document,
    year: int | None,
) -> tuple[list[Problem], list[str]]:
    """What is wrong with the factors of a scenario of ``year``; and notes on them.

    Series are judged when they are read.
    """
    uses = list(_uses(components, policies, nodes, document))
    problems = [problem for use in uses for problem in _problems_of(use, document)]
    notes = [note for use in uses for note in _notes_of(use)]
    if year is not None:
        notes += _notes_on_age(uses, year)
    return problems, notes


def _problems_of(use: _Use, document: Document) -> Iterator[Problem]:
    entry = use.entry
    if entry is not None and entry.factor.kind != use.energy:
        got = f"{entry.name}, a factor of {entry.factor.kind}"
        yield document.problem(use.place, got, f"a factor of {use.energy}")
        return
    located = use.has_both_ledgers and use.key in LOCATION
    if entry is not None and located and entry.factor.ledger == "market":
        got = f"{entry.name}, a market-based factor"
        expected = "what the grid around the site emits (location-based)"
        yield document.problem(use.place, got, expected, f"use {MARKET}")
    wrong = None if use.value is None else carbon_problem(use.value, use.energy)
    if wrong is not None:
        yield document.problem(use.place, f"{use.value:g}", *wrong)


def _notes_of(use: _Use) -> Iterator[str]:
    where, entry = dotted(use.place), use.entry
    if entry is not None and use.key == MARKET and entry.factor.ledger == "location":
        yield (
            f"{where}: {entry.name} is a location-based factor; contracts or the "
            "residual mix are asked for here"
        )
    beside = use.key.startswith(("upstream", "biogenic"))
    if use.value is not None and not beside:
        remark = carbon_remark(use.value, use.energy)
        if remark:
            yield f"{where}: {remark}"


def _notes_on_age(uses: list[_Use], year: int) -> Iterator[str]:
    """Old factors, each once. What a fuel holds does not age: only mixes do."""
    places: dict[str, list[str]] = {}
    entries = {use.entry.name: use.entry for use in uses if use.entry is not None}
    for use in uses:
        if use.entry is not None:
            places.setdefault(use.entry.name, []).append(dotted(use.place))
    for name, entry in entries.items():
        factor = entry.factor
        if factor.kind != "fuel" and year - factor.year > _FRESH_YEARS:
            yield (
                f"{listed(places[name])}: {name} is of {factor.year}, "
                f"{year - factor.year} years before the scenario"
            )

"""Retrofit packages: what ``options:`` of a scenario may say.

    options:
      choose: at most one
      packages:
        heat_pump:
          title: Heat pump on dye effluent
          capex: 150000
          add: {components: {...}, buses: {...}}
          change: {components.boiler.capacity.max_kw: 0}
          remove: [components.old_boiler]

A package is an overlay on the scenario around it; which ones go together is here, how
they are laid over it in ``packages.py``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import ConfigDict, StringConstraints, model_validator
from pydantic.config import JsonDict

from verdigrid.models.errors import InputError
from verdigrid.models.parameter import Strict, parameter
from verdigrid.scenarios.document import Document

#: Section of the scenario file.
OPTIONS = "options"
MOST_PACKAGES = 20
#: More combinations than this are not planned one by one.
MOST_COMBINATIONS = 64

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
#: Packages that are taken together, in the order in which they are laid over.
Combination = tuple[str, ...]

#: What ``choose:`` says in words, and what that means.
WORDS: Mapping[str, dict[str, int]] = {
    "exactly one": {"exactly": 1},
    "at most one": {"at_most": 1},
    "any": {},
}


def _words_too(schema: JsonDict) -> None:
    """The JSON Schema of a choice: a map, or words."""
    as_map = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"enum": [*WORDS]}, as_map]


class Choice(Strict):
    """How many packages a plan takes; any number if neither limit is given."""

    model_config = ConfigDict(json_schema_extra=_words_too)

    at_most: int | None = parameter(None, unit="1", doc="most packages", ge=1)
    exactly: int | None = parameter(None, unit="1", doc="number of packages", ge=1)

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, value: Any) -> Any:
        if isinstance(value, str):
            if value not in WORDS:
                known = ", ".join(WORDS)
                raise ValueError(f"one of {known}, {{at_most: 2}}, {{exactly: 2}}")
            return WORDS[value]
        return value

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if self.at_most is not None and self.exactly is not None:
            raise ValueError("at_most or exactly, not both")
        return self

    def allows(self, count: int) -> bool:
        """True if so many packages may be taken."""
        if self.exactly is not None:
            return count == self.exactly
        return self.at_most is None or count <= self.at_most

    @property
    def most(self) -> int:
        """Most packages that may be taken."""
        limits = (self.at_most, self.exactly)
        return min((n for n in limits if n is not None), default=MOST_PACKAGES)


class Added(Strict):
    """What a package adds."""

    components: dict[Name, dict[str, Any]] = parameter(
        unit="", doc="new components", factory=dict
    )
    buses: dict[Name, dict[str, Any]] = parameter(
        unit="", doc="new buses", factory=dict
    )


class Package(Strict):
    """One retrofit package: what it costs beside its components, and what it does."""

    title: str = parameter("", unit="", doc="its name in tables and figures")
    capex: float | None = parameter(
        None,
        unit="currency",
        doc="lump sum beside what its components cost, paid if it is taken",
        ge=0,
    )
    lifetime_years: float | None = parameter(
        None, unit="a", doc="life of what the lump sum buys", gt=0
    )
    om_per_year: float = parameter(
        0.0, unit="currency/a", doc="yearly cost of what the lump sum buys", ge=0
    )
    requires: list[str] = parameter(
        unit="", doc="packages without which it can't be taken", factory=list
    )
    excludes: list[str] = parameter(
        unit="", doc="packages with which it can't be taken", factory=list
    )
    add: Added = parameter(
        unit="", doc="components and buses that it adds", factory=Added
    )
    change: dict[str, Any] = parameter(
        unit="", doc="new values by dotted path, as with --set", factory=dict
    )
    remove: list[str] = parameter(
        unit="", doc="dotted paths of what it takes away", factory=list
    )

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.capex is None and (self.lifetime_years or self.om_per_year):
            raise ValueError("capex: beside lifetime_years: and om_per_year:")
        adds = self.add.components or self.add.buses
        if self.capex is None and not (adds or self.change or self.remove):
            raise ValueError("at least one of add, change, remove and capex")
        return self


class Options(Strict):
    """Retrofit packages of a scenario, and which of them go together."""

    choose: Choice | None = parameter(
        None, unit="", doc="how many the optimiser takes; without it, it chooses none"
    )
    packages: dict[Name, Package] = parameter(unit="", doc="packages by name")
    compare: dict[str, list[str]] = parameter(
        unit="", doc="combinations to compare, by a name of their own", factory=dict
    )
    use: list[str] = parameter(
        unit="", doc="packages that are laid over the scenario now", factory=list
    )

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if not 1 <= len(self.packages) <= MOST_PACKAGES:
            raise ValueError(f"packages: 1 to {MOST_PACKAGES} of them")
        return self

    def title(self, name: str) -> str:
        """A package's name for people."""
        return self.packages[name].title or name.replace("_", " ")

    def titles(self, names: Sequence[str]) -> str:
        """A combination's name for people."""
        return " + ".join(map(self.title, names)) or "no package"

    # -- which go together ----------------------------------------------------------

    def needs(self, name: str) -> set[str]:
        """Packages that ``name`` requires, and those that they require."""
        found: set[str] = set()
        todo = [name]
        while todo:
            more = set(self.packages[todo.pop()].requires) - found
            found |= more
            todo += more
        return found

    def in_order(self, names: Sequence[str] | set[str]) -> Combination:
        """``names`` as they are laid over: what is required first, else as written."""
        wanted, done = set(names), list[str]()
        while len(done) < len(wanted):
            left = [n for n in self.packages if n in wanted and n not in done]
            done.append(next(n for n in left if not (self.needs(n) & set(left))))
        return tuple(done)

    def with_needed(self, name: str) -> Combination:
        """A package with all that it requires."""
        return self.in_order({name, *self.needs(name)})

    def exclude(self, one: str, other: str) -> bool:
        """True if one of two packages excludes the other."""
        packages = self.packages
        return other in packages[one].excludes or one in packages[other].excludes

    def combinations(self, document: Document) -> list[Combination]:
        """All that ``choose`` allows, small ones first. Raises InputError."""
        assert self.choose is not None
        found: list[Combination] = []
        for names in self._sets((), list(self.in_order(set(self.packages)))):
            if self.choose.allows(len(names)):
                found.append(names)
            if len(found) > MOST_COMBINATIONS:
                got = f"more than {MOST_COMBINATIONS} combinations of packages"
                expected = f"at most {MOST_COMBINATIONS}, each of which is planned"
                hint = "choose: {at_most: 2}, excludes: in the packages, or fewer"
                place = (OPTIONS, "choose")
                raise InputError([document.problem(place, got, expected, hint)])
        if not found:
            got, expected = "no combination that is allowed", "at least one"
            place = (OPTIONS, "choose")
            raise InputError([document.problem(place, got, expected)])
        return sorted(found, key=len)

    def _sets(self, taken: Combination, left: list[str]) -> Iterator[Combination]:
        """Every set of packages that keeps requires and excludes, with ``taken``."""
        assert self.choose is not None
        if not left:
            yield taken
            return
        name, rest = left[0], left[1:]
        fits = self.needs(name) <= set(taken) and len(taken) < self.choose.most
        if fits and not any(self.exclude(name, other) for other in taken):
            yield from self._sets((*taken, name), rest)
        yield from self._sets(taken, rest)

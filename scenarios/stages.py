"""Stages of a pathway: what ``stages:`` of a scenario may say.

    stages:
      - {year: 2026}
      - year: 2030
        changes:
          components.plant.profile.scale: 1.1
          components.battery.energy.capex_per_kwh: 700

Each stage is the scenario with the changes of all stages up to it laid over. Every
entry keeps the file and line where the stage says it, so that what is wrong with a
change is found there. Where retrofit packages decide what there is, changes of what is
not there have no effect.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from verdigrid.models.errors import InputError, Problem
from verdigrid.scenarios.changes import Refuse, change
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.option_rules import CHANGEABLE
from verdigrid.scenarios.schema import StageEntry
from verdigrid.scenarios.validate import validate
from verdigrid.scenarios.wording import shown
from verdigrid.scenarios.yaml_file import Place

#: Section of the scenario file.
STAGES = "stages"
MOST_STAGES = 12


@dataclass(frozen=True)
class Overlaid:
    """What retrofit packages mean for the stages.

    ``places`` are those of all that there is with or without some package: a stage may
    name them although they are not in this document. ``deeds`` are what the packages
    that are taken change or remove, and in words who does.
    """

    places: frozenset[Place] = frozenset()
    deeds: Mapping[Place, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WrittenStages:
    """Stages as the files have them; ``document`` is all that the files say."""

    entries: tuple[StageEntry, ...]
    document: Document
    packages: "Overlaid"

    @property
    def years(self) -> list[int]:
        """Year in which every stage begins."""
        return [entry.year for entry in self.entries]

    def document_at(self, number: int) -> Document:
        """A copy of the document as it is in a stage. Raises InputError."""
        data = {k: deepcopy(v) for k, v in self.document.data.items() if k != STAGES}
        origins = {
            place: origin
            for place, origin in self.document.origins.items()
            if place[:1] != (STAGES,)
        }
        found = Document(data, origins, self.document.files)
        problems: list[Problem] = []
        for at, entry in enumerate(self.entries[: number + 1]):
            for path, value in entry.changes.items():
                try:
                    self._lay(found, at, path, value)
                except InputError as error:
                    problems += error.problems
        if problems:
            raise InputError(problems)
        return found

    def documents(self) -> list[Document]:
        """The document of every stage. Raises InputError."""
        return [self.document_at(number) for number in range(len(self.entries))]

    def _lay(self, document: Document, at: int, path: str, value: Any) -> None:
        there = (STAGES, at, "changes", path)

        def refuse(got: str, expected: str, hint: str) -> InputError:
            return InputError([self.document.problem(there, got, expected, hint)])

        _require_changeable(path, refuse)
        place = document.place(path)
        if place[:2] in self.packages.places and document.get(place[:2]) is None:
            return
        for other, who in self.packages.deeds.items():
            depth = min(len(place), len(other))
            if place[:depth] == other[:depth]:
                got = f"a change of what {who}"
                hint = "change something else beside it, such as factor: of a profile"
                raise refuse(got, "a change by one of the two", hint)
        origins = self.document.origins_below(there)
        origins = {(): self.document.origin(there), **origins}
        change(document, path, value, origins, refuse)

    def horizon_problems(self, horizon_years: int) -> list[Problem]:
        """Stages that begin when everything is over."""
        last = self.years[0] + horizon_years
        return [
            self.document.problem(
                (STAGES, number, "year"),
                f"{year}",
                f"before {last}, when the horizon of {horizon_years} years ends",
                "give finance.horizon_years more years: they count from the first",
            )
            for number, year in enumerate(self.years)
            if year >= last
        ]


def take_stages(
    document: Document, packages: Overlaid | None = None
) -> WrittenStages | None:
    """The stages of a scenario, if it has any. Raises InputError."""
    if STAGES not in document.data:
        return None
    data = document.data[STAGES]
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_STAGES:
        expected = f"a list of 1 to {MOST_STAGES} stages with year: and changes:"
        raise InputError([document.problem((STAGES,), shown(data), expected)])
    entries: list[StageEntry] = []
    problems: list[Problem] = []
    for number, item in enumerate(data):
        entry, found = validate(StageEntry, item, document, (STAGES, number))
        problems += found
        if entry is not None:
            entries.append(entry)
    if not problems:
        problems = [
            document.problem(
                (STAGES, number, "year"),
                f"{later.year} after {earlier.year}",
                "years that rise",
            )
            for number, (earlier, later) in enumerate(pairwise(entries), start=1)
            if later.year <= earlier.year
        ]
    if problems:
        raise InputError(problems)
    return WrittenStages(tuple(entries), document, packages or Overlaid())


def _require_changeable(path: str, refuse: Refuse) -> None:
    parts = path.split(".")
    if not all(parts) or len(parts) < 3 or parts[0] not in CHANGEABLE:
        sections = ", ".join(CHANGEABLE)
        expected = f"the path of a value below {sections}"
        hint = "a stage has the same buses, components, time and finance as the first"
        raise refuse(path or "nothing", expected, hint)

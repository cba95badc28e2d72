"""The raw data of a scenario, and where in which file every entry stands."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verdigrid.models.errors import Problem
from verdigrid.scenarios.yaml_file import Place, dotted

Data = dict[str, Any]

#: Maps whose keys are dotted paths, and the sections that have such.
DOTTED_KEYS, WITH_PATHS = ("change", "changes"), ("options", "stages")


@dataclass(frozen=True)
class Origin:
    """Where an entry was written: name of the file, line, folder of the file.

    Entries set on the command line have the file ``--set`` and no line.
    """

    file: str
    line: int | None
    folder: Path


@dataclass
class Document:
    """Merged raw data of a scenario with the origin of its entries.

    ``files`` maps every file that was read to its SHA-256.
    """

    data: Data
    origins: dict[Place, Origin]
    files: dict[str, str] = field(default_factory=dict)

    def origin(self, place: Place) -> Origin:
        """Origin of an entry, or of the nearest one around it."""
        while place not in self.origins:
            place = place[:-1]
        return self.origins[place]

    def get(self, place: Place) -> Any:
        """Data at a place; None if there is none."""
        here: Any = self.data
        for part in place:
            if not has_entry(here, part):
                return None
            here = here[part]
        return here

    def problem(self, place: Place, got: str, expected: str, hint: str = "") -> Problem:
        """A problem at a place, with its file and line."""
        origin = self.origin(place)
        return Problem(dotted(place), got, expected, hint, origin.file, origin.line)

    def locate(self, problem: Problem) -> Problem:
        """The same problem with file and line, found by its dotted path."""
        if problem.file:
            return problem
        place = self.place(problem.path)
        return self.problem(place, problem.got, problem.expected, problem.hint)

    def place(self, path: str) -> Place:
        """Place of a dotted path; numbers are list items where there is a list.

        Keys of ``change:`` and ``changes:`` are dotted paths themselves.
        """
        place: Place = ()
        parts = path.split(".") if path else []
        while parts:
            holder = self.get(place)
            if isinstance(holder, list) and parts[0].isdigit():
                place, parts = (*place, int(parts[0])), parts[1:]
                continue
            count = _length_of_key(parts, holder, place)
            place, parts = (*place, ".".join(parts[:count])), parts[count:]
        return place

    # -- changing ----------------------------------------------------------

    def set(self, place: Place, value: Any, origins: dict[Place, Origin]) -> None:
        """Put ``value`` at ``place``; the maps around it must exist.

        ``origins`` are those of the value's entries, by place inside it.
        """
        self._forget(place)
        holder = self.get(place[:-1])
        holder[place[-1]] = value
        for inner, origin in origins.items():
            self.origins[(*place, *inner)] = origin

    def remove(self, place: Place) -> None:
        """Take the entry at ``place`` (of a map) away."""
        self._forget(place)
        del self.get(place[:-1])[place[-1]]

    def origins_below(self, place: Place) -> dict[Place, Origin]:
        """Origins of the entry at ``place`` and all inside it, by place inside it."""
        depth = len(place)
        return {
            path[depth:]: origin
            for path, origin in self.origins.items()
            if path[:depth] == place
        }

    def _forget(self, place: Place) -> None:
        depth = len(place)
        for path in [path for path in self.origins if path[:depth] == place]:
            del self.origins[path]

    def lay_over(self, above: "Document") -> None:
        """Merge ``above`` into this: maps merge, lists and scalars replace."""
        self._lay_over(above, ())
        self.origins[()] = above.origins[()]
        self.files |= above.files

    def _lay_over(self, above: "Document", place: Place) -> None:
        mine, other = self.get(place), above.get(place)
        for key, value in other.items():
            here = (*place, key)
            if isinstance(value, dict) and isinstance(mine.get(key), dict):
                self.origins[here] = above.origin(here)
                self._lay_over(above, here)
            else:
                self.set(here, value, above.origins_below(here))


def has_entry(holder: Any, part: str | int) -> bool:
    """True if ``holder`` is a map with that key, or a list with that item."""
    if isinstance(holder, dict):
        return part in holder
    return isinstance(holder, list) and isinstance(part, int) and part < len(holder)


def _length_of_key(parts: list[str], holder: Any, place: Place) -> int:
    """How many parts of a dotted path are one key of ``holder``."""
    if not (len(place) > 1 and place[-1] in DOTTED_KEYS and place[0] in WITH_PATHS):
        return 1
    known = holder if isinstance(holder, dict) else {}
    counts = range(len(parts), 0, -1)
    return next((n for n in counts if ".".join(parts[:n]) in known), len(parts))

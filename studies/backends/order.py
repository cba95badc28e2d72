"""Which member a worker solves next: one that differs little from its last.

Members are laid in a line that winds through the values of the study like a snake, so
that neighbours differ in one value by one place. Every worker has a stretch of the
line; one that is done takes the far half of the longest stretch that is left.
"""

import math
import threading
from collections.abc import Sequence

from verdigrid.studies.members import Member, as_json


def by_neighbours(members: Sequence[Member]) -> list[Member]:
    """The members in a line in which neighbours are alike."""
    return _wind(list(members), _ranks(members), 0)


def _ranks(members: Sequence[Member]) -> list[dict[int, int]]:
    """For every column, the place of each member (by number) along it.

    Where nearly every member has a value of its own (samples), values are put into as
    many bins as give every member a cell: else the first value would decide alone.
    """
    columns = list(dict.fromkeys(name for m in members for name in m.labels))
    found = [{m.number: m.labels.get(column) for m in members} for column in columns]
    places = [_places(list(values.values())) for values in found]
    varying = sum(len(place) > 1 for place in places)
    bins = math.ceil(len(members) ** (1 / max(1, varying)))
    ranks = []
    for values, place in zip(found, places, strict=True):
        width = max(1, len(place) // bins) if len(place) > len(members) / 2 else 1
        ranks.append({n: place[as_json(v)] // width for n, v in values.items()})
    return ranks


def _places(values: list[object]) -> dict[str, int]:
    """Place of every value: numbers by size, others as they first come."""
    different = {as_json(value): value for value in values}
    texts = list(different)
    if all(isinstance(value, (int, float)) for value in different.values()):
        texts.sort(key=lambda text: float(str(different[text])))
    return {text: place for place, text in enumerate(texts)}


def _wind(
    members: list[Member], ranks: list[dict[int, int]], depth: int
) -> list[Member]:
    """Sorted by the column at ``depth``; within each of its values, to and fro."""
    if depth == len(ranks):
        return members
    groups: dict[int, list[Member]] = {}
    for member in members:
        groups.setdefault(ranks[depth][member.number], []).append(member)
    line: list[Member] = []
    for number, rank in enumerate(sorted(groups)):
        inner = _wind(groups[rank], ranks, depth + 1)
        line += reversed(inner) if number % 2 else inner
    return line


class Stretches:
    """Hands out a line of members to a number of workers; safe among threads."""

    def __init__(self, line: Sequence[Member], workers: int) -> None:
        each = math.ceil(len(line) / workers) if line else 0
        self._stretches = [
            list(line[n * each : (n + 1) * each]) for n in range(workers)
        ]
        self._lock = threading.Lock()

    def next(self, worker: int) -> Member | None:
        """The next member for ``worker``; None if none is left."""
        with self._lock:
            if not self._stretches[worker]:
                longest = max(self._stretches, key=len)
                half = len(longest) // 2
                self._stretches[worker] = longest[half:]
                del longest[half:]
            mine = self._stretches[worker]
            return mine.pop(0) if mine else None

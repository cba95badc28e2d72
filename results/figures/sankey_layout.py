"""Where the vertices and bands of an energy graph are drawn.

Columns follow the longest path from the sources; what ends stands in the last column.
A band that passes columns gets a place in each, so that it runs between the boxes.
The order within a column makes few crossings; heights then come as near as they can to
straight bands, without two things being nearer than their labels need (least squares
with an order: pool adjacent violators).

Lengths are inches, heights count downwards from the top of the drawing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random

from verdigrid.results.figures.sankey_flows import EnergyGraph

#: Orders to begin with, rounds of sorting each, and rounds of straightening.
BEGINNINGS, SORTINGS, STRAIGHTENINGS = 60, 8, 40
#: Between a box and the label of the next, and beside a band that passes.
GAP, PASSING = 0.12, 0.07


@dataclass(frozen=True)
class Room:
    """What a vertex needs above and below its box for its label, inches."""

    above: float
    below: float


@dataclass
class Place:
    """A vertex, or a band on its way through a column (``band``), in its column."""

    name: str
    column: int
    height: float
    room: Room
    band: int | None = None
    top: float = 0.0

    @property
    def bottom(self) -> float:
        """Lower edge of the box."""
        return self.top + self.height


@dataclass
class Piece:
    """A band between neighbouring columns; ``start`` and ``end`` are its upper edge,
    first within their places, in the end from the top of the drawing."""

    band: int
    left: Place
    right: Place
    width: float
    start: float = 0.0
    end: float = 0.0


@dataclass
class Layout:
    """Places by column from the top, pieces of bands, and the height of it all."""

    columns: list[list[Place]]
    pieces: list[Piece]
    height: float

    def place(self, name: str) -> Place:
        """The box of a vertex."""
        boxes = (p for column in self.columns for p in column if p.band is None)
        return next(place for place in boxes if place.name == name)


def lay_out(
    graph: EnergyGraph, rooms: Callable[[str, float], Room], inch_per_kwh: float
) -> Layout:
    """A place for everything; ``rooms`` tells what the label of a box needs."""
    columns, pieces = _places(graph, rooms, inch_per_kwh)
    _order(columns, pieces)
    _attach(columns, pieces)
    height = max(_stacked(column) for column in columns)
    _straighten(columns, pieces, height)
    for piece in pieces:
        piece.start += piece.left.top
        piece.end += piece.right.top
    return Layout(columns, pieces, height)


def columns_of(graph: EnergyGraph) -> dict[str, int]:
    """Longest path from a source; ends are put in the last column."""
    found = dict.fromkeys(graph.vertices, 0)
    for _ in graph.vertices:
        for band in graph.bands:
            found[band.end] = max(found[band.end], found[band.start] + 1)
    starts = {band.start for band in graph.bands}
    last = max(found.values(), default=0)
    return {name: at if name in starts else last for name, at in found.items()}


def _places(
    graph: EnergyGraph, rooms: Callable[[str, float], Room], inch_per_kwh: float
) -> tuple[list[list[Place]], list[Piece]]:
    at = columns_of(graph)
    columns: list[list[Place]] = [[] for _ in range(max(at.values()) + 1)]
    boxes = {}
    for name in graph.vertices:
        through = max(graph.into(name), graph.out_of(name))
        height = through * inch_per_kwh
        box = Place(name, at[name], height, rooms(name, height))
        boxes[name] = box
        columns[at[name]].append(box)
    pieces = []
    passing = Room(PASSING, PASSING)
    for number, band in enumerate(graph.bands):
        width = band.kwh * inch_per_kwh
        here = boxes[band.start]
        for column in range(at[band.start] + 1, at[band.end]):
            there = Place("", column, width, passing, number)
            columns[column].append(there)
            pieces.append(Piece(number, here, there, width))
            here = there
        pieces.append(Piece(number, here, boxes[band.end], width))
    return columns, pieces


# -- order within the columns ---------------------------------------------------

#: Neighbours of every place on its left and on its right, with the widths to them.
Near = dict[int, tuple[list[tuple[Place, float]], list[tuple[Place, float]]]]
LEFT, RIGHT = 0, 1


def _order(columns: list[list[Place]], pieces: list[Piece]) -> None:
    """The order with the fewest crossings from several beginnings, always the same."""
    near: Near = {id(place): ([], []) for column in columns for place in column}
    for piece in pieces:
        near[id(piece.left)][RIGHT].append((piece.right, piece.width))
        near[id(piece.right)][LEFT].append((piece.left, piece.width))
    shuffle = Random(0).shuffle
    best, fewest = _copy(columns), _crossings(columns, near)
    for beginning in range(BEGINNINGS):
        if beginning:
            for column in columns:
                shuffle(column)
        for turn in range(SORTINGS):
            _sort(columns, near, (LEFT, RIGHT)[turn % 2])
            _swap_neighbours(columns, near)
            crossings = _crossings(columns, near)
            if crossings < fewest:
                fewest, best = crossings, _copy(columns)
    for column, order in zip(columns, best, strict=True):
        column[:] = order


def _copy(columns: list[list[Place]]) -> list[list[Place]]:
    return [list(column) for column in columns]


def _ranks(columns: list[list[Place]]) -> dict[int, int]:
    """How many stand above each place."""
    return {id(place): n for column in columns for n, place in enumerate(column)}


def _sort(columns: list[list[Place]], near: Near, side: int) -> None:
    """Every column by the mean rank of its neighbours on one side, column by column."""
    rank = _ranks(columns)

    def mean(place: Place) -> float:
        there = near[id(place)][side]
        if not there:
            return rank[id(place)]
        total = sum(width for _, width in there)
        return sum(rank[id(other)] * width for other, width in there) / total

    for column in columns if side == LEFT else columns[::-1]:
        column.sort(key=mean)
        rank.update((id(place), n) for n, place in enumerate(column))


def _swap_neighbours(columns: list[list[Place]], near: Near) -> None:
    """Swap two that follow each other wherever fewer bands cross then."""
    rank = _ranks(columns)
    for column in columns:
        for n in range(len(column) - 1):
            upper, lower = column[n : n + 2]
            if _crossed(lower, upper, near, rank) < _crossed(upper, lower, near, rank):
                column[n : n + 2] = lower, upper
                rank[id(lower)], rank[id(upper)] = n, n + 1


def _crossed(upper: Place, lower: Place, near: Near, rank: dict[int, int]) -> float:
    """Area in which bands of two places cross if they stand in this order."""
    return sum(
        width * other_width
        for side in (LEFT, RIGHT)
        for place, width in near[id(upper)][side]
        for other, other_width in near[id(lower)][side]
        if rank[id(place)] > rank[id(other)]
    )


def _crossings(columns: list[list[Place]], near: Near) -> float:
    """Area in which bands cross, each crossing seen from both of its ends."""
    rank = _ranks(columns)
    return sum(
        _crossed(upper, lower, near, rank)
        for column in columns
        for upper, lower in combinations(column, 2)
    )


def _attach(columns: list[list[Place]], pieces: list[Piece]) -> None:
    """Bands at a box in the order of where they come from or go to."""
    rank = _ranks(columns)
    for place in (place for column in columns for place in column):
        leaving = [piece for piece in pieces if piece.left is place]
        edge = 0.0
        for piece in sorted(leaving, key=lambda p: rank[id(p.right)]):
            piece.start, edge = edge, edge + piece.width
        coming = [piece for piece in pieces if piece.right is place]
        edge = 0.0
        for piece in sorted(coming, key=lambda p: rank[id(p.left)]):
            piece.end, edge = edge, edge + piece.width


# -- heights --------------------------------------------------------------------


def _separation(upper: Place, lower: Place) -> float:
    """Least distance of two upper edges."""
    gap = GAP if upper.band is None and lower.band is None else 0.0
    return upper.height + upper.room.below + gap + lower.room.above


def _stacked(column: Sequence[Place]) -> float:
    """Height that a column needs."""
    if not column:
        return 0.0
    between = sum(_separation(one, other) for one, other in pairwise(column))
    last = column[-1]
    return column[0].room.above + between + last.height + last.room.below


def _straighten(columns: list[list[Place]], pieces: list[Piece], height: float) -> None:
    """Move boxes until their bands are as straight as they can be."""
    for column in columns:
        spare = (height - _stacked(column)) / 2
        _settle(column, [spare] * len(column), height)
    for turn in range(STRAIGHTENINGS):
        for column in columns if turn % 2 == 0 else columns[::-1]:
            wished = [_wish(place, pieces) for place in column]
            _settle(column, wished, height)


def _wish(place: Place, pieces: list[Piece]) -> float:
    """Upper edge at which its bands would be straightest, by their widths."""
    moment = weight = 0.0
    for piece in pieces:
        if piece.left is place:
            moment += piece.width * (piece.right.top + piece.end - piece.start)
            weight += piece.width
        elif piece.right is place:
            moment += piece.width * (piece.left.top + piece.start - piece.end)
            weight += piece.width
    return moment / weight if weight else place.top


def _settle(column: list[Place], wished: list[float], height: float) -> None:
    """The order kept and room for labels left, as near as can be to what is wished."""
    if not column:
        return
    offsets = [0.0]
    for one, other in pairwise(column):
        offsets.append(offsets[-1] + _separation(one, other))
    low, last = column[0].room.above, column[-1]
    high = height - last.height - last.room.below - offsets[-1]
    blocks: list[tuple[float, float, int]] = []  # mean, weight, members
    for place, wish, offset in zip(column, wished, offsets, strict=True):
        block = (wish - offset, max(place.height, 1e-6), 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, weight, count = blocks.pop()
            total = weight + block[1]
            mean = (mean * weight + block[0] * block[1]) / total
            block = (mean, total, count + block[2])
        blocks.append(block)
    means = [mean for mean, _, count in blocks for _ in range(count)]
    for place, mean, offset in zip(column, means, offsets, strict=True):
        place.top = min(max(mean, low), high) + offset

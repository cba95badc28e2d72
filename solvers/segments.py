"""Choose segments: neighbouring steps that look alike are gathered first.

A step is described by what the matrix says about it (demands and other right-hand
sides, prices, yields and efficiencies), each series divided by its spread. Starting
from single steps, the two neighbouring segments whose union adds least to the sum of
squared deviations are joined, until the wanted number is left (Ward's criterion, kept
to neighbours). Segments never reach over the given boundaries.
"""

import heapq

import numpy as np

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.steps import timed

#: Series that vary less than this beside their size are constant.
CONSTANT = 1e-9


def choose_segments(described: Floats, count: int, first_step: Ints) -> Ints:
    """Number of the segment of every step (steps,), rising from 0.

    ``described`` is what is known of every step (:func:`features`), ``first_step`` are
    steps at which a segment must begin.
    """
    must_begin = np.zeros(described.shape[0], dtype=bool)
    must_begin[first_step] = True
    return _joined(described, max(count, first_step.size), must_begin)


def features(model: CompiledModel) -> Floats:
    """What is known of every step, shape (steps, series)."""
    of_row, of_column = timed(model.rows), timed(model.columns)
    steps = int(model.columns.index[of_column].max()) + 1
    found: list[Floats] = []

    def add(step: Ints, value: Floats) -> None:
        if not np.isfinite(value).all():
            return
        series = np.zeros(steps)
        series[step] = value
        least = CONSTANT * max(1.0, float(np.abs(value).max()))
        spread = float(value.std())
        if spread <= least:  # one value, but perhaps not always there
            spread = float(series.std())
        if spread > least:
            found.append(series / spread)

    for family in np.unique(model.rows.family[of_row]):
        at = np.flatnonzero(model.rows.family == family)
        add(model.rows.index[at], model.row_lower[at])
        add(model.rows.index[at], model.row_upper[at])
    for family in np.unique(model.columns.family[of_column]):
        at = np.flatnonzero(model.columns.family == family)
        add(model.columns.index[at], model.cost[at])
    entries = model.matrix.tocoo()
    row, column = (np.asarray(at, dtype=np.int64) for at in entries.coords)
    inside = of_row[row] & (
        ~of_column[column] | (model.rows.index[row] == model.columns.index[column])
    )
    row, column, value = row[inside], column[inside], entries.data[inside]
    kind = model.rows.family[row] * len(model.columns.families)
    kind += model.columns.family[column]
    order = np.argsort(kind, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(kind[order])) + 1):
        if np.unique(model.rows.index[row[at]]).size == at.size:
            add(model.rows.index[row[at]], value[at])
    return np.array(found).T if found else np.zeros((steps, 1))


def _joined(features: Floats, count: int, must_begin: Bools) -> Ints:
    """Join neighbours until ``count`` segments are left."""
    steps = features.shape[0]
    mean, size = features.copy(), np.ones(steps)
    before, after = np.arange(steps) - 1, np.arange(steps) + 1
    changes = np.zeros(steps, dtype=np.int64)
    begins = np.ones(steps, dtype=bool)

    def price(first: int, second: int) -> float:
        apart = mean[first] - mean[second]
        weight = size[first] * size[second] / (size[first] + size[second])
        return float(weight * (apart @ apart))

    offers: list[tuple[float, int, int, int, int]] = []

    def offer(first: int, second: int) -> None:
        if first >= 0 and second < steps and not must_begin[second]:
            version = int(changes[first]), int(changes[second])
            heapq.heappush(offers, (price(first, second), first, second, *version))

    for step in range(steps - 1):
        offer(step, step + 1)
    left = steps
    while left > count and offers:
        _, first, second, *versions = heapq.heappop(offers)
        if [changes[first], changes[second]] != versions:
            continue
        total = size[first] + size[second]
        mean[first] += (mean[second] - mean[first]) * (size[second] / total)
        size[first], begins[second] = total, False
        changes[[first, second]] += 1
        after[first] = after[second]
        if after[first] < steps:
            before[after[first]] = first
        left -= 1
        offer(first, int(after[first]))
        offer(int(before[first]), first)
    return np.asarray(np.cumsum(begins) - 1, dtype=np.int64)

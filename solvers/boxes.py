"""Bounds that every feasible (or at least one optimal) plan keeps, from the rows.

A bound proved from multipliers needs finite bounds of all columns. Where the model
gives none, rows do: in  sum a x <= b  a column with a > 0 is at most

    (b - least that the other columns can add up to) / a

and so from row to row (a few rounds suffice). A column that only loosens its rows and
costs something (a peak that is paid) is in some optimal plan not larger than what its
rows can ever ask for.
"""

from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel

ROUNDS = 12
#: Computed bounds are widened by this share, so that rounding can't cut anything off.
WIDER = 1e-9
#: A cost beyond all costs.
ENDLESS = 1e30


@dataclass(frozen=True)
class Boxes:
    """Lower and upper bounds (columns,); infinite where nothing implies one."""

    lower: Floats
    upper: Floats


def implied_boxes(model: CompiledModel) -> Boxes:
    """Bounds of all columns, tightened from infinite ones by the rows."""
    entries = model.matrix.tocoo()
    row, column = (np.asarray(at, dtype=np.int64) for at in entries.coords)
    # every row as "<=": once as it stands, once with opposite sign
    up, down = np.isfinite(model.row_upper)[row], np.isfinite(model.row_lower)[row]
    count = model.shape[0]
    at = np.r_[row[up], count + row[down]]
    col = np.r_[column[up], column[down]]
    value = np.r_[entries.data[up], -entries.data[down]]
    side = np.r_[model.row_upper, -model.row_lower]
    lower, upper = model.lower.copy(), model.upper.copy()
    for _ in range(ROUNDS):
        open_before = np.isinf(lower).sum() + np.isinf(upper).sum()
        if not open_before:
            break
        _tighten(at, col, value, side, lower, upper)
        _dominate(model, at, col, value, side, lower, upper)
        if np.isinf(lower).sum() + np.isinf(upper).sum() == open_before:
            break
    return Boxes(lower, upper)


def dearest(model: CompiledModel, boxes: Boxes) -> float:
    """A cost beyond that of any plan; huge where nothing bounds what one may cost."""
    ends = np.where(model.cost > 0, boxes.upper, boxes.lower)
    priced = model.cost != 0
    most = model.offset + float(model.cost[priced] @ ends[priced])
    return min(ENDLESS, most + 1.0)


def _others(at: Ints, term: Floats, rows: int) -> Floats:
    """Sum of the other terms of the same row, infinite if one of them is (entries,)."""
    infinite = np.isinf(term)
    sums = np.bincount(at, np.where(infinite, 0.0, term), rows)
    open_terms = np.bincount(at, infinite, rows)
    rest = sums[at] - np.where(infinite, 0.0, term)
    sign = np.sign(term[infinite][0]) if infinite.any() else 1.0
    return np.where(open_terms[at] - infinite > 0, sign * np.inf, rest)


def _tighten(
    at: Ints, col: Ints, value: Floats, side: Floats, lower: Floats, upper: Floats
) -> None:
    """One round of bounds from rows ``sum value x <= side``; in place."""
    least = value * np.where(value > 0, lower[col], upper[col])
    rest = _others(at, least, side.size)
    limit = (side[at] - rest) / value
    limit += np.where(value > 0, 1.0, -1.0) * WIDER * (1.0 + np.abs(limit))
    raised = (value > 0) & np.isinf(upper[col]) & np.isfinite(limit)
    lowered = (value < 0) & np.isinf(lower[col]) & np.isfinite(limit)
    np.minimum.at(upper, col[raised], limit[raised])
    np.maximum.at(lower, col[lowered], limit[lowered])


def _dominate(
    model: CompiledModel,
    at: Ints,
    col: Ints,
    value: Floats,
    side: Floats,
    lower: Floats,
    upper: Floats,
) -> None:
    """Upper bounds of columns that only loosen their rows and cost something."""
    only_loosens = (model.cost >= 0) & np.isinf(upper) & np.isfinite(lower)
    only_loosens[col[value > 0]] = False
    mine = np.flatnonzero(np.isin(at, np.unique(at[only_loosens[col]])))
    most = value[mine] * np.where(value[mine] > 0, upper[col[mine]], lower[col[mine]])
    rest = _others(at[mine], most, side.size)
    asked = (rest - side[at[mine]]) / np.abs(value[mine])
    its = only_loosens[col[mine]]
    need = lower.copy()
    np.maximum.at(need, col[mine][its], asked[its])
    touched = np.zeros(lower.size, dtype=bool)
    touched[col[mine][its]] = True
    known = touched & np.isfinite(need)
    upper[known] = need[known] + WIDER * (1.0 + np.abs(need[known]))

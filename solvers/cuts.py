"""What running a window costs at least, proved from multipliers of its rows.

A window's problem, for given values v of the linking columns and prices p on its parts
of the shared rows (a = B x), is

    cost(v, p) = min  (c + B' p) x    with  lo <= A x + A_v v <= hi,  l <= x <= u

For any multipliers y of the rows whatsoever (Lagrange)

    c x + p a  >=  constant - (A_v' y) v
    constant    =  sum y_i (lo_i if y_i > 0 else hi_i)
                 + sum z_j (l_j if z_j > 0 else u_j),        z = c + B' p - A' y

holds for every feasible x and every v: a *cut*. It needs no trust in the solver that
found y, only this sum; it is exact at the v it was found at if y was optimal. It does
not know investment costs, nor the limit of a shared row: both may change.

If no x exists for some v, multipliers that show it (Farkas) give a cut in the same way,
with c and p left out: 0 >= constant - (A_v' y) v, which is false for that v.
"""

from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.solvers.boxes import Boxes
from verdigrid.solvers.windows import Windows, parts_of_window

#: Sums are lowered by this share of the sum of absolute terms: beyond any rounding.
ROUNDING = 1e-14
#: A slope whose effect stays below this share of the constant is taken out of a cut.
NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class Cut:
    """``weight x cost + prices @ parts >= constant + slope @ v[linking]`` of a window.

    ``weight`` is 1, or 0 for a cut that says which v leave no dispatch at all.

    ``row_dual`` are the multipliers of the window's rows that prove it.
    """

    window: int
    constant: float
    linking: Ints
    slope: Floats
    prices: Floats
    row_dual: Floats
    weight: float = 1.0


def prove_cut(
    windows: Windows,
    number: int,
    boxes: Boxes,
    row_dual: Floats,
    prices: Floats,
    weight: float = 1.0,
) -> Cut:
    """The cut of one window from multipliers of its rows (rows,)."""
    window, model = windows.windows[number], windows.model
    matrix, links = windows.pieces[number]
    duals = usable_duals(
        row_dual, model.row_lower[window.rows], model.row_upper[window.rows]
    )
    cost = weight * model.cost[window.columns] + parts_of_window(
        windows, window, prices
    )
    constant = lagrangian(
        duals,
        model.row_lower[window.rows],
        model.row_upper[window.rows],
        cost - matrix.T @ duals,
        boxes.lower[window.columns],
        boxes.upper[window.columns],
    )
    slope = -np.asarray(links.T @ duals, dtype=np.float64)
    # A slope that can't matter is worth its least value: tiny numbers trouble solvers.
    ends = boxes.lower[window.linking], boxes.upper[window.linking]
    with np.errstate(invalid="ignore"):  # 0 x infinity and the like are not tiny
        low = np.minimum(slope * ends[0], slope * ends[1])
        high = np.maximum(slope * ends[0], slope * ends[1])
        tiny = high - low < NEGLIGIBLE * max(1.0, abs(constant))
    constant += float(low[tiny].sum())
    slope[tiny] = 0.0
    return Cut(number, constant, window.linking, slope, prices, duals, weight)


def usable_duals(row_dual: Floats, lower: Floats, upper: Floats) -> Floats:
    """Multipliers with those set to zero that would meet an infinite side."""
    side = np.where(row_dual > 0, lower, upper)
    return np.where(np.isfinite(side), row_dual, 0.0)


def lagrangian(
    row_dual: Floats,
    row_lower: Floats,
    row_upper: Floats,
    reduced_cost: Floats,
    lower: Floats,
    upper: Floats,
) -> float:
    """Least value of the Lagrangian over the box, lowered by what rounding may do."""
    sides = np.where(row_dual > 0, row_lower, row_upper)
    ends = np.where(reduced_cost > 0, lower, upper)
    with np.errstate(invalid="ignore"):  # 0 x infinity, which is none
        terms = np.r_[
            np.where(row_dual == 0, 0.0, row_dual * sides),
            np.where(reduced_cost == 0, 0.0, reduced_cost * ends),
        ]
    return float(terms.sum() - ROUNDING * np.abs(terms).sum())

"""The plans that a search has found, the best of them, and what lies between two.

Dispatch at mild prices often gives a plan that is cheap and uses a little too much of a
yearly limit. Between it and a plan that keeps the limit with room to spare,

    x = (1 - m) x_over + m x_spare,        m the least that keeps every shared row

is a plan that just keeps it: all rows hold along the line, and cost is straight. So
what is missing to a good plan need not be searched for by ever higher prices.
"""

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.rows import TOLERANCE, keeps_rows
from verdigrid.solvers.tree import WHOLE
from verdigrid.solvers.windows import Windows

#: Plans with room to spare that are kept; the cheapest.
SPARE = 6
#: A mixture goes this share further than it must, beyond rounding.
FURTHER = 1e-9


class Plans:
    """The cheapest plan so far (``best``, None at first), its ``cost``, and others.

    ``decisions`` are the columns that must be whole.
    """

    def __init__(self, windows: Windows, decisions: Ints) -> None:
        self._model: CompiledModel = windows.model
        self._windows, self._decisions = windows, decisions
        self.best: Floats | None = None
        self.cost = float("inf")
        self._kept: list[tuple[float, Floats]] = []

    def offer(self, x: Floats) -> bool:
        """Take note of ``x`` (columns,); True if it, or a mixture with it, is the best.

        What is decided in part is decided. ``x`` may use too much of shared rows.
        """
        whole = self._decided(x)
        if keeps_rows(self._model, whole):
            self._keep(whole)
            return self._improved(whole)
        mixtures = [self._mixed(x, spare) for _, spare in self._kept]
        mixed = [(self._cost(m), m) for m in mixtures if m is not None]
        for cost, mixture in sorted(mixed, key=lambda pair: pair[0])[:1]:
            if cost < self.cost and keeps_rows(self._model, mixture):
                self._keep(mixture)
                return self._improved(mixture)
        return False

    def missed(self, x: Floats) -> Floats:
        """By how much ``x`` (columns,) misses shared rows (shared rows,)."""
        used, rows = self._shared(x), self._windows.shared
        over = np.maximum(
            used - self._model.row_upper[rows], self._model.row_lower[rows] - used
        )
        size = np.abs(self._windows.parts) @ np.abs(x)
        return np.where(over > TOLERANCE * np.maximum(1.0, size), over, 0.0)

    def _improved(self, plan: Floats) -> bool:
        cost = self._cost(plan)
        if cost >= self.cost:
            return False
        self.best, self.cost = plan, cost
        return True

    def _keep(self, plan: Floats) -> None:
        self._kept.append((self._cost(plan), plan))
        self._kept.sort(key=lambda pair: pair[0])
        del self._kept[SPARE:]

    def _mixed(self, over: Floats, spare: Floats) -> Floats | None:
        """The plan between the two nearest to ``over``, None if there is none."""
        used, other = self._shared(over), self._shared(spare)
        rows = self._windows.shared
        lower, upper = self._model.row_lower[rows], self._model.row_upper[rows]
        beyond = np.maximum(used - upper, lower - used)
        late = beyond > 0
        if not late.any():
            return None
        step = np.abs(other - used)[late]
        if (step <= beyond[late]).any():
            return None
        share = min(1.0, float((beyond[late] / step).max()) * (1 + FURTHER) + FURTHER)
        return self._decided((1 - share) * over + share * spare)

    def _shared(self, x: Floats) -> Floats:
        """What is used of the shared rows (shared rows,)."""
        return np.asarray(self._windows.parts @ x, dtype=np.float64)

    def _decided(self, x: Floats) -> Floats:
        """``x`` with whole decisions: what is bought in part is bought."""
        x, decisions = x.copy(), self._decisions
        near = np.abs(x[decisions] - np.rint(x[decisions])) < WHOLE
        x[decisions] = np.where(near, np.rint(x[decisions]), np.ceil(x[decisions]))
        return x

    def _cost(self, x: Floats) -> float:
        return float(self._model.cost @ x) + self._model.offset

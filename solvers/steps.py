"""What a compiled problem looks like along time: timed, linked, between the ends.

Independent of components: it only reads the labels (family and step of every column
and row) and where the matrix has entries.
"""

import numpy as np

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.compiled import CompiledModel, Labels


class Steps:
    """A problem seen by steps, for one choice of segments.

    ``timed_columns`` and ``timed_rows`` have one member per step; ``states`` are the
    columns that appear in rows of other steps; ``columns_between`` are states and
    ``rows_between`` rows of states alone that don't lie at the end of a segment.
    """

    def __init__(self, model: CompiledModel, segment: Ints) -> None:
        self._model = model
        self._ends = np.r_[segment[1:] != segment[:-1], True]
        self.timed_columns = timed(model.columns)
        self.timed_rows = timed(model.rows)
        entries = model.matrix.tocoo()
        self._row, self._column = (
            np.asarray(at, dtype=np.int64) for at in entries.coords
        )
        self._value = entries.data
        both = self.timed_rows[self._row] & self.timed_columns[self._column]
        away = model.rows.index[self._row] != model.columns.index[self._column]
        self._linked = both & away

        families = np.zeros(len(model.columns.families), dtype=bool)
        families[model.columns.family[self._column[self._linked]]] = True
        self.states = self.timed_columns & families[model.columns.family]
        self.columns_between = self.states & ~self._ends[model.columns.index]

        flows = np.zeros(len(model.rows.families), dtype=bool)
        flow = self.timed_columns & ~self.states
        flows[model.rows.family[self._row[flow[self._column]]]] = True
        states_only = self.timed_rows & ~flows[model.rows.family]
        self.rows_between = states_only & ~self._ends[model.rows.index]

    def row_weights(self) -> Floats:
        """Weight of every row in the sum of its segment (rows,), positive."""
        model = self._model
        weights = np.ones(model.shape[0])
        for family in np.unique(model.rows.family[self._row[self._linked]]):
            rows = np.flatnonzero(model.rows.family == family)
            discount = self._discount(int(family))
            weights[rows] = self._compounded(discount)[model.rows.index[rows]]
        return weights

    def _discount(self, family: int) -> Floats:
        """By which factor a row's weight is smaller than that of the next (steps,).

        One where the rows don't link a state to the step before, or not by a positive
        factor.
        """
        model, steps = self._model, self._ends.size
        mine = model.rows.family[self._row] == family
        state = model.columns.family[self._column[mine & self._linked][0]]
        mine &= model.columns.family[self._column] == state
        at = model.rows.index[self._row[mine]]
        # A stage of a pathway has its own part of the steps, and is cyclic in it.
        first, last = int(at.min()), int(at.max())
        lag = (at - model.columns.index[self._column[mine]]) % (last - first + 1)
        if not np.isin(lag, (0, 1)).all():
            return np.ones(steps)
        own, before = np.full(steps, np.nan), np.full(steps, np.nan)
        own[at[lag == 0]] = self._value[mine][lag == 0]
        before[at[lag == 1]] = self._value[mine][lag == 1]
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = -before / np.roll(own, 1)
        inside = np.r_[False, ~self._ends[:-1]]
        inside[: first + 1] = inside[last + 1 :] = False
        if not (np.isfinite(factor[inside]) & (factor[inside] > 0)).all():
            return np.ones(steps)
        return np.where(inside, factor, 1.0)

    def _compounded(self, discount: Floats) -> Floats:
        """Product of the discounts from a step to the end of its segment (steps,)."""
        weights = np.ones(discount.size)
        at = np.flatnonzero(~self._ends)
        at = at[self._ends[at + 1]]  # the steps just before an end
        while at.size:
            weights[at] = weights[at + 1] * discount[at + 1]
            at = at[at > 0] - 1
            at = at[~self._ends[at]]
        return weights


def timed(labels: Labels) -> Bools:
    """True for every column or row of a family over the steps."""
    families = np.array([family.timed for family in labels.families], dtype=bool)
    return np.asarray(families[labels.family], dtype=bool)

"""Solving the next member of a study from the last one.

    compile anew  ->  same pattern?  ->  how large a change?  ->  go on, or from scratch

Members of a study differ in a few numbers: a cap, a price, a yield. Every member is
built and compiled like any other, and the matrix is compared with the last one; there
is no list of which input ends up where. Where rows, columns and places of coefficients
are the same, the model in HiGHS gets the new numbers and simplex goes on from the basis
of the last optimum; any other problem starts from scratch.

Going on pays after small changes only: a cap moved by one percent takes a twentieth of
the time, one moved by ten percent may take as long as from scratch. So the attempt is
made up to a size of change (``REACH``, halved where an attempt failed), it ends at a
share of the time that the last solve from scratch took, and its answer counts only if
it is an optimum that its own multipliers prove. Everything else is solved from scratch,
as if nothing had been kept: what is kept saves time, and never changes an answer.

Problems with whole numbers always start from scratch. Where a problem is solved by
windows, its cuts are kept instead (:mod:`verdigrid.solvers.cutstore`).
"""

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel, Labels
from verdigrid.models.errors import SolverError
from verdigrid.models.solution import Status
from verdigrid.solvers.cuts import Cut
from verdigrid.solvers.cutstore import CutStore, Stand, shape_of
from verdigrid.solvers.highs import ENDLESS, Result, Session, Watcher
from verdigrid.solvers.windows import Windows

#: Changes larger than this share start from scratch.
REACH = 0.3
#: An attempt may take this share of what the last solve from scratch took, seconds at
#: the least (a run too short to be measured says nothing).
SHARE, LEAST = 0.5, 0.5
#: Shapes of problems whose cuts are kept: one to three come up in turns within a member
#: (flows that must not overlap add whole numbers).
SHAPES = 4
#: Simplex from a basis: primal or dual, whichever it is feasible for. Exact steepest
#: edge weights of a basis that crossover left would take longer than all the rest.
FROM_BASIS = {
    "solver": "simplex",
    "simplex_strategy": 0,
    "simplex_dual_edge_weight_strategy": 1,
    "simplex_iteration_limit": ENDLESS,
}


class Last:
    """The last member's linear problem, live in HiGHS at its optimum, and its cuts."""

    def __init__(self) -> None:
        self.cuts: CutStore = RecentCuts()
        self._model: CompiledModel | None = None
        self._session: Session | None = None  # that holds the model at its optimum
        self._from_scratch_s = 0.0
        self._reach = REACH
        self._size = 0.0

    def keep(self, session: Session, result: Result) -> None:
        """Remember a linear optimum that was found from scratch."""
        if result.status is not Status.OPTIMAL or session.model.integer.any():
            return
        if self._model is None or not same_pattern(self._model, session.model):
            self._reach = REACH
        self._model, self._session = session.model, session
        self._from_scratch_s = result.seconds

    def resume(
        self, model: CompiledModel, limit_s: float, watcher: Watcher | None
    ) -> tuple[Session, Result] | None:
        """Go on from the last optimum; None where that does not pay or did not work.

        What is returned is an optimum in HiGHS' word alone (or what an interrupt from
        the keyboard left); :meth:`distrust` it if it can't be proven.
        """
        session, before = self._session, self._model
        if session is None or before is None or not same_pattern(before, model):
            return None
        self._size = size_of_change(before, model)
        if self._size > self._reach:
            return None
        session.watcher, self._model = watcher, model
        most = max(LEAST, SHARE * self._from_scratch_s)
        try:
            session.become(model)
            session.set_options(**FROM_BASIS)
            session.allow(min(most, limit_s))
            result = session.run("going on from the last member")
        except SolverError:
            result = None
        if result is None or not (
            result.status is Status.OPTIMAL or result.interrupted
        ):
            self.distrust()
            return None
        return session, result

    def distrust(self) -> None:
        """Such a change did not work: from here on try smaller ones, from elsewhere."""
        self._reach = self._size / 2
        self._session = None


class RecentCuts(CutStore):
    """Cuts of the latest shapes only, so that a long study does not fill the memory."""

    def keep(
        self, windows: Windows, cuts: tuple[Cut, ...], stand: Stand | None = None
    ) -> None:
        """Remember the latest cuts of a problem, forget the shape not seen longest."""
        self._cuts.pop(shape_of(windows), None)  # so that it goes to the end
        super().keep(windows, cuts, stand)
        while len(self._cuts) > SHAPES:
            oldest = next(iter(self._cuts))
            del self._cuts[oldest]
            self._stands.pop(oldest, None)


# -- comparing ------------------------------------------------------------------------


def same_pattern(one: CompiledModel, other: CompiledModel) -> bool:
    """True if only numbers differ: same rows, columns, kinds and places of entries."""
    return (
        one.shape == other.shape
        and _same_labels(one.rows, other.rows)
        and _same_labels(one.columns, other.columns)
        and np.array_equal(one.integer, other.integer)
        and np.array_equal(one.matrix.indptr, other.matrix.indptr)
        and np.array_equal(one.matrix.indices, other.matrix.indices)
    )


def _same_labels(one: Labels, other: Labels) -> bool:
    return (
        one.families == other.families
        and np.array_equal(one.family, other.family)
        and np.array_equal(one.index, other.index)
    )


def size_of_change(one: CompiledModel, other: CompiledModel) -> float:
    """How much has changed between two problems of one pattern, as a share.

    For every family of rows or columns, what has changed in sum relative to the sum of
    sizes; the largest of all families. Infinite where a limit appears or goes.
    """
    row, column = one.rows.family, one.columns.family
    pairs = [
        (one.cost, other.cost, column),
        (one.lower, other.lower, column),
        (one.upper, other.upper, column),
        (one.row_lower, other.row_lower, row),
        (one.row_upper, other.row_upper, row),
        (one.matrix.data, other.matrix.data, row[one.matrix.indices]),
    ]
    return max(_share_changed(*pair) for pair in pairs)


def _share_changed(one: Floats, other: Floats, family: Ints) -> float:
    """The largest change of a family, relative to its size; families (values,)."""
    differs = one != other
    if not differs.any():
        return 0.0
    if not (np.isfinite(one[differs]) & np.isfinite(other[differs])).all():
        return float("inf")
    numbers = np.isfinite(one) & np.isfinite(other)
    before, after, group = one[numbers], other[numbers], family[numbers]
    change = np.bincount(group, weights=np.abs(after - before))
    size = np.bincount(group, weights=np.maximum(np.abs(before), np.abs(after)))
    moved = change > 0
    return float((change[moved] / size[moved]).max())

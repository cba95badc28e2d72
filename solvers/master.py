"""The coarse problem with cuts: proposes designs, and bounds what any can achieve.

To the full problem are added a cost column for every window and a column for its part
of every shared row,

    cost(w) >= c x over the window's own columns,     part(r, w) = B x

the objective becomes design costs plus the windows' costs, and a shared row a limit on
the sum of its parts. That changes nothing; then it is relaxed by time
(:mod:`verdigrid.solvers.coarsen`), where linking columns stay as they are. Cuts from
the windows are rows in the columns that are left.

Multipliers of the coarse rows and of the cuts make multipliers of the full rows
(:meth:`Master.full_duals`): the bound can be proved from them alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array, diags_array, hstack, vstack

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel, Family, Labels
from verdigrid.models.solution import Status
from verdigrid.solvers.coarsen import Coarse, coarsen
from verdigrid.solvers.cuts import Cut
from verdigrid.solvers.highs import Result, Session
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import Windows


@dataclass(frozen=True)
class _Places:
    """Where the added columns stand in the extended problem."""

    cost: Ints
    part: Ints  # (shared rows, windows)


class Master:
    """The coarse problem, its cuts, and the HiGHS model that holds both."""

    def __init__(self, windows: Windows, segment: Ints) -> None:
        self.windows = windows
        extended, places = _extended(windows)
        linking = np.zeros(extended.shape[1], dtype=bool)
        linking[: windows.linking.size] = windows.linking
        # Rows of linking columns alone: no window sees them, so they must hold here.
        alone = windows.outside & timed(windows.model.rows)
        self.coarse: Coarse = coarsen(extended, segment, linking, np.flatnonzero(alone))
        self.cuts: list[Cut] = []
        column_of = self.coarse.column_of
        self._cost_at = column_of[places.cost]
        self._part_at = column_of[places.part]
        self.linking_at = column_of[: windows.linking.size]
        # Shared rows are sums of their own; the coarse rows that are a side of one.
        sums = self.coarse.sums[:, windows.shared][self.coarse.group_of]
        self._shared = np.flatnonzero(np.diff(csr_array(sums).indptr))
        self._spread = csr_array(sums)[self._shared]
        self.session = Session(self.coarse.model)
        self.session.set_options(solver="simplex")
        self.session.relax_integers()

    def solve(self, decisions: Ints, lower: Floats, upper: Floats) -> Result:
        """Solve with decisions (full columns) between bounds; duals as HiGHS has them.

        Simplex goes on from where it was. Where it finds no optimum, it is asked again
        from scratch: that there is none is believed only if said twice.
        """
        session = self.session
        session.set_bounds(self.linking_at[decisions], lower, upper)
        result = session.run_in_thread()
        for options in ({}, {"presolve": "off"}, {"solver": "ipx"}):
            if result.status is Status.OPTIMAL:
                break
            session.forget()
            session.set_options(**options)
            again = session.run_in_thread()
            session.set_options(solver="simplex", presolve="choose")
            agreed = again.status is result.status is Status.INFEASIBLE
            result = again
            if agreed:
                break
        return result

    def propose(self, spare: Floats) -> Floats | None:
        """What to choose to keep shared rows with so much to spare (shared rows,).

        Between the bounds of the last solve; columns of the master, None if there is
        no such choice. It proves nothing.
        """
        model = self.coarse.model
        lower, upper = model.row_lower[self._shared], model.row_upper[self._shared]
        each = self._spread @ spare
        self.session.set_row_bounds(self._shared, lower + each, upper - each)
        result = self.session.run_in_thread()
        self.session.set_row_bounds(self._shared, lower, upper)
        return result.x if result.status is Status.OPTIMAL else None

    def infeasibility(self) -> Floats | None:
        """Multipliers of the full rows that prove that the last solve had no plan."""
        ray = self.session.dual_ray()
        if ray is None:  # presolve found it, and says no more
            self.session.forget()
            self.session.set_options(presolve="off")
            self.session.run_in_thread()
            self.session.set_options(presolve="choose")
            ray = self.session.dual_ray()
        return None if ray is None else self.full_duals(ray)

    def add(self, cuts: Sequence[Cut]) -> None:
        """Add cuts as rows."""
        if not cuts:
            return
        self.cuts.extend(cuts)
        rows, columns, values = [], [], []
        for number, cut in enumerate(cuts):
            at = np.r_[
                self._cost_at[cut.window],
                self._part_at[:, cut.window],
                self.linking_at[cut.linking],
            ]
            rows.append(np.full(at.size, number))
            columns.append(at)
            values.append(np.r_[cut.weight, cut.prices, -cut.slope])
        matrix = coo_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
            shape=(len(cuts), self.coarse.model.shape[1]),
        )
        constant = np.array([cut.constant for cut in cuts])
        self.session.add_rows(csr_array(matrix), constant)

    def linking_values(self, x: Floats) -> Floats:
        """Values of the full columns that the master knows (columns,), else 0."""
        values = np.zeros(self.windows.linking.size)
        at = np.flatnonzero(self.windows.linking & (self.linking_at >= 0))
        values[at] = x[self.linking_at[at]]
        model = self.windows.model
        return np.clip(values, model.lower, model.upper)

    def parts(self, x: Floats) -> Floats:
        """What each window uses of the shared rows (shared rows, windows)."""
        return np.asarray(x[self._part_at], dtype=np.float64)

    def full_duals(self, row_dual: Floats) -> Floats:
        """Multipliers of the full rows from those of coarse rows and cuts."""
        windows, coarse = self.windows, self.coarse
        own = int(coarse.model.shape[0])
        lifted = coarse.lift_duals(row_dual[:own])[: windows.model.shape[0]]
        for weight, cut in zip(row_dual[own:], self.cuts, strict=True):
            if weight != 0:
                lifted[windows.windows[cut.window].rows] += weight * cut.row_dual
        return lifted

    def prices(self, full_duals: Floats) -> Floats:
        """Prices on the parts of the shared rows (shared rows,)."""
        return -full_duals[self.windows.shared]


def _extended(windows: Windows) -> tuple[CompiledModel, _Places]:
    """The full problem with the columns and rows named in the module's head."""
    model, count = windows.model, len(windows.windows)
    rows, columns = model.shape
    shared = windows.shared.size
    of_window = np.full(columns, -1)
    for number, window in enumerate(windows):
        of_window[window.columns] = number
    own = np.flatnonzero(of_window >= 0)

    # cost(w) - sum c x >= 0;   part(r, w) - sum B x = 0
    priced = own[model.cost[own] != 0]
    cost_rows = coo_array(
        (-model.cost[priced], (of_window[priced], priced)), shape=(count, columns)
    )
    parts = windows.parts.tocoo()
    part_row, part_column = (np.asarray(at, dtype=np.int64) for at in parts.coords)
    mine = of_window[part_column] >= 0
    part_rows = coo_array(
        (
            -parts.data[mine],
            (part_row[mine] * count + of_window[part_column[mine]], part_column[mine]),
        ),
        shape=(shared * count, columns),
    )
    # the shared rows keep their linking columns and sum up their parts
    keep = np.ones(rows)
    keep[windows.shared] = 0.0
    rest = coo_array(
        (
            parts.data[~mine],
            (windows.shared[part_row[~mine]], part_column[~mine]),
        ),
        shape=(rows, columns),
    )
    body = csc_array(diags_array(keep) @ model.matrix) + csc_array(rest)
    totals = coo_array(
        (
            np.ones(shared * count),
            (np.repeat(windows.shared, count), np.arange(shared * count)),
        ),
        shape=(rows, shared * count),
    )
    matrix = vstack(
        [
            hstack([body, csc_array((rows, count)), csc_array(totals)]),
            hstack(
                [
                    csc_array(cost_rows),
                    diags_array(np.ones(count)),
                    csc_array((count, shared * count)),
                ]
            ),
            hstack(
                [
                    csc_array(part_rows),
                    csc_array((shared * count, count)),
                    diags_array(np.ones(shared * count)),
                ]
            ),
        ]
    )
    more = count + shared * count
    free = np.full(more, np.inf)
    cost = model.cost.copy()
    cost[own] = 0.0
    extended = CompiledModel(
        matrix=csc_array(matrix),
        cost=np.r_[cost, np.ones(count), np.zeros(shared * count)],
        offset=model.offset,
        row_lower=np.r_[model.row_lower, np.zeros(more)],
        row_upper=np.r_[
            model.row_upper, np.full(count, np.inf), np.zeros(shared * count)
        ],
        lower=np.r_[model.lower, -free],
        upper=np.r_[model.upper, free],
        integer=np.r_[model.integer, np.zeros(more, dtype=bool)],
        columns=_with_more(model.columns, count, shared),
        rows=_with_more(model.rows, count, shared),
    )
    places = _Places(
        columns + np.arange(count),
        columns + count + np.arange(shared * count).reshape(shared, count),
    )
    return extended, places


def _with_more(labels: Labels, windows: int, shared: int) -> Labels:
    """Labels of the added columns or rows."""
    number = len(labels.families)
    more = (Family("master", "cost", False), Family("master", "part", False))
    return replace(
        labels,
        families=labels.families + more,
        family=np.r_[
            labels.family,
            np.full(windows, number),
            np.full(windows * shared, number + 1),
        ],
        index=np.r_[labels.index, np.full(windows + windows * shared, -1)],
    )

"""A full-resolution plan with a proven gap, for less than the full problem costs.

    coarse problem + cuts  ->  a design, and a bound on what any design can achieve
    dispatch of the design ->  a plan, and a cut for every window
    ... until plan and bound are as close as asked

1. The year is cut into windows (:mod:`windows`), the problem relaxed by time
   (:mod:`coarsen`, :mod:`master`).
2. The master proposes linking columns (capacities, contents of storages between
   windows, each window's part of a yearly limit). Few of its proposals are good while
   cuts are few, so the point that is dispatched lies half way to the best known.
3. Windows are dispatched at full resolution (:mod:`dispatch`), side by side. Each gives
   a cut, exact at that point, that goes into the master.
4. Where machines are switched on and off in every step, the windows are dispatched with
   those binaries relaxed; once plan and bound are close, they are decided
   (:mod:`commit`). What that costs more is the commitment gap, which cuts can't close.
5. Decisions of the design are branched on; every open node has the bound that its last
   multipliers prove over the full problem, and nothing else counts as a bound
   (:mod:`certificate`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.certificate import Certificate, Leaf, Moment
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.certificate import leaf_bound
from verdigrid.solvers.commit import commit, hourly_decisions
from verdigrid.solvers.cuts import Cut
from verdigrid.solvers.dispatch import Dispatch, Dispatcher
from verdigrid.solvers.highs import Progress, Result, Watcher
from verdigrid.solvers.master import Master
from verdigrid.solvers.segments import choose_segments
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import Windows, cut_into_windows

#: Segments of the coarse problem; with cuts more of them don't pay.
SEGMENTS = 300
#: A decision this close to a whole number is one.
WHOLE = 1e-6
#: Capacity lacking below this share of the capacity is rounding.
SHORT = 1e-7
#: The penalty on using too much of a shared row, relative to its price in the master.
PENALTY, HARDER, HARDEST = 1.2, 2.5, 20.0
#: Rows may be missed by this share of what adds up in them.
TOLERANCE = 1e-7
#: A node whose best point is this close to its bound gets harder penalties.
NEAR = 0.005
#: A node whose best point is this close to its bound (share of the gap) is branched.
CLOSE = 0.25
#: Where machines are switched, this share of the gap is for the linear search.
LINEAR_SHARE = 0.25
#: Rounds without a better plan or bound after which the search gives up.
PATIENCE = 40


@dataclass(frozen=True)
class Goal:
    """When to stop: relative gap, seconds; and how many threads to use."""

    relative_gap: float
    time_limit_s: float
    threads: int


@dataclass
class _Node:
    """A box of decisions with its proven bound and the best point dispatched in it."""

    lower: Floats
    upper: Floats
    bound: float
    row_dual: Floats
    centre: "_Point | None" = None
    last: Floats | None = None

    @property
    def is_fixed(self) -> bool:
        return bool((self.lower == self.upper).all())


@dataclass(frozen=True)
class _Point:
    """Linking columns and parts that were dispatched, and what that cost."""

    values: Floats
    parts: Floats
    cost: float
    over: Floats
    short_cost: float

    def merit(self, penalty: Floats) -> float:
        """Cost with what is lacking paid at a price."""
        return self.cost + self.short_cost + float(penalty @ self.over)


@dataclass(frozen=True)
class Certified:
    """Best plan and bound, their proof, and the cuts for the next of its kind."""

    result: Result
    certificate: Certificate
    windows: Windows
    cuts: tuple[Cut, ...]


def solve_certified(
    model: CompiledModel,
    goal: Goal,
    watcher: Watcher | None = None,
    known_cuts: Sequence[Cut] = (),
) -> Certified:
    """Search until the gap is proven; best plan and bound so far where it stops.

    The result's status is OPTIMAL (gap reached), FEASIBLE (stopped before, with a
    plan), INFEASIBLE (the relaxation is), NO_INCUMBENT or FAILED.
    """
    search = Search(model, goal, watcher, known_cuts)
    try:
        status = search.run()
        interrupted = False
    except KeyboardInterrupt:
        status, interrupted = search.stopped(), True
    return Certified(
        search.result(status, interrupted),
        search.certificate(),
        search.windows,
        tuple(search.master.cuts),
    )


class Search:
    """The state of one search: master, dispatcher, open nodes, best plan."""

    def __init__(
        self,
        model: CompiledModel,
        goal: Goal,
        watcher: Watcher | None,
        known_cuts: Sequence[Cut],
    ) -> None:
        self._started = time.monotonic()
        self.model, self.goal, self._watcher = model, goal, watcher
        self.windows: Windows = cut_into_windows(model)
        self.boxes = implied_boxes(model)
        segment = choose_segments(model, SEGMENTS, self.windows.first_step)
        self.master = Master(self.windows, segment)
        self.dispatcher = Dispatcher(self.windows, self.boxes, goal.threads)
        if known_cuts:
            self.master.add(known_cuts)
        self.decisions = np.flatnonzero(model.integer & ~timed(model.columns))
        self._switches = bool(hourly_decisions(model).any())
        self._linear: Floats | None = None
        self._linear_cost = float("inf")
        self.x: Floats | None = None
        self.incumbent = float("inf")
        self._penalty = np.zeros(self.windows.shared.size)
        self._harder = np.zeros(self.windows.shared.size)
        self._history: list[Moment] = []
        self._rounds = 0
        root = _Node(
            np.ceil(model.lower[self.decisions]),
            np.floor(model.upper[self.decisions]),
            -float("inf"),
            np.zeros(model.shape[0]),
        )
        self._nodes = [root]

    # -- the search ----------------------------------------------------------

    @property
    def bound(self) -> float:
        """What is proven for every plan."""
        return min(node.bound for node in self._nodes)

    @property
    def gap(self) -> float:
        """Incumbent above the bound, relative to the incumbent."""
        if not np.isfinite(self.incumbent):
            return float("inf")
        return (self.incumbent - self.bound) / max(1.0, abs(self.incumbent))

    def run(self) -> Status:
        """Search with hourly binaries relaxed, then decide those if there are any."""
        if not self._switches:
            return self._search(self.goal.relative_gap)
        share = LINEAR_SHARE * self.goal.relative_gap
        status = self._search(share)
        if self._linear is None:
            return status
        left = self.goal.time_limit_s - self._seconds()
        decided = commit(
            self.windows,
            self._linear,
            np.maximum(self._penalty, 1e-9) * HARDEST,
            share,
            max(1.0, left),
            self.goal.threads,
        )
        if decided is None or not self._keeps_rows(decided):
            return Status.NO_INCUMBENT if status.has_plan else status
        self.x, self.incumbent = decided, self._cost(decided)
        self._note()
        close = self.gap <= self.goal.relative_gap
        return Status.OPTIMAL if close else Status.FEASIBLE

    def _search(self, wanted_gap: float) -> Status:
        """Go on until the gap of the linear plan is reached, or nothing moves."""
        stale, best = 0, (-np.inf, np.inf)
        while self._linear_gap() > wanted_gap:
            if self._seconds() > self.goal.time_limit_s:
                return self.stopped()
            node = min(self._nodes, key=lambda open_node: open_node.bound)
            if node.bound == np.inf:
                return Status.INFEASIBLE
            status = self._improve(node)
            if status is not Status.OPTIMAL:
                return status if self._linear is None else Status.FEASIBLE
            self._note()
            now = (self.bound, self._linear_cost)
            moved = now[0] > best[0] + 1e-9 * abs(best[0]) or now[1] < best[1]
            stale, best = (0 if moved else stale + 1), now
            if stale > PATIENCE:
                return Status.FAILED if self._linear is None else Status.FEASIBLE
        return Status.OPTIMAL

    def _linear_gap(self) -> float:
        """Gap of the best plan with hourly binaries relaxed."""
        if not np.isfinite(self._linear_cost):
            return float("inf")
        return (self._linear_cost - self.bound) / max(1.0, abs(self._linear_cost))

    def _cost(self, x: Floats) -> float:
        return float(self.model.cost @ x) + self.model.offset

    def stopped(self) -> Status:
        """The status where the search was stopped from outside."""
        return Status.NO_INCUMBENT if self.x is None else Status.FEASIBLE

    def _improve(self, node: _Node) -> Status:
        """One round at ``node``: better bound, new cuts, perhaps a better plan."""
        self._rounds += 1
        found = self.master.solve(self.decisions, node.lower, node.upper)
        if found.status is Status.INFEASIBLE:
            return self._close_infeasible(node)
        if not found.status.has_plan or not found.row_dual.size:
            return Status.FAILED
        self._prove(node, self.master.full_duals(found.row_dual))
        if node.bound >= self._cutoff():
            return Status.OPTIMAL
        values, parts = self.master.linking_values(found.x), self.master.parts(found.x)
        prices = np.abs(self.master.prices(node.row_dual))
        factor = np.minimum(HARDEST, PENALTY * HARDER**self._harder)
        self._penalty = np.maximum(prices, 1e-9) * factor
        if self._should_branch(node, values):
            self._branch(node, values)
            return Status.OPTIMAL
        return self._dispatch(node, values, parts)

    def _dispatch(self, node: _Node, values: Floats, parts: Floats) -> Status:
        """Dispatch a point between the master's proposal and the best known."""
        repeated = node.last is not None and np.allclose(
            values, node.last, rtol=1e-4, atol=1e-6
        )
        node.last = values
        if node.centre is not None and not repeated:
            values = (values + node.centre.values) / 2
            parts = (parts + node.centre.parts) / 2
        for _ in range(2):
            found = self.dispatcher.run(values, parts, self._penalty)
            self.master.add(found.cuts)
            if not found.complete:
                break
            self._take(node, values, parts, found)
            lacking = found.short > SHORT * np.maximum(1.0, np.abs(values))
            if not lacking.any():
                break
            values = values + found.short
        return Status.OPTIMAL

    def _take(
        self, node: _Node, values: Floats, parts: Floats, found: Dispatch
    ) -> None:
        """Note the point; if it lacks nothing, it is a plan."""
        over = found.over.sum(axis=1)
        cost = self._cost(found.x)
        point = _Point(
            values + found.short,
            parts,
            cost,
            over,
            float(self.model.cost @ found.short),
        )
        centre = node.centre
        if centre is None or point.merit(self._penalty) < centre.merit(self._penalty):
            node.centre = point
        used = np.abs(self.windows.parts) @ np.abs(found.x)
        exceeded = over > 1e-9 * np.maximum(1.0, used)
        near = node.centre is not None and (
            node.centre.merit(self._penalty) - node.bound
            < NEAR * max(1.0, abs(node.bound))
        )
        self._harder = np.maximum(
            0.0, self._harder + np.where(exceeded, 1.0 if near else 0.0, -1.0)
        )
        lacking = found.short > SHORT * np.maximum(1.0, np.abs(values))
        if not exceeded.any() and not lacking.any():
            self._offer(found.x)

    def _offer(self, x: Floats) -> None:
        """Make ``x`` the plan if its decisions can be made whole and it is cheaper."""
        whole = self._completed(x)
        if whole is None:
            return
        cost = self._cost(whole)
        if cost < self._linear_cost:
            self._linear, self._linear_cost = whole, cost
            if not self._switches:
                self.x, self.incumbent = whole, cost

    def _completed(self, x: Floats) -> Floats | None:
        """``x`` with whole decisions, or None where its capacities don't allow it.

        A decision that windows don't see (bought or not) follows from the capacities:
        whatever is bought in part is bought.
        """
        x = x.copy()
        if not self.decisions.size:
            return x
        decided = x[self.decisions]
        near = np.abs(decided - np.rint(decided)) < WHOLE
        x[self.decisions] = np.where(near, np.rint(decided), np.ceil(decided))
        return x if self._keeps_rows(x) else None

    def _keeps_rows(self, x: Floats) -> bool:
        """True if ``x`` keeps every row, to the solver's tolerance."""
        model = self.model
        activity = model.matrix @ x
        size = np.maximum(1.0, np.abs(model.matrix) @ np.abs(x))
        below = activity < model.row_lower - TOLERANCE * size
        above = activity > model.row_upper + TOLERANCE * size
        return not (below | above).any()

    # -- nodes ----------------------------------------------------------------

    def _cutoff(self) -> float:
        """A node with this bound can't hold a noticeably better plan."""
        if not np.isfinite(self._linear_cost):
            return float("inf")
        share = LINEAR_SHARE if self._switches else 1.0
        room = share * self.goal.relative_gap * max(1.0, abs(self._linear_cost))
        return self._linear_cost - room

    def _prove(self, node: _Node, row_dual: Floats) -> None:
        """Raise the node's bound to what ``row_dual`` proves, if that is more."""
        leaf = Leaf(node.lower, node.upper, row_dual)
        bound = leaf_bound(self.model, self.boxes, self.decisions, leaf)
        if bound > node.bound:
            node.bound, node.row_dual = bound, row_dual

    def _close_infeasible(self, node: _Node) -> Status:
        """Prove that a node holds no plan: multipliers with a bound beyond any cost."""
        ray = self.master.session.dual_ray()
        if ray is None:
            node.bound = float("inf") if len(self._nodes) == 1 else node.bound
            return Status.FAILED if len(self._nodes) > 1 else Status.OPTIMAL
        direction = self.master.full_duals(ray)
        start, beyond = node.row_dual, max(1.0, abs(self._cutoff()))
        if not np.isfinite(beyond):
            beyond = 1e6 * max(1.0, abs(node.bound))
        for sign in (1.0, -1.0):
            step = 1e-6
            while node.bound < beyond and step < 1e15:
                self._prove(node, start + sign * step * direction)
                step *= 10
        if node.bound < beyond:
            return Status.FAILED
        if len(self._nodes) == 1:
            node.bound = float("inf")
        return Status.OPTIMAL

    def _should_branch(self, node: _Node, values: Floats) -> bool:
        """True if decisions are fractional though the relaxation is all but solved."""
        decided = values[self.decisions]
        if (np.abs(decided - np.rint(decided)) <= WHOLE).all():
            return False
        if node.centre is None:
            return False
        room = CLOSE * self.goal.relative_gap * max(1.0, abs(node.bound))
        return node.centre.merit(self._penalty) <= node.bound + room or (
            node.bound < self._cutoff() and self._rounds > PATIENCE
        )

    def _branch(self, node: _Node, values: Floats) -> None:
        """Replace ``node`` by two that part the most undecided decision."""
        decided = values[self.decisions]
        at = int(np.argmax(np.abs(decided - np.rint(decided))))
        down_upper, up_lower = node.upper.copy(), node.lower.copy()
        down_upper[at] = np.floor(decided[at])
        up_lower[at] = np.ceil(decided[at])
        self._nodes.remove(node)
        for lower, upper in ((node.lower, down_upper), (up_lower, node.upper)):
            child = _Node(lower, upper, node.bound, node.row_dual)
            self._prove(child, node.row_dual)
            self._nodes.append(child)

    # -- what is told ----------------------------------------------------------

    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _note(self) -> None:
        seconds = self._seconds()
        self._history.append(Moment(seconds, self.bound, self.incumbent))
        if self._watcher is not None:
            stage = f"certified, round {self._rounds}"
            self._watcher(Progress(stage, seconds, self.incumbent, self.bound))

    def certificate(self) -> Certificate:
        """What proves the bound so far."""
        leaves = tuple(
            Leaf(node.lower, node.upper, node.row_dual) for node in self._nodes
        )
        facts = {
            "segments": float(self.master.coarse.segment[-1] + 1),
            "windows": float(len(self.windows.windows)),
            "cuts": float(len(self.master.cuts)),
            "rounds": float(self._rounds),
            "leaves": float(len(leaves)),
            "commitment_gap": self._commitment_gap(),
        }
        return Certificate(self.decisions, leaves, tuple(self._history), facts)

    def _commitment_gap(self) -> float:
        """What deciding hourly binaries costs, relative; 0 where there are none."""
        if self.x is None or not self._switches:
            return 0.0
        more = self.incumbent - self._linear_cost
        return more / max(1.0, abs(self.incumbent))

    def result(self, status: Status, interrupted: bool) -> Result:
        """The best plan with its bound; multipliers of the leaf of least bound."""
        nan = float("nan")
        if self.x is None:
            return Result(status, nan, self.bound, self._seconds(), interrupted)
        node = min(self._nodes, key=lambda open_node: open_node.bound)
        return Result(
            status,
            self.incumbent,
            min(self.bound, self.incumbent),
            self._seconds(),
            interrupted,
            x=self.x,
            row_dual=node.row_dual,
            column_dual=self.model.cost - self.model.matrix.T @ node.row_dual,
        )

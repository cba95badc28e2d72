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
   A good point that only misses a yearly limit is followed by one that spares it:
   between the two lies a plan (:mod:`plans`).
4. Where machines are switched on and off in every step, the windows are dispatched with
   those binaries relaxed; once plan and bound are close, they are decided
   (:mod:`commit`). What that costs more is the commitment gap, which cuts can't close.
5. Decisions of the design are branched on (:mod:`tree`); a bound is what multipliers
   prove over the full problem, and nothing else (:mod:`certificate`).
"""

import time
from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.certificate import Certificate, Moment
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.boxes import dearest, implied_boxes
from verdigrid.solvers.commit import commit, hourly_decisions
from verdigrid.solvers.cuts import Cut
from verdigrid.solvers.cutstore import CutStore, Stand
from verdigrid.solvers.dispatch import Dispatch, Dispatcher
from verdigrid.solvers.highs import Progress, Result, Watcher
from verdigrid.solvers.master import Master
from verdigrid.solvers.penalty import Penalty
from verdigrid.solvers.plans import Plans
from verdigrid.solvers.polish import polished
from verdigrid.solvers.rows import keeps_rows
from verdigrid.solvers.segments import choose_segments, features
from verdigrid.solvers.steps import timed
from verdigrid.solvers.tree import Node, Point, Tree
from verdigrid.solvers.windows import Windows, cut_into_windows, keeps_outside

#: Segments of the coarse problem, at least so many in a window: with cuts more of them
#: don't pay.
SEGMENTS, IN_WINDOW = 300, 6
#: How much more than was missed of a limit the next design is to spare.
SPARE = 1.5
#: A point further above its bound than this many times the gap asked for is not worth
#: the search for a plan close to it.
WORTH = 2.0
#: A node whose best point is this close to its bound is all but solved.
NEAR = 0.005
#: A node is branched once its best point is this close to its bound, as a share of the
#: gap that is open: what is left of it, more rounds would not close.
CLOSE = 0.25
#: Where machines are switched, these shares of the gap are for the linear search and
#: for each window's decisions; the rest is for what both can't close.
LINEAR_SHARE, COMMITMENT_SHARE = 0.25, 0.7
#: A bound this many times the cost of a dispatch says that a limit is out of reach.
ABSURD = 20.0
#: Trees of more leaves than these are not handed on.
LEAVES = 16
#: Rounds without a better plan or bound after which the search gives up.
PATIENCE = 40


@dataclass(frozen=True)
class Goal:
    """When to stop: relative gap, seconds; and how many threads to use."""

    relative_gap: float
    time_limit_s: float
    threads: int


@dataclass(frozen=True)
class Certified:
    """Best plan and bound, their proof, the windows, and all cuts found."""

    result: Result
    certificate: Certificate
    windows: Windows
    cuts: tuple[Cut, ...]


def solve_certified(
    model: CompiledModel,
    goal: Goal,
    watcher: Watcher | None = None,
    store: CutStore | None = None,
) -> Certified:
    """Search until the gap is proven; best plan and bound so far where it stops.

    The result's status is OPTIMAL (gap reached), FEASIBLE (stopped before, with a
    plan), INFEASIBLE (the relaxation is), NO_INCUMBENT or FAILED. A ``store`` gives
    the cuts of earlier problems of the same shape, and where the last search ended,
    and keeps the same of this one.
    """
    search = Search(model, goal, watcher, store)
    try:
        status, interrupted = search.run(), False
    except KeyboardInterrupt:
        status, interrupted = search.stopped(), True
    cuts = tuple(search.master.cuts)
    if store is not None:
        store.keep(search.windows, cuts, search.stand())
    result = search.result(status, interrupted)
    return Certified(result, search.certificate(), search.windows, cuts)


class Search:
    """The state of one search: master, dispatcher, tree, best plan.

    ``linear`` is the best plan with hourly decisions relaxed, ``x`` the best plan;
    where there are no hourly decisions the two are the same.
    """

    def __init__(
        self,
        model: CompiledModel,
        goal: Goal,
        watcher: Watcher | None,
        store: CutStore | None = None,
    ) -> None:
        self._started = time.monotonic()
        self.model, self.goal, self._watcher = model, goal, watcher
        self.windows: Windows = cut_into_windows(model)
        stand = None if store is None else store.stand(self.windows)
        self._described = features(model)
        segment = None if stand is None else stand.segments(self._described)
        if segment is None:
            starts, stages = self.windows.first_step, model.first_steps
            count = max(SEGMENTS * len(stages), IN_WINDOW * starts.size)
            starts = np.union1d(starts, stages)
            segment = choose_segments(self._described, count, starts)
        self.master = Master(self.windows, segment)
        boxes = implied_boxes(model)
        self.dispatcher = Dispatcher(self.windows, boxes, goal.threads)
        if store is not None:
            self.master.add(store.known(self.windows, boxes))
        decisions = np.flatnonzero(model.integer & ~timed(model.columns))
        self.tree = Tree(model, boxes, decisions)
        self._dearest = dearest(model, boxes)
        self._switches = bool(hourly_decisions(model).any())
        share = LINEAR_SHARE if self._switches else 1.0
        self._linear_goal = share * goal.relative_gap
        self._plans = Plans(self.windows, decisions)
        if stand is not None:
            self.dispatcher.start_from(stand.bases)
            self.tree.start_from(stand.leaves)
        self.x: Floats | None = None
        self.incumbent = float("inf")
        self._penalty = Penalty(self.windows.shared.size)
        self._usual = float("inf")
        self._history: list[Moment] = []
        self._rounds = 0

    # -- the search ----------------------------------------------------------

    def run(self) -> Status:
        """Search with hourly decisions relaxed, then decide those if there are any."""
        status = self._search()
        if not self._switches or self._plans.best is None:
            return status
        left = self.goal.time_limit_s - self._seconds()
        decided = commit(
            self.windows,
            self._plans.best,
            self._penalty.hardest,
            COMMITMENT_SHARE * self.goal.relative_gap,
            max(1.0, left),
            self.goal.threads,
        )
        if decided is None or not keeps_rows(self.model, decided):
            return Status.NO_INCUMBENT if status.has_plan else status
        self.x = polished(self.windows, decided)
        self.incumbent = self._cost(self.x)
        self._note()
        close = _relative(self.incumbent, self.bound) <= self.goal.relative_gap
        return Status.OPTIMAL if close else Status.FEASIBLE

    def stopped(self) -> Status:
        """The status where the search was stopped from outside."""
        return Status.NO_INCUMBENT if self.x is None else Status.FEASIBLE

    @property
    def bound(self) -> float:
        """What is proven for every plan."""
        return self.tree.lowest.bound

    def _search(self) -> Status:
        """Go on until the gap of the linear plan is reached, or nothing moves."""
        stale, best = 0, (-np.inf, np.inf)
        while _relative(self._plans.cost, self.bound) > self._linear_goal:
            if self._seconds() > self.goal.time_limit_s:
                return self._ended(Status.NO_INCUMBENT)
            node = self.tree.lowest
            if node.bound >= self._dearest:  # no plan can cost as much
                return Status.INFEASIBLE
            if not self._improve(node) or self.bound > ABSURD * self._usual:
                return self._ended(Status.FAILED)
            self._note()
            now = (self.bound, self._plans.cost)
            moved = now[0] > best[0] + 1e-9 * abs(best[0]) or now[1] < best[1]
            stale, best = (0 if moved else stale + 1), now
            if stale > PATIENCE:
                return self._ended(Status.FAILED)
        return Status.OPTIMAL

    def _ended(self, without_plan: Status) -> Status:
        """FEASIBLE if there is a plan."""
        return without_plan if self._plans.best is None else Status.FEASIBLE

    def _improve(self, node: Node) -> bool:
        """One round at ``node``: better bound, new cuts, perhaps a better plan."""
        self._rounds += 1
        found = self.master.solve(self.tree.decisions, node.lower, node.upper)
        if found.status is Status.INFEASIBLE:
            return self._close(node)
        if not found.status.has_plan or not found.row_dual.size:
            return False
        self.tree.prove(node, self.master.full_duals(found.row_dual))
        cutoff = self._plans.cost - self._linear_goal * max(1, abs(self._plans.cost))
        if node.bound >= cutoff:
            return True
        self._priced = np.abs(self.master.prices(node.row_dual))
        self._penalty.follow(self._priced)
        values = self.master.linking_values(found.x)
        if self._should_branch(node, values):
            self.tree.branch(node, values)
        else:
            self._dispatch(node, values, self.master.parts(found.x))
        return True

    def _should_branch(self, node: Node, values: Floats) -> bool:
        """True if decisions are fractional though the relaxation is all but solved."""
        if node.centre is None or self.tree.is_decided(values):
            return False
        room = self.goal.relative_gap * max(1.0, abs(node.bound))
        if np.isfinite(self._plans.cost):
            room = max(room, self._plans.cost - node.bound)
        solved = node.centre.merit(self._penalty.values) <= node.bound + CLOSE * room
        return solved or self._rounds > PATIENCE

    def _close(self, node: Node) -> bool:
        """Prove that an infeasible node holds no plan; True if it worked."""
        ray = self.master.infeasibility()
        if ray is None:
            return False
        return self.tree.close(node, ray, min(self._plans.cost, self._dearest))

    def _dispatch(self, node: Node, values: Floats, parts: Floats) -> None:
        """Dispatch a point between the master's proposal and the best known.

        What capacities lack is added to them, and the point dispatched once more;
        where that is not allowed, the proposal itself is, as it stands.
        """
        proposed, proposed_parts = values, parts
        repeated = node.proposed is not None and np.allclose(
            values, node.proposed, rtol=1e-4, atol=1e-6
        )
        node.proposed = values
        if node.centre is not None and not repeated:
            values = (values + node.centre.values) / 2
            parts = (parts + node.centre.parts) / 2
        found = self._dispatched(node, values, parts)
        if found is not None and found.lacks(values):
            extended = values + found.short
            if keeps_outside(self.windows, extended, parts):
                found = self._dispatched(node, extended, parts)
            else:
                found = self._dispatched(node, proposed, proposed_parts, extend=False)
        if found is not None:
            self._keep_limits(node, found)

    def _keep_limits(self, node: Node, found: Dispatch) -> None:
        """Where only limits are missed by a good point, dispatch one that spares them.

        The master is asked for a design that keeps shared rows by as much as this
        point misses them. In between lies a plan (:mod:`verdigrid.solvers.plans`).
        """
        missed = self._plans.missed(found.x)
        above = self._cost(found.x) + float(self._priced @ missed) - node.bound
        room = WORTH * self.goal.relative_gap * max(1.0, abs(node.bound))
        if not missed.any() or above > room:
            return
        x = self.master.propose(SPARE * missed)
        if x is not None:
            values, parts = self.master.linking_values(x), self.master.parts(x)
            if self._dispatched(node, values, parts) is not None:
                self._offer(found.x)

    def _dispatched(
        self, node: Node, values: Floats, parts: Floats, extend: bool = True
    ) -> Dispatch | None:
        """Dispatch a point, learn its cuts, note it; None if it has no dispatch."""
        found = self.dispatcher.run(values, parts, self._penalty.values, extend)
        self.master.add(found.cuts)
        if not found.complete:
            return None
        lacks = found.lacks(values)
        if not lacks:
            self._offer(found.x)
        if not lacks or keeps_outside(self.windows, values + found.short, parts):
            self._take(node, values, parts, found)
        return found

    def _take(self, node: Node, values: Floats, parts: Floats, found: Dispatch) -> None:
        """Note a point, and how hard the use of shared rows must be priced."""
        over = found.over.sum(axis=1)
        short_cost = float(self.model.cost @ found.short)
        cost = self._cost(found.x)
        self._usual = min(self._usual, max(1.0, abs(cost) + short_cost))
        point = Point(values + found.short, parts, cost, over, short_cost)
        penalty, centre = self._penalty.values, node.centre
        if centre is None or point.merit(penalty) < centre.merit(penalty):
            node.centre = centre = point
        used = np.abs(self.windows.parts) @ np.abs(found.x)
        exceeded = over > 1e-9 * np.maximum(1.0, used)
        room = NEAR * max(1.0, abs(node.bound))
        near = centre.merit(penalty) - node.bound < room
        self._penalty.learn(exceeded, near, abs(cost) / np.maximum(1.0, used))

    def _offer(self, x: Floats) -> None:
        """Make ``x``, or what lies between it and a known plan, the plan if cheaper."""
        if self._plans.offer(x) and not self._switches:
            self.x, self.incumbent = self._plans.best, self._plans.cost

    def _cost(self, x: Floats) -> float:
        return float(self.model.cost @ x) + self.model.offset

    # -- what is told ----------------------------------------------------------

    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _note(self) -> None:
        seconds = self._seconds()
        self._history.append(Moment(seconds, self.bound, self.incumbent))
        if self._watcher is not None:
            stage = f"certified, round {self._rounds}"
            self._watcher(Progress(stage, seconds, self.incumbent, self.bound))

    def stand(self) -> Stand:
        """What the search of a similar problem can begin with."""
        nodes = self.tree.nodes if len(self.tree.nodes) <= LEAVES else []
        leaves, segment = tuple(n.leaf for n in nodes), self.master.coarse.segment
        return Stand(segment, self._described, leaves, self.dispatcher.bases)

    def certificate(self) -> Certificate:
        """What proves the bound so far."""
        facts = {
            "segments": float(self.master.coarse.segment[-1] + 1),
            "windows": float(len(self.windows.windows)),
            "cuts": float(len(self.master.cuts)),
            "rounds": float(self._rounds),
            "leaves": float(len(self.tree.nodes)),
            "commitment_gap": self._commitment_gap(),
        }
        leaves = tuple(node.leaf for node in self.tree.nodes)
        return Certificate(self.tree.decisions, leaves, tuple(self._history), facts)

    def _commitment_gap(self) -> float:
        """What deciding hourly decisions costs, relative; 0 where there are none."""
        if self.x is None or not self._switches:
            return 0.0
        return _relative(self.incumbent, self._plans.cost)

    def result(self, status: Status, interrupted: bool) -> Result:
        """The best plan with its bound; multipliers of the leaf of least bound."""
        nan = float("nan")
        if self.x is None:
            return Result(status, nan, self.bound, self._seconds(), interrupted)
        duals = self.tree.lowest.row_dual
        x = polished(self.windows, self.x)
        objective = self._cost(x)
        return Result(
            status,
            objective,
            min(self.bound, objective),
            self._seconds(),
            interrupted,
            x=x,
            row_dual=duals,
            column_dual=self.model.cost - self.model.matrix.T @ duals,
        )


def _relative(cost: float, bound: float) -> float:
    """Gap between a cost and its bound, as a share of the cost."""
    if not np.isfinite(cost):
        return float("inf")
    return (cost - bound) / max(1.0, abs(cost))

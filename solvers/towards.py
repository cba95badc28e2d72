"""Other goals on the problem of a plan: the best of a goal, and the cheapest way there.

1   reach    minimise goal @ x   within all rows, and cost @ x <= most if that is given
2   pay      minimise cost @ x   with goal @ x held at what was reached

The second step makes the plan one that a planner would choose: nothing is bought or
burnt for nothing. A linear problem stays in HiGHS from goal to goal, and simplex goes
on from the last basis; one with whole numbers starts anew each time.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from verdigrid.models.arrays import Floats
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import InfeasibleError, LimitError, SolverError
from verdigrid.models.solution import Status
from verdigrid.solvers.highs import Result, Session, Watcher
from verdigrid.solvers.restrict import with_rows
from verdigrid.solvers.reuse import FROM_BASIS
from verdigrid.solvers.solve import SolveOptions

#: What was reached may be missed by this share in step 2.
HELD = 1e-9
#: A linear problem from scratch, as for a plan. Where hardly any room is left beside
#: the cheapest, the interior point goes on for ever unless it is told to stop.
FROM_SCRATCH: dict[str, Any] = {
    "solver": "hipo",
    "run_crossover": "on",
    "ipm_iteration_limit": 500,
}


@dataclass(frozen=True)
class Reached:
    """The least ``goal @ x`` of any plan, and the cheapest plan that has it.

    ``bound`` is what no plan can be below; it is ``value`` for a linear problem.
    ``result.objective`` is the cost (with the problem's offset).
    """

    value: float
    bound: float
    result: Result
    session: Session

    @property
    def x(self) -> Floats:
        """All columns of the plan."""
        return self.result.x


class Towards:
    """One problem, with at most ``most`` spent on it, to be led to several goals."""

    def __init__(
        self,
        model: CompiledModel,
        options: SolveOptions,
        most: float | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        self._options, self._most, self._watcher = options, most, watcher
        if most is not None:
            spent = csr_array(model.cost[None, :])
            room = np.array([most - model.offset])
            model = with_rows(model, spent, np.array([-np.inf]), room)
        self.model = model
        self._session: Session | None = None
        self._held = 0

    def reach(self, goal: Floats) -> Reached:
        """The least ``goal @ x``. Raises InfeasibleError, LimitError, SolverError."""
        if self.model.integer.any():
            return self._reach_with_integers(goal)
        session = self._restored()
        session.set_cost(goal * _unit(session, goal))
        value = float(goal @ self._go_on(session, "towards a goal").x)
        row = csr_array(-goal[None, :])
        session.add_rows(row, np.array([-value - _slack(goal, value)]))
        self._held += 1
        session.set_cost(self.model.cost)
        found = self._go_on(session, "the cheapest way there")
        return Reached(value, value, self._as_cost(found), session)

    # -- linear ------------------------------------------------------------------

    def _restored(self) -> Session:
        """The session with its bounds and rows as the problem has them."""
        rows, columns = self.model.shape
        if self._session is None:
            self._session = self._started()
        session, model = self._session, self.model
        session.set_bounds(np.arange(columns), model.lower, model.upper)
        session.set_row_bounds(np.arange(rows), model.row_lower, model.row_upper)
        if self._held:
            free = np.full(self._held, np.inf)
            session.set_row_bounds(rows + np.arange(self._held), -free, free)
        return session

    def _started(self) -> Session:
        """A session at the cheapest plan, which is found as if money were no matter."""
        session = Session(self.model, self._watcher)
        session.set_options(
            threads=self._options.threads,
            time_limit=self._options.time_limit_s,
            **FROM_SCRATCH,
        )
        if self._most is not None:
            last = np.array([self.model.shape[0] - 1])
            session.set_row_bounds(last, np.array([-np.inf]), np.array([np.inf]))
        _require_plan(session.run("the cheapest plan"))
        return session

    def _go_on(self, session: Session, stage: str) -> Result:
        """Simplex from the last basis; from scratch where that takes too long."""
        session.set_options(**FROM_BASIS)
        session.allow(self._options.time_limit_s / 2)
        result = session.run(stage)
        if result.status is not Status.OPTIMAL and not result.interrupted:
            session.forget()
            session.set_options(**FROM_SCRATCH)
            session.allow(self._options.time_limit_s)
            result = session.run(stage)
        if result.interrupted:
            raise KeyboardInterrupt
        if result.status is Status.FEASIBLE:  # not the least: no answer to the question
            raise LimitError(f"{stage}: no optimum within the time; give it more")
        _require_plan(result)
        return result

    # -- with whole numbers --------------------------------------------------------

    def _reach_with_integers(self, goal: Floats) -> Reached:
        best = self._branched(replace(self.model, cost=goal, offset=0.0))
        value = float(goal @ best.x)
        row = csr_array(goal[None, :])
        room = np.array([value + _slack(goal, value)])
        held = with_rows(self.model, row, np.array([-np.inf]), room)
        cheapest = self._branched(held)
        session = Session(held, self._watcher)
        whole = np.flatnonzero(held.integer)
        rounded = np.rint(cheapest.x[whole])
        session.set_options(
            threads=self._options.threads, time_limit=self._options.time_limit_s
        )
        session.relax_integers()
        session.set_bounds(whole, rounded, rounded)
        fixed = session.run("fixing integers")
        _require_plan(fixed)
        return Reached(value, min(value, best.bound), self._as_cost(fixed), session)

    def _branched(self, model: CompiledModel) -> Result:
        session = Session(model, self._watcher)
        session.set_options(
            time_limit=self._options.time_limit_s,
            threads=self._options.threads,
            mip_rel_gap=self._options.relative_gap,
        )
        result = session.run("towards a goal")
        if result.interrupted:
            raise KeyboardInterrupt
        _require_plan(result)
        return result

    def _as_cost(self, result: Result) -> Result:
        """The result with what it costs as its objective; its duals mean nothing."""
        nothing = np.empty(0)
        cost = float(self.model.cost @ result.x) + self.model.offset
        return replace(
            result,
            objective=cost,
            bound=-np.inf,
            row_dual=nothing,
            column_dual=nothing,
        )


def _slack(goal: Floats, value: float) -> float:
    return HELD * max(float(np.abs(goal).max()), abs(value))


def _unit(session: Session, goal: Floats) -> float:
    """A factor that makes the goal's largest coefficient 1 in HiGHS.

    HiGHS' tolerance on reduced costs is absolute: small costs would be no goal at all.
    """
    largest = float(np.abs(session.scaling.cost(goal)).max())
    return 1.0 / largest if largest > 0 else 1.0


def _require_plan(result: Result) -> None:
    """Raise an error where there is no plan."""
    if result.status is Status.INFEASIBLE:
        raise InfeasibleError([])
    if result.status is Status.NO_INCUMBENT:
        raise LimitError(f"nothing found within {result.seconds:.0f} s")
    if not result.status.has_plan:
        raise SolverError(f"HiGHS gave up: {result.facts.get('highs_status')}")

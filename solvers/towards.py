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
from verdigrid.solvers.branch import Limits, branch_and_bound, is_small_tree
from verdigrid.solvers.highs import Result, Session, Watcher
from verdigrid.solvers.restrict import with_rows
from verdigrid.solvers.reuse import FROM_BASIS
from verdigrid.solvers.solve import SolveOptions, solve_compiled

#: What was reached may be missed by this share in step 2.
HELD = 1e-9
#: More money helps if the goal gains this much (kg, kW) for as much again.
SPENT = 1e-3
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

    def least(self, goal: Floats) -> Reached:
        """The least ``goal @ x``, and any plan that has it. Raises as :meth:`reach`.

        Where only the value is asked for: hardly any room is left for the cheapest
        plan that has it, and the interior point method takes very long there.
        """
        session, found = self._solved(replace(self.model, cost=goal, offset=0.0))
        value = float(goal @ found.x)
        return Reached(value, min(value, found.bound), self._as_cost(found), session)

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
        _require_optimum(result, stage)
        return result

    # -- with whole numbers --------------------------------------------------------

    def _reach_with_integers(self, goal: Floats) -> Reached:
        session, best = self._solved(replace(self.model, cost=goal, offset=0.0))
        value = float(goal @ best.x)
        bound = min(value, best.bound)
        if self._all_is_spent(best):
            return Reached(value, bound, self._as_cost(best), session)
        row = csr_array(goal[None, :])
        room = np.array([value + _slack(goal, value)])
        held = with_rows(self.model, row, np.array([-np.inf]), room)
        session, cheapest = self._solved(held)
        return Reached(value, bound, self._as_cost(cheapest), session)

    def _all_is_spent(self, result: Result) -> bool:
        """True if every plan that is as good costs ``most``: more money would help.

        That is what the multiplier of the row of cost says, with decisions as they are.
        """
        if self._most is None or not result.row_dual.size:
            return False
        return bool(abs(result.row_dual[-1]) * abs(self._most) > SPENT)

    def _solved(self, model: CompiledModel) -> tuple[Session, Result]:
        """The optimum from scratch, and the session of its linear program."""
        options, watcher = self._options, self._watcher
        algorithm = {**FROM_SCRATCH, "threads": options.threads}
        if not model.integer.any():
            session = Session(model, watcher)
            session.set_options(time_limit=options.time_limit_s, **algorithm)
            result = session.run("towards a goal")
            _require_optimum(result, "towards a goal")
        elif is_small_tree(model):
            limits = Limits(options.relative_gap, options.time_limit_s, algorithm)
            found, result = branch_and_bound(model, limits, watcher)
            session = found or Session(model)
        else:
            session, result = solve_compiled(model, options, watcher)
        if result.interrupted:
            raise KeyboardInterrupt
        _require_plan(result)
        return session, result

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


def _require_optimum(result: Result, stage: str) -> None:
    """Raise an error unless a linear problem has its optimum, or was interrupted."""
    if result.status is Status.FEASIBLE and not result.interrupted:
        raise LimitError(f"{stage}: no optimum within the time; give it more")
    if not result.interrupted:
        _require_plan(result)


def _require_plan(result: Result) -> None:
    """Raise an error where there is no plan."""
    if result.status is Status.INFEASIBLE:
        raise InfeasibleError([])
    if result.status is Status.NO_INCUMBENT:
        raise LimitError(f"nothing found within {result.seconds:.0f} s")
    if not result.status.has_plan:
        raise SolverError(f"HiGHS gave up: {result.facts.get('highs_status')}")

"""Plans that are best at something else than cost: each verified like any other.

    goals = Goals(microgrid, options, most)      # at most so much net present cost
    found = goals.least(size_of("battery", "energy"))

A goal is a row over the columns of the compiled problem. Flows that run both ways at
once because it pays get their binary in those steps, as in ``studies/plan.py``: every
problem is a relaxation of the next, so what has no overlaps is best for the full one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.build import BuiltModel, build
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Status
from verdigrid.results.checks import require
from verdigrid.results.outcome import Outcome
from verdigrid.solvers.compile import compile_model, templates
from verdigrid.solvers.highs import Watcher
from verdigrid.solvers.read import read_solution
from verdigrid.solvers.solve import SolveOptions
from verdigrid.solvers.tidy import overlapping_steps, tidied
from verdigrid.solvers.towards import Reached, Towards
from verdigrid.studies.plan import EXCLUSIVE_ROUNDS

#: What is to be least, as coefficients of the columns.
Goal = Callable[[BuiltModel, CompiledModel], Floats]


@dataclass(frozen=True)
class Best:
    """The least of a goal, what it can't be below, and the cheapest plan that has it.

    ``value`` and ``bound`` leave out what no column changes.
    """

    value: float
    bound: float
    outcome: Outcome


class Goals:
    """One microgrid, led to several goals within ``most`` net present cost.

    The limit of policy ``free`` does not bind.
    """

    def __init__(
        self,
        microgrid: Microgrid,
        options: SolveOptions,
        most: float | None = None,
        free: str = "",
        watcher: Watcher | None = None,
    ) -> None:
        self._options, self._most, self._free = options, most, free
        self._watcher = watcher
        self._set_up(microgrid)

    def _set_up(self, microgrid: Microgrid) -> None:
        with templates():
            self._built = build(microgrid)
        self._compiled = compiled = compile_model(self._built)
        if self._free:
            compiled = _without_limit(compiled, self._free)
        self._towards = Towards(compiled, self._options, self._most, self._watcher)

    def least(self, goal: Goal, publish: bool = True) -> Best | None:
        """The least of ``goal``; None if no column changes it.

        Where the plan is not to be published, it is any that has this value, and is
        not held against the limits. Raises InfeasibleError, LimitError, SolverError,
        VerificationError.
        """
        for number in range(EXCLUSIVE_ROUNDS + 1):
            coefficients = goal(self._built, self._compiled)
            if not coefficients.any():
                return None
            if publish:
                reached = self._towards.reach(coefficients)
            else:
                reached = self._towards.least(coefficients)
            found = self._outcome(reached, None if publish else coefficients)
            if not found.solution.overlaps:
                break
            self._forbid_overlaps(found, everywhere=number + 1 >= EXCLUSIVE_ROUNDS)
        if publish:
            require(found.checks)
        return Best(reached.value, reached.bound, found)

    def _outcome(self, reached: Reached, goal: Floats | None) -> Outcome:
        """The plan; ``goal`` is what it is best at where that is not its cost."""
        built, compiled, result = self._built, self._compiled, reached.result
        if overlapping_steps(built, compiled, result.x):
            best = compiled, result
            if goal is not None:
                worth = replace(result, objective=reached.value)
                best = replace(compiled, cost=goal), worth
            x = tidied(built, best[0], reached.session, best[1])
            result = replace(result, x=x)
        feasible = replace(result, status=Status.FEASIBLE)
        return Outcome(read_solution(built, compiled, feasible, "towards a goal"))

    def _forbid_overlaps(self, found: Outcome, everywhere: bool) -> None:
        microgrid = found.solution.microgrid
        known = dict(microgrid.exclusive_steps)
        every = tuple(range(microgrid.calendar.periods))
        for name, steps in found.solution.overlaps.items():
            more = every if everywhere else (*known.get(name, ()), *steps)
            known[name] = tuple(sorted(set(more)))
        self._set_up(replace(microgrid, exclusive_steps=known))


def _without_limit(compiled: CompiledModel, policy: str) -> CompiledModel:
    """The problem whose rows of the policy's limit hold nothing."""
    rows = compiled.rows.where(f"operation.policies.{policy}", "limit")
    lower, upper = compiled.row_lower.copy(), compiled.row_upper.copy()
    lower[rows], upper[rows] = -np.inf, np.inf
    return replace(compiled, row_lower=lower, row_upper=upper)


# -- goals ----------------------------------------------------------------------------


def size_of(component: str, field: str, sign: float = 1.0) -> Goal:
    """The total of a capacity; with ``sign`` -1 its greatest is looked for."""

    def goal(built: BuiltModel, compiled: CompiledModel) -> Floats:
        capacity = built.microgrid.components[component].capacities()[field]
        parts = {
            "new": 1.0,
            "kept": 1.0,
            "keep": capacity.existing,
            "kept_units": capacity.unit or 0.0,
        }
        row = np.zeros(compiled.shape[1])
        for name, size in parts.items():
            row[compiled.columns.where(f"design.{component}.{field}", name)] = size
        return sign * row

    return goal


def limited_by(policy: str) -> Goal:
    """What a policy limits over the year: the row of its limit, less is better.

    Zero if there is no such row, or one in each step.
    """

    def goal(built: BuiltModel, compiled: CompiledModel) -> Floats:
        rows = compiled.rows.where(f"operation.policies.{policy}", "limit")
        if rows.size != 1:
            return np.zeros(compiled.shape[1])
        row = compiled.matrix[[int(rows[0])], :].toarray().ravel()
        sign = 1.0 if np.isfinite(compiled.row_upper[rows[0]]) else -1.0
        return np.asarray(sign * row, dtype=np.float64)

    return goal

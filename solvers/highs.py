"""HiGHS: options checked, the model handed over as a matrix, statuses told apart.

Everything about ``highspy`` lives here. Values and duals come back in natural units.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import highspy
import numpy as np
from scipy.sparse import csr_array, diags_array

from verdigrid.models.arrays import Floats
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import SolverError
from verdigrid.models.solution import Status
from verdigrid.solvers.scaling import Scaling, scaling_of

_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
}
_LIMITS = (
    highspy.HighsModelStatus.kTimeLimit,
    highspy.HighsModelStatus.kSolutionLimit,
    highspy.HighsModelStatus.kInterrupt,
)


#: A scaled dual above this is not zero (HiGHS' own dual feasibility tolerance).
DUAL_TOLERANCE = 1e-7


#: HiGHS' own default: no limit on simplex iterations.
ENDLESS = 2_147_483_647


@dataclass(frozen=True)
class Progress:
    """How far a solve is; bound and incumbent in currency, NaN where unknown."""

    stage: str
    seconds: float
    incumbent: float = float("nan")
    bound: float = float("nan")


#: Called every now and then while the solver runs.
Watcher = Callable[[Progress], None]


@dataclass(frozen=True)
class Result:
    """What one HiGHS run gave, in natural units.

    ``x`` (columns,), ``row_dual`` (rows,) and ``column_dual`` (columns,) are empty
    where there is no solution; duals are d objective / d right-hand side.
    """

    status: Status
    objective: float
    bound: float
    seconds: float
    interrupted: bool = False
    x: Floats = field(default_factory=lambda: np.empty(0))
    row_dual: Floats = field(default_factory=lambda: np.empty(0))
    column_dual: Floats = field(default_factory=lambda: np.empty(0))
    facts: Mapping[str, Any] = field(default_factory=dict)


class _Scheduler:
    """HiGHS has one pool of threads for the process, and refuses another number."""

    threads: ClassVar[int] = 2

    @classmethod
    def use(cls, threads: int) -> None:
        """Have this many threads from now on; not while a session runs."""
        if threads != cls.threads:
            highspy.Highs.resetGlobalScheduler(True)
            cls.threads = threads


class Session:
    """One model in HiGHS, which may be changed and solved again."""

    def __init__(self, model: CompiledModel, watcher: Watcher | None = None) -> None:
        self.model = model
        self.watcher = watcher
        self.scaling: Scaling = scaling_of(model)
        self.has_integers = bool(model.integer.any())
        self._highs = highspy.Highs()
        self._mip: tuple[float, float] = (float("nan"), float("nan"))
        # output_flag=False would silence the callback with bound and incumbent too.
        self.set_options(log_to_console=False)
        self._pass()

    def _pass(self) -> None:
        model, scaling = self.model, self.scaling
        matrix = scaling.matrix(model.matrix)
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = model.shape
        lp.col_cost_ = scaling.cost(model.cost)
        lp.offset_ = scaling.objective * model.offset
        lp.col_lower_ = model.lower / scaling.column
        lp.col_upper_ = model.upper / scaling.column
        lp.row_lower_ = model.row_lower * scaling.row
        lp.row_upper_ = model.row_upper * scaling.row
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        if self.has_integers:
            kinds = highspy.HighsVarType
            lp.integrality_ = [
                kinds.kInteger if whole else kinds.kContinuous
                for whole in model.integer.tolist()
            ]
        self._check(self._highs.passModel(lp), "the model was refused")

    @staticmethod
    def _check(status: highspy.HighsStatus, what: str) -> None:
        if status == highspy.HighsStatus.kError:
            raise SolverError(f"HiGHS: {what}")

    def set_options(self, **options: Any) -> None:
        """Set HiGHS options; raises SolverError if one is unknown or refused."""
        for name, value in options.items():
            status = self._highs.setOptionValue(name, value)
            self._check(status, f"option {name}={value!r} was refused")
            if name == "threads":
                _Scheduler.use(int(value))

    def allow(self, seconds: float) -> None:
        """Limit the next run; HiGHS counts the time of all runs of a session."""
        self.set_options(time_limit=self._highs.getRunTime() + seconds)

    def become(self, model: CompiledModel) -> None:
        """Hold another model of the same pattern from now on; the basis stays.

        Without integers; whatever bounds and costs were set before are replaced.
        """
        same_matrix = np.array_equal(self.model.matrix.data, model.matrix.data)
        self.model = model
        if not same_matrix:
            basis = self._highs.getBasis()
            self._pass()
            self._check(self._highs.setBasis(basis), "the basis was refused")
            return
        rows, columns = model.shape
        self.set_cost(model.cost)
        self.set_bounds(np.arange(columns), model.lower, model.upper)
        self.set_row_bounds(np.arange(rows), model.row_lower, model.row_upper)
        offset = self.scaling.objective * model.offset
        self._check(self._highs.changeObjectiveOffset(offset), "offset was refused")

    def set_bounds(self, columns: Any, lower: Floats, upper: Floats) -> None:
        """Set the bounds of some columns (natural units)."""
        places = np.asarray(columns, dtype=np.int32)
        scale = self.scaling.column[places]
        status = self._highs.changeColsBounds(
            places.size, places, lower / scale, upper / scale
        )
        self._check(status, "bounds were refused")

    def set_row_bounds(self, rows: Any, lower: Floats, upper: Floats) -> None:
        """Set the sides of some rows (natural units)."""
        places = np.asarray(rows, dtype=np.int32)
        scale = self.scaling.row[places]
        status = self._highs.changeRowsBounds(
            places.size, places, lower * scale, upper * scale
        )
        self._check(status, "row bounds were refused")

    def set_cost(self, cost: Floats) -> None:
        """Set the cost of every column (columns,), natural units."""
        everything = np.arange(cost.size, dtype=np.int32)
        status = self._highs.changeColsCost(
            cost.size, everything, self.scaling.cost(cost)
        )
        self._check(status, "costs were refused")

    def add_rows(self, rows: csr_array, lower: Floats) -> None:
        """Add rows ``rows @ x >= lower``; the basis stays, with the new rows in it."""
        count = rows.shape[0]
        scaled = csr_array(rows @ diags_array(self.scaling.column))
        largest = abs(scaled).max(axis=1).toarray().ravel()
        factor = np.exp2(-np.rint(np.log2(np.where(largest > 0, largest, 1.0))))
        scaled = csr_array(diags_array(factor) @ scaled)
        self._check(
            self._highs.addRows(
                count,
                lower * factor,
                np.full(count, np.inf),
                scaled.nnz,
                scaled.indptr[:-1].astype(np.int32),
                scaled.indices.astype(np.int32),
                scaled.data,
            ),
            "rows were refused",
        )
        self.scaling = replace(self.scaling, row=np.r_[self.scaling.row, factor])

    def relax_integers(self) -> None:
        """Treat every integer column as continuous from now on."""
        places = np.flatnonzero(self.model.integer).astype(np.int32)
        kinds = np.full(places.size, 0, dtype=np.uint8)  # 0 is kContinuous
        status = self._highs.changeColsIntegrality(places.size, places, kinds)
        self._check(status, "integrality was refused")
        self.has_integers = False

    def forget(self) -> None:
        """Forget basis and solution: the next run starts from scratch."""
        self._check(self._highs.clearSolver(), "the solver could not be cleared")

    @property
    def basis(self) -> Any:
        """Where simplex stands, for :meth:`start_from` of a similar session."""
        return self._highs.getBasis()

    def start_from(self, basis: Any) -> None:
        """Let simplex go on from ``basis``; one that does not fit is left aside."""
        self._highs.setBasis(basis)

    def dual_ray(self) -> Floats | None:
        """Multipliers (rows,) that prove infeasibility, if HiGHS has them."""
        _, found = self._highs.getDualRayExist()
        if not found:
            return None
        _, _, ray = self._highs.getDualRay()
        return np.asarray(ray, dtype=float) * self.scaling.row

    def move_on_optimal_face(self, cost: Floats) -> None:
        """From here on, minimise ``cost`` (columns,) among the optima just found.

        Columns with a reduced cost and rows with a dual stay where they are, which
        is exactly the set of optimal solutions; the basis stays valid.
        """
        highs, solution = self._highs, self._highs.getSolution()
        for dual, value, change in (
            (solution.col_dual, solution.col_value, highs.changeColsBounds),
            (solution.row_dual, solution.row_value, highs.changeRowsBounds),
        ):
            places = np.flatnonzero(np.abs(np.asarray(dual)) > DUAL_TOLERANCE)
            places = places.astype(np.int32)
            held = np.asarray(value, dtype=float)[places]
            self._check(change(places.size, places, held, held), "bounds were refused")
        everything = np.arange(cost.size, dtype=np.int32)
        scaled = cost * self.scaling.column
        status = highs.changeColsCost(cost.size, everything, scaled)
        self._check(status, "costs were refused")
        self.set_options(
            solver="simplex", simplex_strategy=4, simplex_iteration_limit=ENDLESS
        )

    def show_bounds(self, incumbent: float, bound: float) -> None:
        """What the watcher is told of a search that this run is a part of."""
        self._mip = (incumbent, bound)

    def run(self, stage: str) -> Result:
        """Solve; Ctrl-C stops the solver and returns what it has."""
        highs = self._highs
        self.set_options(threads=_Scheduler.threads)
        started = time.monotonic()
        highs.HandleKeyboardInterrupt = True
        if self.has_integers:
            highs.cbMipLogging += self._note_bounds
        highs.startSolve()
        interrupted, done = False, False
        while not done:
            try:
                done, _ = highs.wait(0.2)
                self._tell(stage, time.monotonic() - started)
            except KeyboardInterrupt:
                interrupted = True
                highs.cancelSolve()
        if self.has_integers:
            highs.cbMipLogging -= self._note_bounds
        return self._result(time.monotonic() - started, interrupted)

    def run_in_thread(self) -> Result:
        """Solve without a watcher, as one of several sessions in several threads."""
        self._check(
            self._highs.setOptionValue("threads", _Scheduler.threads), "threads"
        )
        started = time.monotonic()
        self._highs.run()
        return self._result(time.monotonic() - started, False)

    def _note_bounds(self, event: Any) -> None:
        data, scale = event.data_out, self.scaling.objective
        self._mip = (data.mip_primal_bound / scale, data.mip_dual_bound / scale)

    def _tell(self, stage: str, seconds: float) -> None:
        if self.watcher is not None:
            self.watcher(Progress(stage, seconds, *self._mip))

    def _result(self, seconds: float, interrupted: bool) -> Result:
        highs, scale = self._highs, self.scaling.objective
        info, model_status = highs.getInfo(), highs.getModelStatus()
        feasible = info.primal_solution_status == int(
            highspy.SolutionStatus.kSolutionStatusFeasible
        )
        status = _STATUS.get(model_status, Status.FAILED)
        if model_status in _LIMITS:
            status = Status.FEASIBLE if feasible else Status.NO_INCUMBENT
        facts = {
            "highs_status": highs.modelStatusToString(model_status),
            "simplex_iterations": int(info.simplex_iteration_count),
            "ipm_iterations": int(info.ipm_iteration_count),
            "crossover_iterations": int(info.crossover_iteration_count),
            "mip_nodes": int(info.mip_node_count),
            "max_primal_infeasibility": float(info.max_primal_infeasibility),
            "max_dual_infeasibility": float(info.max_dual_infeasibility),
        }
        nan = float("nan")
        if not status.has_plan:
            return Result(status, nan, nan, seconds, interrupted, facts=facts)
        objective = float(info.objective_function_value) / scale
        bound = objective if status is Status.OPTIMAL else -float("inf")
        if self.has_integers:
            bound = float(info.mip_dual_bound) / scale
        solution = highs.getSolution()
        row_dual = np.asarray(solution.row_dual, dtype=float)
        column_dual = np.asarray(solution.col_dual, dtype=float)
        if solution.dual_valid:
            row_dual = row_dual * self.scaling.row / scale
            column_dual = column_dual / self.scaling.column / scale
        else:
            row_dual, column_dual = np.empty(0), np.empty(0)
        return Result(
            status,
            objective,
            min(bound, objective),
            seconds,
            interrupted,
            x=np.asarray(solution.col_value, dtype=float) * self.scaling.column,
            row_dual=row_dual,
            column_dual=column_dual,
            facts=facts,
        )

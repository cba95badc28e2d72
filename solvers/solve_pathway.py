"""Pathway -> PathwaySolution: all stages solved as one problem, read one by one.

The methods are those of a single year: the matrix has one long axis of steps, and
capacities that windows of all stages share.
"""

from dataclasses import asdict, replace
from functools import reduce
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_array

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.build import BuiltModel
from verdigrid.models.build_pathway import BuiltPathway
from verdigrid.models.certificate import Certificate
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import (
    Finding,
    InfeasibleError,
    LimitError,
    SolverError,
    UnboundedError,
)
from verdigrid.models.held import added
from verdigrid.models.pathway import PathwaySolution
from verdigrid.models.solution import Size, Solution, Status
from verdigrid.solvers.certified import Goal, solve_certified
from verdigrid.solvers.compile_pathway import (
    compile_pathway,
    merged_view,
    stage_view,
)
from verdigrid.solvers.diagnose import SECONDS, unreachable_cap, unserved_demand
from verdigrid.solvers.highs import Result, Session, Watcher
from verdigrid.solvers.method import choose_method
from verdigrid.solvers.read import read_solution
from verdigrid.solvers.solve import (
    SolveOptions,
    algorithm_name,
    certificate_of,
    has_stalled,
    solve_compiled,
)
from verdigrid.solvers.tidy import tidied, tidied_by_windows

#: What is found: the plan, how, and what proves it.
Found = tuple[Result, str, Certificate | None]


def solve_pathway(
    built: BuiltPathway,
    options: SolveOptions | None = None,
    watcher: Watcher | None = None,
) -> PathwaySolution:
    """Solve a built pathway and read every stage back.

    Raises InfeasibleError naming the stage, UnboundedError, LimitError, SolverError.
    """
    options = options or SolveOptions()
    compiled = compile_pathway(built)
    method, why = choose_method(compiled, options.method)
    if method == "typical-days":
        raise SolverError("typical days are those of one year, not of a pathway")
    found: Found | None = None
    if method == "certified":
        try:
            found = _in_windows(built, compiled, options, watcher)
            failed = "found no plan"
        except SolverError as error:
            failed = f"failed: {error}"
        if found is None:
            method, why = "monolithic", f"certified {failed}"
    if found is None:
        found = _as_one(built, compiled, options, watcher)
    elif has_stalled(found[0], found[2], options):
        found = _go_on_as_one(built, compiled, options, watcher, found)
    told = {"method": method, "method_because": why, "asked": asdict(options)}
    return read_pathway(built, compiled, found, told)


def _in_windows(
    built: BuiltPathway,
    compiled: CompiledModel,
    options: SolveOptions,
    watcher: Watcher | None,
) -> Found | None:
    """A plan with its certificate; None where solving as one must say what is wrong."""
    goal = Goal(options.relative_gap, options.time_limit_s, options.threads)
    found = solve_certified(compiled, goal, watcher)
    result = found.result
    if not result.status.has_plan:
        if result.interrupted:
            raise KeyboardInterrupt
        if result.status is Status.INFEASIBLE:
            raise _why_infeasible(built, compiled, watcher)
        if result.seconds >= options.time_limit_s:
            raise LimitError(_no_plan(result))
        return None
    view, merged = merged_view(compiled), _merged(built)
    windows = replace(found.windows, model=view)
    x = tidied_by_windows(merged, view, windows, result.x)
    facts = found.certificate.facts
    algorithm = (
        f"coarse problem of {facts['segments']:.0f} segments, {facts['windows']:.0f} "
        f"windows dispatched at full resolution, {facts['cuts']:.0f} cuts"
    )
    return replace(result, x=x), algorithm, found.certificate


def _go_on_as_one(
    built: BuiltPathway,
    compiled: CompiledModel,
    options: SolveOptions,
    watcher: Watcher | None,
    so_far: Found,
) -> Found:
    """The better of a stalled plan and what solving as one finds in the time left."""
    left = replace(options, time_limit_s=options.time_limit_s - so_far[0].seconds)
    try:
        found = _as_one(built, compiled, left, watcher)
    except (LimitError, SolverError):
        return so_far
    one, other = (each.objective - each.bound for each in (found[0], so_far[0]))
    return found if one < other else so_far


def _as_one(
    built: BuiltPathway,
    compiled: CompiledModel,
    options: SolveOptions,
    watcher: Watcher | None,
) -> Found:
    """The whole problem given to HiGHS, and the reason where there is no plan."""
    session, result = solve_compiled(compiled, options, watcher)
    if result.interrupted and not result.status.has_plan:
        raise KeyboardInterrupt
    if result.status is Status.INFEASIBLE:
        raise _why_infeasible(built, compiled, watcher)
    if result.status is Status.UNBOUNDED:
        raise UnboundedError("the cost can fall without end in one of the stages")
    if result.status is Status.NO_INCUMBENT:
        raise LimitError(_no_plan(result))
    if not result.status.has_plan:
        raise SolverError(f"HiGHS gave up: {result.facts.get('highs_status')}")
    certificate = certificate_of(compiled, result)
    x = tidied(_merged(built), merged_view(compiled), session, result)
    algorithm = algorithm_name(compiled, options)
    return replace(result, x=x), algorithm, certificate


def _no_plan(result: Result) -> str:
    return f"no plan found within {result.seconds:.0f} s; give it more time"


def _merged(built: BuiltPathway) -> BuiltModel:
    """Components of all stages by the names that ``merged_view`` gives them."""
    components = {
        f"{stage.key}.{name}": component
        for stage in built.pathway.stages
        for name, component in stage.microgrid.components.items()
    }
    return cast(
        BuiltModel, SimpleNamespace(microgrid=SimpleNamespace(components=components))
    )


# -- reading ---------------------------------------------------------------------------


def read_pathway(
    built: BuiltPathway, compiled: CompiledModel, found: Found, told: dict[str, Any]
) -> PathwaySolution:
    """Every stage by name, from what was found for all of them."""
    result, algorithm, certificate = found
    solutions: list[Solution] = []
    for number, stage in enumerate(built.stages):
        view = stage_view(built, compiled, number)
        own = read_solution(stage, view, result, algorithm)
        sizes = tuple(_with_earlier(built, solutions, s) for s in own.sizes)
        cost = _cost(own)
        solutions.append(replace(own, sizes=sizes, objective=cost, bound=cost))
    return PathwaySolution(
        pathway=built.pathway,
        status=result.status,
        objective=result.objective,
        bound=result.bound,
        seconds=result.seconds,
        algorithm=algorithm,
        stages=tuple(solutions),
        prices=_prices(built, compiled, result),
        facts={
            **told,
            **result.facts,
            "rows": compiled.shape[0],
            "columns": compiled.shape[1],
            "nonzeros": int(compiled.matrix.nnz),
            "integers": int(compiled.integer.sum()),
            "interrupted": result.interrupted,
        },
        certificate=certificate,
    )


def _with_earlier(built: BuiltPathway, earlier: list[Solution], size: Size) -> Size:
    """The size with what earlier stages bought and still serves, or gave up."""
    stages = built.pathway.stages
    serving = [
        solution.size(size.component, size.field)
        for stage, solution in zip(stages[: len(earlier)], earlier, strict=True)
        if stage.life_of(size.component, size.field).serves(len(earlier))
    ]
    gone = 0.0
    if earlier:
        gone = earlier[-1].size(size.component, size.field).retired or 0.0
    return replace(
        size,
        carried=sum(bought.new for bought in serving),
        carried_products=reduce(added, [bought.products for bought in serving], {}),
        retired_before=gone,
    )


def _cost(solution: Solution) -> float:
    """Net present cost of a stage, from its ledger."""
    grid, booked = solution.microgrid, solution.booked
    hours = grid.calendar.step_hours * grid.calendar.year_weight
    running = sum(
        grid.present_worth(entry.cost_class) * float(rate.sum()) * hours
        for entry, rate in booked.costs
    )
    running += sum(
        grid.present_worth(entry.cost_class) * amount
        for entry, amount in booked.fixed_costs
    )
    return running + sum(worth for _, _, worth in booked.investments)


def _prices(
    built: BuiltPathway, compiled: CompiledModel, result: Result
) -> dict[str, float]:
    """What one unit less would cost today, by policy over all stages."""
    prices = {}
    for name, policy in built.pathway.across.items():
        row = compiled.rows.where(f"operation.across.{name}", "limit")
        if row.size and result.row_dual.size:
            prices[name] = abs(float(result.row_dual[row].sum())) * policy.priced[1]
    return prices


# -- why there is no plan --------------------------------------------------------------


def _why_infeasible(
    built: BuiltPathway, compiled: CompiledModel, watcher: Watcher | None
) -> InfeasibleError:
    """The stage that can't be served alone, or what no plan keeps over all of them."""
    for number, stage in enumerate(built.pathway.stages):
        alone = _freed(compiled, _of_others(compiled, stage.key))
        session = Session(alone, watcher)
        session.set_options(time_limit=SECONDS)
        result = session.run(f"looking at {stage.year} alone")
        if result.status is not Status.INFEASIBLE:
            continue
        own, view = built.stages[number], stage_view(built, alone, number)
        error = unreachable_cap(own, view, watcher) or unserved_demand(
            own, view, watcher
        )
        found = [
            Finding(finding.path, f"in the stage of {stage.year}: {finding.text}")
            for finding in error.findings
        ]
        return InfeasibleError(found)
    return InfeasibleError(_missed_budgets(built, compiled, watcher))


def _missed_budgets(
    built: BuiltPathway, compiled: CompiledModel, watcher: Watcher | None
) -> list[Finding]:
    """What every policy over all stages can reach at the best."""
    found = []
    rows = {
        name: compiled.rows.where(f"operation.across.{name}", "limit")
        for name in built.pathway.across
    }
    every = np.zeros(compiled.shape[0], dtype=bool)
    for row in rows.values():
        every[row] = True
    free = _freed(compiled, every)
    for name, row in rows.items():
        policy = built.pathway.across[name]
        if not row.size or policy.limit is None:
            continue
        amount = np.asarray(csr_array(compiled.matrix)[row].sum(axis=0)).ravel()
        session = Session(replace(free, cost=amount, offset=0.0), watcher)
        session.set_options(time_limit=SECONDS)
        result = session.run(f"looking for what is needed for {name}")
        if not result.status.has_plan:
            continue
        over = (result.bound - float(compiled.row_upper[row].sum())) / policy.priced[1]
        if over > 0:
            text = (
                f"{policy.limit:,.1f} {policy.unit} over all stages can't be met; the "
                f"lowest reachable is {policy.limit + over:,.1f} {policy.unit}"
            )
            found.append(Finding(f"policies.{name}", text))
    text = "every stage can be served alone, but not all of them by one plan"
    return found or [Finding("stages", text)]


def _of_others(compiled: CompiledModel, key: str) -> Bools:
    """Rows of the operation of other stages, and of policies over all (rows,)."""
    families = np.array(
        [
            family.owner.startswith("operation.") and family.owner.split(".")[1] != key
            for family in compiled.rows.families
        ],
        dtype=bool,
    )
    return np.asarray(families[compiled.rows.family], dtype=bool)


def _freed(compiled: CompiledModel, rows: Bools) -> CompiledModel:
    """The problem without some rows."""
    lower: Floats = np.where(rows, -np.inf, compiled.row_lower)
    upper: Floats = np.where(rows, np.inf, compiled.row_upper)
    return replace(compiled, row_lower=lower, row_upper=upper)

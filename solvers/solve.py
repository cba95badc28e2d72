"""Pyomo model -> Solution: compile, solve, and on failure find out why."""

import time
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from verdigrid.models.build import BuiltModel
from verdigrid.models.certificate import Certificate, Leaf
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import LimitError, SolverError, UnboundedError
from verdigrid.models.solution import Solution, Status
from verdigrid.solvers.branch import Limits, branch_and_bound, is_small_tree
from verdigrid.solvers.certificate import proven_bound
from verdigrid.solvers.certified import Goal, solve_certified
from verdigrid.solvers.compile import compile_model
from verdigrid.solvers.diagnose import unreachable_cap, unserved_demand
from verdigrid.solvers.highs import Result, Session, Watcher
from verdigrid.solvers.method import Method, choose_method
from verdigrid.solvers.read import read_solution
from verdigrid.solvers.reuse import Last
from verdigrid.solvers.tidy import tidied, tidied_by_windows
from verdigrid.solvers.typical_days import design_in_words, solve_typical_days

#: A commitment gap above this is worth the time of solving as one.
TOLERABLE = 0.02
#: A linear optimum is proven if its multipliers leave no more than this open.
PROVEN = 1e-6
#: What is told of a plan that was found from the last member's.
FROM_LAST = "HiGHS simplex from the basis of the last member"
#: Above this share of the objective, fixing rounded integers may not move the plan.
TRICKLE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class SolveOptions:
    """Limits of a solve.

    ``relative_gap`` is a fraction of the objective, ``time_limit_s`` seconds;
    ``method`` how the problem is taken apart (:mod:`verdigrid.solvers.method`),
    ``algorithm`` is that of a linear problem solved as one.
    """

    relative_gap: float = 1e-4
    time_limit_s: float = 1800.0
    threads: int = 2
    method: Method = "auto"
    algorithm: Literal["auto", "simplex"] = "auto"


def solve(
    built: BuiltModel,
    options: SolveOptions | None = None,
    watcher: Watcher | None = None,
    last: Last | None = None,
) -> Solution:
    """Solve a built model and read the plan back.

    ``last`` is what is left of the last member of a study, and keeps this one for the
    next: that saves time, and changes no answer. Raises
    InfeasibleError with the reason in the user's words, UnboundedError, LimitError if
    there is no plan at the time limit, SolverError if HiGHS fails.
    """
    options = options or SolveOptions()
    compiled = compile_model(built)
    method, why = choose_method(compiled, options.method)
    solution, started = None, time.monotonic()
    if method != "monolithic":
        try:
            solution = _solve_in_windows(built, compiled, options, watcher, last)
            failed = "found no plan"
        except SolverError as error:  # numbers that HiGHS can't handle in pieces
            failed = f"failed: {error}"
    if solution is None:
        if method != "monolithic":
            method, why = "monolithic", f"{method} {failed}"
        spent = time.monotonic() - started
        left = max(0.0, options.time_limit_s - spent)
        asked = replace(options, time_limit_s=left)
        solution = _solve_as_one(built, compiled, asked, watcher, last)
    elif method == "certified" and has_stalled(solution, solution.certificate, options):
        solution = _go_on_as_one(built, compiled, options, watcher, solution)
    told = {"method": method, "method_because": why, "asked": asdict(options)}
    return replace(solution, facts={**told, **solution.facts})


def has_stalled(
    found: Solution | Result, certificate: Certificate | None, options: SolveOptions
) -> bool:
    """True if the search ended short of the gap by itself, with time left.

    A small commitment gap does not count: solving as one would not close it sooner.
    """
    facts = certificate.facts if certificate else {}
    return (
        found.status is Status.FEASIBLE
        and not _is_interrupted(found)
        and found.seconds < options.time_limit_s
        and not 0 < facts.get("commitment_gap", 0.0) < TOLERABLE
    )


def _is_interrupted(found: Solution | Result) -> bool:
    if isinstance(found, Result):
        return found.interrupted
    return bool(found.facts["interrupted"])


def _go_on_as_one(
    built: BuiltModel,
    compiled: CompiledModel,
    options: SolveOptions,
    watcher: Watcher | None,
    so_far: Solution,
) -> Solution:
    """The better of a stalled plan and what solving as one finds in the time left."""
    left = replace(options, time_limit_s=options.time_limit_s - so_far.seconds)
    try:
        found = _solve_as_one(built, compiled, left, watcher)
    except (LimitError, SolverError):
        return so_far
    return found if found.gap < so_far.gap else so_far


def _solve_in_windows(
    built: BuiltModel,
    compiled: CompiledModel,
    options: SolveOptions,
    watcher: Watcher | None,
    last: Last | None,
) -> Solution | None:
    """A plan with its certificate; None where solving as one must say what is wrong."""
    goal = Goal(options.relative_gap, options.time_limit_s, options.threads)
    if options.method == "typical-days":
        minutes = built.microgrid.calendar.step_minutes
        found = solve_typical_days(compiled, goal, minutes, watcher)
    else:
        store = None if last is None else last.cuts
        found = solve_certified(compiled, goal, watcher, store)
    result = found.result
    if not result.status.has_plan:
        if result.interrupted:
            raise KeyboardInterrupt
        if result.status is Status.NO_INCUMBENT:
            if result.seconds >= options.time_limit_s:
                raise LimitError(_no_plan(result))
            return None  # hourly decisions miss a limit of the year by a little
        unreachable = unreachable_cap(built, compiled, watcher)
        if unreachable is not None:
            raise unreachable
        if result.status is Status.INFEASIBLE:
            raise unserved_demand(built, compiled, watcher)
        return None
    x = tidied_by_windows(built, compiled, found.windows, result.x)
    facts = found.certificate.facts
    algorithm = (
        f"coarse problem of {facts['segments']:.0f} segments, {facts['windows']:.0f} "
        f"windows dispatched at full resolution, {facts['cuts']:.0f} cuts"
    )
    if "typical_days" in facts:
        algorithm = f"{design_in_words(facts)}; {algorithm}"
    tidy = replace(result, x=x)
    return read_solution(built, compiled, tidy, algorithm, found.certificate)


def _solve_as_one(
    built: BuiltModel,
    compiled: CompiledModel,
    options: SolveOptions,
    watcher: Watcher | None,
    last: Last | None = None,
) -> Solution:
    """The whole problem given to HiGHS, and the reason where there is no plan."""
    if last is not None:
        resumed = _resumed(built, compiled, options, watcher, last)
        if resumed is not None:
            return resumed
    session, result = solve_compiled(compiled, options, watcher)
    if result.status in (Status.FAILED, Status.INFEASIBLE) and not result.interrupted:
        unreachable = unreachable_cap(built, compiled, watcher)
        if unreachable is not None:
            raise unreachable
        session, result = _solve_again(compiled, options, watcher)
    if result.interrupted and not result.status.has_plan:
        raise KeyboardInterrupt
    if result.status is Status.INFEASIBLE:
        raise unserved_demand(built, compiled, watcher)
    if result.status is Status.UNBOUNDED:
        raise UnboundedError(
            "the cost can fall without end: something is sold or credited without "
            "a limit"
        )
    if result.status is Status.NO_INCUMBENT:
        raise LimitError(_no_plan(result))
    if not result.status.has_plan:
        raise SolverError(f"HiGHS gave up: {result.facts.get('highs_status')}")
    if last is not None:
        last.keep(session, result)
    certificate = certificate_of(compiled, result)
    x = tidied(built, compiled, session, result)
    algorithm = algorithm_name(compiled, options)
    return read_solution(built, compiled, replace(result, x=x), algorithm, certificate)


def _resumed(
    built: BuiltModel,
    compiled: CompiledModel,
    options: SolveOptions,
    watcher: Watcher | None,
    last: Last,
) -> Solution | None:
    """The plan found from the last member's, if its own multipliers prove it."""
    found = last.resume(compiled, options.time_limit_s, watcher)
    if found is None:
        return None
    session, result = found
    if result.interrupted and not result.status.has_plan:
        raise KeyboardInterrupt
    certificate = certificate_of(compiled, result)
    if certificate is None and not result.interrupted:
        last.distrust()
        return None
    x = tidied(built, compiled, session, result)
    tidy = replace(result, x=x)
    return read_solution(built, compiled, tidy, FROM_LAST, certificate)


def _no_plan(result: Result) -> str:
    return f"no plan found within {result.seconds:.0f} s; give it more time"


def certificate_of(compiled: CompiledModel, result: Result) -> Certificate | None:
    """The multipliers of a linear optimum, if they prove it."""
    if compiled.integer.any() or result.status is not Status.OPTIMAL:
        return None
    nothing = np.empty(0)
    leaf = Leaf(nothing, nothing, result.row_dual)
    certificate = Certificate(np.empty(0, dtype=np.int64), (leaf,))
    room = PROVEN * max(1.0, abs(result.objective))
    proven = proven_bound(compiled, certificate) >= result.objective - room
    return certificate if proven else None


def solve_compiled(
    compiled: CompiledModel, options: SolveOptions, watcher: Watcher | None
) -> tuple[Session, Result]:
    """One attempt; where there are integers, duals come from fixing them."""
    session = _session(compiled, options, watcher)
    if is_small_tree(compiled):
        limits = Limits(
            options.relative_gap,
            options.time_limit_s,
            {**_lp_algorithm(compiled, options), "threads": options.threads},
        )
        found, result = branch_and_bound(compiled, limits, watcher)
        return found or session, result
    result = session.run("solving")
    if session.has_integers and result.status.has_plan:
        return _with_integers_fixed(compiled, options, result, watcher)
    return session, result


def _solve_again(
    compiled: CompiledModel, options: SolveOptions, watcher: Watcher | None
) -> tuple[Session, Result]:
    """A second opinion on a failure: no presolve, another seed, simplex."""
    session = _session(compiled, replace(options, algorithm="simplex"), watcher)
    session.set_options(presolve="off", random_seed=1)
    result = session.run("solving again without presolve")
    if session.has_integers and result.status.has_plan:
        return _with_integers_fixed(compiled, options, result, watcher)
    return session, result


def _session(
    compiled: CompiledModel, options: SolveOptions, watcher: Watcher | None
) -> Session:
    session = Session(compiled, watcher)
    session.set_options(
        time_limit=options.time_limit_s,
        threads=options.threads,
        mip_rel_gap=options.relative_gap,
    )
    if not session.has_integers:
        session.set_options(**_lp_algorithm(compiled, options))
    return session


def _lp_algorithm(compiled: CompiledModel, options: SolveOptions) -> dict[str, Any]:
    """The fastest algorithm that ends in a vertex (benchmarks/lp_algorithms.py).

    Pure dispatch couples the hours loosely and suits dual simplex; free sizes couple
    them all, and there the interior point with crossover is ahead.
    """
    sized = any(True for _ in compiled.columns.below("design"))
    if options.algorithm == "simplex" or not sized:
        return {"solver": "simplex"}
    # After crossover a few simplex iterations clean up. Many mean that the interior
    # point method found no optimum, and simplex would search an infeasible problem
    # for very long: better to ask why.
    patience = max(20_000, compiled.shape[0] // 10)
    return {
        "solver": "hipo",
        "run_crossover": "on",
        "simplex_iteration_limit": patience,
    }


def _with_integers_fixed(
    compiled: CompiledModel, options: SolveOptions, mip: Result, watcher: Watcher | None
) -> tuple[Session, Result]:
    """Round the integers, fix them, solve the rest: exact flows and valid duals.

    If the objective rises, power had trickled through a binary that was only
    almost zero, and the MIP's answer is not to be trusted.
    """
    whole = np.flatnonzero(compiled.integer)
    rounded = np.rint(mip.x[whole])
    session = Session(compiled, watcher)
    session.set_options(time_limit=options.time_limit_s, threads=options.threads)
    session.relax_integers()
    session.set_bounds(whole, rounded, rounded)
    fixed = session.run("fixing integers")
    if not fixed.status.has_plan:
        raise SolverError("no plan is left once the integers are rounded and fixed")
    drift = fixed.objective - mip.objective
    if drift > TRICKLE_TOLERANCE * max(1.0, abs(mip.objective)):
        raise SolverError(
            f"the objective rose by {drift:.6g} when the integers were fixed: the "
            "solver let power trickle through a closed decision"
        )
    status = mip.status if fixed.status is Status.OPTIMAL else fixed.status
    return session, replace(
        fixed,
        status=status,
        bound=min(mip.bound, fixed.objective),
        seconds=mip.seconds + fixed.seconds,
        interrupted=mip.interrupted or fixed.interrupted,
        facts=mip.facts,
    )


def algorithm_name(compiled: CompiledModel, options: SolveOptions) -> str:
    """How a problem solved as one was solved, in words."""
    if compiled.integer.any() and not is_small_tree(compiled):
        return "HiGHS branch and bound, then LP with integers fixed"
    solver = _lp_algorithm(compiled, options)["solver"]
    names = {"hipo": "HiGHS HiPO interior point with crossover"}
    name = names.get(solver, "HiGHS dual simplex")
    return f"branching on decisions, {name}" if compiled.integer.any() else name

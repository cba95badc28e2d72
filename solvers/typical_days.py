"""A design from a few typical days, operated over all steps, with a proven gap.

For those who want typical days. Nothing is trusted that they say:

    typical days           -> a design                 (days, merge_days)
    all steps, its sizes   -> its operation            (one linear program, commit)
    all steps, any sizes   -> what every design costs  (certified)

1. The days are gathered into typical days; the problem in which all days of a typical
   day share their flows is solved. It is *not* a relaxation and proves nothing.
2. Its design is operated at full resolution with all sizes held. If no operation keeps
   every row, sizes may grow, at a price far beyond their own, so that they grow where
   they must. If that is not enough either (a carbon cap out of reach from these
   sizes), the design is given up for that of the certified search. The certificate's
   facts say so: ``sizes_enlarged`` (how many), ``design_released`` (0 or 1).
3. The multipliers of that operation are cuts (:mod:`verdigrid.solvers.cuts`), with
   which the certified search starts on the problem with a free design. Its certificate
   is this method's. It finds plans of its own, which are not taken:
   ``cost_found_by_proof`` says what the cheapest of them costs.

The plan is the typical days' design, whatever its gap; the status is OPTIMAL if that
is within the asked gap, else FEASIBLE.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.branch import Limits, branch_and_bound, is_small_tree
from verdigrid.solvers.certified import Certified, Goal, solve_certified
from verdigrid.solvers.commit import commit, hourly_decisions
from verdigrid.solvers.cuts import prove_cut
from verdigrid.solvers.cutstore import CutStore
from verdigrid.solvers.days import choose_days, steps_of_a_day
from verdigrid.solvers.highs import Progress, Result, Session, Watcher
from verdigrid.solvers.merge_days import merge_days
from verdigrid.solvers.rows import keeps_rows
from verdigrid.solvers.segments import features
from verdigrid.solvers.windows import cut_into_windows, design_columns

#: Clusters of days; extreme days come on top.
TYPICAL_DAYS = 24
#: A size that the design lacks costs this many times its price more.
GROWTH_PRICE = 10.0
#: Growth below this share of a size is rounding.
GROWN = 1e-6
#: Switching machines may cost this share of the asked gap.
SWITCHING_SHARE = 0.25
#: What missing a yearly limit costs while machines are switched, times its dual.
PENALTY = 20.0


@dataclass(frozen=True)
class _Design:
    """Columns of the design, their values, and the typical days that gave them."""

    columns: Ints
    values: Floats
    days: int


def solve_typical_days(
    model: CompiledModel,
    goal: Goal,
    step_minutes: int,
    watcher: Watcher | None = None,
    count: int = TYPICAL_DAYS,
) -> Certified:
    """The plan of a design from about ``count`` typical days, with its certificate.

    Raises InputError if tsam is missing or the horizon has no whole days. Where there
    is nothing to size, this is the certified search.
    """
    columns = np.flatnonzero(design_columns(model))
    if not columns.size:
        return solve_certified(model, goal, watcher)
    clock = _Clock(goal, time.monotonic())
    described = features(model)
    per_day = steps_of_a_day(described.shape[0], step_minutes)
    typical = choose_days(described, per_day, count)
    values = _sized(model, typical, per_day, goal, watcher)
    design = _Design(columns, values, int(typical.max()) + 1)
    operation = _operated(model, design, clock, watcher) if values.size else None
    before = clock.seconds()
    if operation is not None:
        found = _proven(model, operation, design, clock, watcher)
    else:
        found = solve_certified(model, clock.left(), watcher)
        found = _with_facts(found, design, sizes_enlarged=0.0, design_released=1.0)
    history = tuple(
        replace(moment, seconds=before + moment.seconds)
        for moment in found.certificate.history
    )
    return replace(
        found,
        result=replace(found.result, seconds=clock.seconds()),
        certificate=replace(found.certificate, history=history),
    )


@dataclass(frozen=True)
class _Clock:
    """When it began, and what is left of the time limit."""

    goal: Goal
    started: float

    def seconds(self) -> float:
        return time.monotonic() - self.started

    def left(self) -> Goal:
        """The goal with the seconds that are left, one at least."""
        seconds = max(1.0, self.goal.time_limit_s - self.seconds())
        return replace(self.goal, time_limit_s=seconds)


def _with_facts(found: Certified, design: _Design, **more: float) -> Certified:
    """``found`` with facts of this method in its certificate and its result."""
    own = {"typical_days": float(design.days), **more}
    certificate = replace(found.certificate, facts={**found.certificate.facts, **own})
    result = replace(found.result, facts={**found.result.facts, **own})
    return replace(found, certificate=certificate, result=result)


def design_in_words(facts: Mapping[str, float]) -> str:
    """What a certificate's facts say of the typical days, in words."""
    days = f"sizes from {facts['typical_days']:.0f} typical days"
    if facts["design_released"]:
        return f"{days} given up, as no operation keeps every limit"
    grown = facts["sizes_enlarged"]
    return f"{days} ({grown:.0f} enlarged to keep every limit)" if grown else days


# -- the design ------------------------------------------------------------------------


def _sized(
    model: CompiledModel,
    typical: Ints,
    steps_per_day: int,
    goal: Goal,
    watcher: Watcher | None,
) -> Floats:
    """Design columns of the typical days' optimum, empty if there is none."""
    merged = merge_days(model, typical, steps_per_day)
    result = _solved(merged.model, goal, watcher)
    if result.interrupted and not result.status.has_plan:
        raise KeyboardInterrupt
    if not result.status.has_plan:
        return np.empty(0)
    x = np.clip(merged.expanded(result.x), model.lower, model.upper)
    x[model.integer] = np.rint(x[model.integer])
    return x[design_columns(model)]


def _solved(merged: CompiledModel, goal: Goal, watcher: Watcher | None) -> Result:
    """Optimum of the merged problem: a small tree, or HiGHS' own branch and bound."""
    interior = {"solver": "ipx", "run_crossover": "on", "threads": goal.threads}
    if is_small_tree(merged) and (merged.upper[merged.integer] <= 1).all():
        limits = Limits(goal.relative_gap, goal.time_limit_s, interior)
        return branch_and_bound(merged, limits, watcher)[1]
    session = Session(merged, watcher)
    session.set_options(time_limit=goal.time_limit_s, threads=goal.threads)
    session.set_options(mip_rel_gap=goal.relative_gap)
    if not session.has_integers:
        session.set_options(**interior)
    return session.run("typical days")


# -- its operation ---------------------------------------------------------------------


def _operated(
    model: CompiledModel,
    design: _Design,
    clock: _Clock,
    watcher: Watcher | None,
) -> Result | None:
    """Cheapest operation of the design, grown if it must; None if there is none.

    ``objective`` is the true cost; the duals are those with hourly binaries relaxed.
    """
    for program in (_held(model, design), _growing(model, design)):
        session = Session(program, watcher)
        session.relax_integers()
        session.set_options(solver="simplex", time_limit=clock.left().time_limit_s)
        result = session.run("the typical days' design over all steps")
        if result.interrupted:
            raise KeyboardInterrupt
        if result.status is not Status.OPTIMAL:
            continue
        x = _switched(model, program, result, clock.left())
        if x is not None:
            cost = float(model.cost @ x) + model.offset
            return replace(result, x=x, objective=cost)
    return None


def _held(model: CompiledModel, design: _Design) -> CompiledModel:
    """The full problem with the design held."""
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[design.columns] = upper[design.columns] = design.values
    return replace(model, lower=lower, upper=upper)


def _growing(model: CompiledModel, design: _Design) -> CompiledModel:
    """The full problem with a design that may grow, at a price that deters.

    Decisions of the design (bought or not) stay, so that the program is linear.
    """
    grow = design.columns[~model.integer[design.columns]]
    held = _held(model, design)
    upper, cost = held.upper.copy(), model.cost.copy()
    upper[grow] = model.upper[grow]
    cost[grow] += GROWTH_PRICE * np.abs(model.cost[grow])
    return replace(held, upper=upper, cost=cost)


def _switched(
    model: CompiledModel, program: CompiledModel, result: Result, goal: Goal
) -> Floats | None:
    """The operation with machines switched on or off, or None if that fails."""
    x = np.clip(result.x, program.lower, program.upper)
    if not hourly_decisions(model).any():
        return x
    windows = cut_into_windows(model)
    decided = commit(
        windows,
        x,
        PENALTY * np.maximum(np.abs(result.row_dual[windows.shared]), 1e-9),
        SWITCHING_SHARE * goal.relative_gap,
        goal.time_limit_s,
        goal.threads,
    )
    if decided is None or not keeps_rows(model, decided):
        return None
    return decided


# -- the proof -------------------------------------------------------------------------


def _proven(
    model: CompiledModel,
    operation: Result,
    design: _Design,
    clock: _Clock,
    watcher: Watcher | None,
) -> Certified:
    """The plan with the certified search's proof of what any design costs."""
    cost, x, goal = operation.objective, operation.x, clock.left()
    store = CutStore()
    _keep_cuts(store, model, operation.row_dual)
    found = solve_certified(model, goal, _about(cost, watcher), store)
    bound = min(found.result.bound, cost)
    gap = (cost - bound) / max(1.0, abs(cost))
    grown = x[design.columns] - design.values
    facts = {
        "sizes_enlarged": float((grown > GROWN * (1.0 + design.values)).sum()),
        "design_released": 0.0,
    }
    if found.result.status.has_plan:
        facts["cost_found_by_proof"] = found.result.objective
    result = replace(
        operation,
        status=Status.OPTIMAL if gap <= goal.relative_gap else Status.FEASIBLE,
        bound=bound,
        interrupted=found.result.interrupted,
        row_dual=found.result.row_dual,
        column_dual=found.result.column_dual,
    )
    history = tuple(
        replace(moment, incumbent=cost) for moment in found.certificate.history
    )
    certificate = replace(found.certificate, history=history)
    found = replace(found, result=result, certificate=certificate)
    return _with_facts(found, design, **facts)


def _keep_cuts(store: CutStore, model: CompiledModel, row_dual: Floats) -> None:
    """Put the cuts that the operation's multipliers (rows,) give into the store."""
    windows, boxes = cut_into_windows(model), implied_boxes(model)
    prices = -row_dual[windows.shared]
    cuts = tuple(
        prove_cut(windows, number, boxes, row_dual[window.rows], prices)
        for number, window in enumerate(windows)
    )
    store.keep(windows, cuts)


def _about(cost: float, watcher: Watcher | None) -> Watcher | None:
    """The watcher told of the plan of the typical days, not of the search's own."""
    if watcher is None:
        return None

    def watch(progress: Progress) -> None:
        stage = f"proof, {progress.stage}"
        watcher(Progress(stage, progress.seconds, cost, progress.bound))

    return watch

"""Why there is no plan, in words of the plant.

Two questions, in this order:

1. Is a policy's limit out of reach? What it is missed by is minimised without the
   limits of the others; if some is left, no plan keeps it. Of a cap on emissions that
   says the lowest reachable.
2. Which demand can't be served? Every balance gets a slack in both directions, the
   sum of slacks is minimised, and what remains names the buses, hours and shortfalls.
"""

from dataclasses import replace

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.build import BuiltModel
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import Finding, InfeasibleError
from verdigrid.models.policy import Policy
from verdigrid.models.solution import Status
from verdigrid.solvers.branch import Limits, branch_and_bound, is_small_tree
from verdigrid.solvers.commit import hourly_decisions
from verdigrid.solvers.highs import Result, Session, Watcher
from verdigrid.solvers.restrict import with_slack

#: A shortfall below this share of the bus peak is rounding.
NOTICEABLE = 1e-6
#: A question that takes longer than this is left open, s.
SECONDS = 600.0


def unreachable_cap(
    built: BuiltModel, compiled: CompiledModel, watcher: Watcher | None = None
) -> InfeasibleError | None:
    """What every limit that no plan keeps is missed by at least, if one is to blame."""
    caps = _caps(built, compiled)
    if not caps:
        return None
    found = []
    for name, rows in caps.items():
        others = {n: at for n, at in caps.items() if n != name}
        question = _with_slack(_without_caps(compiled, others), rows)
        stage = f"looking for what is needed for {name}"
        result, exact = _solve(question, stage, watcher)
        if result.status is not Status.OPTIMAL:
            return None
        limit = abs(compiled.matrix[rows, :])
        size = float((limit @ np.abs(result.x[: compiled.shape[1]])).sum())
        if result.objective > NOTICEABLE * size:
            policy = built.microgrid.policies[name]
            text = _out_of_reach(policy, result.objective, exact)
            found.append(Finding(f"policies.{name}", text))
    return InfeasibleError(found) if found else None


def _out_of_reach(policy: Policy, missed_by: float, exact: bool) -> str:
    """What can't be kept, and by how much of its amount."""
    limit, (unit, many) = policy.limit or 0.0, policy.priced
    if policy.unit == "t CO2e":
        least = "" if exact else "not below "
        return (
            f"the cap of {_few_digits(limit)} t CO2e can't be met; the lowest "
            f"reachable is {least}{_few_digits(limit + missed_by / many)} t CO2e"
        )
    wanted = f"{limit:.4g}" if policy.unit == "share" else _few_digits(limit)
    unit = "t CO2e" if unit == "tonne" else unit
    return (
        f"{policy.sense} {wanted} {policy.unit} can't be met; it is missed by "
        f"{_few_digits(missed_by / many)} {unit} in all at the least"
    )


def _few_digits(number: float) -> str:
    """A number with one decimal, or more where it is small."""
    return f"{number:,.1f}" if abs(number) >= 10 else f"{number:.4g}"


def _caps(built: BuiltModel, compiled: CompiledModel) -> dict[str, Ints]:
    """Rows of the limit of every policy."""
    caps = {}
    for name, policy in built.microgrid.policies.items():
        at = compiled.rows.where(f"operation.policies.{name}", "limit")
        if policy.limit is not None and at.size:
            caps[name] = at
    return caps


def _without_caps(compiled: CompiledModel, caps: dict[str, Ints]) -> CompiledModel:
    lower, upper = compiled.row_lower.copy(), compiled.row_upper.copy()
    for rows in caps.values():
        lower[rows], upper[rows] = -np.inf, np.inf
    return replace(compiled, row_lower=lower, row_upper=upper)


def _solve(
    model: CompiledModel, stage: str, watcher: Watcher | None
) -> tuple[Result, bool]:
    """Answer a question of the diagnosis, and whether the answer is exact.

    Its value counts, not its vertex. Decisions of every step are relaxed first: what
    can't be kept even so needs no long search, it is missed by so much at the least.
    """
    hourly = hourly_decisions(model)
    if hourly.any():
        relaxed = replace(model, integer=model.integer & ~hourly)
        result, _ = _solve(relaxed, stage, watcher)
        missed = result.status is Status.OPTIMAL and result.objective > NOTICEABLE
        if missed or result.status is Status.INFEASIBLE:
            return result, False
    quick = {"solver": "hipo", "run_crossover": "off"}
    if is_small_tree(model):
        _, result = branch_and_bound(model, Limits(1e-6, SECONDS, quick), watcher)
        return result, True
    session = Session(model, watcher)
    if not session.has_integers:
        session.set_options(**quick)
    session.set_options(time_limit=SECONDS)
    return session.run(stage), True


def unserved_demand(
    built: BuiltModel, compiled: CompiledModel, watcher: Watcher | None = None
) -> InfeasibleError:
    """Buses, hours and kilowatts that can't be served (or got rid of)."""
    buses = {
        name: compiled.rows.where("operation.balance", name)
        for name in built.microgrid.buses
    }
    rows = np.concatenate([at for at in buses.values() if at.size])
    caps = _caps(built, compiled)
    slack = _with_slack(_without_caps(compiled, caps), rows)
    result, _ = _solve(slack, "looking for hours that can't be served", watcher)
    if result.status is not Status.OPTIMAL:
        return InfeasibleError([Finding("", "no plan keeps all limits together")])
    columns = compiled.shape[1]
    help_out = dict(
        zip(rows.tolist(), result.x[columns : columns + rows.size], strict=True)
    )
    help_in = dict(zip(rows.tolist(), result.x[columns + rows.size :], strict=True))
    found = []
    for name, at in buses.items():
        peak = max(1.0, float(np.abs(compiled.row_upper[at]).max(initial=0.0)))
        short = np.array([help_in[row] for row in at.tolist()])
        spare = np.array([help_out[row] for row in at.tolist()])
        steps = compiled.rows.index[at]
        found += _describe(built, name, "is short of", short, steps, peak)
        found += _describe(built, name, "can't get rid of", spare, steps, peak)
    if not found and caps:
        text = f"{', '.join(caps)} can't be kept together, though each can alone"
        found = [Finding("policies", text)]
    if not found:
        found = [Finding("", "sizes contradict each other: every demand can be served")]
    return InfeasibleError(found)


def _with_slack(compiled: CompiledModel, rows: Ints) -> CompiledModel:
    """The problem of keeping some rows with as little outside help as possible.

    The added columns are what some rows have too much, then what they lack.
    """
    nothing = replace(compiled, cost=np.zeros(compiled.shape[1]), offset=0.0)
    return with_slack(nothing, rows, np.ones(rows.size))


def _describe(
    built: BuiltModel, bus: str, what: str, kw: Floats, steps: Ints, peak: float
) -> list[Finding]:
    steps, kw = steps[kw > NOTICEABLE * peak], kw[kw > NOTICEABLE * peak]
    if not steps.size:
        return []
    calendar = built.microgrid.calendar
    worst = int(np.argmax(kw))
    when = calendar.civil[int(steps[worst])]
    energy = float(kw.sum()) * calendar.step_hours
    text = (
        f"{what} up to {kw[worst]:,.1f} kW ({when:%Y-%m-%d %H:%M}), in {steps.size} "
        f"steps, {energy:,.0f} kWh in all"
    )
    return [Finding(f"buses.{bus}", text)]

"""Why there is no plan, in words of the plant.

Two questions, in this order:

1. Without the carbon limits, is there a plan? Then the limit is out of reach: the
   capped emissions themselves are minimised, and the answer is the lowest reachable.
2. Otherwise some demand can't be served: every balance gets a slack in both
   directions, the sum of slacks is minimised, and what remains names the buses,
   hours and shortfalls.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array, hstack

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.build import BuiltModel
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import Finding, InfeasibleError
from verdigrid.models.solution import Status
from verdigrid.solvers.highs import Session, Watcher

#: A shortfall below this share of the bus peak is rounding.
NOTICEABLE = 1e-6


def explain_infeasible(
    built: BuiltModel, compiled: CompiledModel, watcher: Watcher | None = None
) -> InfeasibleError:
    """The reason why ``compiled`` has no feasible plan, as an error to raise."""
    return (
        _unreachable_cap(built, compiled, watcher)
        or _unserved_demand(built, compiled, watcher)
        or InfeasibleError(
            [
                Finding(
                    "",
                    "no plan keeps all limits of the scenario, although every balance "
                    "could be closed with outside help: look for contradicting sizes",
                )
            ]
        )
    )


def _unreachable_cap(
    built: BuiltModel, compiled: CompiledModel, watcher: Watcher | None
) -> InfeasibleError | None:
    """Lowest reachable emissions of each limiting policy, if one is to blame."""
    caps: dict[str, int] = {}
    for name, policy in built.microgrid.policies.items():
        at = compiled.rows.where(f"operation.policies.{name}", "limit")
        if policy.limit_kg() is not None and at.size:
            caps[name] = int(at[0])
    if not caps:
        return None
    upper = compiled.row_upper.copy()
    upper[list(caps.values())] = np.inf
    found = []
    for name, row in caps.items():
        limit = built.microgrid.policies[name].limit_kg() or 0.0
        offset = limit - float(compiled.row_upper[row])
        counted = np.asarray(compiled.matrix[[row], :].todense(), dtype=float).ravel()
        lowest = replace(compiled, row_upper=upper, cost=counted, offset=offset)
        session = Session(lowest, watcher)
        result = session.run("looking for the lowest reachable emissions")
        if result.status is not Status.OPTIMAL:
            return None
        if result.objective > limit * (1 - 1e-9):
            text = (
                f"the cap of {limit / 1000:,.1f} t CO2e can't be met; the lowest "
                f"reachable is {result.objective / 1000:,.1f} t CO2e"
            )
            found.append(Finding(f"policies.{name}", text))
    if not found:
        together = f"{', '.join(caps)} can't be kept together, though each can alone"
        found = [Finding("policies", together)]
    return InfeasibleError(found)


def _unserved_demand(
    built: BuiltModel, compiled: CompiledModel, watcher: Watcher | None
) -> InfeasibleError | None:
    """Buses, hours and kilowatts that can't be served (or got rid of)."""
    buses = {
        name: compiled.rows.where("operation.balance", name)
        for name in built.microgrid.buses
    }
    rows = np.concatenate([at for at in buses.values() if at.size])
    slack = _with_slack(compiled, rows)
    result = Session(slack, watcher).run("looking for hours that can't be served")
    if result.status is not Status.OPTIMAL or result.objective <= 0:
        return None
    columns = compiled.shape[1]
    help_in = dict(
        zip(rows.tolist(), result.x[columns : columns + rows.size], strict=True)
    )
    help_out = dict(zip(rows.tolist(), result.x[columns + rows.size :], strict=True))
    found = []
    for name, at in buses.items():
        peak = max(1.0, float(np.abs(compiled.row_upper[at]).max(initial=0.0)))
        short = np.array([help_in[row] for row in at.tolist()])
        spare = np.array([help_out[row] for row in at.tolist()])
        steps = compiled.rows.index[at]
        found += _describe(built, name, "is short of", short, steps, peak)
        found += _describe(built, name, "can't get rid of", spare, steps, peak)
    return InfeasibleError(found) if found else None


def _with_slack(compiled: CompiledModel, rows: Ints) -> CompiledModel:
    """The problem of serving every balance with as little outside help as possible."""
    columns, count = compiled.shape[1], rows.size
    unit = csc_array(
        (np.ones(count), (rows, np.arange(count))), shape=(compiled.shape[0], count)
    )
    extra = 2 * count
    return replace(
        compiled,
        matrix=csc_array(hstack([compiled.matrix, unit, -unit])),
        cost=np.concatenate([np.zeros(columns), np.ones(extra)]),
        offset=0.0,
        lower=np.concatenate([compiled.lower, np.zeros(extra)]),
        upper=np.concatenate([compiled.upper, np.full(extra, np.inf)]),
        integer=np.concatenate([compiled.integer, np.zeros(extra, dtype=bool)]),
    )


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

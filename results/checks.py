"""Independent verification: does the plan hold, and cost and emit what was said?

Balances of every bus, the physics of every component, the bill, the emissions and
the objective are recomputed in NumPy from inputs and dispatch. A flow may be off by
1e-6 of the bus peak, money and carbon by 1e-6 of their total.
"""

from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.errors import VerificationError
from verdigrid.models.measure import Measure
from verdigrid.models.solution import Solution
from verdigrid.results.recompute import Recomputed

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Check:
    """One thing compared: its largest residual against what counts as rounding."""

    what: str
    residual: float
    scale: float
    unit: str

    @property
    def relative(self) -> float:
        """Residual as a share of the scale."""
        return self.residual / self.scale

    @property
    def holds(self) -> bool:
        """True if the residual is rounding (and is a number)."""
        return bool(self.relative <= TOLERANCE)


def verify(solution: Solution, recomputed: Recomputed) -> list[Check]:
    """Compare a solution with its recomputation; every check, held or not."""
    peaks = _peaks(solution, recomputed)
    checks = _check_balances(solution, recomputed, peaks)
    checks += _check_components(solution, recomputed, peaks)
    checks += _check_sizes(solution)
    checks += _check_bill(recomputed)
    checks += _check_ledger(solution, recomputed)
    checks += _check_measures(solution, recomputed)
    checks += _check_policies(solution, recomputed)
    return checks


def require(checks: list[Check]) -> None:
    """Raise VerificationError naming every check that does not hold."""
    failed = [check for check in checks if not check.holds]
    if failed:
        raise VerificationError(
            "the plan failed its independent verification:\n"
            + "\n".join(
                f"  {check.what}: off by {check.residual:.6g} {check.unit} "
                f"({check.relative:.2e} of {check.scale:.6g}, allowed {TOLERANCE:g})"
                for check in failed
            )
        )


def _largest(residual: Floats) -> float:
    """Largest absolute residual; a value that is not a number counts as infinite."""
    values = np.abs(np.asarray(residual, dtype=float))
    return float(np.inf if np.isnan(values).any() else values.max(initial=0.0))


def _peaks(solution: Solution, recomputed: Recomputed) -> dict[str, float]:
    """Highest single flow of every node, kW (at least 1e-3)."""
    peaks = {}
    for node in solution.microgrid.nodes:
        flows = [_largest(flow.kw) for _, flow in recomputed.flows_at(node)]
        peaks[node] = max([1e-3, *flows])
    return peaks


def _check_balances(
    solution: Solution, recomputed: Recomputed, peaks: dict[str, float]
) -> list[Check]:
    checks = []
    for name, bus in solution.microgrid.buses.items():
        nothing = np.zeros(solution.microgrid.calendar.periods)
        total = sum((flow.kw for _, flow in recomputed.flows_at(name)), nothing)
        residual = np.minimum(total, 0) if bus.allow_surplus else total
        what = f"balance of bus {name}"
        checks.append(Check(what, _largest(residual), peaks[name], "kW"))
    return checks


def _check_components(
    solution: Solution, recomputed: Recomputed, peaks: dict[str, float]
) -> list[Check]:
    checks = []
    for name, component in solution.microgrid.components.items():
        inputs, values = recomputed.inputs[name], solution.values[name]
        account = recomputed.accounts[name]
        residuals = dict(account.residuals)
        if component.node() is not None:
            here = [flow for _, flow in recomputed.flows_at(name)]
            residuals |= component.node_residuals(inputs, here, values)
        nodes = {flow.node for flow in account.flows} | {name} & peaks.keys()
        scale = max([1e-3, *(peaks[node] for node in nodes)])
        for equation, residual in residuals.items():
            what = f"{name}: {equation}"
            checks.append(Check(what, _largest(residual), scale, "kW"))
        for variable, value in values.items():
            below = np.minimum(np.asarray(value, dtype=float), 0)
            what = f"{name}: {variable} not negative"
            checks.append(Check(what, _largest(below), scale, "kW"))
    return checks


def _check_sizes(solution: Solution) -> list[Check]:
    checks = []
    for size in solution.sizes:
        component = solution.microgrid.components[size.component]
        capacity = component.capacities()[size.field]
        over = max(0.0, size.total - size.limit, -size.new)
        if capacity.has_decision and size.built:
            over = max(over, capacity.minimum - size.new)
        if capacity.has_decision and not size.built:
            over = max(over, size.new)
        what = f"{size.component}: {size.field} within its limits"
        checks.append(Check(what, over, max(1.0, size.limit), size.unit))
    return checks


def _check_bill(recomputed: Recomputed) -> list[Check]:
    """The paper bill adds up to what the component pays."""
    checks = []
    for name, account in recomputed.accounts.items():
        if not account.bill:
            continue
        calendar = recomputed.inputs[name].calendar
        billed = sum(float(line.amount.sum()) for line in account.bill)
        paid = calendar.step_hours * sum(
            float(np.sum(c)) for c in account.costs.values()
        )
        paid += sum(account.fixed_costs.values()) / calendar.month_weight
        scale = max(1.0, abs(billed))
        checks.append(Check(f"{name}: bill", abs(billed - paid), scale, "currency"))
    return checks


def _check_ledger(solution: Solution, recomputed: Recomputed) -> list[Check]:
    """Costs, carbon and objective of the ledger against the recomputation."""
    microgrid, booked = solution.microgrid, solution.booked
    hours = microgrid.calendar.step_hours * microgrid.calendar.year_weight
    running = sum(float(rate.sum()) * hours for _, rate in booked.costs)
    running += sum(amount for _, amount in booked.fixed_costs)
    carbon = sum(float(rate.sum()) * hours for _, rate in booked.emissions)
    carbon += sum(amount for _, amount in booked.fixed_emissions)
    invested = sum(amount for _, amount, _ in booked.investments)
    spent, emitted = sum(recomputed.costs.values()), sum(recomputed.emissions.values())
    objective = recomputed.net_present_cost
    money = _turnover(recomputed)
    return [
        Check("yearly cost", abs(running - spent), money, "currency"),
        Check(
            "investment",
            abs(invested - recomputed.investment),
            max(1.0, recomputed.investment),
            "currency",
        ),
        Check("emissions", abs(carbon - emitted), _carbon_turnover(recomputed), "kg"),
        Check(
            "net present cost",
            abs(solution.objective - objective),
            max(1.0, abs(objective), money),
            "currency",
        ),
    ]


def _check_measures(solution: Solution, recomputed: Recomputed) -> list[Check]:
    """What policies count in the model against the same in NumPy."""
    booked: dict[Measure, Floats] = {}
    for entry, kw in solution.booked.measured:
        booked[entry.measure] = booked.get(entry.measure, 0.0) + kw
    checks, again = [], recomputed.measures
    nothing = np.zeros(solution.microgrid.calendar.periods)
    for measure in sorted({*booked, *again}):
        one, other = booked.get(measure, nothing), again.get(measure, nothing)
        scale = max(1e-3, _largest(other), _largest(one))
        what = f"measure {measure.words}"
        checks.append(Check(what, _largest(one - other), scale, "kW"))
    return checks


def _check_policies(solution: Solution, recomputed: Recomputed) -> list[Check]:
    """Every limit that must be kept, counted from the recomputed year."""
    checks, year = [], recomputed.yearly
    for name, policy in solution.microgrid.policies.items():
        standing = policy.standing(year) if policy.enforce else None
        if standing is not None:
            missed, unit = standing.missed_by, standing.amount_unit
            what = f"policy {name} kept"
            checks.append(Check(what, missed, standing.scale, unit))
    return checks


def _turnover(recomputed: Recomputed) -> float:
    """Money that changes hands in a year: the scale of a rounding error in it."""
    return max(1.0, sum(abs(amount) for amount in recomputed.costs.values()))


def _carbon_turnover(recomputed: Recomputed) -> float:
    return max(1.0, sum(abs(kg) for kg in recomputed.emissions.values()))

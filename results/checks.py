"""Independent verification: does the plan hold, and cost and emit what was said?

Balances of every bus, the physics of every component, the bill, the emissions and
the objective are recomputed in NumPy from inputs and dispatch. A flow may be off by
1e-6 of the bus peak, money and carbon by 1e-6 of their total.
"""

from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import Capacity
from verdigrid.models.carbon import BIOGENIC, Books
from verdigrid.models.errors import VerificationError
from verdigrid.models.measure import Measure
from verdigrid.models.solution import Size, Solution
from verdigrid.results.cash_flow import payments, total_worth, worth
from verdigrid.results.recompute import Recomputed

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Check:
    """One thing compared: its largest residual against what counts as rounding."""

    what: str
    residual: float
    scale: float
    unit: str
    tolerance: float = TOLERANCE

    @property
    def relative(self) -> float:
        """Residual as a share of the scale."""
        return self.residual / self.scale

    @property
    def holds(self) -> bool:
        """True if the residual is rounding (and is a number)."""
        return bool(self.relative <= self.tolerance)


def verify(solution: Solution, recomputed: Recomputed) -> list[Check]:
    """Compare a solution with its recomputation; every check, held or not."""
    peaks = _peaks(solution, recomputed)
    checks = _check_balances(solution, recomputed, peaks)
    checks += _check_components(solution, recomputed, peaks)
    checks += _check_sizes(solution)
    checks += _check_bill(recomputed)
    checks += _check_ledger(solution, recomputed)
    checks += _check_cash_flow(solution, recomputed)
    checks += _check_carbon(solution, recomputed)
    checks += _check_measures(solution, recomputed)
    checks += _check_green(recomputed)
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
                f"({check.relative:.2e} of {check.scale:.6g}, "
                f"allowed {check.tolerance:g})"
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
        over = max(0.0, size.total - size.limit, -size.new, -size.kept)
        over = max(over, _off_the_menu(capacity, size))
        if capacity.has_decision and size.built:
            over = max(over, capacity.minimum - size.new)
        if capacity.has_decision and not size.built:
            over = max(over, size.new)
        what = f"{size.component}: {size.field} within its limits"
        checks.append(Check(what, over, max(1.0, size.limit), size.unit))
    return checks


def _off_the_menu(capacity: Capacity, size: Size) -> float:
    """How far a size is from what can be had: units, products, what may be given up."""
    over = 0.0
    retire, existing, kept = capacity.retire, size.existing, size.kept
    if retire is None or retire.forced:
        over = abs(kept - (existing if retire is None else 0.0))
    elif retire.whole:
        over = min(abs(kept), abs(existing - kept))
    elif capacity.unit is not None and capacity.existing_units is not None:
        over = abs(kept - capacity.unit * round(kept / capacity.unit))
    if capacity.unit is not None:
        over = max(over, abs(size.new - capacity.unit * (size.units or 0)))
    if capacity.catalogue:
        counts, products = size.products, capacity.catalogue
        listed = sum(p.size * counts[p.name] for p in products)
        more = [p.size * (counts[p.name] - p.max_count) for p in products]
        over = max(over, abs(size.new - listed), *more)
        kinds = sum(count > 0 for count in counts.values())
        if capacity.choice == "one" and kinds > 1:
            over = max(over, size.new)
    return over


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
    invested = sum(amount for _, amount, _ in booked.investments)
    spent = sum(recomputed.costs.values())
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
        Check(
            "net present cost",
            abs(solution.objective - objective),
            max(1.0, abs(objective), money),
            "currency",
        ),
    ]


def _check_cash_flow(solution: Solution, recomputed: Recomputed) -> list[Check]:
    """Every payment, discounted by itself, against the factors on yearly amounts."""
    found = payments(solution, recomputed)
    if not found:
        return []
    rate = solution.microgrid.finance.discount_rate
    scale = max(1.0, sum(abs(worth(payment, rate)) for payment in found))
    missed = abs(total_worth(found, rate) + recomputed.net_present_cost)
    return [Check("cash flow", missed, scale, "currency", 1e-9)]


def _check_carbon(solution: Solution, recomputed: Recomputed) -> list[Check]:
    """Every scope of every ledger against the recomputation."""
    microgrid, booked = solution.microgrid, solution.booked
    hours = microgrid.calendar.step_hours * microgrid.calendar.year_weight
    sums: dict[tuple[int, Books], float] = {}
    for entry, rate in booked.emissions:
        key = entry.scope, entry.books
        sums[key] = sums.get(key, 0.0) + float(rate.sum()) * hours
    for fixed, kg in booked.fixed_emissions:
        key = fixed.scope, fixed.books
        sums[key] = sums.get(key, 0.0) + kg
    again: dict[tuple[int, Books], float] = {}
    for carbon, kg in recomputed.emissions_by_source.items():
        key = carbon.scope, carbon.books
        again[key] = again.get(key, 0.0) + kg
    scale = max(1.0, sum(abs(kg) for kg in recomputed.emissions.values()))
    return [
        Check(
            f"emissions, {_scope_words(scope)}{_books_words(books)}",
            abs(sums.get((scope, books), 0.0) - again.get((scope, books), 0.0)),
            scale,
            "kg",
        )
        for scope, books in sorted({*sums, *again})
    ]


def _scope_words(scope: int) -> str:
    return "of plants" if scope == BIOGENIC else f"scope {scope}"


def _books_words(books: Books) -> str:
    return "" if books == "both" else f", {books}-based"


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


def _check_green(recomputed: Recomputed) -> list[Check]:
    """No purchase is green twice: by line, contract or certificate, but once."""
    year = recomputed.yearly
    ways = (Measure.GREEN_LINE, Measure.GREEN_CONTRACT, Measure.GREEN_CERTIFICATE)
    if not any(way in year.measures for way in ways):
        return []
    bought = year.energy({Measure.BOUGHT_POWER: 1.0})
    twice = max(0.0, year.energy(dict.fromkeys(ways, 1.0)) - bought)
    what = "green purchases within purchases"
    return [Check(what, twice, max(1.0, bought), "kWh")]


def _check_policies(solution: Solution, recomputed: Recomputed) -> list[Check]:
    """Every limit that must be kept, and every policy's own rules."""
    checks, year = [], recomputed.yearly
    for name, account in recomputed.policies.items():
        for rule, missed in account.residuals.items():
            what, _, unit = rule.rpartition(", ")
            scale = max([1.0, *map(abs, solution.decided[name].values())])
            checks.append(Check(f"policy {name}: {what}", missed, scale, unit))
    for name, policy in solution.microgrid.policies.items():
        standing = (
            policy.standing(year, solution.decided.get(name, {}))
            if policy.enforce
            else None
        )
        if standing is not None:
            missed, unit = standing.missed_by, standing.amount_unit
            what = f"policy {name} kept"
            checks.append(Check(what, missed, standing.scale, unit))
    return checks


def _turnover(recomputed: Recomputed) -> float:
    """Money that changes hands in a year: the scale of a rounding error in it."""
    return max(1.0, sum(abs(amount) for amount in recomputed.costs.values()))

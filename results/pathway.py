"""A verified pathway: every stage's checks, and those of all stages together.

What the pathway costs is counted once more from single payments: every purchase, every
renewal, every year's costs, each discounted from its own time. Nothing of the factors
that the model uses is used here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from verdigrid.models.capacity import Capacity
from verdigrid.models.finance import INVESTMENT
from verdigrid.models.pathway import PathwaySolution
from verdigrid.models.policy import Standing
from verdigrid.models.solution import Size, Solution
from verdigrid.results.checks import Check
from verdigrid.results.outcome import Outcome
from verdigrid.results.recompute import Recomputed

#: Times closer than this are the same, years.
SAME = 1e-6


@dataclass(frozen=True)
class Paid:
    """A payment (money out is positive) at a time after the pathway begins, years."""

    time: float
    stage: int
    what: str
    amount: float


@dataclass(frozen=True)
class PathwayOutcome:
    """A solved pathway with everything that is derived from it."""

    solution: PathwaySolution

    @cached_property
    def stages(self) -> tuple[Outcome, ...]:
        """Every stage as an outcome of its own."""
        return tuple(Outcome(stage) for stage in self.solution.stages)

    @property
    def years(self) -> list[int]:
        """Year in which every stage begins."""
        return [stage.year for stage in self.solution.pathway.stages]

    @cached_property
    def paid(self) -> list[Paid]:
        """Every payment of the pathway, after tax."""
        return list(_payments(self))

    @cached_property
    def net_present_cost(self) -> float:
        """All payments, discounted one by one."""
        rate = self.solution.pathway.first.finance.discount_rate
        return sum(float(one.amount * (1 + rate) ** -one.time) for one in self.paid)

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """How all stages together stand against the policies that hold across them."""
        found = {}
        for name, policy in self.solution.pathway.across.items():
            amounts = [policy.amount(stage.recomputed.yearly) for stage in self.stages]
            base = policy.base(self.stages[0].recomputed.yearly)
            if policy.limit is not None:
                found[name] = Standing(
                    sum(amounts),
                    base,
                    policy.limit,
                    policy.sense,
                    policy.unit,
                    policy.amount_unit,
                )
        return found

    @cached_property
    def checks(self) -> list[Check]:
        """Every comparison, of the stages and of the pathway."""
        checks = [
            Check(
                f"{year}: {check.what}",
                check.residual,
                check.scale,
                check.unit,
                check.tolerance,
            )
            for year, stage in zip(self.years, self.stages, strict=True)
            for check in stage.checks
        ]
        return checks + _checks_across(self)


def _checks_across(outcome: PathwayOutcome) -> list[Check]:
    """Objective, payments, what is carried over, and policies over all stages."""
    solution = outcome.solution
    together = sum(stage.recomputed.net_present_cost for stage in outcome.stages)
    turnover = sum(
        abs(amount)
        for stage in outcome.stages
        for amount in stage.recomputed.costs.values()
    )
    scale = max(1.0, abs(together), turnover)
    checks = [
        Check(
            "objective of all stages",
            abs(solution.objective - together),
            scale,
            "currency",
        ),
        Check(
            "payments of all stages",
            abs(outcome.net_present_cost - together),
            scale,
            "currency",
        ),
    ]
    for number, stage in enumerate(solution.stages):
        for size in stage.sizes:
            carried = _carried(solution, number, size)
            what = f"{outcome.years[number]}: {size.component} {size.field} carried"
            missed = abs(carried - size.carried)
            checks.append(Check(what, missed, max(1.0, size.limit), size.unit))
            if size.retired is not None and number > 0:
                before = solution.stages[number - 1].size(size.component, size.field)
                back = max(0.0, (before.retired or 0.0) - size.retired)
                what = f"{outcome.years[number]}: {size.component} {size.field} gone"
                scale = max(1.0, size.existing)
                checks.append(Check(what, back, scale, size.unit))
    for name, standing in outcome.standings.items():
        if solution.pathway.across[name].enforce:
            missed, unit = standing.missed_by, standing.amount_unit
            checks.append(Check(f"policy {name} kept", missed, standing.scale, unit))
    return checks


def _carried(solution: PathwaySolution, number: int, size: Size) -> float:
    """What of earlier purchases still serves, counted year by year of their lives."""
    stages = solution.pathway.stages
    begins = [stage.year for stage in stages]
    total = 0.0
    for earlier in range(number):
        life = _lifetime(solution.stages[earlier], size)
        ends = begins[earlier] + life
        # A life that ends as a stage begins is the last; any other is renewed.
        while ends < begins[number] - SAME and not _is_near(ends, begins):
            ends += life
        if ends > begins[number] + SAME:
            new = solution.stages[earlier].size(size.component, size.field).new
            total += new
    return total


def _is_near(time: float, begins: list[int]) -> bool:
    return any(abs(time - begin) < SAME for begin in begins)


def _lifetime(solution: Solution, size: Size) -> float:
    component = solution.microgrid.components[size.component]
    return component.lifetime_years(component.capacities()[size.field])


# -- payments --------------------------------------------------------------------------


def _payments(outcome: PathwayOutcome) -> Iterator[Paid]:
    for number, stage in enumerate(outcome.stages):
        yield from _running(outcome, number, stage.recomputed)
        for size in stage.solution.sizes:
            yield from _of_purchase(outcome, number, size)
            yield from _of_removal(outcome, number, size)
            if number == 0:
                yield from _of_what_stands(outcome, size)


def _running(
    outcome: PathwayOutcome, number: int, recomputed: Recomputed
) -> Iterator[Paid]:
    """Every cost of every year, grown from the first year of the pathway."""
    finance = outcome.solution.pathway.first.finance
    begin = outcome.years[number] - outcome.years[0]
    later = [y - outcome.years[0] for y in outcome.years[number + 1 :]]
    end = min([*later, finance.horizon_years])
    kept = 1.0 if finance.tax is None else 1 - finance.tax.rate
    for (_, cost_class, _), amount in recomputed.costs.items():
        growth = 1 + finance.escalation_of(cost_class)
        for year in range(begin + 1, end + 1):
            yield Paid(year, number, cost_class, kept * amount * growth**year)


def _of_purchase(outcome: PathwayOutcome, number: int, size: Size) -> Iterator[Paid]:
    """Price, rebate, tax on it; renewals at the prices then; what is left."""
    solution = outcome.solution.stages[number]
    component = solution.microgrid.components[size.component]
    capacity = component.capacities()[size.field]
    if not size.new:
        return
    finance, incentives = solution.microgrid.finance, capacity.incentives
    begin = outcome.years[number] - outcome.years[0]
    growth = 1 + finance.escalation_of(INVESTMENT)
    price = capacity.investment(size.held) * growth**begin
    rebate = 0.0
    if incentives is not None:
        rebate = incentives.rebate(price, size.new * growth**begin)
    name = f"{size.component} {size.field}"
    paid = price - rebate
    yield Paid(begin, number, name, paid)
    tax = finance.tax_of(incentives)
    if tax is not None:
        yield Paid(begin + 1, number, name, -tax.credit_share * paid)
        years = finance.horizon_years - begin
        for year, share in enumerate(tax.deductions(years), start=1):
            yield Paid(begin + year, number, name, -tax.rate * share * paid)
    life = component.lifetime_years(capacity)
    yield from _renewed(outcome, size, (begin, life), paid / growth**begin)


def _renewed(
    outcome: PathwayOutcome,
    size: Size,
    begin_and_life: tuple[float, float],
    first_paid: float,
) -> Iterator[Paid]:
    """Renewals of a purchase inside the stages, and its worth when all is over.

    What is left of a first asset is a share of what was paid for it (``first_paid``, in
    prices of the beginning).
    """
    finance = outcome.solution.pathway.first.finance
    kept = 1.0 if finance.tax is None else 1 - finance.tax.rate
    growth = 1 + finance.escalation_of(INVESTMENT)
    starts = [year - outcome.years[0] for year in outcome.years]
    begin, life = begin_and_life
    horizon, bought = finance.horizon_years, _in_force(starts, begin)
    own = _capacity(outcome, bought, size)
    count = 1
    last = bought
    while begin + count * life < horizon - SAME:
        time = begin + count * life
        if any(abs(time - start) < SAME for start in starts):
            return  # gone, and nothing of it is left
        last = _in_force(starts, time)
        price = _price(_capacity(outcome, last, size), own, size)
        name = f"{size.component} {size.field} renewed"
        yield Paid(time, last, name, kept * price * growth**time)
        count += 1
    left = (begin + count * life - horizon) / life
    price = first_paid
    if count > 1:
        price = _price(_capacity(outcome, last, size), own, size)
    name = f"{size.component} {size.field} left"
    yield Paid(horizon, last, name, -kept * left * price * growth**horizon)


def _of_what_stands(outcome: PathwayOutcome, size: Size) -> Iterator[Paid]:
    """Renewals of what stands, as much as is kept of it then, at the prices of then."""
    own = _capacity(outcome, 0, size)
    if own.remaining_years is None or not size.existing:
        return
    finance = outcome.solution.pathway.first.finance
    share = 1.0 if finance.tax is None else 1 - finance.tax.rate
    growth = 1 + finance.escalation_of(INVESTMENT)
    starts = [year - outcome.years[0] for year in outcome.years]
    kept = [
        stage.size(size.component, size.field).kept for stage in outcome.solution.stages
    ]
    life = _lifetime(outcome.solution.stages[0], size)
    horizon, time = finance.horizon_years, own.remaining_years
    price = 0.0
    while time < horizon - SAME:
        stage = _in_force(starts, time)
        price = _capacity(outcome, stage, size).renewal_price
        name = f"{size.component} {size.field} renewed"
        yield Paid(time, stage, name, share * price * kept[stage] * growth**time)
        time += life
    worth = (time - horizon) / life * price * kept[-1]
    name = f"{size.component} {size.field} left"
    yield Paid(horizon, len(starts) - 1, name, -share * worth * growth**horizon)


def _of_removal(outcome: PathwayOutcome, number: int, size: Size) -> Iterator[Paid]:
    """What a stage gives up of what stands: removal less scrap."""
    retire = _capacity(outcome, number, size).retire
    before = 0.0
    if number > 0:
        earlier = outcome.solution.stages[number - 1]
        before = earlier.size(size.component, size.field).retired or 0.0
    if retire is None or not (size.retired or 0.0) - before:
        return
    finance = outcome.solution.pathway.first.finance
    share = 1.0 if finance.tax is None else 1 - finance.tax.rate
    begin = outcome.years[number] - outcome.years[0]
    growth = 1 + finance.escalation_of(INVESTMENT)
    price = share * (retire.removal_per_unit - retire.scrap_per_unit) * growth**begin
    amount = price * ((size.retired or 0.0) - before)
    yield Paid(begin, number, f"{size.component} {size.field} removed", amount)


def _in_force(starts: list[int], time: float) -> int:
    """The last stage that has begun."""
    return sum(start <= time + SAME for start in starts) - 1


def _capacity(outcome: PathwayOutcome, stage: int, size: Size) -> Capacity:
    components = outcome.solution.stages[stage].microgrid.components
    return components[size.component].capacities()[size.field]


def _price(there: Capacity, own: Capacity, size: Size) -> float:
    """What a size costs at the prices of another stage."""
    if there.capex_per_unit is None:
        return own.investment(size.held)
    return there.investment(size.held)

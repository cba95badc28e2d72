"""Every payment of a pathway at its time, from its sizes and recomputed years.

Nothing here uses the factors of the model (``models/term.py``): that the discounted
payments add up to the net present cost is one of the checks of a pathway.

    as a stage begins    purchases, rebates, removals
    at its own time      renewals, at the prices of the stage in force then
    at the end of year n running costs of the stage in force, grown by (1 + g)^n
    at the end of year N what is left of the assets

As in ``cash_flow.py`` money out is negative, and years count from the first stage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verdigrid.models.capacity import Capacity
from verdigrid.models.finance import INVESTMENT, Finance
from verdigrid.models.pathway import PathwaySolution
from verdigrid.models.solution import Size
from verdigrid.results.cash_flow import (
    CREDIT,
    OPERATING,
    PURCHASE,
    REBATE,
    REMOVAL,
    REPLACEMENT,
    RESIDUAL,
    TAX,
    Payment,
    item_name,
    taxed,
)
from verdigrid.results.recompute import Recomputed

#: Times closer than this are the same, years.
SAME = 1e-6


@dataclass(frozen=True)
class StagePayment:
    """A payment, and the number of the stage whose prices it is made at."""

    stage: int
    payment: Payment


def pathway_payments(
    solution: PathwaySolution, recomputed: Sequence[Recomputed]
) -> list[StagePayment]:
    """Every payment of all stages; ``recomputed`` is the year of each."""
    course = _Course(solution)
    found: list[StagePayment] = []
    for number, (stage, year) in enumerate(
        zip(solution.stages, recomputed, strict=True)
    ):
        found += course.running(number, year)
        for size in stage.sizes:
            found += course.purchase(number, size)
            found += course.removal(number, size)
            if number == 0:
                found += course.renewals_of_what_stands(size)
    return found


class _Course:
    """Times and prices of a pathway, in years after its beginning."""

    def __init__(self, solution: PathwaySolution) -> None:
        self.solution = solution
        years = [stage.year for stage in solution.pathway.stages]
        self.starts = [year - years[0] for year in years]
        self.finance: Finance = solution.pathway.first.finance
        self.growth = 1 + self.finance.escalation_of(INVESTMENT)

    def in_force(self, time: float) -> int:
        """The last stage that has begun."""
        return sum(start <= time + SAME for start in self.starts) - 1

    def capacity(self, stage: int, size: Size) -> Capacity:
        """What a stage says of a capacity."""
        components = self.solution.stages[stage].microgrid.components
        return components[size.component].capacities()[size.field]

    def lives(self, stage: int, size: Size) -> tuple[float, float]:
        """How long what a stage buys of it lasts, and what replaces that, years."""
        component = self.solution.stages[stage].microgrid.components[size.component]
        capacity = component.capacities()[size.field]
        return component.lifetime_years(capacity), component.later_life(capacity)

    def size(self, stage: int, like: Size) -> Size:
        """The same capacity in another stage."""
        return self.solution.stages[stage].size(like.component, like.field)

    def pay(
        self, stage: int, time: float, kind: str, item: str, amount: float
    ) -> Iterator[StagePayment]:
        """An expense (or income) at a time, and the tax on it."""
        for payment in taxed(Payment(time, kind, item, amount, kind), self.finance):
            yield StagePayment(stage, payment)

    # -- what is paid ----------------------------------------------------------------

    def running(self, number: int, year: Recomputed) -> Iterator[StagePayment]:
        """Costs of every year of a stage, grown from the first year of the pathway."""
        begin = self.starts[number]
        end = min([*self.starts[number + 1 :], self.finance.horizon_years])
        sums: dict[str, float] = {}
        for (_, cost_class, _), amount in year.costs.items():
            sums[cost_class] = sums.get(cost_class, 0.0) + amount
        for cost_class, amount in sums.items():
            growth = 1 + self.finance.escalation_of(cost_class)
            for n in range(begin + 1, end + 1):
                cost = -amount * growth**n
                yield from self.pay(number, n, OPERATING, cost_class, cost)

    def purchase(self, number: int, size: Size) -> Iterator[StagePayment]:
        """Price, rebate, tax on it; renewals at the prices then; what is left."""
        if not size.new:
            return
        capacity, begin = self.capacity(number, size), self.starts[number]
        grown, item = self.growth**begin, item_name(size.component, size.field)
        price = capacity.investment(size.held) * grown
        incentives, rebate = capacity.incentives, 0.0
        if incentives is not None:
            rebate = incentives.rebate(price, size.new * grown)
        for kind, amount in ((PURCHASE, -price), (REBATE, rebate)):
            if amount:
                payment = Payment(begin, kind, item, amount, PURCHASE)
                yield StagePayment(number, payment)
        paid = price - rebate
        tax = self.finance.tax_of(incentives)
        if tax is not None:
            credit = tax.credit_share * paid
            if credit:
                payment = Payment(begin + 1, CREDIT, item, credit, PURCHASE)
                yield StagePayment(number, payment)
            left = self.finance.horizon_years - begin
            for year, share in enumerate(tax.deductions(left), start=1):
                saved = tax.rate * share * paid
                payment = Payment(begin + year, TAX, item, saved, PURCHASE)
                yield StagePayment(number, payment)
        yield from self._bought_again(number, size, item, paid / grown)

    def _bought_again(
        self, bought: int, size: Size, item: str, first_paid: float
    ) -> Iterator[StagePayment]:
        """Renewals inside the stages, and what is left when all is over.

        What is left of a first asset is a share of what was paid for it
        (``first_paid``, in prices of the beginning).
        """
        life, later_life = self.lives(bought, size)
        own, horizon = self.capacity(bought, size), self.finance.horizon_years
        last, price, end = bought, first_paid, self.starts[bought] + life
        while end < horizon - SAME:
            if any(abs(end - start) < SAME for start in self.starts):
                return  # gone, and nothing of it is left
            last = self.in_force(end)
            price = _price(self.capacity(last, size), own, size)
            amount = -price * self.growth**end
            if price:
                yield from self.pay(last, end, REPLACEMENT, item, amount)
            life = later_life
            end += life
        left = (end - horizon) / life * price * self.growth**horizon
        if left > SAME * price and self.finance.salvage == "straight_line":
            yield from self.pay(last, horizon, RESIDUAL, item, left)

    def renewals_of_what_stands(self, size: Size) -> Iterator[StagePayment]:
        """As much as is kept of it then, at the prices of then."""
        due = self.capacity(0, size).remaining_years
        if due is None or not size.existing:
            return
        item = item_name(size.component, size.field)
        kept = [self.size(n, size).kept for n in range(len(self.starts))]
        life, horizon, price = self.lives(0, size)[0], self.finance.horizon_years, 0.0
        while due < horizon - SAME:
            stage = self.in_force(due)
            price = self.capacity(stage, size).renewal_price
            amount = -price * kept[stage] * self.growth**due
            yield from self.pay(stage, due, REPLACEMENT, item, amount)
            due += life
        left = (due - horizon) / life * price * kept[-1] * self.growth**horizon
        if left > 0 and self.finance.salvage == "straight_line":
            yield from self.pay(len(kept) - 1, horizon, RESIDUAL, item, left)

    def removal(self, number: int, size: Size) -> Iterator[StagePayment]:
        """What a stage gives up of what stands: removal less scrap."""
        retire, before = self.capacity(number, size).retire, 0.0
        if number > 0:
            before = self.size(number - 1, size).retired or 0.0
        gone = (size.retired or 0.0) - before
        if retire is None or not gone:
            return
        begin = self.starts[number]
        each = retire.removal_per_unit - retire.scrap_per_unit
        amount = -each * gone * self.growth**begin
        item = item_name(size.component, size.field)
        yield from self.pay(number, begin, REMOVAL, item, amount)


def _price(there: Capacity, own: Capacity, size: Size) -> float:
    """What replacing a size costs at the prices of another stage."""
    if there.replacement_per_unit is not None:
        return there.replacement_per_unit * size.new
    if there.capex_per_unit is None and not there.catalogue:
        return own.investment(size.held)
    return there.investment(size.held)

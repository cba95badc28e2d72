"""Every payment of a plan at its time, from its sizes and its recomputed year.

Nothing here uses present-worth factors: that the discounted payments add up to the
net present cost is one of the checks of a plan.

    at the start         purchases, rebates, removals
    at its own time      replacements, also of what stands (maybe within a year)
    at the end of year n running costs by class, grown by (1 + g)^n; tax (credit)
    at the end of year N what is left of the assets

Money out is negative. ``tax`` is positive where it is saved: every cost saves it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from verdigrid.models.finance import INVESTMENT, Finance
from verdigrid.models.held import Held
from verdigrid.models.incentives import Incentives
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Solution
from verdigrid.results.recompute import Recomputed

#: What payments are for; ``operating`` is by cost class, all else by component.
PURCHASE, REBATE, CREDIT = "investment", "rebate", "tax credit"
REMOVAL, REPLACEMENT, RESIDUAL = "removal", "replacement", "residual value"
OPERATING, TAX = "operating", "tax"

COLUMNS = ["time", "year", "kind", "item", "amount", "present_worth"]


@dataclass(frozen=True)
class Payment:
    """Money at a time after the start, years; ``about`` is what a tax is paid for."""

    time: float
    kind: str
    item: str
    amount: float
    about: str

    @property
    def year(self) -> int:
        """Year in which it falls; 0 is the start."""
        return -int(-(self.time - 1e-9) // 1)


@dataclass(frozen=True)
class Purchase:
    """A new capacity: its price before rebates, how often and at what it is replaced.

    ``lives`` are those of the first asset and of each that replaces it, years.
    """

    component: str
    capacity: str
    price: float
    replacement: float
    held: Held
    lives: tuple[float, float]
    incentives: Incentives | None = None

    @property
    def item(self) -> str:
        """Name in tables: the component, and which of its capacities if it says more.

        >>> held = Held(existing=0.0, kept=0.0, new=1.0, build=1.0)
        >>> Purchase("tank", "energy", 1.0, 1.0, held, (20.0, 20.0)).item
        'tank energy'
        """
        return item_name(self.component, self.capacity)

    @property
    def rebate(self) -> float:
        """What is paid back at once, currency."""
        if self.incentives is None:
            return 0.0
        return float(self.incentives.rebate(self.price, self.held.new))

    def net_present_cost(self, microgrid: Microgrid) -> float:
        """What it costs over the horizon, today's worth, by the factors."""
        place = self.component, self.capacity
        cost = microgrid.purchase_cost(place, self.lives[0], self.held, self.price)
        return float(cost)


def item_name(component: str, capacity: str) -> str:
    """A capacity's name in tables of payments."""
    return component if capacity == "capacity" else f"{component} {capacity}"


def purchases(solution: Solution) -> list[Purchase]:
    """All that a plan buys."""
    found = []
    for size in solution.sizes:
        component = solution.microgrid.components[size.component]
        capacity = component.capacities()[size.field]
        price = capacity.investment(size.held)
        replacement = float(capacity.replacement_price(size.held, price))
        if price or replacement:
            found.append(
                Purchase(
                    component=size.component,
                    capacity=size.field,
                    price=price,
                    replacement=replacement,
                    held=size.held,
                    lives=(
                        component.lifetime_years(capacity),
                        component.later_life(capacity),
                    ),
                    incentives=capacity.incentives,
                )
            )
    return found


def has_years(microgrid: Microgrid) -> bool:
    """True if amounts are of a year, so that there is a cash flow over years.

    That of a pathway is one of all its stages.
    """
    return microgrid.calendar.represents == "year" and microgrid.term is None


def payments(solution: Solution, recomputed: Recomputed) -> list[Payment]:
    """Every payment; none if the horizon counts as it is."""
    if not has_years(solution.microgrid):
        return []
    finance = solution.microgrid.finance
    found = [
        payment
        for purchase in purchases(solution)
        for payment in _of_purchase(purchase, finance)
    ]
    found += _of_what_stands(solution)
    running: dict[str, float] = {}
    for (_, cost_class, _), amount in recomputed.costs.items():
        running[cost_class] = running.get(cost_class, 0.0) + amount
    for cost_class, amount in running.items():
        found += _of_class(cost_class, amount, finance)
    return found


def _of_purchase(purchase: Purchase, finance: Finance) -> Iterator[Payment]:
    """Price, rebate, tax on it, replacements, and what is left."""
    item, price = purchase.item, purchase.price
    paid = price - purchase.rebate
    yield Payment(0, PURCHASE, item, -price, PURCHASE)
    if purchase.rebate:
        yield Payment(0, REBATE, item, purchase.rebate, PURCHASE)
    tax = finance.tax_of(purchase.incentives)
    if tax is not None:
        if tax.credit_share:
            yield Payment(1, CREDIT, item, tax.credit_share * paid, PURCHASE)
        for year, share in enumerate(tax.deductions(finance.horizon_years), start=1):
            if share:
                yield Payment(year, TAX, item, tax.rate * share * paid, PURCHASE)
    replaced_at = purchase.replacement
    yield from _bought_again(item, replaced_at, purchase.lives, finance, paid)


def _of_what_stands(solution: Solution) -> Iterator[Payment]:
    """Renewals of what is kept; removal and scrap of what is given up."""
    finance = solution.microgrid.finance
    for size in solution.sizes:
        component = solution.microgrid.components[size.component]
        capacity = component.capacities()[size.field]
        item, life = (
            item_name(size.component, size.field),
            component.lifetime_years(capacity),
        )
        price = capacity.renewal_price * size.kept
        if capacity.remaining_years is not None and price:
            due_and_life = capacity.remaining_years, life
            yield from _bought_again(item, price, due_and_life, finance)
        if capacity.retire is not None:
            paid = capacity.retire.paid_per_unit * (size.existing - size.kept)
            if paid:
                yield from taxed(Payment(0, REMOVAL, item, -paid, REMOVAL), finance)


def _bought_again(
    item: str,
    price: float,
    lives: tuple[float, float],
    finance: Finance,
    first_paid: float = 0.0,
) -> Iterator[Payment]:
    """Replacements when they are due and after every life, and what is left at the end.

    ``lives`` are how long the first one lasts, and each of the others. What is left of
    the first one is a share of what was paid for it (``first_paid``, after rebates):
    nothing of what stood before.
    """
    growth, end = 1 + finance.escalation_of(INVESTMENT), finance.horizon_years
    life, later_life = lives
    due, paid = life, first_paid
    while due < end - 1e-9 * life:
        amount = -price * growth**due
        if price:
            payment = Payment(due, REPLACEMENT, item, amount, REPLACEMENT)
            yield from taxed(payment, finance)
        life, paid = later_life, price
        due += life
    left = (due - end) / life
    if paid and left > 1e-9 and finance.salvage == "straight_line":
        amount = left * paid * growth**end
        yield from taxed(Payment(end, RESIDUAL, item, amount, RESIDUAL), finance)


def _of_class(cost_class: str, amount: float, finance: Finance) -> Iterator[Payment]:
    """A yearly cost that grows from year 1 on."""
    growth = 1 + finance.escalation_of(cost_class)
    for year in range(1, finance.horizon_years + 1):
        cost = -amount * growth**year
        yield from taxed(Payment(year, OPERATING, cost_class, cost, OPERATING), finance)


def taxed(payment: Payment, finance: Finance) -> Iterator[Payment]:
    """The payment and the tax on it: what is paid out is deducted when it is paid."""
    yield payment
    if finance.tax is not None:
        tax = -finance.tax.rate * payment.amount
        yield Payment(payment.time, TAX, payment.item, tax, payment.about)


def worth(payment: Payment, discount_rate: float) -> float:
    """What a payment is worth at the start."""
    return float(payment.amount * (1 + discount_rate) ** -payment.time)


def total_worth(all_payments: Iterable[Payment], discount_rate: float) -> float:
    """What payments are worth together; less than nothing is a cost."""
    return sum(worth(payment, discount_rate) for payment in all_payments)


def cash_flow_table(solution: Solution, recomputed: Recomputed) -> pd.DataFrame:
    """The payments as a table, in the order of time."""
    rate = solution.microgrid.finance.discount_rate
    found = sorted(payments(solution, recomputed), key=lambda p: p.time)
    rows = [(p.time, p.year, p.kind, p.item, p.amount, worth(p, rate)) for p in found]
    return pd.DataFrame(rows, columns=COLUMNS)

"""The years that one stage of a pathway stands for, and what purchases cost in it.

Stages begin k = 0, ... years after the first, and last until the next one begins, the
last of them until the horizon N ends. Yearly amounts of a stage count in its years:

    PW(class) = (1 - tax) sum over n = k+1..e of ((1 + g) / (1 + d))^n

An asset is paid for when its stage begins. Where its life ends inside a stage, it is
renewed at the price of that stage (that of replacements, if it has one); where it ends
as a stage begins, it is gone, and that stage may buy anew. What is left of the last
life at the end is worth its share:

    worth = r(k) p price(stage) + (1 - tax) (sum over renewals at t of r(t) price(t)
                                             - r(N) left price(last purchase))
    r(t)  = ((1 + g) / (1 + d))^t            p = 1 without tax and rebate

symbol   name            unit   meaning
k, e     first, last     a      years after the first stage: beginning and end
d        discount_rate   1/a    discount rate
g        escalation      1/a    growth of a cost class, or of the prices of assets; it
                                goes on beside what the stages change
left                     1      unused share of the last life when the horizon ends
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verdigrid.models.capacity import Capacity
from verdigrid.models.component import Component
from verdigrid.models.finance import INVESTMENT, Finance
from verdigrid.models.held import Held
from verdigrid.models.incentives import Incentives, after_rebate

#: Times closer than this are the same, years.
SAME = 1e-6


@dataclass(frozen=True)
class Life:
    """How long a purchase serves: years of renewals (after the first stage's begin).

    ``gone`` is the stage from which on it is no longer there (None: it stays to the
    end), ``left`` the unused share of its last life when the horizon ends.
    """

    renewals: tuple[float, ...]
    gone: int | None
    left: float

    def serves(self, stage: int) -> bool:
        """Whether it is there in a later stage."""
        return self.gone is None or stage < self.gone


@dataclass(frozen=True)
class Term:
    """One stage among those of its pathway.

    ``starts`` are the years after the first in which the stages begin; ``components``
    those of every stage, whose prices renewals are paid at.
    """

    starts: tuple[int, ...]
    number: int
    components: tuple[Mapping[str, Component], ...]

    @property
    def asked(self) -> set[str]:
        """Capacities whose purchase has a fixed price in any stage: yes or no."""
        return {
            f"{name}.{field}"
            for components in self.components
            for name, component in components.items()
            for field, capacity in component.capacities().items()
            if capacity.capex_fixed > 0
        }

    @property
    def first(self) -> int:
        """Years after the beginning of the pathway in which the stage begins."""
        return self.starts[self.number]

    def years(self, horizon_years: int) -> range:
        """Years of the pathway that the stage stands for, the first of all is 1."""
        ends = (*self.starts[1:], horizon_years)
        return range(self.first + 1, ends[self.number] + 1)

    def stage_at(self, time: float) -> int:
        """Stage in force at a time, which is not that of a beginning."""
        return max(n for n, start in enumerate(self.starts) if start <= time + SAME)

    def life(
        self,
        lifetime_years: float,
        horizon_years: int,
        later_life: float | None = None,
    ) -> Life:
        """How long what is bought in this stage serves."""
        renewals: list[float] = []
        later = later_life or lifetime_years
        while True:
            end = self.first + lifetime_years + len(renewals) * later
            if end >= horizon_years - SAME:
                of = later if renewals else lifetime_years
                left = max(0.0, (end - horizon_years) / of)
                return Life(tuple(renewals), None, left)
            begins = [n for n, s in enumerate(self.starts) if abs(s - end) <= SAME]
            if begins:
                return Life(tuple(renewals), begins[0], 0.0)
            renewals.append(end)

    def present_worth(self, finance: Finance, cost_class: str) -> float:
        """Worth at the beginning of one currency unit in every year of the stage."""
        ratio = _ratio(finance, finance.escalation_of(cost_class))
        years = self.years(finance.horizon_years)
        return finance.kept_share * sum(ratio**year for year in years)

    def paid_worth(self, finance: Finance, incentives: Incentives | None) -> float:
        """Worth of one unit paid as the stage begins, less credit and tax saved."""
        left = finance.horizon_years - self.first
        rest = finance.model_copy(update={"horizon_years": left})
        ratio = _ratio(finance, finance.escalation_of(INVESTMENT))
        return ratio**self.first * rest.paid_worth(incentives)

    def purchase_worths(
        self,
        finance: Finance,
        lifetime_years: float,
        incentives: Incentives | None,
        later_life: float | None = None,
    ) -> tuple[float, dict[int, float]]:
        """Worth of a unit paid for a purchase, and of one of the price that each stage
        has for its renewals; what is left is taken off what the last one cost."""
        life = self.life(lifetime_years, finance.horizon_years, later_life)
        paid = self.paid_worth(finance, incentives)
        if not life.renewals:
            return paid - finance.left_worth(life.left), {}
        worths: dict[int, float] = {}
        self._add_later(worths, finance, life.renewals, life.left)
        return paid, worths

    def _add_later(
        self,
        worths: dict[int, float],
        finance: Finance,
        renewals: tuple[float, ...],
        left: float,
    ) -> None:
        """Add renewals, and take off what is left at the end, by stage of the price."""
        last = self.number
        for time in renewals:
            last = self.stage_at(time)
            worths[last] = worths.get(last, 0.0) + finance.later_worth(time)
        unused = finance.left_worth(left)
        if unused:
            worths[last] = worths.get(last, 0.0) - unused

    # -- what they come to -----------------------------------------------------------

    def purchase_cost(
        self, finance: Finance, place: tuple[str, str], held: Held, price: Any
    ) -> Any:
        """Net present cost of what is bought of a capacity, number or expression.

        ``price`` is that of its own stage.
        """
        name, field = place
        own = self.components[self.number][name]
        capacity = own.capacities()[field]
        incentives, life = capacity.incentives, own.lifetime_years(capacity)
        first, later = self.purchase_worths(
            finance, life, incentives, own.later_life(capacity)
        )
        cost = first * after_rebate(incentives, price, held.new)
        for stage, worth in later.items():
            there = self.components[stage][name].capacities()[field]
            cost = cost + worth * price_in(there, capacity, held, price)
        return cost

    def renewal_cost(self, finance: Finance, place: tuple[str, str], kept: Any) -> Any:
        """Net present cost of renewing what this stage keeps of what stands.

        Renewals are due in the first stage's ``remaining_years`` and after every life;
        the last stage has what is left of the last ones.
        """
        name, field = place
        own = self.components[0][name]
        remaining = own.capacities()[field].remaining_years
        if remaining is None:
            return 0.0
        life, horizon = (
            own.lifetime_years(own.capacities()[field]),
            finance.horizon_years,
        )
        due, end = list[float](), remaining
        while end < horizon - SAME:
            due.append(end)
            end += life
        stages = [self.stage_at(time) for time in due]
        prices = [self._renewal_price(stage, place) for stage in stages]
        worth = sum(
            price * finance.later_worth(time)
            for time, stage, price in zip(due, stages, prices, strict=True)
            if stage == self.number
        )
        if due and self.number == len(self.starts) - 1:
            worth -= prices[-1] * finance.left_worth(max(0.0, (end - horizon) / life))
        return worth * kept

    def _renewal_price(self, stage: int, place: tuple[str, str]) -> float:
        name, field = place
        return self.components[stage][name].capacities()[field].renewal_price

    def at_once_worth(self, finance: Finance) -> float:
        """Net present cost of one unit of expense as the stage begins."""
        ratio = _ratio(finance, finance.escalation_of(INVESTMENT))
        return finance.kept_share * ratio**self.first

    def annuity(self, finance: Finance) -> float:
        """What a unit of net present cost is in each year of the stage, 1/a."""
        ratio = 1 / (1 + finance.discount_rate)
        return 1 / sum(ratio**year for year in self.years(finance.horizon_years))


def price_in(there: Capacity, own: Capacity, held: Held, price: Any) -> Any:
    """What replacing ``held`` costs in another stage; ``price`` was paid for it."""
    if there.replacement_per_unit is not None:
        return there.replacement_price(held, price)
    fixed = there.capex_fixed * held.build if there.capex_fixed else 0.0
    if there.catalogue:
        return there.listed_price(held) + fixed
    if same_price(there, own) or there.capex_per_unit is None:
        return price
    return there.capex_per_unit * held.new + fixed


def same_price(one: Capacity, other: Capacity) -> bool:
    """Whether two stages sell a capacity at the same prices."""
    return (one.capex_per_unit, one.capex_fixed) == (
        other.capex_per_unit,
        other.capex_fixed,
    )


def _ratio(finance: Finance, growth: float) -> float:
    return (1 + growth) / (1 + finance.discount_rate)

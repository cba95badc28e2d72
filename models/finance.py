"""Money over time: present worth, annuity, replacement, salvage, with or without tax.

All rates are per year and on one declared basis (real or nominal); amounts of
year n are paid at its end, investments at the beginning of year 1.

    PW(class) = (1 - tax) sum over n = 1..N of ((1 + g) / (1 + d))^n

    cost      = p P + (1 - tax) (sum over replacements in year k of R r(k) - s V r(N))
    r(k)      = ((1 + g) / (1 + d))^k
    p         = 1 - sum over n = 1..N of (tax deduction(n) + credit(n)) (1 + d)^-n

symbol        name             unit    meaning
d             discount_rate    1/a     discount rate
N             horizon_years    a       years over which the plan is judged
g             escalation       1/a     growth of the class, or of the prices of assets
P                              money   what is paid for the first asset, after rebates
R                              money   price of a replacement: what the first one cost
                                       before rebates, unless it has one of its own
V                              money   what was paid for the last asset: P or R
s                              1       unused share of the last asset's life; 0 with
                                       salvage: none
tax           tax.rate         1       0 without tax
deduction(n)                   1       depreciation in year n, as a share of the price
credit(1)     credit_share     1       tax credit, at the end of year 1

Running costs are deductible in their year, and so are replacements. What is left of
an asset at the end of the horizon is taxed in full, because everything has been
deducted by then: what the schedule leaves is deducted in year N.

Formulas: S. K. Fuller and S. R. Petersen, Life-Cycle Costing Manual for the
Federal Energy Management Program, NIST Handbook 135 (1995 edition).
"""

import math
from typing import Literal, Self

from pydantic import field_validator, model_validator

from verdigrid.models.depreciation import Depreciation, require_years, yearly_shares
from verdigrid.models.incentives import Incentives
from verdigrid.models.parameter import Strict, parameter

#: Name of the prices of assets among the cost classes that escalate.
INVESTMENT = "investment"
#: All that components and policies book costs as.
COST_CLASSES = ("electricity", "fuel", "om", "carbon", INVESTMENT)


class Tax(Strict):
    """Tax on the profit of the site; avoided costs are taxed profit."""

    rate: float = parameter(unit="1", doc="tax on profit", ge=0, lt=1)
    depreciation: Depreciation = parameter(
        unit="1",
        doc="how investments are deducted: straight_line, declining, macrs_5, macrs_7, "
        "or a list with the share of every year",
    )
    depreciation_years: int | None = parameter(
        None, unit="a", doc="with straight_line and declining", ge=1, le=60
    )
    credit_share: float = parameter(
        0.0,
        unit="1",
        doc="investment tax credit at the end of year 1, as a share of what was paid",
        ge=0,
        le=1,
    )
    basis_reduction: float = parameter(
        0.0,
        unit="1",
        doc="share of the credit by which the depreciable price falls (0.5 in the US)",
        ge=0,
        le=1,
    )
    bonus_share: float = parameter(
        0.0,
        unit="1",
        doc="share of the depreciable price that is deducted in year 1 beforehand",
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require_years(self.depreciation, self.depreciation_years)
        return self

    def of(self, incentives: Incentives | None) -> "Tax":
        """The rules for a purchase that may have a credit or depreciation of its own.

        >>> tax = Tax(rate=0.2, depreciation="macrs_5")
        >>> tax.of(Incentives(credit_share=0.3)).credit_share
        0.3
        """
        if incentives is None or not incentives.needs_tax:
            return self
        own = incentives.model_dump(
            include={"credit_share", "depreciation"}, exclude_none=True
        )
        if "depreciation" in own:
            own["depreciation_years"] = incentives.depreciation_years
        return self.model_copy(update=own)

    def deductions(self, horizon_years: int) -> list[float]:
        """Share of what was paid that is deducted in year 1..N.

        >>> tax = Tax(rate=0.2, depreciation="straight_line", depreciation_years=4)
        >>> tax.deductions(3)
        [0.25, 0.25, 0.5]
        """
        basis = 1 - self.basis_reduction * self.credit_share
        shares = yearly_shares(self.depreciation, self.depreciation_years)
        regular = [basis * (1 - self.bonus_share) * share for share in shares]
        deducted = regular[:horizon_years]
        deducted += [0.0] * (horizon_years - len(deducted))
        deducted[0] += basis * self.bonus_share
        deducted[-1] += sum(regular[horizon_years:])
        return deducted


class Finance(Strict):
    """Discounting of the scenario; nothing here has a default but the escalations."""

    discount_rate: float = parameter(
        unit="1/a", doc="discount rate on the stated basis", ge=0, lt=1
    )
    horizon_years: int = parameter(
        unit="a", doc="years over which the plan is judged", ge=1, le=60
    )
    basis: Literal["real", "nominal"] = parameter(
        "real", unit="", doc="whether rates are net of inflation"
    )
    inflation: float | None = parameter(
        None,
        unit="1/a",
        doc="with basis: nominal, growth of every price that escalation does not name",
        gt=-1,
        lt=1,
    )
    currency_year: int | None = parameter(
        None,
        unit="",
        doc="year of the prices of the scenario; must be that of costs.price_year",
        ge=1950,
        le=2100,
    )
    escalation: dict[str, float] = parameter(
        unit="1/a",
        doc="yearly price growth by cost class, on the stated basis; inflation, or 0, "
        "if not named. The class investment is that of replacements",
        factory=dict,
    )
    investment: Literal["full", "share_of_horizon"] = parameter(
        "share_of_horizon",
        unit="",
        doc="with time.represents: as_is, whether an investment is charged in full "
        "or as the annuity of its life times the share of a year that is covered",
    )
    salvage: Literal["straight_line", "none"] = parameter(
        "straight_line",
        unit="",
        doc="what is left of an asset at the end: the unused share of its life, or "
        "nothing",
    )
    tax: Tax | None = parameter(
        None, unit="", doc="tax on profit; all amounts are before tax without it"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.inflation is not None and self.basis == "real":
            raise ValueError(
                "no inflation with basis: real, whose rates are net of it; either "
                "remove it, or say basis: nominal and give a nominal discount rate"
            )
        return self

    @field_validator("escalation")
    @classmethod
    def _of_known_classes(cls, escalation: dict[str, float]) -> dict[str, float]:
        for cost_class, growth in escalation.items():
            if cost_class not in COST_CLASSES:
                known = ", ".join(COST_CLASSES)
                raise ValueError(f"cost classes among {known}; not {cost_class!r}")
            if not -1 < growth < 1:
                raise ValueError(
                    f"fractions, not percent: {growth / 100:g} for {cost_class}, if "
                    f"{growth:g} % is meant"
                )
        return escalation

    def escalation_of(self, cost_class: str) -> float:
        """Yearly price growth of ``cost_class``, 1/a."""
        return self.escalation.get(cost_class, self.inflation or 0.0)

    @property
    def kept_share(self) -> float:
        """Share of a cost or revenue that is left after tax."""
        return 1.0 if self.tax is None else 1 - self.tax.rate

    def present_worth(self, cost_class: str) -> float:
        """Worth today of one currency unit a year over the horizon, after tax."""
        growth = self.escalation_of(cost_class)
        return self.kept_share * present_worth_factor(
            self.discount_rate, self.horizon_years, growth
        )

    def tax_of(self, incentives: Incentives | None) -> Tax | None:
        """The tax rules of a purchase."""
        return None if self.tax is None else self.tax.of(incentives)

    def paid_worth(self, incentives: Incentives | None = None) -> float:
        """Net present cost of one unit paid for a purchase: less credit and tax saved.

        >>> Finance(discount_rate=0.1, horizon_years=20).paid_worth()
        1.0
        """
        tax = self.tax_of(incentives)
        if tax is None:
            return 1.0
        saved = [tax.rate * share for share in tax.deductions(self.horizon_years)]
        saved[0] += tax.credit_share
        years = range(1, self.horizon_years + 1)
        worths = ((1 + self.discount_rate) ** -year for year in years)
        return 1 - sum(s * w for s, w in zip(saved, worths, strict=True))

    def purchase_worths(
        self,
        lifetime_years: float,
        incentives: Incentives | None = None,
        later_life: float | None = None,
    ) -> tuple[float, float]:
        """Net present cost of one unit paid for an asset, and of one of the price of
        its replacements, each of which lasts ``later_life`` (as long, if None).

        What is left at the end is taken off what the last one cost.

        >>> finance = Finance(discount_rate=0.0, horizon_years=15)
        >>> finance.purchase_worths(20), finance.purchase_worths(10)
        ((0.75, 0.0), (1.0, 0.5))
        """
        horizon, paid = self.horizon_years, self.paid_worth(incentives)
        years = replacement_years(lifetime_years, horizon, later_life)
        left = self.left_worth(residual_share(lifetime_years, horizon, later_life))
        if not years:
            return paid - left, 0.0
        return paid, sum(self.later_worth(year) for year in years) - left

    def later_worth(self, year: float) -> float:
        """Worth of one unit of today's price of assets in a later year, after tax."""
        ratio = (1 + self.escalation_of(INVESTMENT)) / (1 + self.discount_rate)
        return float(self.kept_share * ratio**year)

    def left_worth(self, share: float) -> float:
        """Worth of the unused ``share`` of a life at the end, of one unit of price."""
        if self.salvage == "none":
            return 0.0
        return share * self.later_worth(self.horizon_years)


def real_rate(nominal: float, inflation: float) -> float:
    """Rate net of inflation, 1/a.

    >>> round(real_rate(0.071, 0.02), 6)
    0.05
    """
    return (1 + nominal) / (1 + inflation) - 1


def nominal_rate(real: float, inflation: float) -> float:
    """Rate that inflation is part of, 1/a.

    >>> round(nominal_rate(0.05, 0.02), 6)
    0.071
    """
    return (1 + real) * (1 + inflation) - 1


def capital_recovery_factor(rate: float, years: float) -> float:
    """Equal yearly payment that repays one unit over ``years`` at ``rate``, 1/a.

    >>> capital_recovery_factor(0.0, 20)
    0.05
    >>> round(capital_recovery_factor(0.08, 20), 6)
    0.101852
    """
    if rate == 0:
        return 1 / years
    return rate / -math.expm1(-years * math.log1p(rate))  # exact for tiny rates too


def present_worth_factor(rate: float, years: int, growth: float = 0.0) -> float:
    """Present worth of one unit a year for ``years``; growth acts from year 1.

    >>> present_worth_factor(0.0, 20)
    20.0
    >>> round(present_worth_factor(0.08, 2, growth=0.02), 6)
    1.83642
    """
    ratio = (1 + growth) / (1 + rate)
    return sum(ratio**year for year in range(1, years + 1))


def replacement_years(
    lifetime_years: float, horizon_years: int, later_life: float | None = None
) -> list[float]:
    """Years after the start in which an asset is bought again, before the horizon ends.

    Each of those lasts ``later_life``, or as long as the first one.

    >>> replacement_years(10, 25)
    [10.0, 20.0]
    >>> replacement_years(10, 20)
    [10.0]
    >>> replacement_years(10, 25, later_life=15)
    [10.0]
    """
    later = later_life or lifetime_years
    count = math.ceil((horizon_years - lifetime_years) / later - 1e-9)
    return [float(lifetime_years + later * n) for n in range(count)]


def residual_share(
    lifetime_years: float, horizon_years: int, later_life: float | None = None
) -> float:
    """Unused share of the last asset's life when the horizon ends (straight line).

    >>> residual_share(15, 20)
    0.666666...
    """
    again = replacement_years(lifetime_years, horizon_years, later_life)
    last, life = 0.0, lifetime_years
    if again:
        last, life = again[-1], later_life or lifetime_years
    return (last + life - horizon_years) / life


def renewal_factor(
    rate: float,
    remaining_years: float,
    lifetime_years: float,
    horizon_years: int,
    growth: float = 0.0,
    salvage: bool = True,
) -> float:
    """Net present cost of renewing what stands, one unit of price each time.

    It is due in ``remaining_years`` and again after every life until the horizon ends;
    the unused share of the last one is worth something then (with ``salvage``).

    >>> renewal_factor(0.0, 5, 10, 20)
    1.5
    >>> renewal_factor(0.0, 20, 25, 20)
    0.0
    """
    left = horizon_years - remaining_years
    if left <= 1e-9:
        return 0.0
    ratio = (1 + growth) / (1 + rate)
    count = math.ceil(left / lifetime_years - 1e-9)
    paid = sum(ratio ** (remaining_years + n * lifetime_years) for n in range(count))
    unused = (count * lifetime_years - left) / lifetime_years if salvage else 0.0
    return float(paid - unused * ratio**horizon_years)

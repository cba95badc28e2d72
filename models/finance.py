"""Money over time: present worth, annuity, replacement and salvage.

All rates are per year and on one declared basis (real or nominal); amounts of
year n are paid at its end, investments at the beginning of year 1.

Formulas: S. K. Fuller and S. R. Petersen, Life-Cycle Costing Manual for the
Federal Energy Management Program, NIST Handbook 135 (1995 edition).
"""

import math
from typing import Literal

from verdigrid.models.parameter import Strict, parameter


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
    escalation: dict[str, float] = parameter(
        unit="1/a",
        doc="yearly price growth by cost class, on the stated basis; 0 if not named",
        factory=dict,
    )
    investment: Literal["full", "share_of_horizon"] = parameter(
        "share_of_horizon",
        unit="",
        doc="with time.represents: as_is, whether an investment is charged in full "
        "or as the annuity of its life times the share of a year that is covered",
    )

    def escalation_of(self, cost_class: str) -> float:
        """Yearly price growth of ``cost_class``, 1/a."""
        return self.escalation.get(cost_class, 0.0)


def capital_recovery_factor(rate: float, years: float) -> float:
    """Equal yearly payment that repays one unit over ``years`` at ``rate``, 1/a.

    >>> capital_recovery_factor(0.0, 20)
    0.05
    >>> round(capital_recovery_factor(0.08, 20), 6)
    0.101852
    """
    if rate == 0:
        return 1 / years
    return float(rate / (1 - (1 + rate) ** -years))


def present_worth_factor(rate: float, years: int, growth: float = 0.0) -> float:
    """Present worth of one unit a year for ``years``; growth acts from year 1.

    >>> present_worth_factor(0.0, 20)
    20.0
    >>> round(present_worth_factor(0.08, 2, growth=0.02), 6)
    1.83642
    """
    ratio = (1 + growth) / (1 + rate)
    return sum(ratio**year for year in range(1, years + 1))


def replacement_years(lifetime_years: float, horizon_years: int) -> list[float]:
    """Years after the start in which an asset is bought again, before the horizon ends.

    >>> replacement_years(10, 25)
    [10.0, 20.0]
    >>> replacement_years(10, 20)
    [10.0]
    """
    count = math.ceil(horizon_years / lifetime_years - 1e-9) - 1
    return [float(lifetime_years * n) for n in range(1, count + 1)]


def residual_share(lifetime_years: float, horizon_years: int) -> float:
    """Unused share of the last asset's life when the horizon ends (straight line).

    >>> residual_share(15, 20)
    0.666666...
    """
    bought = 1 + len(replacement_years(lifetime_years, horizon_years))
    return (bought * lifetime_years - horizon_years) / lifetime_years


def investment_factor(rate: float, lifetime_years: float, horizon_years: int) -> float:
    """Net present cost of one unit of investment: purchase, replacements, less salvage.

    >>> investment_factor(0.0, 10, 20)
    2.0
    """
    bought_again = replacement_years(lifetime_years, horizon_years)
    replaced = sum(float((1 + rate) ** -year) for year in bought_again)
    salvage = residual_share(lifetime_years, horizon_years)
    return 1 + replaced - salvage * float((1 + rate) ** -horizon_years)

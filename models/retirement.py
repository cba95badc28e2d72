"""What stands already: how long it lasts, what renewing it costs, giving it up.

    0 <= kept <= existing                 (all or nothing if ``whole``; 0 if ``forced``)

    renewals:  renewal_per_unit * kept * R        R: present worth of one unit that is
                                                  due in ``remaining_years`` and again
                                                  after every life, less salvage
    giving up: (removal_per_unit - scrap_per_unit) * (existing - kept)         at once

symbol     name              unit         meaning
existing   existing_kw       kW           stands today
kept       kept              kW           what the plan keeps of it
removal    removal_per_kw    currency/kW  what taking it away costs
scrap      scrap_per_kw      currency/kW  what is paid for it

The baseline keeps everything and pays all renewals; a plan that gives something up
saves them, and its operation and maintenance.
"""

from typing import Any

import pyomo.environ as pyo
from pydantic import ConfigDict

from verdigrid.models.calendar import Calendar
from verdigrid.models.finance import (
    INVESTMENT,
    Finance,
    capital_recovery_factor,
    renewal_factor,
)
from verdigrid.models.parameter import Strict, parameter


class Retirement(Strict):
    """Leave to give up what stands, and what that costs and earns."""

    removal_per_unit: float = parameter(
        unit="currency/unit", doc="cost of removing a unit, today", ge=0
    )
    scrap_per_unit: float = parameter(
        unit="currency/unit", doc="what is paid for a removed unit, today", ge=0
    )
    whole: bool = parameter(
        False, unit="", doc="whether only all of it can be given up (a yes/no decision)"
    )
    forced: bool = parameter(
        False, unit="", doc="whether the plan must give it up; the baseline keeps it"
    )

    @property
    def paid_per_unit(self) -> float:
        """What giving up a unit costs today, less its scrap; currency."""
        return self.removal_per_unit - self.scrap_per_unit

    def build(self, block: pyo.Block, existing: float, unit: float | None) -> Any:
        """What is kept, an expression; in whole units of ``unit`` if given."""
        if self.forced:
            return 0.0
        if self.whole:
            block.keep = pyo.Var(domain=pyo.Binary, doc="1 if what stands is kept")
            return existing * block.keep
        if unit is not None:
            block.kept_units = pyo.Var(
                domain=pyo.NonNegativeIntegers,
                bounds=(0, round(existing / unit)),
                doc="units kept of those that stand",
            )
            return unit * block.kept_units
        block.kept = pyo.Var(bounds=(0.0, existing), doc="kept of what stands")
        return block.kept


class PowerRetirement(Retirement):
    """Per kW."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("per_unit", "per_kw")
    )


class EnergyRetirement(Retirement):
    """Per kWh."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("per_unit", "per_kwh")
    )


def renewal_worth(
    finance: Finance, calendar: Calendar, remaining: float, lifetime: float
) -> float:
    """Net present cost of renewals at one currency unit each.

    Over a horizon taken as it is: in full if one is due within ``horizon_years``, or
    as the part of their annuity that falls into it.
    """
    years, growth = finance.horizon_years, finance.escalation_of(INVESTMENT)
    if calendar.represents == "as_is" and finance.investment == "full":
        return 1.0 if remaining < years else 0.0
    rate = finance.discount_rate
    salvage = finance.salvage != "none"
    worth = renewal_factor(rate, remaining, lifetime, years, growth, salvage)
    return worth * at_once_worth(finance, calendar)


def at_once_worth(finance: Finance, calendar: Calendar) -> float:
    """Net present cost of one currency unit of expense that is due once, today."""
    if calendar.represents == "year":
        return finance.kept_share
    if finance.investment == "full":
        return 1.0
    annuity = capital_recovery_factor(finance.discount_rate, finance.horizon_years)
    return annuity * calendar.fixed_cost_share

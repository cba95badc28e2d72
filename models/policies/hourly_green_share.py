"""Hourly green share: power counts as green in the step in which it is used.

    unmatched(t) >= consumption(t) - green(t),   unmatched(t) >= 0
    sum of unmatched  <=  (1 - at_least) x sum of (consumption - lost)

So what is matched in a step is min(green, consumption): a surplus at noon is worth
nothing at night unless a storage carries it. With ``every_step`` instead:

    green(t)  >=  at_least x consumption(t)       in every step

symbol        name           unit   meaning
consumption   -              kW     bought + own - exported power; a storage that is
                                    charged consumes, one that is discharged gives back
lost          -              kW     what batteries, lines and hydrogen as a store lose
                                    is no use
green         -              kW     own power of wind, sun and water, power by direct
                                    line, and by contract with ``counts: contractual``
unmatched     unmatched_kw   kW     consumption that no green power of the step meets

Hourly matching is proposed for the revision of the GHG Protocol's guidance on scope 2
(2025, secondary source). It is stricter than a balance of the year that counts feed-in
at noon for the night. ``green_power_share`` does not: it takes all feed-in off, so that
its share is never above this one; only ``every_step`` asks for more.
"""

from typing import ClassVar, Literal

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext, Sense
from verdigrid.models.share import CONSUMPTION, Counts, Parts
from verdigrid.models.surplus import Use
from verdigrid.models.yearly import Yearly

#: Power drawn in a step; what a battery takes is drawn, what it gives is not.
_DRAWN: Parts = {
    Measure.BOUGHT_POWER: 1.0,
    Measure.OWN_POWER: 1.0,
    Measure.EXPORTED_POWER: -1.0,
}


class HourlyGreenShare(Policy):
    """A least share of power matched by green power in the same step."""

    kind: Literal["hourly_green_share"] = "hourly_green_share"
    summary: ClassVar[str] = "least share of power that is green in the same hour"
    sense: ClassVar[Sense] = "at least"

    at_least: float = parameter(unit="1", doc="share of the power consumed", ge=0, le=1)
    counts: Counts = parameter(
        "physical", unit="", doc="whether certificates and contracts count too"
    )
    every_step: bool = parameter(
        False, unit="", doc="whether every step must reach it, not only the year"
    )

    @property
    def limit(self) -> float:
        return self.at_least

    @property
    def counts_use_of(self) -> Use:
        return "power"

    def _green(self) -> Parts:
        parts = {Measure.GREEN_POWER: 1.0, Measure.GREEN_LINE: 1.0}
        if self.counts == "contractual":
            parts[Measure.GREEN_CONTRACT] = 1.0
        return parts

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        if not context.terms(_DRAWN):
            return  # no power on this site
        consumption, green = context.rate(_DRAWN), context.rate(self._green())
        share, hours = self.at_least, context.hours_per_step
        if self.every_step:
            block.limit = pyo.Constraint(
                context.steps,
                rule=lambda b, t: (
                    hours * green(t) - hours * share * consumption(t) >= 0
                ),
            )
            return
        block.unmatched_kw = pyo.Var(context.steps, domain=pyo.NonNegativeReals)
        block.matching = pyo.Constraint(
            context.steps,
            rule=lambda b, t: b.unmatched_kw[t] >= consumption(t) - green(t),
        )
        used = context.rate(CONSUMPTION)
        block.limit = pyo.Constraint(
            rule=lambda b: (
                sum(
                    hours * (1 - share) * used(t) - hours * b.unmatched_kw[t]
                    for t in context.steps
                )
                >= 0
            )
        )

    def amount(self, year: Yearly) -> float:
        if self.every_step:
            return self._worst_hour(year)[0]
        drawn = year.rate(_DRAWN)
        unmatched = np.maximum(0.0, drawn - year.rate(self._green()))
        return self.base(year) - _yearly(year, unmatched.sum())

    def base(self, year: Yearly) -> float:
        return (
            self._worst_hour(year)[1] if self.every_step else year.energy(CONSUMPTION)
        )

    def _worst_hour(self, year: Yearly) -> tuple[float, float]:
        """Green power and consumption of the step that lacks most."""
        green, drawn = year.rate(self._green()), year.rate(_DRAWN)
        worst = int(np.argmin(green - self.at_least * drawn))
        matched = min(green[worst], drawn[worst])
        return _yearly(year, matched), _yearly(year, drawn[worst])


def _yearly(year: Yearly, kw: float) -> float:
    """kWh a year of a power in one step."""
    return float(kw) * year.calendar.step_hours * year.calendar.year_weight

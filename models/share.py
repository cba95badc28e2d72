"""Shares of energies: what several policies have in common.

    part - limit whole  >= 0     (at least)      or  <= 0     (at most)

Part and whole are weighted sums of measures (``verdigrid.models.measure``) over the
year; the row counts in kWh, so its shadow price is that of a kWh.

Two sums that many of them use:

    consumption of power = bought + own - exported - lost
    own green use        = green - exported - lost

All that is exported counts as green: where an engine on site exports too, the share
said is smaller than the true one, never larger. What is lost is no use, or it would pay
to charge and discharge a battery for the share alone. It counts as green as well:

    lost in batteries, by charging, discharging and standing, and in vehicles
    lost in power lines between the buses of the site
    lost by hydrogen that was made of power on site and goes back to power there
    (``verdigrid.models.conversion``)

For the last the shares are on the safe side: the heat of the fuel cell counts as lost
with it, and its power as consumed beside the power that made the hydrogen.

What a hydrogen tank, a compressor or a blend with gas loses on that way is not seen:
that power counts as used. Energy that a bus throws away would count as used, too, so
that an enforced share refuses it (``verdigrid.models.surplus``).
"""

from collections.abc import Mapping
from typing import Literal

import pyomo.environ as pyo

from verdigrid.models.measure import Measure
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.yearly import Yearly

Parts = Mapping[Measure, float]
Counts = Literal["physical", "contractual"]

#: Power that the site consumes, what is lost in batteries and lines not included.
CONSUMPTION: Parts = {
    Measure.BOUGHT_POWER: 1.0,
    Measure.OWN_POWER: 1.0,
    Measure.EXPORTED_POWER: -1.0,
    Measure.STORAGE_LOSS: -1.0,
}
#: Own green power that stays on site.
OWN_GREEN_USE: Parts = {
    Measure.GREEN_POWER: 1.0,
    Measure.EXPORTED_POWER: -1.0,
    Measure.STORAGE_LOSS: -1.0,
}


def green_use(counts: Counts) -> Parts:
    """Green power that the site consumes: own, by line, and perhaps by contract."""
    parts = {**OWN_GREEN_USE, Measure.GREEN_LINE: 1.0}
    if counts == "physical":
        return parts
    return {**parts, Measure.GREEN_CONTRACT: 1.0, Measure.GREEN_CERTIFICATE: 1.0}


class Share(Policy):
    """Base of the policies that limit one energy as a share of another."""

    def part(self) -> Parts:
        """What is counted."""
        raise NotImplementedError

    def whole(self) -> Parts:
        """What it is a share of."""
        raise NotImplementedError

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        assert self.limit is not None
        weights = dict(self.part())
        for measure, weight in self.whole().items():
            weights[measure] = weights.get(measure, 0.0) - self.limit * weight
        if not context.terms(weights):
            return  # nothing of the kind on this site
        if self.sense == "at least":
            block.limit = pyo.Constraint(rule=lambda b: context.yearly(weights) >= 0)
        else:
            block.limit = pyo.Constraint(rule=lambda b: context.yearly(weights) <= 0)

    def amount(self, year: Yearly) -> float:
        return year.energy(self.part())

    def base(self, year: Yearly) -> float:
        return year.energy(self.whole())

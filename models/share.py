"""Shares of energies: what several policies have in common.

    part - limit whole  >= 0     (at least)      or  <= 0     (at most)

Part and whole are weighted sums of measures (``verdigrid.models.measure``) over the
year; the row counts in kWh, so its shadow price is that of a kWh.

Two sums that many of them use:

    consumption of power = bought + own - exported - lost in batteries
    own green use        = green - exported - lost in batteries

All that is exported counts as green: where an engine on site exports too, the share
said is smaller than the true one, never larger. What a battery loses is no use, or it
would pay to charge and discharge it for the share alone.
"""

from collections.abc import Mapping
from typing import Literal

import pyomo.environ as pyo

from verdigrid.models.measure import Measure
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.yearly import Yearly

Parts = Mapping[Measure, float]
Counts = Literal["physical", "contractual"]

#: Power that the site consumes, what batteries lose not included.
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

"""Shares of non-fossil energy in all energy use: what several policies have in common.

    non-fossil = w (own green use + line [+ contract]) + non-fossil fuel
               + heat of sun and earth + w grid_share (rest of bought)
    non-fossil  >=  at_least x energy use

Energy use, own green use and w: see the equations of ``verdigrid.models.energy_use``.

symbol            meaning
line, contract    bought green power, kW (grid with ``green: physical``, ``contract``)
grid_share        non-fossil share of other bought power; 0 counts none
"""

from typing import ClassVar

from verdigrid.models.energy_use import (
    coal_equivalent_of_power,
    energy_use,
    power_weight,
    scaled,
)
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Sense
from verdigrid.models.share import Counts, Parts, Share, green_use
from verdigrid.models.surplus import Use


class ShareOfEnergyUse(Share):
    """A least share of non-fossil energy; each kind says its own ``at_least``."""

    sense: ClassVar[Sense] = "at least"

    at_least: float = parameter(
        unit="1", doc="share of the energy consumed", ge=0, le=1
    )
    counts: Counts = parameter(
        "contractual", unit="", doc="whether certificates and contracts count too"
    )
    electricity_kgce_per_kwh: float = coal_equivalent_of_power()
    grid_share: float = parameter(
        0.0, unit="1", doc="non-fossil share of other bought power", ge=0, le=1
    )

    @property
    def limit(self) -> float:
        return self.at_least

    @property
    def counts_use_of(self) -> Use:
        return "energy"

    def part(self) -> Parts:
        power = dict(green_use(self.counts))
        if self.grid_share:
            rest = {Measure.BOUGHT_POWER: 1.0, Measure.GREEN_LINE: -1.0}
            if self.counts == "contractual":
                rest[Measure.GREEN_CONTRACT] = -1.0
                rest[Measure.GREEN_CERTIFICATE] = -1.0
            for measure, share in scaled(rest, self.grid_share).items():
                power[measure] = power.get(measure, 0.0) + share
        return {
            **scaled(power, power_weight(self.electricity_kgce_per_kwh)),
            Measure.NON_FOSSIL_FUEL: 1.0,
            Measure.RENEWABLE_HEAT: 1.0,
            Measure.SOLD_HEAT: -1.0,  # all of it as if renewable: the safe side
        }

    def whole(self) -> Parts:
        return energy_use(self.electricity_kgce_per_kwh)

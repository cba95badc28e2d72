"""Generator: anything that gives a carrier as a series says.

Run-of-river hydro, geothermal heat, biogas from a digester, top gas of a furnace:
what can be had is a series, what is built of it is a size.

    generation(t) <= yield(t) size     if it may be curtailed
    generation(t)  = yield(t) size     if it may not
    cost   = variable O&M x generation(t)
    carbon = factor x generation(t), scope 1

symbol       name              unit    meaning
size         capacity          kW      rated output
yield        yield_kw_per_kw   kW/kW   what 1 kW gives
generation   generation_kw     kW      delivered to the bus; of a fuel on its lower
                                       heating value
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.carbon import Carbon
from verdigrid.models.component import (
    Account,
    Dispatch,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.measure import NO_FUEL, Measure
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.yielding import Yielding


class Generator(Yielding):
    """A source of any carrier whose output follows a series."""

    kind: Literal["generator"] = "generator"
    summary: ClassVar[str] = (
        "hydro, geothermal, biogas, top gas: a series of any carrier"
    )
    carriers: ClassVar[tuple[str, ...]] = ()
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = (
        "engineering estimate, 2026; hydro lasts 50 years and longer"
    )

    yield_kw_per_kw: Profile = parameter(unit="kW/kW", doc="what 1 kW gives")
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh delivered", ge=0
    )
    emissions_kg_per_kwh: float = parameter(
        0.0,
        unit="kgCO2e/kWh",
        doc="carbon of a kWh on site (scope 1); 0 for water, earth and biomass",
        ge=0,
        le=3,
    )
    green: bool | None = parameter(
        None,
        unit="",
        doc="whether policies count it as renewable; if not given, where it emits "
        "nothing",
    )

    @property
    def is_green(self) -> bool:
        """Whether policies count it as renewable."""
        return self.emissions_kg_per_kwh == 0 if self.green is None else self.green

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        return {"yield": series["yield_kw_per_kw"]}

    def measures(self, nodes: Mapping[str, Node]) -> list[Measure]:
        carrier, green = nodes[self.bus].carrier, self.is_green
        if carrier == "electricity":
            return [Measure.OWN_POWER, *[Measure.GREEN_POWER] * green]
        if carrier == "heat":
            return [Measure.RENEWABLE_HEAT] * green
        if carrier in NO_FUEL:
            return []
        return [Measure.FUEL, *[Measure.NON_FOSSIL_FUEL] * green]

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        super().build(block, context)
        generation = block.generation_kw
        if self.om_cost_per_kwh:
            context.cost(
                "om", "variable O&M", lambda t: self.om_cost_per_kwh * generation[t]
            )
        if self.emissions_kg_per_kwh:
            context.emission(
                1, self.bus, lambda t: self.emissions_kg_per_kwh * generation[t]
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        account = super().recompute(inputs, dispatch)
        generation: Floats = dispatch["generation_kw"]
        account.costs["om", "variable O&M"] = self.om_cost_per_kwh * generation
        account.emissions[Carbon(1, self.bus)] = self.emissions_kg_per_kwh * generation
        return account

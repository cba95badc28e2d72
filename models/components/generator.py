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

from typing import ClassVar, Literal

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import (
    Account,
    Component,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile


class Generator(Component):
    """A source of any carrier whose output follows a series."""

    kind: Literal["generator"] = "generator"
    summary: ClassVar[str] = (
        "hydro, geothermal, biogas, top gas: a series of any carrier"
    )
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = (
        "engineering estimate, 2026; hydro lasts 50 years and longer"
    )

    bus: str = parameter(unit="", doc="bus of any carrier that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="rated output")
    yield_kw_per_kw: Profile = parameter(unit="kW/kW", doc="what 1 kW gives")
    curtailable: bool = parameter(
        True, unit="", doc="whether it may give less; if not, the bus must take all"
    )
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

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, (), "feeds")]

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        generation = context.flow(block, "generation_kw", "kW delivered")
        most = context.series(block, "yield_kw_per_kw")
        size = context.size("capacity")
        if self.curtailable:
            context.rule(
                block, "yield_limit", lambda b, t: generation[t] <= most[t] * size, "kW"
            )
        else:
            context.rule(
                block, "must_run", lambda b, t: generation[t] == most[t] * size, "kW"
            )
        context.inject(self.bus, "generation", lambda t: generation[t])
        if self.om_cost_per_kwh:
            context.cost(
                "om", "variable O&M", lambda t: self.om_cost_per_kwh * generation[t]
            )
        if self.emissions_kg_per_kwh:
            context.emission(
                1, self.bus, lambda t: self.emissions_kg_per_kwh * generation[t]
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        generation: Floats = dispatch["generation_kw"]
        excess = generation - self._possible(inputs)
        residuals = (
            {"yield limit": np.maximum(excess, 0)}
            if self.curtailable
            else {"must run": excess}
        )
        return Account(
            flows=[Flow(self.bus, "generation", generation)],
            residuals=residuals,
            costs={("om", "variable O&M"): self.om_cost_per_kwh * generation},
            emissions={(1, self.bus): self.emissions_kg_per_kwh * generation},
        )

    def _possible(self, inputs: Inputs) -> Floats:
        """What it could give, kW (steps,)."""
        return inputs.series["yield_kw_per_kw"] * inputs.sizes["capacity"]

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["capacity"]
        if size <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        delivered = float(dispatch["generation_kw"].sum()) * yearly
        possible = float(self._possible(inputs).sum()) * yearly
        curtailed = 1 - delivered / possible if possible else 0.0
        return [
            Indicator("generation", delivered, "kWh/a"),
            Indicator("full-load hours", delivered / size, "h/a"),
            Indicator("curtailed", curtailed, "share"),
        ]

"""Combined heat and power at a fixed ratio; heat may be dumped.

    fuel(t)              = electricity(t) / electric_efficiency
    used(bus, t)        <= heat_efficiency(bus) fuel(t)      (the rest is dumped)
    0 <= electricity(t) <= size                 (or on and off, with ``commitment:``)

symbol        name             unit   meaning
electricity   electricity_kw   kW     delivered to the electricity bus
used(bus)     heat_BUS_kw      kW     delivered to a heat bus
size          capacity         kW     largest electric output

An engine gives exhaust heat to a steam bus and jacket heat to a warm bus: name
both in ``heat_efficiency``. Efficiencies are on the lower heating value.
"""

from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.commitment import Machine
from verdigrid.models.component import (
    Account,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.parameter import parameter

_DEA = "Danish Energy Agency technology data, gas engine 1-10 MW, 2020"


class Chp(Machine):
    """An engine or turbine that makes electricity and heat."""

    kind: Literal["chp"] = "chp"
    summary: ClassVar[str] = "fuel to electricity and heat at a fixed ratio"
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = _DEA

    fuel_bus: str = parameter(unit="", doc="bus that it burns from")
    electricity_bus: str = parameter(unit="", doc="bus that it feeds with power")
    capacity: PowerCapacity = parameter(unit="kW", doc="electric output")
    electric_efficiency: float = parameter(
        0.45,
        unit="1",
        doc="electricity per fuel",
        source=f"{_DEA}: 45-47 %",
        gt=0,
        lt=1,
    )
    heat_efficiency: dict[str, float] = parameter(
        unit="1", doc="heat per fuel, by heat bus"
    )
    dump_heat: bool = parameter(
        True, unit="", doc="whether heat that nobody takes may be rejected"
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of electricity", ge=0
    )

    @model_validator(mode="after")
    def _first_law(self) -> Self:
        if not self.heat_efficiency:
            raise ValueError("heat_efficiency needs at least one heat bus")
        if any(share <= 0 for share in self.heat_efficiency.values()):
            raise ValueError("every heat_efficiency must be above 0")
        total = self.electric_efficiency + sum(self.heat_efficiency.values())
        if total > 1.08:
            raise ValueError(
                f"electric and heat efficiencies together at most 1 (1.08 with "
                f"condensation, lower heating value); they make {total:.3g}"
            )
        return self

    def connections(self) -> list[Connection]:
        fuels = ("gas", "coal", "oil", "biomass", "hydrogen", "fuel")
        return [
            Connection("fuel_bus", self.fuel_bus, fuels, "draws"),
            Connection(
                "electricity_bus", self.electricity_bus, ("electricity",), "feeds"
            ),
            *(
                Connection(f"heat_efficiency.{bus}", bus, ("heat",), "feeds")
                for bus in self.heat_efficiency
            ),
        ]

    def _heat_per_power(self, bus: str) -> float:
        return self.heat_efficiency[bus] / self.electric_efficiency

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        power = context.flow(block, "electricity_kw", "kW delivered")
        self.limit_output(block, context, lambda t: power[t])
        context.inject(
            self.fuel_bus, "fuel", lambda t: -(1 / self.electric_efficiency) * power[t]
        )
        context.inject(self.electricity_bus, "electricity", lambda t: power[t])
        for bus in self.heat_efficiency:
            self._build_heat(block, context, bus)
        if self.om_cost_per_kwh:
            context.cost(
                "om", "variable O&M", lambda t: self.om_cost_per_kwh * power[t]
            )

    def _build_heat(self, block: pyo.Block, context: BuildContext, bus: str) -> None:
        ratio, power = self._heat_per_power(bus), block.electricity_kw
        if not self.dump_heat:
            context.inject(bus, "heat", lambda t: ratio * power[t])
            return
        heat = context.flow(block, f"heat_{bus}_kw", f"kW of heat used at {bus}")
        context.rule(
            block, f"heat_limit_{bus}", lambda b, t: heat[t] <= ratio * power[t], "kW"
        )
        context.inject(bus, "heat", lambda t: heat[t])

    def _heat(self, dispatch: Dispatch, bus: str) -> Floats:
        """Heat given to ``bus``, kW (steps,)."""
        possible: Floats = self._heat_per_power(bus) * dispatch["electricity_kw"]
        return dispatch[f"heat_{bus}_kw"] if self.dump_heat else possible

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        power: Floats = dispatch["electricity_kw"]
        account = Account(
            flows=[
                Flow(self.fuel_bus, "fuel", -power / self.electric_efficiency),
                Flow(self.electricity_bus, "electricity", power),
            ],
            residuals=self.output_residuals(inputs, dispatch, power),
            costs={
                ("om", "variable O&M"): self.om_cost_per_kwh * power,
                **self.start_costs(inputs, dispatch),
            },
        )
        for bus in self.heat_efficiency:
            heat = self._heat(dispatch, bus)
            account.flows.append(Flow(bus, "heat", heat))
            excess = np.maximum(heat - self._heat_per_power(bus) * power, 0)
            account.residuals[f"heat limit {bus}"] = excess
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["capacity"]
        power: Floats = dispatch["electricity_kw"]
        if size <= 0 or power.sum() <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        produced = float(power.sum())
        heat = sum(float(self._heat(dispatch, b).sum()) for b in self.heat_efficiency)
        fuel = produced / self.electric_efficiency
        offered = fuel * sum(self.heat_efficiency.values())
        return [
            Indicator("electricity", produced * yearly, "kWh/a"),
            Indicator("heat used", heat * yearly, "kWh/a"),
            Indicator("full-load hours", produced * yearly / size, "h/a"),
            Indicator("fuel use", (produced + heat) / fuel, "share"),
            Indicator("heat dumped", 1 - heat / offered, "share"),
            *self.switching(inputs, dispatch),
        ]

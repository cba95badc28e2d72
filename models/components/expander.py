"""Expander: electricity from the pressure of a process gas.

Top gas of a blast furnace, natural gas where its pressure is let down. An ideal gas:

    possible(t)    = generator_efficiency mass_flow(t) w      (or ``available_kw``)
    w              = isentropic_efficiency c_p T_1 (1 - (p_2 / p_1)^((k - 1) / k))
    T_2            = T_1 - w / c_p
    electricity(t) <= possible(t)        (what it does not take goes through the valve)
    electricity(t) <= size               (or on and off, with ``commitment:``)

With ``part_load_efficiency`` it needs more of the possible power than it makes.

symbol        name                        unit       meaning
electricity   electricity_kw              kW         delivered
possible      possible_kw                 kW         what all of the gas would give
mass_flow     mass_flow_kg_per_s          kg/s       gas
c_p           heat_capacity_kj_per_kg_k   kJ/kg/K    at constant pressure
k             heat_capacity_ratio         1          c_p / c_v: 1.3 to 1.4
T_1, T_2      inlet_temperature_c         C (K)      gas before and behind it
p_1, p_2      inlet_pressure_bar ..       bar        absolute
size          capacity                    kW         largest electric output

The gas behind it is colder: natural gas is heated before, which is not counted here.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import (
    Account,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.machine import Machine
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.temperatures import KELVIN

_GAS = (
    "heat_capacity_kj_per_kg_k",
    "heat_capacity_ratio",
    "inlet_temperature_c",
    "inlet_pressure_bar",
    "outlet_pressure_bar",
)


class Expander(Machine):
    """An expansion turbine of a process gas."""

    kind: Literal["expander"] = "expander"
    summary: ClassVar[str] = "pressure of a process gas to electricity"
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026; usual range 20-30"

    bus: str = parameter(unit="", doc="electricity bus that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="electric output")
    available_kw: Profile | None = parameter(
        None, unit="kW", doc="electricity that all gas would give, instead of its state"
    )
    mass_flow_kg_per_s: Profile | None = parameter(
        None, unit="kg/s", doc="gas, mean of each step"
    )
    heat_capacity_kj_per_kg_k: float | None = parameter(
        None, unit="kJ/kg/K", doc="heat capacity at constant pressure", gt=0, le=15
    )
    heat_capacity_ratio: float | None = parameter(
        None, unit="1", doc="heat capacity at constant pressure by volume", gt=1, le=1.7
    )
    inlet_temperature_c: float | None = parameter(
        None, unit="degC", doc="gas before it", ge=-50, le=1000
    )
    inlet_pressure_bar: float | None = parameter(
        None, unit="bar", doc="absolute pressure before it", gt=0, le=300
    )
    outlet_pressure_bar: float | None = parameter(
        None, unit="bar", doc="absolute pressure behind it", gt=0, le=300
    )
    isentropic_efficiency: float = parameter(
        0.75,
        unit="1",
        doc="work per work of an expansion without friction",
        source="engineering estimate, 2026: usual range 0.7-0.85",
        gt=0,
        le=0.95,
    )
    generator_efficiency: float = parameter(
        0.95,
        unit="1",
        doc="electricity per work of the turbine",
        source="NREL REopt.jl, steam turbine, read 2026: 0.94-0.96",
        gt=0,
        le=1,
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of electricity", ge=0
    )

    @model_validator(mode="after")
    def _knows_its_gas(self) -> Self:
        if (self.available_kw is None) == (self.mass_flow_kg_per_s is None):
            raise ValueError("give available_kw: or mass_flow_kg_per_s:, one of two")
        missing = [name for name in _GAS if getattr(self, name) is None]
        if self.available_kw is not None:
            if len(missing) < len(_GAS):
                raise ValueError("available_kw stands for the state of the gas")
            return self
        if missing:
            raise ValueError(f"mass_flow_kg_per_s needs {', '.join(missing)}")
        if self._pressure_ratio >= 1:
            raise ValueError(
                f"outlet_pressure_bar ({self.outlet_pressure_bar:g}) below "
                f"inlet_pressure_bar ({self.inlet_pressure_bar:g})"
            )
        return self

    @property
    def _pressure_ratio(self) -> float:
        return (self.outlet_pressure_bar or 0.0) / (self.inlet_pressure_bar or 1.0)

    @property
    def cooled_k(self) -> float:
        """How much colder the gas leaves than it comes, K."""
        ratio = self.heat_capacity_ratio or 1.0
        inlet_k = (self.inlet_temperature_c or 0.0) + KELVIN
        share = 1 - float(self._pressure_ratio ** ((ratio - 1) / ratio))
        return self.isentropic_efficiency * inlet_k * share

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, ("electricity",), "feeds")]

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """What all of the gas would give, kW."""
        computed = super().prepare(around, series)
        if self.available_kw is not None:
            return {**computed, "possible_kw": series["available_kw"]}
        work_kj_per_kg = (self.heat_capacity_kj_per_kg_k or 0.0) * self.cooled_k
        per_kg = self.generator_efficiency * work_kj_per_kg
        return {**computed, "possible_kw": per_kg * series["mass_flow_kg_per_s"]}

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        electricity = context.flow(block, "electricity_kw", "kW delivered")
        online = self.limit_output(block, context, lambda t: electricity[t])
        possible = context.series(block, "possible_kw")
        slope, idle = self.slope_and_idle()
        if idle:
            context.rule(
                block,
                "gas_limit",
                lambda b, t: slope * electricity[t] + idle * online(t) <= possible[t],
                "kW",
            )
        else:
            context.rule(
                block, "gas_limit", lambda b, t: electricity[t] <= possible[t], "kW"
            )
        context.inject(self.bus, "electricity", lambda t: electricity[t])
        context.measured(Measure.OWN_POWER, lambda t: electricity[t])
        if self.om_cost_per_kwh:
            context.cost(
                "om", "variable O&M", lambda t: self.om_cost_per_kwh * electricity[t]
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        electricity: Floats = dispatch["electricity_kw"]
        slope, idle = self.slope_and_idle()
        needed = slope * electricity
        if idle:
            needed = needed + idle * self.online(inputs, dispatch)
        excess = needed - inputs.series["possible_kw"]
        return Account(
            flows=[Flow(self.bus, "electricity", electricity)],
            measures={Measure.OWN_POWER: electricity},
            residuals={
                **self.output_residuals(inputs, dispatch, electricity),
                "gas limit": np.maximum(excess, 0),
            },
            costs={
                ("om", "variable O&M"): self.om_cost_per_kwh * electricity,
                **self.start_costs(inputs, dispatch),
            },
        )

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["capacity"]
        if size <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        made = float(dispatch["electricity_kw"].sum()) * yearly
        possible = float(inputs.series["possible_kw"].sum()) * yearly
        figures = [
            Indicator("electricity", made, "kWh/a"),
            Indicator("full-load hours", made / size, "h/a"),
            Indicator("used", made / possible if possible else 0.0, "share"),
        ]
        if self.inlet_temperature_c is not None:
            outlet = self.inlet_temperature_c - self.cooled_k
            figures.append(Indicator("outlet temperature", outlet, "degC"))
        return figures + self.switching(inputs, dispatch)

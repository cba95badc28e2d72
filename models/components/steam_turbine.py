"""Back-pressure steam turbine: electricity on the way to a lower pressure.

    steam(t)   = electricity(t) / electricity_per_steam
    outlet(t)  = steam(t) - electricity(t) / generator_efficiency
    0 <= electricity(t) <= size                    (or on and off, with ``commitment:``)

All of the outlet steam arrives; where it may be blown off, let its bus have a surplus.
``electricity_per_steam`` is given, or follows from the state of the steam:

    h_2   = h_1 - isentropic_efficiency (h_1 - h_s),    h_s = h(p_2, s_1)
    electricity_per_steam = generator_efficiency (h_1 - h_2) / (h_1 - h_f)

Heat of both buses counts from the feed water: h_f, liquid at
``feedwater_temperature_c``. Count the heat of the boilers likewise.

symbol        name                   unit    meaning
electricity   electricity_kw         kW      delivered
steam         -                      kW      heat taken from the hot bus
outlet        -                      kW      heat given to the colder bus
p_1, T_1      inlet_pressure_bar ..  bar, C  steam before the turbine, absolute
p_2           outlet_pressure_bar    bar     steam behind it, absolute
h, s          -                      kJ/kg   enthalpy and entropy of water (CoolProp)
size          capacity               kW      largest electric output

Where pressures are given, steam needs the package CoolProp (MIT licence).
"""

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import (
    Connection,
    Dispatch,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.temperatures import KELVIN, bus_problems

_REOPT = "NREL REopt.jl, back-pressure steam turbine, read 2026"
#: Steam closer than this to where it condenses counts as saturated, K.
_SATURATED_K = 1.0


class Expansion(NamedTuple):
    """What a kg of steam does in a turbine: enthalpies in kJ/kg, outlet in C."""

    inlet: float
    outlet: float
    outlet_c: float


def water(wanted: str, *given: Any) -> float:
    """A property of water in SI units, as CoolProp's PropsSI names them.

    Raises InputError if the package is not there.
    """
    try:
        properties = importlib.import_module("CoolProp.CoolProp")
    except ImportError:
        problem = Problem(
            "inlet_pressure_bar",
            "pressures, and no package CoolProp",
            "the package, for the properties of steam",
            "pip install CoolProp, or give electricity_per_steam:",
        )
        raise InputError([problem]) from None
    look_up: Callable[..., float] = properties.PropsSI
    return look_up(wanted, *given, "Water")


def saturation_c(bar: float) -> float:
    """Temperature at which steam of a pressure condenses, C."""
    return water("T", "P", bar * 1e5, "Q", 0) - KELVIN


@cache
def expansion(
    inlet_bar: float, inlet_c: float, outlet_bar: float, isentropic: float
) -> Expansion:
    """Steam through a turbine; close to where it condenses, it is dry saturated."""
    saturated = inlet_c < saturation_c(inlet_bar) + _SATURATED_K
    state = ("Q", 1) if saturated else ("T", inlet_c + KELVIN)
    before = ("P", inlet_bar * 1e5, *state)
    inlet, entropy = water("H", *before), water("S", *before)
    ideal = water("H", "P", outlet_bar * 1e5, "S", entropy)
    outlet = inlet - isentropic * (inlet - ideal)
    outlet_k = water("T", "P", outlet_bar * 1e5, "H", outlet)
    return Expansion(inlet / 1e3, outlet / 1e3, outlet_k - KELVIN)


class SteamTurbine(Conversion):
    """A back-pressure steam turbine."""

    kind: Literal["steam_turbine"] = "steam_turbine"
    summary: ClassVar[str] = "electricity from steam on its way to a lower pressure"
    output: ClassVar[str] = "electricity_kw"
    output_figure: ClassVar[str] = "electricity"
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026; usual range 20-30"

    inlet_bus: str = parameter(unit="", doc="hot steam bus that it draws from")
    outlet_bus: str = parameter(unit="", doc="colder bus that takes its steam")
    electricity_bus: str = parameter(unit="", doc="bus that it feeds with power")
    capacity: PowerCapacity = parameter(unit="kW", doc="electric output")
    electricity_per_steam: float | None = parameter(
        None, unit="1", doc="electricity per heat of the inlet steam", gt=0, lt=1
    )
    inlet_pressure_bar: float | None = parameter(
        None, unit="bar", doc="absolute pressure before it", gt=0, le=200
    )
    inlet_temperature_c: float | None = parameter(
        None, unit="degC", doc="steam before it; that of the bus if not given", le=650
    )
    outlet_pressure_bar: float | None = parameter(
        None, unit="bar", doc="absolute pressure behind it", gt=0, le=200
    )
    isentropic_efficiency: float = parameter(
        0.65,
        unit="1",
        doc="work per work of an expansion without friction",
        source=f"{_REOPT}: 0.53-0.78, the larger the better",
        gt=0,
        le=0.95,
    )
    generator_efficiency: float = parameter(
        0.95,
        unit="1",
        doc="electricity per work of the turbine",
        source=f"{_REOPT}: 0.94-0.96",
        gt=0,
        le=1,
    )
    feedwater_temperature_c: float = parameter(
        105.0,
        unit="degC",
        doc="water from which the heat of steam counts",
        source="usual deaerator, 102-105 C (engineering practice, 2026)",
        gt=0,
        le=300,
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of electricity", ge=0
    )

    @model_validator(mode="after")
    def _knows_its_steam(self) -> Self:
        before, behind = self.inlet_pressure_bar, self.outlet_pressure_bar
        if (before is None) != (behind is None):
            raise ValueError(
                "inlet_pressure_bar and outlet_pressure_bar belong together"
            )
        if (self.electricity_per_steam is None) == (before is None):
            raise ValueError(
                "give electricity_per_steam: or inlet_pressure_bar: and "
                "outlet_pressure_bar:, one of the two"
            )
        if before is not None and behind is not None and behind >= before:
            raise ValueError(
                f"outlet_pressure_bar ({behind:g}) below inlet_pressure_bar "
                f"({before:g})"
            )
        given = self.electricity_per_steam
        if given is not None and given >= self.generator_efficiency:
            raise ValueError(
                "electricity_per_steam below generator_efficiency: some heat is left"
            )
        return self

    def connections(self) -> list[Connection]:
        bus = self.electricity_bus
        return [
            Connection("inlet_bus", self.inlet_bus, ("heat",), "draws"),
            Connection("outlet_bus", self.outlet_bus, ("heat",), "feeds"),
            Connection("electricity_bus", bus, ("electricity",), "feeds"),
        ]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        found = bus_problems(nodes, "inlet_bus", self.inlet_bus)
        found += bus_problems(nodes, "outlet_bus", self.outlet_bus)
        hot, cold = nodes[self.inlet_bus].hot_c, nodes[self.outlet_bus].hot_c
        if found or hot is None or cold is None:
            return found
        if cold >= hot:
            got = f"{self.outlet_bus} at {cold:g} C from {self.inlet_bus} at {hot:g} C"
            return [Problem("outlet_bus", got, "a colder bus", "swap the two")]
        if self.inlet_temperature_c is not None and self.inlet_temperature_c > hot:
            got = f"{self.inlet_temperature_c:g} C from {self.inlet_bus} at {hot:g} C"
            return [Problem("inlet_temperature_c", got, f"at most {hot:g} C")]
        work = (self.electricity_per_steam or 0.0) / self.generator_efficiency
        most = 1 - (cold + KELVIN) / (hot + KELVIN)
        if work > most:
            limit = f"at most {most * self.generator_efficiency:.3g}, Carnot's share"
            return [Problem("electricity_per_steam", f"{work:.3g} as work", limit)]
        return []

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Electricity per heat of the inlet steam, the same in every step."""
        computed = super().prepare(around, series)
        ratio = self.electricity_per_steam
        if ratio is None:
            ratio = self._from_pressures(around.nodes)
        every_step = np.full(around.calendar.periods, ratio)
        return {**computed, "used_electricity_per_steam": every_step}

    def _from_pressures(self, nodes: Mapping[str, Node]) -> float:
        """Electricity per heat of the inlet steam; refuses water and heating."""
        before, behind = self.inlet_pressure_bar, self.outlet_pressure_bar
        assert before is not None
        assert behind is not None
        inlet_c = self.inlet_temperature_c
        if inlet_c is None:
            inlet_c = nodes[self.inlet_bus].hot_c or 0.0
        boils = saturation_c(before)
        if inlet_c < boils - _SATURATED_K:
            got, least = f"{inlet_c:g} C", f"at least {boils:.1f} C at {before:g} bar"
            hint = "colder than that it is water, no steam"
            raise InputError([Problem("inlet_temperature_c", got, least, hint)])
        steam = expansion(before, inlet_c, behind, self.isentropic_efficiency)
        sink = nodes[self.outlet_bus].hot_c or 0.0
        if steam.outlet_c < sink - _SATURATED_K:
            got = f"steam of {steam.outlet_c:.1f} C for {self.outlet_bus} at {sink:g} C"
            hint = "raise outlet_pressure_bar, or lower temperature_c of the bus"
            problem = Problem("outlet_pressure_bar", got, "steam as hot as it", hint)
            raise InputError([problem])
        feed = water("H", "T", self.feedwater_temperature_c + KELVIN, "Q", 0) / 1e3
        work = (steam.inlet - steam.outlet) / (steam.inlet - feed)
        return self.generator_efficiency * work

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        ratio = series["used_electricity_per_steam"]
        steam = self.input_port(self.inlet_bus, "steam", 1 / ratio)
        left = -steam.per_output - 1 / self.generator_efficiency
        return [
            steam,
            Port(self.outlet_bus, "outlet steam", left, -steam.per_online),
            Port(self.electricity_bus, "electricity", 1.0),
        ]

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        steam = self.ports(inputs.series, inputs.nodes)[0]
        taken = -float(self.possible_kw(steam, inputs, dispatch).sum())
        if taken <= 0:
            return []
        made = float(dispatch["electricity_kw"].sum())
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        return [
            Indicator("steam taken", taken * yearly, "kWh/a"),
            Indicator("electricity per steam", made / taken, "share"),
        ]

"""Compressor: lifts a gas from a bus of low to a bus of high pressure.

    gas taken from the inlet(t) = gas(t)
    electricity(t)              = e gas(t)
    0 <= gas(t) <= size         (or on and off, with ``commitment:``)

The electricity e per kWh of gas is given, or computed for hydrogen: an ideal gas in N
equal stages, cooled to the inlet temperature T before each of them,

    w = N k / (k - 1) R T [ (p_out / p_in)^((k - 1) / (k N)) - 1 ] / eta      [J/kg]
    e = w / lower heating value

symbol   name                   unit      meaning
gas      gas_kw                 kW        delivered, on the lower heating value
size     capacity               kW        largest flow of gas
e        electricity_per_kwh    kWh/kWh   electricity per gas
p        .._pressure_bar        bar       absolute pressures
N        stages                 1         stages of equal pressure ratio
eta      isentropic_efficiency  1         ideal work of the stages per electricity
R, k     -                      -         4124.5 J/(kg K) and 1.405 of hydrogen

No pressure is tracked: buses of two pressures are two buses of one carrier, and what
stands between them is this machine. Its heat is not used.

Sources: Y. A. Cengel, M. A. Boles, Thermodynamics, 8th edition, 2015 (multistage
compression with intercooling); R from CODATA 2018 and 2.016 g/mol; k at 25 C from the
NIST Chemistry WebBook, 2018. Real hydrogen takes some 8 % more than an ideal gas from
30 to 350 bar. An ideal, cooled machine takes 1.05 kWh/kg from 20 to 350 bar, those in
use 1.7 to 6.4 kWh/kg (US Department of Energy, record 9013, 2009).
"""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Connection, Dispatch, Indicator, Inputs
from verdigrid.models.components.electrolyser import HYDROGEN_KWH_PER_KG
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.temperatures import KELVIN

JOULES_PER_KWH = 3.6e6
#: Gas constant of hydrogen, J/(kg K), and the ratio of its heat capacities.
HYDROGEN_R = 8.314463 / 2.016e-3
HYDROGEN_K = 1.405
#: Highest pressure ratio of a stage where their number is not given; it keeps hydrogen
#: that enters at 30 C below some 150 C (engineering estimate, 2026).
STAGE_RATIO = 3.0

_STOECKL = "Stoeckl et al., arXiv 2005.03464, 2021"


def hydrogen_work(ratio: float, inlet_c: float, stages: int) -> float:
    """Ideal work of cooled stages, kWh per kg of hydrogen.

    >>> round(hydrogen_work(350 / 30, 25.0, 3), 3)  # by hand: see the test
    0.946
    """
    exponent = (HYDROGEN_K - 1) / HYDROGEN_K / stages
    growth = math.pow(ratio, exponent) - 1
    return HYDROGEN_R * (inlet_c + KELVIN) * growth / exponent / JOULES_PER_KWH


class Compressor(Conversion):
    """An electric gas compressor."""

    kind: Literal["compressor"] = "compressor"
    summary: ClassVar[str] = "hydrogen or another gas to a bus of higher pressure"
    output: ClassVar[str] = "gas_kw"
    output_doc: ClassVar[str] = "kW of gas delivered, lower heating value"
    output_figure: ClassVar[str] = "gas compressed"
    default_lifetime_years: ClassVar[float] = 15.0
    lifetime_source: ClassVar[str] = f"{_STOECKL}, hydrogen compressor"

    electricity_bus: str = parameter(unit="", doc="bus that drives it")
    input_bus: str = parameter(unit="", doc="bus of the gas at low pressure")
    bus: str = parameter(unit="", doc="bus of the same gas at high pressure")
    capacity: PowerCapacity = parameter(
        unit="kW", doc="flow of gas, on its lower heating value"
    )
    electricity_per_kwh: float | None = parameter(
        None,
        unit="kWh/kWh",
        doc="electricity per kWh of gas; computed from the pressures if not given "
        "(hydrogen only)",
        gt=0,
        le=1,
    )
    inlet_pressure_bar: float | None = parameter(
        None, unit="bar", doc="absolute pressure of the inlet", gt=0
    )
    outlet_pressure_bar: float | None = parameter(
        None, unit="bar", doc="absolute pressure of the outlet", gt=0, le=2000
    )
    inlet_temperature_c: float = parameter(
        30.0,
        unit="degC",
        doc="gas before each stage",
        source="engineering estimate, 2026: cooled by water of a cooling tower",
        ge=-50,
        le=100,
    )
    stages: int | None = parameter(
        None,
        unit="1",
        doc=f"number of stages; as many as need a pressure ratio of {STAGE_RATIO:g} "
        "at most if not given",
        ge=1,
        le=20,
    )
    isentropic_efficiency: float = parameter(
        0.5,
        unit="1",
        doc="ideal work of the stages per electricity, with motor, cooling and the "
        "real gas",
        source=f"{_STOECKL}: 1.707 kWh/kg from 30 to 250 bar, which makes 0.48",
        gt=0,
        le=1,
    )

    @model_validator(mode="after")
    def _knows_its_work(self) -> Self:
        inlet, outlet = self.inlet_pressure_bar, self.outlet_pressure_bar
        if self.input_bus == self.bus:
            raise ValueError(f"input_bus and bus are both {self.bus!r}")
        if self.electricity_per_kwh is not None:
            if inlet is not None or outlet is not None:
                raise ValueError(
                    "give electricity_per_kwh or the two pressures, not both"
                )
            return self
        if inlet is None or outlet is None:
            raise ValueError(
                "give electricity_per_kwh, or inlet_pressure_bar and "
                "outlet_pressure_bar"
            )
        if outlet <= inlet:
            raise ValueError(
                f"outlet_pressure_bar ({outlet:g}) must be above inlet_pressure_bar "
                f"({inlet:g})"
            )
        return self

    @property
    def electricity_per_gas(self) -> float:
        """Electricity per kWh of gas at full load, kWh/kWh."""
        if self.electricity_per_kwh is not None:
            return self.electricity_per_kwh
        assert self.inlet_pressure_bar is not None
        assert self.outlet_pressure_bar is not None
        ratio = self.outlet_pressure_bar / self.inlet_pressure_bar
        fewest = math.ceil(math.log(ratio) / math.log(STAGE_RATIO) - 1e-9)
        stages = max(1, fewest) if self.stages is None else self.stages
        ideal = hydrogen_work(ratio, self.inlet_temperature_c, stages)
        return ideal / self.isentropic_efficiency / HYDROGEN_KWH_PER_KG

    def connections(self) -> list[Connection]:
        gases, bus = ("hydrogen", "gas", "fuel"), self.electricity_bus
        return [
            Connection("input_bus", self.input_bus, gases, "draws"),
            Connection("bus", self.bus, gases, "feeds"),
            Connection("electricity_bus", bus, ("electricity",), "draws"),
        ]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        inlet, outlet = nodes[self.input_bus].carrier, nodes[self.bus].carrier
        if inlet != outlet:
            got = f"{self.bus}, which carries {outlet}, from {self.input_bus}"
            return [Problem("bus", got, f"a bus that carries {inlet}")]
        if self.electricity_per_kwh is None and inlet != "hydrogen":
            expected = f"a value, as the pressures tell it of hydrogen, not of {inlet}"
            return [Problem("electricity_per_kwh", "nothing", expected)]
        return []

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        return [
            Port(self.input_bus, "gas", -1.0),
            Port(self.bus, "gas", 1.0),
            self.input_port(
                self.electricity_bus, "electricity", self.electricity_per_gas
            ),
        ]

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        gas = float(dispatch["gas_kw"].sum())
        if gas <= 0:
            return []
        power = self.ports(inputs.series, inputs.nodes)[2]
        drawn = -float(self.possible_kw(power, inputs, dispatch).sum())
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        found = [
            Indicator("electricity", drawn * yearly, "kWh/a"),
            Indicator("electricity per gas", drawn / gas, "kWh/kWh"),
        ]
        if inputs.nodes[self.bus].carrier == "hydrogen":
            per_kg = drawn / gas * HYDROGEN_KWH_PER_KG
            found.append(Indicator("specific consumption", per_kg, "kWh/kg"))
        return found

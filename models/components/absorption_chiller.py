"""Absorption chiller (water and lithium bromide): heat makes cooling.

    heat(t)        = cooling(t) / cop
    electricity(t) = electricity_per_cooling cooling(t)      pumps, fans of the tower
    0 <= cooling(t) <= size                (or on and off, with ``commitment:``)

The heat comes from a bus or a waste-heat stream and is all at least as hot as
``drive_temperature_c``: a stream is cooled to that. What is taken from the source and
from the cooling bus goes to the outdoors through a cooling tower.

symbol        name         unit   meaning
cooling       cooling_kw   kW     delivered to the cooling bus
heat          -            kW     taken from the source
cop           cop          1      cooling per heat
size          capacity     kW     largest cooling output

Each effect evaporates the refrigerant once per heat: the COP of a single-effect machine
is below 1, that of a double-effect machine below 2. Water freezes at 0 C, hence no bus
below 5 C.

Sources: COP and electricity from NREL, REopt.jl, absorption chiller, read 2026 (hot
water 0.74, steam 1.42); temperatures from K. E. Herold, R. Radermacher, S. A. Klein,
Absorption chillers and heat pumps, 2nd edition, 2016.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal, NamedTuple, Self

from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Connection, Dispatch, Indicator, Inputs
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter

_REOPT = "NREL REopt.jl, absorption chiller, read 2026"
#: Coldest water that it makes with a distance to ice (Herold et al., 2016).
COLDEST_C = 5.0


class Effect(NamedTuple):
    """What is usual for a kind of machine, and the COP that it never reaches."""

    cop: float
    drive_c: float
    limit: float


EFFECTS = {"single": Effect(0.74, 80.0, 1.0), "double": Effect(1.42, 140.0, 2.0)}


class AbsorptionChiller(Conversion):
    """A chiller that is driven by heat."""

    kind: Literal["absorption_chiller"] = "absorption_chiller"
    summary: ClassVar[str] = "heat of a bus or stream to cooling"
    output: ClassVar[str] = "cooling_kw"
    output_figure: ClassVar[str] = "cooling"
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026; usual range 20-25"

    source: str = parameter(unit="", doc="heat bus or waste-heat stream that drives it")
    electricity_bus: str = parameter(unit="", doc="bus for its pumps and fans")
    bus: str = parameter(unit="", doc="cooling bus that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="cooling output")
    effect: Literal["single", "double"] = parameter(
        "single", unit="", doc="single: hot water; double: steam, drives twice"
    )
    cop: float | None = parameter(
        None,
        unit="1",
        doc="cooling per heat; 0.74 (single) or 1.42 (double) if not given",
        source=_REOPT,
        gt=0,
        lt=2,
    )
    drive_temperature_c: float | None = parameter(
        None,
        unit="degC",
        doc="coldest heat that drives it; 80 C (single) or 140 C (double) if not given",
        source="Herold, Radermacher, Klein, Absorption chillers and heat pumps, 2016",
        ge=50,
        le=250,
    )
    electricity_per_cooling: float = parameter(
        0.071,
        unit="1",
        doc="electricity of pumps and cooling tower per cooling",
        source=f"{_REOPT}: 1 / 14.1",
        ge=0,
        le=0.5,
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of cooling", ge=0
    )

    @model_validator(mode="after")
    def _cop_is_possible(self) -> Self:
        limit = EFFECTS[self.effect].limit
        if self.used_cop >= limit:
            raise ValueError(f"cop below {limit:g} with effect: {self.effect}")
        return self

    @property
    def used_cop(self) -> float:
        """Cooling per heat."""
        return EFFECTS[self.effect].cop if self.cop is None else self.cop

    @property
    def drive_c(self) -> float:
        """Coldest heat that drives it, C."""
        given = self.drive_temperature_c
        return EFFECTS[self.effect].drive_c if given is None else given

    def connections(self) -> list[Connection]:
        bus = self.electricity_bus
        return [
            Connection("source", self.source, ("heat",), "draws"),
            Connection("electricity_bus", bus, ("electricity",), "draws"),
            Connection("bus", self.bus, ("cooling",), "feeds"),
        ]

    def heat_needs(self, nodes: Mapping[str, Node]) -> list[tuple[str, float]]:
        return [(self.source, self.drive_c)]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        found = []
        source, supply = nodes[self.source].hot_c, nodes[self.bus].cold_c
        if source is not None and source < self.drive_c:
            got, least = (
                f"{self.source} at {source:g} C",
                f"at least {self.drive_c:g} C",
            )
            hint = "effect: single needs less" if self.effect == "double" else ""
            found.append(Problem("source", got, least, hint))
        if supply is None or supply < COLDEST_C:
            at = "no temperature" if supply is None else f"{supply:g} C"
            least = f"a cooling bus with temperature_c of {COLDEST_C:g} or above"
            hint = "its water would freeze; a chiller makes colder brine"
            found.append(Problem("bus", f"{self.bus} at {at}", least, hint))
        return found

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        heat = self.input_port(self.source, "driving heat", 1 / self.used_cop)
        return [
            replace(heat, temperature_c=self.drive_c),
            Port(self.electricity_bus, "electricity", -self.electricity_per_cooling),
            Port(self.bus, "cooling", 1.0),
        ]

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        heat = self.ports(inputs.series, inputs.nodes)[0]
        taken = -float(self.possible_kw(heat, inputs, dispatch).sum())
        if taken <= 0:
            return []
        made = float(dispatch["cooling_kw"].sum())
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        return [
            Indicator("heat taken", taken * yearly, "kWh/a"),
            Indicator("mean COP", made / taken, "1"),
        ]

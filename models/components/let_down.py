"""Let-down valve: steam from a high pressure to a lower one, without work.

    taken(t) = heat(t),    0 <= heat(t) <= size    (or on and off, with ``commitment:``)

A throttle keeps the heat and loses what a turbine would have made of it. It stands
beside a ``steam_turbine`` for the hours in which that stands still or is too small.

symbol   name      unit   meaning
heat     heat_kw   kW     passed from the hot bus to the colder one
size     capacity  kW     largest heat flow
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Connection
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.temperatures import bus_problems


class LetDown(Conversion):
    """A valve between two steam buses."""

    kind: Literal["let_down"] = "let_down"
    summary: ClassVar[str] = "valve from a hot steam bus to a colder one"
    output: ClassVar[str] = "heat_kw"
    output_figure: ClassVar[str] = "heat"
    default_lifetime_years: ClassVar[float] = 30.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026"

    inlet_bus: str = parameter(unit="", doc="hot steam bus that it draws from")
    outlet_bus: str = parameter(unit="", doc="colder bus that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="heat flow")

    def connections(self) -> list[Connection]:
        return [
            Connection("inlet_bus", self.inlet_bus, ("heat",), "draws"),
            Connection("outlet_bus", self.outlet_bus, ("heat",), "feeds"),
        ]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        found = bus_problems(nodes, "inlet_bus", self.inlet_bus)
        found += bus_problems(nodes, "outlet_bus", self.outlet_bus)
        hot, cold = nodes[self.inlet_bus].hot_c, nodes[self.outlet_bus].hot_c
        if hot is not None and cold is not None and cold > hot:
            got = f"{self.outlet_bus} at {cold:g} C from {self.inlet_bus} at {hot:g} C"
            hint = "a valve heats nothing; swap the two buses"
            found.append(Problem("outlet_bus", got, "a bus that is not hotter", hint))
        return found

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        steam = self.input_port(self.inlet_bus, "to outlet", 1.0)
        return [
            steam,
            Port(self.outlet_bus, "from inlet", -steam.per_output, -steam.per_online),
        ]

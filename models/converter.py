"""One carrier in, one out, at a fixed efficiency: the physics of both boilers.

    input(t) = output(t) / efficiency
    0 <= output(t) <= size        (or on and off, with ``commitment:``)

symbol   name        unit   meaning
output   output_kw   kW     delivered to the bus
size     capacity    kW     largest output
"""

from collections.abc import Mapping
from typing import ClassVar

from verdigrid.models.arrays import Floats
from verdigrid.models.component import Connection
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter


class Converter(Conversion):
    """Base of the converters; a subclass sets ``kind``, efficiency and carriers."""

    input_carriers: ClassVar[tuple[str, ...]] = ()
    output_carriers: ClassVar[tuple[str, ...]] = ("heat",)

    input_bus: str = parameter(unit="", doc="bus that it draws from")
    bus: str = parameter(unit="", doc="bus that it feeds")
    efficiency: float = parameter(unit="1", doc="output per input", gt=0, le=1)

    def connections(self) -> list[Connection]:
        return [
            Connection("input_bus", self.input_bus, self.input_carriers, "draws"),
            Connection("bus", self.bus, self.output_carriers, "feeds"),
        ]

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        return [
            self.input_port(self.input_bus, "input", 1 / self.efficiency),
            Port(self.bus, "output", 1.0),
        ]

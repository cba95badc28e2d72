"""Fuel cell: hydrogen to electricity, and heat if a bus takes it.

The equations are those of ``verdigrid.models.cogeneration``; ``heat_efficiency`` may
be left out where the heat is not used. DEA's cell makes 1.25 kWh of electricity per
kWh of heat, that is 0.50 / 1.25 = 0.40 of the hydrogen as heat: ``{warm: 0.40}``. It
runs down to 10 % of its size: say so with ``commitment: {min_load: 0.1}``.

The heat has the temperature of the stack at most: no hotter bus is served.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from verdigrid.models.cogeneration import Cogeneration
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter

_DEA = "Danish Energy Agency technology data, low-temperature PEM fuel cell CHP, 2020"


class FuelCell(Cogeneration):
    """A fuel cell, with or without use of its heat."""

    kind: Literal["fuel_cell"] = "fuel_cell"
    summary: ClassVar[str] = "hydrogen to electricity, and heat if it is used"
    fuels: ClassVar[tuple[str, ...]] = ("hydrogen",)
    needs_heat: ClassVar[bool] = False
    default_lifetime_years: ClassVar[float] = 10.0
    lifetime_source: ClassVar[str] = _DEA

    electric_efficiency: float = parameter(
        0.50,
        unit="1",
        doc="electricity per hydrogen, lower heating value",
        source=f"{_DEA}: 50 %",
        gt=0,
        lt=1,
    )
    heat_efficiency: dict[str, float] = parameter(
        unit="1",
        doc="heat per hydrogen, by heat bus; none if not given",
        factory=dict,
    )
    heat_temperature_c: float = parameter(
        80.0,
        unit="degC",
        doc="temperature of the stack: no heat bus is hotter",
        source="usual range 60-80 C of PEM cells (engineering practice, 2026)",
        gt=0,
        le=1000,
    )

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        expected = f"at most {self.heat_temperature_c:g} C (heat_temperature_c)"
        found = super().problems(nodes)
        for bus in self.heat_efficiency:
            hot = nodes[bus].hot_c
            if hot is not None and hot > self.heat_temperature_c:
                got, hint = f"{hot:g} C", "lift the heat with a heat_pump"
                found.append(Problem(f"heat_efficiency.{bus}", got, expected, hint))
        return found

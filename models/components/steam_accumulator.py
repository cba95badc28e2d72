"""Steam accumulator: pressurised water that takes steam in and flashes it off again.

The equations are those of ``verdigrid.models.storage``. It charges from a steam bus and
discharges to one of lower pressure, which is one of lower temperature; the fall of
pressure between the two is what stores. It may do both at once.

symbol   name      unit   meaning
size     energy    kWh    capacity between the two pressures
power    power     kW     largest flow on each side (nozzles, valves), if given

Per m3 of water it holds about  density (h'(p_in) - h'(p_out)) / 3600 kWh, with the
enthalpy h' of boiling water in kJ/kg: 39 kWh from 10 to 4 bar (887 kg/m3, 763 and
605 kJ/kg, IAPWS-IF97).

Standing loss: 8 kW from a vessel of 50 m3 that holds 2000 kWh, engineering estimate,
2026.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.storage import TwoSidedStorage


class SteamAccumulator(TwoSidedStorage):
    """A vessel of boiling water between two steam networks."""

    kind: Literal["steam_accumulator"] = "steam_accumulator"
    summary: ClassVar[str] = "takes steam, gives it at a lower pressure"
    carriers: ClassVar[tuple[str, ...]] = ("heat",)
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026"

    standing_loss_per_hour: float = parameter(
        0.004,
        unit="1/h",
        doc="share of the content lost in an hour",
        source="engineering estimate, 2026: 8 kW of 2000 kWh, 50 m3 insulated vessel",
        ge=0,
        lt=1,
    )

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        found = super().problems(nodes)
        steam, low = nodes[self.bus].hot_c, nodes[self.discharge_bus].hot_c
        if not found and steam is not None and low is not None and low >= steam:
            expected = f"below {steam:g} C, the temperature of {self.bus}"
            hint = "without a fall of pressure nothing is stored; use a thermal_storage"
            got = f"{self.discharge_bus} at {low:g} C"
            found.append(Problem("discharge_bus", got, expected, hint))
        return found

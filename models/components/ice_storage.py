"""Ice storage: freezes at night from a cold brine, cools chilled water by day.

The equations are those of ``verdigrid.models.storage``. It charges from a cooling bus
at -3 C or below (water freezes at 0 C, and only on something colder), where a chiller
works with the COP of that temperature. It melts at 0 C, so the chilled water that it
feeds is no colder. Both may happen at once (external melt).

symbol   name      unit   meaning
size     energy    kWh    capacity: 93 kWh per tonne of ice (heat of fusion, 334 kJ/kg)
power    power     kW     largest flow on each side, if given

Pumps are not counted. Standing loss: engineering estimate, 2026.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.storage import TwoSidedStorage

MELTING_C = 0.0
#: The warmest brine that freezes water in a night (engineering practice).
CHARGING_C = -3.0


class IceStorage(TwoSidedStorage):
    """A tank of water that is frozen and melted."""

    kind: Literal["ice_storage"] = "ice_storage"
    summary: ClassVar[str] = "frozen from a cold brine, melted by chilled water"
    carriers: ClassVar[tuple[str, ...]] = ("cooling",)
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026"

    standing_loss_per_hour: float = parameter(
        5e-4,
        unit="1/h",
        doc="share of the content lost in an hour",
        source="engineering estimate, 2026: 1.2 % a day through the insulation",
        ge=0,
        lt=1,
    )

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        found = super().problems(nodes)
        brine, water = nodes[self.bus].hot_c, nodes[self.discharge_bus].hot_c
        if brine is None or brine > CHARGING_C:
            got = f"{self.bus} at {_shown(brine)}"
            expected = f"a cooling bus with temperature_c of {CHARGING_C:g} or below"
            hint = "water does not freeze on anything warmer"
            found.append(Problem("bus", got, expected, hint))
        if water is None or water < MELTING_C:
            got = f"{self.discharge_bus} at {_shown(water)}"
            expected = f"a cooling bus with temperature_c of {MELTING_C:g} or above"
            hint = "ice melts at 0 C and cools nothing below"
            found.append(Problem("discharge_bus", got, expected, hint))
        return found


def _shown(temperature_c: float | None) -> str:
    return "no temperature" if temperature_c is None else f"{temperature_c:g} C"

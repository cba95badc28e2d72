"""High-temperature storage: heat in sand, concrete, molten salt or a melting medium.

The equations are those of ``verdigrid.models.storage``. It charges from an electricity
bus (a resistance heater inside) or from a heat bus at least as hot as the storage, and
discharges to a heat bus that is no hotter than the storage. It may do both at once.

symbol        name            unit   meaning
size          energy          kWh    heat between the storage's temperature and that of
                                     the discharge bus
power         power           kW     largest flow on each side, if given
temperature   temperature_c   degC   of the full storage; if not given, by medium:
                                     sand 500, concrete 400, molten_salt 565, pcm 300

The size is mass x specific heat x (temperature_c - temperature of the discharge bus)
and, of a pcm, its heat of fusion: a hotter discharge bus needs more of the medium for
the same kWh.

Temperatures by medium, efficiencies and standing loss: engineering estimate, 2026
(two-tank solar salt works up to 565 C, sodium nitrate melts near 306 C).
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from verdigrid.models.component import Connection
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.storage import TwoSidedStorage

_ESTIMATE = "engineering estimate, 2026"
#: Temperature of the full storage, C.
TEMPERATURE_C = {"sand": 500.0, "concrete": 400.0, "molten_salt": 565.0, "pcm": 300.0}


class HighTemperatureStorage(TwoSidedStorage):
    """A heat store far above the boiling point of water."""

    kind: Literal["high_temperature_storage"] = "high_temperature_storage"
    summary: ClassVar[str] = "hot sand, concrete, salt: power or heat in, heat out"
    carriers: ClassVar[tuple[str, ...]] = ("electricity", "heat")
    default_lifetime_years: ClassVar[float] = 35.0
    lifetime_source: ClassVar[str] = (
        "PyPSA technology-data, high-temperature heat storage, read 2026"
    )

    medium: Literal["sand", "concrete", "molten_salt", "pcm"] = parameter(
        unit="", doc="what holds the heat"
    )
    temperature_c: float | None = parameter(
        None,
        unit="degC",
        doc="temperature of the full storage; that of the medium if not given",
        ge=100,
        le=1500,
    )
    charge_efficiency: float = parameter(
        0.98,
        unit="1",
        doc="share stored: heater and its leads, or ducts",
        source=_ESTIMATE,
        gt=0,
        le=1,
    )
    discharge_efficiency: float = parameter(
        0.95,
        unit="1",
        doc="share of what is taken out that arrives: heat exchanger and fan",
        source=_ESTIMATE,
        gt=0,
        le=1,
    )
    standing_loss_per_hour: float = parameter(
        4.2e-4,
        unit="1/h",
        doc="share of the content lost in an hour",
        source=f"{_ESTIMATE}: 1 % a day",
        ge=0,
        lt=1,
    )

    @property
    def hot_c(self) -> float:
        """Temperature of the full storage, C."""
        given = self.temperature_c
        return TEMPERATURE_C[self.medium] if given is None else given

    def connections(self) -> list[Connection]:
        return [
            Connection("bus", self.bus, self.carriers, "draws"),
            Connection("discharge_bus", self.discharge_bus, ("heat",), "feeds"),
        ]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        found = self._not_a_bus(nodes)
        inlet, outlet = nodes[self.bus].hot_c, nodes[self.discharge_bus].hot_c
        storage = f"{self.hot_c:g} C, the temperature of the storage"
        if nodes[self.bus].carrier == "heat" and (inlet or 0.0) < self.hot_c:
            got = f"{self.bus} at {inlet or 0.0:g} C"
            hint = "heat does not pass up in temperature; give a lower temperature_c"
            found.append(Problem("bus", got, f"at least {storage}", hint))
        if outlet is not None and outlet > self.hot_c:
            got = f"{self.discharge_bus} at {outlet:g} C"
            hint = "it heats nothing hotter than itself"
            found.append(Problem("discharge_bus", got, f"at most {storage}", hint))
        return found

"""Battery: electricity storage with energy and power sized apart.

The equations are those of ``verdigrid.models.storage``; efficiencies are AC to AC.
"""

from typing import ClassVar, Literal

from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.parameter import parameter
from verdigrid.models.storage import Storage

_DEA = "Danish Energy Agency technology data, lithium-ion battery, 2020"


class Battery(Storage):
    """A battery with its inverter."""

    kind: Literal["battery"] = "battery"
    summary: ClassVar[str] = "electricity storage, energy and power sized apart"
    carriers: ClassVar[tuple[str, ...]] = ("electricity",)
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = _DEA

    power: PowerCapacity = parameter(unit="kW", doc="inverter power, AC side")
    charge_efficiency: float = parameter(
        0.957,
        unit="1",
        doc="share stored",
        source=f"{_DEA}: AC round trip 91.5 %, split evenly",
        gt=0,
        le=1,
    )
    discharge_efficiency: float = parameter(
        0.957,
        unit="1",
        doc="share of what is taken out that arrives",
        source=f"{_DEA}: AC round trip 91.5 %, split evenly",
        gt=0,
        le=1,
    )
    standing_loss_per_hour: float = parameter(
        4.2e-5,
        unit="1/h",
        doc="share of the content lost in an hour",
        source=f"{_DEA}: 0.1 % a day",
        ge=0,
        lt=1,
    )
    min_soc: float = parameter(
        0.2,
        unit="1",
        doc="smallest content, share of the size",
        source="NREL REopt.jl 0.57 default for electric storage, 2026",
        ge=0,
        lt=1,
    )

    def power_capacity(self) -> PowerCapacity:
        return self.power

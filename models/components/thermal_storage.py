"""Thermal storage: a tank on a heat or cooling bus.

The equations are those of ``verdigrid.models.storage``; charging power is limited
only if ``power:`` is given.
"""

from typing import ClassVar, Literal

from verdigrid.models.parameter import parameter
from verdigrid.models.storage import Storage

_DEA = "Danish Energy Agency technology data, large hot-water tank, 2020"


class ThermalStorage(Storage):
    """A tank of hot or cold water (or anything that holds heat)."""

    kind: Literal["thermal_storage"] = "thermal_storage"
    summary: ClassVar[str] = "tank on a heat or cooling bus"
    carriers: ClassVar[tuple[str, ...]] = ("heat", "cooling")
    default_lifetime_years: ClassVar[float] = 40.0
    lifetime_source: ClassVar[str] = _DEA

    charge_efficiency: float = parameter(
        0.99,
        unit="1",
        doc="share stored",
        source=f"{_DEA}: round trip 98 %, split evenly",
        gt=0,
        le=1,
    )
    discharge_efficiency: float = parameter(
        0.99,
        unit="1",
        doc="share of what is taken out that arrives",
        source=f"{_DEA}: round trip 98 %, split evenly",
        gt=0,
        le=1,
    )
    standing_loss_per_hour: float = parameter(
        8e-5,
        unit="1/h",
        doc="share of the content lost in an hour",
        source=f"{_DEA}: 0.19 % a day",
        ge=0,
        lt=1,
    )

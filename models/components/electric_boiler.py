"""Electric boiler: electricity to heat.

The equations are those of ``verdigrid.models.converter``.
"""

from typing import ClassVar, Literal

from verdigrid.models.converter import Converter
from verdigrid.models.parameter import parameter

_DEA = "Danish Energy Agency technology data, electrode boiler, 2020"


class ElectricBoiler(Converter):
    """An electrode or resistance boiler."""

    kind: Literal["electric_boiler"] = "electric_boiler"
    summary: ClassVar[str] = "electricity to heat"
    input_carriers: ClassVar[tuple[str, ...]] = ("electricity",)
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = _DEA

    efficiency: float = parameter(
        0.99,
        unit="1",
        doc="heat per electricity",
        source=f"{_DEA}: 99 %",
        gt=0,
        le=1,
    )

"""Boiler: fuel to heat at a fixed efficiency on the lower heating value.

The equations are those of ``verdigrid.models.converter``.
"""

from typing import ClassVar, Literal

from verdigrid.models.converter import Converter
from verdigrid.models.parameter import parameter

_DEA = "Danish Energy Agency technology data, gas-fired steam boiler, 2020"


class Boiler(Converter):
    """A boiler that burns fuel."""

    kind: Literal["boiler"] = "boiler"
    summary: ClassVar[str] = "fuel to heat"
    input_carriers: ClassVar[tuple[str, ...]] = (
        "gas",
        "coal",
        "oil",
        "biomass",
        "hydrogen",
        "fuel",
    )
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = _DEA

    efficiency: float = parameter(
        0.92,
        unit="1",
        doc="heat per fuel, lower heating value",
        source=f"{_DEA}: 92-93 %",
        gt=0,
        le=1.08,
    )

"""Boiler: fuel to heat at a fixed efficiency on the lower heating value.

The equations are those of ``verdigrid.models.converter``, gas that leaves unburnt
those of ``verdigrid.models.methane_slip``.
"""

from typing import ClassVar, Literal

from verdigrid.models.converter import Converter
from verdigrid.models.methane_slip import MethaneSlip
from verdigrid.models.node import FUELS
from verdigrid.models.parameter import parameter

_DEA = "Danish Energy Agency technology data, gas-fired steam boiler, 2020"


class Boiler(Converter, MethaneSlip):
    """A boiler that burns fuel."""

    kind: Literal["boiler"] = "boiler"
    summary: ClassVar[str] = "fuel to heat"
    input_carriers: ClassVar[tuple[str, ...]] = FUELS
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

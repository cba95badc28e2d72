"""Generator set: an engine that makes electricity only, its heat unused.

The equations are those of ``verdigrid.models.converter``, gas that leaves unburnt
those of ``verdigrid.models.methane_slip``. For an engine whose heat is used, take
``chp``. DEA's set runs down to 30 % of its size: say so with
``commitment: {min_load: 0.3}``.
"""

from typing import ClassVar, Literal

from verdigrid.models.converter import Converter
from verdigrid.models.methane_slip import MethaneSlip
from verdigrid.models.parameter import parameter

_DEA = "Danish Energy Agency technology data, diesel engine farm, 2020"


class Genset(Converter, MethaneSlip):
    """A diesel or gas engine with a generator."""

    kind: Literal["genset"] = "genset"
    summary: ClassVar[str] = "fuel to electricity without use of heat: diesel or gas"
    input_carriers: ClassVar[tuple[str, ...]] = (
        "oil",
        "gas",
        "biomass",
        "hydrogen",
        "fuel",
    )
    output_carriers: ClassVar[tuple[str, ...]] = ("electricity",)
    output_figure: ClassVar[str] = "electricity"
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = _DEA

    efficiency: float = parameter(
        0.36,
        unit="1",
        doc="electricity per fuel, lower heating value",
        source=f"{_DEA}: 35-37 %",
        gt=0,
        le=0.65,
    )

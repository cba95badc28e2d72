"""Combined heat and power by an engine.

The equations are those of ``verdigrid.models.cogeneration``, gas that leaves unburnt
those of ``verdigrid.models.methane_slip``. An engine gives exhaust heat to a steam bus
and jacket heat to a warm bus: name both in ``heat_efficiency``.
"""

from typing import ClassVar, Literal

from verdigrid.models.cogeneration import Cogeneration
from verdigrid.models.methane_slip import MethaneSlip
from verdigrid.models.parameter import parameter

_DEA = "Danish Energy Agency technology data, gas engine 1-10 MW, 2020"


class Chp(Cogeneration, MethaneSlip):
    """An engine that makes electricity and heat."""

    kind: Literal["chp"] = "chp"
    summary: ClassVar[str] = "fuel to electricity and heat: engine"
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = _DEA

    electric_efficiency: float = parameter(
        0.45,
        unit="1",
        doc="electricity per fuel",
        source=f"{_DEA}: 45-47 %",
        gt=0,
        lt=1,
    )

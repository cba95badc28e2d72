"""Gas turbine with heat recovery.

The equations are those of ``verdigrid.models.cogeneration``, gas that leaves unburnt
those of ``verdigrid.models.methane_slip``. Per unit of fuel it makes less electricity
than an engine, and all its heat is hot: the exhaust can raise steam. DEA's turbine
gives 0.37 / 0.73 = 0.51 of the fuel as heat for district heating; to steam goes less
(0.38 to 0.46 by size: NREL, REopt.jl, data/chp, 2023).

It runs down to some 23 % of its size (DEA) and is less efficient there: say so with
``commitment: {min_load: .., part_load_efficiency: ..}``.
"""

from typing import ClassVar, Literal

from verdigrid.models.cogeneration import Cogeneration
from verdigrid.models.methane_slip import MethaneSlip
from verdigrid.models.parameter import parameter

_DEA = "Danish Energy Agency technology data, gas turbine 5-40 MW, 2020"


class GasTurbine(Cogeneration, MethaneSlip):
    """A gas turbine whose exhaust gives heat."""

    kind: Literal["gas_turbine"] = "gas_turbine"
    summary: ClassVar[str] = "fuel to electricity and steam or heat: gas turbine"
    fuels: ClassVar[tuple[str, ...]] = ("gas", "oil", "biomass", "hydrogen", "fuel")
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = _DEA

    electric_efficiency: float = parameter(
        0.37,
        unit="1",
        doc="electricity per fuel",
        source=f"{_DEA}: 37 %",
        gt=0,
        lt=1,
    )

"""Clean-energy share: so much of the energy consumed is non-fossil, or gas.

    non-fossil [+ fossil gas]  >=  at_least x energy use

The sums are those of ``verdigrid.models.energy_share``. Whether natural gas is clean
is for the authority to say: ``gas_is_clean``.

Preset: 90 % for zero-carbon parks (发改环资[2025]910号, 2025, secondary source; the
definition of clean energy was not seen, so gas is left out unless it is let in).
"""

from typing import ClassVar, Literal

from verdigrid.models.energy_share import ShareOfEnergyUse
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.share import Parts


class CleanEnergyShare(ShareOfEnergyUse):
    """A least share of clean energy in all energy that the site consumes."""

    kind: Literal["clean_energy_share"] = "clean_energy_share"
    summary: ClassVar[str] = "least share of clean energy in all energy consumed"

    at_least: float = parameter(
        0.9,
        unit="1",
        doc="share of the energy consumed",
        source="zero-carbon parks, 发改环资[2025]910号, 2025",
        ge=0,
        le=1,
    )
    gas_is_clean: bool = parameter(
        False, unit="", doc="whether fossil gas counts as clean"
    )

    def part(self) -> Parts:
        if not self.gas_is_clean:
            return super().part()
        return {**super().part(), Measure.FOSSIL_GAS: 1.0}

"""Non-fossil share: so much of the energy consumed is not fossil.

    non-fossil  >=  at_least x energy use

The sums are those of ``verdigrid.models.energy_share``.

Preset: the basic level of the zero-carbon factories, 30 % by 2030 (national programme,
July 2026, secondary source); their target is 95 %.
"""

from typing import ClassVar, Literal

from verdigrid.models.energy_share import ShareOfEnergyUse
from verdigrid.models.parameter import parameter


class NonFossilShare(ShareOfEnergyUse):
    """A least share of non-fossil energy in all energy that the site consumes."""

    kind: Literal["non_fossil_share"] = "non_fossil_share"
    summary: ClassVar[str] = "least share of non-fossil energy in all energy consumed"

    at_least: float = parameter(
        0.3,
        unit="1",
        doc="share of the energy consumed",
        source="zero-carbon factories, basic level, 2026 (secondary source)",
        ge=0,
        le=1,
    )

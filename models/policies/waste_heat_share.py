"""Waste-heat share: so much of the waste heat is used.

    sum of used  >=  at_least x sum of possible

symbol     meaning
used       heat taken from all waste-heat streams, kW
possible   their heat down to their lowest outlet temperature, kW

Preset: 50 % for zero-carbon parks (发改环资[2025]910号, 2025, secondary source).
"""

from typing import ClassVar, Literal

from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Sense
from verdigrid.models.share import Parts, Share
from verdigrid.models.surplus import Use


class WasteHeatShare(Share):
    """A least share of waste heat that is used."""

    kind: Literal["waste_heat_share"] = "waste_heat_share"
    summary: ClassVar[str] = "least share of waste heat that is used"
    sense: ClassVar[Sense] = "at least"

    at_least: float = parameter(
        0.5,
        unit="1",
        doc="share of the heat of all streams",
        source="zero-carbon parks, 发改环资[2025]910号, 2025",
        ge=0,
        le=1,
    )

    @property
    def limit(self) -> float:
        return self.at_least

    @property
    def counts_use_of(self) -> Use:
        return "waste heat"

    def part(self) -> Parts:
        return {Measure.WASTE_HEAT_USED: 1.0}

    def whole(self) -> Parts:
        return {Measure.WASTE_HEAT_POSSIBLE: 1.0}

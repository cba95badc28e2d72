"""Self-consumption: so much of the own green power stays on the site.

    sum of (green - exported - lost)  >=  at_least x sum of reference

symbol      meaning
green       own power of wind, sun and water, kW
exported    power fed into the grid or sold, kW; all of it counts as green
lost        what batteries, lines and hydrogen as a store lose, kW
reference   ``of: generated``: green; ``of: possible``: what could be had, with what
            is curtailed

Preset: new wind and solar power of firms and parks is to be consumed on the spot "in
principle" by 60 % a year (MIIT and others, guideline on industrial green microgrids
2026-2030, 工信厅联节[2025]77号, published 9 January 2026).
"""

from typing import ClassVar, Literal

from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Sense
from verdigrid.models.share import OWN_GREEN_USE, Parts, Share
from verdigrid.models.surplus import Use


class SelfConsumption(Share):
    """A least share of own green power that is used on the site."""

    kind: Literal["self_consumption"] = "self_consumption"
    summary: ClassVar[str] = "least share of own green power used on the site"
    sense: ClassVar[Sense] = "at least"

    at_least: float = parameter(
        0.6,
        unit="1",
        doc="share of own green power that stays on the site",
        source="工信厅联节[2025]77号, industrial green microgrids 2026-2030, 2026",
        ge=0,
        le=1,
    )
    of: Literal["generated", "possible"] = parameter(
        "generated", unit="", doc="share of what was generated, or could have been"
    )

    @property
    def limit(self) -> float:
        return self.at_least

    @property
    def counts_use_of(self) -> Use:
        return "power"

    def part(self) -> Parts:
        return OWN_GREEN_USE

    def whole(self) -> Parts:
        generated = self.of == "generated"
        return {Measure.GREEN_POWER if generated else Measure.GREEN_POSSIBLE: 1.0}

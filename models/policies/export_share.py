"""Export share: no more than so much of the possible green power is fed in.

    sum of exported  <=  at_most x sum of possible

symbol     meaning
exported   power fed into the grid or sold, kW, whatever made it
possible   what wind, sun and water could give, curtailed or not, kW

Preset: where a spot market runs continuously, at most 20 % of the available
generation may be fed in (guideline on industrial green microgrids 2026-2030,
工信厅联节[2025]77号, published 9 January 2026).
"""

from typing import ClassVar, Literal

from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.share import Parts, Share


class ExportShare(Share):
    """A limit on feed-in as a share of possible green generation."""

    kind: Literal["export_share"] = "export_share"
    summary: ClassVar[str] = "most feed-in, as a share of possible green power"

    at_most: float = parameter(
        0.2,
        unit="1",
        doc="feed-in as a share of possible own green power",
        source="工信厅联节[2025]77号, industrial green microgrids 2026-2030, 2026",
        ge=0,
        le=1,
    )

    @property
    def limit(self) -> float:
        return self.at_most

    def part(self) -> Parts:
        return {Measure.EXPORTED_POWER: 1.0}

    def whole(self) -> Parts:
        return {Measure.GREEN_POSSIBLE: 1.0}

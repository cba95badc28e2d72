"""Green power share: so much of the power consumed is green.

    sum of (green - exported - lost + line [+ contract])
        >=  at_least x sum of (bought + own - exported - lost)

symbol     meaning
green      own power of wind, sun and water, kW
exported   power fed into the grid or sold, kW; all of it counts as green
lost       what batteries, lines and hydrogen as a store lose, kW
line       bought green power on a line of its own (grid with ``green: physical``)
contract   bought green power by certificate or contract (grid with ``green:
           contract``); counted only with ``counts: contractual``
own        all power made on site, kW

Preset: 35 % physically recognised non-fossil power for factories above 5 GWh/a
(national programme of zero-carbon factories, July 2026, secondary source).
"""

from typing import ClassVar, Literal

from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Sense
from verdigrid.models.share import CONSUMPTION, Counts, Parts, Share, green_use
from verdigrid.models.surplus import Use


class GreenPowerShare(Share):
    """A least share of green power in the power that the site consumes."""

    kind: Literal["green_power_share"] = "green_power_share"
    summary: ClassVar[str] = "least share of green power in all power consumed"
    sense: ClassVar[Sense] = "at least"

    at_least: float = parameter(
        0.35,
        unit="1",
        doc="share of the power consumed",
        source="zero-carbon factories, national programme, 2026 (secondary source)",
        ge=0,
        le=1,
    )
    counts: Counts = parameter(
        "physical", unit="", doc="whether certificates and contracts count too"
    )

    @property
    def limit(self) -> float:
        return self.at_least

    @property
    def counts_use_of(self) -> Use:
        return "power"

    def part(self) -> Parts:
        return green_use(self.counts)

    def whole(self) -> Parts:
        return CONSUMPTION

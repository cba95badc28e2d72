"""Offsets: avoided emissions elsewhere that a rule accepts in place of own ones.

    offset <= at_most_share x emissions,   offset <= at_most_tonnes

They never change a ledger: the site emits what it emits. A rule that accepts them (a
cap, a trading system) counts them beside.

Sources: CCER count up to 5 % of what an installation must surrender (measures for the
trial administration of carbon emission trading, China, article 29, 2021; secondary
source); zero-carbon factories may offset what is left (工信部联节[2026]13号, 2026,
secondary source).
"""

from verdigrid.models.parameter import Strict, parameter

#: A share this small accepts nothing.
NOTHING = 1e-6


class Offsets(Strict):
    """What offsets cost, and how many a rule accepts."""

    price_per_tonne: float = parameter(
        unit="currency/tCO2e", doc="price of an offset", ge=0
    )
    at_most_share: float = parameter(
        unit="1", doc="largest share of the emissions that count", ge=0, le=1
    )
    at_most_tonnes: float | None = parameter(
        None, unit="tCO2e/a", doc="how many can be had; no limit if not given", ge=0
    )

    @property
    def emissions_each(self) -> float | None:
        """Emissions that make one offset acceptable; None if none is."""
        return 1 / self.at_most_share if self.at_most_share > NOTHING else None

    def accepted_kg(self, emitted_kg: float) -> float:
        """How much of an emission may be offset, kg CO2e per year.

        >>> Offsets(price_per_tonne=70.0, at_most_share=0.05).accepted_kg(1000.0)
        50.0
        """
        most = self.at_most_share * max(0.0, emitted_kg)
        if self.at_most_tonnes is None:
            return most
        return min(most, 1000 * self.at_most_tonnes)

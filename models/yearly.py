"""A plan's (or baseline's) year in the sums that policies judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.carbon import Carbon, LedgerName
from verdigrid.models.held import Held
from verdigrid.models.measure import Measure

#: Yearly emissions by what they are, kg CO2e, as the checks recompute them.
YearlyEmissions = Mapping[Carbon, float]


@dataclass(frozen=True)
class Yearly:
    """What a year comes to, recomputed without the model.

    ``emissions`` are kg CO2e per year; ``measures`` rates in kW (steps,);
    ``investment`` the price of all new capacity, currency; ``years`` how many are like
    this one.
    """

    calendar: Calendar
    emissions: YearlyEmissions
    measures: Mapping[Measure, Floats]
    investment: float
    held: Mapping[str, Held] = field(default_factory=dict)
    years: float = 1.0

    def emitted(
        self,
        scopes: Sequence[int],
        ledger: LedgerName = "location",
        without: Sequence[str] = (),
    ) -> float:
        """Emissions of a ledger in ``scopes``, kg CO2e per year.

        ``without`` are sources that are left out.
        """
        return sum(
            kg
            for carbon, kg in self.emissions.items()
            if carbon.scope in scopes
            and carbon.counts(ledger)
            and carbon.source not in without
        )

    def rate(self, parts: Mapping[Measure, float]) -> Floats:
        """Weighted sum of measures in every step, kW (steps,)."""
        total = np.zeros(self.calendar.periods)
        for measure, weight in parts.items():
            total = total + weight * self.measures.get(measure, 0.0)
        return total

    def energy(self, parts: Mapping[Measure, float]) -> float:
        """Weighted sum of measures over the year, kWh per year."""
        hours = self.calendar.step_hours * self.calendar.year_weight
        return float(self.rate(parts).sum()) * hours

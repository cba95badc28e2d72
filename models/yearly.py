"""A plan's (or baseline's) year in the sums that policies judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.measure import Measure

#: Yearly emissions by (scope, source), kg CO2e, as the checks recompute them.
YearlyEmissions = Mapping[tuple[int, str], float]


@dataclass(frozen=True)
class Yearly:
    """What a year comes to, recomputed without the model.

    ``emissions`` are kg CO2e per year by (scope, source); ``measures`` rates in kW
    (steps,); ``investment`` the price of all new capacity, currency.
    """

    calendar: Calendar
    emissions: YearlyEmissions
    measures: Mapping[Measure, Floats]
    investment: float

    def emitted(self, scopes: Sequence[int]) -> float:
        """Emissions in ``scopes``, kg CO2e per year."""
        return sum(kg for (scope, _), kg in self.emissions.items() if scope in scopes)

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

"""Grid fee by full-load hours (Germany): one price list below, another above.

    E = energy bought in the year,   P = highest import of the year
    cost = below.per_kw_year x P + below.per_kwh x E     if E <= threshold x P
           above.per_kw_year x P + above.per_kwh x E     if E >= threshold x P

The plant is on one side, and E and P belong to it:

    E_below + E_above >= E,   P_below + P_above >= P
    E_below <= most_kwh (1 - is_above),   P_below <= most_kw (1 - is_above)
    E_above <= most_kwh is_above,         P_above <= most_kw is_above
    E_below <= threshold P_below,         E >= threshold P_above

symbol     name                unit    meaning
P          peak of the year    kW      at least the highest import of every month
is_above   is_above            0 or 1  whether full-load hours reach the threshold
..         energy_below, ..    kWh     energy on either side
..         peak_below, ..      kW      peak on either side

E_below and E_above may not gain by being larger than the energy, for that costs more.
P may be larger than the real peak in the model, which could make a plant seem to be
below. That never pays as long as a plant just at the threshold does not pay less below
than above; price lists are made so that both sides meet there, and others are refused.

Rule: Stromnetzentgeltverordnung, section 17 (2005): yearly demand and energy prices by
hours of use, parted at 2500 h/a.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.component import BillLine
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.tariffs.charge import Charge, Meter, Readings, month_share

#: Full-load hours this close (relatively) to the threshold are on either side.
_AT_THRESHOLD = 1e-6


class FeeSide(Strict):
    """A price list for demand and energy."""

    per_kw_year: float = parameter(
        unit="currency/kW/a", doc="price of the year's highest import", ge=0
    )
    per_kwh: float = parameter(unit="currency/kWh", doc="price of energy", ge=0)


class FullLoadHoursFee(Charge):
    """A fee whose prices depend on energy over peak."""

    threshold_h: float = parameter(
        2500.0,
        unit="h/a",
        doc="full-load hours that part the two price lists",
        source="StromNEV, section 17, 2005",
        gt=0,
    )
    below: FeeSide = parameter(unit="", doc="prices of few full-load hours")
    above: FeeSide = parameter(unit="", doc="prices of many full-load hours")

    @model_validator(mode="after")
    def _sides_meet(self) -> Self:
        low, high = (
            side.per_kw_year + side.per_kwh * self.threshold_h
            for side in (self.below, self.above)
        )
        if low < high:
            raise ValueError(
                f"at {self.threshold_h:g} h/a a kW costs {low:.6g} below and "
                f"{high:.6g} above: a plant would raise its peak to pay less. Both "
                f"sides should meet; raise below.per_kw_year by {high - low:.6g} if "
                "that is rounding of the price sheet"
            )
        return self

    @property
    def item(self) -> str:
        return "grid fee"

    @property
    def counts_in_minimum(self) -> bool:
        return False  # it is a fee of the year, and of the network

    def build(self, part: pyo.Block, meter: Meter) -> Sequence[Any]:
        calendar, most = meter.calendar, meter.most_kw
        weight, share = calendar.month_weight, calendar.fixed_cost_share
        threshold = self.threshold_h * share
        most_kwh = meter.most_kwh() * weight * len(meter.months)
        peak = meter.peaks(np.ones(calendar.periods, dtype=np.bool_))
        part.is_above = pyo.Var(domain=pyo.Binary)
        part.energy_below = pyo.Var(bounds=(0.0, most_kwh))
        part.energy_above = pyo.Var(bounds=(0.0, most_kwh))
        part.peak_below = pyo.Var(bounds=(0.0, most))
        part.peak_above = pyo.Var(bounds=(0.0, most))
        part.peak_of_year = pyo.Constraint(meter.months)
        for m in meter.months:
            part.peak_of_year[m] = part.peak_below + part.peak_above >= peak[m]
        year = sum(weight * energy for energy in meter.energy())
        part.energy_of_year = pyo.Constraint(
            expr=part.energy_below + part.energy_above >= year
        )
        part.below_unless = pyo.Constraint(
            expr=part.energy_below <= most_kwh * (1 - part.is_above)
        )
        part.peak_below_unless = pyo.Constraint(
            expr=part.peak_below <= most * (1 - part.is_above)
        )
        part.above_if = pyo.Constraint(
            expr=part.energy_above <= most_kwh * part.is_above
        )
        part.peak_above_if = pyo.Constraint(
            expr=part.peak_above <= most * part.is_above
        )
        part.few_hours = pyo.Constraint(
            expr=part.energy_below <= threshold * part.peak_below
        )
        part.many_hours = pyo.Constraint(expr=year >= threshold * part.peak_above)
        yearly = (
            self.below.per_kw_year * share * part.peak_below
            + self.above.per_kw_year * share * part.peak_above
            + self.below.per_kwh * part.energy_below
            + self.above.per_kwh * part.energy_above
        )
        parts = len(meter.months) * weight
        return [yearly / parts for _ in meter.months]

    def _side(self, energy: float, peak: float, share: float) -> FeeSide:
        """The price list that holds; the cheaper one just at the threshold."""
        threshold = self.threshold_h * share * peak
        if abs(energy - threshold) <= _AT_THRESHOLD * max(1.0, threshold):
            sides = (self.below, self.above)
            return min(
                sides, key=lambda s: s.per_kw_year * share * peak + s.per_kwh * energy
            )
        return self.below if energy < threshold else self.above

    def bill(self, readings: Readings) -> list[BillLine]:
        calendar = readings.calendar
        months = readings.energy()
        peak = float(readings.imported.max())
        yearly_kwh = float(months.sum()) * calendar.month_weight
        side = self._side(yearly_kwh, peak, calendar.fixed_cost_share)
        word = "below" if side is self.below else "above"
        title = f"grid fee, {word} {self.threshold_h:g} h"
        peaks: Floats = np.full(months.shape, peak)
        demand = side.per_kw_year * month_share(calendar) * peaks
        return [
            BillLine(f"{title}: demand", "kW", peaks, demand, "demand"),
            BillLine(f"{title}: energy", "kWh", months, side.per_kwh * months, "adder"),
        ]

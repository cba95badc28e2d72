"""Fixed charges: so much a month, and so much a day.

cost(m) = per_month + per_day x days of the month in the horizon
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import BillLine
from verdigrid.models.parameter import parameter
from verdigrid.models.tariffs.charge import Charge, Meter, Readings, month_scale


class FixedCharge(Charge):
    """What is due whatever is bought, in currency."""

    per_month: float = parameter(0.0, unit="currency/month", doc="due every month")
    per_day: float = parameter(0.0, unit="currency/day", doc="due every day")

    @property
    def item(self) -> str:
        return "fixed charge"

    def _days(self, calendar: Calendar) -> Floats:
        day = np.full(calendar.periods, calendar.step_hours / 24)
        return calendar.monthly_sums(day * month_scale(calendar))

    def build(self, part: pyo.Block, meter: Meter) -> Sequence[Any]:
        amounts = self.per_month + self.per_day * self._days(meter.calendar)
        return [float(amount) for amount in amounts]

    def bill(self, readings: Readings) -> list[BillLine]:
        days = self._days(readings.calendar)
        ones = np.ones(days.shape)
        lines = []
        if self.per_month:
            amount = self.per_month * ones
            lines.append(BillLine("fixed charge", "month", ones, amount, "fixed"))
        if self.per_day:
            amount = self.per_day * days
            lines.append(BillLine("fixed charge by day", "day", days, amount, "fixed"))
        return lines

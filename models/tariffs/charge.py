"""A charge: a part of the tariff beyond the price of each kilowatt-hour.

A charge says its amount of every month of the horizon twice, like a component its
physics: ``build`` as expressions of the model, ``bill`` in NumPy from the meter
readings alone. A month of the horizon counts ``month_weight`` times in the year. So
that all months together are a year, what the horizon says of a month is scaled where
the horizon is shorter than that but stands for it:

    energy of a month     = month_scale  sum over its steps of import(t) dt
    yearly amount, month  = month_share  yearly amount

For a whole year, ``month_scale`` is 1 and ``month_share`` 1/12.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import BillLine, Dispatch
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import Problem
from verdigrid.models.parameter import Strict
from verdigrid.models.tariffs.time_of_use import Holidays


def month_scale(calendar: Calendar) -> float:
    """Energy of the month that a month of the horizon stands for, per kWh in it."""
    return calendar.year_weight / calendar.month_weight


def month_share(calendar: Calendar) -> float:
    """Share of a yearly amount that every month of the horizon bears."""
    months = len(calendar.month_names) * calendar.month_weight
    return calendar.fixed_cost_share / months


def months_within(inside: Bools, calendar: Calendar) -> list[int]:
    """Months of the horizon that have a step ``inside`` (steps,)."""
    return sorted(set(calendar.month[inside].tolist()))


@dataclass(frozen=True)
class Meter:
    """The connection in the model, as a charge sees it.

    ``most_kw`` is the largest import that is possible; ``peaks`` gives the variable
    (months,) of each month's highest import within some steps.
    """

    block: pyo.Block
    context: BuildContext
    most_kw: float
    holidays: Holidays
    peaks: Callable[[Bools], pyo.Var]

    @property
    def calendar(self) -> Calendar:
        """The time axis."""
        return self.context.calendar

    @property
    def months(self) -> range:
        """Numbers of the months of the horizon."""
        return range(len(self.calendar.month_names))

    def energy(self) -> list[Any]:
        """Energy bought in each month, kWh, as expressions (months,)."""
        scale = self.calendar.step_hours * month_scale(self.calendar)
        terms: list[list[Any]] = [[] for _ in self.months]
        for t, month in enumerate(self.calendar.month.tolist()):
            terms[month].append(scale * self.block.import_kw[t])
        return [sum(of_month) for of_month in terms]

    def most_kwh(self) -> float:
        """Energy that no month can exceed, kWh."""
        steps = np.bincount(self.calendar.month)
        hours = float(steps.max()) * self.calendar.step_hours
        return self.most_kw * hours * month_scale(self.calendar)


@dataclass(frozen=True)
class Readings:
    """What the meters say: mean power of each step, kW (steps,).

    ``price`` is that of energy, currency/kWh (steps,); ``dispatch`` holds what was
    decided beside (a contracted demand).
    """

    calendar: Calendar
    holidays: Holidays
    imported: Floats
    exported: Floats
    price: Floats
    dispatch: Dispatch

    def peaks(self, inside: Bools) -> Floats:
        """Highest import of each month within some steps, kW; 0 without any."""
        here = np.where(inside, self.imported, 0.0)
        return self.calendar.monthly_maxima(here)

    def energy(self) -> Floats:
        """Energy bought in each month, kWh (months,)."""
        scale = self.calendar.step_hours * month_scale(self.calendar)
        return self.calendar.monthly_sums(self.imported * scale)


class Charge(Strict):
    """Base of all charges."""

    @property
    def item(self) -> str:
        """What the bill calls it."""
        raise NotImplementedError

    @property
    def counts_in_minimum(self) -> bool:
        """True if a minimum bill is compared with it too."""
        return True

    def problems(self, calendar: Calendar, holidays: Holidays) -> list[Problem]:
        """What can't be charged on this horizon (paths inside the charge)."""
        return []

    def build(self, part: pyo.Block, meter: Meter) -> Sequence[Any]:
        """Write what is needed on ``part``; the amount of each month (months,)."""
        raise NotImplementedError

    def bill(self, readings: Readings) -> list[BillLine]:
        """The same amounts, line by line, from the readings."""
        raise NotImplementedError

    def residuals(self, readings: Readings) -> dict[str, Floats]:
        """Violations of what a decision of the charge must keep, kW."""
        return {}

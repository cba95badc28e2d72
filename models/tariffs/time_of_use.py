"""Which steps a rule of the tariff is about: months, days, hours, dates, holidays.

All of it is read on the civil clock, and a step belongs to the time in which it begins.
A day of the tariff's ``holidays`` is no workday. It is a weekend day too, unless the
tariff says ``holidays_are: apart``. Names of weekdays mean the day of the calendar,
holiday or not.

Every step has exactly one band. A period that names its days one by one (``dates``, or
``days: holidays``) goes before periods that do not, so that nobody has to cut the
holidays out of all the others.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.hours import days_mask, hours_mask
from verdigrid.models.parameter import Strict, parameter

TariffDays = Literal[
    "all",
    "workdays",
    "weekends",
    "holidays",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
]
_EVERY_YEAR = re.compile(r"\d\d-\d\d")
#: A leap year, so that 29 February is a date of some year.
_SOME_YEAR = 2000


def _parse(day: str) -> dt.date:
    """The date in words of the scenario; of some year if it is of every year."""
    text = f"{_SOME_YEAR}-{day}" if _EVERY_YEAR.fullmatch(day) else day
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{day!r} is no date; write 2026-10-01, or 10-01 for every year"
        ) from None


class Dates(Strict):
    """Days from ``first`` to ``last``, both included, of one year or of every year."""

    first: str = parameter(
        unit="", doc="first day: 2026-10-01, or 10-01 for that of every year"
    )
    last: str = parameter(unit="", doc="last day, written like the first")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, last = _parse(self.first), _parse(self.last)
        if self.of_every_year != bool(_EVERY_YEAR.fullmatch(self.last)):
            raise ValueError("first and last: both with their year, or both without")
        if last < first and not self.of_every_year:
            raise ValueError(f"last ({last}) not before first ({first})")
        return self

    @property
    def of_every_year(self) -> bool:
        """True if the days come round every year."""
        return bool(_EVERY_YEAR.fullmatch(self.first))

    def is_of_other_years(self, calendar: Calendar) -> bool:
        """True if they lie in years that the horizon has no day of."""
        if self.of_every_year:
            return False
        years = range(_parse(self.first).year, _parse(self.last).year + 1)
        return not set(calendar.civil.year) & set(years)

    def mask(self, calendar: Calendar) -> Bools:
        """Steps on these days, (steps,)."""
        first, last = _parse(self.first), _parse(self.last)
        civil = calendar.civil
        if self.of_every_year:
            day = np.asarray(civil.month * 100 + civil.day)
            begin, end = (d.month * 100 + d.day for d in (first, last))
            if begin <= end:
                return np.asarray((begin <= day) & (day <= end))
            return np.asarray((begin <= day) | (day <= end))  # over New Year
        day = np.asarray(civil.year * 10000 + civil.month * 100 + civil.day)
        begin, end = (d.year * 10000 + d.month * 100 + d.day for d in (first, last))
        return np.asarray((begin <= day) & (day <= end))


def out_of_years(dates: Sequence[Dates], calendar: Calendar) -> str:
    """What is wrong with dates of which none is in a year of the horizon, or nothing.

    A list of several years is fine, as long as one of them is that of the horizon.
    """
    if not dates or not all(one.is_of_other_years(calendar) for one in dates):
        return ""
    years = ", ".join(str(year) for year in sorted(set(calendar.civil.year)))
    first, last = dates[0].first, dates[-1].last
    return f"{first} to {last} is in no year of the horizon ({years})"


@dataclass(frozen=True)
class Holidays:
    """Steps on holidays (steps,), and whether these count as weekends."""

    steps: Bools
    are_weekends: bool

    @classmethod
    def of(cls, days: Sequence[str], are_weekends: bool, calendar: Calendar) -> Self:
        """From the dates of a tariff."""
        steps = np.zeros(calendar.periods, dtype=np.bool_)
        for day in single_days(days):
            steps |= day.mask(calendar)
        return cls(steps, are_weekends)


def single_days(days: Sequence[str]) -> list[Dates]:
    """Dates of one day each. Raises ValueError for a text that is none."""
    for day in days:
        _parse(day)
    return [Dates(first=day, last=day) for day in days]


class Window(Strict):
    """Some hours of some days of some months; all of it must match."""

    hours: list[str] = parameter(
        ["0-24"], unit="", doc='hours of the civil clock, such as ["8-11", "17-22"]'
    )
    days: TariffDays = parameter(
        "all", unit="", doc="days of the week, or the tariff's holidays"
    )
    months: list[int] = parameter(
        list(range(1, 13)), unit="", doc="months, 1 for January"
    )
    dates: list[Dates] = parameter(
        unit="", doc="only on these days; on all if not given", factory=list
    )

    @model_validator(mode="after")
    def _real_months(self) -> Self:
        if not self.months or not set(self.months) <= set(range(1, 13)):
            raise ValueError("months must be numbers from 1 to 12")
        return self

    @property
    def names_its_days(self) -> bool:
        """True if it is about particular days: dates, or holidays."""
        return bool(self.dates) or self.days == "holidays"

    def mask(self, calendar: Calendar, holidays: Holidays) -> Bools:
        """Steps inside the window, (steps,).

        Raises ValueError for malformed hours.
        """
        mask = hours_mask(self.hours, calendar) & self._days(calendar, holidays)
        mask &= np.isin(calendar.civil.month, self.months)
        if self.dates:
            mask &= np.any([dates.mask(calendar) for dates in self.dates], axis=0)
        return np.asarray(mask, dtype=np.bool_)

    def _days(self, calendar: Calendar, holidays: Holidays) -> Bools:
        if self.days == "holidays":
            return holidays.steps
        mask = days_mask(self.days, calendar)
        if self.days == "workdays":
            return mask & ~holidays.steps
        if self.days == "weekends" and holidays.are_weekends:
            return mask | holidays.steps
        if self.days == "weekends":
            return mask & ~holidays.steps
        return mask


class Period(Window):
    """When a price band holds."""

    band: str = parameter(unit="", doc="name of the band")


def band_of_steps(
    bands: Sequence[str],
    periods: Sequence[Period],
    otherwise: str | None,
    calendar: Calendar,
    holidays: Holidays,
) -> Ints:
    """Number of the band of each step, in the order of ``bands``, (steps,).

    Raises ValueError naming the hours if a step has no band or more than one.
    """
    names = list(bands)
    band = np.full(calendar.periods, -1, dtype=np.int64)
    for particular in (True, False):
        taken = band >= 0  # by periods that name their days
        for number, period in enumerate(periods, start=1):
            if period.names_its_days != particular:
                continue
            mask = period.mask(calendar, holidays) & ~taken
            other = names.index(period.band)
            clash = mask & (band >= 0) & (band != other)
            if clash.any():
                first = int(np.flatnonzero(clash)[0])
                raise ValueError(
                    f"period {number} ({period.band}) overlaps "
                    f"{names[band[first]]} in {int(clash.sum())} steps, first "
                    f"{calendar.civil[first]:%Y-%m-%d %H:%M}; every hour needs "
                    "exactly one band"
                )
            band[mask] = other
    if otherwise is not None:
        band[band < 0] = names.index(otherwise)
    open_steps = np.flatnonzero(band < 0)
    if open_steps.size:
        hours = sorted(set(calendar.civil[open_steps].strftime("%H:%M")))
        raise ValueError(
            f"no band covers {open_steps.size} steps, first "
            f"{calendar.civil[int(open_steps[0])]:%Y-%m-%d %H:%M} (hours of the "
            f"day: {', '.join(hours[:24])}); add periods: or otherwise:"
        )
    return band


def by_band(values: Sequence[float], band: Ints) -> Floats:
    """The value of every step's band, (steps,)."""
    return np.asarray(np.asarray(values, dtype=float)[band], dtype=np.float64)

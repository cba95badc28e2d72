"""The time axis: equal steps in local standard time, and the civil clock.

Steps never skip or repeat, because the axis is standard time; what people live
by (tariff hours, shifts) follows the civil clock, which is an hour ahead in
summer where a zone has daylight saving. A stamp marks the beginning of a step.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats, Ints

HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True)
class Calendar:
    """``periods`` steps of ``step_minutes`` from ``start`` (local standard time).

    With ``represents == "year"`` the horizon stands for one year: its amounts
    are scaled by :attr:`year_weight`. With ``"as_is"`` they count as they are.
    """

    start: dt.datetime
    periods: int
    step_minutes: int
    timezone: str
    leap_day: Literal["drop", "keep"] = "keep"
    represents: Literal["year", "as_is"] = "year"

    @property
    def step_hours(self) -> float:
        """Length of a step in hours."""
        return self.step_minutes / 60

    @cached_property
    def standard_offset(self) -> dt.timedelta:
        """Offset of local standard time from UTC: that of the season without saving."""
        zone, year = ZoneInfo(self.timezone), self.start.year
        # The smaller of the two, because a zone may call its winter time the saving
        # (Europe/Dublin does).
        seasons = [dt.datetime(year, month, 1, tzinfo=zone) for month in (1, 7)]
        return min(season.utcoffset() or dt.timedelta() for season in seasons)

    @cached_property
    def standard(self) -> pd.DatetimeIndex:
        """Beginning of each step in local standard time, without zone."""
        freq = pd.Timedelta(minutes=self.step_minutes)
        if self.leap_day == "keep":
            return pd.date_range(self.start, periods=self.periods, freq=freq)
        spare = self.periods + 3 * 24 * 60 // self.step_minutes
        every = pd.date_range(self.start, periods=spare, freq=freq)
        is_leap_day = (every.month == 2) & (every.day == 29)
        return every[~is_leap_day][: self.periods]

    @cached_property
    def utc(self) -> pd.DatetimeIndex:
        """Beginning of each step in UTC."""
        return (self.standard - self.standard_offset).tz_localize("UTC")

    @cached_property
    def civil(self) -> pd.DatetimeIndex:
        """Beginning of each step on the civil clock, without zone."""
        return self.utc.tz_convert(self.timezone).tz_localize(None)

    @cached_property
    def month(self) -> Ints:
        """Number of the billing month of each step, 0 for the first, shape (steps,).

        A full year has twelve: what is left of its first month at the end belongs to
        the first (in the south, an hour of January on the civil clock).
        """
        months = self.civil.year * 12 + self.civil.month
        number = np.asarray(months - months[0], dtype=np.int64)
        return number % 12 if self.is_full_year else number

    @cached_property
    def month_names(self) -> list[str]:
        """Name of each billing month, such as ``2026-01``."""
        names = list(dict.fromkeys(self.civil.strftime("%Y-%m")))
        return names[:12] if self.is_full_year else names

    @property
    def hours(self) -> float:
        """Length of the horizon in hours."""
        return self.periods * self.step_hours

    @property
    def is_full_year(self) -> bool:
        """True if the horizon has 8760 or 8784 hours."""
        return self.hours in (HOURS_PER_YEAR, HOURS_PER_YEAR + 24)

    @property
    def year_weight(self) -> float:
        """How often an amount of the horizon counts (in a year, or as it is)."""
        if self.represents == "as_is" or self.is_full_year:
            return 1.0
        return HOURS_PER_YEAR / self.hours

    @property
    def month_weight(self) -> float:
        """How often a monthly charge of the horizon counts in a year."""
        if self.represents == "as_is" or self.is_full_year:
            return 1.0
        return 12 / len(self.month_names)

    @property
    def fixed_cost_share(self) -> float:
        """Share of a yearly fixed amount that the horizon bears."""
        if self.represents == "as_is":
            return self.hours / HOURS_PER_YEAR
        return 1.0

    def monthly_sums(self, per_step: Floats) -> Floats:
        """Sums of ``per_step`` (steps,) by billing month, shape (months,)."""
        sums = np.zeros(len(self.month_names))
        np.add.at(sums, self.month, per_step)
        return sums

    def monthly_maxima(self, per_step: Floats) -> Floats:
        """Highest value of ``per_step`` (steps,) in each billing month (months,)."""
        highest = np.full(len(self.month_names), -np.inf)
        np.maximum.at(highest, self.month, per_step)
        return highest

"""Laying a series on the scenario's calendar: coarser steps, other years, leap days.

Nothing is done unasked: means of finer steps need ``aggregate: mean``, a series of
another year needs ``align:``, a leap day that has no place needs ``leap_day: drop``.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.errors import InputError
from verdigrid.scenarios.wording import refusal

_MINUTES_PER_DAY = 24 * 60
_LEAP_DAY = 2 * 32 + 29


@dataclass(frozen=True)
class Timed:
    """Values (rows,) or (rows, columns) of equal steps that begin at ``times``.

    ``times`` are local standard time, without zone.
    """

    values: Floats
    times: pd.DatetimeIndex
    step_minutes: int

    @property
    def span(self) -> str:
        """First and last stamp in words."""
        return f"{self.times[0]:%Y-%m-%d %H:%M} to {self.times[-1]:%Y-%m-%d %H:%M}"

    @property
    def is_whole_year(self) -> bool:
        """True if the series has 365 or 366 days."""
        minutes = len(self.times) * self.step_minutes
        return minutes in (365 * _MINUTES_PER_DAY, 366 * _MINUTES_PER_DAY)


@dataclass(frozen=True)
class Laid:
    """A series on the calendar: ``values`` (steps,), the ``whole`` series it is from.

    ``whole`` has the leap day dropped where the calendar has none; it is what
    yearly energy and peak are taken from.
    """

    values: Floats
    whole: Floats
    notes: tuple[str, ...]


def steps_per_step(file_minutes: int, calendar: Calendar, aggregate: bool) -> int:
    """How many steps of a file make one of the calendar. Raises InputError."""
    wanted = calendar.step_minutes
    if file_minutes == wanted:
        return 1
    got, expected = f"steps of {file_minutes} min", f"steps of {wanted} min"
    if file_minutes > wanted:
        hint = (
            f"time: {{step_minutes: {file_minutes}}} would fit, if all files allow it"
        )
        raise refusal(got, f"{expected}, or finer", hint)
    if wanted % file_minutes:
        raise refusal(got, f"a step that divides {wanted} min")
    if not aggregate:
        raise refusal(got, expected, "add aggregate: mean to use means of them")
    return wanted // file_minutes


def means(values: Floats, number: int) -> Floats:
    """Means of ``number`` rows at a time; the rows must divide evenly."""
    shape = (len(values) // number, number, *values.shape[1:])
    return np.asarray(values.reshape(shape).mean(axis=1))


def repeat(series: Timed, calendar: Calendar) -> Timed:
    """The series with every row repeated in the shorter steps of the calendar.

    That is right for what holds all through a step (a price, a temperature).
    """
    number = series.step_minutes // calendar.step_minutes
    if number * calendar.step_minutes != series.step_minutes:
        got = f"steps of {series.step_minutes} min"
        raise refusal(got, f"a multiple of {calendar.step_minutes} min")
    values = np.repeat(series.values, number, axis=0)
    step = pd.Timedelta(minutes=calendar.step_minutes)
    times = pd.date_range(series.times[0], periods=len(values), freq=step)
    return Timed(values, times, calendar.step_minutes)


def coarsen(series: Timed, calendar: Calendar, aggregate: bool) -> Timed:
    """The series in steps of the calendar. Raises InputError."""
    number = steps_per_step(series.step_minutes, calendar, aggregate)
    first = series.times[0]
    offset = (first.hour * 60 + first.minute) % calendar.step_minutes
    if offset or first.second:
        raise refusal(
            f"a series that begins at {first:%Y-%m-%d %H:%M:%S}",
            f"the beginning of a step of {calendar.step_minutes} min",
            "time stamps mark the beginning of a step, not its middle or end",
        )
    if number == 1:
        return series
    if len(series.values) % number:
        got = f"{len(series.values)} rows"
        raise refusal(got, f"a multiple of {number}, one calendar step")
    return Timed(
        means(series.values, number), series.times[::number], calendar.step_minutes
    )


def lay_on(
    series: Timed, calendar: Calendar, align: str | None, leap_day: str | None
) -> Laid:
    """The series, in steps of the calendar, at the calendar's stamps.

    Raises InputError if it does not cover them.
    """
    if covers(series, calendar.standard):
        return _by_stamps(series, calendar, leap_day)
    if align is None:
        raise _not_covered(series, calendar)
    _refuse_leap_days(series, calendar, leap_day)
    if align == "weekday":
        return _by_weekday(series, calendar)
    return _by_date(series, calendar, leap_day)


def covers(series: Timed, target: pd.DatetimeIndex) -> bool:
    """True if the series reaches over all of the target's stamps."""
    return bool(series.times[0] <= target[0] and target[-1] <= series.times[-1])


def positions_by_date(series: Timed, target: pd.DatetimeIndex) -> Ints:
    """Row with the same month, day and time of day for every stamp of the target.

    Raises InputError if there is none, or more than one.
    """
    keys, wanted = _day_and_minute(series.times), _day_and_minute(target)
    if len(np.unique(keys)) < len(keys):
        raise refusal(series.span, "at most a year, to be laid on another year")
    order = np.argsort(keys)
    found = np.searchsorted(keys, wanted, sorter=order)
    positions = order[np.minimum(found, len(keys) - 1)]
    missing = np.flatnonzero(keys[positions] != wanted)
    if missing.size:
        raise refusal(
            f"{series.span}, without {target[int(missing[0])]:%d %B %H:%M}",
            f"every date of the horizon ({missing.size} steps are missing)",
        )
    return np.asarray(positions, dtype=np.int64)


def _not_covered(series: Timed, calendar: Calendar) -> InputError:
    target = calendar.standard
    other_year = series.times[0].year != target[0].year
    hint = "to use another year: align: date, or align: weekday" if other_year else ""
    if series.times[0] - target[0] == pd.Timedelta(minutes=series.step_minutes):
        hint = "do the stamps mark the end of the step? shift them to its beginning"
    return refusal(
        f"{len(series.times)} steps, {series.span}",
        f"{calendar.periods} steps, {target[0]:%Y-%m-%d %H:%M} to "
        f"{target[-1]:%Y-%m-%d %H:%M}",
        hint,
    )


def _by_stamps(series: Timed, calendar: Calendar, leap_day: str | None) -> Laid:
    target = calendar.standard
    if leap_day == "drop" and is_leap_day(target).any():
        raise refusal(
            "leap_day: drop, and a horizon with 29 February",
            "the same choice for all series",
            "time: {leap_day: drop} drops it everywhere",
        )
    step = pd.Timedelta(minutes=series.step_minutes)
    positions = np.asarray((target - series.times[0]) // step)
    whole, notes = series.values, []
    if calendar.leap_day == "drop" and is_leap_day(series.times).any():
        whole = whole[~is_leap_day(series.times)]
        notes.append("29 February left out, as time: leap_day says")
    left_out = len(whole) - len(target)
    if left_out:
        notes.append(f"{left_out} of {len(whole)} steps lie outside the horizon")
    return Laid(series.values[positions], whole, tuple(notes))


def _by_date(series: Timed, calendar: Calendar, leap_day: str | None) -> Laid:
    """Same month, day and time of day."""
    target = calendar.standard
    if leap_day == "drop":
        kept = ~is_leap_day(series.times)
        series = Timed(series.values[kept], series.times[kept], series.step_minutes)
    positions = positions_by_date(series, target)
    note = f"year {series.times[0].year} laid on {target[0].year} by date"
    return Laid(series.values[positions], series.values, (note,))


def _by_weekday(series: Timed, calendar: Calendar) -> Laid:
    """Shifted by at most three days, so that weekdays match; the ends wrap around.

    The series runs on through the end of February as it is: leaving 29 February out
    would put every later weekday wrong.
    """
    target = calendar.standard
    if not series.is_whole_year:
        raise refusal(series.span, "a whole year for align: weekday")
    start = int(positions_by_date(series, target[:1])[0])
    late = (target[0].day_of_week - series.times[start].day_of_week + 3) % 7 - 3
    step = pd.Timedelta(minutes=series.step_minutes)
    elapsed = np.asarray((target - target[0]) // step)
    per_day = _MINUTES_PER_DAY // series.step_minutes
    positions = (start + late * per_day + elapsed) % len(series.values)
    note = (
        f"year {series.times[0].year} laid on {target[0].year} by weekday, "
        f"shifted by {late:+d} days"
    )
    if calendar.is_full_year and len(series.values) > len(target):
        note += "; a day of the leap year falls away at the end"
    return Laid(series.values[positions], series.values, (note,))


def _refuse_leap_days(series: Timed, calendar: Calendar, leap_day: str | None) -> None:
    """A 29 February that only one of the two has."""
    target = calendar.standard
    wanted = set(_days(target).tolist())
    over_february = {2 * 32 + 28, 3 * 32 + 1} <= wanted
    in_file, in_horizon = is_leap_day(series.times).any(), _LEAP_DAY in wanted
    if in_file and over_february and not in_horizon and leap_day != "drop":
        leap_day_stamps = series.times[is_leap_day(series.times)]
        raise refusal(
            f"29 February {leap_day_stamps[0].year} in the file",
            "no leap day, as in the horizon",
            "add leap_day: drop to the profile",
        )
    if in_horizon and (leap_day == "drop" or not in_file):
        raise refusal(
            f"no 29 February from {series.span}",
            f"one, as in the horizon of {target[0].year}",
            "time: {leap_day: drop} leaves it out everywhere",
        )


def _days(times: pd.DatetimeIndex) -> Ints:
    """Month and day as one number, shape (rows,)."""
    return np.asarray(times.month * 32 + times.day, dtype=np.int64)


def _day_and_minute(times: pd.DatetimeIndex) -> Ints:
    """Month, day and minute of the day as one number, shape (rows,)."""
    minute = np.asarray(times.hour * 60 + times.minute, dtype=np.int64)
    return _days(times) * _MINUTES_PER_DAY + minute


def is_leap_day(times: pd.DatetimeIndex) -> Bools:
    """Which stamps are on 29 February, shape (rows,)."""
    return np.asarray(_days(times) == _LEAP_DAY)

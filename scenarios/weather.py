"""Weather files, as one row per step of the calendar.

A typical year has no date of its own: its hours are laid on the calendar by month,
day and hour of local standard time, and 29 February repeats 28 February. Shorter
steps repeat the hour's mean, longer steps average.

pvlib labels an hour of an EPW file by its beginning, and an hour of a TMY3 file by
its end; here both are rows by the beginning of the hour. Air temperature and wind
are read at the hour's end in both formats, and are used as they are.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.microgrid import Site
from verdigrid.scenarios.align import (
    Timed,
    coarsen,
    covers,
    is_leap_day,
    positions_by_date,
    repeat,
)
from verdigrid.scenarios.csv_file import read_numbers, read_table
from verdigrid.scenarios.stamps import read_stamps, step_minutes, to_standard
from verdigrid.scenarios.wording import listed, refusal

#: Columns of the weather, and the band in which each must lie.
BANDS = {
    "ghi_w_per_m2": (0.0, 1600.0),
    "dni_w_per_m2": (0.0, 1600.0),
    "dhi_w_per_m2": (0.0, 1200.0),
    "temp_air_c": (-90.0, 65.0),
    "wind_speed_m_per_s": (0.0, 110.0),
}
_PVLIB_NAMES = {
    "ghi": "ghi_w_per_m2",
    "dni": "dni_w_per_m2",
    "dhi": "dhi_w_per_m2",
    "temp_air": "temp_air_c",
    "wind_speed": "wind_speed_m_per_s",
}
_FAR_DEGREES = 1.0
_REPEATED = "29 February repeats 28 February"
_HOURLY = (
    "hourly means repeated in shorter steps; swings of sun within an hour are unseen"
)


@dataclass(frozen=True)
class Weather:
    """Weather of a scenario: ``frame`` with one row per step, and notes."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _TypicalYear:
    """8760 or 8784 hours (rows, 5) from 1 January, 0 h; and what the header says."""

    values: Floats
    latitude: float
    longitude: float
    utc_offset_hours: float


def read_weather(
    path: Path, raw: bytes, label: str, form: str | None, calendar: Calendar, site: Site
) -> Weather:
    """Weather of the file at ``path`` on the calendar. Raises InputError.

    ``raw`` is its content, ``label`` its name in messages, ``form`` its declared
    format (epw, tmy3, csv) or None.
    """
    notes = []
    if form is None:
        form = _format_of(path, raw)
        notes.append(f"weather: {label}: read as {form.upper()}")
    if form == "csv":
        values, said = _from_csv(raw, label, calendar)
    else:
        year = _read_typical_year(path, label, form)
        said = _header_notes(year, calendar, site, label)
        ahead = _hours_ahead(year, calendar)
        values = _on_calendar(np.roll(year.values, ahead, axis=0), calendar)
        if ahead:
            said.append(f"moved by {ahead:+d} h to the standard time of the site")
        if is_leap_day(calendar.standard).any() and len(year.values) == 8760:
            said.append(_REPEATED)
        if calendar.step_minutes < 60:
            said.append(_HOURLY)
    _refuse_outside_bands(values, calendar, label)
    frame = pd.DataFrame(values, index=calendar.utc, columns=list(BANDS))
    return Weather(frame, (*notes, *(f"weather: {label}: {text}" for text in said)))


def _format_of(path: Path, raw: bytes) -> str:
    """Format by ending and first lines."""
    if path.suffix.lower() == ".epw" or raw.startswith(b"LOCATION,"):
        return "epw"
    second_line = raw[:4000].partition(b"\n")[2]
    return "tmy3" if second_line.startswith(b"Date (MM/DD/YYYY)") else "csv"


# -- typical years ---------------------------------------------------------------


def _read_typical_year(path: Path, label: str, form: str) -> _TypicalYear:
    # pvlib takes a second to import: only here, and only if there is weather
    from pvlib.iotools import read_epw, read_tmy3

    try:
        if form == "epw":
            data, header = read_epw(str(path))
            begin = data.index
        else:
            data, header = read_tmy3(str(path), map_variables=True)
            begin = data.index - pd.Timedelta(hours=1)
        values = data[list(_PVLIB_NAMES)].to_numpy(dtype=np.float64)
        place = [float(header[key]) for key in ("latitude", "longitude", "TZ")]
    except Exception as error:
        # whatever pvlib and pandas stumble over, it is the file
        reason = " ".join(str(error).split())[:120]
        got = f"a file that cannot be read ({type(error).__name__}: {reason})"
        raise refusal(got, f"an {form.upper()} weather file", file=label) from None
    first = begin[0]
    starts_the_year = (first.month, first.day, first.hour) == (1, 1, 0)
    if len(values) not in (8760, 8784) or not starts_the_year:
        got = f"{len(values)} hours from {first:%d %B %H:%M}"
        raise refusal(got, "8760 hours from 01 January 00:00", file=label)
    return _TypicalYear(values, *place)


def _on_calendar(hourly: Floats, calendar: Calendar) -> Floats:
    """Hours of a typical year at the steps of the calendar, (steps, 5)."""
    hours_per_step = max(1, calendar.step_minutes // 60)
    total = np.zeros((calendar.periods, hourly.shape[1]))
    for later in range(hours_per_step):
        times = calendar.standard + pd.Timedelta(hours=later)
        total += hourly[_hour_of_year(times, leap_year=len(hourly) == 8784)]
    return total / hours_per_step


def _hour_of_year(times: pd.DatetimeIndex, leap_year: bool) -> Ints:
    """Number of the hour in a year in which each time falls, (steps,)."""
    february = 29 if leap_year else 28
    days_in_month = np.array([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    before = np.concatenate([[0], np.cumsum(days_in_month)])
    month = np.asarray(times.month)
    day = np.minimum(np.asarray(times.day), days_in_month[month - 1])
    return np.asarray((before[month - 1] + day - 1) * 24 + np.asarray(times.hour))


def _hours_ahead(year: _TypicalYear, calendar: Calendar) -> int:
    """Hours by which the site's standard time is ahead of the file's."""
    standard = calendar.standard_offset.total_seconds() / 3600
    return round(standard - year.utc_offset_hours)


def _header_notes(
    year: _TypicalYear, calendar: Calendar, site: Site, label: str
) -> list[str]:
    """Compare the file's header with the site. Raises InputError for another zone."""
    standard = calendar.standard_offset.total_seconds() / 3600
    if abs(standard - year.utc_offset_hours) > 1:
        raise refusal(
            f"hours of UTC{year.utc_offset_hours:+g} in {label}",
            f"about UTC{standard:+g}, as in {site.timezone}",
            "check site: timezone, and that the file is of the site",
        )
    away = (abs(year.latitude - site.latitude), abs(year.longitude - site.longitude))
    if max(away) <= _FAR_DEGREES:
        return []
    return [
        f"measured at {year.latitude:g}, {year.longitude:g}, more than "
        f"{_FAR_DEGREES:g} degree from the site at {site.latitude:g}, "
        f"{site.longitude:g}"
    ]


# -- plain CSV -------------------------------------------------------------------


def _from_csv(raw: bytes, label: str, calendar: Calendar) -> tuple[Floats, list[str]]:
    """Columns of a CSV file, laid on the calendar like a typical year."""
    table = read_table(raw, label)
    missing = [name for name in BANDS if name not in table.header]
    if missing:
        got, expected = f"no {listed(missing)}", f"the columns {listed(BANDS)}"
        raise refusal(got, expected, file=label, line=1)
    if not table.has_time:
        raise refusal("no time column", "a first column time", file=label, line=1)
    numbers = np.stack([read_numbers(table, name) for name in BANDS], axis=1)
    stamps, note = to_standard(read_stamps(table), None, calendar, table)
    minutes = step_minutes(stamps, None, calendar, table)
    series = Timed(numbers, stamps, minutes)
    if minutes > calendar.step_minutes:
        series = repeat(series, calendar)
    series = coarsen(series, calendar, aggregate=True)
    notes = [note] if note else []
    target = calendar.standard
    if not covers(series, target):
        notes.append(f"year {series.times[0].year} laid on {target[0].year} by date")
        if not is_leap_day(series.times).any() and is_leap_day(target).any():
            notes.append(_REPEATED)
            day_before = target - pd.Timedelta(days=1)
            target = target.where(~is_leap_day(target), day_before)
        return series.values[positions_by_date(series, target)], notes
    step = pd.Timedelta(minutes=series.step_minutes)
    return series.values[np.asarray((target - series.times[0]) // step)], notes


def _refuse_outside_bands(values: Floats, calendar: Calendar, label: str) -> None:
    for column, (name, (low, high)) in zip(values.T, BANDS.items(), strict=True):
        wrong = np.flatnonzero(~((low <= column) & (column <= high)))
        if wrong.size:
            step = int(wrong[0])
            raise refusal(
                f"{name} {column[step]:g} at {calendar.standard[step]:%d %B %H:%M} "
                f"({wrong.size} steps)",
                f"{low:g} to {high:g}",
                "fill missing values in the file",
                file=label,
            )

"""Time stamps of a CSV file: read, put on local standard time, checked for gaps.

Stamps mark the beginning of a step. Only ISO dates are read, because 03/04 is the
third of April to one reader and the fourth of March to the next. Without an offset
a stamp may be standard time, civil time (with its clock changes) or UTC.
"""

import re

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.errors import InputError
from verdigrid.scenarios.csv_file import Table
from verdigrid.scenarios.schema import FIRST_YEAR, LAST_YEAR
from verdigrid.scenarios.wording import refusal

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
    r"(?P<offset>Z|[+-]\d{2}(:?\d{2})?)?)?",
    re.ASCII,
)
_DAY_FIRST = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d+.*")


def read_stamps(table: Table) -> pd.DatetimeIndex:
    """Stamps of the first column; in UTC if they carry offsets, else without zone.

    Raises InputError.
    """
    cells = [row[0].strip() for row in table.rows]
    matches = [_ISO.fullmatch(cell) for cell in cells]
    for row, match in enumerate(matches):
        if match is None:
            raise _bad_stamp(table, row, cells[row])
    aware = [match is not None and match["offset"] is not None for match in matches]
    if any(aware) and not all(aware):
        row = aware.index(not aware[0])
        raise refusal(
            f"{cells[0]!r} and in row {table.lines[row]} {cells[row]!r}",
            "an offset from UTC at all time stamps or at none",
            file=table.file,
            line=table.lines[row],
        )
    try:
        parsed = pd.to_datetime(cells, format="ISO8601", utc=aware[0])
    except (ValueError, OverflowError):
        raise _first_impossible(table, cells) from None
    stamps = pd.DatetimeIndex(parsed)
    odd = np.flatnonzero((stamps.year < FIRST_YEAR) | (stamps.year > LAST_YEAR))
    if odd.size:
        raise _bad_stamp(table, int(odd[0]), cells[int(odd[0])])
    return stamps


def _bad_stamp(table: Table, row: int, cell: str) -> InputError:
    hint = ""
    if _DAY_FIRST.fullmatch(cell):
        hint = "the order of day and month is not clear: write the year first"
    return refusal(
        f"the time stamp {cell!r} in row {table.lines[row]}",
        "an ISO date such as 2026-01-31 06:00",
        hint,
        file=table.file,
        line=table.lines[row],
    )


def _first_impossible(table: Table, cells: list[str]) -> InputError:
    """The first stamp that looks like one but is no point in time (30 February)."""
    for row, cell in enumerate(cells):
        try:
            pd.to_datetime([cell], format="ISO8601")
        except (ValueError, OverflowError):
            return _bad_stamp(table, row, cell)
    return refusal("impossible time stamps", "ISO dates", file=table.file)


def seconds(stamps: pd.DatetimeIndex) -> Ints:
    """Seconds of stamps since 1970, shape (rows,)."""
    return np.asarray(stamps.to_numpy().astype("datetime64[s]").astype(np.int64))


def to_standard(
    stamps: pd.DatetimeIndex, clock: str | None, calendar: Calendar, table: Table
) -> tuple[pd.DatetimeIndex, str]:
    """Stamps on local standard time, and a note on how they were understood.

    ``clock`` is what the scenario declares (standard, civil, utc) or None.
    """
    if stamps.tz is not None:
        if clock not in (None, "utc"):
            got = f"stamps: {clock}, and time stamps with an offset"
            raise refusal(got, "no stamps:, the offsets say it", file=table.file)
        return stamps.tz_localize(None) + calendar.standard_offset, ""
    if clock == "standard":
        return stamps, ""
    if clock == "utc":
        return stamps + calendar.standard_offset, ""
    if clock == "civil":
        return _from_civil(stamps, calendar, table), ""
    return _by_their_pattern(stamps, calendar, table)


def _by_their_pattern(
    stamps: pd.DatetimeIndex, calendar: Calendar, table: Table
) -> tuple[pd.DatetimeIndex, str]:
    """Standard time if the stamps are equidistant, else civil if that explains them."""
    if _is_even(stamps):
        note = f"time stamps are read as standard time of {calendar.timezone}"
        # where the clock never changes there is nothing to say
        return stamps, note if _clock_changes(stamps, calendar) else ""
    try:
        standard = _from_civil(stamps, calendar, table)
    except InputError:  # the zone does not explain the gaps: say where they are
        return stamps, ""
    if not _is_even(standard):
        return stamps, ""
    note = f"time stamps are read as civil time of {calendar.timezone}"
    return standard, f"{note}, with its clock changes"


def _is_even(stamps: pd.DatetimeIndex) -> bool:
    gaps = np.diff(seconds(stamps))
    return gaps.size == 0 or (gaps[0] > 0 and bool((gaps == gaps[0]).all()))


def _clock_changes(stamps: pd.DatetimeIndex, calendar: Calendar) -> bool:
    """True if civil time differs from standard time at any of the stamps."""
    utc = (stamps - calendar.standard_offset).tz_localize("UTC")
    civil = utc.tz_convert(calendar.timezone).tz_localize(None)
    return not bool((civil == stamps).all())


def _from_civil(
    stamps: pd.DatetimeIndex, calendar: Calendar, table: Table
) -> pd.DatetimeIndex:
    """Civil stamps on standard time. Raises InputError."""
    zone = calendar.timezone
    summer = np.ones(len(stamps), dtype=np.bool_)
    known = stamps.tz_localize(zone, ambiguous=summer, nonexistent="NaT")
    missing = np.flatnonzero(known.isna())
    if missing.size:
        raise _not_civil(
            stamps, int(missing[0]), table, f"does not exist in {zone}: clocks go on"
        )
    try:
        aware = stamps.tz_localize(zone, ambiguous="infer")
    except ValueError:
        unclear = stamps.tz_localize(zone, ambiguous="NaT").isna()
        raise _not_civil(
            stamps,
            int(np.flatnonzero(unclear)[0]),
            table,
            f"comes twice in {zone}, when clocks go back",
        ) from None
    utc = aware.tz_convert("UTC").tz_localize(None)
    return utc + calendar.standard_offset


def _not_civil(
    stamps: pd.DatetimeIndex, row: int, table: Table, reason: str
) -> InputError:
    stamp = f"{stamps[row]:%Y-%m-%d %H:%M}"
    return refusal(
        f"{stamp} in row {table.lines[row]}, an hour that {reason}",
        "civil time with the skipped hour missing and the repeated hour twice",
        "if the file never changes its clock, declare stamps: standard",
        file=table.file,
        line=table.lines[row],
    )


def step_minutes(
    stamps: pd.DatetimeIndex, declared: int | None, calendar: Calendar, table: Table
) -> int:
    """Length of the file's step in minutes. Raises InputError if it is not uniform."""
    if len(stamps) < 2:
        if declared is None:
            got, expected = "one row", "step_minutes: declared, or more rows"
            raise refusal(got, expected, file=table.file)
        return declared
    gaps = np.diff(seconds(stamps))
    lengths, counts = np.unique(gaps[gaps > 0], return_counts=True)
    step = int(lengths[counts.argmax()]) if lengths.size else 1
    uneven = np.flatnonzero(gaps != step)
    if uneven.size:
        raise _uneven(stamps, int(uneven[0]), step, int(uneven.size), calendar, table)
    if step % 60:
        raise refusal(f"a step of {step} s", "whole minutes", file=table.file)
    if declared is not None and declared * 60 != step:
        got = f"steps of {step // 60} min in the time stamps"
        expected = f"step_minutes: {declared} as declared"
        raise refusal(got, expected, file=table.file, line=table.lines[0])
    return step // 60


def _uneven(
    stamps: pd.DatetimeIndex,
    before: int,
    step: int,
    count: int,
    calendar: Calendar,
    table: Table,
) -> InputError:
    """The first place where the stamps jump, stand still or go back."""
    this, following = stamps[before], stamps[before + 1]
    line = table.lines[before + 1]
    times = "" if count == 1 else f" ({count} such places)"
    if following == this:
        got = f"the time stamp {this:%Y-%m-%d %H:%M} again in row {line}"
    elif following < this:
        got = f"{following:%Y-%m-%d %H:%M} after {this:%Y-%m-%d %H:%M} in row {line}"
    else:
        missing = this + pd.Timedelta(seconds=step)
        got = f"no row for {missing:%Y-%m-%d %H:%M}, missing before row {line}"
    return refusal(
        got + times,
        "equal steps without gaps",
        f"clock changes of {calendar.timezone} do not explain it",
        file=table.file,
        line=line,
    )

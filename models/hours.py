"""Hours and days of the civil clock: ``["6-14", "22-6"]`` on ``workdays``.

A step belongs to the hours in which it begins. A range that ends before
its beginning goes over midnight; each calendar day is then looked at on its own
(on ``mon``, ``22-6`` means Monday 0 to 6 and Monday 22 to 24).
"""

import re
from collections.abc import Sequence

import numpy as np

from verdigrid.models.arrays import Bools
from verdigrid.models.calendar import Calendar
from verdigrid.models.profile import Days

_MINUTES_PER_DAY = 24 * 60
_RANGE = re.compile(r"\s*(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?\s*")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_range(text: str) -> tuple[int, int]:
    """Beginning and end of a range of hours, in minutes after midnight.

    Raises ValueError for a text that is no range, or an empty one.

    >>> parse_range("8:30-11")
    (510, 660)
    >>> parse_range("22-6")
    (1320, 360)
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is no range of hours; write "6-14" or "8:30-11"')
    hour, minute, end_hour, end_minute = (int(part or 0) for part in match.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or max(begin, end) > _MINUTES_PER_DAY:
        raise ValueError(f"{text!r} has an hour above 24 or a minute above 59")
    if begin == end:
        raise ValueError(f'{text!r} is empty; for the whole day write "0-24"')
    return begin, end


def hours_mask(ranges: Sequence[str], calendar: Calendar) -> Bools:
    """Steps that begin within one of ``ranges`` on the civil clock, (steps,).

    Raises ValueError for a malformed range.
    """
    civil = calendar.civil
    minute = np.asarray(civil.hour * 60 + civil.minute)
    mask = np.zeros(calendar.periods, dtype=np.bool_)
    for text in ranges:
        begin, end = parse_range(text)
        if begin < end:
            mask |= (begin <= minute) & (minute < end)
        else:
            mask |= (begin <= minute) | (minute < end)
    return mask


def days_mask(days: Days, calendar: Calendar) -> Bools:
    """Steps that begin on one of ``days`` of the civil clock, (steps,)."""
    weekday = np.asarray(calendar.civil.day_of_week)
    if days == "all":
        return np.ones(calendar.periods, dtype=np.bool_)
    if days == "workdays":
        return np.asarray(weekday < 5, dtype=np.bool_)
    if days == "weekends":
        return np.asarray(weekday >= 5, dtype=np.bool_)
    return np.asarray(weekday == _WEEKDAYS.index(days), dtype=np.bool_)

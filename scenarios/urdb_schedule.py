"""Schedules of 12 months x 24 hours as windows of hours, days and months."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_Rows = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Schedule:
    """The number of the period of each hour, by month, on workdays and weekends."""

    workdays: _Rows
    weekends: _Rows

    def periods(self) -> list[int]:
        """Numbers of the periods that occur."""
        rows = (*self.workdays, *self.weekends)
        return sorted({number for row in rows for number in row})


def windows(schedule: Schedule, period: int) -> list[dict[str, Any]]:
    """When a period holds, in as few windows as months of one pattern allow."""
    months_of: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for month in range(12):
        work, rest = (
            _ranges(rows[month], period)
            for rows in (schedule.workdays, schedule.weekends)
        )
        days = {"all": work} if work == rest else {"workdays": work, "weekends": rest}
        for name, hours in days.items():
            if hours:
                months_of.setdefault((name, hours), []).append(month + 1)
    found = []
    for (name, hours), months in months_of.items():
        window: dict[str, Any] = {"hours": list(hours)}
        if name != "all":
            window["days"] = name
        if len(months) < 12:
            window["months"] = months
        found.append(window)
    return found


def _ranges(row: Sequence[int], period: int) -> tuple[str, ...]:
    """Hours of a day in which the period holds.

    >>> _ranges([1, 1, *[0] * 20, 1, 1], 1)
    ('0-2', '22-24')
    """
    ranges, begin = [], None
    for hour, number in enumerate([*row, None]):
        if number == period and begin is None:
            begin = hour
        elif number != period and begin is not None:
            ranges.append(f"{begin}-{hour}")
            begin = None
    return tuple(ranges)

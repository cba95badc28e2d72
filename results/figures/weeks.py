"""Which part of the year a figure shows, and how its time axis is marked.

Time runs in steps of equal length; what is written is the civil clock.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.results.figures.style import WEEKDAYS, day_name

SEASONS = {"winter": (12, 1, 2), "summer": (6, 7, 8)}
OPPOSITE = {"winter": "summer", "summer": "winter"}
SHORT_HOURS = 14 * 24
WEEK_HOURS = 7 * 24


@dataclass(frozen=True)
class Window:
    """Steps ``start`` to ``stop``; ``season`` is empty if it stands for no season."""

    season: str
    start: int
    stop: int

    def of(self, values: Floats) -> Floats:
        """The part of ``values`` (steps,) inside the window."""
        return values[self.start : self.stop]


def choose_windows(calendar: Calendar, demand: Floats, south: bool) -> list[Window]:
    """The winter and the summer week of highest demand, or a short horizon whole.

    A horizon without winter and summer gives its week of highest demand.
    """
    if calendar.hours < SHORT_HOURS:
        return [Window("", 0, calendar.periods)]
    weeks = whole_weeks(calendar)
    months = np.asarray(calendar.civil.month)
    by_season: dict[str, list[tuple[int, int]]] = {"winter": [], "summer": []}
    for week in weeks:
        middle = months[sum(week) // 2]
        for season, its_months in SEASONS.items():
            if middle in its_months:
                by_season[OPPOSITE[season] if south else season].append(week)
    windows = [
        Window(season, *_highest(candidates, demand))
        for season, candidates in by_season.items()
        if candidates
    ]
    if windows:
        return windows
    return [Window("", *_highest(weeks, demand))]


def whole_weeks(calendar: Calendar) -> list[tuple[int, int]]:
    """First and past-the-last step of every week from Monday to Sunday."""
    starts = day_starts(calendar)
    days = calendar.civil.day_of_week
    mondays = [int(i) for i in starts if days[i] == 0]
    end = calendar.civil[-1] + (calendar.civil[-1] - calendar.civil[-2])
    if end.weekday() == 0 and end.hour == 0:
        mondays.append(calendar.periods)
    weeks = list(pairwise(mondays))
    steps = round(WEEK_HOURS / calendar.step_hours)
    return weeks or [(0, min(steps, calendar.periods))]


def _highest(weeks: list[tuple[int, int]], demand: Floats) -> tuple[int, int]:
    """The week with the highest mean demand."""
    return max(weeks, key=lambda week: float(demand[week[0] : week[1]].mean()))


def day_starts(calendar: Calendar, start: int = 0, stop: int | None = None) -> Ints:
    """Steps that begin a civil day, between ``start`` and ``stop``."""
    civil = calendar.civil[start:stop]
    days = np.asarray(civil.normalize())
    first = bool(civil[0] == civil[0].normalize())
    return start + np.flatnonzero(np.r_[first, days[1:] != days[:-1]])


def describe(calendar: Calendar, window: Window) -> str:
    """First and last day of the window, such as ``12-18 Jan 2026``."""
    first, last = calendar.civil[window.start], calendar.civil[window.stop - 1]
    until = f"{day_name(last)} {last.year}"
    if first.date() == last.date():
        return until
    if first.year != last.year:
        return f"{day_name(first)} {first.year} - {until}"
    if first.month != last.month:
        return f"{day_name(first)} - {until}"
    return f"{first.day}-{until}"


def edges(calendar: Calendar, window: Window) -> Floats:
    """Hours since the window's beginning at which its steps begin and end."""
    steps = np.arange(window.stop - window.start + 1, dtype=np.float64)
    return steps * calendar.step_hours


def mark_time(axes: Axes, calendar: Calendar, window: Window) -> None:
    """Ticks at every civil midnight, or by the hour in less than two days."""
    civil = calendar.civil[window.start : window.stop]
    hours = edges(calendar, window)
    axes.set_xlim(hours[0], hours[-1])
    if hours[-1] > 48:
        at = day_starts(calendar, window.start, window.stop) - window.start
        spacing = int(np.ceil(len(at) / 8))
        labels = [f"{WEEKDAYS[civil[i].weekday()]}\n{day_name(civil[i])}" for i in at]
        axes.set_xticks(hours[at], labels, ha="left")
        axes.grid(axis="x", color="#eeeeee", linewidth=0.8)
        for number, text in enumerate(axes.get_xticklabels()):
            too_late = hours[-1] - hours[at[number]] < 0.05 * hours[-1]
            text.set_visible(number % spacing == 0 and not too_late)
        return
    step = max(1, round(hours[-1] / 8 / calendar.step_hours))
    at = np.arange(0, len(civil), step)
    axes.set_xticks(hours[at], [f"{civil[i]:%H:%M}" for i in at])

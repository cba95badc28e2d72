"""Shapes that the series of all sites are made of: shifts, stops, batches.

    load(t) = annual energy x shape(t) / sum of shape
    shape   = idle + (1 - idle) x activity(t) x season(t) x batches(t)

    activity   share of the machines that run: shifts, rest days, holidays
    season     dependence on the outdoor temperature
    batches    noise around 1 that lasts some hours, as batches do

All stamps are local standard time and mark the beginning of an hour.
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar

YEAR = 2026
HOURS = 8760


def calendar_of(timezone: str) -> Calendar:
    """The year in hours; shifts follow the civil clock of the zone."""
    return Calendar(dt.datetime(YEAR, 1, 1), HOURS, 60, timezone)


def noise(rng: np.random.Generator, size: int, hours: float, spread: float) -> Floats:
    """Autocorrelated noise around 1 with this standard deviation and memory."""
    memory = np.exp(-1 / hours)
    steps = rng.normal(0.0, spread * np.sqrt(1 - memory**2), size)
    values = np.empty(size)
    level = rng.normal(0.0, spread)
    for t in range(size):
        level = memory * level + steps[t]
        values[t] = level
    return np.maximum(1 + values, 0.0)


def stopped(
    calendar: Calendar, stops: Sequence[tuple[dt.date, dt.date]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Hours that lie in one of the stops."""
    day = calendar.civil.normalize()
    inside = np.zeros(calendar.periods, dtype=np.bool_)
    for first, last in stops:
        inside |= np.asarray((day >= pd.Timestamp(first)) & (day <= pd.Timestamp(last)))
    return inside


def shift_pattern(
    calendar: Calendar, shifts: Sequence[tuple[int, int, float]]
) -> Floats:
    """Share of the machines that run, by the hour of the civil clock."""
    hour = np.asarray(calendar.civil.hour)
    running = np.zeros(calendar.periods)
    for begin, end, share in shifts:
        inside = ((hour >= begin) & (hour < end)) | (hour < end - 24)
        running = np.where(inside, share, running)
    return running


def scaled(shape: Floats, annual_kwh: float) -> Floats:
    """The shape with this energy in a year, whole kW."""
    return np.asarray(np.round(shape * (annual_kwh / shape.sum())), dtype=np.float64)


def delayed(values: Floats, hours: int) -> Floats:
    """Mean over the last ``hours`` hours, as behind a buffer tank."""
    padded = np.concatenate([values[-hours + 1 :], values])
    return np.convolve(padded, np.full(hours, 1 / hours), mode="valid")


def ramp_between_stops(running: Floats, hours: int = 24) -> Floats:
    """After a stop the works come back over a day, one machine after another."""
    return np.minimum(running, delayed(running, hours) * 1.15)

"""The US plant: loads in two shifts on the civil clock."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.scenarios.library.series.shapes import (
    HOURS,
    YEAR,
    calendar_of,
    noise,
    scaled,
    shift_pattern,
    stopped,
)

#: Days without production: public holidays and the stop at the turn of the year.
PLANT_STOPS = (
    (dt.date(2026, 1, 1), dt.date(2026, 1, 2)),
    (dt.date(2026, 5, 25), dt.date(2026, 5, 25)),  # Memorial Day
    (dt.date(2026, 6, 29), dt.date(2026, 7, 5)),  # summer stop with 4 July
    (dt.date(2026, 9, 7), dt.date(2026, 9, 7)),  # Labor Day
    (dt.date(2026, 11, 26), dt.date(2026, 11, 29)),  # Thanksgiving
    (dt.date(2026, 12, 24), dt.date(2026, 12, 31)),
)
PLANT_SHIFTS = ((6, 14, 1.0), (14, 22, 0.85))
PLANT_SATURDAY = 0.35  # one reduced shift, 6-14 h
#: A batch furnace for heat treatment runs on some working days.
FURNACE_SHARE_OF_DAYS = 0.4
FURNACE_HOURS = 3
FURNACE_KW_PER_LOAD = 0.45  # share of the plant's full load

PLANT_ANNUAL = {"electricity_kw": 6_000_000, "heat_kw": 3_000_000}


def us_plant() -> pd.DataFrame:
    """Loads of the machinery plant, kW; shifts follow daylight saving."""
    calendar = calendar_of("America/New_York")
    rng = np.random.default_rng(20260102)
    hour = np.asarray(calendar.civil.hour)
    weekday = np.asarray(calendar.civil.day_of_week)

    running = shift_pattern(calendar, PLANT_SHIFTS)
    first_shift = (hour >= 6) & (hour < 14)
    running[weekday == 5] = np.where(first_shift, PLANT_SATURDAY, 0.0)[weekday == 5]
    running[weekday == 6] = 0.0
    running[stopped(calendar, PLANT_STOPS)] = 0.0
    running = running * noise(rng, HOURS, hours=24 * 8, spread=0.05)

    outdoor = greensboro_temperature()
    cooling = 0.008 * np.maximum(outdoor - 20, 0)
    electricity = 0.16 + 0.84 * running * noise(rng, HOURS, 2.0, 0.05)
    electricity += cooling * (0.4 + running) + furnace(calendar, running, rng)
    # halls are heated below 15 C, at half the rate when nobody works; parts washers
    heat = 0.06 * np.maximum(15 - outdoor, 0) * (0.5 + 0.5 * (running > 0))
    heat += 0.20 * running * noise(rng, HOURS, 2.0, 0.08)
    columns = {
        "electricity_kw": scaled(electricity, PLANT_ANNUAL["electricity_kw"]),
        "heat_kw": scaled(heat, PLANT_ANNUAL["heat_kw"]),
    }
    return pd.DataFrame(columns, index=calendar.standard).astype(int)


def furnace(calendar: Calendar, running: Floats, rng: np.random.Generator) -> Floats:
    """Load of the batch furnace: some working days, some hours in the first shift."""
    load = np.zeros(calendar.periods)
    for day in range(calendar.periods // 24):
        starts = int(rng.integers(8, 12))
        lit = rng.random() < FURNACE_SHARE_OF_DAYS
        hours = np.arange(day * 24 + starts, day * 24 + starts + FURNACE_HOURS)
        if lit and running[hours].min() > 0.5:
            load[hours] = FURNACE_KW_PER_LOAD
    return load


def greensboro_temperature() -> Floats:
    """Air temperature of the TMY3 year that ships with pvlib, C."""
    path = Path(pvlib.__file__).parent / "data" / "723170TYA.CSV"
    weather, _ = pvlib.iotools.read_tmy3(path, coerce_year=YEAR, map_variables=True)
    return np.asarray(weather["temp_air"].to_numpy(dtype=float))

"""The cement works: a kiln in campaigns, mills, exhaust, and heat of a town nearby."""

import datetime as dt

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.scenarios.library.series.shapes import (
    HOURS,
    calendar_of,
    delayed,
    noise,
    scaled,
    shift_pattern,
    stopped,
)
from verdigrid.scenarios.library.series.weather import wuxue_weather

#: Stops of the kiln: the stop in spring with its overhaul, and two shorter ones.
KILN_STOPS = (
    (dt.date(2026, 1, 24), dt.date(2026, 3, 4)),
    (dt.date(2026, 6, 12), dt.date(2026, 6, 25)),
    (dt.date(2026, 10, 10), dt.date(2026, 10, 18)),
)
#: Cement is ground from stock; the mills stop only around Spring Festival.
MILL_STOPS = ((dt.date(2026, 2, 8), dt.date(2026, 2, 24)),)
MILL_SHIFTS = ((0, 8, 1.0), (8, 16, 0.85), (16, 24, 0.75))
RAW_MILL_PAUSE = (18, 20)  # the raw mill stands in the dearest hours
#: The kiln trips now and then and is back after some hours.
TRIPS_PER_YEAR = 8
TRIP_HOURS = 14

ANNUAL = {
    "works_kw": 85_000_000,
    "cement_mills_kw": 47_000_000,
    "preheater_kw": 214_000_000,
    "cooler_kw": 70_000_000,
    "drying_kw": 78_000_000,
    "town_kw": 30_000_000,
}
WASTE_HEAT = ("preheater_kw", "cooler_kw")


def kiln(calendar: Calendar, rng: np.random.Generator) -> Floats:
    """Output of the kiln, 1 at its rated 5000 t of clinker a day."""
    running = np.where(stopped(calendar, KILN_STOPS), 0.0, 1.0)
    for begin in rng.choice(HOURS - TRIP_HOURS, TRIPS_PER_YEAR, replace=False):
        running[begin : begin + TRIP_HOURS] = 0.0
    # lit up over a day and a half
    lit = np.minimum(running, 0.4 + 0.6 * delayed(running, 36))
    return np.asarray(lit * noise(rng, HOURS, hours=48, spread=0.03))


def cement_works_loads() -> pd.DataFrame:
    """What the works and the town need, kW."""
    works = cement_works()
    return works[[name for name in works if name not in WASTE_HEAT]]


def cement_works_waste_heat() -> pd.DataFrame:
    """What the kiln sends out hot, kW."""
    return cement_works()[list(WASTE_HEAT)]


def cement_works() -> pd.DataFrame:
    """Loads and waste heat of the cement works, from one and the same kiln."""
    calendar = calendar_of("Asia/Shanghai")
    rng = np.random.default_rng(20260108)
    output = kiln(calendar, rng)
    hour = np.asarray(calendar.civil.hour)
    week = delayed(wuxue_weather()["temp_air_c"].to_numpy(), 24)

    first, last = RAW_MILL_PAUSE
    raw_mill = output * np.where((hour >= first) & (hour < last), 0.0, 1.0)
    mills = shift_pattern(calendar, MILL_SHIFTS)
    mills[stopped(calendar, MILL_STOPS)] = 0.0
    sales = 1 - 0.10 * np.isin(calendar.civil.month, (1, 2, 7, 8))
    # heated below 16 C outdoors from mid November to mid March, warm water all year
    day = np.asarray(calendar.standard.dayofyear)
    season = (day >= 319) | (day < 75)
    shapes = {
        # kiln drive, fans, coal mill and packing; the raw mill is a third
        "works_kw": 0.08 + 0.58 * output + 0.34 * raw_mill * noise(rng, HOURS, 3, 0.04),
        "cement_mills_kw": mills * sales * noise(rng, HOURS, 12, 0.06),
        "preheater_kw": output * noise(rng, HOURS, 6, 0.03),
        "cooler_kw": output * noise(rng, HOURS, 2, 0.08),  # clinker comes in surges
        # raw meal is wetter in the rain of early summer
        "drying_kw": raw_mill * (1 + 0.12 * np.isin(calendar.civil.month, (5, 6, 7))),
        "town_kw": 0.06 + np.where(season, np.maximum(16 - week, 0) / 16, 0.0),
    }
    columns = {
        name: scaled(shape, ANNUAL[name]).astype(int) for name, shape in shapes.items()
    }
    return pd.DataFrame(columns, index=calendar.standard)

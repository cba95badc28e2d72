"""The dyeing park: loads and waste heat from one and the same production."""

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
    ramp_between_stops,
    scaled,
    shift_pattern,
    stopped,
)
from verdigrid.scenarios.library.series.weather import taizhou_weather

#: First and last day of the stops. Spring Festival 2026 falls on 17 February; mills
#: stop about ten days around it, four days at National Day, and overhaul in summer.
PARK_STOPS = (
    (dt.date(2026, 1, 1), dt.date(2026, 1, 1)),
    (dt.date(2026, 2, 13), dt.date(2026, 2, 23)),
    (dt.date(2026, 5, 1), dt.date(2026, 5, 2)),
    (dt.date(2026, 8, 10), dt.date(2026, 8, 13)),
    (dt.date(2026, 10, 1), dt.date(2026, 10, 4)),
)
#: Share of the machines that run in the three shifts (6-14, 14-22, 22-6).
PARK_SHIFTS = ((6, 14, 1.0), (14, 22, 0.97), (22, 30, 0.86))
PARK_CHANGEOVER = 0.90  # in the hour of a shift change
PARK_SUNDAY = 0.78  # machines take turns with their rest day

#: Yearly energy of the park, kWh.
PARK_ANNUAL = {
    "electricity_kw": 45_000_000,
    "steam_kw": 60_000_000,
    "dye_bath_kw": 25_000_000,
    "warm_water_kw": 20_000_000,
    "effluent_kw": 30_000_000,
    "exhaust_kw": 8_000_000,
}
PARK_WASTE_HEAT = ("effluent_kw", "exhaust_kw")


def park_activity(calendar: Calendar, rng: np.random.Generator) -> Floats:
    """Share of the park's machines that run, 0 to about 1."""
    running = shift_pattern(calendar, PARK_SHIFTS)
    hour = np.asarray(calendar.civil.hour)
    running[np.isin(hour, (6, 14, 22))] *= PARK_CHANGEOVER
    running[np.asarray(calendar.civil.day_of_week) == 6] *= PARK_SUNDAY
    running[stopped(calendar, PARK_STOPS)] = 0.0
    orders = noise(rng, calendar.periods, hours=24 * 12, spread=0.06)
    return np.asarray(ramp_between_stops(running) * orders)


def dyeing_park_loads() -> pd.DataFrame:
    """What the dyeing park needs, kW."""
    park = dyeing_park()
    return park[[name for name in park if name not in PARK_WASTE_HEAT]]


def dyeing_park_waste_heat() -> pd.DataFrame:
    """What the dyeing park throws away, kW."""
    return dyeing_park()[list(PARK_WASTE_HEAT)]


def dyeing_park() -> pd.DataFrame:
    """Loads and waste heat of the dyeing park, from one and the same production."""
    calendar = calendar_of("Asia/Shanghai")
    rng = np.random.default_rng(20260101)
    activity = park_activity(calendar, rng)
    outdoor = taizhou_weather()["temp_air_c"].to_numpy()
    week = delayed(outdoor, 24 * 7)  # mains water and halls follow slowly

    def batches(spread: float, hours: float = 3.0) -> Floats:
        return noise(rng, HOURS, hours, spread)

    # compressors and air conditioning of halls and offices: more above 22 C
    cooling = 1 + 0.010 * np.maximum(outdoor - 22, 0)
    electricity = 0.10 + 0.90 * activity * cooling * batches(0.05)
    # pipes lose steam also when nothing runs
    steam = 0.06 + 0.94 * activity * batches(0.08)
    # baths are filled with fresh water: 80 C less 12 C in winter, 26 C in summer
    fresh_water = np.clip(8 + 0.65 * week, 10, 27)
    dye_bath = activity * batches(0.14) * (80 - fresh_water) / 62
    # washing troughs are kept warm, offices and halls are heated below 16 C
    heating = 0.03 * np.maximum(16 - week, 0) * (0.4 + 0.6 * activity)
    warm_water = activity * batches(0.10) + heating
    # what is drained hours later, mixed in the equalizing basin
    effluent = delayed(dye_bath, 4) * batches(0.04)
    exhaust = activity * batches(0.10)
    shapes = {
        "electricity_kw": electricity,
        "steam_kw": steam,
        "dye_bath_kw": dye_bath,
        "warm_water_kw": warm_water,
        "effluent_kw": effluent,
        "exhaust_kw": exhaust,
    }
    columns = {
        name: scaled(shape, PARK_ANNUAL[name]).astype(int)
        for name, shape in shapes.items()
    }
    return pd.DataFrame(columns, index=calendar.standard)

"""The park of three firms: a foundry, a dairy and a logistics firm."""

import datetime as dt

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats
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
from verdigrid.scenarios.library.series.weather import weifang_weather

#: Stops of the foundry; Spring Festival 2026 falls on 17 February.
FOUNDRY_STOPS = (
    (dt.date(2026, 1, 1), dt.date(2026, 1, 1)),
    (dt.date(2026, 2, 14), dt.date(2026, 2, 24)),
    (dt.date(2026, 5, 1), dt.date(2026, 5, 3)),
    (dt.date(2026, 8, 3), dt.date(2026, 8, 9)),
    (dt.date(2026, 10, 1), dt.date(2026, 10, 4)),
)
FOUNDRY_SHIFTS = ((6, 14, 0.90), (14, 22, 0.80), (22, 30, 1.0))  # melts at night too
DAIRY_SHIFTS = ((5, 13, 1.0), (13, 21, 0.85))
LOGISTICS_SHIFTS = ((5, 13, 1.0), (13, 22, 0.9), (22, 29, 0.4))

ANNUAL = {
    "foundry_kw": 15_000_000,
    "melting_kw": 13_000_000,
    "dairy_kw": 9_000_000,
    "dairy_steam_kw": 10_000_000,
    "dairy_hot_kw": 9_000_000,
    "logistics_kw": 5_000_000,
    "exhaust_kw": 9_000_000,
    "cooling_water_kw": 5_000_000,
}
WASTE_HEAT = ("exhaust_kw", "cooling_water_kw")


def three_firm_park_loads() -> pd.DataFrame:
    """What the three firms need, kW."""
    park = three_firm_park()
    return park[[name for name in park if name not in WASTE_HEAT]]


def three_firm_park_waste_heat() -> pd.DataFrame:
    """What the foundry throws away, kW."""
    return three_firm_park()[list(WASTE_HEAT)]


def three_firm_park() -> pd.DataFrame:
    """Loads of the three firms, and waste heat of the foundry."""
    calendar = calendar_of("Asia/Shanghai")
    rng = np.random.default_rng(20260110)
    hour = np.asarray(calendar.civil.hour)
    weekday = np.asarray(calendar.civil.day_of_week)
    outdoor = weifang_weather()["temp_air_c"].to_numpy()

    def batches(spread: float, hours: float = 3.0) -> Floats:
        return noise(rng, HOURS, hours, spread)

    foundry = shift_pattern(calendar, FOUNDRY_SHIFTS)
    foundry[weekday == 6] *= 0.25
    foundry[stopped(calendar, FOUNDRY_STOPS)] = 0.0
    foundry = ramp_between_stops(foundry) * batches(0.05, 24 * 8)
    melting = foundry * batches(0.18, 2.0)
    dairy = shift_pattern(calendar, DAIRY_SHIFTS) * batches(0.04, 24 * 8)
    # milk comes every day; after the shifts tanks and pipes are cleaned
    cleaning = np.isin(hour, (13, 14, 21, 22)) * 1.0
    goods = shift_pattern(calendar, LOGISTICS_SHIFTS)
    goods[weekday == 6] *= 0.5
    shapes = {
        "foundry_kw": 0.12 + 0.88 * foundry * batches(0.05),
        "melting_kw": melting,
        # milk is cooled, more so on warm days
        "dairy_kw": 0.25 + 0.75 * dairy + 0.012 * np.maximum(outdoor - 5, 0),
        "dairy_steam_kw": 0.04 + 0.96 * dairy * batches(0.08),
        "dairy_hot_kw": 0.05 + 0.55 * dairy * batches(0.08) + 0.6 * cleaning,
        "logistics_kw": 0.35 + 0.3 * goods + 0.02 * np.maximum(outdoor - 2, 0),
        # hot air of furnaces for heat treatment; water that cools the coils
        "exhaust_kw": foundry * batches(0.12),
        "cooling_water_kw": delayed(melting, 2),
    }
    columns = {
        name: scaled(shape, ANNUAL[name]).astype(int) for name, shape in shapes.items()
    }
    return pd.DataFrame(columns, index=calendar.standard)

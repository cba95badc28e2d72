"""The food factory: steam, cleaning, cold, and the price of electricity by the hour."""

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
from verdigrid.scenarios.library.series.weather import potsdam_weather

#: Public holidays of Brandenburg on working days of 2026, and the turn of the year.
STOPS = (
    (dt.date(2026, 1, 1), dt.date(2026, 1, 4)),
    (dt.date(2026, 4, 3), dt.date(2026, 4, 6)),  # Easter
    (dt.date(2026, 5, 1), dt.date(2026, 5, 1)),
    (dt.date(2026, 5, 14), dt.date(2026, 5, 14)),
    (dt.date(2026, 5, 25), dt.date(2026, 5, 25)),
    (dt.date(2026, 12, 24), dt.date(2026, 12, 31)),
)
#: Two shifts of production; at night the lines are cleaned and little runs.
SHIFTS = ((6, 14, 1.0), (14, 22, 0.95), (22, 30, 0.25))
#: Share of the wash-down in an hour of the civil clock: short at noon, long at night.
CLEANING = {13: 0.5, 21: 0.6, 22: 1.0, 23: 1.0, 0: 0.9, 1: 0.7, 2: 0.5, 3: 0.4, 4: 0.3}

ANNUAL = {
    "electricity_kw": 14_000_000,
    "steam_kw": 16_000_000,
    "kettles_kw": 10_000_000,
    "cleaning_kw": 6_000_000,
    "frozen_kw": 10_000_000,
    "chilled_kw": 9_000_000,
}

#: What a bought MWh costs beside the market price, EUR. Grid fee: medium voltage, from
#: 2500 hours a year, 1.09 ct/kWh (Stadtwerke Malchow, 2025). Levies, concession, tax
#: and margin of the supplier: 1.5 ct/kWh (engineering estimate, 2026).
FEES_PER_MWH = 10.9 + 15.0
MARKET_MEAN = 85.0  # EUR/MWh; day-ahead means of 2024 and 2025 are 80 to 90
MARKET_LEAST = -20.0


def production(calendar: Calendar, rng: np.random.Generator) -> Floats:
    """Share of the lines that run: two shifts, Saturday morning, more at harvest."""
    hour = np.asarray(calendar.civil.hour)
    weekday = np.asarray(calendar.civil.day_of_week)
    running = shift_pattern(calendar, SHIFTS)
    running[(weekday == 5) & ((hour < 6) | (hour >= 14))] = 0.0
    running[weekday == 6] = 0.0
    running[stopped(calendar, STOPS)] = 0.0
    day = np.asarray(calendar.standard.dayofyear)
    harvest = 1 + 0.15 * np.cos(2 * np.pi * (day - 240) / 365)  # most in late August
    orders = noise(rng, HOURS, hours=24 * 7, spread=0.05)
    return np.asarray(ramp_between_stops(running, 3) * harvest * orders)


def food_factory() -> pd.DataFrame:
    """What the food factory needs, kW."""
    calendar = calendar_of("Europe/Berlin")
    rng = np.random.default_rng(20260104)
    running = production(calendar, rng)
    outdoor = potsdam_weather()["temp_air_c"].to_numpy()
    fresh_water = np.clip(7 + 0.5 * delayed(outdoor, 24 * 30), 7, 19)

    hour = np.asarray(calendar.civil.hour)
    worked = np.repeat(running.reshape(-1, 24).max(axis=1) > 0.5, 24)
    wash = np.array([CLEANING.get(h, 0.0) for h in hour])
    # hours after midnight clean up after the day before
    wash = wash * np.where(hour < 6, np.roll(worked, 24), worked)

    def batches(spread: float, hours: float = 2.0) -> Floats:
        return noise(rng, HOURS, hours, spread)

    shapes = {
        "electricity_kw": 0.20 + 0.80 * running * batches(0.05),
        "steam_kw": 0.05 + 0.95 * running * batches(0.08),  # fryers, autoclaves
        "kettles_kw": 0.03 + 0.97 * running * batches(0.14),  # cooking, blanching
        "cleaning_kw": wash * batches(0.10) * (75 - fresh_water) / 60,
        # goods to be frozen, heat through walls and doors
        "frozen_kw": 0.50 + 0.45 * running + 0.018 * np.maximum(outdoor + 5, 0),
        # air of the halls, cooling of products
        "chilled_kw": 0.12 + 0.60 * running + 0.030 * np.maximum(outdoor - 8, 0),
    }
    columns = {
        name: scaled(shape, ANNUAL[name]).astype(int) for name, shape in shapes.items()
    }
    return pd.DataFrame(columns, index=calendar.standard)


def food_factory_prices() -> pd.DataFrame:
    """Price of a bought and of a sold MWh: a market with much sun and wind, EUR.

        market = 85 + 22 demand(hour, day) - 75 sun + 28 (1 - wind) + noise

    demand is 1 at the two peaks of a working day and -1 at night; sun and wind are
    those of the factory's own weather, so that cheap hours are the sunny and windy
    ones; the sum is shifted to the mean of the year.
    """
    calendar = calendar_of("Europe/Berlin")
    rng = np.random.default_rng(20260106)
    weather = potsdam_weather()
    hour = np.asarray(calendar.civil.hour)
    weekend = np.asarray(calendar.civil.day_of_week) >= 5
    demand = -np.cos(2 * np.pi * (hour - 2) / 24) + np.cos(4 * np.pi * (hour - 8) / 24)
    demand = demand / 1.6 - 0.6 * weekend
    sun = weather["ghi_w_per_m2"].to_numpy() / 1000
    wind = delayed(weather["wind_speed_m_per_s"].to_numpy(), 12) / 4.0
    day = np.asarray(calendar.standard.dayofyear)
    winter = np.cos(2 * np.pi * (day - 15) / 365)
    fuel = 12 * (noise(rng, HOURS, hours=24 * 10, spread=1.0) - 1)
    market = 22 * demand - 75 * sun + 28 * (1 - wind) + 6 * winter + fuel
    market = np.maximum(market - market.mean() + MARKET_MEAN, MARKET_LEAST)
    prices = {
        "import_price_per_mwh": np.round(market + FEES_PER_MWH, 1),
        "export_price_per_mwh": np.round(market, 1),
    }
    return pd.DataFrame(prices, index=calendar.standard)

"""The park's series: synthetic, seeded, made in quarter hours and averaged to hours.

Nothing is measured. Each series is a simple shape of hour, weekday and season with
noise that lasts some hours, enough to give the optimizer a year without symmetry.
"""

import csv
import datetime as dt

import numpy as np

from .park import PARK, YEAR, Case, Floats, Ints

#: Quarter hours of a day and of the year.
PER_DAY = 96
QUARTERS = 365 * PER_DAY

SINK_C = 80.0  # of the heat pump
CARNOT_FRACTION = 0.45
KELVIN = 273.15
LATITUDE = np.radians(32.0)

PRICES = {"valley": 0.38, "flat": 0.64, "peak": 0.96}
COLUMNS = (
    "electricity_kw",
    "heat_kw",
    "pv_kw_per_kw",
    "heat_pump_cop",
    "price_cny_per_kwh",
)


def make_series(case: Case, seed: int = 7) -> dict[str, Floats]:
    """All series of the case by column name, each (steps,), rounded as in the file."""
    random = np.random.default_rng(seed)
    hour = (np.arange(QUARTERS) % PER_DAY) / 4
    day = np.arange(QUARTERS) // PER_DAY
    weekday = (day + dt.date(YEAR, 1, 1).weekday()) % 7
    warmth = _temperature(random, day, hour)
    series = {
        "electricity_kw": _electricity(random, hour, weekday),
        "heat_kw": _heat(random, hour, weekday, warmth),
        "pv_kw_per_kw": _sun(random, day, hour),
        "heat_pump_cop": CARNOT_FRACTION * (SINK_C + KELVIN) / (SINK_C - warmth),
        "price_cny_per_kwh": _price(hour),
    }
    width = case.step_minutes // 15
    return {
        name: values.reshape(-1, width).mean(axis=1)[: case.steps].round(4)
        for name, values in series.items()
    }


def carbon_cap(case: Case, series: dict[str, Floats]) -> float:
    """Cap of the horizon: so much below buying all power and burning all heat, kg."""
    power = series["electricity_kw"].sum() * case.step_hours
    heat = series["heat_kw"].sum() * case.step_hours
    burnt = PARK.gas_kg_per_kwh * heat / PARK.boiler_efficiency
    reference = PARK.grid_kg_per_kwh * power + burnt
    return float((1 - PARK.carbon_reduction(case.months)) * reference)


def write_series(case: Case, series: dict[str, Floats]) -> None:
    """Write the CSV file that every tool reads."""
    start, step = dt.datetime(YEAR, 1, 1), dt.timedelta(minutes=case.step_minutes)
    rows = zip(*(series[name].tolist() for name in COLUMNS), strict=True)
    with case.series_file.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("time", *COLUMNS))
        for number, row in enumerate(rows):
            writer.writerow(((start + number * step).isoformat(), *row))


def _noise(random: np.random.Generator, hours: float, width: float) -> Floats:
    """Noise around 0 that lasts ``hours``, with standard deviation ``width``."""
    length = max(1, int(hours * 4))
    window = np.exp(-np.arange(5 * length) / length)
    window /= np.sqrt((window**2).sum())
    raw = random.standard_normal(QUARTERS + window.size - 1)
    return width * np.convolve(raw, window, mode="valid")


def _temperature(random: np.random.Generator, day: Ints, hour: Floats) -> Floats:
    """Outdoor air, degC."""
    season = -12 * np.cos(2 * np.pi * (day - 20) / 365)
    daily = 3.5 * np.cos(2 * np.pi * (hour - 15) / 24)
    return np.clip(16 + season + daily + _noise(random, 30, 2.5), -10, 38)


def _electricity(random: np.random.Generator, hour: Floats, weekday: Ints) -> Floats:
    """Two full shifts and a smaller one at night; less on Sundays, kW."""
    shift = np.where((hour >= 6) & (hour < 22), 1.0, 0.7)
    rest = np.where(weekday == 6, 0.6, 1.0)
    return 7_000 * shift * rest * np.clip(1 + _noise(random, 3, 0.07), 0.6, 1.4)


def _heat(
    random: np.random.Generator,
    hour: Floats,
    weekday: Ints,
    warmth: Floats,
) -> Floats:
    """Baths by shift and halls by cold, kW."""
    shift = np.where((hour >= 6) & (hour < 22), 1.0, 0.55)
    rest = np.where(weekday == 6, 0.5, 1.0)
    baths = 4_200 * shift * rest * np.clip(1 + _noise(random, 2, 0.12), 0.4, 1.6)
    halls = 90 * np.clip(18 - warmth, 0, None)
    return np.clip(baths + halls, 300, 0.95 * PARK.boiler_kw)


def _sun(random: np.random.Generator, day: Ints, hour: Floats) -> Floats:
    """Yield of a kWp from the height of the sun and passing clouds, kW/kW."""
    tilt = np.radians(23.45) * np.sin(2 * np.pi * (day - 80) / 365)
    angle = np.radians(15 * (hour + 0.125 - 12))
    height = np.sin(LATITUDE) * np.sin(tilt)
    height = height + np.cos(LATITUDE) * np.cos(tilt) * np.cos(angle)
    clouds = np.clip(0.68 + _noise(random, 14, 0.28), 0.08, 1.0)
    found: Floats = 0.85 * np.clip(height, 0, None) ** 1.15 * clouds
    return found


def _price(hour: Floats) -> Floats:
    """Three bands of the day, CNY/kWh."""
    valley = (hour < 6) | ((hour >= 11) & (hour < 13))
    peak = (hour >= 14) & (hour < 22)
    band = np.where(valley, PRICES["valley"], PRICES["flat"])
    return np.where(peak, PRICES["peak"], band)

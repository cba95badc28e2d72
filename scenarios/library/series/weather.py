"""Synthetic weather years: radiation, temperature and wind of a known climate.

    radiation    clear sky (pvlib, Haurwitz) x sky(t), bent to monthly sums; split into
                 direct and diffuse with Erbs
    sky          a Markov chain of clear, mixed and overcast days, with noise of hours
    temperature  monthly means, warm and cold spells of days, a daily swing
    wind         noise of some hours around the mean of the year

What a climate needs are its monthly sums of radiation and mean temperatures. The
year is good for trying things, not for a yield assessment.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.scenarios.library.series.shapes import HOURS, calendar_of, noise

#: Days are clear, mixed or overcast: clear-sky index and chance of the next day.
SKY_INDEX = np.array([0.95, 0.65, 0.25])
MAX_SKY_INDEX = 1.05  # bright clouds beside the sun
SKY_NEXT = np.array([[0.60, 0.28, 0.12], [0.30, 0.40, 0.30], [0.18, 0.37, 0.45]])


@dataclass(frozen=True)
class Climate:
    """A place and its usual months."""

    latitude: float
    longitude: float
    altitude_m: float
    timezone: str
    monthly_ghi: tuple[float, ...]  # kWh/m2
    monthly_temp_c: tuple[float, ...]
    mean_wind_m_per_s: float  # at 10 m
    seed: int


#: Middle Jiangsu: known climate, rounded; 1310 kWh/m2 a year.
TAIZHOU = Climate(
    latitude=32.45,
    longitude=119.92,
    altitude_m=5.0,
    timezone="Asia/Shanghai",
    monthly_ghi=(76, 82, 108, 132, 146, 124, 146, 140, 112, 100, 76, 68),
    monthly_temp_c=(3.0, 5.0, 9.5, 15.5, 21.0, 25.0, 28.0, 27.8, 23.5, 18.0, 11.5, 5.0),
    mean_wind_m_per_s=3.0,
    seed=20260103,
)

#: West of Berlin: known climate of 1991-2020, rounded; 1075 kWh/m2 a year.
POTSDAM = Climate(
    latitude=52.4,
    longitude=13.0,
    altitude_m=35.0,
    timezone="Europe/Berlin",
    monthly_ghi=(21, 38, 81, 126, 156, 163, 160, 139, 95, 54, 25, 17),
    monthly_temp_c=(1.0, 2.0, 5.0, 10.0, 14.5, 18.0, 20.0, 19.5, 15.0, 10.0, 5.0, 2.0),
    mean_wind_m_per_s=4.0,
    seed=20260105,
)

#: East of Hubei on the Yangtze: known climate, rounded; 1240 kWh/m2 a year.
WUXUE = Climate(
    latitude=29.9,
    longitude=115.6,
    altitude_m=25.0,
    timezone="Asia/Shanghai",
    monthly_ghi=(62, 68, 86, 112, 128, 126, 156, 150, 120, 96, 74, 62),
    monthly_temp_c=(
        4.5,
        7.0,
        11.5,
        17.5,
        22.5,
        26.0,
        29.0,
        28.5,
        24.0,
        18.5,
        12.5,
        6.5,
    ),
    mean_wind_m_per_s=2.9,
    seed=20260107,
)

#: Middle Shandong. Temperatures: middle of the mean highs and lows of Weifang,
#: 1971-2000 (China Meteorological Administration), rounded. Radiation: known climate,
#: rounded; 1450 kWh/m2 a year.
WEIFANG = Climate(
    latitude=36.7,
    longitude=119.1,
    altitude_m=25.0,
    timezone="Asia/Shanghai",
    monthly_ghi=(78, 92, 130, 155, 178, 164, 148, 142, 125, 104, 74, 60),
    monthly_temp_c=(-2.0, 0.5, 6.0, 13.5, 19.0, 24.0, 26.5, 25.5, 21.0, 15.0, 7.0, 0.5),
    mean_wind_m_per_s=3.2,
    seed=20260109,
)


def taizhou_weather() -> pd.DataFrame:
    """A synthetic weather year of middle Jiangsu."""
    return weather_year(TAIZHOU)


def potsdam_weather() -> pd.DataFrame:
    """A synthetic weather year of the west of Berlin."""
    return weather_year(POTSDAM)


def wuxue_weather() -> pd.DataFrame:
    """A synthetic weather year of the east of Hubei."""
    return weather_year(WUXUE)


def weifang_weather() -> pd.DataFrame:
    """A synthetic weather year of middle Shandong."""
    return weather_year(WEIFANG)


def weather_year(climate: Climate) -> pd.DataFrame:
    """A synthetic weather year: radiation, temperature, wind."""
    calendar = calendar_of(climate.timezone)
    rng = np.random.default_rng(climate.seed)
    middle = (calendar.utc + pd.Timedelta(minutes=30)).tz_convert(climate.timezone)
    sun = pvlib.solarposition.get_solarposition(
        middle,
        climate.latitude,
        climate.longitude,
        altitude=climate.altitude_m,
    )
    clear = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy()
    sky = np.repeat(daily_sky(rng), 24)
    index = np.clip(
        sky * noise(rng, HOURS, hours=3.0, spread=0.12), 0.05, MAX_SKY_INDEX
    )
    month = np.asarray(calendar.standard.month) - 1
    ghi = to_monthly_sums(climate, clear, index, month)
    split = pvlib.irradiance.erbs(ghi, sun["zenith"].to_numpy(), middle)
    weather = pd.DataFrame(
        {
            "ghi_w_per_m2": np.round(ghi).astype(int),
            "dni_w_per_m2": np.round(np.asarray(split["dni"])).astype(int),
            "dhi_w_per_m2": np.round(np.asarray(split["dhi"])).astype(int),
            "temp_air_c": np.round(temperature(climate, sky, calendar, rng), 1),
        },
        index=calendar.standard,
    )
    wind = noise(rng, HOURS, hours=8.0, spread=0.45) + 0.15
    weather["wind_speed_m_per_s"] = np.round(
        wind * climate.mean_wind_m_per_s / wind.mean(), 1
    )
    return weather


def daily_sky(rng: np.random.Generator) -> Floats:
    """Clear-sky index of each day: a Markov chain of clear, mixed and overcast days."""
    state, days = 1, np.empty(HOURS // 24)
    for day in range(len(days)):
        state = int(rng.choice(3, p=SKY_NEXT[state]))
        days[day] = SKY_INDEX[state]
    return days


def to_monthly_sums(
    climate: Climate, clear: Floats, index: Floats, month: Ints
) -> Floats:
    """Global radiation with the wanted monthly sums, at most MAX_SKY_INDEX of clear.

    The exponent bends a month's clear-sky indices up or down: overcast hours change
    more than clear ones, and none leaves the possible range.
    """
    ghi = np.zeros(HOURS)
    for number, wanted in enumerate(climate.monthly_ghi):
        here = month == number
        low, high = 0.05, 5.0
        for _ in range(40):
            exponent = (low + high) / 2
            bent = np.minimum(index[here] ** exponent, MAX_SKY_INDEX)
            radiation = clear[here] * bent
            low, high = (
                (exponent, high) if radiation.sum() / 1000 > wanted else (low, exponent)
            )
        ghi[here] = radiation
    return ghi


def temperature(
    climate: Climate, sky: Floats, calendar: Calendar, rng: np.random.Generator
) -> Floats:
    """Air temperature: seasons, warm and cold spells of days, and the day itself."""
    usual = climate.monthly_temp_c
    day_of_year = np.arange(HOURS) / 24
    middles = np.array([15.5 + 30.4 * m for m in range(-1, 13)])
    means = np.array([usual[-1], *usual, usual[0]])
    season = np.interp(day_of_year, middles, means)
    spells = 6.0 * (noise(rng, HOURS, hours=72.0, spread=0.45) - 1)
    # warmest at 15 h, coldest at 3 h; clear days swing more
    swing = 2.0 + 3.0 * sky
    hour = np.asarray(calendar.standard.hour)
    daily = -swing * np.cos(2 * np.pi * (hour - 3) / 24)
    raw = season + spells + daily
    month = np.asarray(calendar.standard.month) - 1
    offset = np.array([usual[m] - raw[month == m].mean() for m in range(12)])
    # the correction to the monthly means is spread smoothly over the year
    around = np.array([offset[-1], *offset, offset[0]])
    return np.asarray(raw + np.interp(day_of_year, middles, around))

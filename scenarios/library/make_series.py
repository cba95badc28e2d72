"""Makes the synthetic series of the bundled scenarios (loads, waste heat, weather).

Nothing here is measured: no openly licensed load of a Chinese factory exists, and
measured weather years may not be passed on. Each series is a small documented model
with a fixed seed, so that anyone can read how it came about and make it again::

    python -m verdigrid.scenarios.library.make_series           # writes data/*.csv
    python -m verdigrid.scenarios.library.make_series --check   # compares instead

How a load is made:

    load(t) = annual energy x shape(t) / sum of shape
    shape   = idle + (1 - idle) x activity(t) x season(t) x batches(t)

    activity   share of the machines that run: shifts, rest days, holidays
    season     dependence on the outdoor temperature
    batches    noise around 1 that lasts some hours, as batches do

All stamps are local standard time and mark the beginning of an hour.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar

DATA = Path(__file__).parent / "data"
YEAR = 2026
HOURS = 8760

# -- the dyeing park ---------------------------------------------------------

TAIZHOU = {"latitude": 32.45, "longitude": 119.92, "altitude_m": 5.0}

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

# -- the US plant --------------------------------------------------------------

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

# -- weather of Jiangsu ----------------------------------------------------------

#: Typical monthly sums of global radiation, kWh/m2, and mean temperatures, C, of
#: middle Jiangsu (known climate, rounded; 1310 kWh/m2 a year).
MONTHLY_GHI = (76, 82, 108, 132, 146, 124, 146, 140, 112, 100, 76, 68)
MONTHLY_TEMP = (3.0, 5.0, 9.5, 15.5, 21.0, 25.0, 28.0, 27.8, 23.5, 18.0, 11.5, 5.0)
MEAN_WIND = 3.0  # m/s at 10 m
#: Days are clear, mixed or overcast: clear-sky index and chance of the next day.
SKY_INDEX = np.array([0.95, 0.65, 0.25])
MAX_SKY_INDEX = 1.05  # bright clouds beside the sun
SKY_NEXT = np.array([[0.60, 0.28, 0.12], [0.30, 0.40, 0.30], [0.18, 0.37, 0.45]])


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


# -- the series ----------------------------------------------------------------


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


def taizhou_weather() -> pd.DataFrame:
    """A synthetic weather year of middle Jiangsu: radiation, temperature, wind."""
    calendar = calendar_of("Asia/Shanghai")
    rng = np.random.default_rng(20260103)
    middle = (calendar.utc + pd.Timedelta(minutes=30)).tz_convert("Asia/Shanghai")
    sun = pvlib.solarposition.get_solarposition(
        middle,
        TAIZHOU["latitude"],
        TAIZHOU["longitude"],
        altitude=TAIZHOU["altitude_m"],
    )
    clear = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy()
    sky = np.repeat(daily_sky(rng), 24)
    index = np.clip(
        sky * noise(rng, HOURS, hours=3.0, spread=0.12), 0.05, MAX_SKY_INDEX
    )
    month = np.asarray(calendar.standard.month) - 1
    ghi = to_monthly_sums(clear, index, month)
    split = pvlib.irradiance.erbs(ghi, sun["zenith"].to_numpy(), middle)
    weather = pd.DataFrame(
        {
            "ghi_w_per_m2": np.round(ghi).astype(int),
            "dni_w_per_m2": np.round(np.asarray(split["dni"])).astype(int),
            "dhi_w_per_m2": np.round(np.asarray(split["dhi"])).astype(int),
            "temp_air_c": np.round(temperature(sky, calendar, rng), 1),
        },
        index=calendar.standard,
    )
    wind = noise(rng, HOURS, hours=8.0, spread=0.45) + 0.15
    weather["wind_speed_m_per_s"] = np.round(wind * MEAN_WIND / wind.mean(), 1)
    return weather


def daily_sky(rng: np.random.Generator) -> Floats:
    """Clear-sky index of each day: a Markov chain of clear, mixed and overcast days."""
    state, days = 1, np.empty(HOURS // 24)
    for day in range(len(days)):
        state = int(rng.choice(3, p=SKY_NEXT[state]))
        days[day] = SKY_INDEX[state]
    return days


def to_monthly_sums(
    clear: Floats, index: Floats, month: np.ndarray[tuple[int, ...], np.dtype[np.int_]]
) -> Floats:
    """Global radiation with the wanted monthly sums, at most MAX_SKY_INDEX of clear.

    The exponent bends a month's clear-sky indices up or down: overcast hours change
    more than clear ones, and none leaves the possible range.
    """
    ghi = np.zeros(HOURS)
    for number, wanted in enumerate(MONTHLY_GHI):
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


def temperature(sky: Floats, calendar: Calendar, rng: np.random.Generator) -> Floats:
    """Air temperature: seasons, warm and cold spells of days, and the day itself."""
    day_of_year = np.arange(HOURS) / 24
    middles = np.array([15.5 + 30.4 * m for m in range(-1, 13)])
    means = np.array([MONTHLY_TEMP[-1], *MONTHLY_TEMP, MONTHLY_TEMP[0]])
    season = np.interp(day_of_year, middles, means)
    spells = 6.0 * (noise(rng, HOURS, hours=72.0, spread=0.45) - 1)
    # warmest at 15 h, coldest at 3 h; clear days swing more
    swing = 2.0 + 3.0 * sky
    hour = np.asarray(calendar.standard.hour)
    daily = -swing * np.cos(2 * np.pi * (hour - 3) / 24)
    raw = season + spells + daily
    month = np.asarray(calendar.standard.month) - 1
    offset = np.array([MONTHLY_TEMP[m] - raw[month == m].mean() for m in range(12)])
    # the correction to the monthly means is spread smoothly over the year
    around = np.array([offset[-1], *offset, offset[0]])
    return np.asarray(raw + np.interp(day_of_year, middles, around))


#: File name -> what makes it.
SERIES: dict[str, Callable[[], pd.DataFrame]] = {
    "dyeing-park.csv": dyeing_park_loads,
    "dyeing-park-waste-heat.csv": dyeing_park_waste_heat,
    "us-plant.csv": us_plant,
    "taizhou-weather.csv": taizhou_weather,
}


def written(name: str) -> pd.DataFrame:
    """The series as it stands in the data folder."""
    return pd.read_csv(DATA / name, index_col="time", parse_dates=True)


def differences(name: str) -> list[str]:
    """What is not the same in the file and in a new run (last digits may differ)."""
    if not (DATA / name).is_file():
        return [f"{name}: missing"]
    new, old = SERIES[name](), written(name)
    if list(new.columns) != list(old.columns) or len(new) != len(old):
        return [f"{name}: other columns or length"]
    if not (new.index == old.index).all():
        return [f"{name}: other time stamps"]
    return [
        f"{name}: {column} differs in {int(off.sum())} hours"
        for column in new.columns
        if (off := (new[column] - old[column]).abs() > 1.001).any()
    ]


def write(name: str) -> None:
    """Makes a series and writes its file."""
    DATA.mkdir(exist_ok=True)
    SERIES[name]().to_csv(
        DATA / name,
        index_label="time",
        date_format="%Y-%m-%dT%H:%M",
        lineterminator="\n",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the files, or with ``--check`` compares them; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the series of the library.")
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    check = parser.parse_args(arguments).check
    if not check:
        for name in SERIES:
            write(name)
        return 0
    found = [line for name in SERIES for line in differences(name)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

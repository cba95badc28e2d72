"""Makes the synthetic series of the bundled scenarios (loads, waste heat, weather).

Nothing here is measured: no openly licensed load of a Chinese factory exists, and
measured weather years may not be passed on. Each series is a small documented model
with a fixed seed, so that anyone can read how it came about and make it again::

    python -m verdigrid.scenarios.library.make_series           # writes data/*.csv
    python -m verdigrid.scenarios.library.make_series --check   # compares instead

The models are in the folder ``series``: ``shapes`` is what all share, ``weather`` the
weather years, and each site has a module of its name.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from verdigrid.scenarios.library.series import (
    cement_works,
    dyeing_park,
    food_factory,
    three_firm_park,
    us_plant,
    weather,
)

DATA = Path(__file__).parent / "data"

#: File name -> what makes it.
SERIES: dict[str, Callable[[], pd.DataFrame]] = {
    "dyeing-park.csv": dyeing_park.dyeing_park_loads,
    "dyeing-park-waste-heat.csv": dyeing_park.dyeing_park_waste_heat,
    "us-plant.csv": us_plant.us_plant,
    "taizhou-weather.csv": weather.taizhou_weather,
    "food-factory.csv": food_factory.food_factory,
    "food-factory-prices.csv": food_factory.food_factory_prices,
    "potsdam-weather.csv": weather.potsdam_weather,
    "cement-works.csv": cement_works.cement_works_loads,
    "cement-works-waste-heat.csv": cement_works.cement_works_waste_heat,
    "wuxue-weather.csv": weather.wuxue_weather,
    "three-firm-park.csv": three_firm_park.three_firm_park_loads,
    "three-firm-park-waste-heat.csv": three_firm_park.three_firm_park_waste_heat,
    "weifang-weather.csv": weather.weifang_weather,
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

"""Weather files: which hour a row is, other steps, leap days, wrong places."""

import numpy as np
import pandas as pd
import pytest
from pvlib.solarposition import get_solarposition

from verdigrid.scenarios.weather import BANDS, _hour_of_year

SHANGHAI = "site: {latitude: 31.2, longitude: 121.4, timezone: Asia/Shanghai}\n"
GREENSBORO = "site: {latitude: 36.1, longitude: -79.95, timezone: America/New_York}\n"
YEAR = "{start: 2026-01-01, represents: as_is}"
PV = """\
  roof:
    kind: pv
    bus: electricity
    capacity: {existing_kw: 1, om_per_kw_year: 0}
"""


def sun(latitude: float, longitude: float, zone: str, year: int) -> np.ndarray:
    """Sine of the sun's elevation in the middle of each hour of local time."""
    middle = pd.date_range(f"{year}-01-01 00:30", periods=8760, freq="h", tz=zone)
    elevation = get_solarposition(middle, latitude, longitude)["elevation"]
    return np.maximum(np.sin(np.radians(elevation.to_numpy())), 0)


def epw(offset: float = 8.0, longitude: float = 121.4) -> str:
    """A typical year whose irradiance is the sine of the sun's elevation."""
    height = sun(31.2, longitude, f"Etc/GMT{-offset:+.0f}", 2021)
    days = pd.date_range("2021-01-01", periods=8760, freq="h")
    head = [f"LOCATION,X,-,CHN,S,1,31.2,{longitude},{offset},8.0"]
    head += ["DESIGN CONDITIONS,0"] + ["COMMENTS,x"] * 5
    head += ["DATA PERIODS,1,1,Data,Sunday,1/1,12/31"]
    rows = [
        # EPW counts hours from 1: hour 1 is from 0:00 to 1:00
        f"2013,{day.month},{day.day},{day.hour + 1},60,x,{n % 40},0,50,101325,0,0,300,"
        f"{1000 * height[n]:.3f},{500 * height[n]:.3f},{300 * height[n]:.3f},"
        "0,0,0,0,0,3.5,0,0,9999,77777,9,9,0,0.1,0,88,0.2,0,0"
        for n, day in enumerate(days)
    ]
    return "\n".join(head + rows) + "\n"


def notes_of(
    box, weather: str, time: str = YEAR, site: str = SHANGHAI
) -> tuple[str, ...]:
    """Loads a scenario with the weather; its notes."""
    return box.load(text_with(box, weather, time, site)).notes


def text_with(box, weather: str, time: str, site: str = SHANGHAI) -> str:
    old = "{start: 2026-01-01, periods: 4, represents: as_is}"
    text = box.edited((old, time), ("buses:", f"{site}weather: {weather}\nbuses:"))
    return text + PV


@pytest.fixture
def seen(monkeypatch):
    """The weather frames that are handed to the components."""
    frames: list[pd.DataFrame] = []
    from verdigrid.models.components.pv import Pv

    def remember(self, around, series):
        frames.append(around.weather)
        return {"yield": np.zeros(around.calendar.periods)}

    monkeypatch.setattr(Pv, "prepare", remember)
    return frames


def best_shift(irradiance: np.ndarray, height: np.ndarray) -> int:
    """Hours by which the irradiance is late against the sun."""
    fits = {n: float(irradiance @ np.roll(height, n)) for n in range(-2, 3)}
    return max(fits, key=fits.__getitem__)


def test_epw_rows_are_hours_by_their_beginning(box, seen):
    box.write("x.epw", epw())
    notes = notes_of(box, "{file: x.epw}")
    frame = seen[0]
    assert list(frame.columns) == list(BANDS)
    assert str(frame.index[0]) == "2025-12-31 16:00:00+00:00"
    assert list(frame["temp_air_c"].iloc[:3]) == [0, 1, 2]
    height = sun(31.2, 121.4, "Etc/GMT-8", 2026)
    assert frame["ghi_w_per_m2"].to_numpy() == pytest.approx(1000 * height, abs=10)
    assert any("read as EPW" in note for note in notes)


def test_tmy3_rows_are_hours_by_their_beginning(box, seen):
    notes_of(box, '{file: "pvlib:723170TYA.CSV"}', site=GREENSBORO)
    height = sun(36.1, -79.95, "Etc/GMT+5", 2026)
    assert best_shift(seen[0]["ghi_w_per_m2"].to_numpy(), height) == 0
    # the first row of the file is the hour that ends at 01:00
    assert seen[0]["temp_air_c"].iloc[0] == 10.0


def test_shorter_steps_repeat_and_longer_steps_average(box, seen):
    box.write("x.epw", epw())
    time = "{start: 2026-01-01, step_minutes: %d, represents: as_is}"
    notes_of(box, "{file: x.epw}", time % 15)
    notes_of(box, "{file: x.epw}", time % 180)
    assert list(seen[0]["temp_air_c"].iloc[:9]) == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert list(seen[1]["temp_air_c"].iloc[:2]) == [1, 4]


def test_leap_day_repeats_the_day_before(box, seen):
    box.write("x.epw", epw())
    notes = notes_of(box, "{file: x.epw}", "{start: 2028-01-01, represents: as_is}")
    temperature = seen[0]["temp_air_c"].to_numpy().reshape(366, 24)
    assert (temperature[59] == temperature[58]).all()
    assert temperature[60, 0] == (59 * 24) % 40
    assert any("29 February repeats 28 February" in note for note in notes)


def test_a_horizon_that_begins_in_summer(box, seen):
    box.write("x.epw", epw())
    time = "{start: 2026-07-01, periods: 8760, represents: as_is}"
    notes_of(box, "{file: x.epw}", time)
    assert seen[0]["temp_air_c"].iloc[0] == (181 * 24) % 40
    assert seen[0]["temp_air_c"].iloc[184 * 24] == 0  # 1 January


def test_another_place_is_noted_and_another_zone_refused(box, seen):
    box.write("x.epw", epw())
    far = SHANGHAI.replace("121.4", "118.1")
    notes = notes_of(box, "{file: x.epw}", site=far)
    assert any("more than 1 degree" in note for note in notes)
    berlin = SHANGHAI.replace("Asia/Shanghai", "Europe/Berlin")
    message = box.problem(text_with(box, "{file: x.epw}", YEAR, berlin))
    assert message.startswith("s.yaml:6: weather.file: ")
    assert "UTC+8" in message
    assert "UTC+1" in message


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "cannot be read"),
        ("LOCATION,a,b\n", "cannot be read"),
        ("\x00\x01", "cannot be read"),
        (epw()[:200_000].rpartition("\n")[0] + "\n", "8760 hours"),
        (epw().replace(",3.5,", ",999,"), "wind_speed"),
        (epw().replace(",8.0,8.0", ",x,8.0"), "cannot be read"),
    ],
)
def test_broken_epw_files_are_refused(box, content, word):
    box.write("x.epw", content)
    text = text_with(box, "{file: x.epw}", YEAR)
    assert word in box.problem(text)


def test_missing_weather_is_refused_at_its_line(box):
    text = text_with(box, "{file: no.epw}", YEAR)
    assert box.problem(text).startswith("s.yaml:6: weather.file: got no.epw, which")


# -- plain CSV ------------------------------------------------------------------------


def csv_weather(start: str, periods: int, minutes: int = 60) -> str:
    times = pd.date_range(start, periods=periods, freq=pd.Timedelta(minutes=minutes))
    rows = ["time," + ",".join(BANDS)]
    rows += [f"{t:%Y-%m-%d %H:%M},0,0,0,{n % 40},2" for n, t in enumerate(times)]
    return "\n".join(rows) + "\n"


DAY = "{start: 2026-02-28, periods: 48, represents: as_is}"


def test_csv_of_the_horizon(box, seen):
    box.write("w.csv", csv_weather("2026-02-28", 48))
    notes_of(box, "{file: w.csv}", DAY)
    assert list(seen[0]["temp_air_c"]) == [n % 40 for n in range(48)]


def test_csv_of_another_year_is_laid_by_date(box, seen):
    box.write("w.csv", csv_weather("2025-02-28", 48))
    notes = notes_of(box, "{file: w.csv}", DAY)
    assert list(seen[0]["temp_air_c"]) == [n % 40 for n in range(48)]
    assert any("year 2025 laid on 2026 by date" in note for note in notes)
    notes = notes_of(box, "{file: w.csv}", DAY.replace("2026", "2028"))
    assert list(seen[1]["temp_air_c"]) == [n % 40 for n in range(24)] * 2
    assert any("repeats 28 February" in note for note in notes)


def test_csv_in_other_steps(box, seen):
    box.write("w.csv", csv_weather("2026-02-28", 96, minutes=30))
    notes_of(box, "{file: w.csv}", DAY)
    assert list(seen[0]["temp_air_c"].iloc[:3]) == [0.5, 2.5, 4.5]
    fine = "{start: 2026-02-28, periods: 4, step_minutes: 15, represents: as_is}"
    notes_of(box, "{file: w.csv}", fine)
    assert list(seen[1]["temp_air_c"]) == [0, 0, 1, 1]


def test_bad_csv_weather_is_refused(box):
    box.write("w.csv", csv_weather("2026-02-28", 48).replace("temp_air_c", "temp"))
    assert "no temp_air_c" in box.problem(text_with(box, "{file: w.csv}", DAY))
    box.write("w.csv", csv_weather("2026-02-28", 48).replace(",2\n", ",-2\n"))
    assert "wind_speed_m_per_s -2" in box.problem(text_with(box, "{file: w.csv}", DAY))
    box.write("w.csv", csv_weather("2026-02-28", 48).replace(",39,", ",x,"))
    message = box.problem(text_with(box, "{file: w.csv}", DAY))
    assert message.startswith("w.csv:41: weather.file: ")


def test_hour_of_year():
    times = pd.DatetimeIndex(
        ["2026-01-01 05:30", "2028-02-29 01:00", "2026-12-31 23:00"]
    )
    assert list(_hour_of_year(times, leap_year=False)) == [5, 58 * 24 + 1, 8759]
    assert list(_hour_of_year(times, leap_year=True)) == [5, 59 * 24 + 1, 8783]

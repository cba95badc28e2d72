"""Scaling, shift patterns and other years, with answers found by hand."""

import datetime as dt

import numpy as np
import pytest

YEAR = "{start: 2026-01-01, represents: as_is}"
BERLIN = "{latitude: 52, longitude: 13, timezone: Europe/Berlin}"
SHANGHAI = "{latitude: 31, longitude: 121, timezone: Asia/Shanghai}"


def csv_of(start: str, count: int, minutes: int = 60, value=lambda n, t: n) -> str:
    """Rows from ``start``; the value of row n at time t."""
    first = dt.datetime.fromisoformat(start)
    rows = ["time,load_kw"]
    for n in range(count):
        t = first + dt.timedelta(minutes=minutes * n)
        rows.append(f"{t:%Y-%m-%d %H:%M},{value(n, t)}")
    return "\n".join(rows) + "\n"


def day_of_year(_: int, t: dt.datetime) -> int:
    return t.timetuple().tm_yday


def week_day(_: int, t: dt.datetime) -> int:
    return t.weekday()


# -- coarser steps ---------------------------------------------------------------


def test_finer_steps_become_means(box):
    csv = csv_of("2026-01-01", 16, minutes=15)
    assert box.series(csv, ", aggregate: mean") == [1.5, 5.5, 9.5, 13.5]


def test_energy_per_step_becomes_power(box):
    csv = csv_of("2026-01-01", 16, minutes=15).replace("load_kw", "load_kwh")
    box.write("data.csv", csv)
    text = box.with_profile("{file: data.csv, column: load_kwh, aggregate: mean}")
    series = box.load(text).microgrid.series["components.plant.profile"]
    assert list(series) == [6, 22, 38, 54]  # 1.5 kWh in a quarter of an hour are 6 kW


def test_a_price_of_an_hour_holds_in_its_quarters(box):
    csv = csv_of("2026-01-01", 2).replace("load_kw", "price_per_kwh")
    box.write("data.csv", csv)
    profile = "{file: data.csv, column: price_per_kwh}"
    text = box.edited(
        ("price_per_kwh: 0.2", f"price_per_kwh: {profile}"),
        ("periods: 4", "periods: 8, step_minutes: 15"),
    )
    scenario = box.load(text)
    prices = scenario.microgrid.series["components.grid.import_price"]
    assert list(prices) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert any("repeated in steps of 15 min" in note for note in scenario.notes)


# -- other years -------------------------------------------------------------------


def test_by_date_every_hour_keeps_its_date(box):
    csv = csv_of("2019-01-01", 8760, value=day_of_year)
    series = box.series(csv, ", align: date", time=YEAR)
    assert series == [float(n // 24 + 1) for n in range(8760)]


def test_by_date_the_leap_day_of_the_file_must_be_dropped(box):
    csv = csv_of("2020-01-01", 8784, value=day_of_year)
    message = box.csv_problem(csv, ", align: date", time=YEAR)
    assert "29 February 2020" in message
    assert "leap_day: drop" in message
    series = box.series(csv, ", align: date, leap_day: drop", time=YEAR)
    assert series[58 * 24] == 59  # 28 February
    assert series[59 * 24] == 61  # 1 March is day 61 of 2020


@pytest.mark.parametrize("year", [2017, 2018, 2019, 2021, 2022, 2023, 2025])
def test_by_weekday_weekdays_match(box, year):
    csv = csv_of(f"{year}-01-01", 8760, value=week_day)
    series = box.series(csv, ", align: weekday", time=YEAR)
    first = dt.date(2026, 1, 1)
    wanted = [(first + dt.timedelta(days=day)).weekday() for day in range(365)]
    found = series[::24]
    wrong = [day for day in range(365) if found[day] != wanted[day]]
    # at most three days wrap around the end of the year
    assert set(wrong) <= {0, 1, 2, 362, 363, 364}
    assert len(wrong) <= 3
    # every day of the file is used once
    days = [dt.date(year, 1, 1) + dt.timedelta(days=n) for n in range(365)]
    assert sorted(found) == sorted(day.weekday() for day in days)


def test_by_weekday_a_leap_year_keeps_its_weekdays_after_february(box):
    csv = csv_of("2020-01-01", 8784, value=week_day)
    assert "leap_day: drop" in box.csv_problem(csv, ", align: weekday", time=YEAR)
    series = box.series(csv, ", align: weekday, leap_day: drop", time=YEAR)
    first = dt.date(2026, 1, 1)
    assert series[::24] == [(first + dt.timedelta(n)).weekday() for n in range(365)]


def test_by_weekday_a_short_file_is_refused(box):
    message = box.csv_problem(csv_of("2025-01-01", 48), ", align: weekday")
    assert "a whole year" in message


def test_by_date_a_missing_date_is_named(box):
    csv = csv_of("2025-01-01", 8760 - 24)
    message = box.csv_problem(csv, ", align: date", time=YEAR)
    assert "31 December 00:00" in message
    assert "24 steps" in message


def test_by_date_a_week_can_be_cut_from_another_year(box):
    csv = csv_of("2020-01-01", 8784, value=day_of_year)
    time = "{start: 2026-07-01, periods: 24, represents: as_is}"
    assert box.series(csv, ", align: date", time=time) == [183.0] * 24


def test_by_date_two_years_are_too_many(box):
    csv = csv_of("2021-01-01", 2 * 8760)
    assert "at most a year" in box.csv_problem(csv, ", align: date", time=YEAR)


def test_leap_day_of_the_horizon(box):
    leap, plain = csv_of("2028-01-01", 8784), csv_of("2027-01-01", 8760)
    keep = "{start: 2028-01-01, represents: as_is}"
    drop = "{start: 2028-01-01, represents: as_is, leap_day: drop}"
    assert box.series(leap, time=keep) == list(range(8784))
    series = box.series(leap, time=drop)
    assert len(series) == 8760
    assert series[59 * 24] == 60 * 24  # 1 March follows 28 February
    message = box.csv_problem(plain, ", align: date", time=keep)
    assert "time: {leap_day: drop}" in message
    assert box.series(plain, ", align: date", time=drop) == list(range(8760))
    message = box.csv_problem(leap, ", leap_day: drop", time=keep)
    assert "time: {leap_day: drop}" in message


# -- clocks --------------------------------------------------------------------------


def civil_year(year: int) -> list[dt.datetime]:
    """Stamps of a German civil year: one hour skipped, one twice."""
    from zoneinfo import ZoneInfo

    zone, utc = ZoneInfo("Europe/Berlin"), dt.UTC
    first = dt.datetime(year - 1, 12, 31, 23, tzinfo=utc)
    hours = [first + dt.timedelta(hours=n) for n in range(8760)]
    return [hour.astimezone(zone).replace(tzinfo=None) for hour in hours]


def csv_at(stamps: list[dt.datetime]) -> str:
    rows = [f"{t:%Y-%m-%d %H:%M},{n}" for n, t in enumerate(stamps)]
    return "time,load_kw\n" + "\n".join(rows) + "\n"


def test_civil_time_is_recognized_and_put_on_standard_time(box):
    box.write("data.csv", csv_at(civil_year(2026)))
    text = box.with_profile("{file: data.csv, column: load_kw}", YEAR, BERLIN)
    scenario = box.load(text)
    series = scenario.microgrid.series["components.plant.profile"]
    assert list(series) == list(range(8760))
    assert any("civil time of Europe/Berlin" in note for note in scenario.notes)


def test_standard_time_in_a_zone_with_summer_time_is_said(box):
    box.write("data.csv", csv_of("2026-01-01", 8760))
    text = box.with_profile("{file: data.csv, column: load_kw}", YEAR, BERLIN)
    assert any("standard time of Europe/Berlin" in n for n in box.load(text).notes)
    text = box.with_profile("{file: data.csv, column: load_kw}", YEAR, SHANGHAI)
    assert not any("standard time" in note for note in box.load(text).notes)


def test_even_stamps_declared_civil_are_refused_at_the_skipped_hour(box):
    csv = csv_of("2026-01-01", 8760)
    message = box.csv_problem(csv, ", stamps: civil", time=YEAR, site=BERLIN)
    assert "2026-03-29 02:00" in message
    assert "Europe/Berlin" in message
    assert "stamps: standard" in message


def test_repeated_hour_that_stands_once_is_refused(box):
    stamps = civil_year(2026)
    del stamps[next(n for n in range(8760) if stamps[n] == stamps[n - 1])]
    csv = csv_at(stamps)
    message = box.csv_problem(csv, ", stamps: civil", time=YEAR, site=BERLIN)
    assert "2026-10-25 02:00" in message
    assert "Europe/Berlin" in message
    message = box.csv_problem(csv, time=YEAR, site=BERLIN)
    assert "Europe/Berlin" in message


def test_utc_stamps_and_offsets_are_put_on_standard_time(box):
    time = "{start: 2026-01-01, periods: 4, represents: as_is}"
    utc = csv_of("2025-12-31 16:00", 4)
    wanted = [0, 1, 2, 3]
    assert box.series(utc, ", stamps: utc", time=time, site=SHANGHAI) == wanted
    offset = utc.replace(":00,", ":00Z,")
    assert box.series(offset, time=time, site=SHANGHAI) == wanted
    offset = csv_of("2026-01-01", 4).replace(":00,", ":00+08:00,")
    assert box.series(offset, time=time, site=SHANGHAI) == wanted
    message = box.csv_problem(offset, ", stamps: civil", time=time, site=SHANGHAI)
    assert "offset" in message


def test_offsets_that_change_with_summer_time_are_instants(box):
    time = "{start: 2026-03-29, periods: 4, represents: as_is}"
    csv = (
        "time,load_kw\n2026-03-29T00:00+01:00,1\n2026-03-29T01:00+01:00,2\n"
        "2026-03-29T03:00+02:00,3\n2026-03-29T04:00+02:00,4\n"
    )
    assert box.series(csv, time=time, site=BERLIN) == [1, 2, 3, 4]


# -- scaling -------------------------------------------------------------------------


@pytest.mark.parametrize("time", [YEAR, "{start: 2028-01-01, represents: as_is}"])
def test_energy_of_a_full_year_is_exact(box, time):
    text = box.with_profile(
        "{shifts: {hours: ['6-22'], days: workdays, idle_fraction: 0.3}, "
        "annual_kwh: 2e6}",
        time,
    )
    series = box.load(text).microgrid.series["components.plant.profile"]
    assert series.sum() == pytest.approx(2e6, rel=1e-12)
    assert series.min() / series.max() == pytest.approx(0.3)


def test_energy_of_a_day_is_its_share_of_the_whole_file(box):
    csv = csv_of("2026-01-01", 8760, value=lambda n, t: 2 if n < 24 else 1)
    time = "{start: 2026-01-01, periods: 24, represents: as_is}"
    series = box.series(csv, ", annual_kwh: 8784", time=time)
    assert series == pytest.approx([2.0] * 24)


def test_energy_of_a_short_file_is_scaled_by_its_mean_and_that_is_said(box):
    box.write("data.csv", csv_of("2026-01-01", 24, value=lambda n, t: n % 2))
    profile = "{file: data.csv, column: load_kw, annual_kwh: 8760}"
    scenario = box.load(box.with_profile(profile))
    series = scenario.microgrid.series["components.plant.profile"]
    assert list(series) == [0, 2, 0, 2]
    assert any("mean of 1 days" in note for note in scenario.notes)


def test_energy_is_scaled_from_the_file_without_its_leap_day(box):
    csv = csv_of("2020-01-01", 8784, value=lambda n, t: 1)
    options = ", align: date, leap_day: drop, annual_kwh: 17520"
    assert box.series(csv, options, time=YEAR) == pytest.approx([2.0] * 8760)


def test_peak_is_that_of_the_whole_file(box):
    csv = csv_of("2026-01-01", 10)  # the horizon ends at 3, the file at 9
    assert box.series(csv, ", peak_kw: 90") == [0, 10, 20, 30]


def test_factor_multiplies(box):
    assert box.series(csv_of("2026-01-01", 4), ", factor: 3") == [0, 3, 6, 9]


def test_only_power_is_scaled_to_energy(box):
    text = box.edited(
        ("price_per_kwh: 0.2", "price_per_kwh: {constant: 1, peak_kw: 2}")
    )
    assert "peak_kw for values in currency/kWh" in box.problem(text)


def test_a_series_of_zeros_cannot_be_scaled(box):
    for scale in ("annual_kwh", "peak_kw"):
        assert "is 0" in box.problem(box.with_profile(f"{{constant: 0, {scale}: 9}}"))


# -- shifts --------------------------------------------------------------------------


def shift_series(box, shifts: str, time: str, site: str = "") -> np.ndarray:
    text = box.with_profile(f"{{shifts: {{{shifts}}}, factor: 100}}", time, site)
    return box.load(text).microgrid.series["components.plant.profile"]


def test_shifts_over_midnight_and_half_hours(box):
    time = "{start: 2026-01-01, periods: 48, step_minutes: 30, represents: as_is}"
    series = shift_series(
        box, "hours: ['22-6', '8:30-11'], days: all, idle_fraction: 0.1", time
    )
    working = [*range(0, 12), *range(17, 22), *range(44, 48)]
    assert list(np.flatnonzero(series == 100)) == working
    assert set(series) == {10.0, 100.0}


def test_workdays(box):
    time = "{start: 2026-01-01, periods: 168, represents: as_is}"  # a Thursday
    series = shift_series(
        box, "hours: ['0-24'], days: workdays, idle_fraction: 0", time
    )
    assert list(series[::24]) == [100, 100, 0, 0, 100, 100, 100]


def test_shifts_follow_the_civil_clock(box):
    time = "{start: 2026-07-01, periods: 24, represents: as_is}"
    series = shift_series(
        box, "hours: ['6-8'], days: all, idle_fraction: 0", time, BERLIN
    )
    assert list(np.flatnonzero(series)) == [5, 6]  # standard time is an hour behind


@pytest.mark.parametrize("hours", ["'6'", "'6-25'", "'6-6'", "'x-y'", "'6:70-8'"])
def test_malformed_hours_are_refused(box, hours):
    text = box.with_profile(
        f"{{shifts: {{hours: [{hours}], idle_fraction: 0}}, factor: 1}}"
    )
    message = box.problem(text)
    assert message.startswith("s.yaml:11: components.plant.profile")
    assert hours in message


def test_shifts_of_a_short_horizon_are_scaled_over_a_year(box):
    text = box.with_profile(
        "{shifts: {hours: ['0-12'], days: all, idle_fraction: 0}, annual_kwh: 4380}",
        "{start: 2026-07-01, periods: 4, represents: as_is}",
    )
    series = box.load(text).microgrid.series["components.plant.profile"]
    assert list(series) == pytest.approx([1, 1, 1, 1])

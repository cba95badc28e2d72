import datetime as dt

import numpy as np
import pandas as pd
import pytest

from verdigrid.models.calendar import Calendar
from verdigrid.models.hours import days_mask, hours_mask, parse_range

WEST = "America/Los_Angeles"


def year(start=2026, minutes=60, zone="UTC", **more):
    steps = 365 * 24 * 60 // minutes
    return Calendar(dt.datetime(start, 1, 1), steps, minutes, zone, **more)


def test_step_of_a_year():
    calendar = year(minutes=15)
    assert calendar.step_hours == 0.25
    assert calendar.hours == 8760
    assert calendar.is_full_year


def test_civil_clock_jumps_in_spring():
    """8 March 2026: 01:59 is followed by 03:00 in Los Angeles."""
    calendar = Calendar(dt.datetime(2026, 3, 8), 4, 60, WEST)
    assert calendar.standard.hour.tolist() == [0, 1, 2, 3]
    assert calendar.civil.hour.tolist() == [0, 1, 3, 4]
    assert calendar.utc.hour.tolist() == [8, 9, 10, 11]


def test_civil_clock_repeats_an_hour_in_autumn():
    """1 November 2026: 01:00 comes twice; the steps in standard time go on."""
    calendar = Calendar(dt.datetime(2026, 11, 1), 4, 60, WEST)
    assert calendar.standard.hour.tolist() == [0, 1, 2, 3]
    # Midnight of standard time is one o'clock of summer time.
    assert calendar.civil.hour.tolist() == [1, 1, 2, 3]


def test_summer_start_is_still_standard_time():
    calendar = Calendar(dt.datetime(2026, 7, 1, 12), 1, 60, WEST)
    assert calendar.standard_offset == dt.timedelta(hours=-8)
    assert calendar.utc[0] == pd.Timestamp("2026-07-01 20:00", tz="UTC")
    assert calendar.civil[0] == pd.Timestamp("2026-07-01 13:00")


def test_southern_summer():
    """Sydney saves daylight in January: standard noon is one o'clock."""
    calendar = Calendar(dt.datetime(2026, 1, 1, 12), 1, 60, "Australia/Sydney")
    assert calendar.standard_offset == dt.timedelta(hours=10)
    assert calendar.civil[0].hour == 13


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Asia/Shanghai", 8),
        ("Europe/Berlin", 1),
        ("Europe/Dublin", 0),  # calls its winter time the saving
        ("America/Los_Angeles", -8),
        ("Australia/Sydney", 10),
        ("Asia/Kolkata", 5.5),
    ],
)
@pytest.mark.parametrize("month", [1, 7])
def test_standard_time_is_that_of_the_season_without_saving(zone, hours, month):
    calendar = Calendar(dt.datetime(2026, month, 1), 24, 60, zone)
    assert calendar.standard_offset == dt.timedelta(hours=hours)


def test_irish_year_has_twelve_months():
    assert len(year(zone="Europe/Dublin").month_names) == 12


def test_a_year_has_every_hour_of_the_axis_once():
    calendar = year(zone=WEST)
    assert calendar.utc.is_unique
    assert (np.diff(calendar.utc.to_numpy()) == np.timedelta64(1, "h")).all()
    lost = calendar.civil.normalize().value_counts()
    assert lost[pd.Timestamp("2026-03-08")] == 23
    assert lost[pd.Timestamp("2026-11-01")] == 25


def test_leap_day_dropped_or_kept():
    dropped, kept = year(2028, leap_day="drop"), year(2028)
    last_of_february = 31 + 28  # days
    at = last_of_february * 24
    assert dropped.standard[at] == pd.Timestamp("2028-03-01")
    assert kept.standard[at] == pd.Timestamp("2028-02-29")
    assert dropped.standard[-1] == pd.Timestamp("2028-12-31 23:00")
    assert len(dropped.standard) == len(kept.standard) == 8760
    assert dropped.is_full_year


def test_leap_day_of_a_short_horizon_in_quarter_hours():
    calendar = Calendar(dt.datetime(2028, 2, 28, 23), 8, 15, "UTC", leap_day="drop")
    assert calendar.standard.strftime("%m-%d %H:%M").tolist() == [
        *[f"02-28 23:{m:02d}" for m in (0, 15, 30, 45)],
        *[f"03-01 00:{m:02d}" for m in (0, 15, 30, 45)],
    ]


def test_leap_year_of_8784_hours():
    calendar = Calendar(dt.datetime(2028, 1, 1), 8784, 60, "UTC")
    assert calendar.is_full_year
    assert calendar.year_weight == 1


# -- weights --------------------------------------------------------------------


def test_short_horizon_for_a_year():
    week = Calendar(dt.datetime(2026, 1, 1), 168, 60, "UTC")
    assert week.year_weight == pytest.approx(8760 / 168)
    assert week.month_weight == 12
    assert week.fixed_cost_share == 1


def test_two_months_count_six_times():
    calendar = Calendar(dt.datetime(2026, 1, 31), 48, 60, "UTC")
    assert calendar.month_names == ["2026-01", "2026-02"]
    assert calendar.month_weight == 6


def test_horizon_as_it_is():
    week = Calendar(dt.datetime(2026, 1, 1), 168, 60, "UTC", represents="as_is")
    assert week.year_weight == week.month_weight == 1
    assert week.fixed_cost_share == pytest.approx(168 / 8760)


def test_full_year_counts_once_however_it_is_read():
    for represents in ("year", "as_is"):
        calendar = year(represents=represents)
        assert calendar.year_weight == calendar.month_weight == 1
        assert calendar.fixed_cost_share == pytest.approx(1)


# -- months -----------------------------------------------------------------------


def test_months_of_a_year():
    calendar = year()
    assert len(calendar.month_names) == 12
    assert np.bincount(calendar.month)[:3].tolist() == [744, 672, 744]


def test_billing_month_follows_the_civil_clock():
    """In summer the last standard hour of June is July's first on the wall."""
    calendar = Calendar(dt.datetime(2026, 6, 30, 22), 3, 60, WEST)
    assert calendar.month.tolist() == [0, 1, 1]
    assert calendar.month_names == ["2026-06", "2026-07"]


def test_months_across_a_year():
    calendar = Calendar(dt.datetime(2026, 12, 31, 23), 2, 60, "UTC")
    assert calendar.month_names == ["2026-12", "2027-01"]
    assert calendar.month.tolist() == [0, 1]


def test_full_year_from_mid_january_has_twelve_months():
    """The first and the last half of January are one billing month."""
    calendar = Calendar(dt.datetime(2026, 1, 15), 8760, 60, "UTC")
    assert len(calendar.month_names) == 12
    assert np.bincount(calendar.month)[:2].tolist() == [744, 672]


def test_southern_year_has_twelve_months():
    """31 December 23:00 of standard time is New Year on Sydney's wall."""
    calendar = year(zone="Australia/Sydney")
    assert calendar.civil[-1] == pd.Timestamp("2027-01-01 00:00")
    assert len(calendar.month_names) == 12
    assert calendar.month[-1] == 0


def test_same_month_of_two_years_is_two_months():
    calendar = Calendar(dt.datetime(2026, 1, 15), 8760 + 48, 60, "UTC")
    assert len(calendar.month_names) == 13
    assert calendar.month[-1] == 12


def test_monthly_sums_and_maxima():
    calendar = Calendar(dt.datetime(2026, 1, 31, 22), 4, 60, "UTC")
    assert calendar.monthly_sums(np.array([1.0, 2, 4, 8])).tolist() == [3, 12]
    assert calendar.monthly_maxima(np.array([1.0, 2, -4, -8])).tolist() == [2, -4]


# -- hours of the civil clock -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6-14", (360, 840)),
        ("8:30-11", (510, 660)),
        ("22-6", (1320, 360)),
        (" 0 - 24 ", (0, 1440)),
    ],
)
def test_range_of_hours(text, expected):
    assert parse_range(text) == expected


@pytest.mark.parametrize(
    "text", ["", "6", "6-6", "25-26", "6:60-7", "6-24:30", "six-ten"]
)
def test_no_range_of_hours(text):
    with pytest.raises(ValueError, match=r"range|hour|empty"):
        parse_range(text)


def test_hours_over_midnight_on_a_monday():
    """`22-6` on Mondays: Monday 0 to 6 and Monday 22 to 24."""
    calendar = Calendar(dt.datetime(2026, 1, 4), 72, 60, "UTC")  # a Sunday
    mask = hours_mask(["22-6"], calendar) & days_mask("mon", calendar)
    assert np.flatnonzero(mask).tolist() == [24, 25, 26, 27, 28, 29, 46, 47]


def test_hours_follow_summer_time():
    calendar = Calendar(dt.datetime(2026, 7, 1), 24, 60, WEST)
    assert np.flatnonzero(hours_mask(["8-10"], calendar)).tolist() == [7, 8]


def test_workdays_and_weekends():
    calendar = Calendar(dt.datetime(2026, 1, 2), 96, 60, "UTC")  # Friday to Monday
    assert days_mask("workdays", calendar).reshape(4, 24).all(axis=1).tolist() == [
        True,
        False,
        False,
        True,
    ]
    both = days_mask("workdays", calendar) ^ days_mask("weekends", calendar)
    assert both.all()
    assert days_mask("all", calendar).all()

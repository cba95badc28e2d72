"""Dates, holidays and leap days; prices made of parts."""

import datetime as dt

import numpy as np
import pytest
from pydantic import ValidationError

from charges import band_prices
from support import grid_at, load_of, microgrid, planned
from verdigrid.models.calendar import Calendar
from verdigrid.models.errors import InputError
from verdigrid.models.tariffs.tariff import Tariff
from verdigrid.results.recompute import recompute


def days(first: dt.datetime, count: int) -> Calendar:
    """So many days, each a step."""
    return Calendar(first, count, 24 * 60, "UTC")


#: Monday 29 June to Sunday 12 July 2026.
SUMMER = days(dt.datetime(2026, 6, 29), 14)


def dear_days(calendar: Calendar, *periods: dict, **more: object) -> list[str]:
    """Days that have the band "dear"."""
    tariff = Tariff.model_validate(
        {
            "bands": {"dear": 2.0, "cheap": 1.0, "free": 0.0},
            "periods": list(periods),
            "otherwise": "cheap",
            **more,
        }
    )
    dear = band_prices(tariff, calendar) == 2.0
    return calendar.civil[dear].strftime("%m-%d").tolist()


def test_a_holiday_is_no_workday():
    """Independence Day 2026 is a Saturday and observed on Friday the 3rd."""
    assert dear_days(
        SUMMER, {"band": "dear", "days": "workdays"}, holidays=["2026-07-03"]
    ) == [
        *("06-29", "06-30", "07-01", "07-02"),
        *("07-06", "07-07", "07-08", "07-09", "07-10"),
    ]


@pytest.mark.parametrize(
    ("are", "found"),
    [
        ("weekends", ["07-03", "07-04", "07-05", "07-11", "07-12"]),
        ("apart", ["07-04", "07-05", "07-11", "07-12"]),
    ],
)
def test_a_holiday_is_a_weekend_day_unless_apart(are, found):
    weekend = {"band": "dear", "days": "weekends"}
    assert (
        dear_days(SUMMER, weekend, holidays=["2026-07-03"], holidays_are=are) == found
    )


def test_a_saturday_that_is_a_holiday_apart_is_no_weekend():
    weekend = {"band": "dear", "days": "weekends"}
    apart = {"holidays": ["07-04"], "holidays_are": "apart"}
    assert dear_days(SUMMER, weekend, **apart) == ["07-05", "07-11", "07-12"]


def test_holidays_have_a_band_of_their_own():
    """Although they are weekends too, which have another band."""
    assert dear_days(
        SUMMER,
        {"band": "free", "days": "weekends"},
        {"band": "dear", "days": "holidays"},
        holidays=["2026-07-03", "2026-07-05"],
    ) == ["07-03", "07-05"]


def test_named_dates_go_before_other_periods():
    every_day = {"band": "cheap"}
    week = {
        "band": "dear",
        "dates": [{"first": "2026-07-01", "last": "2026-07-03"}],
        "days": "workdays",
    }
    assert dear_days(SUMMER, every_day, week, holidays=["07-02"]) == ["07-01", "07-03"]


def test_dates_of_every_year_go_over_new_year():
    winter = days(dt.datetime(2027, 12, 28), 10)
    closed = {"band": "dear", "dates": [{"first": "12-30", "last": "01-02"}]}
    assert dear_days(winter, closed) == ["12-30", "12-31", "01-01", "01-02"]


def test_the_leap_day_is_a_date_of_leap_years():
    leap = {"band": "dear", "dates": [{"first": "02-29", "last": "03-01"}]}
    assert dear_days(days(dt.datetime(2028, 2, 27), 5), leap) == ["02-29", "03-01"]
    assert dear_days(days(dt.datetime(2026, 2, 27), 5), leap) == ["03-01"]


def test_dates_of_two_periods_must_not_clash():
    named = [{"first": "07-01", "last": "07-02"}]
    with pytest.raises(ValueError, match=r"period 2 \(free\) overlaps dear"):
        dear_days(
            SUMMER, {"band": "dear", "dates": named}, {"band": "free", "dates": named}
        )


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ({"first": "2026-07-40", "last": "2026-07-41"}, "no date"),
        ({"first": "13-01", "last": "13-02"}, "no date"),
        ({"first": "2026-07-02", "last": "2026-07-01"}, "not before first"),
        ({"first": "2026-07-02", "last": "07-03"}, "both with their year"),
    ],
)
def test_dates_that_are_none(dates, message):
    with pytest.raises(ValidationError, match=message):
        dear_days(SUMMER, {"band": "dear", "dates": [dates]})


@pytest.mark.parametrize(
    ("tariff", "path"),
    [
        ({"price_per_kwh": 0.1, "holidays": ["2025-01-01"]}, "tariff.holidays"),
        (
            {
                "bands": {"a": 0.1},
                "otherwise": "a",
                "periods": [
                    {
                        "band": "a",
                        "dates": [{"first": "2025-01-01", "last": "2025-01-02"}],
                    }
                ],
            },
            "tariff.periods",
        ),
    ],
)
def test_dates_of_another_year_are_refused(tariff, path):
    grid = {**grid_at(0.1), "tariff": tariff}
    with pytest.raises(InputError, match=rf"{path}.*no year of the horizon \(2026\)"):
        microgrid({"grid": grid}, 24)


def test_dates_of_several_years_are_fine_if_one_is_that_of_the_horizon():
    holidays = ["2025-01-01", "2026-01-01", "2027-01-01"]
    grid = {**grid_at(0.1), "tariff": {"price_per_kwh": 0.1, "holidays": holidays}}
    assert microgrid({"grid": grid}, 24).calendar.periods == 24


# -- prices made of parts ---------------------------------------------------------

#: Hubei, 110 kV, January 2026: published parts and bands.
HUBEI = {
    "energy_price_per_kwh": 0.3845,
    "adders_per_kwh": {
        "losses": 0.0136,
        "transmission": 0.0884,
        "system": 0.0823,
        "levies": 0.0452,
    },
    "multipliers": {"sharp": 2.0, "peak": 1.49, "flat": 1.0, "valley": 0.45},
    "multiplier_applies_to": ["energy", "losses"],
    "periods": [
        {"band": "valley", "hours": ["0-6", "12-14"]},
        {"band": "peak", "hours": ["16-18", "20-24"]},
        {"band": "sharp", "hours": ["18-20"]},
    ],
    "otherwise": "flat",
}


def hubei_grid():
    return {**grid_at(0.0), "tariff": HUBEI}


def test_prices_of_hubei_follow_from_their_parts():
    """Sharp 1.0121, peak 0.8091, flat 0.6140, valley 0.3950 yuan/kWh as published."""
    grid = microgrid({"grid": hubei_grid(), "plant": load_of([1.0] * 24)}, 24)
    price = grid.series["components.grid.import_price"]
    published = [1.0121, 0.8091, 0.6140, 0.3950]
    assert price[[18, 16, 8, 0]].round(4).tolist() == published


def test_the_bill_shows_every_part():
    load = np.zeros(24)
    load[[0, 18]] = [10.0, 100.0]
    site = microgrid({"grid": hubei_grid(), "plant": load_of(load)}, 24)
    lines = {x.item: x for x in recompute(planned(site)).accounts["grid"].bill}
    assert lines["energy valley"].amount == pytest.approx([10 * 0.45 * 0.3845])
    assert lines["energy sharp"].amount == pytest.approx([100 * 2 * 0.3845])
    losses = (10 * 0.45 + 100 * 2) * 0.0136
    assert lines["losses"].amount == pytest.approx([losses])
    assert lines["losses"].quantity == pytest.approx([110])
    assert lines["levies"].amount == pytest.approx([110 * 0.0452])
    kinds = {line.kind for name, line in lines.items() if "energy" not in name}
    assert kinds == {"adder"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"energy_price_per_kwh": None}, "either price_per_kwh"),
        ({"energy_price_per_kwh": None, "price_per_kwh": 0.1}, "belong together"),
        ({"multipliers": None, "periods": [], "otherwise": None}, "belong together"),
        ({"multiplier_applies_to": ["steam"]}, "names steam; known: energy, levies"),
        ({"adders_per_kwh": {"energy": 0.1}}, "no adder can be called energy"),
        ({"otherwise": "noon"}, "bands noon have no price"),
        ({"bands": {"sharp": 1.0}}, "either price_per_kwh"),
    ],
)
def test_parts_that_do_not_fit(change, message):
    with pytest.raises(ValidationError, match=message):
        Tariff.model_validate({**HUBEI, **change})

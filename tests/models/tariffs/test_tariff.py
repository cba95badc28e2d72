import datetime as dt

import numpy as np
import pytest
from pydantic import ValidationError

from charges import band_prices
from verdigrid.models.calendar import Calendar
from verdigrid.models.tariffs.tariff import Tariff

DAY = Calendar(dt.datetime(2026, 1, 5), 24, 60, "UTC")  # a Monday


def banded(*periods, otherwise="flat", **prices):
    return Tariff.model_validate(
        {
            "bands": {"peak": 0.4, "flat": 0.2, "valley": 0.1, **prices},
            "periods": list(periods),
            "otherwise": otherwise,
        }
    )


def test_bands_of_a_day():
    tariff = banded(
        {"band": "peak", "hours": ["8-11", "18-21"]},
        {"band": "valley", "hours": ["23-7"]},
    )
    expected = np.full(24, 0.2)
    expected[[8, 9, 10, 18, 19, 20]] = 0.4
    expected[[23, 0, 1, 2, 3, 4, 5, 6]] = 0.1
    np.testing.assert_array_equal(band_prices(tariff, DAY), expected)


def test_days_and_months_must_match_too():
    tariff = banded(
        {"band": "peak", "hours": ["8-20"], "days": "workdays", "months": [7, 8]}
    )
    for start, peaks in (
        (dt.datetime(2026, 7, 6), 12),  # a Monday in July
        (dt.datetime(2026, 7, 5), 0),  # a Sunday
        (dt.datetime(2026, 1, 5), 0),  # a Monday in January
    ):
        calendar = Calendar(start, 24, 60, "UTC")
        assert (band_prices(tariff, calendar) == 0.4).sum() == peaks


def test_bands_follow_the_civil_clock():
    """In July the peak from 8 on the wall begins at 7 in standard time."""
    calendar = Calendar(dt.datetime(2026, 7, 6), 24, 60, "America/Los_Angeles")
    tariff = banded({"band": "peak", "hours": ["8-9"]})
    assert np.flatnonzero(band_prices(tariff, calendar) == 0.4).tolist() == [7]


def test_quarter_hours_fall_where_they_begin():
    calendar = Calendar(dt.datetime(2026, 1, 5), 96, 15, "UTC")
    tariff = banded({"band": "peak", "hours": ["8:30-9"]})
    assert np.flatnonzero(band_prices(tariff, calendar) == 0.4).tolist() == [34, 35]


def test_two_bands_in_one_hour_are_refused_with_the_hour():
    tariff = banded(
        {"band": "peak", "hours": ["8-12"]}, {"band": "valley", "hours": ["11-13"]}
    )
    with pytest.raises(
        ValueError, match=r"period 2 \(valley\) overlaps peak in 1 steps"
    ):
        tariff.band_of_steps(DAY)


def test_one_band_twice_is_no_clash():
    tariff = banded(
        {"band": "peak", "hours": ["8-12"]}, {"band": "peak", "hours": ["11-13"]}
    )
    assert (band_prices(tariff, DAY) == 0.4).sum() == 5


def test_hours_without_a_band_are_named():
    tariff = banded({"band": "peak", "hours": ["2-24"]}, otherwise=None)
    with pytest.raises(ValueError, match=r"covers 2 steps, .*00:00, 01:00"):
        tariff.band_of_steps(DAY)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "either price_per_kwh: or bands:"),
        (
            {"price_per_kwh": 0.1, "bands": {"a": 0.1}},
            "either price_per_kwh: or bands:",
        ),
        ({"bands": {"a": 0.1}, "otherwise": "b"}, "bands b have no price"),
        ({"bands": {"a": 0.1}, "periods": [{"band": "x"}]}, "bands x have no price"),
        ({"bands": {"a": 0.1}, "periods": [{"band": "a", "months": [13]}]}, "1 to 12"),
        ({"bands": {"a": 0.1}, "periods": [{"band": "a", "months": []}]}, "1 to 12"),
        ({"price_per_kwh": 0.1, "demand_charge_per_kw_month": -1.0}, "greater"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Tariff.model_validate(fields)


def test_bands_may_be_negative():
    tariff = banded(valley=-0.05, otherwise="valley")
    assert (band_prices(tariff, DAY) == -0.05).all()


# -- feed-in by band ------------------------------------------------------------------


def test_feed_in_of_each_band_whatever_its_order():
    tariff = banded({"band": "peak", "hours": ["8-11"]}).model_dump(exclude_none=True)
    tariff["export_bands"] = {"valley": 0.01, "flat": 0.05, "peak": 0.2}
    made = Tariff.model_validate(tariff)
    price = made.feed_in_price({}, made.band_of_steps(DAY), 24)
    assert made.exports
    assert price[[0, 8, 10, 11]].tolist() == [0.05, 0.2, 0.2, 0.05]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"export_bands": {"peak": 0.1}}, r"every band \(peak, flat, valley\)"),
        ({"export_bands": {}, "export_price_per_kwh": 0.1}, "or export_bands"),
    ],
)
def test_feed_in_that_does_not_fit(change, message):
    tariff = banded().model_dump(exclude_none=True)
    with pytest.raises(ValidationError, match=message):
        Tariff.model_validate({**tariff, **change})

"""Energy tiers, minimum bills and fixed charges, by hand and against all dispatches."""

import datetime as dt
import itertools

import numpy as np
import pytest
from pydantic import ValidationError

from charges import bill, billed, plan, year_plan
from verdigrid.models.tariffs.tariff import Tariff
from verdigrid.models.tariffs.tiers import tiered_amounts

START = dt.datetime(2026, 1, 31, 22)
RISING = [{"up_to_kwh": 50.0, "price_per_kwh": 0.1}, {"price_per_kwh": 0.3}]
FALLING = [{"up_to_kwh": 50.0, "price_per_kwh": 0.3}, {"price_per_kwh": 0.1}]
MIXED = [
    {"up_to_kwh": 20.0, "price_per_kwh": 0.2},
    {"up_to_kwh": 50.0, "price_per_kwh": 0.5},
    {"up_to_kwh": 80.0, "price_per_kwh": 0.1},
    {"up_to_kwh": 95.0, "price_per_kwh": 0.4},
    {"price_per_kwh": 0.05},
]


def test_amounts_in_order():
    amounts = tiered_amounts(np.array([0.0, 50.0, 100.0]), [50.0, 80.0, None])
    assert amounts.tolist() == [[0, 50, 50], [0, 0, 30], [0, 0, 20]]


@pytest.mark.parametrize(
    ("tiers", "january", "february"),
    [
        (RISING, 50 * 0.1 + 30 * 0.3, 40 * 0.1),
        (FALLING, 50 * 0.3 + 30 * 0.1, 40 * 0.3),
        (MIXED, 20 * 0.2 + 30 * 0.5 + 30 * 0.1, 20 * 0.2 + 20 * 0.5),
    ],
)
def test_every_month_begins_anew(tiers, january, february):
    solution = plan([30, 50, 40, 0], {"energy_tiers": tiers}, start=START)
    assert solution.objective == pytest.approx(january + february)
    lines = bill(solution)
    names = [name for name in lines if name.startswith("energy tier")]
    total = sum(lines[name] for name in names)
    assert total == pytest.approx([january, february])
    assert sum(billed(solution)[name] for name in names) == pytest.approx([80, 40])


def test_only_falling_prices_ask_a_question():
    found = [
        plan([30.0, 50.0], {"energy_tiers": tiers}).facts["integers"]
        for tiers in (RISING, FALLING, MIXED)
    ]
    assert found == [0, 2, 3]


@pytest.mark.parametrize("tiers", [RISING, FALLING, MIXED])
@pytest.mark.parametrize("dear", [0.0, 0.2, 0.6])
def test_against_every_dispatch(tiers, dear):
    """An hour in either month, the second dear; a battery shifts between them."""
    load = np.array([60.0, 60.0])
    more = {"start": dt.datetime(2026, 1, 31, 23), "battery": True}
    solution = plan(load, {"energy_tiers": tiers}, [0.0, dear], **more)

    ends = [tier.get("up_to_kwh") for tier in tiers]
    prices = np.array([tier["price_per_kwh"] for tier in tiers])
    first = np.linspace(0, 120, 1201)
    cost = sum(prices @ tiered_amounts(kwh, ends) for kwh in (first, 120 - first))
    least = (cost + dear * (120 - first)).min()
    assert solution.objective == pytest.approx(least, abs=1e-7)


@pytest.mark.parametrize("seed", range(12))
def test_any_tiers_at_any_total(seed):
    """The total is given, so there is nothing to gain: not by another run either."""
    random = np.random.default_rng(seed)
    ends = [*np.cumsum(random.integers(1, 40, 4)).tolist(), None]
    prices = random.integers(0, 6, 5).astype(float)
    tiers = [
        {"price_per_kwh": price} | ({} if end is None else {"up_to_kwh": float(end)})
        for end, price in zip(ends, prices.tolist(), strict=True)
    ]
    totals = np.append(random.uniform(0, 150, 3), float(ends[1]))
    for total in totals:
        solution = plan([total], {"energy_tiers": tiers}, import_limit_kw=150.0)
        paid = float(prices @ tiered_amounts(np.array([total]), ends)[:, 0])
        assert solution.objective == pytest.approx(paid, abs=1e-7)


@pytest.mark.parametrize(("kwh", "paid"), [(10, 0), (30, 0), (35, 25), (50, 80)])
def test_a_run_does_not_begin_below_its_start_if_that_were_cheaper(kwh, paid):
    """The third tier's price, carried on down from 40 kWh, would come below zero."""
    tiers = [
        {"up_to_kwh": 30.0, "price_per_kwh": 0.0},
        {"up_to_kwh": 40.0, "price_per_kwh": 5.0},
        {"price_per_kwh": 3.0},
    ]
    solution = plan([float(kwh)], {"energy_tiers": tiers}, import_limit_kw=100.0)
    assert solution.objective == pytest.approx(paid, abs=1e-7)


def test_months_of_a_year_that_two_days_stand_for():
    """Each of the two stands for six months: 10 and 20 kW for 730 h are 7300, 14600."""
    tiers = [{"up_to_kwh": 10_000.0, "price_per_kwh": 0.1}, {"price_per_kwh": 0.3}]
    solution = plan(
        [10.0, 20.0],
        {"energy_tiers": tiers},
        start=dt.datetime(2026, 1, 31, 23),
        represents="year",
        finance={"discount_rate": 0.0, "horizon_years": 1},
    )
    month = (0.1 * 7300, 0.1 * 10_000 + 0.3 * 4600)
    assert solution.objective == pytest.approx(6 * sum(month))


# -- minimum bill and fixed charges ----------------------------------------------


def test_minimum_bill_of_each_month():
    """January costs 8 + 10, February 4 + 10: one is above 16, the other below."""
    tariff = {"minimum_per_month": 16.0, "fixed_per_month": 10.0}
    solution = plan([30, 50, 40, 0], tariff, 0.1, start=START)
    assert bill(solution)["minimum bill"] == pytest.approx([0, 2])
    assert solution.objective == pytest.approx(18 + 16)


def test_under_the_minimum_nothing_is_gained_by_less():
    """A lower peak would save nothing, for the minimum is due anyway."""
    tariff = {"minimum_per_month": 50.0, "demand_charge_per_kw_month": 1.0}
    solution = plan([10, 30], tariff, 0.1, battery=True)
    assert solution.objective == pytest.approx(50)


@pytest.mark.parametrize("minimum", [2.0, 12.0, 25.0, 60.0])
def test_minimum_with_everything_against_every_dispatch(minimum):
    tariff = {
        "minimum_per_month": minimum,
        "energy_tiers": FALLING,
        "demand_charge_per_kw_month": 0.2,
        "fixed_per_month": 1.0,
    }
    load, price = np.array([10.0, 30.0, 40.0]), np.array([0.1, 0.5, 0.2])
    more = {"start": dt.datetime(2026, 1, 31, 22), "battery": True}
    solution = plan(load, tariff, price, **more)

    def cost(first, second):
        kw = np.array([first, second, load.sum() - first - second])
        total = 0.0
        for steps in ([0, 1], [2]):
            tiers = np.array([0.3, 0.1]) @ tiered_amounts(
                np.array([kw[steps].sum()]), [50.0, None]
            )
            month = price[steps] @ kw[steps] + 0.2 * kw[steps].max() + 1.0
            total += max(minimum, month + float(tiers[0]))
        return total

    shares = np.linspace(0, 80, 41)
    pairs = itertools.product(shares, shares)
    least = min(cost(a, b) for a, b in pairs if a + b <= 80)
    assert solution.objective <= least + 1e-6
    kw = solution.values["grid"]["import_kw"]
    assert solution.objective == pytest.approx(cost(kw[0], kw[1]), abs=1e-6)


def test_a_charge_of_every_day():
    solution = year_plan(np.zeros(365), {"fixed_per_day": 2.0})
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert billed(solution)["fixed charge by day"] == pytest.approx(days)
    assert solution.objective == pytest.approx(730)
    leap = year_plan(
        np.zeros(366), {"fixed_per_day": 2.0}, start=dt.datetime(2028, 1, 1)
    )
    assert leap.objective == pytest.approx(732)


def test_twelve_hours_of_a_year():
    """They stand for a year of 365 days."""
    solution = plan(
        np.zeros(12),
        {"fixed_per_day": 2.0},
        represents="year",
        finance={"discount_rate": 0.0, "horizon_years": 1},
    )
    assert solution.objective == pytest.approx(730)


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        (RISING[:1], "the last has none"),
        ([RISING[1], RISING[1]], "every tier but the last"),
        ([RISING[0], RISING[0], RISING[1]], "must rise"),
        ([{"up_to_kwh": 0.0, "price_per_kwh": 1.0}, RISING[1]], "greater than 0"),
        ([RISING[0], {"price_per_kwh": -0.1}], "greater than or equal to 0"),
    ],
)
def test_what_is_refused(tiers, message):
    with pytest.raises(ValidationError, match=message):
        Tariff.model_validate({"price_per_kwh": 0.1, "energy_tiers": tiers})

"""Demand charges by hand: windows, years, ratchets, tiers."""

import datetime as dt

import numpy as np
import pytest
from pydantic import ValidationError

from charges import bill, billed, plan, year_plan
from verdigrid.models.errors import InputError
from verdigrid.models.tariffs.tariff import Tariff

DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
#: Peak of each month, kW: 120 in January, 10 more every month from there, 150 in May.
PEAKS = np.array([120.0, 20, 30, 40, 150, 60, 70, 80, 90, 100, 110, 115])


def charge(**fields):
    return {"demand_charges": [{"name": "peak", "rate_per_kw": 2.0, **fields}]}


def daily(peaks=PEAKS, days=DAYS):
    """A load of each day whose highest of the month is on the tenth day."""
    load = np.repeat(peaks / 2, days)
    load[np.cumsum(days) - days + 9] = peaks
    return load


def test_every_month_by_itself():
    solution = year_plan(daily(), charge())
    assert bill(solution)["demand charge peak"] == pytest.approx(2 * PEAKS)
    assert solution.objective == pytest.approx(2 * PEAKS.sum())


def test_one_peak_of_the_year():
    solution = year_plan(daily(), charge(per="year"))
    assert billed(solution)["demand charge peak"] == pytest.approx(np.full(12, 150))
    assert solution.objective == pytest.approx(2 * 150)


def test_only_some_months():
    solution = year_plan(daily(), charge(per="year", months=[6, 7, 8, 9]))
    assert solution.objective == pytest.approx(2 * 90)
    solution = year_plan(daily(), charge(months=[6, 7, 8, 9]))
    assert solution.objective == pytest.approx(2 * (60 + 70 + 80 + 90))


def test_a_ratchet_on_named_months():
    """At least 80 % of the highest of June to September, 72 kW."""
    ratchet = {"share": 0.8, "months": [6, 7, 8, 9]}
    solution = year_plan(daily(), charge(ratchet=ratchet))
    expected = [120, 72, 72, 72, 150, 72, 72, 80, 90, 100, 110, 115]
    assert billed(solution)["demand charge peak"] == pytest.approx(expected)
    assert solution.objective == pytest.approx(2 * sum(expected))


def test_a_ratchet_that_looks_back_goes_round_the_year():
    """January looks at November and December: 0.9 x 115 is less than its own 120.

    February sees 120 and 115 before it, March 120, and so on.
    """
    ratchet = {"share": 0.9, "look_back_months": 2}
    solution = year_plan(daily(), charge(ratchet=ratchet))
    expected = [120, 108, 108, 40, 150, 135, 135, 80, 90, 100, 110, 115]
    assert billed(solution)["demand charge peak"] == pytest.approx(expected)
    low = PEAKS.copy()
    low[0] = 10.0  # now January is billed on December's peak, February on December's
    solution = year_plan(daily(low), charge(ratchet=ratchet))
    assert billed(solution)["demand charge peak"][:3] == pytest.approx(
        [103.5, 103.5, 30]
    )
    assert solution.objective == pytest.approx(
        2 * billed(solution)["demand charge peak"].sum()
    )


def test_a_ratchet_of_hours_that_only_one_day_has():
    """A coincident peak: what is drawn on one evening of July is paid all year."""
    coincident = charge(
        dates=[{"first": "2026-07-10", "last": "2026-07-10"}],
        ratchet={"share": 1.0, "months": [7]},
    )
    solution = year_plan(daily(), coincident)
    assert billed(solution)["demand charge peak"] == pytest.approx(np.full(12, 70))
    assert solution.objective == pytest.approx(12 * 2 * 70)


def test_a_ratchet_weighs_on_the_peak_that_causes_it():
    """Two months of two hours; a battery can only shift within both together.

    Without the ratchet a kW costs the same in either month. With half of January's
    peak due in February too it still pays to have both equal.
    """
    loads = [10, 50, 20, 0]
    start = dt.datetime(2026, 1, 31, 22)
    ratchet = {"share": 0.5, "months": [1]}
    solution = plan(loads, charge(ratchet=ratchet), start=start, battery=True)
    # All in February: 40 kW there. All equal: 20 + 20. January pays for February too.
    assert solution.objective == pytest.approx(2 * 40)
    alone = plan(loads, charge(months=[1], ratchet=ratchet), start=start, battery=True)
    assert alone.objective == pytest.approx(0.0, abs=1e-9)


def test_a_leap_year_has_its_29th_of_february():
    days = DAYS.copy()
    days[1] = 29
    load = daily(days=days)
    load[31 + 28] = 400.0
    solution = year_plan(load, charge(), start=dt.datetime(2028, 1, 1))
    expected = PEAKS.copy()
    expected[1] = 400
    assert billed(solution)["demand charge peak"] == pytest.approx(expected)


def test_quarter_hours_in_a_window():
    """Only 8:30 to 9:00 counts: the means of its two quarters, not of the hour."""
    load = [0, 0, 30, 50, 900, 0, 0, 0]  # from 8:00
    tariff = charge(hours=["8:30-9"])
    solution = plan(load, tariff, step_minutes=15, start=dt.datetime(2026, 1, 5, 8))
    assert solution.objective == pytest.approx(2 * 50)


def test_the_window_follows_the_wall_clock_and_workdays():
    load = np.zeros(72)  # Friday 3 July (a holiday), Saturday, Sunday
    load[[14, 24 + 14, 48 + 14]] = [100, 200, 300]
    window = {"hours": ["15-16"], "days": "workdays"}
    more = {"start": dt.datetime(2026, 7, 3), "timezone": "America/New_York"}
    assert plan(load, charge(**window), **more).objective == pytest.approx(200)
    tariff = {**charge(**window), "holidays": ["2026-07-03"]}
    assert plan(load, tariff, **more).objective == pytest.approx(0)


def test_charges_of_one_window_share_their_rows():
    window = {"hours": ["22-23"]}
    tariff = {
        "demand_charges": [
            {"name": "a", "rate_per_kw": 2.0, **window},
            {"name": "b", "rate_per_kw": 3.0, "per": "year", **window},
        ]
    }
    start = dt.datetime(2026, 1, 31, 22)
    solution = plan([10, 30, 20, 5], tariff, start=start, battery=False)
    assert solution.facts["rows"] <= 4 + 4 + 1 + 2  # limit, balance, window, year
    assert solution.objective == pytest.approx(2 * 10 + 3 * 10 * 4 / 8760)


def test_a_window_without_steps_costs_nothing():
    assert plan([10, 30], charge(months=[7])).objective == pytest.approx(0)


# -- tiers ----------------------------------------------------------------------

RISING = [{"up_to_kw": 20.0, "rate_per_kw": 1.0}, {"rate_per_kw": 4.0}]
FALLING = [
    {"up_to_kw": 20.0, "rate_per_kw": 9.0},
    {"up_to_kw": 30.0, "rate_per_kw": 5.0},
    {"rate_per_kw": 1.0},
]
MIXED = [
    {"up_to_kw": 10.0, "rate_per_kw": 3.0},
    {"up_to_kw": 20.0, "rate_per_kw": 6.0},
    {"up_to_kw": 30.0, "rate_per_kw": 1.0},
    {"rate_per_kw": 2.0},
]


def tiers(steps):
    return {"demand_charges": [{"name": "peak", "tiers": steps}]}


@pytest.mark.parametrize(
    ("steps", "cost"),
    [
        (RISING, 20 * 1 + 15 * 4),
        (FALLING, 20 * 9 + 10 * 5 + 5 * 1),
        (MIXED, 10 * 3 + 10 * 6 + 10 * 1 + 5 * 2),
    ],
)
@pytest.mark.parametrize("per", ["month", "year"])
def test_tiers_fill_in_order(steps, cost, per):
    tariff = {"demand_charges": [{"name": "peak", "tiers": steps, "per": per}]}
    load = np.full(365, 35.0)
    months = 12 if per == "month" else 1
    assert year_plan(load, tariff).objective == pytest.approx(months * cost)


def test_only_falling_tiers_ask_a_question():
    assert plan([35.0], tiers(RISING)).facts["integers"] == 0
    assert plan([35.0], tiers(FALLING)).facts["integers"] == 3
    assert plan([35.0], tiers(MIXED)).facts["integers"] == 2


@pytest.mark.parametrize("steps", [RISING, FALLING, MIXED])
@pytest.mark.parametrize("dear", [1.0, 2.5, 7.0])
def test_tiers_against_every_peak(steps, dear):
    """Energy is dear in the second hour: a higher peak in the first buys less there."""
    load, prices = np.array([10.0, 40.0]), [0.1, dear]
    solution = plan(load, tiers(steps), prices, battery=True)

    def cost(first):
        second = load.sum() - first
        peak, tops = max(first, second), [t.get("up_to_kw", 1e9) for t in steps]
        starts = [0.0, *tops[:-1]]
        demand = sum(
            t["rate_per_kw"] * max(0.0, min(peak, top) - low)
            for t, low, top in zip(steps, starts, tops, strict=True)
        )
        return prices[0] * first + prices[1] * second + demand

    every = [cost(first) for first in np.linspace(0, 50, 5001)]
    assert solution.objective == pytest.approx(min(every), abs=1e-6)


# -- what is refused ----------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rate_per_kw": None}, "either rate_per_kw: or tiers:"),
        ({"tiers": FALLING}, "either rate_per_kw: or tiers:"),
        ({"rate_per_kw": None, "tiers": FALLING[:2]}, "the last has none"),
        ({"rate_per_kw": None, "tiers": [FALLING[2], FALLING[2]]}, "every tier but"),
        (
            {"rate_per_kw": None, "tiers": [FALLING[1], FALLING[0], FALLING[2]]},
            "must rise",
        ),
        ({"name": ""}, "needs a name of its own"),
        ({"ratchet": {"share": 0.5}}, "either months: or look_back_months:"),
        ({"ratchet": {"share": 0.5, "months": [0]}}, "1 to 12"),
        ({"ratchet": {"share": 0.5, "look_back_months": 13}}, "less than or equal"),
        ({"per": "year", "ratchet": {"share": 0.5, "months": [1]}}, "drop it"),
        ({"months": [13]}, "1 to 12"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Tariff.model_validate({"price_per_kwh": 0.1, **charge(**fields)})


@pytest.mark.parametrize(
    ("ratchet", "message"),
    [
        ({"look_back_months": 3}, r"ratchet\.look_back_months: got 3, .* the 2 months"),
        ({"months": [2, 7]}, r"ratchet\.months: got month 7, .*2026-01 to 2026-02"),
    ],
)
def test_a_ratchet_longer_than_the_data(ratchet, message):
    tariff = charge(ratchet={"share": 0.5, **ratchet})
    with pytest.raises(InputError, match=r"demand_charges\.0\." + message):
        plan([1, 2, 3, 4], tariff, start=dt.datetime(2026, 1, 31, 22))


def test_hours_of_a_charge_are_checked_too():
    with pytest.raises(InputError, match=r"tariff\.demand_charges\.0: got 'noon'"):
        plan([1, 2], charge(hours=["noon"]))


# -- several windows ------------------------------------------------------------------


def test_one_peak_over_several_windows():
    """Hours 1 and 3 count, hour 2 does not."""
    charge = {
        "name": "peaks",
        "rate_per_kw": 5.0,
        "windows": [{"hours": ["1-2"]}, {"hours": ["3-4"]}],
    }
    solution = plan([900.0, 20.0, 500.0, 30.0], {"demand_charges": [charge]})
    assert solution.objective == pytest.approx(5 * 30)
    assert bill(solution)["demand charge peaks"] == pytest.approx([150])


def test_hours_that_the_grid_named_afterwards():
    """Coincident peaks of a past year: windows with a date each."""
    day = {"first": "2026-01-01", "last": "2026-01-01"}
    windows = [{"dates": [day], "hours": [hours]} for hours in ("1-2", "2-3")]
    charge = {"name": "coincident", "rate_per_kw": 5.0, "windows": windows}
    solution = plan([900.0, 20.0, 30.0, 500.0], {"demand_charges": [charge]})
    assert solution.objective == pytest.approx(5 * 30)


def test_months_say_when_several_windows_are_due():
    start = dt.datetime(2026, 1, 31, 22)
    charge = {"name": "a", "rate_per_kw": 5.0, "months": [2], "windows": [{}]}
    solution = plan([70.0, 80.0, 20.0, 30.0], {"demand_charges": [charge]}, start=start)
    assert bill(solution)["demand charge a"] == pytest.approx([0, 150])


def test_a_ratchet_looks_into_the_same_windows():
    """What stands in January's window counts for February, the night does not."""
    start = dt.datetime(2026, 1, 31, 22)
    charge = {
        "name": "a",
        "rate_per_kw": 5.0,
        "months": [2],
        "windows": [{"hours": ["23-24"]}, {"hours": ["0-2"]}],
        "ratchet": {"share": 0.5, "months": [1]},
    }
    solution = plan(
        [900.0, 80.0, 20.0, 30.0], {"demand_charges": [charge]}, start=start
    )
    assert bill(solution)["demand charge a"] == pytest.approx([0, 5 * 40])


@pytest.mark.parametrize(
    "more",
    [
        {"hours": ["1-2"]},
        {"days": "workdays"},
        {"dates": [{"first": "01-01", "last": "01-02"}]},
    ],
)
def test_windows_or_a_window(more):
    charge = {"name": "a", "rate_per_kw": 1.0, "windows": [{}], **more}
    with pytest.raises(ValidationError, match="inside of windows"):
        Tariff.model_validate({"price_per_kwh": 0.1, "demand_charges": [charge]})

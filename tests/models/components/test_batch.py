import datetime as dt
import itertools
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    compiled,
    figures_of,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    objective,
    planned,
    series,
)
from verdigrid.models.calendar import Calendar
from verdigrid.models.components.batch import Batch
from verdigrid.models.errors import InputError

#: Prices of a day: dear in the morning, cheapest at 4 and at 13 h.
DAY = [8, 7, 6, 5, 3, 4, 8, 9, 9, 9, 8, 6, 4, 2, 4, 6, 8, 9, 9, 9, 9, 9, 9, 9]


class TestBatch(ComponentHarness):
    kind = "batch"
    residuals = ("jobs in window", "one at a time", "whole starts in windows")
    example: ClassVar = {
        "periods": 24,
        "components": {
            "grid": grid_at([price / 100 for price in DAY]),
            "plant": load_of([10.0] * 24),
            "kiln": {
                "kind": "batch",
                "bus": "power",
                "shape_kw": [40.0, 80.0],
                "shape_step_minutes": 60,
                "every": "day",
                "earliest_hour": 0.0,
                "latest_hour": 15.0,
                "count": 2,
            },
        },
    }
    variants: ClassVar = {
        "several buses, together": {
            "bus": None,
            "shape_kw": None,
            "shapes_kw": {"power": [40.0, 80.0], "heat": [0.0, 30.0]},
            "one_at_a_time": False,
        },
    }


def fields(**more):
    job = {
        "kind": "batch",
        "bus": "power",
        "shape_kw": [10.0],
        "every": "day",
        "earliest_hour": 0,
        "latest_hour": 23,
    }
    return {**job, **more}


def site(prices=None, *, periods=24, step_minutes=60, tariff=None, load=0.0, **more):
    """Days from a Thursday, each with the prices of ``DAY``."""
    if prices is None:
        hours = np.arange(periods) * step_minutes // 60
        prices = np.array(DAY)[hours % 24]
    where = {name: more.pop(name) for name in ("start", "timezone") if name in more}
    components = {
        "grid": grid_at(prices, tariff=tariff or {}),
        "plant": load_of(load),
        "kiln": fields(**more),
    }
    return microgrid(components, periods, step_minutes=step_minutes, **where)


def started(plan):
    return np.flatnonzero(plan.values["kiln"]["starts"] > 0.5).tolist()


def taken(plan):
    return plan.values["grid"]["import_kw"]


def test_a_job_starts_where_its_whole_shape_is_cheapest():
    """From 12 h: 10 x 4 + 30 x 2 + 10 x 4 = 140, less than from any other hour."""
    plan = planned(site(shape_kw=[10.0, 30.0, 10.0]))
    assert started(plan) == [12]
    assert plan.objective == pytest.approx(140)
    assert taken(plan)[12:15] == pytest.approx([10, 30, 10])


def test_hours_limit_the_start_and_not_the_end():
    window = {"earliest_hour": 0, "latest_hour": 12}
    assert started(planned(site(shape_kw=[0.0, 9.0], **window))) == [12]
    assert started(planned(site(**window))) == [4]
    assert started(planned(site(earliest_hour=5, latest_hour=9))) == [5]


def test_each_day_has_its_window():
    plan = planned(site(periods=48, earliest_hour=5, latest_hour=9))
    assert started(plan) == [5, 29]


def test_workdays_have_windows_and_weekends_none():
    """From Thursday to Wednesday; the third and fourth day are the weekend."""
    plan = planned(site(periods=168, every="workday"))
    assert started(plan) == [13, 37, 109, 133, 157]


def test_a_week_has_one_window_with_hours_on_each_day():
    """The horizon cuts the week on Thursday: its pieces are one window of 7 days."""
    prices = np.full(168, 9.0)
    prices[[3, 30, 150]] = [1, 2, 0.5]  # Thursday 3 h, Friday 6 h, Wednesday 6 h
    week = {"every": "week", "earliest_hour": 6, "latest_hour": 8}
    plan = planned(site(prices, periods=168, **week))
    assert started(plan) == [150]
    twice = planned(site(prices, periods=168, count=2, **week))
    assert started(twice) == [30, 150]


def test_weeks_begin_on_monday():
    """From Monday, 5 January 2026: one job in each of two weeks."""
    prices = np.full(336, 9.0)
    prices[[10, 20, 167, 168]] = [1, 2, 3, 4]
    weeks = {"every": "week", "start": dt.datetime(2026, 1, 5)}
    assert started(planned(site(prices, periods=336, **weeks))) == [10, 168]


def test_a_window_over_midnight_goes_on_at_the_start_of_the_horizon():
    """22 to 4 h: of two days, the second night is cut into 22-24 and 0-4 h."""
    prices = np.full(48, 9.0)
    prices[[2, 23, 26, 46]] = [1, 3, 2, 4]
    plan = planned(site(prices, periods=48, earliest_hour=22, latest_hour=4))
    assert started(plan) == [2, 26]
    prices[2] = 9.0
    plan = planned(site(prices, periods=48, earliest_hour=22, latest_hour=4))
    assert started(plan) == [26, 46]


def test_the_last_job_ends_in_the_first_morning():
    """All of its energy is taken: 5 kWh before midnight and 7 kWh after."""
    plan = planned(site(shape_kw=[5.0, 7.0], earliest_hour=23))
    assert taken(plan)[[23, 0]] == pytest.approx([5, 7])
    assert taken(plan).sum() == pytest.approx(12)


def test_jobs_follow_each_other_or_run_together():
    """Two jobs of two hours: 13-15 and 4-6 h, or both from 13 h."""
    jobs = {"shape_kw": [10.0, 10.0], "count": 2, "earliest_hour": 4}
    prices = [DAY[h] - (h == 12) * 0.5 for h in range(24)]
    apart = planned(site(prices, latest_hour=20, **jobs))
    assert started(apart) == [4, 12]  # 3 + 4 and 3.5 + 2
    together = planned(site(prices, latest_hour=20, one_at_a_time=False, **jobs))
    assert together.values["kiln"]["starts"][12] == pytest.approx(2)
    assert together.objective == pytest.approx(2 * 10 * 5.5)


def test_a_job_takes_from_several_buses_at_its_own_time():
    shapes = {"power": [10.0, 0.0], "heat": [0.0, 30.0]}
    grid, heat = grid_at(DAY), heat_at(series([1.0] * 5 + [0.0] + [1.0] * 18))
    job = fields(bus=None, shape_kw=None, shapes_kw=shapes)
    plan = planned(microgrid({"grid": grid, "heat": heat, "kiln": job}, 24))
    assert started(plan) == [4]
    assert plan.values["heat"]["supply_kw"][5] == pytest.approx(30)
    assert plan.objective == pytest.approx(30)


@pytest.mark.parametrize(
    ("shape", "minutes", "expected"),
    [
        ([60.0, 20.0], 60, [60, 60, 20, 20]),
        ([60.0, 20.0], 30, [60, 20]),
        ([60.0, 20.0], 15, [40]),
        ([30.0, 60.0, 90.0], 10, [60]),
    ],
)
def test_shapes_are_laid_on_the_steps(shape, minutes, expected):
    plan = planned(
        site(
            periods=48,
            step_minutes=30,
            shape_kw=shape,
            shape_step_minutes=minutes,
            earliest_hour=13,
            latest_hour=13,
        )
    )
    assert taken(plan)[26 : 26 + len(expected)] == pytest.approx(expected)
    assert taken(plan).sum() == pytest.approx(sum(expected))


def test_no_more_jobs_run_where_power_is_paid_for_being_taken():
    plan = planned(site(np.full(24, -0.1), count=2))
    assert taken(plan).sum() == pytest.approx(20)


def test_hours_are_those_of_the_civil_clock():
    """From 29 March 2026 it is summer: 6 h are 5 h of standard time, from then on."""
    place = {"start": dt.datetime(2026, 3, 28), "timezone": "Europe/Berlin"}
    window = {"earliest_hour": 6, "latest_hour": 6}
    assert started(planned(site(periods=48, **window, **place))) == [6, 29]


def test_a_year_without_its_leap_day_has_whole_windows():
    """In the south its last civil hour is one of 29 February, which is no day."""
    for zone in ("Europe/Berlin", "Australia/Sydney", "Asia/Shanghai"):
        year = Calendar(dt.datetime(2028, 1, 1), 8760, 60, zone, leap_day="drop")
        for every, number, sizes in (
            ("day", 365, {5}),
            ("workday", 259, {5}),
            ("week", 52, {30, 35, 40, 45}),
        ):
            hours = {"every": every, "earliest_hour": 6, "latest_hour": 10}
            windows = Batch.model_validate(fields(**hours))._starting_steps(year)
            assert len(windows) == number
            assert {steps.size for steps in windows.values()} <= sizes


# -- all combinations of starts --------------------------------------------


def cheapest_starts(prices, load, rate, shape, windows, count, one_at_a_time):
    """Least energy and demand charge over all combinations of starts, None if none."""
    periods, best = len(prices), None
    pick = (
        itertools.combinations
        if one_at_a_time
        else itertools.combinations_with_replacement
    )
    for chosen in itertools.product(*(pick(steps, count) for steps in windows)):
        power, running = load.copy(), np.zeros(periods)
        for start in itertools.chain(*chosen):
            at = (start + np.arange(len(shape))) % periods
            power[at] += shape
            running[at] += 1
        if one_at_a_time and running.max() > 1:
            continue
        cost = float(prices @ power) + rate * power.max()
        best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_as_cheap_as_the_best_of_all_combinations(seed):
    """Two days of 6-hour steps or one of 2-hour steps, with a demand charge."""
    random = np.random.default_rng(seed)
    hours, periods = [(6, 8), (2, 12)][seed % 2]
    earliest, latest = [(0, 18), (4, 22), (12, 6)][seed % 3]
    count = int(random.integers(1, 3))
    one_at_a_time = bool(random.random() < 0.6)
    shape = random.uniform(1, 30, int(random.integers(1, 3)))
    prices, load = random.uniform(0.01, 1, periods), random.uniform(0, 20, periods)
    hour = np.arange(periods) * hours % 24
    day = np.arange(periods) * hours // 24
    if earliest <= latest:
        inside = (earliest <= hour) & (hour <= latest)
    else:
        inside = (earliest <= hour) | (hour <= latest)
        day = (day - (hour <= latest)) % (day.max() + 1)
    windows = [np.flatnonzero(inside & (day == d)) for d in range(day.max() + 1)]
    rate = float(random.choice([0.0, 5.0, 50.0]))
    expected = cheapest_starts(
        prices * hours, load, rate, shape, windows, count, one_at_a_time
    )
    plan = objective(
        site(
            prices,
            periods=periods,
            step_minutes=60 * hours,
            tariff={"demand_charge_per_kw_month": rate},
            load=series(load),
            shape_kw=shape.tolist(),
            earliest_hour=earliest,
            latest_hour=latest,
            count=count,
            one_at_a_time=one_at_a_time,
        )
    )
    assert expected is not None
    assert plan == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_a_wider_window_is_never_dearer(seed):
    random = np.random.default_rng(seed)
    prices = random.uniform(0, 1, 24)
    shape = random.uniform(0, 30, 3).tolist()
    costs = [
        objective(
            site(prices, shape_kw=shape, earliest_hour=12 - w, latest_hour=12 + w)
        )
        for w in (0, 2, 8)
    ]
    at_noon = sum(prices[12 + k] * kw for k, kw in enumerate(shape))
    assert costs[0] == pytest.approx(at_noon)
    assert costs[2] <= costs[1] + 1e-9 <= costs[0] + 2e-9


def test_decisions_are_only_where_a_job_may_start():
    model = compiled(site(earliest_hour=5, latest_hour=9))
    assert int(model.integer.sum()) == 5


def test_indicators_count_jobs_and_energy():
    found = figures_of(planned(site(shape_kw=[5.0, 7.0], count=2)), "kiln")
    expected = {"jobs": 2, "taken from power": 24, "peak on power": 7}
    assert found == pytest.approx(expected)


# -- bad input -------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shape_kw": [1.0] * 25}, r"shape_kw: got a job of 25 h"),
        ({"shape_kw": [1.0], "shape_step_minutes": 45}, "45 min in steps of 60 min"),
        ({"periods": 36}, "day over a horizon of 36 h"),
        ({"periods": 240, "every": "week"}, "whole weeks or a full year"),
        ({"earliest_hour": 8.2, "latest_hour": 8.4}, "no step begins"),
        (
            {"count": 3, "shape_kw": [1.0] * 4, "earliest_hour": 8, "latest_hour": 15},
            r"window of 2026-01-01, expected at most 2",
        ),
        ({"count": 3, "shape_kw": [1.0] * 9}, "3 jobs of 9 h one at a time"),
    ],
)
def test_what_cannot_fit_is_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        site(0.1, **wrong)


def test_an_hour_that_the_clock_skips_is_refused():
    place = {"start": dt.datetime(2026, 3, 28), "timezone": "Europe/Berlin"}
    with pytest.raises(InputError, match="clocks go forward"):
        site(periods=48, earliest_hour=2, latest_hour=2, **place)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shape_kw": None},
        {"bus": None},
        {"shapes_kw": {"power": [1.0]}},
        {"bus": None, "shape_kw": None, "shapes_kw": {}},
        {"bus": None, "shape_kw": None, "shapes_kw": {"power": [1.0], "heat": [1, 2]}},
        {"shape_kw": []},
        {"shape_kw": [0.0, 0.0]},
        {"shape_kw": [5.0, -1.0]},
        {"count": 0},
        {"latest_hour": 24},
    ],
)
def test_malformed_jobs_are_refused(wrong):
    with pytest.raises(ValidationError):
        site(0.1, **wrong)

"""On and off: answers that a reader can work out, for boiler, CHP and heat pump.

The boiler burns gas of 0.05 at an efficiency of 0.8: a kWh of heat costs 0.0625. It has
100 kW; what it makes too much of is lost (the bus allows a surplus); a neighbour sells
heat at another price.
"""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from harness import rows_and_columns
from support import (
    COMMITMENT,
    compiled,
    figures_of,
    first_steps,
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.commitment import Commitment
from verdigrid.models.errors import InputError
from verdigrid.results.recompute import recompute

HEAT = 0.0625
LOSSY = {"heat": {"carrier": "heat", "temperature_c": 80.0, "allow_surplus": True}}
BOILER = {"kind": "boiler", "input_bus": "gas", "bus": "heat", "efficiency": 0.8}
ENGINE = {
    "kind": "chp",
    "fuel_bus": "gas",
    "electricity_bus": "power",
    "capacity": standing("kw", 100),
    "electric_efficiency": 0.4,
    "heat_efficiency": {"heat": 0.5},
}
PUMP = {
    "kind": "heat_pump",
    "electricity_bus": "power",
    "bus": "heat",
    "cop": {"values": [2.0, 4.0]},
    "capacity": standing("kw", 10),
}


def site(load, neighbour=1.0, *, buses=LOSSY, capacity=None, minutes=60, **commitment):
    boiler = {**BOILER, "capacity": capacity or standing("kw", 100)}
    return microgrid(
        {
            "boiler": {**boiler, "commitment": commitment} if commitment else boiler,
            "gas": gas_at(0.05),
            "neighbour": heat_at(neighbour),
            "process": load_of(load, "heat"),
        },
        len(load),
        buses=buses,
        step_minutes=minutes,
    )


def output(plan):
    return plan.values["boiler"]["output_kw"]


def on(plan):
    return plan.values["boiler"]["on"]


# -- minimum load --------------------------------------------------------------


def test_min_load_is_kept_where_running_pays():
    """10 kW are needed; 30 kW of the boiler for 1.875 are less than 10 kW at 1."""
    plan = planned(site([10], min_load=0.3))
    assert output(plan) == pytest.approx([30])
    assert plan.objective == pytest.approx(30 * HEAT)


def test_it_is_off_where_the_least_is_too_much():
    plan = planned(site([10, 60], neighbour=0.1, min_load=0.3))
    assert output(plan) == pytest.approx([0, 60])
    assert on(plan).tolist() == [0, 1]
    assert plan.objective == pytest.approx(10 * 0.1 + 60 * HEAT)


def test_without_a_commitment_nothing_is_decided():
    plan = planned(site([10]))
    assert output(plan) == pytest.approx([10])
    assert set(plan.values["boiler"]) == {"output_kw"}
    assert "starts" not in figures_of(plan, "boiler")


# -- starts --------------------------------------------------------------------


@pytest.mark.parametrize(("start_cost", "starts"), [(1.0, 1), (2.0, 0)])
def test_running_through_or_starting_again(start_cost, starts):
    """The hour without demand costs 20 kW x 0.0625 = 1.25 at the minimum load."""
    plan = planned(site([50, 0, 50], min_load=0.2, start_cost=start_cost))
    between = 0 if starts else 20
    assert output(plan) == pytest.approx([50, between, 50])
    assert plan.objective == pytest.approx((100 + between) * HEAT + starts * start_cost)
    assert figures_of(plan, "boiler")["starts"] == starts
    assert figures_of(plan, "boiler")["hours on"] == 2 + (not starts)


def test_a_start_costs_the_same_in_a_short_step():
    plan = planned(site([50, 0, 50, 50], min_load=0.9, start_cost=1.0, minutes=15))
    assert on(plan).tolist() == [1, 0, 1, 1]
    assert figures_of(plan, "boiler")["hours on"] == 0.75
    assert plan.objective == pytest.approx(3 * 90 * HEAT / 4 + 1.0)
    booked = {(e.owner, e.item): rate for e, rate in plan.booked.costs}
    assert booked["boiler", "starts"] == pytest.approx([0, 0, 4.0, 0])  # per hour


def test_starts_of_a_year_are_counted_in_the_year():
    """One start a day is 365 a year, and costs as much."""
    load = [0] * 6 + [50] * 12 + [0] * 6
    grid = site(load, min_load=0.9, start_cost=1.0)
    grid = replace(grid, calendar=replace(grid.calendar, represents="year"))
    plan = planned(grid)
    assert figures_of(plan, "boiler")["starts"] == pytest.approx(365)
    assert figures_of(plan, "boiler")["hours on"] == pytest.approx(12 * 365)
    assert recompute(plan).costs["boiler", "om", "starts"] == pytest.approx(365)


def test_the_first_step_follows_the_last():
    """It runs over the end of the horizon: one start, in the last step but one."""
    plan = planned(site([50, 0, 0, 50, 50], min_load=0.9, start_cost=1.0))
    assert plan.values["boiler"]["start"] == pytest.approx([0, 0, 0, 1, 0])


# -- minimum times -------------------------------------------------------------


@pytest.mark.parametrize(("neighbour", "hours"), [(0.2, 3), (0.1, 0)])
def test_minimum_up_time(neighbour, hours):
    """One hour of 50 kW takes two more at 20 kW: 5.625, or 50 kW of the neighbour."""
    plan = planned(site([0, 50, 0, 0, 0], neighbour, min_load=0.2, min_up_hours=3))
    assert on(plan).sum() == hours
    cheapest = 90 * HEAT if hours else 50 * neighbour
    assert plan.objective == pytest.approx(cheapest)


@pytest.mark.parametrize(("neighbour", "running"), [(0.08, 2), (0.1, 4)])
def test_minimum_down_time(neighbour, running):
    """An hour off must be two: 50 kW of the neighbour, or run through at 20 kW."""
    plan = planned(site([50, 50, 0, 50], neighbour, min_load=0.2, min_down_hours=2))
    assert on(plan).sum() == running
    bought, burnt = (0, 170) if running == 4 else (50, 100)
    assert plan.objective == pytest.approx(bought * neighbour + burnt * HEAT)


@pytest.mark.parametrize(("hours", "steps"), [(1.0, 1), (1.1, 2), (2.0, 2)])
def test_minimum_times_are_rounded_up_to_steps(hours, steps):
    load = [0, 50, 0, 0, 0]
    plan = planned(site(load, min_load=0.2, min_up_hours=hours))
    assert on(plan).sum() == steps


def test_rounding_of_hours_does_not_add_a_step():
    """1.1 h are 3 steps of 22 minutes, and a little more in floating point."""
    load = [0, 50, 0, 0, 0]
    plan = planned(site(load, min_load=0.2, min_up_hours=1.1, minutes=22))
    assert on(plan).sum() == 3


# -- ramps ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("min_load", "ramp", "best"),
    [
        (0.4, 0.25, [40, 65, 65, 40]),  # a start and a stop reach the minimum load
        (0.1, 0.6, [60, 100, 100, 60]),  # or as far as the ramp does
        (0.5, 2.0, [100, 100, 100, 100]),
    ],
)
def test_ramps_bind_up_and_down(min_load, ramp, best):
    """Nothing may be lost here, so it is off where nothing is needed."""
    load = [0, 100, 100, 100, 100, 0]
    plan = planned(site(load, buses=None, min_load=min_load, ramp_per_hour=ramp))
    assert output(plan) == pytest.approx([0, *best, 0])
    assert plan.objective == pytest.approx(sum(best) * HEAT + 400 - sum(best))


def test_ramp_is_per_hour():
    """A quarter of an hour allows a quarter of the change."""
    load = [50, 60, 100, 60]
    plan = planned(site(load, buses=None, min_load=0.5, ramp_per_hour=0.8, minutes=15))
    assert output(plan) == pytest.approx([50, 60, 80, 60])


# -- sizes that can be bought --------------------------------------------------


@pytest.mark.parametrize(
    ("existing", "capex", "size", "cost"),
    [
        (0, 0.1, 40, 40 * 0.1 + 40 * HEAT + 10 * 0.5),
        (0, 0.3, 20, 20 * 0.3 + 30 * HEAT + 20 * 0.5),
        (8, 0.3, 20, 12 * 0.3 + 30 * HEAT + 20 * 0.5),
        (0, 0.9, 0, 50 * 0.5),
    ],
)
def test_min_load_follows_the_size_that_is_built(existing, capex, size, cost):
    """40 kW can't run at 10 kW and leave them to the neighbour; 20 kW can."""
    capacity = option("kw", 100, capex, existing_kw=float(existing))
    plan = planned(site([40, 10], 0.5, buses=None, capacity=capacity, min_load=0.5))
    assert plan.size("boiler", "capacity").total == pytest.approx(size)
    assert plan.objective == pytest.approx(cost)
    assert plan.values["boiler"]["online_kw"] == pytest.approx(size * on(plan))


def test_smallest_purchase_and_minimum_load_together():
    """60 kW at least, so 30 at least: off in the second hour."""
    capacity = option("kw", 100, 0.1, min_kw=60.0, capex_fixed=1.0)
    plan = planned(site([40, 10], 0.5, buses=None, capacity=capacity, min_load=0.5))
    assert output(plan) == pytest.approx([40, 0])
    assert plan.objective == pytest.approx(60 * 0.1 + 1 + 40 * HEAT + 10 * 0.5)


def test_where_nothing_stands_nothing_is_decided():
    """The baseline of a machine to be bought stays a linear program."""
    grid = site([40, 5, 5], capacity=option("kw", 100, 0.1), **COMMITMENT)
    plan = planned(grid.baseline())
    assert set(plan.values["boiler"]) == {"output_kw"}
    assert not plan.facts["integers"]
    assert plan.objective == pytest.approx(50)


# -- the other machines --------------------------------------------------------


def test_minimum_load_of_an_engine_counts_its_electricity():
    """10 kW are needed, 30 kW the least: run and sell 20 kW, or buy."""

    def plan_at(feed_in):
        parts = {
            "engine": {**ENGINE, "commitment": {"min_load": 0.3, "start_cost": 0.1}},
            "gas": gas_at(0.04),
            "grid": grid_at(0.2, tariff={"export_price_per_kwh": feed_in}),
            "plant": load_of([10, 10]),
        }
        return planned(microgrid(parts, 2))

    kept = plan_at(0.06)  # 30 kW cost 3.0 and bring 1.2: less than 10 kW at 0.2
    assert kept.values["engine"]["electricity_kw"] == pytest.approx([30, 30])
    assert kept.objective == pytest.approx(2 * (3.0 - 1.2))
    assert figures_of(kept, "engine")["hours on"] == 2
    left = plan_at(0.04)
    assert left.values["engine"]["electricity_kw"] == pytest.approx([0, 0])
    assert left.objective == pytest.approx(2 * 10 * 0.2)


@pytest.mark.parametrize(
    ("rated_on", "least"), [("electricity", [10, 20]), ("heat", [5, 5])]
)
def test_minimum_load_of_a_heat_pump_counts_what_its_size_counts(rated_on, least):
    commitment = {"min_load": 0.5, "ramp_per_hour": 0.1}
    parts = {
        "pump": {**PUMP, "rated_on": rated_on, "commitment": commitment},
        "grid": grid_at(0.1),
        "neighbour": heat_at(9.0),
        "process": load_of([3, 3], "heat"),
    }
    plan = planned(microgrid(parts, 2, buses=LOSSY))
    assert plan.values["pump"]["heat_kw"] == pytest.approx(least)
    cost = 0.1 * (least[0] / 2 + least[1] / 4)
    assert plan.objective == pytest.approx(cost)
    assert figures_of(plan, "pump")["hours on"] == 2


def test_starts_of_an_engine_and_of_a_heat_pump_are_paid():
    """Each is needed in the first hour and can't run in the second: 1 and 2 a start."""
    parts = {
        "engine": {**ENGINE, "commitment": {"min_load": 0.3, "start_cost": 1.0}},
        "pump": {**PUMP, "commitment": {"min_load": 0.3, "start_cost": 2.0}},
        "gas": gas_at(0.04),
        "grid": grid_at([0.2, 0.1]),
        "plant": load_of([46, 0]),
        "process": load_of([8, 0], "warm"),
        "neighbour": heat_at(9.0, bus="warm"),
    }
    parts["pump"]["bus"] = "warm"
    warm = {"warm": {"carrier": "heat", "temperature_c": 50.0}}
    plan = planned(microgrid(parts, 2, buses=warm))
    assert plan.values["engine"]["electricity_kw"] == pytest.approx([50, 0])
    assert plan.objective == pytest.approx(50 / 0.4 * 0.04 + 1 + 2)
    paid = recompute(plan).costs
    assert paid["engine", "om", "starts"] == pytest.approx(1)
    assert paid["pump", "om", "starts"] == pytest.approx(2)
    assert figures_of(plan, "pump")["starts"] == 1


# -- how it is written ---------------------------------------------------------


@pytest.mark.parametrize("capacity", [standing("kw", 60), option("kw", 80, 0.1)])
@pytest.mark.parametrize(("periods", "hours"), [(1, 1), (2, 2), (7, 3)])
def test_templates_and_written_out_rows_are_the_same(capacity, periods, hours):
    """Also where a sum goes round the whole horizon, or the step before is itself."""
    times = {"min_up_hours": hours, "min_down_hours": hours}
    grid = site([40] * 7, capacity=capacity, **{**COMMITMENT, **times})
    grid = first_steps(grid, periods)
    fast, plain = compiled(grid), compiled(grid, templated=False)
    assert rows_and_columns(fast) == rows_and_columns(plain)


def test_sums_have_a_term_for_every_step():
    """Looser ones would find the same plan, only later. The third step goes round."""
    grid = site([40] * 8, min_load=0.4, min_up_hours=2, min_down_hours=4)
    rows, _ = rows_and_columns(compiled(grid))
    head = "operation.components.boiler"

    def row(name, t):
        limits, entries = rows[f"{head}.{name}[{t}]"]
        return limits[1], {c.removeprefix(f"{head}."): n for c, n in entries.items()}

    assert row("minimum_up_time", 0) == (0, {"start[0]": 1, "start[7]": 1, "on[0]": -1})
    starts = {f"start[{t}]": 1 for t in (2, 1, 0, 7)}
    assert row("minimum_down_time", 2) == (1, {**starts, "on[6]": 1})


def test_only_what_is_asked_for_is_written():
    columns = compiled(site([40, 10], min_load=0.2)).columns
    names = {family.name for family in columns.below("operation.components.boiler")}
    assert names == {"output_kw", "on"}


# -- what is refused -----------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "min_load"),
        ({"min_load": 1.1}, "min_load"),
        ({"min_load": -0.1}, "min_load"),
        ({"min_load": float("nan")}, "min_load"),
        ({"min_load": "0.3"}, "min_load"),
        ({"min_load": 0.3, "start_cost": -1.0}, "start_cost"),
        ({"min_load": 0.3, "min_up_hours": -1.0}, "min_up_hours"),
        ({"min_load": 0.3, "min_down_hours": float("inf")}, "min_down_hours"),
        ({"min_load": 0.3, "ramp_per_hour": 0.0}, "ramp_per_hour"),
        ({"min_load": 0.3, "ramp_per_hours": 0.5}, "ramp_per_hours"),
    ],
)
def test_bad_fields_are_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Commitment.model_validate(fields)


def test_times_beyond_the_horizon_are_refused():
    assert site([1] * 4, min_load=0.1, min_up_hours=3, min_down_hours=1)
    with pytest.raises(InputError, match=r"min_up_hours 3 .*at most the horizon, 4 h"):
        site([1] * 4, min_load=0.1, min_up_hours=3, min_down_hours=2)


def test_times_beyond_the_horizon_are_refused_of_a_heat_pump():
    pump = {**PUMP, "commitment": {"min_load": 0.5, "min_up_hours": 3}}
    with pytest.raises(InputError, match="min_up_hours 3"):
        microgrid({"pump": pump}, 2)

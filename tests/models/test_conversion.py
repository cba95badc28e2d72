"""What the machines of ``models/conversion.py`` share: part load, standing still."""

import itertools

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.optimize import linprog

from support import (
    built,
    first_steps,
    flows_of,
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.availability import Maintenance
from verdigrid.models.commitment import Commitment
from verdigrid.models.errors import InputError
from verdigrid.results.recompute import recompute

#: At half load 0.8 of the efficiency: input = (0.75 output + 0.25 size) / efficiency.
HALF = {"min_load": 0.5, "part_load_efficiency": 0.8}
BOILER = {
    "kind": "boiler",
    "input_bus": "gas",
    "bus": "heat",
    "efficiency": 0.9,
    "capacity": standing("kw", 100),
}


def site(load, neighbour=0.5, *, step_minutes=60, **boiler):
    parts = {
        "boiler": {**BOILER, **boiler},
        "gas": gas_at(0.04),
        "neighbour": heat_at(neighbour),
        "process": load_of(load, "heat"),
    }
    return microgrid(parts, len(load), step_minutes=step_minutes)


# -- part load ------------------------------------------------------------------------


def test_boiler_burns_what_the_line_says():
    """50 / (0.9 x 0.8); (0.75 x 75 + 25) / 0.9; 100 / 0.9; nothing while off."""
    plan = planned(site([50, 75, 100, 0], commitment=HALF))
    burnt = [50 / (0.9 * 0.8), 81.25 / 0.9, 100 / 0.9, 0]
    assert plan.values["gas"]["supply_kw"] == pytest.approx(burnt, abs=1e-9)
    assert plan.objective == pytest.approx(0.04 * sum(burnt))


def test_line_goes_through_both_ends():
    for min_load, share in itertools.product([0.1, 0.3, 0.7], [0.5, 0.9, 1.0]):
        plan = Commitment(min_load=min_load, part_load_efficiency=share)
        slope, idle = plan.slope_and_idle
        assert slope + idle == pytest.approx(1)
        assert min_load / (slope * min_load + idle) == pytest.approx(share)


@pytest.mark.parametrize("min_load", [0.0, 1.0])
def test_part_load_needs_a_minimum_load_between(min_load):
    with pytest.raises(ValidationError, match="between 0 and 1"):
        Commitment(min_load=min_load, part_load_efficiency=0.9)


def test_what_is_bought_counts_too():
    """40 of 80 kW, for the one hour of 80 kW: 40 / (0.9 x 0.8) = 55.6 kW of gas."""
    plan = planned(site([80, 40], commitment=HALF, capacity=option("kw", 200, 0.1)))
    assert plan.size("boiler", "capacity").new == pytest.approx(80)
    gas = [80 / 0.9, 40 / (0.9 * 0.8)]
    assert plan.values["gas"]["supply_kw"] == pytest.approx(gas)


def test_engine_burns_more_and_has_more_heat():
    """At minimum load 50 / (0.4 x 0.8) = 156.25 kW of fuel and half of that as heat."""
    engine = {
        "kind": "chp",
        "fuel_bus": "gas",
        "electricity_bus": "power",
        "capacity": standing("kw", 100),
        "electric_efficiency": 0.4,
        "heat_efficiency": {"heat": 0.5},
        "commitment": HALF,
    }
    parts = {
        "engine": engine,
        "gas": gas_at(0.04),
        "grid": grid_at(0.3),
        "neighbour": heat_at(1.0),
        "plant": load_of([50, 80]),
        "process": load_of([100, 100], "heat"),
    }
    plan = planned(microgrid(parts, 2))
    fuel = np.array([156.25, (0.75 * 80 + 25) / 0.4])
    assert plan.values["gas"]["supply_kw"] == pytest.approx(fuel)
    assert plan.values["engine"]["heat_heat_kw"] == pytest.approx([78.125, 100])
    flows = flows_of(plan, "engine")
    assert (sum(flows.values()) <= 1e-9).all()
    assert flows["gas"] == pytest.approx(-fuel)


@pytest.mark.parametrize("rated_on", ["heat", "electricity"])
def test_heat_pump_draws_more_power_and_less_heat(rated_on):
    """COP 4: at half load 50 kW of heat need 50 / (4 x 0.8) = 15.625 kW."""
    pump = {
        "kind": "heat_pump",
        "electricity_bus": "power",
        "bus": "heat",
        "source": "warm",
        "cop": 4.0,
        "capacity": standing("kw", 100 if rated_on == "heat" else 25),
        "rated_on": rated_on,
        "commitment": HALF,
    }
    parts = {
        "pump": pump,
        "grid": grid_at(0.1),
        "network": heat_at(0.001, bus="warm"),
        "process": load_of([50, 100], "heat"),
    }
    buses = {"warm": {"carrier": "heat", "temperature_c": 30.0}}
    plan = planned(microgrid(parts, 2, buses=buses))
    assert plan.values["grid"]["import_kw"] == pytest.approx([15.625, 25])
    assert plan.values["network"]["supply_kw"] == pytest.approx([34.375, 75])
    balance = sum(flows_of(plan, "pump").values())
    assert balance == pytest.approx([0, 0], abs=1e-9)


def test_a_wrong_input_at_part_load_is_noticed():
    """The recomputation follows the line by itself."""
    plan = planned(site([50, 100], commitment=HALF))
    (flow,) = recompute(plan).flows_at("gas")[:1]
    assert flow[1].kw == pytest.approx([-50 / 0.72, -100 / 0.9])


# -- standing still -------------------------------------------------------------------


@pytest.mark.parametrize("capacity", [standing("kw", 100), option("kw", 200, 0.1)])
@pytest.mark.parametrize("commitment", [None, HALF])
def test_maintenance_forces_it_off_on_its_days(commitment, capacity):
    """Twelve hours a step: the second day of three is steps 2 and 3."""
    stop = {"first": "2026-01-02", "last": "2026-01-02"}
    load = [60.0] * 6
    plan = planned(
        site(
            load,
            step_minutes=720,
            maintenance=[stop],
            commitment=commitment,
            capacity=capacity,
        )
    )
    assert plan.values["boiler"]["output_kw"] == pytest.approx(
        [60, 60, 0, 0, 60, 60], abs=1e-9
    )
    assert plan.values["neighbour"]["supply_kw"][2:4] == pytest.approx([60, 60])
    if commitment:
        assert plan.values["boiler"]["on"].tolist() == [1, 1, 0, 0, 1, 1]
        assert plan.values["gas"]["supply_kw"][2:4] == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize(
    ("share", "made"), [(0.4, 0.0), (0.49, 0.0), (0.5, 50.0), (0.7, 60.0)]
)
def test_below_its_minimum_load_it_is_off(share, made):
    """A machine of 100 kW that may run at 49 kW at most can't run at all."""
    plan = planned(
        site([60, 60], availability={"values": [1.0, share]}, commitment=HALF)
    )
    assert plan.values["boiler"]["output_kw"] == pytest.approx([60, made], abs=1e-9)
    assert plan.values["boiler"]["on"].tolist() == [1, float(made > 0)]


def test_no_size_helps_below_the_minimum_load():
    plan = planned(
        site(
            [60, 60],
            availability={"values": [1.0, 0.49]},
            commitment=HALF,
            capacity=option("kw", 1000, 0.001),
        )
    )
    assert plan.values["boiler"]["output_kw"] == pytest.approx([60, 0], abs=1e-9)
    assert plan.values["boiler"]["on"].tolist() == [1, 0]


def test_without_commitment_a_larger_machine_helps():
    """To give 60 kW with half of it, it must be 120 kW."""
    plan = planned(
        site(
            [60, 60],
            availability={"values": [1.0, 0.5]},
            capacity=option("kw", 1000, 0.001),
        )
    )
    assert plan.size("boiler", "capacity").new == pytest.approx(120)


def test_maintenance_and_availability_both_hold():
    stop = {"first": "2026-01-01", "last": "2026-01-01"}
    plan = planned(
        site(
            [90] * 4,
            step_minutes=720,
            maintenance=[stop],
            availability={"values": [1.0, 1.0, 0.3, 1.0]},
        )
    )
    assert plan.values["boiler"]["output_kw"] == pytest.approx([0, 0, 30, 90], abs=1e-9)


@pytest.mark.parametrize("commitment", [None, HALF])
def test_recomputation_notices_work_during_maintenance(commitment):
    stop = {"first": "2026-01-01", "last": "2026-01-01"}
    plan = planned(
        site([60] * 4, step_minutes=720, maintenance=[stop], commitment=commitment)
    )
    boiler, inputs = plan.microgrid.components["boiler"], recompute(plan).inputs
    wrong = {"output_kw": np.full(4, 60.0), "on": np.ones(4)}
    off = boiler.recompute(inputs["boiler"], wrong).residuals["capacity limit"]
    assert off == pytest.approx([60, 60, 0, 0])


def test_availability_is_a_parameter_of_the_rows():
    """A rule that looked at the step would not be a template."""
    grid = first_steps(site([60] * 3, availability=0.5), 3)
    rows = built(grid).model.operation.components.component("boiler").capacity_limit
    assert hasattr(rows[0], "template_expr")


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("2026-02-30", "2026-03-01", "day is out of range"),
        ("next week", "2026-03-01", "Invalid isoformat"),
        ("2026-03-02", "2026-03-01", "not before first"),
    ],
)
def test_impossible_days_are_refused(first, last, message):
    with pytest.raises(ValidationError, match=message):
        Maintenance(first=first, last=last)


@pytest.mark.parametrize("day", ["2025-12-31", "2026-01-03"])
def test_days_outside_the_horizon_are_refused(day):
    fine, wrong = ({"first": d, "last": d} for d in ("2026-01-01", day))
    with pytest.raises(
        InputError, match=r"maintenance\.1: .*2026-01-01 and 2026-01-02"
    ):
        site([60] * 4, step_minutes=720, maintenance=[fine, wrong])


def test_more_than_all_of_it_is_refused():
    with pytest.raises(InputError, match=r"availability: got 1\.1, expected at most 1"):
        site([60, 60], availability={"values": [1.0, 1.1]})


# -- part load and minimum load against all patterns there are ------------------------

GAS, EFFICIENCY, TANK, LARGEST = 0.05, 0.8, 12.0, 100.0
SEEDS = 12


def case_of(seed):
    """Load, heat price, availability, capital cost and part load of one small site."""
    rng = np.random.default_rng(seed)
    return {
        "load": (rng.integers(10, 60, 4) * (rng.random(4) < 0.85)).astype(float),
        "price": rng.choice([0.03, 0.07, 0.12, 0.3], 4),
        "share": rng.choice([1.0, 1.0, 0.7, 0.3], 4),
        "capex": float(rng.choice([0.005, 0.02, 0.05])),
        "existing": float(rng.choice([0.0, 20.0])),
        "min_load": float(rng.choice([0.3, 0.5, 0.8])),
        "part": float(rng.choice([0.6, 0.8, 0.95])),
    }


def plan_of(case):
    boiler = {
        **BOILER,
        "efficiency": EFFICIENCY,
        "capacity": option("kw", LARGEST, case["capex"], existing_kw=case["existing"]),
        "availability": {"values": case["share"].tolist()},
        "commitment": {
            "min_load": case["min_load"],
            "part_load_efficiency": case["part"],
        },
    }
    tank = {
        "kind": "thermal_storage",
        "bus": "heat",
        "energy": standing("kwh", TANK),
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
        "standing_loss_per_hour": 0.0,
    }
    parts = {
        "boiler": boiler,
        "tank": tank,
        "gas": gas_at(GAS),
        "neighbour": heat_at(case["price"]),
        "process": load_of(case["load"], "heat"),
    }
    return planned(microgrid(parts, 4))


def cost_of(on, case):
    """Least cost of one pattern; columns: output, bought, content of 4 steps; size."""
    size, columns = 12, 13
    low, part = case["min_load"], case["part"]
    rows, limits, equal = [], [], []
    cost = np.zeros(columns)
    cost[4:8], cost[size] = case["price"], case["capex"]
    for t in range(4):
        most, least, balance = np.zeros((3, columns))
        most[t], least[t] = 1, -1
        if on[t]:
            # Fuel: full load takes size / efficiency, the least load low size / part of
            # that; the line between the two, at any output.
            rise = (1 - low / part) / (1 - low)
            cost[t] += GAS / EFFICIENCY * rise
            cost[size] += GAS / EFFICIENCY * (1 - rise)
            most[size], least[size] = -case["share"][t], low
        rows += [most, least]
        limits += [0, 0]
        balance[[t, 4 + t]] = 1
        balance[8 + t] -= 1
        balance[8 + (t - 1) % 4] += 1
        equal.append(balance)
    bounds = [(0, None)] * 8 + [(0, TANK)] * 4 + [(case["existing"], LARGEST)]
    found = linprog(cost, rows, limits, equal, case["load"], bounds)
    spent = case["capex"] * case["existing"]
    return found.fun - spent if found.success else np.inf


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_pattern_is_cheaper(seed):
    case = case_of(seed)
    least = min(cost_of(on, case) for on in itertools.product([0, 1], repeat=4))
    assert plan_of(case).objective == pytest.approx(least, rel=1e-7)


def test_the_cases_ask_for_part_load():
    """Guards the test above: patterns and part load matter in some of the cases."""
    plans = [plan_of(case_of(seed)) for seed in range(SEEDS)]
    runs = {float(plan.values["boiler"]["on"].sum()) for plan in plans}
    assert len(runs & {1.0, 2.0, 3.0}) >= 2
    dearer = 0
    for seed, plan in enumerate(plans):
        flat = plan_of({**case_of(seed), "part": 1.0})
        dearer += plan.objective > flat.objective + 1e-6
    assert dearer >= 4

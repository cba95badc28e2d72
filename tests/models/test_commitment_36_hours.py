"""A day and a half of a CHP that is on or off, against another formulation.

The other one has three binaries a step (on, switched on, switched off), states of its
own and is written here entry by entry for ``scipy.optimize.milp``; nothing of the model
is used. A CHP with minimum load, start cost, minimum times, ramps and an efficiency
that falls at part load, a boiler, a tank, the grid at changing prices.
"""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from support import EXACT, gas_at, grid_at, load_of, microgrid, planned, standing

HOURS, SIZE, GAS = 36, 100.0, 0.05
ELECTRIC, HEAT, BOILER, TANK = 0.4, 0.45, 0.9, 150.0
MIN_LOAD, PART, START, UP, DOWN, RAMP = 0.5, 0.85, 4.0, 4, 3, 0.3
NAMES = ("on", "up", "down", "power", "used", "boiler", "bought", "content")


def demands(seed):
    rng = np.random.default_rng(seed)
    hour = np.arange(HOURS) % 24
    working = (hour >= 6) & (hour < 20)
    power = np.where(working, 110.0, 40.0) + rng.uniform(-15, 15, HOURS)
    heat = np.where(working, 70.0, 45.0) + rng.uniform(-20, 20, HOURS)
    price = np.where((hour >= 8) & (hour < 19), 0.19, 0.08)
    return power, heat, price + rng.uniform(-0.03, 0.03, HOURS)


def plan_of(seed):
    power, heat, price = demands(seed)
    chp = {
        "kind": "chp",
        "fuel_bus": "gas",
        "electricity_bus": "power",
        "electric_efficiency": ELECTRIC,
        "heat_efficiency": {"heat": HEAT},
        "capacity": standing("kw", SIZE),
        "commitment": {
            "min_load": MIN_LOAD,
            "part_load_efficiency": PART,
            "start_cost": START,
            "min_up_hours": float(UP),
            "min_down_hours": float(DOWN),
            "ramp_per_hour": RAMP,
        },
    }
    boiler = {
        "kind": "boiler",
        "input_bus": "gas",
        "bus": "heat",
        "efficiency": BOILER,
        "capacity": standing("kw", 500),
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
        "engine": chp,
        "boiler": boiler,
        "tank": tank,
        "gas": gas_at(GAS),
        "grid": grid_at(list(price)),
        "works": load_of(list(power)),
        "process": load_of(list(heat), "heat"),
    }
    return planned(microgrid(parts, HOURS), EXACT)


def least_cost(seed):
    """The same from scratch; the step before the first is the last."""
    power, heat, price = demands(seed)
    at = {name: n * HOURS + np.arange(HOURS) for n, name in enumerate(NAMES)}
    rows, lower, upper = [], [], []

    def between(low, high, *terms):
        entries = np.zeros(len(NAMES) * HOURS)
        for name, step, factor in terms:
            entries[at[name][step % HOURS]] += factor
        rows.append(entries)
        lower.append(low)
        upper.append(high)

    idle = (1 / PART - 1) / (1 / MIN_LOAD - 1)
    reach = max(MIN_LOAD, RAMP) * SIZE
    for t in range(HOURS):
        between(0, 0, ("on", t, 1), ("on", t - 1, -1), ("up", t, -1), ("down", t, 1))
        between(-np.inf, 0, *[("up", t - k, 1) for k in range(UP)], ("on", t, -1))
        between(-np.inf, 1, *[("down", t - k, 1) for k in range(DOWN)], ("on", t, 1))
        between(0, np.inf, ("power", t, 1), ("on", t, -MIN_LOAD * SIZE))
        between(-np.inf, 0, ("power", t, 1), ("on", t, -SIZE))
        change = ("power", t, 1), ("power", t - 1, -1)
        between(-np.inf, 0, *change, ("on", t - 1, -RAMP * SIZE), ("up", t, -reach))
        between(0, np.inf, *change, ("on", t, RAMP * SIZE), ("down", t, reach))
        fuel = (1 - idle) / ELECTRIC, idle * SIZE / ELECTRIC
        between(
            -np.inf,
            0,
            ("used", t, 1),
            ("power", t, -HEAT * fuel[0]),
            ("on", t, -HEAT * fuel[1]),
        )
        between(power[t], power[t], ("power", t, 1), ("bought", t, 1))
        stored = ("content", t, -1), ("content", t - 1, 1)
        between(heat[t], heat[t], ("used", t, 1), ("boiler", t, 1), *stored)

    cost = np.zeros(len(NAMES) * HOURS)
    cost[at["up"]] = START
    cost[at["power"]] = GAS * (1 - idle) / ELECTRIC
    cost[at["on"]] = GAS * idle * SIZE / ELECTRIC
    cost[at["boiler"]] = GAS / BOILER
    cost[at["bought"]] = price
    most = np.full(cost.size, np.inf)
    for name in ("on", "up", "down"):
        most[at[name]] = 1.0
    most[at["content"]] = TANK
    whole = np.zeros(cost.size)
    whole[: 3 * HOURS] = 1
    found = milp(
        cost,
        constraints=LinearConstraint(np.array(rows), lower, upper),
        bounds=Bounds(0, most),
        integrality=whole,
        options={"mip_rel_gap": 0.0},
    )
    assert found.success
    return found.fun


@pytest.mark.parametrize("seed", range(4))
def test_three_binaries_a_step_cost_the_same(seed):
    plan = plan_of(seed)
    assert plan.objective == pytest.approx(least_cost(seed), rel=1e-7)
    on = plan.values["engine"]["on"]
    assert 0 < on.sum() < HOURS  # switching is worth something here

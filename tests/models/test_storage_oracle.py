"""A battery with c-rates and cycles against a linear program written from the words.

The program is written here with dense rows and solved by ``scipy.optimize.linprog``;
nothing of the model is used.
"""

import numpy as np
import pytest
from scipy.optimize import linprog

from support import grid_at, load_of, microgrid, option, planned

STEPS = 6
IN, OUT, LARGEST = 0.9, 0.85, 200.0


def case_of(seed):
    rng = np.random.default_rng(seed)

    def maybe(low, high):
        return None if rng.random() < 0.3 else float(rng.uniform(low, high))

    return {
        "hours": float(rng.choice([0.25, 1.0])),
        "prices": rng.choice([0.05, 0.1, 0.2, 0.5], STEPS).tolist(),
        "load": rng.integers(0, 60, STEPS).astype(float).tolist(),
        "capex": rng.uniform(0.001, 0.02, 2).tolist(),
        "charge_rate": maybe(0.1, 1.0),
        "discharge_rate": maybe(0.1, 1.0),
        "cycles": maybe(0.1, 1.5),
        "duration": maybe(0.5, 4.0),
        "loss": float(rng.choice([0.0, 0.05])),
        "loss_of_size": float(rng.choice([0.0, 0.002])),
        "start": maybe(0.0, 40.0),
        "equal": bool(rng.random() < 0.5),
        "floor": float(rng.choice([0.0, 0.2])),
        "usable": str(rng.choice(["as_new", "mean_of_life", "end_of_life"])),
    }


def cost_by_model(case):
    battery = {
        "kind": "battery",
        "bus": "power",
        "energy": option("kwh", LARGEST, case["capex"][0]),
        "power": option("kw", LARGEST, case["capex"][1]),
        "charge_efficiency": IN,
        "discharge_efficiency": OUT,
        "standing_loss_per_hour": case["loss"],
        "standing_loss_of_capacity_per_hour": case["loss_of_size"],
        "min_soc": case["floor"],
        "max_charge_c_rate": case["charge_rate"],
        "max_discharge_c_rate": case["discharge_rate"],
        "max_cycles_per_year": case["cycles"],
        "duration_hours": case["duration"],
        "initial_kwh": case["start"],
        "end": "equal_start" if case["equal"] else "at_least_start",
        "usable": case["usable"],
    }
    parts = {"grid": grid_at(case["prices"]), "plant": load_of(case["load"])}
    minutes = round(60 * case["hours"])
    grid = microgrid({**parts, "battery": battery}, STEPS, step_minutes=minutes)
    return planned(grid).objective


def cost_by_hand(case):
    """Columns: bought, charged, discharged, content of every step; energy, power."""
    energy, power, count = 4 * STEPS, 4 * STEPS + 1, 4 * STEPS + 2
    bought, charged, discharged, content = (
        np.arange(STEPS) + STEPS * n for n in range(4)
    )
    hours = case["hours"]
    share = {"as_new": 1.0, "mean_of_life": 0.9, "end_of_life": 0.8}[case["usable"]]
    equal, most = [], []  # rows of (coefficients by column, right-hand side)
    for t in range(STEPS):
        equal.append(
            ({bought[t]: 1, discharged[t]: 1, charged[t]: -1}, case["load"][t])
        )
        kept, begun = (1 - case["loss"]) ** hours, 0.0
        row = {
            content[t]: 1.0,
            charged[t]: -hours * IN,
            discharged[t]: hours / OUT,
            energy: hours * case["loss_of_size"],
        }
        if t > 0 or case["start"] is None:
            row[content[t - 1]] = -kept
        else:
            begun = kept * case["start"]
        equal.append((row, begun))
        most.append(({content[t]: 1, energy: -share}, 0))
        most.append(({content[t]: -1, energy: case["floor"]}, 0))
        most.append(({charged[t]: 1, discharged[t]: 1, power: -1}, 0))
        if case["charge_rate"] is not None:
            most.append(({charged[t]: 1, energy: -case["charge_rate"]}, 0))
        if case["discharge_rate"] is not None:
            most.append(({discharged[t]: 1, energy: -case["discharge_rate"]}, 0))
    if case["cycles"] is not None:
        row = dict.fromkeys(discharged, hours / OUT)
        most.append(({**row, energy: -case["cycles"]}, 0))
    if case["duration"] is not None:
        equal.append(({energy: 1, power: -case["duration"]}, 0))
    if case["start"] is not None:
        most.append(({energy: -share}, -case["start"]))
        if case["equal"]:
            equal.append(({content[-1]: 1}, case["start"]))
        else:
            most.append(({content[-1]: -1}, -case["start"]))
    cost = np.zeros(count)
    cost[bought] = hours * np.array(case["prices"])
    cost[[energy, power]] = case["capex"]
    bounds = [(0, None)] * (4 * STEPS) + [(0, LARGEST)] * 2
    found = linprog(cost, *dense(most, count), *dense(equal, count), bounds)
    assert found.status == 0
    return found.fun


def dense(rows, count):
    matrix = np.zeros((len(rows), count))
    for number, (row, _) in enumerate(rows):
        matrix[number, list(row)] = list(row.values())
    return matrix, np.array([right for _, right in rows])


@pytest.mark.parametrize("seed", range(16))
def test_cost_is_that_of_the_program_written_by_hand(seed):
    case = case_of(seed)
    assert cost_by_model(case) == pytest.approx(cost_by_hand(case), rel=1e-7)


def test_the_cases_are_not_all_trivial():
    """In most of them the battery is worth it, with and without each limit."""
    used = [
        case
        for case in map(case_of, range(16))
        if cost_by_hand(case)
        < case["hours"] * np.dot(case["prices"], case["load"]) * (1 - 1e-6)
    ]
    assert len(used) >= 6
    for limit in ("charge_rate", "discharge_rate", "cycles", "duration", "start"):
        assert {case[limit] is None for case in used} == {True, False}, limit

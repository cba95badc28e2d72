"""On and off against all patterns there are: the least cost of 2^steps linear programs.

The programs are written here from the words of the rules, step by step, and solved by
``scipy.optimize.linprog``; nothing of the model is used. A boiler with everything that
a commitment may have, a tank, a neighbour who sells heat at a changing price, and heat
that may be lost.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.optimize import linprog

from support import gas_at, heat_at, load_of, microgrid, option, planned, standing

LOSSY = {"heat": {"carrier": "heat", "temperature_c": 80.0, "allow_surplus": True}}
EFFICIENCY, GAS, TANK, LARGEST = 0.8, 0.05, 10.0, 100.0
SEEDS = 14


@dataclass(frozen=True)
class Case:
    """One site; nothing to buy without ``capex``. Times in steps, ``ramp`` per step."""

    load: list[float]
    price: list[float]
    capex: float | None
    hours: float = 1.0
    min_load: float = 0.0
    start_cost: float = 0.0
    up: int = 0
    down: int = 0
    ramp: float | None = None
    existing: float = 60.0
    initially: str = "cyclic"

    def ran_before(self, on, t):
        """Whether it ran in the step before ``t``."""
        if t == 0 and self.initially != "cyclic":
            return self.initially == "on"
        return bool(on[t - 1])

    def any_output_before(self, t):
        """Nothing is known of the output before the first step but on or off."""
        return t == 0 and self.initially != "cyclic"


def case_of(seed, steps, sized):
    rng = np.random.default_rng(seed)
    demand = rng.integers(20, 60, steps) * (rng.random(steps) < 0.8)
    hours = float(rng.choice([0.5, 1.0]))
    return Case(
        load=demand.astype(float).tolist(),
        price=rng.choice([0.02, 0.05, 0.3], steps).tolist(),
        capex=float(rng.choice([0.02, 0.1])) * hours if sized else None,
        existing=float(rng.choice([0.0, 10.0])) if sized else 60.0,
        hours=hours,
        min_load=float(rng.choice([0.0, 0.4, 0.6, 0.7])),
        start_cost=float(rng.choice([0.0, 0.2, 1.0])),
        up=int(rng.integers(0, 4)),
        down=int(rng.integers(0, 4)),
        ramp=[None, None, 0.15, 0.3][int(rng.integers(0, 4))],
    )


def plan_of(case):
    steps_per_hour = 1 / case.hours
    commitment = {
        "min_load": case.min_load,
        "start_cost": case.start_cost,
        "min_up_hours": case.up * case.hours,
        "min_down_hours": case.down * case.hours,
        "initially": case.initially,
    }
    if case.ramp is not None:
        commitment["ramp_per_hour"] = case.ramp * steps_per_hour
    capacity = standing("kw", case.existing)
    if case.capex is not None:
        capacity = option("kw", LARGEST, case.capex, existing_kw=case.existing)
    boiler = {
        "kind": "boiler",
        "input_bus": "gas",
        "bus": "heat",
        "efficiency": EFFICIENCY,
        "capacity": capacity,
        "commitment": commitment,
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
        "neighbour": heat_at(case.price),
        "process": load_of(case.load, "heat"),
    }
    minutes = round(60 * case.hours)
    return planned(microgrid(parts, len(case.load), buses=LOSSY, step_minutes=minutes))


def may_run_like(on, case):
    """True if every time on and off, round the cycle or to the end, is long enough."""
    steps = len(on)
    for t in range(steps):
        if bool(on[t]) == case.ran_before(on, t):
            continue
        later = range(t, t + (case.up if on[t] else case.down))
        if case.initially != "cyclic":
            later = [k for k in later if k < steps]
        if any(on[k % steps] != on[t] for k in later):
            return False
    return True


def cost_of(on, case):
    """Least cost with this pattern; infinite if it can't be."""
    steps = len(on)
    output, bought, lost, content, size = (
        np.arange(steps) + n * steps for n in range(5)
    )
    size = size[0]
    columns = size + 1
    rows, limits, equal, right = [], [], [], []

    def at_most(limit, **terms):
        rows.append(row(terms))
        limits.append(limit)

    def row(terms):
        entries = np.zeros(columns)
        for column, factor in terms.values():
            entries[column] += factor
        return entries

    for t in range(steps):
        now, before = output[t], output[t - 1]
        if on[t]:
            at_most(0, a=(now, 1), b=(size, -1))
            at_most(0, a=(now, -1), b=(size, case.min_load))
        else:
            at_most(0, a=(now, 1))
        if case.ramp is not None and steps > 1:
            reach = max(case.min_load, case.ramp)
            ran, unknown = case.ran_before(on, t), case.any_output_before(t)
            if on[t] and not ran:
                at_most(0, a=(now, 1), c=(size, -reach))
            elif on[t] and not unknown:
                at_most(0, a=(now, 1), b=(before, -1), c=(size, -case.ramp))
                at_most(0, a=(now, -1), b=(before, 1), c=(size, -case.ramp))
            elif ran and not unknown and not on[t]:
                at_most(0, a=(before, 1), c=(size, -reach))
        filled = {"d": (content[t], -1 / case.hours)}
        taken = {"e": (content[t - 1], 1 / case.hours)}
        served = {"a": (now, 1), "b": (bought[t], 1), "c": (lost[t], -1)}
        equal.append(row({**served, **filled, **taken}))
        right.append(case.load[t])

    cost = np.zeros(columns)
    cost[output] = GAS / EFFICIENCY * case.hours
    cost[bought] = np.array(case.price) * case.hours
    cost[size] = case.capex or 0.0
    bounds = [(0, None)] * (3 * steps) + [(0, TANK)] * steps
    bounds += [(case.existing, LARGEST if case.capex is not None else case.existing)]
    found = linprog(cost, rows, limits, equal, right, bounds)
    starts = sum(on[t] and not case.ran_before(on, t) for t in range(steps))
    spent = (case.capex or 0.0) * case.existing
    return found.fun - spent + starts * case.start_cost if found.success else np.inf


def least_cost(case):
    patterns = itertools.product([0, 1], repeat=len(case.load))
    return min(cost_of(on, case) for on in patterns if may_run_like(on, case))


@pytest.mark.parametrize("sized", [False, True], ids=["fixed", "sized"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_pattern_is_cheaper(seed, sized):
    case = case_of(seed, 6, sized)
    assert plan_of(case).objective == pytest.approx(least_cost(case), rel=1e-7)


@pytest.mark.parametrize("initially", ["on", "off"])
@pytest.mark.parametrize("sized", [False, True], ids=["fixed", "sized"])
@pytest.mark.parametrize("seed", range(8))
def test_no_pattern_is_cheaper_from_a_given_state(seed, sized, initially):
    case = replace(case_of(seed, 6, sized), initially=initially)
    assert plan_of(case).objective == pytest.approx(least_cost(case), rel=1e-7)


def test_the_state_before_matters():
    """Guards the test above: for some case each state costs something else."""
    costs = [
        [
            plan_of(replace(case_of(seed, 6, False), initially=state)).objective
            for state in ("on", "off")
        ]
        for seed in range(8)
    ]
    assert sum(abs(on - off) > 1e-6 for on, off in costs) >= 2


@pytest.mark.parametrize("sized", [False, True], ids=["fixed", "sized"])
def test_no_pattern_of_eight_steps_is_cheaper(sized):
    case = case_of(100, 8, sized)
    assert plan_of(case).objective == pytest.approx(least_cost(case), rel=1e-7)


def test_the_cases_ask_for_all_there_is():
    """Guards the tests above: every rule changes the plan of some case."""
    told = dict.fromkeys(("min_load", "start_cost", "up", "down", "ramp"), 0)
    off = {"min_load": 0.0, "start_cost": 0.0, "up": 0, "down": 0, "ramp": None}
    for seed in range(SEEDS):
        case = case_of(seed, 6, sized=False)
        best = plan_of(case).objective
        for name in told:
            without = replace(case, **{name: off[name]})
            told[name] += plan_of(without).objective < best - 1e-6
    assert min(told.values()) >= 2, told

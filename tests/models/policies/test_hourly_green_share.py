"""hourly_green_share: a surplus at noon is worth nothing at night."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_sites import pv_at, standing_of, supplied

from support import grid_at, load_of, option, planned, standing, with_changes

RULE = {"kind": "hourly_green_share", "at_least": 0.75}


def site(rule):
    """100 kW of PV in the first of two hours of 50 kWh; a green line at 0.30."""
    fewer = with_changes(supplied(rule, 2), roof=pv_at([1.0, 0.0]))
    return with_changes(fewer, plant=load_of(50))


def test_night_is_matched_at_night():
    """50 of 100 kWh are matched at noon; 25 more must come by the line."""
    plan = planned(site(RULE))
    assert plan.objective == pytest.approx(25 * 0.3 + 25 * 0.1)
    assert standing_of(plan).value == pytest.approx(0.75)
    assert plan.shadow_prices["rule"] == pytest.approx(0.2)


def test_every_step_by_itself():
    plan = planned(site({**RULE, "at_least": 0.4, "every_step": True}))
    assert plan.objective == pytest.approx(20 * 0.3 + 30 * 0.1)
    assert standing_of(plan).value == pytest.approx(0.4)


def test_contracts_count_where_they_may():
    plan = planned(site({**RULE, "counts": "contractual"}))
    assert plan.objective == pytest.approx(25 * 0.12 + 25 * 0.1)


def test_a_storage_carries_noon_into_the_night():
    battery = {
        "kind": "battery",
        "bus": "power",
        "energy": standing("kwh", 100.0),
        "power": standing("kw", 100.0),
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
        "standing_loss_per_hour": 0.0,
        "min_soc": 0.0,
    }
    plan = planned(with_changes(site({**RULE, "at_least": 1.0}), battery=battery))
    assert plan.objective == pytest.approx(0.0, abs=1e-6)


def test_what_a_battery_loses_is_no_use():
    """20 of 60 kWh are matched at noon; 10 more come from 12.5 that are charged."""
    battery = {
        "kind": "battery",
        "bus": "power",
        "energy": option("kwh", 100.0, 5.0),
        "power": standing("kw", 100.0),
        "charge_efficiency": 0.8,
        "discharge_efficiency": 1.0,
        "standing_loss_per_hour": 0.0,
        "min_soc": 0.0,
    }
    grid = with_changes(site({**RULE, "at_least": 0.5}), battery=battery)
    grid = with_changes(grid, plant=load_of([20, 40]), line=grid_at(99.0))
    plan = planned(grid)
    assert plan.values["battery"]["discharge_kw"][1] == pytest.approx(10)
    found = standing_of(plan)
    assert (found.amount, found.base) == (pytest.approx(30), pytest.approx(60))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.lists(st.floats(1, 99), min_size=4, max_size=4),
    st.floats(0, 1),
)
def test_plan_costs_what_matching_by_hand_costs(yields, load, share):
    """The line must give what min(PV, load) lacks of the share of all load."""
    grid = supplied({**RULE, "at_least": share}, 4, load)
    plan = planned(with_changes(grid, roof=pv_at(yields)))
    load, sun = np.array(load), 100 * np.array(yields)
    matched = np.minimum(load, sun).sum()
    line = max(0.0, share * load.sum() - matched)
    rest = load.sum() - matched - line
    assert plan.objective == pytest.approx(0.3 * line + 0.1 * rest, abs=1e-5)

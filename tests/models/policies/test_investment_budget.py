"""investment_budget: what pays is bought as far as the money goes."""

from dataclasses import replace

import pytest
from policy_sites import engined, pv_at, standing_of, sunny

from support import grid_at, load_of, microgrid, option, planned, standing
from verdigrid.models.objective import Objective
from verdigrid.studies.plan import make_plan


def test_budget_limits_what_is_bought():
    """A kW of PV costs 0.04 and saves at least 0.10: 1.20 buys 30 kW."""
    rule = {"kind": "investment_budget", "at_most": 1.2}
    plan = planned(sunny(rule, **option("kw", 100, 0.04)))
    assert plan.size("roof", "capacity").new == pytest.approx(30)
    assert standing_of(plan).value == pytest.approx(1.2)
    # 25 kW for another unit: 20 of them save 0.15 each... but the next one saves
    # 0.10 in the first hour and earns 0.05 in the second.
    assert plan.shadow_prices["rule"] == pytest.approx((0.10 + 0.05 - 0.04) / 0.04)


def test_nothing_to_buy():
    plan = planned(engined({"kind": "investment_budget", "at_most": 0.0}))
    assert standing_of(plan).value == 0


NOTHING = {"kind": "investment_budget", "at_most": 0.0}


def scrapped(at_most=None):
    """An old roof without sun, 10 kW with scrap of 100 each; a new one at 0.01."""
    gone = {"removal_per_kw": 0.0, "scrap_per_kw": 100.0}
    parts = {
        "grid": grid_at(0.1),
        "old": pv_at(0.0, **standing("kw", 10.0), retire=gone),
        "roof": pv_at(1.0, **option("kw", 100, 0.01)),
        "plant": load_of([60, 20]),
    }
    rule = {"kind": "investment_budget", "at_most": at_most}
    return microgrid(parts, 2, policies={} if at_most is None else {"rule": rule})


@pytest.mark.parametrize("budget", [0.0, 0.1])
def test_scrap_is_no_money_to_buy_with(budget):
    """It is earned all the same; 0.1 buys 10 kW, which save 2 h x 0.1 each."""
    plan = planned(scrapped(budget))
    new = budget / 0.01
    assert plan.size("old", "capacity").kept == pytest.approx(0)
    assert plan.size("roof", "capacity").new == pytest.approx(new)
    assert standing_of(plan).value == pytest.approx(budget)
    assert plan.objective == pytest.approx(-1000 + 8 - new * 0.19)


def test_scrap_is_no_money_for_least_carbon():
    goal = Objective(minimise="carbon", scopes=[2], budget=0.1)
    plan = make_plan(replace(scrapped(), objective=goal)).plan.solution
    assert plan.size("roof", "capacity").new == pytest.approx(10, rel=1e-5)


def test_removal_takes_nothing_off_the_budget():
    """The old roof must go, which costs 50; a new one is none of it."""
    gone = {"removal_per_kw": 5.0, "scrap_per_kw": 0.0, "forced": True}
    old = pv_at(0.0, **standing("kw", 10.0), retire=gone)
    parts = {"grid": grid_at(0.1), "old": old, "plant": load_of([60, 20])}
    plan = planned(microgrid(parts, 2, policies={"rule": NOTHING}))
    assert standing_of(plan).value == 0
    assert plan.objective == pytest.approx(50 + 8)


def test_only_renewals():
    """What stands is renewed, which is not bought: there is nothing to limit."""
    due = {**standing("kw", 10.0), "remaining_years": 0.0, "renewal_per_kw": 3.0}
    parts = {"grid": grid_at(0.1), "old": pv_at(0.0, **due), "plant": load_of([60, 20])}
    plan = planned(microgrid(parts, 2, policies={"rule": NOTHING}))
    assert plan.objective == pytest.approx(30 + 8)


def test_what_costs_nothing_is_within_any_budget():
    free = pv_at(1.0, **option("kw", 100, 0.0))
    parts = {"grid": grid_at(0.1), "roof": free, "plant": load_of([60, 20])}
    plan = planned(microgrid(parts, 2, policies={"rule": NOTHING}))
    assert plan.objective == pytest.approx(0)

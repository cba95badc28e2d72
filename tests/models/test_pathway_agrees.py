"""Pathways against plans of one stage, every purchase, and other methods."""

from itertools import product

import numpy as np
import pytest

from pathways import PLAIN, TAXED, WORTH, battery_site, bought, plan_of, site
from support import (
    COMMITMENT,
    EXACT,
    gas_at,
    heat_at,
    load_of,
    microgrid,
    objective,
    option,
    planned,
    standing,
    with_changes,
)
from verdigrid.models.build_pathway import build_pathway
from verdigrid.models.pathway import pathway_of
from verdigrid.solvers import windows
from verdigrid.solvers.compile import templates
from verdigrid.solvers.compile_pathway import compile_pathway
from verdigrid.solvers.solve import SolveOptions
from verdigrid.solvers.solve_pathway import solve_pathway
from verdigrid.solvers.steps import Steps, timed
from verdigrid.studies.plan_pathway import make_pathway_plan, solve_verified_pathway


@pytest.mark.parametrize("finance", [PLAIN, TAXED])
@pytest.mark.parametrize("life", [6.0, 9.5, 25.0])
def test_stage_in_which_nothing_may_be_bought_changes_nothing(finance, life):
    """Split after 11 years, when no life of what is bought ends."""
    one = battery_site(300.0, finance, life, load=1.2)
    two = battery_site(300.0, finance, life, load=1.2)
    whole = planned(one, EXACT).objective
    renewed_alike = plan_of([2026, 2037], [one, two]).solution.objective
    assert renewed_alike <= whole * (1 + 1e-9)
    budgets = {"none": {"kind": "investment_budget", "at_most": 0.0}}
    shut = battery_site(300.0, finance, life, 1.2, policies=budgets)
    split = plan_of([2026, 2037], [one, shut])
    assert split.solution.objective == pytest.approx(whole, rel=1e-7)


def test_budget_of_nothing_is_the_baseline():
    budgets = {"none": {"kind": "investment_budget", "at_most": 0.0}}
    grids = [battery_site(c, TAXED, policies=budgets) for c in (300.0, 200.0)]
    found = make_pathway_plan(pathway_of([2026, 2031], grids), EXACT)
    assert found.plan.solution.objective == pytest.approx(found.baseline_cost)
    assert bought(found.plan) == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize("finance", [PLAIN, TAXED])
def test_pathway_of_one_stage_is_the_plan(finance):
    grid = battery_site(300.0, finance)
    with templates():
        built = build_pathway(pathway_of([2026], [grid]))
    assert solve_pathway(built, EXACT).objective == pytest.approx(objective(grid))


def yearly_cost(finance, starts, prices, lives, counts, unit):
    """What purchases come to, year by year; written without any of the factors."""
    d, horizon = finance["discount_rate"], finance["horizon_years"]
    ends = [*starts[1:], horizon]
    total, serving = 0.0, np.zeros(horizon + 1)
    for stage, count in enumerate(counts):
        size, time = count * unit, starts[stage]
        while size and time < horizon:
            if time in starts and starts.index(time) > stage:
                break
            now = max(n for n, start in enumerate(starts) if start <= time)
            total += size * prices[now] * (1 + d) ** -time
            end = min(time + lives, horizon)
            serving[time + 1 : end + 1] += size
            if time + lives > horizon:
                left = (time + lives - horizon) / lives
                total -= size * prices[now] * left * (1 + d) ** -horizon
            time += lives
    for stage, end in enumerate(ends):
        for year in range(starts[stage] + 1, end + 1):
            if serving[year] > 30 + 1e-9:
                return np.inf
            load = [40.0, 60.0, 20.0][stage] - 0.2 * serving[year]
            total += max(0.0, load) * 8760 * 0.1 * (1 + d) ** -year
    return total


@pytest.mark.parametrize("life", [3, 4, 5, 7, 9, 16])
def test_as_cheap_as_the_best_of_all_purchases(life):
    finance = {"discount_rate": 0.07, "horizon_years": 16}
    starts, prices = [0, 4, 9], [1300.0, 900.0, 1000.0]
    grids = [
        site(price, float(life), finance, load, unit_kw=10.0, max_kw=30)
        for price, load in zip(prices, (40.0, 60.0, 20.0), strict=True)
    ]
    outcome = plan_of([2026 + start for start in starts], grids)
    every = {
        counts: yearly_cost(finance, starts, prices, life, counts, 10.0)
        for counts in product(range(4), repeat=3)
    }
    best = min(every, key=every.__getitem__)
    assert outcome.solution.objective == pytest.approx(every[best], rel=1e-9)
    assert [n / 10 for n in bought(outcome)] == pytest.approx(list(best))


def test_cost_curve_goes_on_in_renewals():
    """60 kW at 1000 and the rest at 400: opened in full, renewed in year 15 alike."""
    curve = [
        {"up_to_kw": 60, "capex_per_kw": 1000.0},
        {"up_to_kw": 100, "capex_per_kw": 400.0},
    ]
    grids = [site(None, 15.0, cost_curve=curve) for _ in range(2)]
    outcome = plan_of([2026, 2036], grids)
    running = 20 * (8760 * 100 * 0.1 - 100 * WORTH)
    paid = 76_000 * (1 + 1 - 10 / 15)
    assert outcome.solution.objective == pytest.approx(running + paid)


@pytest.mark.parametrize("tonnes", [None, 2500.0])
def test_certified_agrees_with_solving_as_one(tonnes, monkeypatch):
    monkeypatch.setattr(windows, "WINDOW_STEPS", 30)
    finance = {"discount_rate": 0.06, "horizon_years": 15}
    budget = {"kind": "carbon_budget", "scopes": [2], "tonnes": tonnes or 0.0}
    rule = None if tonnes is None else {"budget": budget}
    grids = [
        battery_site(capex, finance, 8.0, load, hours=96, policies=rule)
        for capex, load in ((400.0, 1.0), (220.0, 1.1), (150.0, 1.3))
    ]
    pathway = pathway_of([2026, 2029, 2034], grids)
    one = solve_verified_pathway(pathway, SolveOptions(1e-6, method="monolithic"))
    by_windows = SolveOptions(1e-5, method="certified")
    other = solve_verified_pathway(pathway, by_windows).solution
    assert other.facts["method"] == "certified"
    assert other.certificate.facts["windows"] > 3
    assert other.objective == pytest.approx(one.solution.objective, rel=2e-5)
    assert other.bound <= one.solution.objective * (1 + 1e-9)
    if tonnes is not None:
        assert one.standings["budget"].value == pytest.approx(tonnes)


# -- one long axis of steps ------------------------------------------------------------


def test_storages_of_later_stages_are_discounted_as_those_of_the_first():
    """What a storage loses compounds to the end of a segment, in every stage alike."""
    grids = [battery_site(300.0, PLAIN) for _ in range(2)]
    grids = [
        with_changes(
            grid,
            tank={
                "kind": "thermal_storage",
                "bus": "heat",
                "energy": standing("kwh", 100.0),
                "standing_loss_per_hour": 0.02,
            },
            warm=load_of(1.0, "heat"),
            gas=heat_at(0.1),
        )
        for grid in grids
    ]
    with templates():
        built = build_pathway(pathway_of([2026, 2036], grids))
    model = compile_pathway(built)
    assert model.first_steps == (0, 24)
    weights = Steps(model, np.arange(48) // 6).row_weights()
    names = [family.name for family in model.rows.families]
    for number, family in enumerate(model.rows.families):
        if not (family.timed and family.owner == "operation.Y2026.components.tank"):
            continue
        twin = family._replace(owner="operation.Y2036.components.tank")
        other = model.rows.families.index(twin)
        one, two = (weights[model.rows.family == n] for n in (number, other))
        assert two == pytest.approx(one), names[number]
    assert weights.min() < 0.95
    steps = model.columns.index[timed(model.columns)]
    assert (steps.min(), steps.max()) == (0, 47)


def test_machines_are_switched_in_every_stage(monkeypatch):
    """On/off decisions of both stages, in windows that do not end where stages do."""
    monkeypatch.setattr(windows, "WINDOW_STEPS", 14)
    heat = [20.0, 25, 60, 80, 90, 40, 10, 15, 50, 70, 30, 20] * 2
    grids = []
    for capex, scale in ((60.0, 1.0), (40.0, 1.1)):
        parts = {
            "gas_supply": gas_at(0.05),
            "boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "efficiency": 0.9,
                "capacity": standing("kw", 100.0),
                "commitment": COMMITMENT,
            },
            "neighbour": heat_at(0.12),
            "plant": load_of([scale * kw for kw in heat], "heat"),
            "tank": {
                "kind": "thermal_storage",
                "bus": "heat",
                "energy": option("kwh", 200, capex),
                "standing_loss_per_hour": 0.01,
            },
        }
        finance = {"discount_rate": 0.06, "horizon_years": 12}
        grids.append(microgrid(parts, 24, finance=finance, represents="year"))
    pathway = pathway_of([2026, 2030], grids)
    one = solve_verified_pathway(pathway, SolveOptions(1e-6, method="monolithic"))
    other = solve_verified_pathway(pathway, SolveOptions(1e-3, method="certified"))
    assert other.solution.bound <= one.solution.objective * (1 + 1e-6)
    assert one.solution.bound <= other.solution.objective * (1 + 1e-6)
    assert other.solution.objective == pytest.approx(one.solution.objective, rel=0.02)

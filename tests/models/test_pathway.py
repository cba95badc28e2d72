"""Pathways that a person can work out, and others found by trying every purchase.

Most sites have one step, which stands for a year of 8760 hours.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from support import (
    COMMITMENT,
    EXACT,
    gas_at,
    grid_at,
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
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.pathway import pathway_of, stage_problems
from verdigrid.results.figures.capacities import size_bars
from verdigrid.solvers import windows
from verdigrid.solvers.compile import templates
from verdigrid.solvers.compile_pathway import compile_pathway
from verdigrid.solvers.solve import SolveOptions
from verdigrid.solvers.solve_pathway import solve_pathway
from verdigrid.solvers.steps import Steps, timed
from verdigrid.studies.plan_pathway import make_pathway_plan, solve_verified_pathway

#: A year of a kW of PV of a fifth of its power, at 0.1 a kWh.
WORTH = 0.2 * 8760 * 0.1
PLAIN = {"discount_rate": 0.0, "horizon_years": 20}
TAXED = {
    "discount_rate": 0.06,
    "horizon_years": 20,
    "escalation": {"investment": 0.01, "electricity": 0.02},
    "tax": {"rate": 0.2, "depreciation": "straight_line", "depreciation_years": 5},
}


def site(capex, life=20.0, finance=None, load=100.0, price=0.1, policies=None, **more):
    """A load, the grid, and up to 100 kW of PV in one step."""
    roof = {**option("kw", 100, capex, lifetime_years=life), **more}
    parts = {
        "grid": grid_at(price),
        "plant": load_of(load),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": 0.2,
            "capacity": roof,
        },
    }
    years = {"finance": finance or PLAIN, "represents": "year"}
    return microgrid(parts, 1, policies=policies, **years)


def plan_of(years, grids, options=EXACT):
    return solve_verified_pathway(pathway_of(years, grids), options)


def bought(outcome, component="roof", field="capacity"):
    return [stage.size(component, field).new for stage in outcome.solution.stages]


def totals(outcome, component="roof", field="capacity"):
    return [stage.size(component, field).total for stage in outcome.solution.stages]


# -- by hand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("life", "first", "saved"),
    [
        # Its life ends as the second stage begins: 2000 does not pay in ten years,
        # 1000 does.
        (10.0, False, 10 * WORTH - 1000),
        # At 2000 for all years, or at 1000 for the last ten with half of it left.
        (20.0, True, 20 * WORTH - 2000),
        # Renewed after 15 years at the price of then; 10 of 15 years are left.
        (15.0, True, 20 * WORTH - 2000 - 1000 + 1000 * 10 / 15),
    ],
)
def test_pv_is_bought_when_it_pays(life, first, saved):
    outcome = plan_of([2026, 2036], [site(2000.0, life), site(1000.0, life)])
    assert bought(outcome) == pytest.approx([100.0, 0.0] if first else [0.0, 100.0])
    without = 20 * 8760 * 100 * 0.1
    assert outcome.solution.objective == pytest.approx(without - 100 * saved)
    assert outcome.net_present_cost == pytest.approx(outcome.solution.objective)


def test_falling_price_is_waited_for():
    """At 5 %, PV for 2100 loses in any year; at 900 in 2030 it pays."""
    finance = {"discount_rate": 0.05, "horizon_years": 20}
    grids = [site(2500.0, 16.0, finance), site(900.0, 16.0, finance)]
    outcome = plan_of([2026, 2030], grids)
    assert bought(outcome) == pytest.approx([0.0, 100.0])
    yearly = 8760 * 100 * 0.1
    without = sum(yearly * 1.05**-n for n in range(1, 21))
    saving = sum(WORTH * 1.05**-n for n in range(5, 21)) - 900 * 1.05**-4
    assert outcome.solution.objective == pytest.approx(without - 100 * saving)


def test_tighter_cap_is_kept_by_what_is_bought_then():
    """PV never pays; from 2031 on a tenth less carbon needs 50 kW, bought in 2031."""
    caps = [
        {"cap": {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": tonnes}}
        for tonnes in (500.0, 0.9 * 100 * 4.38)
    ]
    finance = {"discount_rate": 0.05, "horizon_years": 10}
    grids = [site(9000.0, 20.0, finance, policies=cap) for cap in caps]
    outcome = plan_of([2026, 2031], grids)
    assert bought(outcome) == pytest.approx([0.0, 50.0])
    year = outcome.stages[1].recomputed.yearly
    assert year.emitted([2]) / 1000 == pytest.approx(0.9 * 100 * 4.38)
    # What the next tonne costs in each of the five years: PV for 1 / 0.876 kW.
    net = 9000 * 1.05**-5 - 9000 * 0.75 * 1.05**-10
    net -= sum(WORTH * 1.05**-n for n in range(6, 11))
    worth = sum(1.05**-n for n in range(6, 11))
    price = net / worth / (0.2 * 4.38)
    assert outcome.solution.stages[1].shadow_prices["cap"] == pytest.approx(price)


def test_growing_load_is_served_by_what_was_bought():
    """20 kW of load take 100 kW of PV; 10 kW of load only 50 kW."""
    grids = [site(500.0, load=10.0), site(500.0, load=20.0)]
    outcome = plan_of([2026, 2036], grids)
    assert totals(outcome) == pytest.approx([50.0, 100.0])
    assert bought(outcome) == pytest.approx([50.0, 50.0])
    assert [s.size("roof", "capacity").carried for s in outcome.solution.stages] == (
        pytest.approx([0.0, 50.0])
    )


def test_reasons_of_sizes_know_what_was_carried_over():
    grids = [site(500.0, load=load) for load in (10.0, 20.0, 20.0)]
    outcome = plan_of([2026, 2032, 2036], grids)
    told = [stage.tables.capacities["reason"].iloc[0] for stage in outcome.stages]
    assert told[1] == "at its limit of 100 kW"
    assert told[2] == "100 kW of earlier stages; nothing more"
    (bar,) = size_bars(outcome.solution.stages[1], "kW")
    assert (bar.existing, bar.new) == pytest.approx((50.0, 50.0))


def test_maximum_is_of_all_that_was_ever_bought():
    grids = [site(500.0, max_kw=60), site(400.0, max_kw=80)]
    assert totals(plan_of([2026, 2036], grids)) == pytest.approx([60.0, 80.0])


def test_om_is_paid_for_all_that_is_there():
    """1 a year for a kW makes PV dearer by its years, at the price of every stage."""
    grids = [site(100.0, om_per_kw_year=om) for om in (1.0, 3.0)]
    free = [site(100.0), site(100.0)]
    years = [2026, 2036]
    dearer = plan_of(years, grids).solution.objective
    dearer -= plan_of(years, free).solution.objective
    assert dearer == pytest.approx(100 * (10 * 1.0 + 10 * 3.0))


def test_embodied_carbon_goes_on_while_it_serves():
    grids = [site(100.0, embodied_kg_per_kw=800.0) for _ in range(2)]
    outcome = plan_of([2026, 2036], grids)
    for stage in outcome.stages:
        assert stage.recomputed.yearly.emitted([3]) == pytest.approx(100 * 800 / 20)


def test_carbon_budget_is_kept_where_that_is_cheapest():
    """All years together must emit 438 t less than they would."""
    budget = {"kind": "carbon_budget", "scopes": [2], "tonnes": 20 * 438 - 438.0}
    rule = {"policies": {"budget": budget}}
    outcome = plan_of([2026, 2036], [site(9000.0, **rule), site(5000.0, **rule)])
    # 438 t are 50 kW over ten years at 0.876 t a kW; bought later they cost less.
    assert bought(outcome) == pytest.approx([0.0, 50.0])
    standing = outcome.standings["budget"]
    assert standing.value == pytest.approx(standing.limit)
    net = 5000 - 5000 / 2 - 10 * WORTH
    assert outcome.solution.prices["budget"] == pytest.approx(net / 8.76)


def test_what_stands_is_renewed_at_the_prices_of_then():
    """Due in year 3 and 13 at 10 years of life; 3 of 10 years are left at the end."""
    stands = {"max_kw": 40, "existing_kw": 40, "remaining_years": 3.0}
    grids = [site(price, 10.0, **stands) for price in (300.0, 100.0)]
    outcome = plan_of([2026, 2036], grids)
    renewals = 40 * (300 + 100 - 0.3 * 100)
    running = 20 * (8760 * 100 * 0.1 - 40 * WORTH)
    assert outcome.solution.objective == pytest.approx(running + renewals)


def test_fixed_price_of_a_purchase_and_of_its_renewal():
    """A lump of 500 when bought, 200 when renewed in year 15, of which 2/3 are left."""
    grids = [site(1000.0, 15.0, capex_fixed=fixed) for fixed in (500.0, 200.0)]
    outcome = plan_of([2026, 2036], grids)
    paid = 1e5 + 500 + (1e5 + 200) / 3
    running = 20 * (8760 * 100 * 0.1 - 100 * WORTH)
    assert bought(outcome) == pytest.approx([100.0, 0.0])
    assert outcome.solution.objective == pytest.approx(running + paid)


# -- what must hold ------------------------------------------------------------------


def battery_site(capex, finance, life=12.0, load=1.0, hours=24, policies=None):
    """A battery between two prices, and PV that charges it."""
    at = np.arange(hours) % 24
    sun = np.clip(np.sin((at - 6) / 12 * np.pi), 0, None)
    bulk = option("kwh", 300, capex, lifetime_years=life, embodied_kg_per_kwh=60.0)
    parts = {
        "grid": grid_at(np.where((at > 7) & (at < 21), 0.25, 0.08)),
        "plant": load_of(load * (60 + 30 * np.sin(at / 24 * 2 * np.pi))),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": sun.tolist()},
            "capacity": option("kw", 150, 2 * capex, lifetime_years=20.0),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": bulk,
            "power": option("kw", 100, 50.0, lifetime_years=life),
        },
    }
    years = {"finance": finance, "represents": "year"}
    return microgrid(parts, hours, policies=policies, **years)


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


# -- what can't be ---------------------------------------------------------------------


def test_stage_that_cannot_be_served_is_named():
    grids = [site(1000.0), site(1000.0, load=1100.0)]
    with pytest.raises(InfeasibleError, match=r"buses\.power: in the stage of 2036"):
        plan_of([2026, 2036], grids)


def test_budget_out_of_reach_says_what_can_be_reached():
    """100 kW of PV avoid a fifth of 438 t in each of 20 years."""
    budget = {"kind": "carbon_budget", "scopes": [2], "tonnes": 100.0}
    grids = [site(1000.0, policies={"budget": budget}) for _ in range(2)]
    least = rf"lowest reachable is {20 * 438 * 0.8:,.1f} t CO2e"
    with pytest.raises(InfeasibleError, match=least):
        plan_of([2026, 2036], grids)


def test_purchase_that_was_carried_wrongly_is_noticed():
    outcome = plan_of([2026, 2036], [site(500.0), site(500.0)])
    first, second = outcome.solution.stages
    size = second.sizes[0]
    lost = replace(second, sizes=(replace(size, carried=size.carried - 1),))
    broken = replace(outcome.solution, stages=(first, lost))
    missed = [c.what for c in type(outcome)(broken).checks if not c.holds]
    assert "2036: roof capacity carried" in missed


def test_stages_have_the_same_kinds_of_parts():
    first, other = site(500.0), site(500.0)
    kinds = {**other.components, "roof": other.components["plant"]}
    (problem,) = stage_problems(first, replace(other, components=kinds))
    assert problem.path == "components.roof"
    assert stage_problems(first, other) == []


def test_cost_curves_and_catalogues_do_not_change():
    curve = [{"up_to_kw": 100, "capex_per_kw": 400.0}]
    steep = [{"up_to_kw": 100, "capex_per_kw": 300.0}]
    grids = [site(None, cost_curve=prices) for prices in (curve, steep)]
    paths = [problem.path for problem in stage_problems(*grids)]
    assert paths == ["components.roof.capacity.cost_curve"]


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

"""Pathways that a person can work out, and what is refused.

Most sites have one step, which stands for a year of 8760 hours.
"""

from dataclasses import replace

import pytest

from pathways import WORTH, bought, plan_of, site, totals
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.pathway import stage_problems
from verdigrid.results.figures.capacities import size_bars

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

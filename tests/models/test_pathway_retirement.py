"""Giving up an old boiler on a pathway: when, for good, and what it saves.

Sites have one step, which stands for a year of 8760 hours, and need 10 kW of heat.
"""

import pytest

from support import EXACT, gas_at, heat_at, load_of, microgrid, standing
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.pathway import pathway_of, stage_problems
from verdigrid.studies.plan_pathway import make_pathway_plan, solve_verified_pathway

PLAIN = {"discount_rate": 0.0, "horizon_years": 20}
DISCOUNTED = {
    "discount_rate": 0.06,
    "horizon_years": 20,
    "escalation": {"investment": 0.02},
    "tax": {"rate": 0.25, "depreciation": "straight_line", "depreciation_years": 10},
}
#: A year of the heat, from a boiler of 0.8 at 0.05 a kWh of gas.
BOILED = 10 * 8760 * 0.05 / 0.8
#: What taking a kW away costs, less its scrap.
REMOVAL = {"removal_per_kw": 8.0, "scrap_per_kw": 3.0}


def site(heat_price, retire=REMOVAL, finance=PLAIN, existing=10.0, **more):
    """A boiler of 10 kW with O&M of 100 a year, and heat from a neighbour."""
    capacity = {**standing("kw", existing), "om_per_kw_year": 10.0, **more}
    if retire is not None:
        capacity["retire"] = retire
    parts = {
        "gas_line": gas_at(0.05),
        "neighbour": heat_at(heat_price),
        "demand": load_of(10, "heat"),
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": 0.8,
            "capacity": capacity,
        },
    }
    return microgrid(parts, 1, finance=finance, represents="year")


def plan_of(years, grids):
    return solve_verified_pathway(pathway_of(years, grids), EXACT)


def kept(outcome):
    return [s.size("boiler", "capacity").kept for s in outcome.solution.stages]


def cost(outcome):
    assert outcome.net_present_cost == pytest.approx(outcome.solution.objective)
    return outcome.solution.objective


def test_boiler_goes_when_its_heat_is_no_longer_cheapest():
    outcome = plan_of([2026, 2036], [site(0.10), site(0.04)])
    assert kept(outcome) == pytest.approx([10.0, 0.0])
    by_hand = 10 * (BOILED + 100) + 10 * 10 * 8760 * 0.04 + 10 * (8.0 - 3.0)
    assert cost(outcome) == pytest.approx(by_hand)


def test_removal_is_paid_when_its_stage_begins():
    """Dearer then by 2 % a year; a quarter of it is saved tax."""
    finance = {**DISCOUNTED, "discount_rate": 0.0}
    outcome = plan_of(
        [2026, 2036], [site(0.10, finance=finance), site(0.0, finance=finance)]
    )
    paid = [one for one in outcome.paid if one.payment.about == "removal"]
    assert [(one.payment.time, one.stage) for one in paid] == [(10, 1), (10, 1)]
    out, saved = (one.payment.amount for one in paid)
    assert (out, saved) == pytest.approx((-50 * 1.02**10, 0.25 * 50 * 1.02**10))
    assert cost(outcome) == pytest.approx(0.75 * (10 * (BOILED + 100) + 50 * 1.02**10))


@pytest.mark.parametrize(("renewal", "keeps"), [(40.0, True), (3000.0, False)])
def test_renewal_is_avoided_by_giving_up_before_it_is_due(renewal, keeps):
    """Heat from outside costs 1,104.5 a year more than boiled heat with its O&M."""
    dues = {"lifetime_years": 20.0, "remaining_years": 10.0, "renewal_per_kw": renewal}
    outcome = plan_of([2026, 2036], [site(0.07625, **dues), site(0.07625, **dues)])
    outside = 10 * 8760 * 0.07625
    assert kept(outcome) == pytest.approx([10.0, 10.0 if keeps else 0.0])
    if keeps:  # a life of 20 years, half of which is left
        by_hand = 20 * (BOILED + 100) + 10 * renewal / 2
    else:
        by_hand = 10 * (BOILED + 100) + 10 * outside + 50
    assert cost(outcome) == pytest.approx(by_hand)


def test_what_is_gone_stays_away():
    """Heat from outside is cheap for ten years only: not worth losing the boiler."""
    cheap = 10 * 8760 * 0.05
    years, prices = [2026, 2031, 2041], (0.10, 0.05, 0.30)
    finance = {"discount_rate": 0.0, "horizon_years": 25}
    dear_om = {"om_per_kw_year": 20.0}
    grids = [site(price, finance=finance, **dear_om) for price in prices]
    outcome = plan_of(years, grids)
    assert kept(outcome) == pytest.approx([10.0, 10.0, 10.0])
    by_hand = 15 * BOILED + 10 * cheap + 25 * 200
    assert cost(outcome) == pytest.approx(by_hand)
    # without the last stage it goes
    finance = {"discount_rate": 0.0, "horizon_years": 15}
    grids = [site(price, finance=finance, **dear_om) for price in prices[:2]]
    assert kept(plan_of(years[:2], grids)) == pytest.approx([10.0, 0.0])


def test_forced_year():
    """From 2036 on it must be gone, whatever heat from outside costs."""
    grids = [site(0.2, retire=None), site(0.2, {**REMOVAL, "forced": True})]
    found = make_pathway_plan(pathway_of([2026, 2036], grids), EXACT)
    assert kept(found.plan) == pytest.approx([10.0, 0.0])
    by_hand = 10 * (BOILED + 100) + 10 * 10 * 8760 * 0.2 + 50
    assert cost(found.plan) == pytest.approx(by_hand)
    assert found.baseline_cost == pytest.approx(20 * (BOILED + 100))  # it keeps it


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("prices", [(0.1, 0.05, 0.02), (0.02, 0.1, 0.1), (0.3,) * 3])
def test_best_of_all_years_to_give_it_up(prices, whole):
    """What the plan finds is the best of giving it up in each stage, or never."""
    years, dues = [2026, 2030, 2037], {"remaining_years": 6.0, "renewal_per_kw": 300.0}
    dues["lifetime_years"] = 9.0

    def sites(rule):
        return [site(p, rule(n), DISCOUNTED, **dues) for n, p in enumerate(prices)]

    free = cost(plan_of(years, sites(lambda _: {**REMOVAL, "whole": whole})))
    forced = {**REMOVAL, "forced": True}
    tried = [
        cost(plan_of(years, sites(lambda n, k=k: forced if n >= k else None)))
        for k in range(4)
    ]
    assert free == pytest.approx(min(tried), rel=1e-9)


def test_two_equal_stages_are_one():
    dues = {"remaining_years": 3.0, "renewal_per_kw": 50.0, "lifetime_years": 7.0}
    grids = [site(price, finance=DISCOUNTED, **dues) for price in (0.10, 0.06)]
    one = plan_of([2026, 2034], grids)
    other = plan_of([2026, 2030, 2034, 2041], [grids[n] for n in (0, 0, 1, 1)])
    assert cost(one) == pytest.approx(cost(other), rel=1e-9)


def test_what_is_refused():
    first = site(0.1)
    changed = stage_problems(first, site(0.1, existing=8.0))
    assert [problem.path for problem in changed] == [
        "components.boiler.capacity.existing"
    ]
    gone = stage_problems(site(0.1, None), site(0.1, None), site(0.1))
    assert [problem.path for problem in gone] == ["components.boiler.capacity.retire"]
    dues = {"remaining_years": 3.0, "renewal_per_kw": 50.0, "lifetime_years": 7.0}
    later = stage_problems(first, site(0.1, **dues))
    assert [p.path for p in later] == ["components.boiler.capacity.remaining_years"]


def test_a_gap_that_giving_up_leaves_is_found():
    grids = [site(0.2, {**REMOVAL, "forced": True}), site(0.2)]
    for grid in grids:
        del grid.components["neighbour"]
    with pytest.raises(InfeasibleError, match="in the stage of 2026"):
        plan_of([2026, 2036], grids)


def test_what_stood_at_first_counts_too():
    """40, 10 and 40 kW: the last stage would scrap 30 that nobody paid for."""
    grids = [site(0.1, None, existing=kw) for kw in (40.0, 10.0)]
    last = site(0.1, existing=40.0)
    found = stage_problems(grids[0], last, grids[1])
    assert "components.boiler.capacity.existing" in [problem.path for problem in found]


def test_all_or_nothing_is_not_asked_for_later():
    found = stage_problems(site(0.1), site(0.1, {**REMOVAL, "whole": True}))
    assert [p.path for p in found] == ["components.boiler.capacity.retire.whole"]


def test_what_is_closed_anyway_is_renewed_no_more():
    """Closed at no cost in 2036, when its renewal would be due."""
    dues = {"lifetime_years": 20.0, "remaining_years": 10.0, "renewal_per_kw": 900.0}
    grids = [site(0.2, None, **dues), site(0.2, None, existing=0.0)]
    assert stage_problems(*grids) == []
    found = plan_of([2026, 2036], grids)
    assert cost(found) == pytest.approx(10 * (BOILED + 100) + 10 * 10 * 8760 * 0.2)


@pytest.mark.parametrize("life", [3.333333, 3.3333333, 10.0000005])
def test_lives_that_nearly_end_with_a_stage_end_with_it(life):
    dues = {"lifetime_years": life, "remaining_years": life, "renewal_per_kw": 30.0}
    grids = [site(0.2, **dues), site(0.2, **dues)]
    outcome = plan_of([2026, 2036], grids)
    assert all(check.holds for check in outcome.checks)
    assert cost(outcome) > 0

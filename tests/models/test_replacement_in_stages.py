"""Replacements of what the stages of a pathway buy, at the prices of then, by hand."""

import pytest

from replaced_roofs import CURVE, PAID, PLAIN, TAX, life_of, site, worth
from support import planned
from verdigrid.models.pathway import pathway_of
from verdigrid.studies.plan_pathway import solve_verified_pathway

TAXED = {
    "discount_rate": 0.1,
    "horizon_years": 20,
    "escalation": {"investment": 0.02},
    "tax": TAX,
}


def pathway(fields, later, finance, year=2036):
    """Two stages, the second one from year 10 on with other fields."""
    first, second = site(finance, **fields), site(finance, **{**fields, **later})
    return solve_verified_pathway(pathway_of([2026, year], [first, second]))


@pytest.mark.parametrize(
    ("own", "then", "price"),
    [
        (700.0, 500.0, 500.0),  # that of the stage in force in year 15
        (700.0, None, 900.0),  # it has none: the price of a new one then
        (None, 500.0, 500.0),
        (None, None, 900.0),
    ],
)
@pytest.mark.parametrize("taxed", [False, True])
@pytest.mark.parametrize("salvage", ["straight_line", "none"])
def test_renewal_in_a_later_stage(own, then, price, taxed, salvage):
    """Bought at 2000, renewed in year 15; ten of fifteen years are left."""
    fields = {"capex": 2000.0, "replacement_per_kw": own, **life_of(15)}
    later = {"capex": 900.0, "replacement_per_kw": then}
    finance = {**(TAXED if taxed else PLAIN), "salvage": salvage}
    outcome = pathway(fields, later, finance)
    growth, kept, paid = (0.02, 0.75, PAID) if taxed else (0.0, 1.0, 1.0)
    left = 2 / 3 if salvage == "straight_line" else 0.0
    again = kept * (worth(15, growth) - left * worth(20, growth))
    by_hand = 10 * (2000 * paid + price * again)
    assert outcome.solution.objective == pytest.approx(by_hand)
    assert outcome.net_present_cost == pytest.approx(by_hand)


def test_renewal_in_its_own_stage_costs_no_fixed_price():
    fields = {"capex_fixed": 300.0, "replacement_per_kw": 40.0, **life_of(6, 14.0)}
    outcome = pathway(fields, {}, PLAIN)
    assert outcome.solution.objective == pytest.approx(1300 + 400 * worth(6))
    assert outcome.net_present_cost == pytest.approx(1300 + 400 * worth(6))


def test_renewals_of_another_life_in_stages():
    """Renewed in year 5 and 14; three of nine years are left."""
    fields = {"replacement_per_kw": 40.0, **life_of(5, 9.0)}
    outcome = pathway(fields, {"replacement_per_kw": 30.0}, PLAIN)
    by_hand = 1000 + 400 * worth(5) + 300 * (worth(14) - 1 / 3 * worth(20))
    assert outcome.solution.objective == pytest.approx(by_hand)
    assert outcome.net_present_cost == pytest.approx(by_hand)


def test_a_second_life_that_ends_as_a_stage_begins_is_the_last():
    """Gone in year 10: the second stage buys anew, and renews that in year 16."""
    fields = {"replacement_per_kw": 40.0, **life_of(6, 4.0)}
    outcome = pathway(fields, {}, PLAIN)
    news = [s.size("roof", "capacity").new for s in outcome.solution.stages]
    assert news == pytest.approx([10.0, 10.0])
    by_hand = 1000 * (1 + worth(10)) + 400 * (worth(6) + worth(16))
    assert outcome.solution.objective == pytest.approx(by_hand)
    assert outcome.net_present_cost == pytest.approx(by_hand)


def test_a_curve_and_a_replacement_price_in_stages():
    fields = {"cost_curve": CURVE, "capex": None, "replacement_per_kw": 40.0}
    outcome = pathway({**fields, **life_of(15)}, {}, PLAIN)
    by_hand = 800 + 400 * (worth(15) - 2 / 3 * worth(20))
    assert outcome.solution.objective == pytest.approx(by_hand)
    assert outcome.net_present_cost == pytest.approx(by_hand)


def test_what_each_stage_bought_is_replaced_by_itself():
    """6 kW, renewed in year 8 and 16, half left; 4 kW, in year 18, 3 quarters left."""
    fields = {"replacement_per_kw": 40.0, "load": 6.0, **life_of(8)}
    rebate = {"incentives": {"rebate_share": 0.2, "rebate_per_unit": 10.0}}
    outcome = pathway({**fields, **rebate}, {"load": 10.0}, PLAIN)
    news = [s.size("roof", "capacity").new for s in outcome.solution.stages]
    assert news == pytest.approx([6.0, 4.0])
    first = 70 + 40 * (worth(8) + worth(16) - 0.5 * worth(20))
    second = 70 * worth(10) + 40 * (worth(18) - 0.75 * worth(20))
    assert outcome.solution.objective == pytest.approx(6 * first + 4 * second)
    assert outcome.net_present_cost == pytest.approx(6 * first + 4 * second)


@pytest.mark.parametrize("salvage", ["straight_line", "none"])
def test_what_stands_in_stages_and_what_is_left_of_it(salvage):
    """Due in years 5 and 15 for 80 each, whatever new ones are replaced at."""
    due = {"existing_kw": 10.0, "remaining_years": 5.0, "renewal_per_kw": 80.0}
    fields = {"replacement_per_kw": 40.0, **due, **life_of(10)}
    outcome = pathway(fields, {}, {**PLAIN, "salvage": salvage})
    left = 400 * worth(20) if salvage == "straight_line" else 0.0
    by_hand = 800 * (worth(5) + worth(15)) - left
    assert outcome.solution.objective == pytest.approx(by_hand)
    assert outcome.net_present_cost == pytest.approx(by_hand)


def test_one_stage_is_a_year_by_itself():
    fields = {"replacement_per_kw": 40.0, "capex_fixed": 300.0, **life_of(6, 5.0)}
    finance = {**TAXED, "salvage": "none"}
    alone = planned(site(finance, **fields)).objective
    outcome = solve_verified_pathway(pathway_of([2026], [site(finance, **fields)]))
    assert outcome.solution.objective == pytest.approx(alone)

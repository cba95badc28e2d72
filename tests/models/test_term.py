"""How long purchases of a stage serve, and what they are worth, by hand."""

import pytest

from verdigrid.models.components.boiler import Boiler
from verdigrid.models.finance import Finance
from verdigrid.models.incentives import Incentives
from verdigrid.models.term import Life, Term

#: Stages from 2026, 2030 and 2036 on, over 20 years.
STARTS = (0, 4, 10)


def term(number):
    return Term(STARTS, number, ({}, {}, {}))


@pytest.mark.parametrize(
    ("number", "life", "expected"),
    [
        (0, 25.0, Life((), None, 0.2)),  # outlives the horizon by 5 of 25 years
        (0, 20.0, Life((), None, 0.0)),  # ends as the horizon does
        (0, 4.0, Life((), 1, 0.0)),  # ends as the second stage begins
        (0, 10.0, Life((), 2, 0.0)),  # as the third one does
        (0, 5.0, Life((5.0,), 2, 0.0)),  # renewed inside the second, then gone
        (0, 7.0, Life((7.0, 14.0), None, 1 / 7)),
        (1, 6.0, Life((), 2, 0.0)),
        (1, 9.0, Life((13.0,), None, 2 / 9)),
        (2, 3.0, Life((13.0, 16.0, 19.0), None, 2 / 3)),
    ],
)
def test_lives(number, life, expected):
    found = term(number).life(life, 20)
    assert found.renewals == pytest.approx(expected.renewals)
    assert found.gone == expected.gone
    assert found.left == pytest.approx(expected.left)


def test_what_serves_when():
    found = term(0).life(5.0, 20)
    assert [found.serves(stage) for stage in (1, 2)] == [True, False]


def test_years_of_stages_are_all_years_once():
    years = [list(term(number).years(20)) for number in range(3)]
    assert years == [[1, 2, 3, 4], [5, 6, 7, 8, 9, 10], [*range(11, 21)]]
    finance = Finance(
        discount_rate=0.07, horizon_years=20, escalation={"electricity": 0.02}
    )
    parts = [term(n).present_worth(finance, "electricity") for n in range(3)]
    assert sum(parts) == pytest.approx(finance.present_worth("electricity"))


def test_stage_in_force():
    assert [term(0).stage_at(time) for time in (3.9, 4.1, 9.0, 11.0)] == [0, 1, 1, 2]


def test_worth_of_a_purchase_by_the_price_of_each_stage():
    """Life 7 from year 0: renewed in year 7 (second) and 14 (third), 1/7 is left."""
    finance = Finance(discount_rate=0.1, horizon_years=20)
    paid, worths = term(0).purchase_worths(finance, 7.0, None)
    assert paid == 1.0
    assert worths == pytest.approx({1: 1.1**-7, 2: 1.1**-14 - 1 / 7 * 1.1**-20})


def test_escalation_goes_on_beside_the_changes():
    growth = {"escalation": {"investment": 0.03}}
    finance = Finance(discount_rate=0.1, horizon_years=20, **growth)
    paid, worths = term(1).purchase_worths(finance, 9.0, None)
    ratio = 1.03 / 1.1
    assert paid == pytest.approx(ratio**4)
    assert worths == pytest.approx({2: ratio**13 - 2 / 9 * ratio**20})


def test_tax_and_rebate_of_a_later_purchase():
    """From year 10: half is deducted in 11 and 12 each; a rebate changes no worth."""
    tax = {"rate": 0.25, "depreciation": "straight_line", "depreciation_years": 2}
    finance = Finance(discount_rate=0.1, horizon_years=20, tax=tax)
    found = term(2).purchase_worths(finance, 10.0, Incentives(rebate_share=0.2))
    saved = 0.25 * 0.5 * (1.1**-1 + 1.1**-2)
    assert found == (pytest.approx(1.1**-10 * (1 - saved)), {})


def stage_of_boilers(number, price, **more):
    """A stage among three, in each of which renewing 1 kW costs 1, 2 or 4."""

    def boiler(renewal):
        capacity = {"existing_kw": 10.0, "om_per_kw_year": 0.0, "lifetime_years": 8.0}
        capacity |= {"remaining_years": 4.0, "renewal_per_kw": renewal}
        return Boiler(input_bus="gas", bus="steam", efficiency=0.9, capacity=capacity)

    return Term(STARTS, number, tuple({"boiler": boiler(p)} for p in price))


def test_what_stands_is_renewed_even_as_a_stage_begins():
    """Due in years 4 and 12, by the stage then in force; nothing is left in 20."""
    finance = Finance(discount_rate=0.1, horizon_years=20)
    place = ("boiler", "capacity")
    costs = [
        stage_of_boilers(n, (1.0, 2.0, 4.0)).renewal_cost(finance, place, kept)
        for n, kept in enumerate((10.0, 10.0, 5.0))
    ]
    assert costs == pytest.approx([0.0, 2 * 10 * 1.1**-4, 4 * 5 * 1.1**-12])


def test_what_is_left_of_renewals_is_that_of_what_the_last_stage_keeps():
    """Over 18 years 2 of 8 years are left of what was renewed in year 12."""
    finance = Finance(discount_rate=0.0, horizon_years=18)
    last = stage_of_boilers(2, (1.0, 2.0, 4.0))
    cost = last.renewal_cost(finance, ("boiler", "capacity"), 5.0)
    assert cost == pytest.approx(4 * 5 * (1 - 2 / 8))


def test_annuity_spreads_over_the_years_of_the_stage():
    finance = Finance(discount_rate=0.1, horizon_years=20)
    assert 1 / term(1).annuity(finance) == pytest.approx(
        sum(1.1**-n for n in range(5, 11))
    )

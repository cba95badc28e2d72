"""What a purchase costs after tax: depreciation, credits and rebates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigrid.models.depreciation import MACRS, yearly_shares
from verdigrid.models.finance import (
    Finance,
    Tax,
)
from verdigrid.models.incentives import Incentives, after_rebate

# -- depreciation -------------------------------------------------------------


def test_macrs_is_the_table_of_the_irs():
    """Publication 946, table A-1: half-year convention, in percent."""
    five, seven = (
        "20.00 32.00 19.20 11.52 11.52 5.76",
        "14.29 24.49 17.49 12.49 8.93 8.92 8.93 4.46",
    )
    for name, table in (("macrs_5", five), ("macrs_7", seven)):
        percent = [float(entry) for entry in table.split()]
        assert [100 * share for share in MACRS[name]] == pytest.approx(percent)
        assert sum(MACRS[name]) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("name", "years"), [("macrs_5", 5), ("macrs_7", 7)])
def test_macrs_follows_from_its_rule(name, years):
    """200 % declining balance, half of a year at the start, straight line if more."""
    left, expected = 1.0, list[float]()
    for year in range(years + 1):
        rest = years - max(0.0, year - 0.5)
        share = min(left, left * max(2 / years, 1 / rest if rest >= 1 else 1.0))
        share *= 0.5 if year == 0 else 1.0
        expected.append(share)
        left -= share
    assert list(MACRS[name]) == pytest.approx(expected, abs=1e-4)


def test_declining_balance_by_hand():
    """Five years: 40 %, 24 %, 14.4 %, and the rest in equal parts."""
    shares = yearly_shares("declining", 5)
    assert shares == pytest.approx([0.4, 0.24, 0.144, 0.108, 0.108])
    assert yearly_shares("declining", 1) == [1.0]


@given(st.sampled_from(["straight_line", "declining"]), st.integers(1, 60))
def test_everything_is_depreciated_once(method, years):
    shares = yearly_shares(method, years)
    assert len(shares) == years
    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= 0


@given(
    horizon=st.integers(1, 40),
    credit=st.floats(0, 1),
    reduction=st.floats(0, 1),
    bonus=st.floats(0, 1),
    method=st.sampled_from(["macrs_5", "macrs_7", [0.5, 0.25, 0.25]]),
)
def test_the_basis_is_deducted_within_the_horizon(
    horizon, credit, reduction, bonus, method
):
    tax = Tax(
        rate=0.3,
        depreciation=method,
        credit_share=credit,
        basis_reduction=reduction,
        bonus_share=bonus,
    )
    deducted = tax.deductions(horizon)
    assert len(deducted) == horizon
    assert sum(deducted) == pytest.approx(1 - reduction * credit)


def test_bonus_comes_in_year_one_beside_the_rest():
    tax = Tax(rate=0.3, depreciation=[0.5, 0.5], bonus_share=0.6)
    assert tax.deductions(3) == pytest.approx([0.6 + 0.2, 0.2, 0.0])


# -- after tax ----------------------------------------------------------------


def taxed(**more):
    finance = {"discount_rate": 0.1, "horizon_years": 20, **more.pop("finance", {})}
    tax = {"rate": 0.25, "depreciation": "macrs_5", **more}
    return Finance.model_validate({**finance, "tax": tax})


def priced(finance, life, incentives, price=1.0):
    """Net present cost of a unit at ``price``, replaced at the same."""
    first, later = finance.purchase_worths(life, incentives)
    return first * after_rebate(incentives, price, 1) + later * price


def test_running_costs_count_after_tax():
    expected = 0.75 * (1 - 1.1**-20) / 0.1
    assert taxed().present_worth("om") == pytest.approx(expected)


def test_purchase_after_tax_by_hand():
    finance = taxed(depreciation=[0.5, 0.5], credit_share=0.2, basis_reduction=0.5)
    saved = 0.25 * 0.45 / 1.1 + 0.25 * 0.45 / 1.21 + 0.2 / 1.1
    assert finance.paid_worth() == pytest.approx(1 - saved)
    later = 0.75 * (1.1**-15 - 2 / 3 * 1.1**-20)
    assert finance.purchase_worths(15) == pytest.approx((1 - saved, later))


def test_no_tax_is_a_tax_of_nothing():
    free = Finance(discount_rate=0.07, horizon_years=20)
    nothing = taxed(rate=0.0, finance={"discount_rate": 0.07})
    for life in (6, 15, 30):
        worths = free.purchase_worths(life)
        assert nothing.purchase_worths(life) == pytest.approx(worths, rel=1e-15)
    assert nothing.present_worth("fuel") == free.present_worth("fuel")


def test_published_capital_costs():
    """Two published runs of REopt: photovoltaics with a credit, and a battery whose
    replacement in year 10 is deducted at once.

    NREL, REopt-Analysis-Scripts (2023): outputs response_1.json and site3-No-PV.json.
    """
    field = taxed(
        rate=0.4,
        credit_share=0.3,
        basis_reduction=0.5,
        bonus_share=0.8,
        finance={"discount_rate": 0.0564, "horizon_years": 20},
    )
    # it works back from a price rounded after the credit: 1114 / 0.7
    assert 1114 / 0.7 * field.paid_worth() == pytest.approx(636.6179, abs=1e-4)
    battery = taxed(
        rate=0.26,
        depreciation="macrs_7",
        bonus_share=1.0,
        finance={"discount_rate": 0.083, "horizon_years": 25},
    )
    again = battery.kept_share * 1.083**-10
    for price, replacement, published in ((840, 410, 775.0261), (420, 200, 385.8461)):
        cost = price * battery.paid_worth() + replacement * again
        assert cost == pytest.approx(published, abs=1e-4)
    field_bill = field.model_copy(update={"escalation": {"electricity": 0.026}})
    assert field_bill.present_worth("electricity") == pytest.approx(8.95712834)
    battery_om = battery.model_copy(update={"escalation": {"om": 0.025}})
    assert battery_om.present_worth("om") == pytest.approx(9.77455398)


def test_own_rules_of_a_purchase():
    finance = taxed(credit_share=0.1)
    own = Incentives(credit_share=0.4, depreciation=[1.0])
    assert finance.paid_worth(own) == pytest.approx(1 - (0.4 + 0.25) / 1.1)
    only_rebate = Incentives(rebate_share=0.5)
    assert finance.paid_worth(only_rebate) == finance.paid_worth()


def test_rebate_takes_off_the_first_purchase_only():
    finance, half = Finance(discount_rate=0.1, horizon_years=20), 0.5
    full, less = (
        priced(finance, 15, Incentives(rebate_share=share)) for share in (0.0, half)
    )
    assert full - less == pytest.approx(half)


def test_what_is_left_after_a_rebate_by_hand():
    """100 less 20 % and 30: 50 are paid, and a quarter of it is left after tax.

    With a replacement what is left is that of one at the full price.
    """
    finance = Finance.model_validate(
        {
            **{"discount_rate": 0.0, "horizon_years": 15},
            "tax": {"rate": 0.2, "depreciation": [1.0]},
        }
    )
    own = Incentives(rebate_share=0.2, rebate_per_unit=30.0)

    def cost(life):
        return priced(finance, life, own, price=100)

    assert cost(20) == pytest.approx(0.8 * (50 - 0.25 * 50))
    assert cost(15) == pytest.approx(0.8 * 50)
    assert cost(10) == pytest.approx(0.8 * (50 + 100 - 0.5 * 100))

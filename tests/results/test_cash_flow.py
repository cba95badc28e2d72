"""Cash flow, against amounts that were worked out by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roofs import PLAIN, made, roof, site
from support import (
    grid_at,
    load_of,
    microgrid,
    option,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.cash_flow import payments, total_worth
from verdigrid.results.compare import compare
from verdigrid.results.console import plan_text
from verdigrid.results.figures.finance import finance_figure, headline
from verdigrid.results.finance import finances
from verdigrid.results.summary import summarize
from verdigrid.results.write import write_summary, write_tables

#: 10 kW at 1000 and 2 a year save 87.6 MWh a year at 0.1.
SAVED = 8760.0


def test_two_years_by_hand():
    """10000 at once; 8760 of electricity saved each year, less 20 of O&M."""
    plan, found = made(site(PLAIN, roof()))
    yearly = found.yearly.set_index("year")
    assert yearly["investment"].tolist() == pytest.approx([-10000, 0, 0])
    assert yearly["electricity"].tolist() == pytest.approx([0, SAVED, SAVED])
    assert yearly["om"].tolist() == pytest.approx([0, -20, -20])
    assert yearly["net"].tolist() == pytest.approx([-10000, 8740, 8740])
    assert yearly["cumulative"].tolist() == pytest.approx([-10000, -1260, 7480])
    value = -10000 + 8740 / 1.1 + 8740 / 1.21
    assert found.value("net_present_value") == pytest.approx(value)
    assert yearly["cumulative_discounted"].iloc[-1] == pytest.approx(value)
    # 10000 q^2 = 8740 q + 8740
    q = (8740 + (8740**2 + 4 * 10000 * 8740) ** 0.5) / 20000
    assert found.value("internal_rate_of_return") == pytest.approx(q - 1)
    assert found.value("simple_payback") == pytest.approx(10000 / 8740)
    rest = 10000 - 8740 / 1.1
    assert found.value("discounted_payback") == pytest.approx(1 + rest / (8740 / 1.21))
    assert found.value("benefit_cost_ratio") == pytest.approx((value + 10000) / 10000)
    annuity = 0.1 / (1 - 1.1**-2)
    assert found.value("equivalent_annual_saving") == pytest.approx(value * annuity)
    assert found.value("cost_per_tonne_avoided") == pytest.approx(
        -value * annuity / 43.8
    )
    per_kwh = (10000 * annuity + 20) / 87600
    assert found.value("levelised_cost_of_power") == pytest.approx(per_kwh)
    assert found.value("levelised_cost_of_own_power") == pytest.approx(per_kwh)
    today = finances(plan.baseline, None)
    assert today.value("levelised_cost_of_power") == pytest.approx(0.1)
    assert compare(plan.plan, plan.baseline).simple_payback_years == pytest.approx(
        10000 / 8740
    )


def test_tax_by_hand():
    """A quarter of all goes to the state; 10 % back after a year, half of it not
    depreciated: 9500 in equal parts."""
    tax = {
        "rate": 0.25,
        "depreciation": "straight_line",
        "depreciation_years": 2,
        "credit_share": 0.1,
        "basis_reduction": 0.5,
    }
    plan, found = made(site({**PLAIN, "tax": tax}, roof()))
    yearly = found.yearly.set_index("year")
    saved = 0.25 * 9500 / 2 - 0.25 * 8740
    assert yearly["tax"].tolist() == pytest.approx([0, saved, saved])
    assert yearly["tax_credit"].tolist() == pytest.approx([0, 1000, 0])
    first, second = 0.75 * 8740 + 2375 / 2 + 1000, 0.75 * 8740 + 2375 / 2
    assert yearly["net"].tolist() == pytest.approx([-10000, first, second])
    value = -10000 + first / 1.1 + second / 1.21
    assert found.value("net_present_value") == pytest.approx(value)
    costs = [o.solution.objective for o in (plan.baseline, plan.plan)]
    assert costs[0] - costs[1] == pytest.approx(value)


def test_replacement_salvage_and_growth_by_hand():
    """Life 3 of 4 years: bought again at 1.05^3, two thirds of a new one are left."""
    finance = {
        "discount_rate": 0.1,
        "horizon_years": 4,
        "escalation": {"electricity": 0.02, "investment": 0.05},
    }
    _, found = made(site(finance, roof(lifetime_years=3.0)))
    yearly = found.yearly.set_index("year")
    again = -10000 * 1.05**3
    assert yearly["replacement"].tolist() == pytest.approx([0, 0, 0, again, 0])
    left = 10000 * 1.05**4 * 2 / 3
    assert yearly["residual_value"].tolist() == pytest.approx([0, 0, 0, 0, left])
    grown = [8760 * 1.02**n for n in (1, 2, 3, 4)]
    assert yearly["electricity"].tolist() == pytest.approx([0, *grown])
    assert found.replacements["time"].tolist() == [3.0]
    assert found.replacements["price"].tolist() == pytest.approx([-again])


def test_replacement_within_a_year_is_discounted_to_its_day():
    """Life 1.5 of 3 years: in the second year of the table, worth 1.1^-1.5."""
    _, found = made(site({**PLAIN, "horizon_years": 3}, roof(lifetime_years=1.5)))
    yearly = found.yearly.set_index("year")
    assert yearly["replacement"].tolist() == pytest.approx([0, 0, -10000, 0])
    worth = 8740 * 1.1**-2 - 10000 * 1.1**-1.5
    assert yearly["discounted"].iloc[2] == pytest.approx(worth)


def test_tax_on_replacement_and_what_is_left():
    """Both in full, as everything is deducted by then."""
    tax = {"rate": 0.2, "depreciation": [0.5, 0.5]}
    finance = {"discount_rate": 0.1, "horizon_years": 4, "tax": tax}
    _, found = made(site(finance, roof(lifetime_years=3.0)))
    of_savings = -0.2 * 8740
    taxes = found.yearly["tax"] - [0] - of_savings
    left = 10000 * 2 / 3
    expected = [-of_savings, 1000, 1000, 2000, -0.2 * left]
    assert taxes.tolist() == pytest.approx(expected)


def test_rebates_earn_no_credit_and_no_depreciation():
    """3000 of 10000 come back at once; 7000 are depreciated."""
    tax = {"rate": 0.2, "depreciation": [1.0], "credit_share": 0.1}
    incentives = {"rebate_share": 0.1, "rebate_per_unit": 200.0}
    _, found = made(site({**PLAIN, "tax": tax}, roof(incentives=incentives)))
    yearly = found.yearly.set_index("year")
    assert yearly["rebate"].tolist() == pytest.approx([3000, 0, 0])
    assert yearly["tax_credit"].tolist() == pytest.approx([0, 700, 0])
    deducted = 0.2 * 7000 - 0.2 * 8740
    assert yearly["tax"].tolist() == pytest.approx([0, deducted, -0.2 * 8740])
    assert found.purchases["rebate"].tolist() == pytest.approx([3000])


def test_what_is_left_is_a_share_of_what_was_paid():
    """3000 of 10000 come back; of a life of 5 years 3 are left, of 7000."""
    incentives = {"rebate_share": 0.1, "rebate_per_unit": 200.0}
    long = roof(incentives=incentives, lifetime_years=5.0)
    _, found = made(site(PLAIN, long))
    left = found.yearly["residual_value"].tolist()
    assert left == pytest.approx([0, 0, 0.6 * 7000])
    # a replacement was paid in full: after 3 years the second one is as good as new
    short = roof(incentives=incentives, lifetime_years=1.5)
    _, found = made(site({**PLAIN, "horizon_years": 2}, short))
    left = found.yearly["residual_value"].tolist()
    assert left == pytest.approx([0, 0, 10000 * 2 / 3])


def test_a_credit_of_its_own():
    tax = {"rate": 0.2, "depreciation": [1.0]}
    own = {"credit_share": 0.3, "depreciation": [0.5, 0.5]}
    _, found = made(site({**PLAIN, "tax": tax}, roof(incentives=own)))
    assert found.yearly["tax_credit"].tolist() == pytest.approx([0, 3000, 0])
    deducted = 0.2 * 5000 - 0.2 * 8740
    assert found.yearly["tax"].tolist() == pytest.approx([0, deducted, deducted])


def test_renewal_that_is_saved_counts():
    """The old roof must be renewed after a year; the plan gives it up for 100."""
    old = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": 0.0,
        "capacity": {
            "existing_kw": 5.0,
            "om_per_kw_year": 0.0,
            "lifetime_years": 4.0,
            "remaining_years": 1.0,
            "renewal_per_kw": 80.0,
            "retire": {"removal_per_kw": 30.0, "scrap_per_kw": 10.0, "forced": True},
        },
    }
    _, found = made(site(PLAIN, roof(), components={"old": old}))
    yearly = found.yearly.set_index("year")
    assert yearly["replacement"].tolist() == pytest.approx([0, 400, 0])
    assert yearly["residual_value"].tolist() == pytest.approx([0, 0, -300])
    assert yearly["removal"].tolist() == pytest.approx([-100, 0, 0])


@pytest.mark.parametrize("remaining", [2.0, 3.0, 10.0])
def test_what_stands_beyond_the_horizon_is_neither_renewed_nor_sold(remaining):
    """It was there before: the plan does not earn what is left of it."""
    old = roof(existing_kw=3.0, remaining_years=remaining, lifetime_years=10.0)
    plan, _ = made(site(PLAIN, old))
    kinds = set(plan.baseline.tables.cash_flow["kind"])
    assert kinds == {"operating"}
    assert all(check.holds for check in plan.baseline.checks)


def test_a_new_asset_that_outlives_the_horizon_is_worth_something():
    _, found = made(site(PLAIN, roof(lifetime_years=10.0)))
    assert found.yearly["residual_value"].tolist() == pytest.approx([0, 0, 8000])
    # what is left does not pay back
    assert found.value("simple_payback") == pytest.approx(10000 / 8740)


# -- a budget of nothing, no baseline, no year ------------------------


def test_without_a_budget_the_plan_is_the_baseline():
    budget = {"kind": "investment_budget", "at_most": 0.0}
    plan, found = made(site(PLAIN, roof(), policies={"none": budget}))
    assert found.value("net_present_value") == pytest.approx(0, abs=1e-6)
    assert found.yearly["net"].abs().max() < 1e-6
    for name in ("internal_rate_of_return", "simple_payback", "benefit_cost_ratio"):
        figure = found.figure(name)
        assert figure.value is None
        assert figure.reason.startswith("undefined: nothing is")
    assert found.figure("cost_per_tonne_avoided").reason == (
        "undefined: no carbon is avoided"
    )
    assert finance_figure(plan.plan, plan.baseline) is None


def test_never_paid_back_is_said():
    """A tenth of a tonne is dear: the plan costs more than it saves."""
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "reduction": 0.5}
    dear = roof(capex_per_kw=10000.0)
    _, found = made(site(PLAIN, dear, policies={"cap": cap}))
    assert found.value("net_present_value") < 0
    assert found.figure("simple_payback").reason == "undefined: not within 2 years"
    assert found.value("internal_rate_of_return") < 0
    assert found.value("cost_per_tonne_avoided") > 0


def test_horizon_as_it_is_has_no_years():
    parts = {"grid": grid_at(0.1), "roof": roof(), "plant": load_of([10, 10])}
    plan, found = made(microgrid(parts, 2))
    assert found.yearly.empty
    assert plan.plan.tables.cash_flow.empty
    assert "counts as it is" in found.figure("net_present_value").reason
    assert finance_figure(plan.plan, plan.baseline) is None


def test_without_baseline_there_is_nothing_to_compare():
    """No grid: the plan alone, with its own payments."""
    parts = {"roof": roof(), "plant": load_of([10, 10])}
    plan, found = made(microgrid(parts, 2, represents="year", finance=PLAIN))
    assert plan.baseline is None
    assert "no baseline" in found.figure("net_present_value").reason
    assert found.yearly["plan"].tolist() == pytest.approx([-10000, -20, -20])
    assert finance_figure(plan.plan, None) is None


# -- the two ways to add up ------------------------------

SHARES = st.floats(0.0, 1.0)
TAXES = st.none() | st.builds(
    lambda rate, method, credit, basis, bonus: {
        **{"rate": rate, **method, "credit_share": credit},
        **{"basis_reduction": basis, "bonus_share": bonus},
    },
    st.floats(0.0, 0.6),
    st.sampled_from(
        [
            {"depreciation": "macrs_5"},
            {"depreciation": "macrs_7"},
            {"depreciation": [0.6, 0.4]},
            {"depreciation": "declining", "depreciation_years": 12},
            {"depreciation": "straight_line", "depreciation_years": 9},
        ]
    ),
    st.floats(0.0, 0.5),
    SHARES,
    SHARES,
)


@settings(max_examples=15, deadline=None)
@given(
    tax=TAXES,
    years=st.integers(1, 30),
    rate=st.floats(0.0, 0.3),
    growth=st.dictionaries(
        st.sampled_from(["electricity", "om", "investment"]), st.floats(-0.05, 0.1)
    ),
    life=st.floats(0.7, 40.0),
    old=st.floats(0.0, 1.0),
    rebate=st.floats(0.0, 0.5),
)
def test_payments_add_up_to_the_net_present_cost(
    tax, years, rate, growth, life, old, rebate
):
    finance = {"discount_rate": rate, "horizon_years": years, "escalation": growth}
    finance["tax"] = tax
    incentives = {"rebate_share": rebate, "rebate_per_unit": 100.0}
    standing_roof = roof(
        existing_kw=3.0,
        max_kw=9.0,
        lifetime_years=life,
        remaining_years=old * life,
        capex_per_kw=400.0,
        incentives=incentives,
    )
    plan, found = made(site(finance, standing_roof))
    for outcome in (plan.plan, plan.baseline):
        cost = outcome.recomputed.net_present_cost
        worth = total_worth(payments(outcome.solution, outcome.recomputed), rate)
        assert -worth == pytest.approx(cost, rel=1e-9)
        assert outcome.solution.objective == pytest.approx(cost, rel=1e-6)
    before, after = (o.recomputed.net_present_cost for o in (plan.baseline, plan.plan))
    assert found.value("net_present_value") == pytest.approx(
        before - after, rel=1e-9, abs=1e-9 * abs(before)
    )


def test_a_wrong_factor_is_noticed(monkeypatch):
    """The check compares payments with the factors, not the factors with themselves."""
    plan, _ = made(site(PLAIN, roof()))
    monkeypatch.setattr(Microgrid, "present_worth", lambda *_: 1.7)
    solution = plan.plan.solution
    again = type(plan.plan)(solution)
    (check,) = [check for check in again.checks if check.what == "cash flow"]
    assert not check.holds


# -- what is written ------------------------------


def test_tables_summary_text_and_figure(tmp_path):
    from rich.console import Console

    plan, found = made(site(PLAIN, roof()))
    write_tables(tmp_path, plan.plan, plan.baseline)
    names = {path.stem for path in (tmp_path / "tables").iterdir()}
    wanted = {"cash_flow", "baseline_cash_flow", "finance", "yearly_cash_flow"}
    assert wanted <= names
    data = summarize(plan.plan, plan.baseline)["finance"]
    value = found.value("net_present_value")
    assert data["figures"]["net_present_value"]["value"] == pytest.approx(value)
    assert len(data["yearly"]) == 3
    write_summary(tmp_path, {"finance": data})
    console = Console(width=100, record=True)
    console.print(plan_text(plan.plan, plan.baseline, ""))
    text = console.export_text()
    assert "simple payback" in text
    assert f"{value:,.0f} EUR" in " ".join(text.replace("│", " ").split())
    figure = finance_figure(plan.plan, plan.baseline)
    (axes,) = figure.axes
    assert len(axes.lines) >= 4  # two sums, two rings where they turn positive
    assert headline(found, "EUR").endswith("a return of 46.9% a year")


def test_option_without_gain_is_left(tmp_path):
    """Nothing is bought where it does not pay: figures say so, nothing fails."""
    dear = roof(capex_per_kw=1e6)
    _, found = made(site(PLAIN, dear))
    assert found.purchases.empty
    assert found.figure("simple_payback").reason == "undefined: nothing is invested"
    assert option("kw", 1.0, 1.0)["max_kw"] == 1.0

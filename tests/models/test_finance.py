import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from support import grid_at, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.errors import InputError
from verdigrid.models.finance import (
    COST_CLASSES,
    Finance,
    Tax,
    capital_recovery_factor,
    nominal_rate,
    present_worth_factor,
    replacement_years,
    residual_share,
)
from verdigrid.models.policy import Policy
from verdigrid.scenarios.load import load


def test_annuity_by_hand():
    """1000 at 10 % over two years: 576.19 a year, 1000 x 1.21 / 2.1."""
    assert capital_recovery_factor(0.1, 2) == pytest.approx(1.21 / 2.1)
    assert capital_recovery_factor(0.0, 8) == 1 / 8


def test_present_worth_by_hand():
    assert present_worth_factor(0.1, 2) == pytest.approx(1 / 1.1 + 1 / 1.21)
    grown = 1.02 / 1.1 + 1.02**2 / 1.21
    assert present_worth_factor(0.1, 2, growth=0.02) == pytest.approx(grown)
    assert present_worth_factor(0.05, 7, growth=0.05) == pytest.approx(7)


@pytest.mark.parametrize(("rate", "years"), [(0.08, 20), (0.03, 7), (0.0, 5)])
def test_annuity_repays_the_present_worth(rate, years):
    product = capital_recovery_factor(rate, years) * present_worth_factor(rate, years)
    assert product == pytest.approx(1)


@pytest.mark.parametrize(
    ("life", "horizon", "years", "left"),
    [
        (25, 20, [], 0.2),
        (20, 20, [], 0.0),
        (10, 20, [10], 0.0),
        (15, 20, [15], 2 / 3),
        (6, 20, [6, 12, 18], 2 / 3),
        (0.5, 1, [0.5], 0.0),
        (20 / 3, 20, [20 / 3, 40 / 3], 0.0),  # no purchase in the last moment
    ],
)
def test_replacements_and_what_is_left(life, horizon, years, left):
    assert replacement_years(life, horizon) == pytest.approx(years)
    assert residual_share(life, horizon) == pytest.approx(left, abs=1e-12)


def test_investment_by_hand():
    """Life 15 of 20 years at 10 %: bought again in year 15, two thirds left."""
    expected = 1 + 1.1**-15 - 2 / 3 * 1.1**-20
    finance = Finance(discount_rate=0.1, horizon_years=20)
    assert sum(finance.purchase_worths(15)) == pytest.approx(expected)


def test_longer_life_is_never_dearer():
    finance = Finance(discount_rate=0.07, horizon_years=20)
    factors = [sum(finance.purchase_worths(life)) for life in range(1, 60)]
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(factors))


# -- in a plan ----------------------------------------------------------------

ROOF = {
    "kind": "pv",
    "bus": "power",
    "yield_kw_per_kw": 1.0,
    "capacity": {
        "max_kw": 10.0,
        "capex_per_kw": 100.0,
        "om_per_kw_year": 2.0,
        "lifetime_years": 15.0,
    },
}


def site(periods=2, **more):
    parts = {"grid": grid_at(0.1), "roof": ROOF, "plant": load_of([10] * periods)}
    return microgrid(parts, periods, **more)


def test_net_present_cost_of_a_year():
    """All power from 10 kW of PV: 1000 at once, 20 a year, one replacement."""
    plan = planned(
        site(
            represents="year",
            finance={"discount_rate": 0.1, "horizon_years": 20},
        )
    )
    invested = 1000 * (1 + 1.1**-15 - 2 / 3 * 1.1**-20)
    assert plan.objective == pytest.approx(invested + 20 * (1 - 1.1**-20) / 0.1)
    (_, amount, worth) = plan.booked.investments[0]
    assert (amount, worth) == pytest.approx((1000, invested))


def test_cost_classes_grow_apart():
    """Electricity by 5 %, heat not at all; the O&M class by 2 %."""
    plan = planned(
        microgrid(
            {
                "grid": grid_at(0.1),
                "plant": load_of([1, 1]),
                "district": heat_at(0.05),
                "process": load_of([1, 1], "heat"),
                "roof": {
                    **ROOF,
                    "capacity": {**standing("kw", 3), "om_per_kw_year": 2.0},
                    "yield_kw_per_kw": 0.0,
                },
            },
            2,
            represents="year",
            finance={
                "discount_rate": 0.1,
                "horizon_years": 2,
                "escalation": {"electricity": 0.05, "om": 0.02},
            },
        )
    )
    electricity = 876 * (1.05 / 1.1 + (1.05 / 1.1) ** 2)
    om = 6 * (1.02 / 1.1 + (1.02 / 1.1) ** 2)
    assert plan.objective == pytest.approx(
        electricity + 438 * (1 / 1.1 + 1 / 1.21) + om
    )


def test_as_is_charges_the_share_of_a_year():
    """24 hours bear 24 / 8760 of the equivalent annual cost and of the O&M."""
    finance = {"discount_rate": 0.1, "horizon_years": 15}
    plan = planned(site(24, finance={**finance, "investment": "share_of_horizon"}))
    annuity = 0.1 / (1 - 1.1**-15)
    assert plan.objective == pytest.approx((1000 * annuity + 20) * 24 / 8760)


def test_as_is_may_charge_the_purchase_in_full():
    """Then 24 hours at 0.1 don't pay for it: nothing is bought."""
    finance = {"discount_rate": 0.1, "horizon_years": 15, "investment": "full"}
    assert planned(site(24, finance=finance)).objective == pytest.approx(24)
    cheap = {**ROOF, "capacity": option("kw", 10.0, 1.0)}
    parts = {"grid": grid_at(0.1), "roof": cheap, "plant": load_of([10] * 24)}
    assert planned(microgrid(parts, 24, finance=finance)).objective == pytest.approx(10)


def test_quarter_hours_of_a_day_make_the_same_year():
    """A day in hours or quarter hours stands for the same 8760 hours."""
    finance = {"discount_rate": 0.1, "horizon_years": 20}
    start = dt.datetime(2026, 3, 1)
    hours = site(24, represents="year", finance=finance, start=start)
    quarters = site(
        96, represents="year", finance=finance, start=start, step_minutes=15
    )
    assert planned(quarters).objective == pytest.approx(planned(hours).objective)


def test_growth_of_a_class_that_is_not_named_is_zero():
    finance = Finance(discount_rate=0.1, horizon_years=2, escalation={"fuel": 0.03})
    assert finance.escalation_of("fuel") == 0.03
    assert finance.escalation_of("electricity") == 0.0


def test_annuity_at_next_to_no_interest():
    """The difference of nearly equal numbers is not formed."""
    assert capital_recovery_factor(1e-15, 20) == pytest.approx(1 / 20, rel=1e-12)
    assert capital_recovery_factor(1e-38, 3) == pytest.approx(1 / 3, rel=1e-12)


# -- rebates in a plan --------------------------------------------------------


@pytest.mark.parametrize(
    "rebate", [{"rebate_share": 0.7}, {"rebate_per_unit": 70.0}, {"rebate_share": 1.0}]
)
def test_nothing_is_earned_by_what_is_of_no_use(rebate):
    """Three fifths of its life are left, but of what was paid, not of the price."""
    finance = {"discount_rate": 0.0, "horizon_years": 10}
    roof = {
        **ROOF,
        "yield_kw_per_kw": 0.0,
        "capacity": option("kw", 9, 100.0, lifetime_years=25.0, incentives=rebate),
    }
    parts = {"grid": grid_at(0.1), "roof": roof, "plant": load_of([10, 10])}
    plan = planned(microgrid(parts, 2, represents="year", finance=finance))
    assert plan.objective == pytest.approx(0.1 * 10 * 8760 * 10)


def test_rebates_in_a_plan():
    """1000 less 10 % and 30 for each of 10 kW; replaced at the full price."""
    help_with_it = {"rebate_share": 0.1, "rebate_per_unit": 30.0}
    more = {
        "represents": "year",
        "finance": {"discount_rate": 0.1, "horizon_years": 20},
    }
    roof = {**ROOF, "capacity": {**ROOF["capacity"], "incentives": help_with_it}}
    parts = {"grid": grid_at(0.1), "roof": roof, "plant": load_of([10, 10])}
    plan, plain = planned(microgrid(parts, 2, **more)), planned(site(2, **more))
    assert plain.objective - plan.objective == pytest.approx(100 + 300)


# -- real and nominal ---------------------------------------------------------


@given(
    real=st.floats(0.0, 0.2),
    inflation=st.floats(-0.02, 0.2),
    growth=st.floats(-0.03, 0.1),
    life=st.floats(1.0, 40.0),
)
def test_nominal_money_makes_the_same_plan(real, inflation, growth, life):
    """Without tax it does not matter in which money one counts."""
    one = Finance(discount_rate=real, horizon_years=20, escalation={"fuel": growth})
    other = Finance(
        discount_rate=nominal_rate(real, inflation) if inflation + real > 0 else 0.0,
        horizon_years=20,
        basis="nominal",
        inflation=inflation,
        escalation={"fuel": (1 + growth) * (1 + inflation) - 1},
    )
    if nominal_rate(real, inflation) < 0:
        return
    for cost_class in ("om", "fuel"):
        worth = one.present_worth(cost_class)
        assert other.present_worth(cost_class) == pytest.approx(worth)
    worths = one.purchase_worths(life)
    assert other.purchase_worths(life) == pytest.approx(worths, rel=1e-9, abs=1e-9)


# -- what is refused ----------------------------------------------------------

BASE = """\
schema: 1
name: test
currency: EUR
time: {start: 2026-01-01, periods: 4}
finance: {discount_rate: 0.08, horizon_years: 20}
buses: {electricity: {carrier: electricity}}
components:
  plant: {kind: load, bus: electricity, profile: 100}
  grid:
    kind: grid
    bus: electricity
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.4
    tariff: {price_per_kwh: 0.2}
"""


def refusal(folder, finance, **edits):
    text = BASE.replace("{discount_rate: 0.08, horizon_years: 20}", finance)
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    file = folder / "s.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load(file)
    (problem,) = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("finance", "words"),
    [
        ("discount_rate: 8", "fractions, not percent: use 0.08"),
        ("discount_rate: 0.1, escalation: {om: 2}", "0.02 for om, if 2 % is meant"),
        (
            "discount_rate: 0.1, escalation: {power: 0.02}",
            "electricity, fuel, om, carbon, investment; not 'power'",
        ),
        ("discount_rate: 0.1, inflation: 0.02", "or say basis: nominal"),
        (
            "discount_rate: 0.1, tax: {rate: 0.2, depreciation: linear}",
            "straight_line, declining, macrs_5, macrs_7, or a list",
        ),
        (
            "discount_rate: 0.1, tax: {rate: 0.2, depreciation: [0.5, 0.4]}",
            "add up to 1 (these make 0.9)",
        ),
        (
            "discount_rate: 0.1, tax: {rate: 0.2, depreciation: straight_line}",
            "depreciation_years with depreciation: straight_line",
        ),
        (
            "discount_rate: 0.1, tax: {rate: 0.2, depreciation: macrs_5, "
            "depreciation_years: 5}",
            "only with depreciation: straight_line or declining",
        ),
        (
            "discount_rate: 0.1, tax: {rate: 25, depreciation: macrs_5}",
            "fractions, not percent: use 0.25",
        ),
    ],
)
def test_nonsense_is_refused(tmp_path, finance, words):
    assert words in refusal(tmp_path, f"{{horizon_years: 20, {finance}}}")


def test_prices_of_two_years_are_refused(tmp_path):
    costs = "costs: {currency: EUR, price_year: 2024}\nbuses:"
    finance = "{discount_rate: 0.08, horizon_years: 20, currency_year: 2026}"
    text = refusal(tmp_path, finance, **{"buses:": costs})
    assert "finance.currency_year: got 2026, expected 2024" in text


def test_tax_needs_years(tmp_path):
    finance = "{discount_rate: 0.08, horizon_years: 20, "
    finance += "tax: {rate: 0.2, depreciation: macrs_5}}"
    text = refusal(tmp_path, finance, **{"periods: 4": "periods: 4, represents: as_is"})
    assert "finance.tax" in text
    assert "represents: year" in text


def test_a_credit_needs_a_tax(tmp_path):
    roof = """components:
  roof:
    kind: pv
    bus: electricity
    yield_kw_per_kw: 0.5
    capacity:
      max_kw: 5
      capex_per_kw: 100
      om_per_kw_year: 0
      incentives: {credit_share: 0.3}
"""
    finance = "{discount_rate: 0.08, horizon_years: 20}"
    text = refusal(tmp_path, finance, **{"components:\n": roof})
    assert "components.roof.capacity.incentives" in text
    assert "add finance.tax" in text


def test_shares_are_not_negative():
    with pytest.raises(ValidationError, match="none of them negative"):
        Tax(rate=0.2, depreciation=[1.5, -0.5])


def test_known_classes_are_those_that_are_booked():
    """Every cost class of the sources is one that may escalate."""
    import re
    from pathlib import Path

    import verdigrid.models

    folder = Path(verdigrid.models.__file__).parent
    booked = set()
    call = re.compile(r'(?:\.cost|fixed_cost|FixedCost|Cost)\(\s*"(\w+)",')
    for file in folder.rglob("*.py"):
        booked |= set(call.findall(file.read_text(encoding="utf-8")))
    assert {"electricity", "fuel", "om", "carbon"} <= booked <= set(COST_CLASSES)
    assert Policy.registry

import datetime as dt
import itertools

import pytest

from support import grid_at, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.finance import (
    Finance,
    capital_recovery_factor,
    investment_factor,
    present_worth_factor,
    replacement_years,
    residual_share,
)


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
    assert investment_factor(0.1, 15, 20) == pytest.approx(expected)


def test_longer_life_is_never_dearer():
    factors = [investment_factor(0.07, life, 20) for life in range(1, 60)]
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

"""Purchases that earn by themselves are named: credits, growing prices, rebates."""

import pytest
from pydantic import ValidationError

from support import grid_at, load_of, microgrid, option
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.earning import earning_problems

CREDIT = {"rate": 0.25, "depreciation": [1.0], "credit_share": 0.5}


def site(finance, **roof):
    capacity = option("kw", 100.0, 1000.0, **roof)
    if "cost_curve" in roof or "catalogue" in roof:
        del capacity["capex_per_kw"]
    if "catalogue" in roof:
        del capacity["om_per_kw_year"]
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 0.2, "capacity": capacity}
    parts = {"grid": grid_at(0.1), "plant": load_of(10.0), "roof": pv}
    years = {"horizon_years": 10, **finance}
    return microgrid(parts, 1, finance=years, represents="year")


CURVE = [
    {"up_to_kw": 60.0, "capex_per_kw": 100.0},
    {"up_to_kw": 100.0, "capex_per_kw": 60.0},
]


@pytest.mark.parametrize(
    ("finance", "roof", "earns"),
    [
        # 1 - 0.75 / 1.03 - 0.75 x 2/3 / 1.03^10 = -0.100
        ({"discount_rate": 0.03, "tax": CREDIT}, {"lifetime_years": 30.0}, True),
        ({"discount_rate": 0.03, "tax": CREDIT}, {"lifetime_years": 10.0}, False),
        (
            {"discount_rate": 0.03, "escalation": {"investment": 0.08}},
            {"lifetime_years": 40.0},
            True,
        ),
        (
            {"discount_rate": 0.03},
            {"cost_curve": CURVE, "incentives": {"rebate_per_unit": 500.0}},
            True,
        ),
        (
            {"discount_rate": 0.03},
            {"cost_curve": CURVE, "incentives": {"rebate_per_unit": 50.0}},
            False,
        ),
    ],
)
def test_what_earns_is_named(finance, roof, earns):
    found = earning_problems(site(finance, **roof))
    assert [p.path for p in found] == (["components.roof.capacity"] if earns else [])


def test_how_much_it_earns_is_told():
    finance = {"discount_rate": 0.03, "tax": CREDIT}
    (found,) = earning_problems(site(finance, lifetime_years=30.0))
    worth = 1 - 0.75 / 1.03 - 0.75 * (2 / 3) / 1.03**10
    assert f"earns {-100_000 * worth:,.6g} by itself" in found.got


def test_scrap_above_the_price_of_a_new_one_is_refused():
    told = {"existing_kw": 40.0, "max_kw": 50.0, "om_per_kw_year": 0.0}
    with pytest.raises(ValidationError, match="sold, and bought anew"):
        PowerCapacity.model_validate(
            {
                **told,
                "capex_per_kw": 10.0,
                "retire": {"removal_per_kw": 0.0, "scrap_per_kw": 100.0},
            }
        )


@pytest.mark.parametrize("key", ["lifetime_years", "replacement_lifetime_years"])
def test_lives_of_hours_are_refused(key):
    with pytest.raises(ValidationError, match=r"greater than or equal to 0\.001"):
        PowerCapacity.model_validate(option("kw", 9.0, 1.0, **{key: 1e-6}))

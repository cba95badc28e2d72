"""What stands: renewed when it is due, or given up; the same in plan and baseline."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from pydantic import ValidationError

from support import (
    checks_of,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    series,
)
from verdigrid.models.calendar import Calendar
from verdigrid.models.capacity import EnergyCapacity, PowerCapacity
from verdigrid.models.finance import (
    Finance,
    Tax,
    renewal_factor,
)
from verdigrid.models.retirement import at_once_worth, renewal_worth
from verdigrid.results.recompute import recompute
from verdigrid.results.tabulate import tabulate
from verdigrid.studies.plan import make_plan

NO_OM = {"om_per_kw_year": 0.0}
FREE = {"removal_per_kw": 0.0, "scrap_per_kw": 0.0}


# -- the formula ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remaining", "life", "horizon", "worth"),
    [
        (5, 10, 20, 1.5),  # in 5 and 15; the second has half of its life left
        (0, 10, 20, 2.0),
        (10, 10, 20, 1.0),
        (20, 10, 20, 0.0),  # due when the plan ends
        (25, 30, 20, 0.0),
        (15, 20, 20, 0.25),
        (2.5, 5, 10, 1.5),
    ],
)
def test_renewals_by_hand_without_interest(remaining, life, horizon, worth):
    assert renewal_factor(0.0, remaining, life, horizon) == pytest.approx(worth)


def test_renewal_at_once_is_a_purchase():
    finance = Finance(discount_rate=0.06, horizon_years=20)
    for life in (7, 10, 15, 40):
        bought = sum(finance.purchase_worths(life))
        assert renewal_factor(0.06, 0, life, 20) == pytest.approx(bought)


def test_renewals_by_hand_with_interest_and_growth():
    ratio = 1.02 / 1.05
    by_hand = ratio**5 + ratio**15 - 0.5 * ratio**20
    assert renewal_factor(0.05, 5, 10, 20, growth=0.02) == pytest.approx(by_hand)


def test_later_is_never_dearer():
    worths = [renewal_factor(0.05, left, 12, 20) for left in range(13)]
    assert all(sooner > later for sooner, later in pairwise(worths))


def test_renewals_and_removal_after_tax():
    tax = Tax(rate=0.25, depreciation="straight_line", depreciation_years=10)
    finance = Finance(discount_rate=0.0, horizon_years=20, tax=tax)
    year = Calendar(dt.datetime(2026, 1, 1), 24, 60, "UTC", represents="year")
    assert renewal_worth(finance, year, 5, 10) == pytest.approx(0.75 * 1.5)
    assert at_once_worth(finance, year) == pytest.approx(0.75)


# -- in a plan: PV that stands, 20 kWh at 0.1 ---------------------------------------


def roof_with(**capacity):
    parts = {
        "grid": grid_at(0.1),
        "plant": load_of([10, 10]),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": series([0.5, 1.0]),
            "capacity": {**NO_OM, **capacity},
        },
    }
    return microgrid(parts, 2)


def test_renewal_is_paid_for_what_is_kept():
    """4 kW save 0.15 each and are renewed for 0.05 each, due now."""
    plan = planned(roof_with(existing_kw=4.0, remaining_years=0.0, renewal_per_kw=0.05))
    assert plan.objective == pytest.approx(2.0 - 0.6 + 0.2)
    assert plan.facts["integers"] == 0


def test_renewal_that_does_not_pay_is_avoided():
    """Renewal for 0.3 a kW is not worth 0.15; taking it away costs 0.01."""
    gone = {"removal_per_kw": 0.01, "scrap_per_kw": 0.0}
    fields = {"existing_kw": 4.0, "remaining_years": 0.0, "renewal_per_kw": 0.3}
    plan = planned(roof_with(**fields, retire=gone))
    assert plan.size("roof", "capacity").kept == pytest.approx(0, abs=1e-9)
    assert plan.objective == pytest.approx(2.04)
    kept = planned(roof_with(**fields))
    assert kept.objective == pytest.approx(2.0 - 0.6 + 1.2)


def test_price_of_a_new_one_is_that_of_renewal_if_not_given():
    fields = {"existing_kw": 4.0, "remaining_years": 0.0, "max_kw": 4.0}
    plan = planned(roof_with(**fields, capex_per_kw=0.05))
    assert plan.objective == pytest.approx(2.0 - 0.6 + 0.2)


def test_scrap_pays_and_new_capacity_may_take_its_place():
    """Renewing costs 0.10 a kW; scrap pays 0.05, new costs 0.06: 4 go, 10 come."""
    gone = {"removal_per_kw": 0.02, "scrap_per_kw": 0.07}
    due = {"remaining_years": 0.0, "lifetime_years": 20.0, "renewal_per_kw": 0.1}
    plan = planned(
        roof_with(existing_kw=4.0, max_kw=10.0, capex_per_kw=0.06, retire=gone, **due)
    )
    size = plan.size("roof", "capacity")
    assert (size.retired, size.new, size.total) == pytest.approx((4, 10, 10))
    assert plan.objective == pytest.approx(0.5 + 0.6 - 4 * 0.05)


def test_maximum_is_the_total_of_kept_and_new():
    gone = {"removal_per_kw": 0.2, "scrap_per_kw": 0.0}
    plan = planned(
        roof_with(existing_kw=4.0, max_kw=7.0, capex_per_kw=0.06, retire=gone)
    )
    size = plan.size("roof", "capacity")
    assert (size.kept, size.new) == pytest.approx((4, 3))


def test_part_or_all_or_nothing():
    """12 kW of upkeep 0.11: only 10 of them are of use; all or nothing is 12 or 0."""
    fields = {"existing_kw": 12.0, "om_per_kw_year": 0.11 * 4380}
    part = planned(roof_with(**fields, retire=FREE))
    assert part.size("roof", "capacity").kept == pytest.approx(10)
    assert part.objective == pytest.approx(0.5 + 1.1)
    whole = planned(roof_with(**fields, retire={**FREE, "whole": True}))
    assert whole.size("roof", "capacity").kept == pytest.approx(12)
    assert whole.objective == pytest.approx(0.4 + 1.32)


def test_units_are_given_up_one_by_one():
    fields = {"existing_units": 4, "unit_kw": 3.0, "om_per_kw_year": 0.11 * 4380}
    plan = planned(roof_with(**fields, retire=FREE))
    # 9 kW: 6.5 kWh bought and 0.99; 12 kW: 4 kWh and 1.32
    assert plan.size("roof", "capacity").kept == pytest.approx(9)
    assert plan.objective == pytest.approx(0.65 + 0.99)


def test_forced():
    gone = {"removal_per_kw": 0.02, "scrap_per_kw": 0.0, "forced": True}
    plan = planned(
        roof_with(existing_kw=4.0, max_kw=3.0, capex_per_kw=0.06, retire=gone)
    )
    size = plan.size("roof", "capacity")
    assert (size.kept, size.new, size.limit) == pytest.approx((0, 3, 3))
    assert plan.objective == pytest.approx(2 - 0.45 + 0.18 + 0.08)
    nothing = planned(roof_with(existing_kw=4.0, retire=gone))
    assert nothing.objective == pytest.approx(2.08)


def test_leave_to_give_up_never_costs():
    fields = {"existing_kw": 8.0, "remaining_years": 0.0, "max_kw": 16.0}
    for renewal in (0.01, 0.08, 0.16, 0.3):
        own = {**fields, "renewal_per_kw": renewal, "capex_per_kw": 0.07}
        must = planned(roof_with(**own)).objective
        whole = planned(roof_with(**own, retire={**FREE, "whole": True})).objective
        part = planned(roof_with(**own, retire=FREE)).objective
        assert part <= whole + 1e-9 <= must + 2e-9


# -- a boiler's renewal that a heat pump makes unnecessary ----------------------------

FINANCE = {"discount_rate": 0.05, "horizon_years": 20}


def heated(**boiler):
    parts = {
        "grid": grid_at(0.2),
        "gas": gas_at(0.06),
        "process": load_of(100, "heat"),
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": 1.0,
            "capacity": {"existing_kw": 150.0, "om_per_kw_year": 2.0, **boiler},
        },
        "heat_pump": {
            "kind": "heat_pump",
            "electricity_bus": "power",
            "bus": "heat",
            "cop": 4.0,
            "capacity": option("kw", 100, 900.0, lifetime_years=20.0),
        },
    }
    return microgrid(parts, 2, represents="year", finance=FINANCE)


def test_avoided_renewal_is_a_credit():
    """Baseline and plan are judged alike: the plan saves renewal, O&M and gas."""
    due = {"remaining_years": 5.0, "renewal_per_kw": 80.0, "lifetime_years": 15.0}
    gone = {"removal_per_kw": 10.0, "scrap_per_kw": 4.0}
    site = heated(**due, retire=gone)
    made = make_plan(site)
    before, after = made.baseline.solution, made.plan.solution
    worth = (1 - 1.05**-20) / 0.05
    renewal = 80 * 150 * renewal_factor(0.05, 5, 15, 20)
    gas = 100 * 8760 * 0.06 * worth
    upkeep = 2 * 150 * worth
    assert before.objective == pytest.approx(gas + upkeep + renewal)
    power = 25 * 8760 * 0.2 * worth
    assert after.size("boiler", "capacity").kept == pytest.approx(0, abs=1e-7)
    assert after.objective == pytest.approx(90_000 + power + 150 * 6)
    assert recompute(after).investment == pytest.approx(90_000)  # removal is none
    # without leave to give it up the plan pays for both
    kept = planned(heated(**due))
    assert kept.objective == pytest.approx(min(gas, 90_000 + power) + upkeep + renewal)


def test_table_says_what_is_kept_and_why():
    gone = {"removal_per_kw": 10.0, "scrap_per_kw": 4.0}
    due = {"remaining_years": 5.0, "renewal_per_kw": 80.0, "lifetime_years": 15.0}
    tables = tabulate(planned(heated(**due, retire=gone)))
    rows = {row["component"]: row for row in tables.capacities.to_dict("records")}
    assert rows["boiler"]["kept"] == pytest.approx(0, abs=1e-7)
    assert rows["boiler"]["reason"] == "gives up 150 of 150 kW"
    assert rows["heat_pump"]["kept"] == 0
    costs = tables.costs.set_index(["component", "item"])["present_worth"]
    assert costs["boiler", "capacity removal"] == pytest.approx(900)
    assert costs["boiler", "capacity renewal"] == pytest.approx(0, abs=1e-6)


def test_nothing_new_in_the_tables_of_old_sites():
    columns = list(tabulate(planned(heated())).capacities.columns)
    assert not {"kept", "units", "products"} & set(columns)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"retire": {**FREE, "whole": True}}, {"retired": 2.0}),
        ({"retire": {**FREE, "forced": True}}, {"retired": 0.0}),
        ({"retire": FREE}, {"retired": 5.0}),
        ({}, {"retired": 1.0}),
    ],
)
def test_what_may_not_be_given_up_fails_the_check(fields, wrong):
    plan = planned(roof_with(existing_kw=4.0, **fields))
    tampered = replace(plan, sizes=(replace(plan.sizes[0], **wrong),))
    failed = {check.what for check in checks_of(tampered) if not check.holds}
    assert "roof: capacity within its limits" in failed


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"remaining_years": 5.0}, "remaining_years is about what stands: add exist"),
        ({"retire": FREE}, "retire is about what stands: add existing_kw"),
        (
            {"existing_kw": 1.0, "remaining_years": 5.0, "lifetime_years": 4.0},
            r"remaining_years \(5\) is more than lifetime_years \(4\)",
        ),
        ({"existing_kw": 1.0, "remaining_years": 5.0}, "renewal_per_kw missing"),
        ({"existing_kw": 1.0, "renewal_per_kw": 5.0}, "without remaining_years"),
        ({"existing_kw": 1.0, "remaining_years": -1.0}, "remaining_years"),
        ({"existing_kw": 1.0, "retire": {"removal_per_kw": 1.0}}, "scrap_per_kw"),
        ({"existing_kw": 1.0, "retire": {**FREE, "removal_per_kwh": 1.0}}, "kwh"),
        (
            {"existing_kw": 4.0, "max_kw": 3.0, "capex_per_kw": 1.0, "retire": FREE},
            "max_kw is the total",
        ),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        PowerCapacity.model_validate({**NO_OM, **fields})


def test_keys_carry_the_unit():
    gone = {"removal_per_kwh": 1.0, "scrap_per_kwh": 3.0}
    fields = {"existing_kwh": 4.0, "om_per_kwh_year": 0.0, "retire": gone}
    assert EnergyCapacity.model_validate(fields).retire.paid_per_unit == -2

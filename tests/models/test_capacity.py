from dataclasses import replace

import pyomo.environ as pyo
import pytest
from pydantic import ValidationError

from support import checks_of, grid_at, load_of, microgrid, planned
from verdigrid.models.capacity import EnergyCapacity, PowerCapacity, unit_of_capacity
from verdigrid.models.held import Held

PRICED = {"capex_per_kw": 100.0, "om_per_kw_year": 2.0}


def power(**fields):
    return PowerCapacity.model_validate({**PRICED, **fields})


def test_keys_carry_the_unit():
    energy = EnergyCapacity.model_validate(
        {"max_kwh": 5.0, "capex_per_kwh": 1.0, "om_per_kwh_year": 0.0}
    )
    assert (energy.maximum, energy.capex_per_unit) == (5.0, 1.0)
    assert (unit_of_capacity(energy), unit_of_capacity(power())) == ("kWh", "kW")
    with pytest.raises(ValidationError, match="max_kwh"):
        power(max_kwh=5.0)


@pytest.mark.parametrize(
    ("fields", "limit", "room", "decision"),
    [
        ({}, 0, 0, False),
        ({"existing_kw": 4.0}, 4, 0, False),
        ({"max_kw": 10.0}, 10, 10, False),
        ({"existing_kw": 4.0, "max_kw": 10.0}, 10, 6, False),
        ({"max_kw": 10.0, "min_kw": 2.0}, 10, 10, True),
        ({"max_kw": 10.0, "capex_fixed": 5.0}, 10, 10, True),
        ({"existing_kw": 4.0, "capex_fixed": 5.0}, 4, 0, False),
    ],
)
def test_room_and_decision(fields, limit, room, decision):
    capacity = power(**fields)
    assert (capacity.limit, capacity.room) == (limit, room)
    assert capacity.has_decision == decision


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({**PRICED, "existing_kw": 5.0, "max_kw": 4.0}, "max_kw is the total"),
        ({**PRICED, "existing_kw": 5.0, "max_kw": 8.0, "min_kw": 4.0}, "min_kw"),
        ({"max_kw": 8.0, "om_per_kw_year": 0.0}, "capex_per_kw missing"),
        ({"existing_kw": 8.0}, "om_per_kw_year missing"),
        ({"max_kw": 8.0}, "capex_per_kw and om_per_kw_year missing"),
        ({**PRICED, "max_kw": -1.0}, "max_kw"),
        ({**PRICED, "max_kw": float("inf")}, "max_kw"),
        ({**PRICED, "max_kw": float("nan")}, "max_kw"),
        ({**PRICED, "max_kw": "8"}, "max_kw"),
        ({**PRICED, "lifetime_years": 0.0}, "lifetime_years"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        PowerCapacity.model_validate(fields)


def test_only_existing_has_nothing_to_buy():
    standing = power(existing_kw=4.0, max_kw=10.0, min_kw=2.0, capex_fixed=3.0)
    assert standing.only_existing().limit == 4
    assert standing.only_existing().room == 0
    assert not standing.only_existing().has_decision


def test_baseline_keeps_and_renews_what_the_plan_may_give_up():
    gone = {"removal_per_kw": 1.0, "scrap_per_kw": 0.0, "forced": True}
    due = {"remaining_years": 3.0, "renewal_per_kw": 50.0}
    today = power(existing_kw=4.0, max_kw=10.0, retire=gone, **due).only_existing()
    assert (today.limit, today.least, today.most_new) == (4, 4, 0)
    assert today.renewal_price == 50
    goods = [{"name": "a", "kw": 6.0, "capex": 1.0, "om_per_year": 0.0}]
    fields = {"existing_kw": 4.0, "om_per_kw_year": 1.0, "catalogue": goods}
    assert PowerCapacity.model_validate(fields).limit == 10
    assert PowerCapacity.model_validate(fields).only_existing().limit == 4


def test_nothing_to_buy_needs_no_variable():
    block = pyo.ConcreteModel()
    held, price = power(existing_kw=4.0).build(block)
    assert (held.total, held.new, price) == (4.0, 0.0, 0.0)
    assert not list(block.component_objects(pyo.Var))


def test_investment():
    capacity = power(max_kw=10.0, capex_fixed=30.0)
    assert capacity.investment(Held(0.0, 0.0, 4.0, 1.0)) == 430
    assert capacity.investment(Held(0.0, 0.0, 0.0, 0.0)) == 0


# -- in a plan: 20 kWh at 0.1, PV yields 0.5 and 1 ------------------------------


def plan_of(**capacity):
    roof = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": {"values": [0.5, 1.0]},
        "capacity": {"om_per_kw_year": 0.0, **capacity},
    }
    parts = {"grid": grid_at(0.1), "plant": load_of([10, 10]), "roof": roof}
    return planned(microgrid(parts, 2))


def test_existing_costs_nothing_and_the_expansion_is_bought():
    """4 kW stand; up to 10 kW each kW saves 0.15 and costs 0.06."""
    plan = plan_of(existing_kw=4.0, max_kw=30.0, capex_per_kw=0.06)
    size = plan.size("roof", "capacity")
    assert (size.existing, size.new, size.total) == pytest.approx((4, 6, 10))
    assert plan.objective == pytest.approx(0.06 * 6 + 0.1 * 5)


def test_maximum_is_the_total():
    plan = plan_of(existing_kw=4.0, max_kw=7.0, capex_per_kw=0.06)
    assert plan.size("roof", "capacity").new == pytest.approx(3)


def test_smallest_purchase_or_none():
    """15 kW save 1.0 + 0.1 x 7.5 - 1.0 = 1.75 of 2; at 0.12 each that is not enough."""
    bought = plan_of(max_kw=30.0, min_kw=15.0, capex_per_kw=0.11)
    assert bought.size("roof", "capacity").new == pytest.approx(15)
    assert bought.objective == pytest.approx(0.11 * 15 + 0.1 * 2.5)
    left = plan_of(max_kw=30.0, min_kw=15.0, capex_per_kw=0.12)
    assert left.size("roof", "capacity").new == 0
    assert left.objective == pytest.approx(2.0)


def test_fixed_operation_cost_of_all_that_stands():
    """Two hours bear 2 / 8760 of the yearly O&M, of what stood before too."""
    plan = plan_of(existing_kw=4.0, max_kw=10.0, capex_per_kw=0.01, om_per_kw_year=43.8)
    assert plan.size("roof", "capacity").new == pytest.approx(6)
    assert plan.objective == pytest.approx(0.01 * 6 + 0.1 * 5 + 43.8 * 10 * 2 / 8760)


def test_rebates_of_a_purchase():
    """Half of the price and 0.01 a kW are paid back: 6 new kW cost 0.06 each."""
    paid = {"rebate_share": 0.5, "rebate_per_unit": 0.01}
    plan = plan_of(existing_kw=4.0, max_kw=30.0, capex_per_kw=0.14, incentives=paid)
    assert plan.size("roof", "capacity").new == pytest.approx(6)
    assert plan.objective == pytest.approx(0.06 * 6 + 0.1 * 5)


AT_100 = {"max_kw": 10.0, "capex_per_kw": 100.0, "om_per_kw_year": 0.0}


@pytest.mark.parametrize(
    ("rebates", "more"),
    [
        ({"rebate_per_unit": 120.0}, {}),
        ({"rebate_share": 0.5, "rebate_per_unit": 51.0}, {}),
        ({"rebate_share": 0.5, "rebate_per_unit": 56.0}, {"capex_fixed": 100.0}),
    ],
)
def test_no_more_is_paid_back_than_was_paid(rebates, more):
    with pytest.raises(ValidationError, match="incentives pay back 1"):
        PowerCapacity.model_validate({**AT_100, **more, "incentives": rebates})


@pytest.mark.parametrize(
    ("rebates", "more"),
    [
        ({"rebate_share": 1.0}, {}),
        ({"rebate_share": 0.5, "rebate_per_unit": 50.0}, {}),
        ({"rebate_share": 0.5, "rebate_per_unit": 55.0}, {"capex_fixed": 100.0}),
    ],
)
def test_all_may_be_paid_back(rebates, more):
    PowerCapacity.model_validate({**AT_100, **more, "incentives": rebates})


def test_tax_rules_of_a_purchase():
    """A credit and a rebate count in plan and recomputation (which is checked)."""
    tax = {"rate": 0.25, "depreciation": "straight_line", "depreciation_years": 10}
    finance = {"discount_rate": 0.05, "horizon_years": 20, "tax": tax}
    capacity = {
        **{"max_kw": 20.0, "capex_per_kw": 500.0, "om_per_kw_year": 5.0},
        "lifetime_years": 20.0,
        "incentives": {"credit_share": 0.3, "rebate_per_unit": 50.0},
    }
    roof = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 0.2, "capacity": capacity}
    parts = {"grid": grid_at(0.1), "plant": load_of(10), "roof": roof}
    plan = planned(microgrid(parts, 2, represents="year", finance=finance))
    ((_, paid, worth),) = plan.booked.investments
    assert paid == pytest.approx(20 * 500)
    # 9000 are paid; 0.3 comes back after a year, 0.25 x 0.1 in each of ten years
    back = 0.3 / 1.05 + 0.025 * sum(1.05**-n for n in range(1, 11))
    assert worth == pytest.approx(9000 * (1 - back))


@pytest.mark.parametrize(
    "wrong",
    [
        {"new": 31.0},  # above the maximum
        {"new": -0.1},
        {"new": 14.0},  # below the smallest purchase
        {"built": False},
    ],
)
def test_size_outside_its_limits_fails_the_check(wrong):
    plan = plan_of(max_kw=30.0, min_kw=15.0, capex_per_kw=0.11)
    tampered = replace(plan, sizes=(replace(plan.sizes[0], **wrong),))
    failed = {check.what for check in checks_of(tampered) if not check.holds}
    assert "roof: capacity within its limits" in failed

from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    checks_of,
    figures_of,
    flows_of,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.carbon import GRID_POWER, Carbon
from verdigrid.models.component import Component
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.measure import Measure
from verdigrid.results.bill import bill_table
from verdigrid.results.recompute import recompute

#: A line to a wind farm of 100 kW, at 0.06 and 0.01 of fees.
LINE = {
    "kind": "power_purchase",
    "bus": "power",
    "capacity": standing("kw", 100),
    "shape_kw_per_kw": {"values": [0.2, 0.8]},
    "price_per_kwh": 0.06,
    "network_fee_per_kwh": 0.01,
    "delivery": "line",
    "certificate": True,
    "take_or_pay": False,
}
#: The same through the public grid.
WHEELED = {**LINE, "delivery": "grid", "location_kg_per_kwh": 0.5}


class TestPowerPurchase(ComponentHarness):
    kind = "power_purchase"
    residuals = ("arrival limit", "shape limit")
    example: ClassVar = {
        "periods": 3,
        "components": {
            "contract": {
                **WHEELED,
                "capacity": option("kw", 90, 0.02, embodied_kg_per_kw=4.0),
                "shape_kw_per_kw": {"values": [0.5, 0.9, 0.2]},
                "price_per_kwh": {"values": [0.06, 0.07, 0.06]},
                "limit_kw": 50.0,
                "take_or_pay": True,
                "market_kg_per_kwh": 0.03,
                "upstream_kg_per_kwh": 0.01,
            },
            "grid": grid_at([0.2, 0.3, 0.1]),
            "plant": load_of([30, 70, 40]),
        },
    }
    variants: ClassVar = {
        "all must be taken": {"must_take": True},
        "paid if taken; a line without its certificate": {
            "delivery": "line",
            "certificate": False,
            "take_or_pay": False,
            "location_kg_per_kwh": None,
            "limit_kw": None,
            "upstream_kg_per_kwh": None,
        },
    }

    def outside_kw(self, solution):
        return flows_of(solution, "contract")["power"]


def site(load=(50, 50), price=0.1, policies=None, **contract):
    parts = {
        "contract": {**LINE, **contract},
        "grid": grid_at(price),
        "plant": load_of(list(load)),
    }
    return microgrid(parts, len(load), policies=policies)


def ledgers(plan):
    year = recompute(plan).yearly
    return year.emitted([2], "location"), year.emitted([2], "market")


# -- power and money --------------------------------------------------------------


def test_takes_what_is_cheaper_than_the_grid():
    """20 and 50 of the 20 and 80 kWh that the plant gives."""
    plan = planned(site())
    assert plan.values["contract"]["taken_kw"] == pytest.approx([20, 50])
    assert plan.objective == pytest.approx(70 * 0.07 + 30 * 0.1)


def test_leaves_it_where_contract_and_fee_cost_more():
    plan = planned(site(price=0.069))
    assert plan.values["contract"]["taken_kw"] == pytest.approx([0, 0])


def test_take_or_pay_pays_for_what_is_left():
    """100 kWh at 0.06, and 70 kWh at 0.01."""
    plan = planned(site(take_or_pay=True))
    assert plan.objective == pytest.approx(100 * 0.06 + 70 * 0.01 + 30 * 0.1)


def test_what_is_paid_anyway_is_taken_even_beside_a_cheap_grid():
    """The price is sunk: only the fee of 0.01 stands against 0.05."""
    plan = planned(site(price=0.05, take_or_pay=True))
    assert plan.values["contract"]["taken_kw"] == pytest.approx([20, 50])


def test_what_must_be_taken_must_fit():
    with pytest.raises(InfeasibleError):
        planned(site(must_take=True))
    plan = planned(site(must_take=True, load=(50, 90)))
    assert plan.values["contract"]["taken_kw"] == pytest.approx([20, 80])


def test_no_more_arrives_than_the_limit():
    plan = planned(site(limit_kw=35.0))
    assert plan.values["contract"]["taken_kw"] == pytest.approx([20, 35])


def test_size_of_a_contract_for_nothing_is_what_pays():
    """Take or pay: a kW gives 0.2 and 0.8 kWh, all of them used up to 62.5 kW.

    Beyond that, a kW pays 0.06 for 1 kWh and saves 0.2 x 0.09 in the first hour.
    """
    fields = {"capacity": option("kw", 500, 0.0), "take_or_pay": True}
    plan = planned(site(**fields))
    assert plan.size("contract", "capacity").new == pytest.approx(62.5)
    assert plan.objective == pytest.approx(62.5 * 0.07 + 37.5 * 0.1)


def test_a_line_is_paid_by_its_size():
    """Saves 0.03 for each of 1 kWh up to 62.5 kW: worth 0.02, and not 0.04, per kW."""
    for capex, size in ((0.02, 62.5), (0.04, 0.0)):
        plan = planned(site(capacity=option("kw", 500, capex)))
        assert plan.size("contract", "capacity").new == pytest.approx(size)


def test_the_peak_at_the_grid_does_not_see_it():
    parts = {
        "contract": WHEELED,
        "grid": grid_at(0.1, tariff={"demand_charge_per_kw_month": 1.0}),
        "plant": load_of([50, 50]),
    }
    plan = planned(microgrid(parts, 2))
    assert plan.values["grid"]["peak_kw"] == pytest.approx([30])


def test_bill_says_what_arrived_and_what_did_not():
    plan = planned(site(take_or_pay=True))
    bill = bill_table(plan.microgrid, recompute(plan))
    mine = bill[bill["component"] == "contract"].set_index("item")
    assert list(mine["kind"]) == ["energy", "adder", "adder"]
    assert list(mine["quantity"]) == pytest.approx([70, 70, 30])
    assert list(mine["amount"]) == pytest.approx([4.2, 0.7, 1.8])


def test_key_figures():
    figures = figures_of(planned(site(take_or_pay=True)), "contract")
    assert figures == pytest.approx(
        {"taken": 70, "not taken": 0.3, "paid per kWh taken": 6.7 / 70}
    )


# -- carbon: physical and contractual stay apart ------------------------------------


@pytest.mark.parametrize(
    ("contract", "expected"),
    [
        (LINE, (0.0, 0.0)),
        ({**LINE, "certificate": False, "market_kg_per_kwh": 0.6}, (0.0, 42.0)),
        (WHEELED, (35.0, 0.0)),
        ({**WHEELED, "certificate": False, "market_kg_per_kwh": 0.6}, (35.0, 42.0)),
        ({**LINE, "location_kg_per_kwh": 0.1, "market_kg_per_kwh": 0.2}, (7.0, 14.0)),
    ],
)
def test_carbon_of_both_ledgers(contract, expected):
    """70 kWh by contract; the grid's 30 kWh have 15 kg in each ledger."""
    location, market = ledgers(planned(site(**contract)))
    assert (location - 15, market - 15) == pytest.approx(expected, abs=1e-9)


def test_upstream_carbon_is_of_scope_3():
    year = recompute(planned(site(upstream_kg_per_kwh=0.02))).yearly
    assert year.emitted([3]) == pytest.approx(70 * 0.02)


@pytest.mark.parametrize(
    ("contract", "green"),
    [
        (LINE, {Measure.GREEN_LINE: 70.0}),
        (WHEELED, {Measure.GREEN_CONTRACT: 70.0}),
        ({**LINE, "certificate": False, "market_kg_per_kwh": 0.6}, {}),
        ({**WHEELED, "certificate": False, "market_kg_per_kwh": 0.6}, {}),
    ],
)
def test_green_is_what_has_its_certificate(contract, green):
    year = recompute(planned(site(**contract))).yearly
    assert year.energy({Measure.BOUGHT_POWER: 1.0}) == pytest.approx(100)
    for measure in (Measure.GREEN_LINE, Measure.GREEN_CONTRACT):
        found = year.energy({measure: 1.0})
        assert found == pytest.approx(green.get(measure, 0.0))


@pytest.mark.parametrize(
    ("delivery", "counts", "share"),
    [
        ("line", "physical", 0.7),
        ("grid", "physical", 0.0),
        ("line", "contractual", 0.7),
        ("grid", "contractual", 0.7),
    ],
)
def test_a_physical_share_counts_the_line_alone(delivery, counts, share):
    rule = {"kind": "green_power_share", "at_least": 0.0, "counts": counts}
    plan = planned(site(policies={"rule": rule}, **WHEELED | {"delivery": delivery}))
    standing = plan.microgrid.policies["rule"].standing(recompute(plan).yearly)
    assert standing.value == pytest.approx(share)


CERTIFICATES = {
    "kind": "green_certificates",
    "price_per_mwh": 5.0,
    "replaces_kg_per_kwh": 0.5,
}


def certified_kwh(**contract):
    """Certificates bought to bring the market-based ledger to zero, kWh in 2 hours."""
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.0}
    rules = {"cap": {**cap, "ledger": "market"}, "gec": CERTIFICATES}
    plan = planned(site(policies=rules, **contract))
    return 2 * plan.decided["gec"]["certified_kw"]


def test_certificates_are_set_against_what_has_none():
    """The grid's 30 kWh; and the 70 of a contract whose own were sold elsewhere."""
    assert certified_kwh(**WHEELED) == pytest.approx(30)
    sold = {**WHEELED, "certificate": False, "market_kg_per_kwh": 0.5}
    assert certified_kwh(**sold) == pytest.approx(100)


def test_no_certificate_undoes_what_a_certified_plant_emits():
    """The plant's 100 kWh have 20 kg, and so have the grid's 40: those alone go."""
    fields = {"must_take": True, "load": (50, 90), "market_kg_per_kwh": 0.2}
    gec = {**CERTIFICATES, "replaces_kg_per_kwh": 1.0}
    cap = {"kind": "carbon_cap", "scopes": [2], "ledger": "market"}
    rules = {"gec": gec, "cap": {**cap, "tonnes_per_year": 0.02}}
    assert ledgers(planned(site(policies=rules, **LINE | fields)))[1] <= 20 + 1e-6
    rules["cap"] = {**cap, "tonnes_per_year": 0.019}
    with pytest.raises(InfeasibleError):
        planned(site(policies=rules, **LINE | fields))


def test_sources_tell_the_two_apart():
    emissions = recompute(planned(site(**WHEELED))).emissions
    own = {carbon for name, carbon in emissions if name == "contract"}
    assert own == {Carbon(2, "power purchase", "location")}
    sold = {**WHEELED, "certificate": False, "market_kg_per_kwh": 0.5}
    emissions = recompute(planned(site(**sold))).emissions
    own = {carbon for name, carbon in emissions if name == "contract"}
    assert own == {Carbon(2, GRID_POWER, books) for books in ("location", "market")}


# -- the laws -----------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(
    shape=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
    load=st.lists(st.floats(0.0, 150.0), min_size=3, max_size=3),
    fixed=st.booleans(),
)
def test_never_more_than_the_plant_gives_and_never_green_twice(shape, load, fixed):
    contract = {"shape_kw_per_kw": {"values": shape}, "take_or_pay": fixed}
    rule = {"kind": "green_power_share", "at_least": 0.9, "counts": "contractual"}
    policies = {"rule": rule, "gec": CERTIFICATES}
    plan = planned(site(load, policies=policies, **WHEELED | contract))
    taken = plan.values["contract"]["taken_kw"]
    for kw, share, need in zip(taken, shape, load, strict=True):
        assert kw <= 100 * share + 1e-6
        assert kw <= need + 1e-6
    green = (Measure.GREEN_CONTRACT, Measure.GREEN_CERTIFICATE)
    year = recompute(plan).yearly
    bought = year.energy({Measure.BOUGHT_POWER: 1.0})
    assert year.energy(dict.fromkeys(green, 1.0)) <= bought + 1e-6


def test_green_beyond_purchases_fails_the_check():
    """50 certificates too many, written into a plan that the policy let pass."""
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.0}
    rules = {"cap": {**cap, "ledger": "market"}, "gec": CERTIFICATES}
    plan = planned(site(policies=rules, **WHEELED))
    what = "green purchases within purchases"
    found = {check.what: check for check in checks_of(plan)}
    assert found[what].holds
    assert found[what].scale == pytest.approx(100)
    more = {"certified_kw": plan.decided["gec"]["certified_kw"] + 25.0}
    tampered = replace(plan, decided={**plan.decided, "gec": more})
    found = {check.what: check for check in checks_of(tampered)}
    assert not found[what].holds
    assert found[what].residual == pytest.approx(50)


# -- what is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"delivery": "grid"}, "location_kg_per_kwh"),
        ({"certificate": False}, "market_kg_per_kwh"),
        ({"delivery": "sleeved"}, "delivery"),
        ({"limit_kw": -1.0}, "limit_kw"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Component.registry["power_purchase"].model_validate({**LINE, **fields})


@pytest.mark.parametrize(
    "field", ["network_fee_per_kwh", "certificate", "take_or_pay", "delivery"]
)
def test_nothing_about_money_or_green_is_assumed(field):
    fields = {name: value for name, value in LINE.items() if name != field}
    with pytest.raises(ValidationError, match=field):
        Component.registry["power_purchase"].model_validate(fields)

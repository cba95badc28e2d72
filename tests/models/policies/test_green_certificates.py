"""green_certificates: 100 kWh bought at 0.5 kg/kWh, 0.6 by the residual mix."""

import numpy as np
import pytest
from pydantic import ValidationError

from support import checks_of, grid_at, load_of, microgrid, objective, planned, policy
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.measure import Measure
from verdigrid.results.ledgers import of_ledger
from verdigrid.results.outcome import Outcome
from verdigrid.results.recompute import recompute

CERTIFICATES = {
    "kind": "green_certificates",
    "price_per_mwh": 5.0,
    "replaces_kg_per_kwh": 0.6,
}


def site(cap=None, load=(40, 60), grid=None, **certificates):
    """Power at 0.1 with certificates, and any other policies."""
    parts = {
        "grid": grid_at(0.1, market_kg_per_kwh=0.6, **(grid or {})),
        "plant": load_of(list(load)),
    }
    policies = {"gec": {**CERTIFICATES, **certificates}}
    if cap is not None:
        # Named before the certificates that it counts: the order must not matter.
        policies = {"cap": {"kind": "carbon_cap", "scopes": [2], **cap}, **policies}
    return microgrid(parts, len(load), policies=policies)


def ledgers(plan):
    year = recompute(plan).yearly
    return year.emitted([2], "location"), year.emitted([2], "market")


def test_nobody_buys_them_for_nothing():
    plan = planned(site())
    assert plan.decided["gec"]["certified_kw"] == pytest.approx(0)
    assert ledgers(plan) == pytest.approx((50.0, 60.0))


def test_a_market_based_cap_is_met_with_certificates():
    """From 60 to 24 kg: 60 of 100 kWh certified, at 0.005 each."""
    plan = planned(site({"tonnes_per_year": 0.024, "ledger": "market"}))
    assert plan.objective == pytest.approx(10.0 + 60 * 0.005)
    assert plan.decided["gec"]["certified_kw"] == pytest.approx(60 / 2)
    assert ledgers(plan) == pytest.approx((50.0, 24.0))
    assert plan.shadow_prices["cap"] == pytest.approx(0.005 / 0.6 * 1000)


def test_free_certificates_free_a_market_based_cap_and_leave_a_physical_one():
    none, free = site(price_per_mwh=0.0), {"price_per_mwh": 0.0}
    zero = {"tonnes_per_year": 0.0, "ledger": "market"}
    assert objective(site(zero, **free)) == pytest.approx(objective(none))
    # 2 of 100 kWh from elsewhere: the physical cap asks as much as without them.
    parts = {"dear": grid_at(0.9, emissions_kg_per_kwh=0.0, market_kg_per_kwh=0.0)}
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.049}
    grid = grid_at(0.1, market_kg_per_kwh=0.6)
    parts = {"grid": grid, "plant": load_of([40, 60]), **parts}
    with_them = {"cap": cap, "gec": {**CERTIFICATES, **free}}
    costs = [
        objective(microgrid(parts, 2, policies=rules))
        for rules in ({"cap": cap}, with_them)
    ]
    assert costs == pytest.approx([98 * 0.1 + 2 * 0.9] * 2)


def test_no_more_than_is_bought():
    plan = planned(site(price_per_mwh=0.0, cap={"tonnes_per_year": 1.0}))
    year = recompute(plan).yearly
    assert year.energy({Measure.GREEN_CERTIFICATE: 1.0}) <= 100 + 1e-6


def test_no_more_carbon_than_was_bought():
    """At 0.8 kg each, 75 certificates undo all 60 kg."""
    cap = {"tonnes_per_year": 0.0, "ledger": "market"}
    plan = planned(site(cap, replaces_kg_per_kwh=0.8))
    assert plan.objective == pytest.approx(10.0 + 75 * 0.005)
    assert ledgers(plan)[1] == pytest.approx(0, abs=1e-9)


def test_two_kinds_of_certificates_don_t_certify_the_same_power():
    """At 0.3 kg each, both together undo 30 of 60 kg at the most."""
    one = {**CERTIFICATES, "replaces_kg_per_kwh": 0.3}
    cap = {"kind": "carbon_cap", "scopes": [2], "ledger": "market"}
    parts = {"grid": grid_at(0.1, market_kg_per_kwh=0.6), "plant": load_of([40, 60])}
    rules = {"a": one, "b": one, "cap": {**cap, "tonnes_per_year": 0.030}}
    plan = planned(microgrid(parts, 2, policies=rules))
    assert sum(plan.decided[n]["certified_kw"] for n in "ab") == pytest.approx(50)
    with pytest.raises(InfeasibleError):
        planned(
            microgrid(
                parts, 2, policies={**rules, "cap": {**cap, "tonnes_per_year": 0.029}}
            )
        )


def test_power_that_is_fed_in_again_needs_no_certificate():
    """Of 100 kWh bought, 50 pass through to another connection: 50 are used."""
    first = grid_at(0.1, market_kg_per_kwh=0.6)
    second = grid_at(
        0.5,
        tariff={"export_price_per_kwh": 0.2},
        trading="allowed",
        export_limit_kw=50.0,
    )
    parts = {"grid": first, "second": second, "plant": load_of([50.0])}
    cap = {"kind": "carbon_cap", "scopes": [2], "ledger": "market"}
    rules = {"cap": {**cap, "tonnes_per_year": 0.030}, "gec": CERTIFICATES}
    plan = planned(microgrid(parts, 1, policies=rules))
    bought = plan.values["grid"]["import_kw"][0]
    assert bought == pytest.approx(100)
    assert plan.decided["gec"]["certified_kw"] == pytest.approx(50)


def test_feed_in_takes_nothing_off_the_market_based_ledger():
    credited = grid_at(
        0.1,
        market_kg_per_kwh=0.0,
        tariff={"export_price_per_kwh": 0.0},
        export_credit_kg_per_kwh=0.5,
    )
    roof = {"existing_kw": 10.0, "om_per_kw_year": 0.0}
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0, "capacity": roof}
    price = {"kind": "carbon_price", "scopes": [2], "price_per_tonne": 100.0}
    parts = {"grid": credited, "roof": pv, "plant": load_of([0.0])}
    for ledger, earned in (("location", 0.5), ("market", 0.0)):
        rules = {"price": {**price, "ledger": ledger}}
        plan = planned(microgrid(parts, 1, policies=rules))
        assert plan.objective == pytest.approx(-earned)


@pytest.mark.parametrize(("replaces", "refused"), [(0.6, 0), (0.61, 1)])
def test_a_certificate_that_undoes_more_than_a_kwh_emits(replaces, refused):
    grid = site(replaces_kg_per_kwh=replaces)
    rule = grid.policies["gec"]
    assert len(rule.problems(grid.components, grid.policies)) == refused


def test_a_limit_on_their_number():
    plan = planned(
        site(
            {"tonnes_per_year": 0.048, "ledger": "market"},
            limit_mwh_per_year=0.02,
        )
    )
    assert plan.decided["gec"]["certified_kw"] == pytest.approx(10)


@pytest.mark.parametrize(("counts", "share"), [("physical", 0.0), ("contractual", 0.7)])
def test_shares_that_count_contracts_count_them(counts, share):
    rule = {"kind": "green_power_share", "at_least": share, "counts": counts}
    parts = {"grid": grid_at(0.1, market_kg_per_kwh=0.6), "plant": load_of([40, 60])}
    plan = planned(microgrid(parts, 2, policies={"rule": rule, "gec": CERTIFICATES}))
    assert plan.objective == pytest.approx(10 + 0.005 * 100 * share)
    value = plan.microgrid.policies["rule"].standing(recompute(plan).yearly).value
    assert value == pytest.approx(share)


def test_a_share_hour_by_hour_does_not():
    rule = {"kind": "hourly_green_share", "at_least": 0.5, "enforce": False}
    parts = {"grid": grid_at(0.1, market_kg_per_kwh=0.6), "plant": load_of([40, 60])}
    share = {"kind": "green_power_share", "at_least": 1.0, "counts": "contractual"}
    rules = {"hourly": rule, "share": share, "gec": CERTIFICATES}
    plan = planned(microgrid(parts, 2, policies=rules))
    value = plan.microgrid.policies["hourly"].standing(recompute(plan).yearly).value
    assert value == 0


def test_tables_show_both_ledgers_and_their_parts():
    tables = Outcome(
        planned(site({"tonnes_per_year": 0.024, "ledger": "market"}))
    ).tables
    table = tables.ledgers.set_index(["scope", "source"])
    assert list(table.loc[("2", "grid electricity")]) == pytest.approx([50, 60])
    assert list(table.loc[("2", "green certificates")]) == pytest.approx([0, -36])
    assert list(table.loc[("1-3", "total")]) == pytest.approx([50, 24])
    for ledger, total in (("location", 50), ("market", 24)):
        monthly = of_ledger(tables.monthly_emissions, ledger)["kg"].sum()
        yearly = of_ledger(tables.emissions, ledger)["kg_per_year"].sum()
        assert monthly == pytest.approx(yearly) == pytest.approx(total)


def test_more_certificates_than_purchases_fail_the_check():
    plan = planned(site({"tonnes_per_year": 0.024, "ledger": "market"}))
    plan.decided["gec"]["certified_kw"] = 60.0
    failed = [check.what for check in checks_of(plan) if not check.holds]
    assert "policy gec: certificates within purchases" in failed
    assert "policy gec: certificates within carbon" in failed
    assert "emissions, scope 2, market-based" in failed


def test_a_year_of_a_shorter_horizon():
    """Two hours stand for a year: certificates are those of the year."""
    parts = {"grid": grid_at(0.1, market_kg_per_kwh=0.6), "plant": load_of([40, 60])}
    cap = {"kind": "carbon_cap", "scopes": [2], "ledger": "market"}
    rules = {"cap": {**cap, "tonnes_per_year": 0.0}, "gec": CERTIFICATES}
    money = {"discount_rate": 0.0, "horizon_years": 1}
    plan = planned(
        microgrid(parts, 2, policies=rules, represents="year", finance=money)
    )
    assert plan.decided["gec"]["certified_kw"] == pytest.approx(50)
    assert plan.objective == pytest.approx(50 * 8760 * (0.1 + 0.005))


def test_without_purchases_there_is_nothing_to_certify():
    parts = {"plant": load_of([1], "gas"), "gas": {**GAS}}
    plan = planned(microgrid(parts, 1, policies={"gec": CERTIFICATES}))
    assert plan.decided["gec"] == {}
    assert np.isclose(plan.objective, 0.1)


GAS = {
    "kind": "fuel_supply",
    "bus": "gas",
    "price_per_kwh": 0.1,
    "emissions_kg_per_kwh": 0.2,
}


@pytest.mark.parametrize(
    "fields",
    [{"price_per_mwh": -1.0}, {"replaces_kg_per_kwh": 580.0}, {"limit": 5}],
)
def test_what_is_refused(fields):
    with pytest.raises(ValidationError):
        policy(**{**CERTIFICATES, **fields})

"""carbon_budget: emissions over all years; stages are in test_pathway.py."""

import pytest
from policy_sites import standing_of

from support import gas_at, load_of, microgrid, planned, standing
from verdigrid.results.outcome import Outcome
from verdigrid.results.standings import policy_rows

FINANCE = {"discount_rate": 0.06, "horizon_years": 10}


def site(rule, **more):
    """100 kW of heat from gas at 0.05 or biomass at 0.08, over one hour for a year."""
    parts = {"plant": load_of(100, "heat")}
    for name, price, kg in (("gas", 0.05, 0.2), ("biomass", 0.08, 0.0)):
        supply = gas_at(price, bus=name, emissions_kg_per_kwh=kg)
        parts[f"{name}_supply"] = supply
        parts[f"{name}_boiler"] = {
            "kind": "boiler",
            "input_bus": name,
            "bus": "heat",
            "efficiency": 1.0,
            "capacity": standing("kw", 1000.0),
        }
    buses = {"biomass": {"carrier": "biomass"}}
    policies = {} if rule is None else {"rule": rule}
    years = {"finance": FINANCE, "represents": "year"}
    return microgrid(parts, 1, buses=buses, policies=policies, **{**years, **more})


def test_budget_of_ten_years_is_a_cap_on_each():
    """Without stages every year is the same: 500 t in ten years are 50 t a year."""
    budget = {"kind": "carbon_budget", "scopes": [1], "tonnes": 500.0}
    cap = {"kind": "carbon_cap", "scopes": [1], "tonnes_per_year": 50.0}
    one, other = planned(site(budget)), planned(site(cap))
    assert one.objective == pytest.approx(other.objective)
    assert standing_of(one).value == pytest.approx(500)
    assert one.values["gas_supply"]["supply_kw"] == pytest.approx([50_000 / 0.2 / 8760])
    # A tonne less in every year is 5 MWh of biomass for gas, at 30 more each.
    for plan in (one, other):
        assert plan.shadow_price_per_tonne["rule"] == pytest.approx(150)


def test_loose_budget_changes_nothing_and_is_reported():
    budget = {"kind": "carbon_budget", "scopes": [1, 2], "tonnes": 5000.0}
    plan = planned(site(budget))
    assert plan.objective == pytest.approx(planned(site(None)).objective)
    row = policy_rows(Outcome(plan), None)[0]
    assert row.value == pytest.approx(10 * 100 * 8.76 * 0.2)
    assert row.kept
    assert row.unit == "t CO2e"


def test_horizon_as_it_is_counts_once():
    budget = {"kind": "carbon_budget", "scopes": [1], "tonnes": 0.01}
    more = {"represents": "as_is", "finance": {**FINANCE, "horizon_years": 1}}
    plan = planned(site(budget, **more))
    assert plan.values["gas_supply"]["supply_kw"] == pytest.approx([50])


def test_scopes_that_nothing_is_emitted_in():
    budget = {"kind": "carbon_budget", "scopes": [2], "tonnes": 0.0}
    assert planned(site(budget)).objective == pytest.approx(
        planned(site(None)).objective
    )

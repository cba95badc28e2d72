from dataclasses import replace

import pytest
from pydantic import ValidationError

from support import (
    checks_of,
    emitted,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    policy,
)
from verdigrid.models.carbon import Carbon
from verdigrid.models.yearly import Yearly
from verdigrid.results.outcome import Outcome
from verdigrid.results.recompute import recompute
from verdigrid.results.standings import policy_rows


def site(cap, *, embodied=0.0, capex=5.0, **more):
    """Gas at 0.01 and 1.0 kg/kWh, or clean power at 0.1, for 100 kWh; and PV."""
    roof = {
        "kind": "pv",
        "bus": "gas",  # as good as any other source of clean energy
        "yield_kw_per_kw": 1.0,
        "capacity": option(
            "kw", 20, capex, embodied_kg_per_kw=embodied, lifetime_years=10.0
        ),
    }
    parts = {
        "dirty": gas_at(0.01, emissions_kg_per_kwh=1.0, upstream_kg_per_kwh=0.1),
        "clean": gas_at(0.1, emissions_kg_per_kwh=0.0),
        "furnace": load_of([40, 60], "gas"),
        "roof": roof,
    }
    cap = {"kind": "carbon_cap", **cap}
    return microgrid(parts, 2, policies={"cap": cap}, **more)


def test_cap_moves_the_cheapest_way():
    """30 kg leave 30 kWh of the dirty gas."""
    plan = planned(site({"scopes": [1], "tonnes_per_year": 0.03}))
    assert emitted(plan) == pytest.approx(30 + 0.1 * 30)
    assert plan.objective == pytest.approx(0.01 * 30 + 0.1 * 70)


def test_only_its_scopes_count():
    plan = planned(site({"scopes": [2], "tonnes_per_year": 0.0}))
    assert plan.objective == pytest.approx(1.0)
    both = planned(site({"scopes": [1, 3], "tonnes_per_year": 0.033}))
    assert both.values["dirty"]["supply_kw"].sum() == pytest.approx(30)


def test_shadow_price_is_what_a_tonne_less_costs():
    """A kg costs 0.09: 90 a tonne."""
    plan = planned(site({"scopes": [1], "tonnes_per_year": 0.03}))
    assert plan.shadow_price_per_tonne == pytest.approx({"cap": 90.0})
    loose = planned(site({"scopes": [1], "tonnes_per_year": 3.0}))
    assert loose.shadow_price_per_tonne == pytest.approx({"cap": 0.0}, abs=1e-9)


def test_short_horizon_counts_as_the_year_it_stands_for():
    """Two hours for 8760: half of the 438,000 kWh may be dirty, at 219 t."""
    plan = planned(
        site(
            {"scopes": [1], "tonnes_per_year": 219.0},
            represents="year",
            finance={"discount_rate": 0.1, "horizon_years": 15},
        )
    )
    assert plan.values["dirty"]["supply_kw"].sum() == pytest.approx(50)
    # A tonne less a year costs 90 in that year, whatever the discounting.
    assert plan.shadow_price_per_tonne["cap"] == pytest.approx(90.0)


def test_half_hours_emit_half():
    plan = planned(site({"scopes": [1], "tonnes_per_year": 0.03}, step_minutes=30))
    assert plan.values["dirty"]["supply_kw"].sum() == pytest.approx(60)


def test_embodied_carbon_is_spread_over_its_life():
    """876 kg a kW over 10 years and 2 of 8760 hours: 0.02 kg, so 10 kW for 0.2 kg."""
    plan = planned(
        site({"scopes": [3], "tonnes_per_year": 0.0002}, embodied=876.0, capex=0.05)
    )
    assert plan.size("roof", "capacity").new == pytest.approx(10)
    assert recompute(plan).emissions_by_source[Carbon(3, "embodied")] == pytest.approx(
        0.2
    )


def test_cap_on_what_nobody_emits_is_kept():
    parts = {"clean": gas_at(0.1, emissions_kg_per_kwh=0.0), "f": load_of([1], "gas")}
    cap = {"kind": "carbon_cap", "scopes": [3], "tonnes_per_year": 0.0}
    plan = planned(microgrid(parts, 1, policies={"cap": cap}))
    assert plan.objective == pytest.approx(0.1)
    assert plan.shadow_price_per_tonne == {}


def test_broken_cap_fails_the_check():
    plan = planned(site({"scopes": [1], "tonnes_per_year": 0.03}))
    tighter = policy("carbon_cap", scopes=[1], tonnes_per_year=0.029)
    plan.microgrid.policies["cap"] = tighter
    failed = [check.what for check in checks_of(plan) if not check.holds]
    assert failed == ["policy cap kept"]


def test_reduction_against_the_baseline():
    cap = policy("carbon_cap", scopes=[1, 2], reduction=0.3)
    assert cap.needs_baseline
    emissions = {
        Carbon(1, "gas"): 6000.0,
        Carbon(2, "grid"): 4000.0,
        Carbon(3, "upstream"): 9000.0,
        Carbon(2, "grid certified", "market"): -3000.0,
    }
    calendar = site({"scopes": [1], "tonnes_per_year": 1.0}).calendar
    absolute = cap.against(Yearly(calendar, emissions, {}, 0.0))
    assert absolute.tonnes_per_year == pytest.approx(7.0)
    assert absolute.reduction is None
    assert absolute.limit == pytest.approx(7.0)
    assert not absolute.needs_baseline


def test_baseline_is_not_capped_but_taxed():
    grid = microgrid(
        {"grid": grid_at(0.1), "plant": load_of([1])},
        1,
        policies={
            "cap": {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.0},
            "tax": {"kind": "carbon_price", "scopes": [2], "price_per_tonne": 40.0},
        },
    )
    assert set(grid.baseline().policies) == {"tax"}
    assert planned(grid.baseline()).objective == pytest.approx(0.1 + 0.5 * 0.04)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"scopes": [1]}, "either tonnes_per_year: or reduction:"),
        ({"scopes": [1], "tonnes_per_year": 1.0, "reduction": 0.1}, "either"),
        ({"scopes": [], "tonnes_per_year": 1.0}, "at least one"),
        ({"scopes": [4], "tonnes_per_year": 1.0}, "scopes"),
        ({"scopes": [1], "reduction": 1.1}, "reduction"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        policy("carbon_cap", **fields)


# -- offsets and ledgers ---------------------------------------------------------


def offset_site(limit, **offsets):
    """100 kWh of power at 0.5 kg: 50 kg, of which a tenth may be offset at 80."""
    given = {"price_per_tonne": 80.0, "at_most_share": 0.1, **offsets}
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": limit}
    parts = {
        "grid": grid_at(0.1),
        "clean": grid_at(0.3, emissions_kg_per_kwh=0.0),
        "plant": load_of([100]),
    }
    return microgrid(parts, 1, policies={"cap": {**cap, "offsets": given}})


def test_offsets_stand_in_for_what_is_left():
    """48 kg: 2 kg offset for 0.16 is cheaper than 4 kWh of clean power for 0.8."""
    plan = planned(offset_site(0.048))
    assert plan.objective == pytest.approx(10 + 0.002 * 80)
    assert plan.decided["cap"]["offset_tonnes"] == pytest.approx(0.002)
    cap, decided = plan.microgrid.policies["cap"], plan.decided["cap"]
    standing = cap.standing(recompute(plan).yearly, decided)
    assert standing.value == pytest.approx(0.048)
    # The ledger still says what the site emits.
    assert emitted(plan) == pytest.approx(50)


def test_offsets_end_at_their_share():
    """36 kg: x emitted, a tenth of it offset, 0.9 x = 36, so 20 kWh of clean power."""
    plan = planned(offset_site(0.036))
    assert emitted(plan) == pytest.approx(40)
    assert plan.objective == pytest.approx(8 + 20 * 0.3 + 0.004 * 80)


def test_offsets_end_at_their_number():
    plan = planned(offset_site(0.048, at_most_tonnes=0.001))
    assert plan.decided["cap"]["offset_tonnes"] == pytest.approx(0.001)
    assert emitted(plan) == pytest.approx(49)


def test_a_share_of_zero_accepts_none():
    assert emitted(planned(offset_site(0.048, at_most_share=0.0))) == pytest.approx(48)


def test_too_many_offsets_fail_the_check():
    plan = planned(offset_site(0.048))
    plan.decided["cap"]["offset_tonnes"] = 0.006
    failed = [check.what for check in checks_of(plan) if not check.holds]
    assert "policy cap: offsets accepted" in failed


def test_the_ledger_decides_what_counts():
    """A contract makes power clean in the market-based ledger alone."""
    parts = {
        "grid": grid_at(0.1),
        "contract": grid_at(0.15, market_kg_per_kwh=0.0, green="contract"),
        "line": grid_at(0.4, emissions_kg_per_kwh=0.0, green="physical"),
        "plant": load_of([100]),
    }
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.02}
    market = planned(microgrid(parts, 1, policies={"cap": {**cap, "ledger": "market"}}))
    assert market.objective == pytest.approx(40 * 0.1 + 60 * 0.15)
    physical = planned(microgrid(parts, 1, policies={"cap": cap}))
    assert physical.objective == pytest.approx(40 * 0.1 + 60 * 0.4)


def test_offsets_do_not_forbid_to_emit_less_than_nothing():
    """10 kWh of sun fed in for a credit of 0.5 kg each, and nothing bought."""
    parts = {
        "grid": grid_at(
            0.1, tariff={"export_price_per_kwh": 0.05}, export_credit_kg_per_kwh=0.5
        ),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": 1.0,
            "capacity": {"existing_kw": 10.0, "om_per_kw_year": 0.0},
        },
        "plant": load_of([0.0]),
    }
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.01}
    ets = {"kind": "emissions_trading", "scopes": [2], "free_tonnes_per_year": 0.0}
    offsets = {"price_per_tonne": 80.0, "at_most_share": 0.1}
    rules = {
        "cap": {**cap, "offsets": offsets},
        "ets": {**ets, "price_per_tonne": 60.0, "offsets": offsets},
    }
    plan = planned(microgrid(parts, 1, policies=rules))
    assert plan.objective == pytest.approx(-0.5)
    assert emitted(plan) == pytest.approx(-5)


def test_offsets_that_nobody_bought_keep_no_cap():
    grid = offset_site(0.048)
    loose = grid.policies["cap"].model_copy(update={"enforce": False})
    plan = planned(replace(grid, policies={"cap": loose}))
    (row,) = policy_rows(Outcome(plan), None)
    assert row.value == pytest.approx(0.05)
    assert row.kept is False


def test_a_cap_where_its_ledger_is_empty():
    """A line without carbon around it is in no ledger, or in the other alone."""
    line = {
        "kind": "power_purchase",
        "bus": "power",
        "capacity": {"existing_kw": 10.0, "om_per_kw_year": 0.0},
        "shape_kw_per_kw": 1.0,
        "price_per_kwh": 0.1,
        "network_fee_per_kwh": 0.0,
        "delivery": "line",
        "certificate": False,
        "take_or_pay": False,
        "market_kg_per_kwh": 0.6,
    }
    parts = {"line": line, "plant": load_of([10.0])}
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.0}
    plan = planned(microgrid(parts, 1, policies={"cap": cap}))
    assert plan.objective == pytest.approx(1.0)

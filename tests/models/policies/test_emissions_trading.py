"""emissions_trading: 100 kWh of gas at 0.2 kg/kWh, so 20 kg or 0.02 t."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from support import checks_of, gas_at, load_of, microgrid, planned, policy
from verdigrid.models.offsets import Offsets

RULE = {
    "kind": "emissions_trading",
    "free_tonnes_per_year": 0.008,
    "price_per_tonne": 60.0,
}


def site(**rule):
    parts = {
        "gas": gas_at(0.05),
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": 1.0,
            "capacity": {"existing_kw": 100.0, "om_per_kw_year": 0.0},
        },
        "process": load_of([40, 60], "heat"),
    }
    return microgrid(parts, 2, policies={"ets": {**RULE, **rule}})


def test_what_is_not_free_is_bought():
    plan = planned(site())
    assert plan.objective == pytest.approx(5.0 + 0.012 * 60)
    assert plan.decided["ets"] == pytest.approx(
        {"bought_tonnes": 0.012, "sold_tonnes": 0.0}
    )


def test_what_is_not_needed_is_sold():
    plan = planned(site(free_tonnes_per_year=0.05, sell_price_per_tonne=50.0))
    assert plan.objective == pytest.approx(5.0 - 0.03 * 50)


def test_without_a_price_a_surplus_earns_nothing():
    plan = planned(site(free_tonnes_per_year=0.05))
    assert plan.objective == pytest.approx(5.0)


def test_offsets_up_to_their_share():
    """5 % of 20 kg at 40 instead of 60 a tonne."""
    offsets = {"price_per_tonne": 40.0, "at_most_share": 0.05}
    plan = planned(site(offsets=offsets))
    assert plan.decided["ets"]["offset_tonnes"] == pytest.approx(0.001)
    assert plan.objective == pytest.approx(5.0 + 0.011 * 60 + 0.001 * 40)


def test_dear_offsets_are_left():
    offsets = {"price_per_tonne": 71.0, "at_most_share": 0.05}
    assert planned(site(offsets=offsets)).objective == pytest.approx(5.0 + 0.012 * 60)


def test_price_moves_the_plan():
    """A clean boiler at 0.01 a kWh more pays from 50 a tonne."""
    clean = {"kind": "fuel_supply", "bus": "heat", "price_per_kwh": 0.06}
    for price, kept in ((49.0, 100.0), (51.0, 0.0)):
        grid = site(price_per_tonne=price)
        parts = {
            **{n: c.model_dump(by_alias=True) for n, c in grid.components.items()},
            "clean": {**clean, "emissions_kg_per_kwh": 0.0},
        }
        plan = planned(
            microgrid(
                parts,
                2,
                policies={
                    "ets": {
                        **RULE,
                        "price_per_tonne": price,
                        "sell_price_per_tonne": price,
                    }
                },
            )
        )
        assert plan.values["gas"]["supply_kw"].sum() == pytest.approx(kept)


def test_a_surrender_that_lacks_fails_the_check():
    plan = planned(site())
    plan.decided["ets"]["bought_tonnes"] = 0.010
    failed = [check.what for check in checks_of(plan) if not check.holds]
    assert "policy ets: allowances surrendered" in failed
    assert "net present cost" in failed


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 40).map(lambda n: n / 1000),
    st.integers(1, 100),
    st.integers(0, 10).map(lambda n: n / 10),
    st.integers(1, 100),
    st.integers(0, 20).map(lambda n: n / 20),
)
def test_cost_by_hand(free, price, resale, offset_price, share):
    """The cheapest way to cover 0.02 t, worked out in numbers."""
    offsets = {"price_per_tonne": offset_price, "at_most_share": share}
    rule = {
        "free_tonnes_per_year": free,
        "price_per_tonne": price,
        "sell_price_per_tonne": resale * price,
        "offsets": offsets,
    }
    most = share * 0.02

    def cost(offset):
        lacking = 0.02 - free - offset
        traded = lacking * price if lacking > 0 else lacking * price * resale
        # No more can be sold than was given.
        return traded + offset * offset_price if -lacking <= free else float("inf")

    corners = [0.0, most, min(most, max(0.0, 0.02 - free)), min(most, 0.02)]
    assert planned(site(**rule)).objective == pytest.approx(
        5.0 + min(map(cost, corners)), abs=1e-9
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"sell_price_per_tonne": 61.0},
        {"scopes": []},
        {"free_tonnes_per_year": -1.0},
        {"offsets": {"price_per_tonne": 70.0, "at_most_share": 5}},
    ],
)
def test_what_is_refused(fields):
    with pytest.raises(ValidationError):
        policy(**{**RULE, **fields})


def test_offsets_accepted():
    offsets = Offsets(price_per_tonne=1.0, at_most_share=0.1, at_most_tonnes=0.003)
    assert offsets.accepted_kg(20.0) == pytest.approx(2.0)
    assert offsets.accepted_kg(50.0) == pytest.approx(3.0)
    assert offsets.accepted_kg(-5.0) == 0

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    emitted,
    figures_of,
    flows_of,
    gas_at,
    load_of,
    microgrid,
    objective,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component
from verdigrid.models.errors import InfeasibleError
from verdigrid.results.recompute import recompute

BUSES = {
    "h2": {"carrier": "hydrogen"},
    "wood": {"carrier": "biomass"},
    "burner": {"carrier": "fuel"},
}
BLEND = {"kind": "blend", "bus": "burner"}


def fuel_at(bus, price, **more):
    return gas_at(price, bus=bus, emissions_kg_per_kwh=0.0, **more)


class TestBlend(ComponentHarness):
    kind = "blend"
    residuals = ("least of gas", "most of h2", "capacity limit")
    example: ClassVar = {
        "periods": 3,
        "buses": {name: BUSES[name] for name in ("h2", "burner")},
        "components": {
            "mix": {
                **BLEND,
                "inputs": {"gas": {"min_share": 0.5}, "h2": {"max_share": 0.4}},
                "capacity": option("kw", 100, 0.02),
            },
            "gas": gas_at([0.05, 0.15, 0.05]),
            "trucks": fuel_at("h2", [0.1, 0.06, 0.04]),
            "kiln": load_of([10, 40, 20], "burner"),
        },
    }
    variants: ClassVar = {"any size": {"capacity": None}}


def site(prices, load, inputs, **more):
    """Gas, hydrogen and wood at their prices into one burner."""
    components = {
        "mix": {**BLEND, "inputs": inputs, **more},
        **{f"{bus}_supply": fuel_at(bus, prices[bus]) for bus in inputs},
        "kiln": load_of(load, "burner"),
    }
    buses = {name: BUSES[name] for name in (*inputs, "burner") if name in BUSES}
    return microgrid(components, len(load), buses=buses)


def made(inputs, **more):
    return Component.registry["blend"].model_validate(
        {**BLEND, "inputs": inputs, **more}
    )


CHEAP_H2 = {"gas": 0.1, "h2": 0.05, "wood": 0.03}


def test_cheaper_fuel_fills_its_share_and_no_more():
    plan = planned(site(CHEAP_H2, [10, 40], {"gas": {}, "h2": {"max_share": 0.2}}))
    assert plan.values["mix"]["from_h2_kw"] == pytest.approx([2, 8])
    assert plan.values["mix"]["from_gas_kw"] == pytest.approx([8, 32])
    assert plan.objective == pytest.approx(0.1 * 40 + 0.05 * 10)


def test_dearer_fuel_is_burnt_as_much_as_it_must():
    inputs = {"gas": {"min_share": 0.3}, "wood": {}}
    plan = planned(site(CHEAP_H2, [10, 40], inputs))
    assert plan.values["mix"]["from_gas_kw"] == pytest.approx([3, 12])
    assert plan.objective == pytest.approx(0.1 * 15 + 0.03 * 35)


def test_shares_hold_in_every_step_not_in_the_year():
    """Hydrogen is dear in the first step: what is spared there is not made up later."""
    prices = {"gas": [0.1, 0.1], "h2": [0.2, 0.05]}
    plan = planned(site(prices, [10, 40], {"gas": {}, "h2": {"max_share": 0.2}}))
    assert plan.values["mix"]["from_h2_kw"] == pytest.approx([0, 8], abs=1e-9)


def test_three_fuels():
    """Wood at most half, hydrogen at most a fifth, gas the rest."""
    inputs = {"gas": {}, "h2": {"max_share": 0.2}, "wood": {"max_share": 0.5}}
    plan = planned(site(CHEAP_H2, [10], inputs))
    taken = [float(plan.values["mix"][f"from_{bus}_kw"][0]) for bus in inputs]
    assert taken == pytest.approx([3, 2, 5])


def test_a_boiler_becomes_ready_for_hydrogen():
    """0.92 of 92 kW: 80 kW of gas and 20 of hydrogen burn, and the gas emits."""
    components = {
        "mix": {**BLEND, "inputs": {"gas": {}, "h2": {"max_share": 0.2}}},
        "gas": gas_at(0.1),
        "trucks": fuel_at("h2", 0.05),
        "boiler": {
            "kind": "boiler",
            "input_bus": "burner",
            "bus": "heat",
            "capacity": standing("kw", 100),
        },
        "process": load_of([92], "heat"),
    }
    buses = {name: BUSES[name] for name in ("h2", "burner")}
    plan = planned(microgrid(components, 1, buses=buses))
    assert plan.values["gas"]["supply_kw"] == pytest.approx([80])
    assert plan.values["trucks"]["supply_kw"] == pytest.approx([20])
    assert emitted(plan) == pytest.approx(0.2 * 80)


def test_size_limits_the_blend():
    inputs = {"gas": {}, "h2": {"max_share": 0.2}}
    bought = site(CHEAP_H2, [10, 40], inputs, capacity=option("kw", 100, 1.0))
    assert planned(bought).size("mix", "capacity").new == pytest.approx(40)
    with pytest.raises(InfeasibleError, match=r"buses\.burner: is short of up to 10"):
        planned(site(CHEAP_H2, [10, 40], inputs, capacity=standing("kw", 30)))


shares = st.integers(1, 100).map(lambda n: n / 100)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    share=shares,
    more=shares,
    price=st.lists(st.integers(0, 20), min_size=3, max_size=3),
)
def test_a_higher_share_is_never_dearer(share, more, price):
    prices = {"gas": 0.1, "h2": [p / 100 for p in price]}
    costs = [
        objective(site(prices, [10, 40, 5], {"gas": {}, "h2": {"max_share": most}}))
        for most in sorted((share, more))
    ]
    assert costs[1] <= costs[0] + 1e-9


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    most=shares,
    least=shares,
    price=st.lists(st.integers(0, 20), min_size=3, max_size=3),
)
def test_nothing_is_made_or_lost_and_shares_are_kept(most, least, price):
    names = ("gas", "h2", "wood")
    prices = {bus: p / 100 for bus, p in zip(names, price, strict=True)}
    inputs = {"gas": {}, "h2": {"max_share": most}, "wood": {"min_share": least}}
    flows = flows_of(planned(site(prices, [10, 40], inputs)), "mix")
    assert sum(flows.values()) == pytest.approx(np.zeros(2), abs=1e-6)
    assert flows["burner"] == pytest.approx([10, 40])
    assert (-flows["h2"] <= most * flows["burner"] + 1e-6).all()
    assert (-flows["wood"] >= least * flows["burner"] - 1e-6).all()


def test_key_figures():
    plan = planned(site(CHEAP_H2, [10, 40], {"gas": {}, "h2": {"max_share": 0.2}}))
    mix, inputs = plan.microgrid.components["mix"], recompute(plan).inputs["mix"]
    assert figures_of(plan, "mix") == pytest.approx(
        {"blend": 50.0, "share of gas": 0.8, "share of h2": 0.2}
    )
    idle = {name: np.zeros(2) for name in ("from_gas_kw", "from_h2_kw")}
    assert mix.indicators(inputs, idle) == []


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "at least one"),
        ({"burner": {}}, "one of its own inputs"),
        ({"gas": {"max_share": 0.5}, "h2": {"max_share": 0.4}}, "make 0.9"),
        ({"gas": {"min_share": 0.7}, "h2": {"min_share": 0.4}}, "make 1.1"),
        ({"gas": {"min_share": 0.5, "max_share": 0.4}}, "must not be above"),
        ({"gas": {}, "h2": {"max_share": 20.0}}, "max_share"),
    ],
)
def test_nonsense_is_refused(inputs, message):
    with pytest.raises(ValidationError, match=message):
        made(inputs)


def test_shares_that_make_one_but_for_rounding_are_fine():
    assert made({"gas": {"max_share": 0.1}, "h2": {"max_share": 0.9}})
    thirds = {bus: {"max_share": 1 / 3} for bus in ("gas", "h2", "wood")}
    assert made(thirds)


def test_names_its_buses():
    mix = made({"gas": {}, "h2": {}})
    gas, h2, burner = mix.connections()
    assert (gas.field, h2.field, burner.field) == ("inputs.gas", "inputs.h2", "bus")
    assert "electricity" not in gas.carriers
    assert (h2.use, burner.use) == ("draws", "feeds")

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    figures_of,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component
from verdigrid.results.recompute import recompute

#: Air at 400 K, from 2 to 1 bar: 0.75 x 400 (1 - 0.5^(0.4 / 1.4)) = 53.90 K colder.
GAS = {
    "heat_capacity_kj_per_kg_k": 1.005,
    "heat_capacity_ratio": 1.4,
    "inlet_temperature_c": 126.85,
    "inlet_pressure_bar": 2.0,
    "outlet_pressure_bar": 1.0,
}
EXPANDER = {
    "kind": "expander",
    "bus": "power",
    "capacity": standing("kw", 1000),
    "mass_flow_kg_per_s": 2.0,
    **GAS,
}
COOLED_K = 53.89939
POSSIBLE = 0.95 * 2 * 1.005 * COOLED_K


class TestExpander(ComponentHarness):
    kind = "expander"
    residuals = ("capacity limit", "gas limit")
    example: ClassVar = {
        "periods": 3,
        "components": {
            "turbine": {
                **EXPANDER,
                "mass_flow_kg_per_s": {"values": [1.0, 2.0, 0.5]},
                "capacity": option("kw", 90, 0.1),
                "om_cost_per_kwh": 0.01,
            },
            "grid": grid_at([0.1, 0.12, 0.09]),
            "plant": load_of([200, 200, 20]),
        },
    }
    variants: ClassVar = {
        "on or off": {"commitment": {**COMMITMENT, "part_load_efficiency": 0.8}},
    }

    def outside_kw(self, solution):
        return self.site().series["components.turbine.possible_kw"]


def site(load=(500,), **expander):
    components = {
        "turbine": {**EXPANDER, **expander},
        "grid": grid_at(0.1),
        "plant": load_of(load),
    }
    return microgrid(components, len(load))


def refused(message, **fields):
    with pytest.raises(ValidationError, match=message):
        Component.registry["expander"].model_validate({**EXPANDER, **fields})


def test_gas_gives_what_an_ideal_gas_can():
    plan = planned(site())
    assert plan.values["turbine"]["electricity_kw"] == pytest.approx([POSSIBLE])
    assert plan.objective == pytest.approx(0.1 * (500 - POSSIBLE))


def test_indicators_tell_how_cold_the_gas_gets():
    values = figures_of(planned(site((50,))), "turbine")
    assert values["outlet temperature"] == pytest.approx(126.85 - COOLED_K)
    assert values["used"] == pytest.approx(50 / POSSIBLE)


def test_size_and_what_is_needed_limit_it():
    plan = planned(site((500, 30), capacity=standing("kw", 60)))
    assert plan.values["turbine"]["electricity_kw"] == pytest.approx([60, 30])


def test_power_may_be_given_directly():
    state = dict.fromkeys(GAS)
    given = {"values": [20, 80]}
    plan = planned(site((50, 50), mass_flow_kg_per_s=None, available_kw=given, **state))
    assert plan.values["turbine"]["electricity_kw"] == pytest.approx([20, 50])
    assert "outlet temperature" not in figures_of(plan, "turbine")


def test_part_load_needs_more_gas_than_it_makes():
    """Half load at 0.8 of the efficiency needs 62.5 kW of gas for 50 kW.

    With 60 kW of gas a machine of 100 kW makes (60 - 25) / 0.75 = 46.7 kW, below its
    minimum load, and stands still.
    """
    commitment = {"min_load": 0.5, "part_load_efficiency": 0.8}
    state = dict.fromkeys(GAS)
    plan = planned(
        site(
            (100, 100, 100),
            mass_flow_kg_per_s=None,
            available_kw={"values": [60.0, 62.5, 85.0]},
            capacity=standing("kw", 100),
            commitment=commitment,
            **state,
        )
    )
    made = plan.values["turbine"]["electricity_kw"]
    assert made == pytest.approx([0, 50, 80], abs=1e-6)
    machine, inputs = plan.microgrid.components["turbine"], recompute(plan).inputs
    wrong = {**plan.values["turbine"], "electricity_kw": np.array([0.0, 60.0, 80.0])}
    off = machine.recompute(inputs["turbine"], wrong).residuals["gas limit"]
    assert off == pytest.approx([0, 0.75 * 60 + 25 - 62.5, 0])


@settings(max_examples=60, deadline=None)
@given(
    outlet=st.floats(0.05, 1.99),
    ratio=st.floats(1.05, 1.7),
    isentropic=st.floats(0.1, 0.95),
)
def test_entropy_never_falls(outlet, ratio, isentropic):
    """An ideal gas: T_2 / T_1 is at least (p_2 / p_1)^((k - 1) / k)."""
    fields = {
        **EXPANDER,
        "outlet_pressure_bar": outlet,
        "heat_capacity_ratio": ratio,
        "isentropic_efficiency": isentropic,
    }
    machine = Component.registry["expander"].model_validate(fields)
    behind = (400 - machine.cooled_k) / 400
    assert (outlet / 2) ** ((ratio - 1) / ratio) - 1e-12 <= behind < 1


def test_bad_input_is_refused():
    refused("below inlet_pressure_bar", outlet_pressure_bar=2.0)
    refused("below inlet_pressure_bar", outlet_pressure_bar=2.5)
    refused("one of two", available_kw=10.0)
    refused("one of two", mass_flow_kg_per_s=None)
    refused("needs heat_capacity_ratio", heat_capacity_ratio=None)
    refused("stands for", available_kw=10.0, mass_flow_kg_per_s=None)
    refused("greater than 1", heat_capacity_ratio=1.0)

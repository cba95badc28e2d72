from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    emitted,
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component

TURBINE = {
    "kind": "gas_turbine",
    "fuel_bus": "gas",
    "electricity_bus": "power",
    "capacity": standing("kw", 100),
    "heat_efficiency": {"heat": 0.5},
}


class TestGasTurbine(ComponentHarness):
    kind = "gas_turbine"
    residuals = ("capacity limit", "heat limit heat")
    example: ClassVar = {
        "periods": 3,
        "components": {
            "turbine": {
                **TURBINE,
                "capacity": option("kw", 100, 0.05),
                "om_cost_per_kwh": 0.01,
            },
            "gas": gas_at(0.04),
            "grid": grid_at([0.3, 0.2, 0.25]),
            "plant": load_of([30, 20, 10]),
            "process": load_of([8, 10, 6], "heat"),
            "neighbour": heat_at(0.1),
        },
    }
    variants: ClassVar = {
        "no dump": {"dump_heat": False},
        "on or off": {"commitment": COMMITMENT},
    }


def test_burns_by_its_own_efficiency():
    """37 kW of electricity take 100 kW of gas and could give 50 kW of heat."""
    components = {
        "turbine": TURBINE,
        "gas": gas_at(0.04),
        "plant": load_of([37]),
        "process": load_of([42], "heat"),
    }
    plan = planned(microgrid(components, 1))
    assert plan.values["gas"]["supply_kw"] == pytest.approx([100])
    assert plan.values["turbine"]["heat_heat_kw"] == pytest.approx([42])
    assert plan.objective == pytest.approx(0.04 * 100)
    assert emitted(plan) == pytest.approx(0.2 * 100)


@pytest.mark.parametrize(
    ("heat", "message"), [({}, "at least one"), ({"heat": 0.72}, "together at most 1")]
)
def test_laws_of_chp_hold(heat, message):
    with pytest.raises(ValidationError, match=message):
        Component.registry["gas_turbine"].model_validate(
            {**TURBINE, "heat_efficiency": heat}
        )


def test_burns_no_coal_and_feeds_what_chp_feeds():
    turbine = Component.registry["gas_turbine"].model_validate(TURBINE)
    fuel, power, heat = turbine.connections()
    assert "coal" not in fuel.carriers
    assert {"gas", "hydrogen", "fuel"} <= set(fuel.carriers)
    assert (fuel.node, power.node, heat.node) == ("gas", "power", "heat")

from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    emitted,
    gas_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component
from verdigrid.models.errors import InfeasibleError

BOILER = {"kind": "boiler", "input_bus": "gas", "bus": "heat", "efficiency": 0.8}


class TestBoiler(ComponentHarness):
    kind = "boiler"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "components": {
            "boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "capacity": option("kw", 100, 0.3),
                "om_cost_per_kwh": 0.004,
            },
            "gas": gas_at(0.05),
            "process": load_of([10, 40, 20], "heat"),
        },
    }
    variants: ClassVar = {
        "part of it stands, the rest at a fixed cost": {
            "capacity": {
                "existing_kw": 15.0,
                "max_kw": 100.0,
                "min_kw": 10.0,
                "capex_per_kw": 0.3,
                "capex_fixed": 7.0,
                "om_per_kw_year": 87.6,
            }
        },
        "on or off, as it stands": {
            "capacity": standing("kw", 50),
            "commitment": COMMITMENT,
        },
        "on or off, to be bought": {
            "capacity": option("kw", 100, 0.3, existing_kw=15.0),
            "commitment": COMMITMENT,
        },
    }


def site(load, **boiler):
    return microgrid(
        {
            "boiler": {**BOILER, **boiler},
            "gas": gas_at(0.05),
            "process": load_of(load, "heat"),
        },
        len(load),
    )


def test_burns_heat_over_efficiency():
    plan = planned(site([10, 40], capacity=standing("kw", 100)))
    assert plan.values["gas"]["supply_kw"] == pytest.approx([12.5, 50])
    assert plan.objective == pytest.approx(0.05 * 62.5)
    assert emitted(plan) == pytest.approx(0.2 * 62.5)


def test_size_is_the_highest_output():
    plan = planned(site([10, 40], capacity=option("kw", 100, 2.0)))
    assert plan.size("boiler", "capacity").new == pytest.approx(40)
    assert plan.objective == pytest.approx(0.05 * 62.5 + 2.0 * 40)


def test_variable_cost_is_per_kwh_of_heat():
    plan = planned(site([10, 40], capacity=standing("kw", 50), om_cost_per_kwh=0.01))
    assert plan.objective == pytest.approx(0.05 * 62.5 + 0.01 * 50)


def test_fixed_cost_and_smallest_purchase():
    """Only 12 kW are needed, 20 the least that can be bought."""
    small = option("kw", 100, 2.0, min_kw=20.0, capex_fixed=100.0)
    plan = planned(site([10, 12], capacity=small))
    assert plan.size("boiler", "capacity").new == pytest.approx(20)
    assert plan.objective == pytest.approx(0.05 * 22 / 0.8 + 2.0 * 20 + 100)


def test_too_small_a_boiler_is_infeasible():
    with pytest.raises(
        InfeasibleError, match=r"buses\.heat: is short of up to 10\.0 kW"
    ):
        planned(site([10, 40], capacity=standing("kw", 30)))


def test_condensing_boiler_may_exceed_the_lower_heating_value():
    model = Component.registry["boiler"]
    fields = {**BOILER, "capacity": standing("kw", 10)}
    assert model.model_validate({**fields, "efficiency": 1.05}).efficiency == 1.05
    with pytest.raises(ValidationError, match="efficiency"):
        model.model_validate({**fields, "efficiency": 1.1})

from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    emitted,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component
from verdigrid.models.errors import InfeasibleError

#: 100 kW, 40 % electricity, 50 % heat.
CHP = {
    "kind": "chp",
    "fuel_bus": "gas",
    "electricity_bus": "power",
    "capacity": standing("kw", 100),
    "electric_efficiency": 0.4,
    "heat_efficiency": {"heat": 0.5},
}


class TestChp(ComponentHarness):
    kind = "chp"
    residuals = ("capacity limit", "heat limit heat", "heat limit warm")
    example: ClassVar = {
        "periods": 3,
        "buses": {"warm": {"carrier": "heat", "temperature_c": 45.0}},
        "components": {
            "engine": {
                **CHP,
                "capacity": option("kw", 100, 0.05),
                "heat_efficiency": {"heat": 0.25, "warm": 0.15},
                "om_cost_per_kwh": 0.01,
            },
            "gas": gas_at(0.04),
            "grid": grid_at([0.3, 0.2, 0.25]),
            "plant": load_of([30, 20, 10]),
            "process": load_of([8, 10, 6], "heat"),
            "offices": load_of([1, 0, 2], "warm"),
            "neighbour": gas_at(0.1, bus="heat", scope=2),
            "second": gas_at(0.1, bus="warm", scope=2),
        },
    }
    variants: ClassVar = {
        "no dump": {"dump_heat": False, "heat_efficiency": {"heat": 0.5}},
        "on or off": {"commitment": COMMITMENT},
    }


def site(power, heat, buses=None, extra=None, **chp):
    components = {
        "engine": {**CHP, **chp},
        "gas": gas_at(0.04),
        "grid": grid_at(0.3, tariff={"export_price_per_kwh": 0.02}),
        "plant": load_of(power),
        "process": load_of(heat, "heat"),
        **(extra or {}),
    }
    return microgrid(components, len(power), buses=buses)


def test_fuel_follows_electricity_and_spare_heat_is_dumped():
    """40 kW need 100 kW of gas and could give 50 kW of heat; 20 are used."""
    plan = planned(site([40], [20]))
    assert plan.values["engine"]["electricity_kw"] == pytest.approx([40])
    assert plan.values["engine"]["heat_heat_kw"] == pytest.approx([20])
    assert plan.objective == pytest.approx(0.04 * 100)
    assert emitted(plan) == pytest.approx(0.2 * 100)


def test_heat_ratio_is_fixed_without_a_dump():
    """20 kW of heat come with 16 kW of electricity; the grid gives the other 24."""
    plan = planned(site([40], [20], dump_heat=False))
    assert plan.values["engine"]["electricity_kw"] == pytest.approx([16])
    assert plan.objective == pytest.approx(0.04 * 40 + 0.3 * 24)


def test_heat_demand_may_force_export():
    """50 kW of heat make 40 kW, of which 10 are used and 30 are sold at 0.02."""
    plan = planned(site([10], [50]))
    assert plan.values["grid"]["export_kw"] == pytest.approx([30])
    assert plan.objective == pytest.approx(0.04 * 100 - 0.02 * 30)


def test_heat_above_the_ratio_can_not_be_had():
    with pytest.raises(InfeasibleError, match=r"buses\.heat: is short of"):
        planned(site([10], [126]))


def test_two_heat_buses_share_the_fuel_not_each_other():
    """Jacket heat does not serve the steam bus, although some of it is left."""
    plan = planned(
        site(
            [40],
            [30],
            buses={"warm": {"carrier": "heat", "temperature_c": 45.0}},
            extra={
                "offices": load_of([5], "warm"),
                "steam": gas_at(0.5, bus="heat", scope=2),
            },
            heat_efficiency={"heat": 0.25, "warm": 0.2},
            capacity=standing("kw", 40),
        )
    )
    assert plan.values["engine"]["heat_heat_kw"] == pytest.approx([25])
    assert plan.values["engine"]["heat_warm_kw"] == pytest.approx([5])
    assert plan.objective == pytest.approx(0.04 * 100 + 0.5 * 5)


def test_two_heat_buses_without_a_dump_both_take_all():
    warm = {"warm": {"carrier": "heat", "temperature_c": 45.0, "allow_surplus": True}}
    plan = planned(
        site(
            [40],
            [10],
            buses=warm,
            extra={"offices": load_of([1], "warm")},
            heat_efficiency={"heat": 0.25, "warm": 0.2},
            dump_heat=False,
        )
    )
    assert plan.values["engine"]["electricity_kw"] == pytest.approx([16])
    assert plan.objective == pytest.approx(0.04 * 40 + 0.3 * 24)


def test_variable_cost_is_per_kwh_of_electricity():
    plan = planned(site([40], [20], om_cost_per_kwh=0.05))
    assert plan.objective == pytest.approx(0.04 * 100 + 0.05 * 40)


def test_size_is_electric():
    plan = planned(site([40], [20], capacity=option("kw", 100, 0.1)))
    assert plan.size("engine", "capacity").new == pytest.approx(40)
    assert plan.objective == pytest.approx(0.04 * 100 + 0.1 * 40)


@pytest.mark.parametrize(
    ("heat", "message"),
    [
        ({"heat": 0.7}, "together at most 1"),
        ({}, "at least one"),
        ({"heat": 0.0}, "above 0"),
    ],
)
def test_more_than_the_fuel_is_refused(heat, message):
    with pytest.raises(ValidationError, match=message):
        Component.registry["chp"].model_validate({**CHP, "heat_efficiency": heat})

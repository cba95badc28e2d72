from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    emitted,
    figures_of,
    flows_of,
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
        "extraction": {"power_loss_per_heat": {"heat": 0.2}},
        "extraction, part load": {
            "power_loss_per_heat": {"heat": 0.2, "warm": 0.1},
            "commitment": {"min_load": 0.4, "part_load_efficiency": 0.8},
        },
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


# -- extraction: heat at the price of electricity -------------------------------------

#: 40 kW of electricity or 20 kW of heat, which cost 4 kW of it; 100 kW of fuel.
TURBINE = {"capacity": standing("kw", 40), "power_loss_per_heat": {"heat": 0.2}}


@pytest.mark.parametrize(
    ("price", "heat", "bought"), [(0.061, 20, 4), (0.059, 0, 0)], ids=["pays", "not"]
)
def test_extracted_heat_costs_electricity(price, heat, bought):
    """A kW of heat loses 0.2 kW, at 0.3: worth it above a heat price of 0.06."""
    neighbour = {"neighbour": gas_at(price, bus="heat", scope=2)}
    plan = planned(site([40], [20], extra=neighbour, **TURBINE))
    assert plan.values["engine"]["electricity_kw"] == pytest.approx([40])
    assert plan.values["engine"]["heat_heat_kw"] == pytest.approx([heat])
    assert plan.values["grid"]["import_kw"] == pytest.approx([bought])
    assert plan.objective == pytest.approx(
        0.04 * 100 + 0.3 * bought + price * (20 - heat)
    )


def test_extraction_is_within_the_fuel():
    """All heat, 50 kW of 100 kW of fuel, loses 10 of 40 kW."""
    neighbour = {"neighbour": gas_at(1.0, bus="heat", scope=2)}
    plan = planned(site([40], [60], extra=neighbour, **TURBINE))
    assert plan.values["engine"]["heat_heat_kw"] == pytest.approx([50])
    assert plan.values["grid"]["import_kw"] == pytest.approx([10])
    assert flows_of(plan, "engine") == {
        "gas": pytest.approx([-100]),
        "power": pytest.approx([30]),
        "heat": pytest.approx([50]),
    }


def test_each_bus_has_its_own_loss():
    """10 kW of steam lose 2.5 kW and 10 kW of warm water 1 kW."""
    plan = planned(
        site(
            [40],
            [10],
            buses={"warm": {"carrier": "heat", "temperature_c": 45.0}},
            extra={"offices": load_of([10], "warm")},
            capacity=standing("kw", 40),
            heat_efficiency={"heat": 0.3, "warm": 0.3},
            power_loss_per_heat={"heat": 0.25, "warm": 0.1},
        )
    )
    assert plan.values["grid"]["import_kw"] == pytest.approx([3.5])


def test_indicators_of_an_extraction_turbine_count_what_is_delivered():
    """36 kW of electricity and 20 of 50 kW of heat from 100 kW of fuel."""
    neighbour = {"neighbour": gas_at(0.5, bus="heat", scope=2)}
    plan = planned(site([36], [20], extra=neighbour, **TURBINE))
    values = figures_of(plan, "engine")
    assert values["electricity"] == pytest.approx(40)
    assert values["fuel use"] == pytest.approx(0.56)
    assert values["heat dumped"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"power_loss_per_heat": {"warm": 0.2}}, "without heat_efficiency"),
        ({"power_loss_per_heat": {"heat": 1.0}}, "from 0 to below 1"),
        ({"power_loss_per_heat": {"heat": -0.1}}, "from 0 to below 1"),
        (
            {"power_loss_per_heat": {"heat": 0.2}, "dump_heat": False},
            "dump_heat: true",
        ),
        (
            {
                "electric_efficiency": 0.2,
                "heat_efficiency": {"heat": 0.8},
                "power_loss_per_heat": {"heat": 0.3},
            },
            "more power than is made",
        ),
    ],
)
def test_impossible_extraction_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Component.registry["chp"].model_validate({**CHP, **fields})


def test_extraction_is_within_the_first_law():
    """What is lost as electricity came as heat: 0.4 + 0.8 x (1 - 0.2) = 1.04."""
    model = Component.registry["chp"]
    fields = {**CHP, "heat_efficiency": {"heat": 0.8}}
    assert model.model_validate({**fields, "power_loss_per_heat": {"heat": 0.2}})
    with pytest.raises(ValidationError, match="together at most 1"):
        model.model_validate({**fields, "power_loss_per_heat": {"heat": 0.1}})

from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    emitted,
    figures_of,
    flows_of,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component

BUSES = {"h2": {"carrier": "hydrogen"}}
CELL = {
    "kind": "fuel_cell",
    "fuel_bus": "h2",
    "electricity_bus": "power",
    "capacity": standing("kw", 100),
}
TRUCKS = {
    "kind": "fuel_supply",
    "bus": "h2",
    "price_per_kwh": 0.1,
    "emissions_kg_per_kwh": 0.0,
}


class TestFuelCell(ComponentHarness):
    kind = "fuel_cell"
    residuals = ("capacity limit", "heat limit heat")
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "cell": {
                **CELL,
                "heat_efficiency": {"heat": 0.4},
                "capacity": option("kw", 100, 0.02),
                "om_cost_per_kwh": 0.01,
            },
            "trucks": TRUCKS,
            "grid": grid_at([0.3, 0.2, 0.25]),
            "plant": load_of([30, 20, 10]),
            "process": load_of([8, 20, 6], "heat"),
            "neighbour": heat_at(0.1),
        },
    }
    variants: ClassVar = {
        "no heat": {"heat_efficiency": {}},
        "no dump": {"dump_heat": False},
        "on or off": {"commitment": COMMITMENT},
    }


def site(power, heat, **cell):
    components = {
        "cell": {**CELL, **cell},
        "trucks": TRUCKS,
        "grid": grid_at(0.5),
        "plant": load_of(power),
        "process": load_of(heat, "heat"),
        "district": heat_at(0.05),
    }
    return microgrid(components, len(power), buses=BUSES)


def made(**fields):
    return Component.registry["fuel_cell"].model_validate({**CELL, **fields})


def test_half_of_the_hydrogen_becomes_electricity_two_fifths_heat():
    """20 kW take 40 kW of hydrogen and give 16 kW of heat, of which 10 are used."""
    plan = planned(site([20], [10], heat_efficiency={"heat": 0.4}))
    assert plan.values["trucks"]["supply_kw"] == pytest.approx([40])
    assert plan.values["cell"]["heat_heat_kw"] == pytest.approx([10])
    assert plan.objective == pytest.approx(0.1 * 40)
    assert emitted(plan) == pytest.approx(0)
    assert figures_of(plan, "cell") == pytest.approx(
        {
            "electricity": 20,
            "full-load hours": 0.2,
            "heat used": 10,
            "fuel use": 0.75,
            "heat dumped": 1 - 10 / 16,
        }
    )


def test_heat_may_be_left_out():
    plan = planned(site([20], [10]))
    assert plan.objective == pytest.approx(0.1 * 40 + 0.05 * 10)
    assert set(flows_of(plan, "cell")) == {"h2", "power"}
    assert figures_of(plan, "cell") == pytest.approx(
        {"electricity": 20, "full-load hours": 0.2}
    )


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    electric=st.integers(20, 70).map(lambda n: n / 100),
    heat=st.integers(1, 80).map(lambda n: n / 100),
    need=st.lists(st.integers(0, 60), min_size=2, max_size=2),
)
def test_first_law(electric, heat, need):
    shares = {"electric_efficiency": electric, "heat_efficiency": {"heat": heat}}
    if electric + heat > 1.08:
        with pytest.raises(ValidationError, match="together at most 1"):
            made(**shares)
        return
    flows = flows_of(planned(site([20, 40], need, **shares)), "cell")
    higher = 1.182  # what condensing adds to the lower heating value of hydrogen
    assert (flows["power"] + flows["heat"] <= -flows["h2"] * higher + 1e-9).all()


def test_takes_hydrogen_only():
    fuel = made().connections()[0]
    assert (fuel.node, fuel.carriers, fuel.use) == ("h2", ("hydrogen",), "draws")


def test_heat_bus_hotter_than_the_stack_is_refused():
    steam = {"steam": {"carrier": "heat", "temperature_c": 150.0}}
    nodes = microgrid({"process": load_of([1], "steam")}, 1, buses=steam).nodes
    (problem,) = made(heat_efficiency={"heat": 0.2, "steam": 0.2}).problems(nodes)
    assert (problem.path, problem.got) == ("heat_efficiency.steam", "150 C")
    hotter = made(heat_efficiency={"steam": 0.4}, heat_temperature_c=180.0)
    assert not hotter.problems(nodes)

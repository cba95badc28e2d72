from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
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
from verdigrid.models.components.electrolyser import HIGHER_PER_LOWER
from verdigrid.models.errors import InfeasibleError

H2 = {"h2": {"carrier": "hydrogen"}}
ELECTROLYSER = {
    "kind": "electrolyser",
    "electricity_bus": "power",
    "bus": "h2",
    "capacity": standing("kw", 100),
}


class TestElectrolyser(ComponentHarness):
    kind = "electrolyser"
    residuals = ("capacity limit", "heat limit heat")
    example: ClassVar = {
        "periods": 3,
        "buses": H2,
        "components": {
            "stack": {
                **ELECTROLYSER,
                "heat_bus": "heat",
                "capacity": option("kw", 100, 0.01),
                "degradation_per_year": 0.01,
                "om_cost_per_kwh": 0.002,
            },
            "grid": grid_at([0.1, 0.2, 0.15]),
            "trucks": {
                "kind": "fuel_supply",
                "bus": "h2",
                "price_per_kwh": 0.3,
                "emissions_kg_per_kwh": 0.0,
            },
            "kiln": load_of([10, 40, 20], "h2"),
            "neighbour": heat_at(0.05),
            "process": load_of([10, 10, 3], "heat"),
        },
    }
    variants: ClassVar = {
        "no heat": {"heat_bus": None, "degradation_per_year": 0.0},
        "on or off": {
            "commitment": {**COMMITMENT, "part_load_efficiency": 0.9},
            "efficiency": 0.5,
            "heat_efficiency": 0.2,
            "degradation_per_year": 0.0,
        },
    }


def site(hydrogen, heat=None, **electrolyser):
    components = {
        "stack": {**ELECTROLYSER, "efficiency": 0.5, **electrolyser},
        "grid": grid_at(0.1),
        "kiln": load_of(hydrogen, "h2"),
    }
    if heat is not None:
        components["process"] = load_of(heat, "heat")
        components["district"] = heat_at(0.05)
    return microgrid(components, len(hydrogen), buses=H2)


def made(**fields):
    return Component.registry["electrolyser"].model_validate({**ELECTROLYSER, **fields})


def test_electricity_is_hydrogen_over_efficiency():
    plan = planned(site([10, 40]))
    assert plan.values["grid"]["import_kw"] == pytest.approx([20, 80])
    assert plan.objective == pytest.approx(0.1 * 100)


def test_heat_of_the_stacks_is_used_and_the_rest_dumped():
    """20 kW of electricity give 4 kW of heat, 80 kW 16: of 10 needed, 6 are bought."""
    plan = planned(site([10, 40], [10, 10], heat_bus="heat", heat_efficiency=0.2))
    assert plan.values["stack"]["heat_kw"] == pytest.approx([4, 10])
    assert plan.objective == pytest.approx(0.1 * 100 + 0.05 * 6)


def test_size_counts_electricity():
    assert planned(site([50])).values["stack"]["hydrogen_kw"] == pytest.approx([50])
    with pytest.raises(InfeasibleError, match=r"buses\.h2: is short"):
        planned(site([51]))
    bought = planned(site([30], capacity=option("kw", 100, 0.1)))
    assert bought.size("stack", "capacity").new == pytest.approx(60)


def test_variable_cost_is_per_kwh_of_hydrogen():
    plan = planned(site([10, 40], om_cost_per_kwh=0.01))
    assert plan.objective == pytest.approx(0.1 * 100 + 0.01 * 50)


def test_worn_stacks_count_with_their_mean():
    """5 years at 2 % a year: 100, 98, 96, 94, 92 % of 0.5, in the mean 0.48."""
    worn = {"degradation_per_year": 0.02, "degradation_years": 5.0}
    assert made(efficiency=0.5, **worn).mean_efficiency == pytest.approx(0.48)
    plan = planned(site([12, 24], **worn))
    assert plan.values["grid"]["import_kw"] == pytest.approx([25, 50])
    with pytest.raises(InfeasibleError):  # 100 kW make 48, no longer 50
        planned(site([49], **worn))


def test_stacks_last_as_long_as_the_plant_if_nothing_else_is_said():
    """25 years by default: 1 - 0.01 x 24 / 2; 11 years: 1 - 0.01 x 10 / 2."""
    worn = {"efficiency": 0.5, "degradation_per_year": 0.01}
    assert made(**worn).mean_efficiency == pytest.approx(0.5 * 0.88)
    short = {**standing("kw", 100), "lifetime_years": 11.0}
    assert made(**worn, capacity=short).mean_efficiency == pytest.approx(0.5 * 0.95)
    assert made(efficiency=0.5).mean_efficiency == pytest.approx(0.5)


def test_smallest_load_counts_electricity_too():
    """Of 100 kW it takes 40 at least, and makes 20 kW of hydrogen; 5 are too little."""
    running = {"commitment": {"min_load": 0.4}}
    assert planned(site([20, 0], **running)).objective == pytest.approx(0.1 * 40)
    with pytest.raises(InfeasibleError):
        planned(site([5, 0], **running))


def test_part_load_takes_more_electricity():
    """At 40 kW rated, 20 kW of hydrogen, the efficiency is 0.5 x 0.8."""
    partly = {"commitment": {"min_load": 0.4, "part_load_efficiency": 0.8}}
    plan = planned(
        site([20, 50], [9, 15], heat_bus="heat", heat_efficiency=0.2, **partly)
    )
    assert plan.values["grid"]["import_kw"] == pytest.approx([50, 100])
    assert plan.values["stack"]["heat_kw"] == pytest.approx([9, 15])
    # halfway from 20 to 50 kW of hydrogen it is halfway from 50 to 100 kW
    line = planned(site([35, 50], **partly))
    assert line.values["grid"]["import_kw"] == pytest.approx([75, 100])


def test_key_figures():
    """33.33 kWh at 0.5 are a kilogram for 66.66 kWh."""
    plan = planned(site([20, 13.33], [4, 100], heat_bus="heat", heat_efficiency=0.2))
    assert figures_of(plan, "stack") == pytest.approx(
        {
            "hydrogen": 33.33,
            "full-load hours": 0.6666,
            "hydrogen mass": 1.0,
            "specific consumption": 66.66,
            "heat used": 4 + 0.2 * 26.66,
        }
    )


def test_key_figures_of_a_year_at_rest():
    assert figures_of(planned(site([0, 0])), "stack") == {
        "hydrogen": 0.0,
        "full-load hours": 0.0,
        "hydrogen mass": 0.0,
    }


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    efficiency=st.integers(30, 80).map(lambda n: n / 100),
    share=st.integers(0, 50).map(lambda n: n / 100),
    wear=st.integers(0, 3).map(lambda n: n / 100),
    heat=st.lists(st.integers(0, 60), min_size=2, max_size=2),
)
def test_first_law(efficiency, share, wear, heat):
    """Refused, or no more hydrogen (higher heating value) and heat than electricity."""
    fields = {
        "efficiency": efficiency,
        "heat_efficiency": share,
        "degradation_per_year": wear,
        "degradation_years": 10.0,
        "heat_bus": "heat",
        "capacity": standing("kw", 200),
    }
    if efficiency * HIGHER_PER_LOWER + share > 1:
        with pytest.raises(ValidationError, match="together at most 1"):
            made(**fields)
        return
    plan = planned(site([20, 10], heat, **fields))
    flows = flows_of(plan, "stack")
    given_off = flows["h2"] * HIGHER_PER_LOWER + flows["heat"]
    assert (given_off <= -flows["power"] * (1 + 1e-9)).all()


def test_more_than_the_electricity_is_refused():
    made(efficiency=0.84, heat_efficiency=0.24)  # nobody takes the heat
    with pytest.raises(ValidationError, match=r"together at most 1; they make 1\.2"):
        made(efficiency=0.84, heat_efficiency=0.24, heat_bus="heat")
    with pytest.raises(ValidationError, match="together at most 1"):
        made(efficiency=0.86)


def test_wear_that_leaves_nothing_is_refused():
    with pytest.raises(ValidationError, match="degradation_years"):
        made(degradation_per_year=0.05)
    assert made(degradation_per_year=0.05, degradation_years=10.0)


def test_heat_bus_hotter_than_the_stacks_is_refused():
    steam = {"steam": {"carrier": "heat", "temperature_c": 150.0}}
    nodes = microgrid({"process": load_of([1], "steam")}, 1, buses=steam).nodes
    (problem,) = made(heat_bus="steam").problems(nodes)
    assert problem.path == "heat_bus"
    assert "150 C" in problem.got
    assert "heat_pump" in problem.hint
    assert not made(heat_bus="heat").problems(nodes)
    assert not made().problems(nodes)
    assert not made(heat_bus="steam", heat_temperature_c=200.0).problems(nodes)


def test_only_hydrogen_comes_out():
    bus = next(c for c in made().connections() if c.field == "bus")
    assert (bus.carriers, bus.use) == (("hydrogen",), "feeds")

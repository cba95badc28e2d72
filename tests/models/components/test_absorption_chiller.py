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
    flows_of,
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

BUSES = {
    "chilled": {"carrier": "cooling", "temperature_c": 7.0},
    "brine": {"carrier": "cooling", "temperature_c": 4.9},
    "plain": {"carrier": "cooling"},
    "water": {"carrier": "heat", "temperature_c": 95.0},
    "steam": {"carrier": "heat", "temperature_c": 150.0},
}
CHILLER = {
    "kind": "absorption_chiller",
    "source": "water",
    "electricity_bus": "power",
    "bus": "chilled",
    "capacity": standing("kw", 1000),
}
STREAM = {
    "kind": "waste_heat",
    "temperature_c": 120.0,
    "outlet_temperature_c": 40.0,
    "profile": 100.0,
}


class TestAbsorptionChiller(ComponentHarness):
    kind = "absorption_chiller"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "chiller": {
                **CHILLER,
                "source": "flue_gas",
                "capacity": option("kw", 100, 0.005),
                "om_cost_per_kwh": 0.001,
            },
            "flue_gas": {**STREAM, "profile": {"values": [60, 100, 150]}},
            "grid": grid_at([0.1, 0.12, 0.09]),
            "district": gas_at(0.08, bus="chilled"),
            "halls": load_of([30, 60, 40], "chilled"),
        },
    }
    variants: ClassVar = {
        "double effect from a bus": {"source": "steam", "effect": "double"},
        "on or off": {"commitment": {**COMMITMENT, "part_load_efficiency": 0.9}},
    }

    def test_creates_no_energy(self) -> None:
        """Cooling is heat that comes from the cooling bus."""
        flows = flows_of(self.plan(), self.name)
        assert np.max(-2 * flows["chilled"] + sum(flows.values())) < 1e-6


def site(load=(74,), extra=None, **chiller):
    components = {
        "chiller": {**CHILLER, **chiller},
        "boiler": heat_at(0.02, bus="water"),
        "steam_boiler": heat_at(0.03, bus="steam"),
        "grid": grid_at(0.1),
        "district": gas_at(1.0, bus="chilled"),
        "halls": load_of(load, "chilled"),
        **(extra or {}),
    }
    return microgrid(components, len(load), buses=BUSES)


def problems_of(**chiller):
    parts = {"chiller": {**CHILLER, **chiller}, "flue_gas": STREAM}
    grid = microgrid(parts, 1, buses=BUSES)
    return grid.components["chiller"].problems(grid.nodes)


def test_hot_water_makes_three_quarters_of_its_heat_into_cooling():
    plan = planned(site())
    assert plan.values["boiler"]["supply_kw"] == pytest.approx([100])
    assert plan.values["grid"]["import_kw"] == pytest.approx([0.071 * 74])
    assert plan.objective == pytest.approx(0.02 * 100 + 0.1 * 0.071 * 74)


def test_steam_drives_twice():
    plan = planned(site((142,), source="steam", effect="double"))
    assert plan.values["steam_boiler"]["supply_kw"] == pytest.approx([100])


def test_stream_is_cooled_to_the_drive_temperature():
    """To 80 C it is half of 120 to 40 C: 50 kW make 37 kW; to 100 C, 18.5 kW."""
    own = {"source": "flue_gas", "extra": {"flue_gas": STREAM}}
    plan = planned(site(**own))
    assert plan.values["chiller"]["cooling_kw"] == pytest.approx([37])
    assert plan.values["flue_gas"]["rejected_kw"] == pytest.approx([50])
    hotter = planned(site(**own, drive_temperature_c=100.0))
    assert hotter.values["chiller"]["cooling_kw"] == pytest.approx([18.5])


def test_size_is_cooling_and_indicators_tell_the_cop():
    plan = planned(site(cop=0.5, capacity=standing("kw", 20)))
    assert plan.values["chiller"]["cooling_kw"] == pytest.approx([20])
    figures = figures_of(plan, "chiller")
    assert figures["heat taken"] == pytest.approx(40)
    assert figures["mean COP"] == pytest.approx(0.5)


@settings(max_examples=60, deadline=None)
@given(
    effect=st.sampled_from(["single", "double"]),
    rejected_c=st.floats(20.0, 38.0),
    bus_c=st.floats(5.0, 15.0),
)
def test_defaults_keep_the_second_law(effect, rejected_c, bus_c):
    """An engine from the drive to the tower that drives a chiller, both ideal."""
    machine = Component.registry["absorption_chiller"].model_validate(
        {**CHILLER, "effect": effect}
    )
    hot, tower, cold = (t + 273.15 for t in (machine.drive_c, rejected_c, bus_c))
    ideal = (1 - tower / hot) * cold / (tower - cold)
    assert machine.used_cop < ideal


# -- what is refused ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({}, None),
        ({"effect": "double"}, "source"),
        ({"effect": "double", "source": "steam"}, None),
        ({"drive_temperature_c": 95.1}, "source"),
        ({"source": "flue_gas"}, None),
        ({"source": "flue_gas", "effect": "double"}, "source"),
        ({"bus": "brine"}, "bus"),
        ({"bus": "plain"}, "bus"),
    ],
)
def test_heat_must_be_hot_and_water_not_freeze(fields, path):
    found = problems_of(**fields)
    assert [p.path for p in found] == ([] if path is None else [path])
    if path == "bus":
        assert "freeze" in found[0].hint


@pytest.mark.parametrize(("effect", "cop"), [("single", 1.0), ("double", 2.0)])
def test_each_effect_evaporates_once(effect, cop):
    fields = {**CHILLER, "effect": effect}
    model = Component.registry["absorption_chiller"]
    with pytest.raises(ValidationError, match=r"below 1|less than 2"):
        model.model_validate({**fields, "cop": cop})
    assert model.model_validate({**fields, "cop": cop - 0.01}).used_cop == cop - 0.01

import builtins
import importlib
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
from verdigrid.models.components.steam_turbine import expansion, saturation_c, water
from verdigrid.models.errors import InputError

pytest.importorskip("CoolProp", reason="pip install CoolProp")

BUSES = {
    "high": {"carrier": "heat", "temperature_c": 400.0},
    "low": {"carrier": "heat", "temperature_c": 130.0},
}
TURBINE = {
    "kind": "steam_turbine",
    "inlet_bus": "high",
    "outlet_bus": "low",
    "electricity_bus": "power",
    "capacity": standing("kw", 1000),
}
GIVEN = {**TURBINE, "electricity_per_steam": 0.19}
PRESSURES = {
    **TURBINE,
    "inlet_pressure_bar": 40.0,
    "outlet_pressure_bar": 3.0,
    "isentropic_efficiency": 0.75,
}


class TestSteamTurbine(ComponentHarness):
    kind = "steam_turbine"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "turbine": {**PRESSURES, "capacity": option("kw", 30, 0.05)},
            "boiler": heat_at(0.03, bus="high"),
            "neighbour": heat_at(0.06, bus="low"),
            "dryer": load_of([80, 160, 240], "low"),
            "grid": grid_at([0.1, 0.12, 0.09]),
            "plant": load_of([30, 30, 30]),
        },
    }
    variants: ClassVar = {
        "given": {
            "electricity_per_steam": 0.19,
            "inlet_pressure_bar": None,
            "outlet_pressure_bar": None,
        },
        "on or off": {"commitment": {**COMMITMENT, "part_load_efficiency": 0.9}},
    }


def site(load=(81,), **turbine):
    components = {
        "turbine": {**turbine},
        "boiler": heat_at(0.03, bus="high"),
        "dryer": load_of(load, "low"),
        "neighbour": heat_at(0.5, bus="low"),
        "grid": grid_at(0.1),
        "plant": load_of([100] * len(load)),
    }
    return microgrid(components, len(load), buses=BUSES)


def ratio_of(grid):
    return grid.series["components.turbine.used_electricity_per_steam"][0]


def refused(message, **fields):
    with pytest.raises(ValidationError, match=message):
        Component.registry["steam_turbine"].model_validate({**TURBINE, **fields})


# -- steam against published tables -------------------------------------------------
# Y. A. Cengel, M. A. Boles, Thermodynamics, 8th edition, 2015, tables A-4 to A-6.


@pytest.mark.parametrize(
    ("pressure_bar", "table_c"), [(1, 99.61), (3, 133.52), (10, 179.88), (40, 250.35)]
)
def test_saturation_is_that_of_the_tables(pressure_bar, table_c):
    assert saturation_c(pressure_bar) == pytest.approx(table_c, abs=0.01)


@pytest.mark.parametrize(
    ("state", "enthalpy", "entropy"),
    [
        (("P", 40e5, "T", 400 + 273.15), 3214.5, 6.7714),
        (("P", 10e5, "Q", 1), 2777.1, 6.5850),
        (("P", 3e5, "Q", 0), 561.43, 1.6717),
        (("P", 3e5, "Q", 1), 2724.9, 6.9917),
        (("T", 105 + 273.15, "Q", 0), 440.28, 1.3634),
    ],
)
def test_enthalpy_and_entropy_are_those_of_the_tables(state, enthalpy, entropy):
    assert water("H", *state) / 1e3 == pytest.approx(enthalpy, abs=0.4)
    assert water("S", *state) / 1e3 == pytest.approx(entropy, abs=1e-3)


def test_expansion_from_40_to_3_bar_by_hand():
    """From the tables: steam share (6.7714 - 1.6717) / 5.3200 = 0.95859 at 3 bar,
    561.43 + 0.95859 x 2163.5 = 2635.3; 0.75 of the drop is 434.4 kJ/kg."""
    steam = expansion(40.0, 400.0, 3.0, 0.75)
    assert steam.inlet - steam.outlet == pytest.approx(434.4, rel=2e-4)
    assert ratio_of(site(**PRESSURES)) == pytest.approx(
        0.95 * 434.4 / (3214.5 - 440.28), rel=3e-4
    )


def test_saturated_steam_ends_wet():
    """10 to 2 bar: (6.5850 - 1.5302) / 5.5968 = 0.90316; 504.71 + 0.90316 x 2201.6."""
    steam = expansion(10.0, 179.9, 2.0, 1.0)
    assert steam.inlet - steam.outlet == pytest.approx(2777.1 - 2493.1, rel=3e-3)
    assert steam.outlet_c == pytest.approx(120.21, abs=0.01)


# -- the plan -----------------------------------------------------------------------


def test_outlet_heat_is_what_the_generator_leaves():
    """100 kW of steam give 19 kW; the shaft takes 19 / 0.95 = 20, so 80 are left."""
    plan = planned(site((80,), **GIVEN))
    assert plan.values["turbine"]["electricity_kw"] == pytest.approx([19])
    assert plan.values["boiler"]["supply_kw"] == pytest.approx([100])
    assert plan.objective == pytest.approx(0.03 * 100 + 0.1 * 81)


def test_size_is_electric():
    """9.5 kW let 50 kW of steam through; 40 of 80 kW come from the neighbour."""
    plan = planned(site((80,), **{**GIVEN, "capacity": standing("kw", 9.5)}))
    assert plan.values["turbine"]["electricity_kw"] == pytest.approx([9.5])
    assert plan.values["neighbour"]["supply_kw"] == pytest.approx([40])


def test_part_load_takes_more_steam_and_passes_on_more():
    """Half of 38 kW at 0.8 of the efficiency: 19 / (0.19 x 0.8) = 125 kW of steam."""
    commitment = {"min_load": 0.5, "part_load_efficiency": 0.8}
    size = standing("kw", 38)
    plan = planned(site((105,), **{**GIVEN, "capacity": size}, commitment=commitment))
    assert flows_of(plan, "turbine") == {
        "high": pytest.approx([-125]),
        "low": pytest.approx([105]),
        "power": pytest.approx([19]),
    }


def test_indicators_tell_steam_and_electricity():
    values = figures_of(planned(site((80,), **GIVEN)), "turbine")
    assert values["steam taken"] == pytest.approx(100)
    assert values["electricity per steam"] == pytest.approx(0.19)


@settings(max_examples=60, deadline=None)
@given(
    inlet_c=st.floats(190.0, 600.0),
    outlet_bar=st.floats(0.5, 9.0),
    isentropic=st.floats(0.1, 0.95),
)
def test_no_more_work_than_carnot_allows(inlet_c, outlet_bar, isentropic):
    """From the hottest steam to where the outlet steam condenses, at most."""
    steam = expansion(10.0, inlet_c, outlet_bar, isentropic)
    work, cold = steam.inlet - steam.outlet, saturation_c(outlet_bar)
    heat = steam.inlet - water("H", "P", outlet_bar * 1e5, "Q", 0) / 1e3
    assert 0 < work <= heat * (1 - (cold + 273.15) / (inlet_c + 273.15)) + 1e-9
    assert steam.outlet_c >= cold - 1e-6


# -- what is refused ----------------------------------------------------------------


def test_steam_is_known_once():
    refused("one of the two")
    refused("one of the two", **{**PRESSURES, "electricity_per_steam": 0.2})
    refused("belong together", inlet_pressure_bar=40.0)
    refused("below inlet", inlet_pressure_bar=3.0, outlet_pressure_bar=3.0)
    refused("some heat is left", electricity_per_steam=0.95)


def test_water_is_no_steam():
    with pytest.raises(InputError, match=r"at least 250\.4 C at 40 bar"):
        site(**PRESSURES, inlet_temperature_c=240.0)


def test_outlet_steam_is_as_hot_as_its_bus():
    """At 2 bar it leaves with 120 C, wet; the bus has 130 C."""
    with pytest.raises(InputError, match=r"120\.2 C for low at 130 C"):
        site(**{**PRESSURES, "outlet_pressure_bar": 2.0, "isentropic_efficiency": 0.9})


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"inlet_bus": "low", "outlet_bus": "high"}, "outlet_bus"),
        ({"electricity_per_steam": 0.39}, "electricity_per_steam"),
        ({"inlet_bus": "flue_gas"}, "inlet_bus"),
        ({"inlet_temperature_c": 401.0}, "inlet_temperature_c"),
        ({"electricity_per_steam": 0.38}, None),
    ],
)
def test_second_law_holds_between_the_buses(fields, path):
    """Carnot from 400 to 130 C is 0.4011, with the generator 0.3811."""
    stream = {
        "kind": "waste_heat",
        "temperature_c": 500.0,
        "outlet_temperature_c": 260.0,
        "profile": 1.0,
    }
    parts = {"turbine": {**GIVEN, **fields}, "flue_gas": stream}
    grid = microgrid(parts, 1, buses=BUSES)
    found = [p.path for p in grid.components["turbine"].problems(grid.nodes)]
    assert found == ([] if path is None else [path])


def test_without_the_package_the_command_is_told(monkeypatch):
    really = importlib.import_module

    def missing(name, *rest):
        if name.startswith("CoolProp"):
            raise builtins.ModuleNotFoundError(name)
        return really(name, *rest)

    expansion.cache_clear()
    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InputError, match="pip install CoolProp"):
        site(**PRESSURES)
    assert ratio_of(site(**GIVEN)) == pytest.approx(0.19)

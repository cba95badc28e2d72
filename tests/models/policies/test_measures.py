"""Every component books what it is: measures that a person can tell."""

from typing import Any

import pytest
from policy_sites import engined, pv_at

from support import (
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    planned,
    standing,
)
from verdigrid.models.measure import Measure
from verdigrid.results.recompute import recompute


def measured(parts: dict[str, Any], hours: int = 2, **more: Any) -> dict[str, float]:
    """kWh of every measure that is not zero; the plan agrees with its recomputation."""
    year = recompute(planned(microgrid(parts, hours, **more))).yearly
    energies = {str(measure): year.energy({measure: 1.0}) for measure in Measure}
    return {name: kwh for name, kwh in energies.items() if abs(kwh) > 1e-9}


def own(kind: str, bus: str = "power", **more: Any) -> dict[str, Any]:
    """Something of 100 kW that may give half of it."""
    source = {"kind": kind, "bus": bus, "yield_kw_per_kw": 0.5}
    return {**source, "capacity": standing("kw", 100.0), **more}


@pytest.mark.parametrize("kind", ["pv", "wind", "generator"])
def test_green_power_possible_and_made(kind):
    assert measured({"own": own(kind), "plant": load_of(30)}) == pytest.approx(
        {"green_power_possible": 100, "green_power": 60, "own_power": 60}
    )


def test_power_of_a_generator_that_emits_is_not_green():
    top_gas = own("generator", emissions_kg_per_kwh=0.3)
    expected = {"own_power": 60.0}
    assert measured({"own": top_gas, "plant": load_of(30)}) == pytest.approx(expected)
    said = {**top_gas, "green": True}
    assert "green_power" in measured({"own": said, "plant": load_of(30)})


@pytest.mark.parametrize(
    ("bus", "green", "names"),
    [
        ("heat", True, ["renewable_heat"]),
        ("heat", False, []),
        ("gas", True, ["fuel", "non_fossil_fuel"]),
        ("gas", False, ["fuel"]),
    ],
)
def test_heat_and_fuel_of_a_generator(bus, green, names):
    found = measured({"own": own("generator", bus, green=green), "p": load_of(30, bus)})
    assert found == pytest.approx(dict.fromkeys(names, 60.0))


def test_heat_of_the_sun():
    found = measured({"own": own("solar_thermal", "heat"), "p": load_of(30, "heat")})
    assert found == pytest.approx({"renewable_heat": 60})


def test_import_and_feed_in():
    grid = grid_at(0.1, tariff={"export_price_per_kwh": 0.05})
    parts = {"grid": grid, "own": pv_at([1.0, 0.0]), "plant": load_of(30)}
    found = measured(parts)
    assert found["bought_power"] == pytest.approx(30)
    assert found["exported_power"] == pytest.approx(70)


@pytest.mark.parametrize(
    ("bus", "carrier", "more", "names"),
    [
        ("gas", "gas", {}, ["fuel", "fossil_gas"]),
        ("gas", "gas", {"non_fossil": True}, ["fuel", "non_fossil_fuel"]),
        ("chips", "biomass", {}, ["fuel", "non_fossil_fuel"]),
        ("chips", "biomass", {"non_fossil": False}, ["fuel"]),
        ("coal", "coal", {}, ["fuel"]),
        ("heat", "heat", {"scope": 2}, ["bought_heat"]),
        ("power", "electricity", {"scope": 2}, ["bought_power"]),
        ("cold", "cooling", {"scope": 2}, []),
    ],
)
def test_what_is_bought(bus, carrier, more, names):
    buses = {bus: {"carrier": carrier, "temperature_c": 80.0}}
    buses[bus] = {
        k: v for k, v in buses[bus].items() if k == "carrier" or bus == "heat"
    }
    if bus == "cold":
        buses[bus]["temperature_c"] = 6.0
    parts = {"buy": gas_at(0.1, bus=bus, **more), "plant": load_of(30, bus)}
    assert measured(parts, buses=buses) == pytest.approx(dict.fromkeys(names, 60.0))


def test_sale_of_heat_and_power():
    sale = {"kind": "sale", "price_per_kwh": 1.0, "limit_kw": 20.0}
    parts = {"heat": heat_at(0.1), "sold": {**sale, "bus": "heat"}}
    expected = {"bought_heat": 20, "sold_heat": 20}
    assert measured(parts, 1) == pytest.approx(expected)
    parts = {"grid": grid_at(0.1), "sold": {**sale, "bus": "power"}}
    expected = {"bought_power": 20, "exported_power": 20}
    assert measured(parts, 1) == pytest.approx(expected)


def test_machines_that_make_power():
    year = recompute(planned(engined(None, load=[1050]))).yearly
    assert year.energy({Measure.OWN_POWER: 1.0}) == pytest.approx(50)
    expander = {
        "kind": "expander",
        "bus": "power",
        "available_kw": 40.0,
        "capacity": standing("kw", 100.0),
    }
    found = measured({"e": expander, "plant": load_of(30)})
    assert found == pytest.approx({"own_power": 60})


def test_power_that_is_lost_to_heat_is_not_made():
    """100 kW of heat cost 20 kW of the turbine's power: 80 of 100 are left."""
    turbine = {
        "kind": "chp",
        "fuel_bus": "gas",
        "electricity_bus": "power",
        "electric_efficiency": 0.4,
        "heat_efficiency": {"heat": 0.4},
        "power_loss_per_heat": {"heat": 0.2},
        "capacity": standing("kw", 100.0),
    }
    parts = {
        "gas": gas_at(0.1),
        "turbine": turbine,
        "plant": load_of(80),
        "process": load_of(100, "heat"),
    }
    assert measured(parts, 1) == pytest.approx(
        {"own_power": 80, "fuel": 250, "fossil_gas": 250}
    )


def test_a_battery_loses_what_it_does_not_give_back():
    battery = {
        "kind": "battery",
        "bus": "power",
        "energy": standing("kwh", 100.0),
        "power": standing("kw", 100.0),
        "charge_efficiency": 0.8,
        "discharge_efficiency": 1.0,
        "standing_loss_per_hour": 0.0,
        "min_soc": 0.0,
    }
    parts = {"own": pv_at([1.0, 0.0]), "b": battery, "plant": load_of([20, 40])}
    found = measured(parts)
    assert found["lost_in_batteries"] == pytest.approx(10)
    assert found["green_power"] == pytest.approx(70)


def test_waste_heat_offered_and_taken():
    parts = {
        "drain": {
            "kind": "waste_heat",
            "temperature_c": 95.0,
            "outlet_temperature_c": 85.0,
            "profile": 100.0,
        },
        "exchanger": {
            "kind": "heat_exchanger",
            "source": "drain",
            "sink": "heat",
            "capacity": standing("kw", 100.0),
        },
        "process": load_of(30, "heat"),
    }
    assert measured(parts) == pytest.approx(
        {"waste_heat_possible": 200, "waste_heat_used": 60}
    )

"""Methane slip: 315 g of gas for every GJ of it that an engine draws."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from support import (
    checks_of,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    planned,
    standing,
)
from verdigrid.models.carbon import Carbon
from verdigrid.models.component import Component
from verdigrid.models.node import Node
from verdigrid.results.recompute import recompute

#: 315 g/GJ in kg/kWh.
SLIP = 0.315 * 0.0036
ENGINE = {
    "kind": "genset",
    "input_bus": "gas",
    "bus": "power",
    "efficiency": 0.4,
    "capacity": standing("kw", 100),
}
SLIPPED = Carbon(1, "methane slip")


def site(load=(40, 20), policies=None, price=0.9, **engine):
    parts = {
        "engine": {**ENGINE, "methane_slip_kg_per_kwh": SLIP, **engine},
        "gas": gas_at(0.05),
        "grid": grid_at(price),
        "plant": load_of(list(load)),
    }
    return microgrid(parts, len(load), policies=policies)


def slipped(grid):
    return recompute(planned(grid)).emissions_by_source.get(SLIPPED, 0.0)


def test_engine_loses_gas_with_its_fuel():
    """150 kWh of fuel are 0.54 GJ: 0.1701 kg, at 28 4.7628 kg CO2e."""
    assert slipped(site()) == pytest.approx(0.54 * 0.315 * 28)
    assert slipped(site(methane_gwp=84.0)) == pytest.approx(0.54 * 0.315 * 84)
    assert slipped(site(methane_slip_kg_per_kwh=0.0)) == 0


def test_comes_beside_the_carbon_of_the_fuel():
    year = recompute(planned(site())).yearly
    assert year.emissions[Carbon(1, "gas")] == pytest.approx(150 * 0.2)
    assert year.emitted([1]) == pytest.approx(150 * (0.2 + SLIP * 28))


def test_part_load_loses_more():
    """Half of the efficiency at half load: 50 kW draw 250 instead of 125 kW."""
    partly = {"min_load": 0.5, "part_load_efficiency": 0.5}
    found = slipped(site(load=(50,), commitment=partly))
    assert found == pytest.approx(250 * SLIP * 28)


def test_no_load_at_all_loses_nothing():
    assert slipped(site(price=0.01)) == pytest.approx(0, abs=1e-9)


def test_chp_and_turbine_and_boiler():
    """40 kW of power at 0.4 draw 100 kW; 45 kW of heat at 0.9 draw 50 kW."""
    boiler = {
        "kind": "boiler",
        "input_bus": "gas",
        "bus": "heat",
        "efficiency": 0.9,
        "capacity": standing("kw", 100),
        "methane_slip_kg_per_kwh": 0.001,
    }
    for kind in ("chp", "gas_turbine"):
        machine = {
            "kind": kind,
            "fuel_bus": "gas",
            "electricity_bus": "power",
            "electric_efficiency": 0.4,
            "heat_efficiency": {"heat": 0.45},
            "capacity": standing("kw", 100),
            "methane_slip_kg_per_kwh": SLIP,
        }
        parts = {
            "machine": machine,
            "boiler": boiler,
            "gas": gas_at(0.05),
            "plant": load_of([40]),
            "process": load_of([90], "heat"),
        }
        expected = 100 * SLIP * 28 + 50 * 0.001 * 28
        assert slipped(microgrid(parts, 1)) == pytest.approx(expected)


def test_a_price_on_carbon_sees_it():
    """A kWh by the engine: 0.125 for gas, and 2.5 kWh x 0.23175 kg at 1 a kg."""
    price = {"kind": "carbon_price", "scopes": [1], "price_per_tonne": 1000.0}
    per_kwh = 2.5 * (0.05 + 0.2 + SLIP * 28)
    for grid_price, runs in ((per_kwh * 1.001, 40.0), (per_kwh * 0.999, 0.0)):
        plan = planned(site((40,), {"carbon": price}, price=grid_price))
        assert plan.values["engine"]["output_kw"][0] == pytest.approx(runs, abs=1e-6)


def test_a_slip_that_is_not_booked_is_noticed():
    plan = planned(site())
    engine = plan.microgrid.components["engine"]
    other = engine.model_copy(update={"methane_slip_kg_per_kwh": 2 * SLIP})
    parts = {**plan.microgrid.components, "engine": other}
    wrong = replace(plan, microgrid=replace(plan.microgrid, components=parts))
    failed = [check.what for check in checks_of(wrong) if not check.holds]
    assert "emissions, scope 1" in failed


@settings(max_examples=10, deadline=None)
@given(slip=st.floats(0.0, 0.07), load=st.floats(0.0, 100.0))
def test_no_more_carbon_leaves_than_the_fuel_holds(slip, load):
    """Never more methane than 1 / 13.9 kg in a kWh of it (50 MJ/kg)."""
    burnt = load / 0.4
    kg = slipped(site(load=(load,), methane_slip_kg_per_kwh=slip)) / 28
    assert kg == pytest.approx(slip * burnt, abs=1e-6)
    assert kg <= burnt * 3.6 / 50 + 1e-6


@pytest.mark.parametrize(
    "fields",
    [
        {"methane_slip_kg_per_kwh": -0.001},
        {"methane_slip_kg_per_kwh": 1.134},  # g instead of kg
        {"methane_gwp": 0.0},
    ],
)
def test_what_is_refused(fields):
    with pytest.raises(ValidationError):
        Component.registry["genset"].model_validate({**ENGINE, **fields})


@pytest.mark.parametrize(("carrier", "wrong"), [("gas", 0), ("oil", 1), ("fuel", 0)])
def test_fuels_without_methane_lose_none(carrier, wrong):
    nodes = {"gas": Node(carrier), "power": Node("electricity")}
    fields = {**ENGINE, "methane_slip_kg_per_kwh": SLIP}
    engine = Component.registry["genset"].model_validate(fields)
    found = engine.problems(nodes)
    assert [problem.path for problem in found] == ["methane_slip_kg_per_kwh"] * wrong

from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import (
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.components.high_temperature_storage import (
    HighTemperatureStorage,
)
from verdigrid.models.node import Node

BUSES = {
    "steam": {"carrier": "heat", "temperature_c": 180.0},
    "flue": {"carrier": "heat", "temperature_c": 600.0},
}


class TestHighTemperatureStorage(ComponentHarness):
    kind = "high_temperature_storage"
    residuals = ("ceiling", "charge c-rate", "content", "floor", "power limit")
    split_tolerance = 1e-3  # standing loss begins with the step after charging
    example: ClassVar = {
        "periods": 4,
        "buses": BUSES,
        "components": {
            "sand": {
                "kind": "high_temperature_storage",
                "bus": "power",
                "discharge_bus": "steam",
                "medium": "sand",
                "energy": option("kwh", 200, 0.01),
                "power": option("kw", 50, 0.002),
                "max_charge_c_rate": 0.5,
            },
            "grid": grid_at([0.02, 0.03, 0.12, 0.15]),
            "boiler": heat_at(0.08, bus="steam"),
            "dryer": load_of([10, 20, 30, 40], "steam"),
        },
    }
    variants: ClassVar = {
        "tied sizes, c-rates, cycles": {
            "charge_and_discharge": "sum",
            "duration_hours": 4.0,
            "max_discharge_c_rate": 0.3,
            "max_cycles_per_year": 250.0,
            "min_soc": 0.1,
        },
        "start in kWh, loss on the size": {
            "initial_kwh": 10.0,
            "standing_loss_of_capacity_per_hour": 0.001,
        },
    }


PLAIN = {
    "kind": "high_temperature_storage",
    "bus": "power",
    "discharge_bus": "steam",
    "medium": "concrete",
    "energy": standing("kwh", 100),
    "standing_loss_per_hour": 0.0,
}


def site(prices, load, **store):
    return microgrid(
        {
            "grid": grid_at(prices),
            "hot_gas": heat_at(0.01, bus="flue"),
            "boiler": heat_at(0.1, bus="steam"),
            "dryer": load_of(load, "steam"),
            "store": {**PLAIN, **store},
        },
        len(load),
        buses=BUSES,
    )


def test_cheap_power_becomes_steam_hours_later():
    """100 kWh stored take 100 / 0.98 kWh of power and give 95 kWh of steam."""
    plan = planned(site([0.03, 0.3], [0, 120]))
    assert plan.values["store"]["charge_kw"] == pytest.approx([100 / 0.98, 0])
    assert plan.objective == pytest.approx(0.03 * 100 / 0.98 + 0.1 * 25)


def test_charges_from_hotter_gas_too():
    plan = planned(site([0.3, 0.3], [0, 80], bus="flue"))
    assert plan.objective == pytest.approx(0.01 * 80 / 0.95 / 0.98)


def test_heater_and_heat_exchanger_work_at_once():
    """10 kW on each side: 10 kW of steam go out while the heater runs."""
    plan = planned(site([0.03, 0.03], [10, 10], power=standing("kw", 10)))
    store = plan.values["store"]
    assert store["charge_kw"] == pytest.approx([10, 10])
    assert store["discharge_kw"].sum() == pytest.approx(20 * 0.98 * 0.95)


@pytest.mark.parametrize(
    ("medium", "hot_c"),
    [("sand", 500), ("concrete", 400), ("molten_salt", 565), ("pcm", 300)],
)
def test_medium_has_a_temperature(medium, hot_c):
    fields = {**PLAIN, "medium": medium}
    assert HighTemperatureStorage.model_validate(fields).hot_c == hot_c
    fields["temperature_c"] = 350.0
    assert HighTemperatureStorage.model_validate(fields).hot_c == 350


def problems_of(bus_c, outlet_c, **fields):
    nodes = {
        "power": Node("electricity"),
        "gas": Node("heat", bus_c, bus_c),
        "steam": Node("heat", outlet_c, outlet_c),
        "stream": Node("heat", 900.0, 30.0, takes=False),
    }
    store = HighTemperatureStorage.model_validate({**PLAIN, **fields})
    return store.problems(nodes)


def test_source_colder_than_the_storage_is_refused():
    (problem,) = problems_of(399.0, 180.0, bus="gas")
    assert problem.path == "bus"
    assert "400 C" in problem.expected
    assert problems_of(400.0, 400.0, bus="gas") == []


def test_discharge_bus_hotter_than_the_storage_is_refused():
    (problem,) = problems_of(600.0, 401.0)
    assert problem.path == "discharge_bus"
    assert "400 C" in problem.expected
    assert problems_of(600.0, 401.0, temperature_c=450.0) == []


def test_a_stream_needs_an_exchanger():
    (problem,) = problems_of(600.0, 180.0, bus="stream")
    assert "heat_exchanger" in problem.hint

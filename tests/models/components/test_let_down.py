from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import COMMITMENT, heat_at, load_of, microgrid, option, planned, standing

BUSES = {
    "high": {"carrier": "heat", "temperature_c": 250.0},
    "low": {"carrier": "heat", "temperature_c": 140.0},
}
VALVE = {
    "kind": "let_down",
    "inlet_bus": "high",
    "outlet_bus": "low",
    "capacity": standing("kw", 1000),
}


class TestLetDown(ComponentHarness):
    kind = "let_down"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "valve": {**VALVE, "capacity": option("kw", 100, 0.01)},
            "boiler": heat_at(0.03, bus="high"),
            "neighbour": heat_at(0.08, bus="low"),
            "dryer": load_of([10, 40, 20], "low"),
        },
    }
    variants: ClassVar = {"on or off": {"commitment": COMMITMENT}}


def site(load=(10, 40), **valve):
    components = {
        "valve": {**VALVE, **valve},
        "boiler": heat_at(0.03, bus="high"),
        "neighbour": heat_at(0.08, bus="low"),
        "dryer": load_of(load, "low"),
    }
    return microgrid(components, len(load), buses=BUSES)


def test_heat_passes_without_loss():
    plan = planned(site())
    assert plan.values["boiler"]["supply_kw"] == pytest.approx([10, 40])
    assert plan.objective == pytest.approx(0.03 * 50)


def test_size_limits_it():
    plan = planned(site(capacity=standing("kw", 25)))
    assert plan.values["valve"]["heat_kw"] == pytest.approx([10, 25])
    assert plan.objective == pytest.approx(0.03 * 35 + 0.08 * 15)


@pytest.mark.parametrize(
    ("inlet", "outlet", "fine"),
    [
        ("high", "low", True),
        ("low", "high", False),
        ("high", "flue_gas", False),
        ("flue_gas", "low", False),
        ("high", "bath", False),
    ],
)
def test_joins_two_buses_downwards(inlet, outlet, fine):
    stream = {
        "kind": "waste_heat",
        "temperature_c": 300.0,
        "outlet_temperature_c": 260.0,
        "profile": 1.0,
    }
    bath = load_of(1, "low", supply_temperature_c=15.0, target_temperature_c=60.0)
    valve = {**VALVE, "inlet_bus": inlet, "outlet_bus": outlet}
    parts = {"valve": valve, "flue_gas": stream, "bath": bath}
    grid = microgrid(parts, 1, buses=BUSES)
    assert (not grid.components["valve"].problems(grid.nodes)) == fine

from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import FLOW_LIMITS, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.components.ice_storage import IceStorage
from verdigrid.models.node import Node

BUSES = {
    "brine": {"carrier": "cooling", "temperature_c": -5.0},
    "chilled": {"carrier": "cooling", "temperature_c": 6.0},
}


class TestIceStorage(ComponentHarness):
    kind = "ice_storage"
    residuals = ("ceiling", "content", "floor", "power limit")
    split_tolerance = 1e-3  # standing loss begins with the step after charging
    example: ClassVar = {
        "periods": 4,
        "buses": BUSES,
        "components": {
            "ice": {
                "kind": "ice_storage",
                "bus": "brine",
                "discharge_bus": "chilled",
                "energy": option("kwh", 100, 0.01),
                "power": option("kw", 50, 0.002),
            },
            "brine_chiller": heat_at([0.02, 0.03, 0.09, 0.1], bus="brine"),
            "water_chiller": heat_at([0.015, 0.025, 0.09, 0.1], bus="chilled"),
            "hall": load_of([10, 20, 30, 40], "chilled"),
        },
    }
    variants: ClassVar = {
        "tied sizes, c-rates, cycles": {
            "charge_and_discharge": "sum",
            **FLOW_LIMITS,
            "min_soc": 0.1,
        },
        "start in kWh, loss on the size": {
            "initial_kwh": 10.0,
            "standing_loss_of_capacity_per_hour": 0.001,
        },
    }


PLAIN = {
    "kind": "ice_storage",
    "bus": "brine",
    "discharge_bus": "chilled",
    "energy": standing("kwh", 100),
    "standing_loss_per_hour": 0.0,
}


def site(prices, load, **ice):
    return microgrid(
        {
            "brine_chiller": heat_at(prices, bus="brine"),
            "water_chiller": heat_at(0.1, bus="chilled"),
            "hall": load_of(load, "chilled"),
            "ice": {**PLAIN, **ice},
        },
        len(load),
        buses=BUSES,
    )


def test_cold_of_the_night_serves_the_day():
    """All 100 kWh are frozen at night; the rest is chilled by day."""
    plan = planned(site([0.03, 0.2], [0, 120]))
    assert plan.values["ice"]["charge_kw"] == pytest.approx([100, 0])
    assert plan.objective == pytest.approx(0.03 * 100 + 0.1 * 20)


def test_ice_melts_while_it_waits():
    plan = planned(site([0.03, 0.2, 0.2], [0, 0, 10], standing_loss_per_hour=0.2))
    assert plan.objective == pytest.approx(0.03 * 10 / 0.8**2)


def test_freezes_and_melts_at_once():
    """Brine at 0.03 cools water through the ice, 20 kW on each side."""
    plan = planned(site([0.03, 0.03], [30, 30], power=standing("kw", 20)))
    assert plan.values["ice"]["discharge_kw"] == pytest.approx([20, 20])
    assert plan.objective == pytest.approx(2 * (0.03 * 20 + 0.1 * 10))


@pytest.mark.parametrize(
    ("brine", "water", "field", "hint"),
    [
        (-2.9, 6.0, "bus", "freeze"),
        (None, 6.0, "bus", "freeze"),
        (-5.0, -0.1, "discharge_bus", "melts"),
        (-5.0, None, "discharge_bus", "melts"),
    ],
)
def test_temperatures_without_ice_are_refused(brine, water, field, hint):
    nodes = {
        "brine": Node("cooling", brine, brine),
        "chilled": Node("cooling", water, water),
    }
    (problem,) = IceStorage.model_validate(PLAIN).problems(nodes)
    assert problem.path == field
    assert hint in problem.hint


def test_brine_at_3_below_and_water_at_0_will_do():
    nodes = {"brine": Node("cooling", -3, -3), "chilled": Node("cooling", 0, 0)}
    assert IceStorage.model_validate(PLAIN).problems(nodes) == []

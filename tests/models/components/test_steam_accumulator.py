from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import FLOW_LIMITS, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.components.steam_accumulator import SteamAccumulator
from verdigrid.models.node import Node

BUSES = {
    "steam_10bar": {"carrier": "heat", "temperature_c": 180.0},
    "steam_4bar": {"carrier": "heat", "temperature_c": 144.0},
}


class TestSteamAccumulator(ComponentHarness):
    kind = "steam_accumulator"
    residuals = ("ceiling", "content", "floor", "power limit")
    split_tolerance = 1e-2  # standing loss begins with the step after charging
    example: ClassVar = {
        "periods": 4,
        "buses": BUSES,
        "components": {
            "accumulator": {
                "kind": "steam_accumulator",
                "bus": "steam_10bar",
                "discharge_bus": "steam_4bar",
                "energy": option("kwh", 100, 0.01),
                "power": option("kw", 50, 0.002),
            },
            "boiler": heat_at([0.02, 0.03, 0.09, 0.1], bus="steam_10bar"),
            "old_boiler": heat_at(0.08, bus="steam_4bar"),
            "dryer": load_of([10, 20, 30, 40], "steam_4bar"),
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
    "kind": "steam_accumulator",
    "bus": "steam_10bar",
    "discharge_bus": "steam_4bar",
    "energy": standing("kwh", 100),
    "standing_loss_per_hour": 0.0,
}


def site(prices, load, **accumulator):
    return microgrid(
        {
            "boiler": heat_at(prices, bus="steam_10bar"),
            "old_boiler": heat_at(0.1, bus="steam_4bar"),
            "dryer": load_of(load, "steam_4bar"),
            "accumulator": {**PLAIN, **accumulator},
        },
        len(load),
        buses=BUSES,
    )


def test_steam_of_one_hour_covers_the_peak_of_the_next():
    plan = planned(site([0.03, 0.2], [0, 120]))
    assert plan.values["accumulator"]["charge_kw"] == pytest.approx([100, 0])
    assert plan.objective == pytest.approx(0.03 * 100 + 0.1 * 20)


def test_standing_loss_falls_due_each_hour():
    plan = planned(site([0.03, 0.2, 0.2], [0, 0, 10], standing_loss_per_hour=0.1))
    assert plan.objective == pytest.approx(0.03 * 10 / 0.9**2)


@pytest.mark.parametrize(("limits", "through"), [("each", 20), ("sum", 10)])
def test_charge_plus_discharge_or_each_alone_within_the_power(limits, through):
    """20 kW on each side, or 20 kW together: then half of it passes through."""
    power = standing("kw", 20)
    plan = planned(
        site([0.03, 0.03], [30, 30], power=power, charge_and_discharge=limits)
    )
    assert plan.values["accumulator"]["discharge_kw"].sum() == pytest.approx(
        2 * through
    )
    bought = 0.03 * through + 0.1 * (30 - through)
    assert plan.objective == pytest.approx(2 * bought)


@pytest.mark.parametrize("low_c", [180.0, 190.0])
def test_without_a_fall_of_pressure_it_is_refused(low_c):
    nodes = {
        "steam_10bar": Node("heat", 180.0, 180.0),
        "steam_4bar": Node("heat", low_c, low_c),
    }
    (problem,) = SteamAccumulator.model_validate(PLAIN).problems(nodes)
    assert problem.path == "discharge_bus"
    assert "180 C" in problem.expected


def test_lower_pressure_is_no_problem():
    assert SteamAccumulator.model_validate(PLAIN).problems(site(0.1, [1]).nodes) == []


def test_discharge_bus_is_required():
    fields = {key: value for key, value in PLAIN.items() if key != "discharge_bus"}
    with pytest.raises(ValueError, match="discharge_bus"):
        SteamAccumulator.model_validate(fields)

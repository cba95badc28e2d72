from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import heat_at, load_of, microgrid, option, planned, standing

#: 100 kWh, any power, 90 % in, 80 % out, nothing lost by standing.
PLAIN = {
    "kind": "thermal_storage",
    "bus": "heat",
    "energy": standing("kwh", 100),
    "charge_efficiency": 0.9,
    "discharge_efficiency": 0.8,
    "standing_loss_per_hour": 0.0,
}


class TestThermalStorage(ComponentHarness):
    kind = "thermal_storage"
    residuals = ("ceiling", "charge and discharge at once", "content", "floor")
    split_tolerance = 1e-4  # standing loss begins with the step after charging
    example: ClassVar = {
        "periods": 4,
        "components": {
            "tank": {
                "kind": "thermal_storage",
                "bus": "heat",
                "energy": option("kwh", 100, 0.01),
                "max_soc": {"values": [0.9, 0.9, 0.9, 0.9]},
            },
            "steam": heat_at([0.02, 0.03, 0.05, 0.06]),
            "process": load_of([10, 20, 30, 40], "heat"),
        },
    }
    variants: ClassVar = {
        "power and smallest content": {"power": option("kw", 20, 1.0), "min_soc": 0.1},
        "given start": {"initial_soc": 0.5},
        "given start, free end": {
            "initial_soc": 0.5,
            "end": "free",
            "energy": standing("kwh", 100),
        },
        "charging or discharging": {"exclusive_steps": (0,)},
    }


def site(prices, load, **tank):
    return microgrid(
        {
            "steam": heat_at(prices),
            "process": load_of(load, "heat"),
            "tank": {**PLAIN, **tank},
        },
        len(load),
    )


def test_shifts_cheap_heat_without_a_power_limit():
    plan = planned(site([0.02, 0.05], [0, 80]))
    assert plan.values["tank"]["charge_kw"] == pytest.approx([100 / 0.9, 0])
    assert plan.values["tank"]["discharge_kw"] == pytest.approx([0, 80])
    assert plan.objective == pytest.approx(0.02 * 100 / 0.9)


def test_content_limits_what_can_be_shifted():
    plan = planned(site([0.02, 0.05], [0, 100]))
    assert plan.objective == pytest.approx(0.02 * 100 / 0.9 + 0.05 * 20)


def test_power_is_a_size_of_its_own_if_given():
    """Charging at 50 kW stores 45 kWh, of which 36 arrive."""
    plan = planned(site([0.02, 0.05], [0, 80], power=standing("kw", 50)))
    assert plan.objective == pytest.approx(0.02 * 50 + 0.05 * (80 - 36))


def test_standing_loss_makes_waiting_cost():
    """Heat for the third hour bought in the first: half is lost in each hour."""
    plan = planned(site([0.01, 0.1, 0.1], [0, 0, 10], standing_loss_per_hour=0.5))
    stored_first = 10 / 0.8 / 0.5**2
    assert plan.values["tank"]["content_kwh"] == pytest.approx(
        [stored_first, stored_first / 2, 0]
    )
    assert plan.objective == pytest.approx(0.01 * stored_first / 0.9)


def test_default_keeps_98_percent_over_a_cycle():
    tank = {"kind": "thermal_storage", "bus": "heat", "energy": standing("kwh", 100)}
    plan = planned(
        microgrid(
            {
                "steam": heat_at([0.02, 0.05]),
                "process": load_of([0, 49], "heat"),
                "tank": {**tank, "standing_loss_per_hour": 0.0},
            },
            2,
        )
    )
    assert plan.objective == pytest.approx(0.02 * 49 / 0.99**2)


def test_stores_cold_too():
    cold = {"carrier": "cooling", "temperature_c": 6.0}
    plan = planned(
        microgrid(
            {
                "district": heat_at([0.02, 0.05], bus="cold"),
                "hall": load_of([0, 40], "cold"),
                "tank": {**PLAIN, "bus": "cold"},
            },
            2,
            buses={"cold": cold},
        )
    )
    assert plan.objective == pytest.approx(0.02 * 40 / 0.72)

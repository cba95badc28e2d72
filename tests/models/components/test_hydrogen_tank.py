from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import heat_at, load_of, microgrid, option, planned, standing

BUSES = {"h2": {"carrier": "hydrogen"}}


class TestHydrogenTank(ComponentHarness):
    kind = "hydrogen_tank"
    residuals = (
        "ceiling",
        "charge and discharge at once",
        "content",
        "cycles",
        "discharge c-rate",
        "floor",
        "power limit",
    )
    example: ClassVar = {
        "periods": 4,
        "buses": BUSES,
        "components": {
            "tank": {
                "kind": "hydrogen_tank",
                "bus": "h2",
                "energy": option("kwh", 100, 0.005),
                "power": option("kw", 60, 0.002),
                "max_discharge_c_rate": 0.6,
                "max_cycles_per_year": 1.2,
            },
            "electrolyser": heat_at([0.05, 0.06, 0.12, 0.15], bus="h2"),
            "furnace": load_of([10, 20, 30, 40], "h2"),
        },
    }
    variants: ClassVar = {
        "charging or discharging": {"exclusive_steps": (0,)},
        "tied sizes, c-rates": {"duration_hours": 2.0, "max_charge_c_rate": 0.4},
        "each alone, start in kWh, loss on the size": {
            "charge_and_discharge": "each",
            "initial_kwh": 10.0,
            "standing_loss_of_capacity_per_hour": 0.001,
        },
    }


def site(prices, load, **tank):
    stands = {"kind": "hydrogen_tank", "bus": "h2", "energy": standing("kwh", 100)}
    return microgrid(
        {
            "electrolyser": heat_at(prices, bus="h2"),
            "furnace": load_of(load, "h2"),
            "tank": {**stands, **tank},
        },
        len(load),
        buses=BUSES,
    )


def test_cushion_gas_stays_inside_and_nothing_is_lost():
    """Of 100 kWh, 6 % can't be used: 94 kWh pass from the first hour to the third."""
    plan = planned(site([0.05, 0.1, 0.1], [0, 0, 120]))
    assert plan.values["tank"]["content_kwh"] == pytest.approx([100, 100, 6])
    assert plan.objective == pytest.approx(0.05 * 94 + 0.1 * 26)


def test_power_is_a_size_of_its_own_if_given():
    plan = planned(site([0.05, 0.1], [0, 120], power=standing("kw", 40)))
    assert plan.objective == pytest.approx(0.05 * 40 + 0.1 * 80)


def test_compression_may_be_counted_as_a_loss():
    plan = planned(site([0.05, 0.1], [0, 120], charge_efficiency=0.88))
    assert plan.objective == pytest.approx(0.05 * 94 / 0.88 + 0.1 * 26)

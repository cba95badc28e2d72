from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import FLOW_LIMITS, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.components.thermal_storage import ThermalStorage
from verdigrid.models.node import Node

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
        "tied sizes, c-rates, cycles": {
            "power": option("kw", 20, 1.0),
            **FLOW_LIMITS,
        },
        "each alone, start in kWh, loss on the size": {
            "power": option("kw", 20, 1.0),
            "charge_and_discharge": "each",
            "initial_kwh": 10.0,
            "end": "equal_start",
            "standing_loss_of_capacity_per_hour": 0.001,
        },
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


def test_discharges_to_a_cooler_bus():
    """Heat stored at 120 C serves 80 C without an exchanger in the model."""
    hot = {"carrier": "heat", "temperature_c": 120.0}
    plan = planned(
        microgrid(
            {
                "steam": heat_at([0.02, 0.05], bus="hot"),
                "process": load_of([0, 80], "heat"),
                "tank": {**PLAIN, "bus": "hot", "discharge_bus": "heat"},
                "dear": heat_at(0.2),
            },
            2,
            buses={"hot": hot},
        )
    )
    assert plan.values["tank"]["discharge_kw"] == pytest.approx([0, 80])
    assert plan.objective == pytest.approx(0.02 * 100 / 0.9)


NODES = {
    "heat": Node("heat", 80.0, 80.0),
    "hot": Node("heat", 120.0, 120.0),
    "cold": Node("cooling", 6.0, 6.0),
    "colder": Node("cooling", 2.0, 2.0),
    "stream": Node("heat", 90.0, 30.0, takes=False),
    "bath": Node("heat", 60.0, 20.0, gives=False),
}


@pytest.mark.parametrize(
    ("bus", "outlet", "field", "expected"),
    [
        ("heat", "hot", "discharge_bus", "at most 80 C"),
        ("cold", "colder", "discharge_bus", "at least 6 C"),
        ("heat", "cold", "discharge_bus", "carries heat"),
        ("stream", "heat", "bus", "a bus"),
        ("hot", "bath", "discharge_bus", "a bus"),
    ],
)
def test_discharge_bus_that_can_not_be_is_refused(bus, outlet, field, expected):
    tank = ThermalStorage.model_validate({**PLAIN, "bus": bus, "discharge_bus": outlet})
    (problem,) = tank.problems(NODES)
    assert problem.path == field
    assert expected in problem.expected


def test_the_same_bus_or_a_cooler_one_is_no_problem():
    for bus, outlet in (("hot", "heat"), ("colder", "cold"), ("heat", None)):
        fields = {**PLAIN, "bus": bus, "discharge_bus": outlet}
        assert ThermalStorage.model_validate(fields).problems(NODES) == []


@pytest.mark.parametrize("outlet", ["heat", None])
def test_on_one_bus_it_never_does_both_at_once(outlet):
    fields = {**PLAIN, "discharge_bus": outlet}
    assert ThermalStorage.model_validate(fields).exclusive
    fields["discharge_bus"] = "hot"
    assert not ThermalStorage.model_validate(fields).exclusive


def test_on_two_buses_it_may_do_both_at_once():
    """50 kW in at 120 C, 36 kW out at 80 C, in every hour."""
    hot = {"carrier": "heat", "temperature_c": 120.0}
    plan = planned(
        microgrid(
            {
                "steam": heat_at([0.02, 0.02], bus="hot"),
                "process": load_of([36, 36], "heat"),
                "tank": {**PLAIN, "bus": "hot", "discharge_bus": "heat"},
                "dear": heat_at(0.2),
            },
            2,
            buses={"hot": hot},
        )
    )
    assert plan.objective == pytest.approx(0.02 * 100)
    assert plan.overlaps == {}

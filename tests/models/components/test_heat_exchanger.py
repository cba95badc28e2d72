from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import heat_at, load_of, microgrid, option, planned, standing

BUSES = {
    "steam": {"carrier": "heat", "temperature_c": 165.0},
    "heat": {"carrier": "heat", "temperature_c": 80.0},
    "warm": {"carrier": "heat", "temperature_c": 50.0},
}


class TestHeatExchanger(ComponentHarness):
    kind = "heat_exchanger"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "plate": {
                "kind": "heat_exchanger",
                "source": "steam",
                "sink": "heat",
                "capacity": option("kw", 100, 0.01),
            },
            "network": heat_at(0.03, bus="steam"),
            "peak": heat_at(0.08),
            "process": load_of([10, 40, 20], "heat"),
        },
    }


def exchanger(source, sink, **more):
    capacity = standing("kw", 1000)
    return {
        "kind": "heat_exchanger",
        "source": source,
        "sink": sink,
        "capacity": capacity,
        **more,
    }


def site(**exchangers):
    supply = {"network": heat_at(0.03, bus="steam"), "peak": heat_at(0.08)}
    return microgrid(
        {**supply, "process": load_of([10, 40], "heat"), **exchangers}, 2, buses=BUSES
    )


def problems_of(grid, name):
    return grid.components[name].problems(grid.nodes)


def test_passes_heat_down_without_loss():
    plan = planned(site(plate=exchanger("steam", "heat")))
    assert plan.values["network"]["supply_kw"] == pytest.approx([10, 40])
    assert plan.objective == pytest.approx(0.03 * 50)


def test_size_limits_the_flow():
    plan = planned(site(plate=exchanger("steam", "heat", capacity=standing("kw", 25))))
    assert plan.values["plate"]["heat_kw"] == pytest.approx([10, 25])
    assert plan.objective == pytest.approx(0.03 * 35 + 0.08 * 15)


def test_size_is_bought_as_long_as_it_pays():
    """A kW saves 0.05 in each hour that uses it: worth 0.1 up to 10 kW, then 0.05."""
    plan = planned(
        site(plate=exchanger("steam", "heat", capacity=option("kw", 100, 0.06)))
    )
    assert plan.size("plate", "capacity").new == pytest.approx(10)


@pytest.mark.parametrize(
    ("source", "sink", "approach", "fine"),
    [
        ("steam", "heat", 5.0, True),
        ("heat", "warm", 5.0, True),
        ("heat", "warm", 30.0, True),  # just so
        ("heat", "warm", 30.1, False),
        ("heat", "steam", 5.0, False),
        ("heat", "heat", 0.1, False),
    ],
)
def test_heat_never_passes_up(source, sink, approach, fine):
    grid = site(plate=exchanger(source, sink, min_approach_k=approach))
    found = problems_of(grid, "plate")
    assert (not found) == fine
    assert all("heat_pump" in problem.hint for problem in found)


def test_stream_must_be_hotter_than_the_cold_end_of_a_demand():
    """18 C water can't be warmed by 20 C water if 5 K must lie between them."""
    stream = {
        "kind": "waste_heat",
        "temperature_c": 20.0,
        "outlet_temperature_c": 10.0,
        "profile": 100.0,
    }
    demand = load_of(
        [5, 5], "heat", supply_temperature_c=18.0, target_temperature_c=60.0
    )
    for temperature, count in ((20.0, 1), (23.0, 0)):
        grid = site(
            stream={**stream, "temperature_c": temperature},
            water=demand,
            plate=exchanger("stream", "water"),
        )
        assert len(problems_of(grid, "plate")) == count

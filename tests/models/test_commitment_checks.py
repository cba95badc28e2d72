"""On and off: what the recomputation says of dispatches that break a rule."""

import numpy as np
import pytest

from support import microgrid, standing
from verdigrid.models.component import Inputs
from verdigrid.models.switching import shortest_runs

BOILER = {
    "kind": "boiler",
    "input_bus": "gas",
    "bus": "heat",
    "capacity": standing("kw", 100),
}


def residuals_of(output, on, start, **commitment):
    """What the recomputation says of a dispatch of 100 kW, by name, as lists."""
    fields = {**BOILER, "commitment": {"min_load": 0.4, **commitment}}
    grid = microgrid({"boiler": fields}, len(on))
    inputs = Inputs("boiler", grid.calendar, grid.nodes, {}, {"capacity": 100.0})
    dispatch = {"output_kw": output, "on": on, "start": start}
    numbers = {name: np.array(values, dtype=float) for name, values in dispatch.items()}
    account = grid.components["boiler"].recompute(inputs, numbers)
    return {name: np.round(off, 6).tolist() for name, off in account.residuals.items()}


def test_loads_outside_the_limits_are_told_in_kw():
    off = residuals_of([110, 30, 5, 0], [1, 1, 0, 0], [0] * 4)
    assert off["capacity limit"] == [10, 0, 5, 0]
    assert off["minimum load"] == [0, 10, 0, 0]
    assert set(off) == {"capacity limit", "minimum load", "on or off"}


def test_half_on_is_told():
    off = residuals_of([50, 50, 0, 0], [1, 0.75, 0.125, 2], [0] * 4)
    assert off["on or off"] == [0, -25, 12.5, 100]


def test_ramps_are_told():
    """25 kW while on; a start reaches 40 kW, and a stop leaves them."""
    off = residuals_of([0, 40, 80, 60], [0, 1, 1, 1], [0] * 4, ramp_per_hour=0.25)
    assert off["ramp"] == [20, 0, 15, 0]
    off = residuals_of([0, 50, 50, 20], [0, 1, 1, 1], [0] * 4, ramp_per_hour=0.25)
    assert off["ramp"] == [0, 10, 0, 5]


def test_starts_and_times_are_told():
    """One hour on instead of three, one off instead of two; 100 kW that long."""
    times = {"min_up_hours": 3, "min_down_hours": 2}
    off = residuals_of([0, 50, 50, 0, 0, 50], [0, 1, 1, 0, 0, 1], [0] * 6, **times)
    assert off["starts"] == [0, -100, 0, 0, 0, -100]
    assert off["minimum up time"] == [200]
    assert off["minimum down time"] == [100]
    whole = residuals_of([0, 0, 50, 50, 50], [0, 0, 1, 1, 1], [0, 0, 1, 0, 0], **times)
    assert not any(np.any(values) for values in whole.values())


@pytest.mark.parametrize(
    ("pattern", "shortest"),
    [
        ("1001011", (1, 1)),
        ("1001111", (5, 2)),
        ("011000", (2, 4)),
        ("0110011", (2, 1)),
        ("10", (1, 1)),
        ("1111", (np.inf, np.inf)),
        ("0", (np.inf, np.inf)),
    ],
)
def test_shortest_runs(pattern, shortest):
    assert shortest_runs(np.array([letter == "1" for letter in pattern])) == shortest

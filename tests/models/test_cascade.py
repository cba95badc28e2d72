"""Heat by temperature: what streams can give to demands, against other ways to say it.

The oracle cuts streams and demands into slices of one kelvin and solves the transport
of heat between slices that differ by the approach at least. With temperatures in whole
kelvins that is exact.
"""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from support import heat_at, load_of, microgrid, objective, planned, standing
from verdigrid.models.cascade import MOST_MARKS, with_marks
from verdigrid.models.component import HeatPath
from verdigrid.models.node import Node

BUSES = {"heat": {"carrier": "heat", "temperature_c": 200.0}}


def stream(inlet, outlet, kw):
    return {
        "kind": "waste_heat",
        "temperature_c": float(inlet),
        "outlet_temperature_c": float(outlet),
        "profile": float(kw),
    }


def demand(supply, target, kw):
    temperatures = {
        "supply_temperature_c": float(supply),
        "target_temperature_c": float(target),
    }
    return load_of(float(kw), "heat", **temperatures)


def exchanger(source, sink, approach=10.0, size=1e4):
    return {
        "kind": "heat_exchanger",
        "source": source,
        "sink": sink,
        "min_approach_k": float(approach),
        "capacity": standing("kw", float(size)),
    }


def site(**components):
    return microgrid({"steam": heat_at(1.0), **components}, 1, buses=BUSES)


# -- a textbook case -------------------------------------------------------------


def four_streams(shift=0.0):
    """Two hot and two cold streams, all exchangers allowed; approach 10 K.

    hot   180 -> 80 C, 2 kW/K;   130 -> 40 C, 4 kW/K
    cold   60 -> 100 C, 3 kW/K;   30 -> 120 C, 2.6 kW/K
    """
    hot = {"h1": stream(180, 80, 200), "h2": stream(130, 40, 360)}
    cold = {
        "c1": demand(60, 100 + shift, 3 * (40 + shift)),
        "c2": demand(30, 120 + shift, 2.6 * (90 + shift)),
    }
    pairs = {f"{h}_{c}": exchanger(h, c) for h, c in product(hot, cold)}
    return site(**hot, **cold, **pairs)


def problem_table(hot, cold, approach):
    """Least heat from outside, kW: the classic cascade, by slices of a kelvin.

    ``hot`` and ``cold`` are (high, low, kW/K).
    """
    surplus, lowest = 0.0, 0.0
    for top in range(400, -100, -1):  # cold-side scale, slice top-1..top
        middle = top - 0.5
        gives = sum(
            cp for high, low, cp in hot if low - approach < middle < high - approach
        )
        takes = sum(cp for high, low, cp in cold if low < middle < high)
        surplus += gives - takes
        lowest = min(lowest, surplus)
    return -lowest


def test_four_streams_need_what_the_problem_table_says():
    hot, cold = [(180, 80, 2.0), (130, 40, 4.0)], [(100, 60, 3.0), (120, 30, 2.6)]
    needed = problem_table(hot, cold, 10)
    plan = planned(four_streams())
    assert plan.objective == pytest.approx(needed, abs=1e-6)


def test_a_pinch_by_hand():
    """One hot stream 100 -> 40 C with 1 kW/K, one cold 20 -> 110 C with 2 kW/K.

    10 K of approach: above 30 C of the cold side the stream has 60 K x 1 kW/K; below 30
    C nothing. The hottest it can bring the water to is 90 C. It gives all its 60 kW if
    that fits between 30 and 90 C (120 kW), and it does. The rest, 180 - 60, is bought.
    """
    plan = planned(
        site(
            effluent=stream(100, 40, 60),
            water=demand(20, 110, 180),
            plate=exchanger("effluent", "water"),
        )
    )
    assert plan.objective == pytest.approx(120)


def test_a_second_demand_takes_only_what_is_hot_enough():
    """60 kW from 100 to 40 C, 1 kW/K; a bath at 80 to 90 C, tepid water to 30 C.

    Between 80 and 90 C the bath needs a stream of 90 to 100 C: 10 kW of its 20. The
    water takes its 40 kW of the 50 that are left above 40 C.
    """
    plan = planned(
        site(
            effluent=stream(100, 40, 60),
            bath=demand(80, 90, 20),
            tepid=demand(20, 30, 40),
            hot_plate=exchanger("effluent", "bath"),
            cold_plate=exchanger("effluent", "tepid"),
        )
    )
    assert plan.objective == pytest.approx(20 - 10)


# -- any case ---------------------------------------------------------------------


def least_bought(streams, demands, pairs):
    """Least heat from outside, kW: transport between slices of a kelvin.

    ``streams`` and ``demands`` by name (high, low, kW); ``pairs`` (stream, demand,
    approach, size).
    """
    arcs, limits = [], {}
    for number, (source, sink, approach, size) in enumerate(pairs):
        (h1, h0, hot_kw), (c1, c0, cold_kw) = streams[source], demands[sink]
        limits["size", number] = size
        for at, to in product(range(h0, h1), range(c0, c1)):
            limits[source, at] = hot_kw / (h1 - h0)
            limits[sink, to] = cold_kw / (c1 - c0)
            if at >= to + approach:
                arcs.append([("size", number), (source, at), (sink, to)])
    total = sum(kw for _, _, kw in demands.values())
    if not arcs:
        return total
    rows = {name: row for row, name in enumerate(limits)}
    matrix = np.zeros((len(rows), len(arcs)))
    for column, names in enumerate(arcs):
        for name in names:
            matrix[rows[name], column] = 1.0
    found = linprog(-np.ones(len(arcs)), matrix, list(limits.values()))
    assert found.status == 0
    return total + found.fun


kelvins = st.integers(2, 12)
powers = st.integers(1, 50)


@st.composite
def cases(draw):
    streams, demands = {}, {}
    for name in ("h1", "h2")[: draw(st.integers(1, 2))]:
        low = draw(st.integers(20, 40))
        streams[name] = (low + draw(kelvins), low, draw(powers))
    for name in ("c1", "c2")[: draw(st.integers(1, 2))]:
        low = draw(st.integers(15, 40))
        demands[name] = (low + draw(kelvins), low, draw(powers))
    pairs = []
    for source, sink in product(streams, demands):
        approach, size = draw(st.integers(0, 3)), draw(st.integers(5, 80))
        if draw(st.booleans()) and streams[source][0] > demands[sink][1] + approach:
            pairs.append((source, sink, approach, size))
    return streams, demands, pairs


def grid_of(streams, demands, pairs):
    return site(
        **{name: stream(*ends) for name, ends in streams.items()},
        **{name: demand(low, high, kw) for name, (high, low, kw) in demands.items()},
        **{
            f"x_{source}_{sink}": exchanger(source, sink, approach, size)
            for source, sink, approach, size in pairs
        },
    )


@settings(max_examples=40, deadline=None)
@given(cases())
def test_agrees_with_a_transport_between_slices(case):
    assert objective(grid_of(*case)) == pytest.approx(least_bought(*case), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(cases(), st.integers(1, 5))
def test_a_hotter_demand_is_never_cheaper(case, warmer):
    streams, demands, pairs = case
    hotter = {
        name: (high + warmer, low + warmer, kw)
        for name, (high, low, kw) in demands.items()
    }
    possible = [p for p in pairs if streams[p[0]][0] > hotter[p[1]][1] + p[2]]
    before = objective(grid_of(streams, demands, pairs))
    assert objective(grid_of(streams, hotter, possible)) >= before - 1e-6


def test_raising_the_target_at_the_same_heat_is_never_cheaper():
    costs = [
        planned(
            site(
                effluent=stream(90, 30, 60),
                water=demand(20, target, 100),
                plate=exchanger("effluent", "water"),
            )
        ).objective
        for target in (40, 60, 80, 100, 140)
    ]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]


# -- where the cuts are --------------------------------------------------------------


def marks(nodes: Mapping[str, Node], *paths: HeatPath, needs=()):
    return {name: n.marks_c for name, n in with_marks(nodes, paths, needs).items()}


def test_cuts_move_from_side_to_side():
    nodes = {
        "effluent": Node("heat", 62.0, 25.0),
        "water": Node("heat", 80.0, 18.0),
        "net": Node("heat", 40.0, 40.0),
    }
    found = marks(
        nodes, HeatPath("effluent", "water", 5.0), HeatPath("effluent", "net", 5.0)
    )
    # 45 C for the net cuts the water at 40 C; the effluent's ends at 57 and 20 C
    assert found == {"effluent": (45.0,), "water": (20.0, 40.0, 57.0), "net": ()}


def test_needs_cut_too():
    nodes = {"gas": Node("heat", 300.0, 100.0), "oil": Node("heat", 250.0, 60.0)}
    found = marks(nodes, HeatPath("gas", "oil", 20.0), needs=[("gas", 150.0)])
    assert found == {"gas": (150.0, 270.0), "oil": (80.0, 130.0)}


def test_cuts_end_where_approaches_differ():
    """Shifts by 0.7 K go on and on; the search stops and the site is refused."""
    nodes = {
        "a": Node("heat", 90.0, 20.0),
        "b": Node("heat", 91.0, 21.0),
        "c": Node("heat", 80.0, 10.0),
        "d": Node("heat", 81.0, 11.0),
    }
    approach = {"ac": 5.0, "ad": 5.7, "bc": 6.0, "bd": 5.0}
    paths = [HeatPath(pair[0], pair[1], k) for pair, k in approach.items()]
    assert max(map(len, marks(nodes, *paths).values())) > MOST_MARKS


def test_too_many_cuts_are_a_problem():
    streams = {"a": stream(90, 20, 10), "b": stream(91, 21, 10)}
    demands = {"c": demand(10, 80, 10), "d": demand(11, 81, 10)}
    approach = {"ac": 5.0, "ad": 5.7, "bc": 6.0, "bd": 5.0}
    plates = {f"x{p}": exchanger(p[0], p[1], k) for p, k in approach.items()}
    grid = site(**streams, **demands, **plates)
    found = grid.components["xac"].problems(grid.nodes)
    assert [problem.path for problem in found] == ["min_approach_k"]

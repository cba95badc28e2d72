"""Two halls and a line or pipe between them, with answers by hand."""

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    EXACT,
    built,
    figures_of,
    flows_of,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.components.link import LINE_LOSS_PER_KM, Link
from verdigrid.models.node import Node
from verdigrid.solvers.solve import solve
from verdigrid.studies.plan import solve_verified

BUSES = {
    "east": {"carrier": "electricity"},
    "west": {"carrier": "electricity"},
    "north": {"carrier": "heat", "temperature_c": 80.0},
    "south": {"carrier": "heat", "temperature_c": 80.0},
}

#: 10 % lost over 2 km.
LINE = {
    "kind": "link",
    "from_bus": "east",
    "to_bus": "west",
    "length_km": 2.0,
    "capacity": standing("kw", 100),
    "loss_per_km": 0.05,
}

PIPE = {
    **LINE,
    "from_bus": "north",
    "to_bus": "south",
    "both_ways": False,
    "loss_per_km": 0.0,
    "standing_loss_fraction_per_km": 0.01,
}


class TestLink(ComponentHarness):
    kind = "link"
    residuals = ("both ways at once", "capacity limit")
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "east_grid": grid_at([0.1, 0.1, 0.5], bus="east"),
            "west_grid": grid_at([0.3, 0.4, 0.1], bus="west"),
            "east_hall": load_of([10, 10, 20], "east"),
            "west_hall": load_of([10, 20, 10], "west"),
            "line": {
                **LINE,
                "standing_loss_fraction_per_km": 0.001,
                "capacity": option("kw", 100, 0.02),
            },
        },
    }
    variants: ClassVar = {
        "one way": {"both_ways": False},
        "loss by default, pumps": {
            "loss_per_km": None,
            "electricity_bus": "west",
            "pump_electricity_per_kwh": 0.03,
        },
        "existing, without losses": {
            "loss_per_km": 0.0,
            "standing_loss_fraction_per_km": 0.0,
            "capacity": standing("kw", 100),
        },
        "forward or backward": {"exclusive_steps": (1,)},
    }


def site(east=0.1, west=0.3, east_kw=(0, 0), west_kw=(10, 20), **line):
    """A hall and a grid at each end of the line."""
    return microgrid(
        {
            "east_grid": grid_at(east, bus="east"),
            "west_grid": grid_at(west, bus="west"),
            "east_hall": load_of(east_kw, "east"),
            "west_hall": load_of(west_kw, "west"),
            "line": {**LINE, **line},
        },
        len(west_kw),
        buses=BUSES,
    )


def heated(**pipe):
    """Cheap heat in the north for a demand in the south."""
    return microgrid(
        {
            "waste": heat_at(0.01, bus="north"),
            "boiler": heat_at(0.1, bus="south"),
            "process": load_of([0, 40], "south"),
            "power_grid": grid_at(0.2),
            "pipe": {**PIPE, **pipe},
        },
        2,
        buses=BUSES,
    )


# -- losses and limits -------------------------------------------------------


def test_what_arrives_is_less_by_the_loss():
    plan = planned(site())
    assert plan.values["line"]["forward_kw"] == pytest.approx([10 / 0.9, 20 / 0.9])
    assert plan.objective == pytest.approx(0.1 * 30 / 0.9)


def test_a_line_that_costs_more_in_losses_than_it_saves_is_left_alone():
    plan = planned(site(east=0.28))
    assert plan.values["line"]["forward_kw"] == pytest.approx([0, 0], abs=1e-9)
    assert plan.objective == pytest.approx(0.3 * 30)


def test_both_directions_in_one_day():
    """East is cheap first and dear then; each time the other side is served."""
    plan = planned(site([0.1, 0.5], [0.5, 0.1], east_kw=(0, 9), west_kw=(18, 0)))
    assert plan.values["line"]["forward_kw"] == pytest.approx([20, 0], abs=1e-9)
    assert plan.values["line"]["backward_kw"] == pytest.approx([0, 10], abs=1e-9)
    assert plan.objective == pytest.approx(0.1 * 20 + 0.1 * 10)
    assert figures_of(plan, "line") == pytest.approx(
        {"sent": 20, "sent back": 10, "lost": 3, "full-load hours": 0.3}
    )


def test_one_way_never_sends_back():
    plan = planned(site(east=0.5, west=0.1, east_kw=(9, 9), both_ways=False))
    assert "backward_kw" not in plan.values["line"]
    assert plan.objective == pytest.approx(0.5 * 18 + 0.1 * 30)


def test_capacity_limits_what_is_sent():
    plan = planned(site(capacity=standing("kw", 10)))
    assert plan.values["line"]["forward_kw"] == pytest.approx([10, 10])
    assert plan.objective == pytest.approx(0.1 * 20 + 0.3 * (30 - 18))


def test_a_kw_is_bought_while_it_pays():
    """A kW sent saves 0.9 x 0.3 - 0.1 = 0.17 in each hour that uses it."""
    plan = planned(site(capacity=option("kw", 100, 0.2)))
    assert plan.size("line", "capacity").new == pytest.approx(10 / 0.9)


def test_a_power_line_loses_by_default_and_a_pipe_does_not():
    plan = planned(site(loss_per_km=None))
    arriving = 1 - 2 * LINE_LOSS_PER_KM
    assert plan.objective == pytest.approx(0.1 * 30 / arriving)
    pipe = planned(heated(loss_per_km=None, standing_loss_fraction_per_km=0.0))
    assert pipe.objective == pytest.approx(0.01 * 40)


def test_the_default_loss_is_that_of_the_cable_it_names():
    current_a, ohm_per_km, volt = 416 / 2, 0.122, 10_000
    loss_w, power_w = 3 * current_a**2 * ohm_per_km, 3**0.5 * volt * current_a
    assert pytest.approx(loss_w / power_w, abs=5e-5) == LINE_LOSS_PER_KM


# -- pipes -------------------------------------------------------------------


def test_a_built_pipe_loses_heat_in_every_hour():
    """2 % of 100 kW at the sending end, also in the hour that sends nothing."""
    plan = planned(heated())
    assert flows_of(plan, "pipe")["north"] == pytest.approx([-2, -42])
    assert flows_of(plan, "pipe")["south"] == pytest.approx([0, 40])
    assert plan.objective == pytest.approx(0.01 * 44)
    figures = figures_of(plan, "pipe")
    assert figures["lost"] == pytest.approx(4)


def test_a_pipe_that_is_not_built_loses_nothing():
    plan = planned(heated(capacity=option("kw", 100, 10.0)))
    assert plan.size("pipe", "capacity").new == pytest.approx(0, abs=1e-9)
    assert plan.objective == pytest.approx(0.1 * 40)
    assert figures_of(plan, "pipe") == {}


def test_the_standing_loss_is_weighed_when_a_pipe_is_sized():
    """A kW saves 0.1 - 0.01 in one hour and loses 0.02 x 0.01 in both."""
    worth = 0.09 - 2 * 0.02 * 0.01
    bought = planned(heated(capacity=option("kw", 100, worth - 1e-4)))
    assert bought.size("pipe", "capacity").new == pytest.approx(40)
    left = planned(heated(capacity=option("kw", 100, worth + 1e-4)))
    assert left.size("pipe", "capacity").new == pytest.approx(0, abs=1e-9)


def test_pumps_draw_electricity_with_the_flow():
    pumped = heated(electricity_bus="power", pump_electricity_per_kwh=0.02)
    plan = planned(pumped)
    assert flows_of(plan, "pipe")["power"] == pytest.approx([0, -0.8])
    assert plan.objective == pytest.approx(0.01 * 44 + 0.2 * 0.8)


def test_a_chain_of_three_places():
    """East to west over the middle: each line takes its tenth."""
    second = {**LINE, "from_bus": "middle", "to_bus": "west", "loss_per_km": 0.1}
    chain = microgrid(
        {
            "east_grid": grid_at(0.1, bus="east"),
            "middle_hall": load_of([9], "middle"),
            "west_hall": load_of([72], "west"),
            "first": {**LINE, "to_bus": "middle", "capacity": standing("kw", 200)},
            "second": second,
        },
        1,
        buses={**BUSES, "middle": {"carrier": "electricity"}},
    )
    plan = planned(chain)
    assert plan.values["second"]["forward_kw"] == pytest.approx([72 / 0.8])
    assert plan.values["first"]["forward_kw"] == pytest.approx([(9 + 90) / 0.9])
    assert plan.objective == pytest.approx(0.1 * 110)


@given(
    prices=st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4),
    loss=st.floats(0.0, 0.4),
)
@settings(max_examples=12, deadline=None)
def test_no_more_arrives_than_was_sent_and_it_never_costs_more(prices, loss):
    east, west = prices[:2], prices[2:]
    joined = planned(site(east, west, east_kw=(5, 7), loss_per_km=loss))
    given_away = sum(flows_of(joined, "line").values())
    sent = sum(joined.values["line"].values())
    assert given_away == pytest.approx(-2 * loss * np.asarray(sent), abs=1e-7)
    alone = float(np.dot(east, (5, 7)) + np.dot(west, (10, 20)))
    assert joined.objective <= alone + 1e-7


# -- no circulation ----------------------------------------------------------


def test_nothing_circulates_where_it_is_free():
    plan = planned(site(east=0.0, west=0.0, loss_per_km=0.0))
    line = plan.values["line"]
    assert np.minimum(line["forward_kw"], line["backward_kw"]).max() < 1e-9


def test_burning_power_in_the_losses_is_forbidden():
    """At a negative price each kWh lost earns: honest is to send what is used.

    West's 10 and 20 kWh are sent from the east, which is paid 0.1 for 1 / 0.9 of it.
    """
    paid = site(east=-0.1, west=0.3)
    free = solve(built(paid), EXACT)
    assert free.overlaps == {"line": (0, 1)}
    assert free.objective < -0.1 * 30 / 0.9 - 1.0
    honest = solve_verified(paid, EXACT).solution
    assert honest.overlaps == {}
    assert honest.microgrid.exclusive_steps == {"line": (0, 1)}
    assert honest.objective == pytest.approx(-0.1 * 30 / 0.9)
    assert honest.values["line"]["backward_kw"] == pytest.approx([0, 0], abs=1e-9)


def test_forbidding_it_leaves_either_direction_free():
    """The east is paid for in one hour, the west in the other."""
    day = site([-0.1, 0.3], [0.3, -0.1], east_kw=(0, 9), west_kw=(18, 0))
    honest = solve_verified(day, EXACT).solution
    assert honest.objective == pytest.approx(-0.1 * 20 - 0.1 * 10)


def test_where_both_ends_are_paid_it_sends_what_is_used_and_no_more():
    honest = solve_verified(site(east=-0.1, west=-0.1), EXACT).solution
    assert honest.values["line"]["forward_kw"] == pytest.approx([10 / 0.9, 20 / 0.9])
    assert honest.objective == pytest.approx(-0.1 * 30 / 0.9)


# -- what is refused ---------------------------------------------------------

NODES = {
    "east": Node("electricity"),
    "west": Node("electricity"),
    "north": Node("heat", 80.0, 80.0),
    "south": Node("heat", 80.0, 80.0),
    "lukewarm": Node("heat", 50.0, 50.0),
    "cold": Node("cooling", 6.0, 6.0),
    "cool": Node("cooling", 12.0, 12.0),
    "unknown": Node("cooling"),
    "stream": Node("heat", 90.0, 20.0, takes=False),
    "bath": Node("heat", 60.0, 15.0, gives=False),
}


def problem_of(start, end, both_ways=False, **more):
    fields = {**PIPE, "from_bus": start, "to_bus": end, "both_ways": both_ways, **more}
    found = Link.model_validate(fields).problems(NODES)
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("start", "end", "both_ways"),
    [
        ("east", "west", True),
        ("north", "south", True),
        ("north", "lukewarm", False),
        ("cold", "cool", False),
    ],
)
def test_energy_goes_down_in_temperature(start, end, both_ways):
    assert problem_of(start, end, both_ways) is None


@pytest.mark.parametrize(
    ("start", "end", "both_ways", "field", "text"),
    [
        ("east", "north", False, "to_bus", "heat from east, which carries electricity"),
        ("lukewarm", "north", False, "to_bus", "north at 80 C from lukewarm at 50 C"),
        ("lukewarm", "north", True, "to_bus", "north at 80 C from lukewarm at 50 C"),
        ("north", "lukewarm", True, "both_ways", "lukewarm at 50 C"),
        ("cool", "cold", False, "to_bus", "cold at 6 C from cool at 12 C"),
        ("cold", "cool", True, "both_ways", "cool at 12 C from cold at 6 C"),
        ("cold", "unknown", False, "to_bus", "'unknown' without one"),
        ("unknown", "cool", False, "from_bus", "'unknown' without one"),
        ("stream", "lukewarm", False, "from_bus", "no bus"),
        ("north", "bath", False, "to_bus", "no bus"),
    ],
)
def test_what_can_not_be_joined_is_refused(start, end, both_ways, field, text):
    problem = problem_of(start, end, both_ways)
    assert problem.path == field
    assert text in problem.got


@pytest.mark.parametrize(
    "more", [{"loss_per_km": 0.5}, {"standing_loss_fraction_per_km": 0.5}]
)
def test_a_line_that_loses_everything_is_refused(more):
    assert problem_of("north", "south", **more).path == "length_km"
    assert problem_of("north", "south", **more, length_km=1.9) is None


def test_the_default_loss_has_a_length_too():
    bare = {"loss_per_km": None, "standing_loss_fraction_per_km": 0.0}
    assert problem_of("east", "west", **bare, length_km=230.0).path == "length_km"
    assert problem_of("east", "west", **bare, length_km=220.0) is None


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"to_bus": "east"}, "both 'east'"),
        ({"electricity_bus": "west"}, "belong together"),
        ({"pump_electricity_per_kwh": 0.01}, "belong together"),
        ({"length_km": 0.0}, "greater than 0"),
        ({"loss_per_km": 1.0}, "less than 1"),
        ({"capacity": {"max_kw": 10}}, "capex_per_kw"),
    ],
)
def test_nonsense_is_refused(wrong, text):
    with pytest.raises(ValidationError, match=text):
        Link.model_validate({**LINE, **wrong})


def test_the_sending_end_comes_first():
    fields = {**PIPE, "electricity_bus": "power", "pump_electricity_per_kwh": 0.01}
    uses = [(c.node, c.use) for c in Link.model_validate(fields).connections()]
    assert uses == [("north", "draws"), ("south", "feeds"), ("power", "draws")]
    both = Link.model_validate(LINE).connections()
    assert [(c.node, c.use) for c in both] == [("east", "both"), ("west", "both")]

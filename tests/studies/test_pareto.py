"""Pareto fronts: corners and slopes by hand, and what is true of any front."""

from dataclasses import replace

import numpy as np
import pytest

from support import EXACT, grid_at, load_of, microgrid, option
from verdigrid.models.errors import InfeasibleError, InputError
from verdigrid.studies.axis import axis_of
from verdigrid.studies.front import best_value, pareto_front
from verdigrid.studies.front_points import (
    Point,
    next_limit,
    non_dominated,
    with_differences,
    with_knee,
)
from verdigrid.studies.plan import solve_verified

CAP = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.02}
LESS = (1.0, 1.0)


def site(policies=None, **more):
    """100 kWh at 0.1 and 0.5 kg; up to 60 clean at 0.3, up to 30 at 0.5."""
    parts = {
        "grid": grid_at(0.1),
        "near": grid_at(0.3, import_limit_kw=60.0, emissions_kg_per_kwh=0.0),
        "far": grid_at(0.5, import_limit_kw=30.0, emissions_kg_per_kwh=0.0),
        "plant": load_of([100.0]),
        **more,
    }
    return microgrid(parts, 1, policies={"cap": CAP} if policies is None else policies)


def front_of(grid, x="carbon", y=None, points=7):
    axis, grid = axis_of(grid, x)
    other = None
    if y is not None:
        other, grid = axis_of(grid, y)
    return pareto_front(grid, axis, other, points, EXACT)


def test_two_technologies_by_hand():
    """From 50 kg at 10 over 20 kg at 22 (400 a tonne) to 5 kg at 34 (800 a tonne)."""
    front = front_of(site())
    points = front.points
    assert (points[0].x, points[0].y) == pytest.approx((0.050, 10.0), rel=1e-5)
    assert (points[-1].x, points[-1].y) == pytest.approx((0.005, 34.0), rel=1e-5)
    assert points[0].end == "best y"
    assert points[-1].end == "best x"
    corner = [point for point in points if point.x == pytest.approx(0.020, rel=1e-4)]
    assert [point.y for point in corner] == pytest.approx([22.0], rel=1e-4)
    assert front.knee in corner  # 30 of 45 kg for 12 of 24
    for point in points[1:-1]:
        cheap = point.x > 0.020 * (1 + 1e-4)
        if cheap or point.x < 0.020 * (1 - 1e-4):
            assert point.price == pytest.approx(400 if cheap else 800, rel=1e-6)
            exact = 10 + 400 * (0.050 - point.x)
            exact += 0.0 if cheap else 400 * (0.020 - point.x)
            assert point.y == pytest.approx(exact, rel=1e-6)
    for point in points[1:]:
        assert point.looser in (
            pytest.approx(400, rel=1e-3),
            pytest.approx(800, rel=1e-3),
        )
    assert all(point.agrees for point in points)
    assert front.least_x == pytest.approx(0.005, rel=1e-5)
    assert all(point.figures["checks"] > 0 for point in points)


def test_sizes_along_the_front():
    """A roof at 0.5 a kW saves 0.5 kg each: 10 kW and no more; then the near line."""
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}
    roof = {**pv, "capacity": option("kw", 10.0, 0.35)}
    front = front_of(site(roof=roof), points=8)
    sizes = [point.figures["size:roof.capacity"] for point in front.points]
    assert sizes == sorted(sizes)
    assert sizes[0] == pytest.approx(0, abs=1e-6)
    assert sizes[-1] == pytest.approx(10, rel=1e-6)


def test_of_plans_that_cost_the_same_the_end_is_the_cleanest():
    """The near line costs what the grid does: the cheapest end uses it."""
    parts = {"near": grid_at(0.1, import_limit_kw=60.0, emissions_kg_per_kwh=0.0)}
    front = front_of(site(**parts), points=4)
    assert front.points[0].x == pytest.approx(0.020, rel=1e-4)
    assert front.points[0].y == pytest.approx(10.0, rel=1e-6)


def test_nothing_to_choose_is_one_point():
    parts = {"near": grid_at(0.05, import_limit_kw=200.0, emissions_kg_per_kwh=0.0)}
    front = front_of(site(**parts))
    assert len(front.points) == 1
    assert front.points[0].y == pytest.approx(5.0)
    assert front.points[0].x == pytest.approx(0.0, abs=1e-9)


def test_a_decision_of_yes_or_no_leaves_no_dominated_point():
    """A roof of 6 for 20 kWh less is bought whole or not at all."""
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}
    whole = option("kw", 20.0, 0.0, capex_fixed=6.0, min_kw=20.0)
    front = front_of(site(roof={**pv, "capacity": whole}), points=9)
    assert_front(front)
    # at 40 kg: 20 kWh of the near line (14), or the roof (14): at 30 kg both 18
    at = {round(point.x, 4): point.y for point in front.points}
    assert at[0.05] == pytest.approx(10)
    for x, y in at.items():
        roof = 14.0 + 400 * max(0.0, 0.040 - x) + 400 * max(0.0, 0.010 - x)
        line = 10 + 400 * (0.050 - x) + 400 * max(0.0, 0.020 - x)
        best = min(roof, line) if x >= 0.005 else roof
        assert y == pytest.approx(best, rel=2e-3, abs=0.05)


def assert_front(front):
    """Strictly: more of the one means less of the other."""
    x, y = ([getattr(p, name) for p in front.points] for name in "xy")
    assert (np.diff(x) < 0).all()
    assert (np.diff(y) > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_random_sites_have_convex_fronts_without_dominated_points(seed):
    rng = np.random.default_rng(seed)
    hours = 6
    pv = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": {"values": list(rng.random(hours))},
    }
    parts = {
        "grid": grid_at(list(0.1 + 0.2 * rng.random(hours))),
        "near": grid_at(0.4, import_limit_kw=30.0, emissions_kg_per_kwh=0.1),
        "plant": load_of(list(50 + 50 * rng.random(hours))),
        "roof": {**pv, "capacity": option("kw", 80.0, 1.0)},
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": option("kwh", 50.0, 0.3),
            "power": option("kw", 50.0, 0.1),
        },
    }
    front = front_of(microgrid(parts, hours), points=8)
    assert_front(front)
    slopes = [point.looser for point in front.points[1:]]
    assert (np.diff(slopes) > -1e-4 * max(slopes)).all()
    assert all(point.agrees for point in front.points)


def test_the_share_of_green_power_against_cost():
    """More is better: from 0 at 10 to 90 % at 34, with the corner at 60 %."""
    green = {"kind": "green_power_share", "at_least": 0.3}
    near = grid_at(0.3, import_limit_kw=0.0)
    roofs = {
        "near": near,
        "far": near,
        "one": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": 1.0,
            "capacity": option("kw", 60.0, 0.3),
        },
        "two": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": 1.0,
            "capacity": option("kw", 30.0, 0.5),
        },
    }
    front = front_of(site({"green": green}, **roofs), x="green")
    x, y = ([getattr(p, name) for p in front.points] for name in "xy")
    assert (x[0], y[0]) == pytest.approx((0.0, 10.0), abs=1e-5)
    assert (x[-1], y[-1]) == pytest.approx((0.9, 34.0), rel=1e-4)
    assert (np.diff(x) > 0).all()
    corner = [p for p in front.points if p.x == pytest.approx(0.6, rel=1e-3)]
    assert corner
    for point in front.points[1:-1]:
        if point.x < 0.599:
            assert point.price == pytest.approx(20.0, rel=1e-4)  # 0.2 of each of 100


def test_a_share_needs_more_than_one_round():
    """Both sides of a share depend on the plan.

    More roof means more own use, and a smaller share: all of 100 kW has the most of
    amount - 0.1 base, and a share of 110 / 200. The 5 kW that stand have all.
    """
    roof = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}
    roof["capacity"] = option("kw", 100.0, 1.0, existing_kw=5.0)
    rule = {"kind": "self_consumption", "at_least": 0.1, "of": "possible"}
    parts = {"grid": grid_at(0.1), "roof": roof, "plant": load_of([100.0, 10.0])}
    axis, grid = axis_of(microgrid(parts, 2, policies={"own": rule}), "own")
    assert best_value(grid, axis, EXACT) == pytest.approx(1.0, rel=1e-6)


def test_no_plan_is_better_than_the_best():
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}
    roof = {**pv, "capacity": option("kw", 40.0, 1.0)}
    grid = site({"clean": {"kind": "non_fossil_share", "at_least": 0.1}}, roof=roof)
    axis, grid = axis_of(grid, "clean")
    best = best_value(grid, axis, EXACT)
    solve_verified(axis.limited(grid, best * (1 - 1e-5)), EXACT)
    with pytest.raises(InfeasibleError):
        solve_verified(axis.limited(grid, best * (1 + 1e-3)), EXACT)


@pytest.mark.parametrize("x", ["carbon", "cap"])
def test_offsets_count_only_where_they_are_bought(x):
    """A tenth may be offset at 100 a tonne: first that, from 50 to 45 kg for 0.5.

    Then the near line: 1 kWh less of the grid is 0.5 kg and 0.05 kg of offsets less.
    """
    offsets = {"at_most_share": 0.1, "price_per_tonne": 100.0}
    front = front_of(site({"cap": {**CAP, "offsets": offsets}}), x=x, points=7)
    first, last = front.points[0], front.points[-1]
    assert (first.x, first.y) == pytest.approx((0.050, 10.0), rel=1e-5)
    corner = [p for p in front.points if p.x == pytest.approx(0.045, rel=1e-3)]
    assert corner
    assert corner[0].y == pytest.approx(10.5, rel=1e-3)
    assert (last.x, last.y) == pytest.approx((0.0045, 34.05), rel=1e-4)
    slopes = {round(p.price) for p in front.points[1:]}
    # 0.2 less what 0.05 kg of offsets cost, for 0.45 kg
    assert slopes <= {100, 433, 878}
    assert all(point.agrees for point in front.points)


def test_two_policies_against_each_other():
    """Investment against emissions: 2 a kW of roof, half a kilogram each."""
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}
    roof = {**pv, "capacity": option("kw", 40.0, 2.0)}
    nothing = grid_at(0.3, import_limit_kw=0.0)
    rules = {"cap": CAP, "budget": {"kind": "investment_budget", "at_most": 10.0}}
    front = front_of(
        site(rules, roof=roof, near=nothing, far=nothing),
        x="carbon",
        y="budget",
        points=5,
    )
    assert_front(front)
    assert (front.points[0].x, front.points[0].y) == pytest.approx(
        (0.05, 0.0), abs=1e-4
    )
    assert (front.points[-1].x, front.points[-1].y) == pytest.approx(
        (0.03, 80.0), rel=1e-4
    )
    for point in front.points:
        assert point.y == pytest.approx(4000 * (0.05 - point.x), abs=1e-2)
        assert point.price is None


def test_axes_that_can_not_be():
    with pytest.raises(InputError, match="one of cost, carbon, cap"):
        axis_of(site(), "nothing")
    peak = {"kind": "peak_import_limit", "at_most_kw": 300.0}
    with pytest.raises(InputError, match="can be moved"):
        axis_of(site({"peak": peak}), "peak")


def test_the_carbon_axis_takes_the_place_of_every_cap():
    axis, grid = axis_of(site(), "carbon", scopes=[1, 2])
    assert axis.policy.scopes == [1, 2]
    assert not grid.policies["cap"].enforce
    assert "scopes 1, 2 (location)" in axis.words
    axis, _ = axis_of(site(), "carbon")
    assert axis.policy.scopes == [2]


# -- points alone ------------------------------------------------------------------


def at(x, y, price=None, limit=None):
    return Point(limit, x, y, price)


def test_dominated_points_and_twins_go():
    points = [at(1, 9), at(2, 5), at(2.5, 5), at(4, 1), at(4, 1, limit=4.0)]
    kept = non_dominated(points, LESS)
    assert [(p.x, p.y) for p in kept] == [(4, 1), (2, 5), (1, 9)]
    more = [replace(p, x=-p.x) for p in points]
    assert [p.x for p in non_dominated(more, (-1.0, 1.0))] == [-4, -2, -1]


def test_the_next_limit_is_where_the_tangents_meet():
    """Slopes 1 and 4 through (10, 0) and (0, 20): they meet at x = 10/3."""
    assert next_limit([at(10, 0, 1), at(0, 20, 4)], [], LESS) == pytest.approx(10 / 3)
    # straight pieces and unknown prices are halved
    assert next_limit([at(10, 0, 2), at(0, 20, 2)], [], LESS) == pytest.approx(5)
    assert next_limit([at(10, 0), at(0, 20)], [], LESS) == pytest.approx(5)
    # tangents that no convex front has say nothing
    assert next_limit([at(10, 0, 1), at(0, 20, 1.5)], [], LESS) == pytest.approx(5)
    # the price of the last gram does not draw all limits to it
    last = replace(at(0, 20, 1e9), end="best x")
    assert next_limit([at(10, 0, 0), last], [], LESS) == pytest.approx(2)
    # not where nothing is known to be, nor where an attempt failed
    assert next_limit([at(10, 0), at(0, 20, limit=6)], [], LESS) == pytest.approx(8)
    assert next_limit([at(10, 0), at(0, 20)], [at(5, 0, limit=5)], LESS) is None


def test_differences_to_both_neighbours_and_the_knee():
    points = [at(10, 0, 0), at(4, 6, 2), at(0, 26, 9)]
    points = with_knee(with_differences(points, LESS, True), LESS)
    assert [p.looser for p in points] == [None, 1, 5]
    assert [p.tighter for p in points] == [1, 5, None]
    assert [p.agrees for p in points] == [True, True, True]
    assert [p.is_knee for p in points] == [False, True, False]
    wrong = with_differences([at(10, 0, 0), at(4, 6, 7), at(0, 26, 9)], LESS, True)
    assert [p.agrees for p in wrong] == [True, False, True]

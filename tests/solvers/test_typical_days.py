"""Designs from typical days: which days, and plans against true optima."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from drafts import INF, Draft, sunny_site
from problems import solved, violation
from random_models import Wanted, random_model

from support import AS_IS, grid_at, load_of, microgrid, option, planned
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import InputError
from verdigrid.models.solution import Status
from verdigrid.solvers import certified as certified_module
from verdigrid.solvers import typical_days as typical_days_module
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.certificate import proven_bound
from verdigrid.solvers.certified import Certified, Goal
from verdigrid.solvers.days import choose_days, steps_of_a_day
from verdigrid.solvers.merge_days import merge_days
from verdigrid.solvers.segments import features
from verdigrid.solvers.solve import SolveOptions
from verdigrid.solvers.typical_days import design_in_words, solve_typical_days

GOAL = Goal(relative_gap=1e-4, time_limit_s=30.0, threads=2)
#: Days of four steps keep the problems small.
SIX_HOURS = 360


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    monkeypatch.setattr(certified_module, "SEGMENTS", 12)


def checked(
    model: CompiledModel, count: int = 24, step_minutes: int = SIX_HOURS
) -> Certified:
    """The plan, which keeps every row, with the true optimum between it and its bound.

    A plan that is not within the gap must say so.
    """
    true = solved(model)
    assert true.status is Status.OPTIMAL
    found = solve_typical_days(model, GOAL, step_minutes, count=count)
    result = found.result
    assert result.status.has_plan
    assert violation(model, result.x) <= 1e-6
    whole = result.x[model.integer]
    assert whole == pytest.approx(np.rint(whole), abs=1e-6)
    close = 1e-6 * max(1.0, abs(true.objective))
    proven = proven_bound(model, found.certificate)
    assert proven <= true.objective + close
    assert result.bound == min(proven, result.objective)
    assert result.objective >= true.objective - close
    cost = float(model.cost @ result.x) + model.offset
    assert result.objective == pytest.approx(cost, rel=1e-9)
    gap = (result.objective - result.bound) / max(1.0, abs(result.objective))
    assert (result.status is Status.OPTIMAL) == (gap <= GOAL.relative_gap)
    return found


# -- choosing days -----------------------------------------------------------------


def test_alike_days_are_gathered_and_extreme_days_stand_alone() -> None:
    # Low and high days alternate, with little noise; day 5 has the peak, day 6 is dull.
    day = np.tile([1.0, 2.0, 3.0, 2.0], (12, 1))
    day[1::2] += 5.0
    day += 0.01 * np.random.default_rng(0).random(day.shape)
    day[5, 2], day[6] = 30.0, 0.5
    typical = choose_days(day.reshape(-1, 1), 4, 2)
    extreme, rest = typical[[5, 6]], np.delete(typical, [5, 6]).tolist()
    assert sorted(extreme) == [0, 1]
    low, high = rest[0], rest[1]
    assert sorted((low, high)) == [2, 3]
    # days 0 to 4 and 7 to 11, low and high in turn
    assert rest == [low, high, low, high, low, high, low, high, low, high]


def test_days_that_are_all_the_same_are_one_typical_day() -> None:
    assert choose_days(np.zeros((12, 1)), 4, 2).tolist() == [0, 0, 0]


def test_horizons_of_broken_days_are_refused() -> None:
    assert steps_of_a_day(96, 60) == 24
    assert steps_of_a_day(96, 15) == 96
    for steps, minutes in ((30, 60), (96, 100)):
        with pytest.raises(InputError, match="whole days of whole steps"):
            steps_of_a_day(steps, minutes)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tsam", None)
    model = sunny_site(np.arange(40.0).tolist(), [0.0, 1.0, 1.0, 0.0] * 10)
    with pytest.raises(InputError, match=r'pip install "verdigrid\[typical-days\]"'):
        solve_typical_days(model, GOAL, SIX_HOURS, count=2)
    # the days themselves need no clusters
    assert solve_typical_days(model, GOAL, SIX_HOURS, count=10).result.status.has_plan


# -- plans -------------------------------------------------------------------------


def test_days_that_repeat_need_one_typical_day() -> None:
    model = sunny_site([2.0, 1.0, 1.0, 2.0] * 6, [0.0, 1.5, 1.0, 0.0] * 6)
    true = solved(model).objective
    typical = choose_days(features(model), 4, 1)
    assert typical.tolist() == [0] * 6
    assert solved(merge_days(model, typical, 4).model).objective == pytest.approx(true)
    found = checked(model, count=1)
    assert found.result.objective == pytest.approx(true, rel=1e-6)
    assert found.result.status is Status.OPTIMAL


@pytest.mark.parametrize("seed", range(8))
def test_as_many_typical_days_as_days_find_the_optimum(seed: int) -> None:
    model = random_model(seed, Wanted(steps=24, whole_hours=False))
    found = checked(model, count=6)
    true = solved(model).objective
    room = 3e-4 * max(1.0, abs(true))  # the tree stops at the asked gap
    assert found.result.objective <= true + room
    assert found.certificate.facts["sizes_enlarged"] == 0


@pytest.mark.parametrize("whole_hours", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_plans_are_feasible_and_bounds_true(
    seed: int, whole_hours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However badly the typical days are chosen."""
    kinds = np.random.default_rng(seed).integers(3, size=6)
    _, typical = np.unique(kinds, return_inverse=True)
    monkeypatch.setattr(typical_days_module, "choose_days", lambda *_: typical)
    checked(random_model(seed, Wanted(steps=24, whole_hours=whole_hours)))


def test_a_battery_carries_over_days_of_the_same_kind() -> None:
    # Three days of sun, then three without: what the night and the dark days need
    # must pile up over the three sunny days, though these are one typical day.
    sun = [0.0, 2.0, 2.0, 0.0] * 3 + [0.0] * 12
    model = sunny_site([1.0] * 24, sun)
    assert np.unique(choose_days(features(model), 4, 2)).size == 4  # 2 are extreme
    merged = merge_days(model, np.repeat([0, 1], 3), 4)
    true, approximate = solved(model), solved(merged.model)
    assert approximate.objective == pytest.approx(true.objective)
    content = merged.expanded(approximate.x)[
        model.columns.where("operation", "content")
    ]
    assert content.argmax() in (10, 11)  # full as the sun goes for good
    assert content.max() > 2 * 4  # more than one dark day needs
    found = checked(model, count=2)
    assert found.result.objective == pytest.approx(true.objective)


def test_peaks_are_seen() -> None:
    # Only the boiler serves the heat; one day of fourteen needs twice as much.
    heat = np.tile([3.0, 2.0, 2.0, 3.0], 14)
    heat += 0.1 * np.random.default_rng(1).random(heat.size)
    heat[4 * 9 + 2] = 6.0
    draft = Draft(56)
    size = draft.design("boiler", 20.0, cost=10.0)
    output = draft.timed("output", 20.0, cost=0.1)
    draft.rows("load", heat, INF, (output, 1.0))
    draft.rows("limit", -INF, 0.0, (output, 1.0), (size, -1.0))
    found = checked(draft.model(), count=2)
    assert found.result.x[size] == pytest.approx(6.0)
    assert found.certificate.facts["sizes_enlarged"] == 0


def two_demands(room: float) -> CompiledModel:
    """Heat from ``a`` alone, cold from ``b`` or bought; days of one step.

    On two days 10 and 12 of heat and 12 and 10 of cold are needed. ``a`` and ``b`` cost
    1 per kW and share ``room``, bought cold costs 0.6 per kWh.
    """
    draft = Draft(2)
    a = draft.design("a", 50.0, cost=1.0)
    b = draft.design("b", 50.0, cost=1.0)
    heat, cold = draft.timed("heat", 50.0), draft.timed("cold", 50.0)
    bought = draft.timed("bought", 50.0, cost=0.6)
    draft.rows("heat_load", [10.0, 12.0], INF, (heat, 1.0))
    draft.rows("cold_load", [12.0, 10.0], INF, (cold, 1.0), (bought, 1.0))
    draft.rows("most_heat", -INF, 0.0, (heat, 1.0), (a, -1.0))
    draft.rows("most_cold", -INF, 0.0, (cold, 1.0), (b, -1.0))
    draft.row("room", -INF, room, (a, 1.0), (b, 1.0))
    return draft.model()


@pytest.fixture
def _one_typical_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        typical_days_module, "choose_days", lambda *_: np.zeros(2, dtype=int)
    )


@pytest.mark.usefixtures("_one_typical_day")
def test_sizes_grow_where_the_mean_is_too_small_and_nowhere_else() -> None:
    # The mean asks for 11 of each. Heat needs 12; cold is bought where b lacks 1,
    # though 10 of b would be best: 12 + 11 + 0.6 instead of 12 + 10 + 1.2.
    found = checked(two_demands(100.0), step_minutes=1440)
    assert found.result.x[:2] == pytest.approx([12.0, 11.0])
    assert found.result.objective == pytest.approx(23.6)
    assert found.result.bound <= 23.2 + 1e-9
    facts = found.certificate.facts
    assert (facts["sizes_enlarged"], facts["design_released"]) == (1, 0)
    words = "sizes from 1 typical days (1 enlarged to keep every limit)"
    assert design_in_words(facts) == words
    assert found.result.facts["sizes_enlarged"] == 1
    assert found.result.status is Status.FEASIBLE


@pytest.mark.usefixtures("_one_typical_day")
def test_a_design_that_growth_can_not_mend_is_given_up() -> None:
    # b takes all the room that 11 leave, so a can't grow to 12 unless b shrinks.
    found = checked(two_demands(22.0), step_minutes=1440)
    assert found.result.x[:2] == pytest.approx([12.0, 10.0])
    assert found.certificate.facts["design_released"] == 1
    assert "given up" in design_in_words(found.certificate.facts)


def test_the_proof_tells_of_a_cheaper_plan() -> None:
    model = random_model(3, Wanted(steps=32, whole_hours=False))
    found = checked(model, count=1)
    facts = found.certificate.facts
    assert facts["cost_found_by_proof"] >= found.result.bound
    assert facts["typical_days"] >= 1


def test_no_plan_is_said_to_be_none() -> None:
    model = two_demands(5.0)
    found = solve_typical_days(model, GOAL, 1440)
    assert found.result.status is Status.INFEASIBLE


def test_nothing_to_size_is_the_certified_search() -> None:
    draft = Draft(8)
    buy = draft.timed("buy", 10.0, cost=np.arange(8.0))
    draft.rows("load", 2.0, INF, (buy, 1.0))
    found = solve_typical_days(draft.model(), GOAL, SIX_HOURS)
    assert found.result.objective == pytest.approx(2.0 * 28)
    assert "typical_days" not in found.certificate.facts


def test_a_microgrid_is_planned_verified_and_named() -> None:
    hours = np.arange(6 * 24)
    load = 10.0 + 5.0 * np.sin(2 * np.pi * hours / 24) + hours % 5
    sun = np.maximum(0.0, np.sin(2 * np.pi * (hours - 6) / 24))
    site = microgrid(
        {
            "grid": grid_at(0.3),
            "plant": load_of(load),
            "roof": {
                "kind": "pv",
                "bus": "power",
                "yield_kw_per_kw": {"values": sun.tolist()},
                "capacity": option("kw", 50, 4.0),
            },
        },
        hours.size,
        finance=AS_IS,
    )
    options = SolveOptions(relative_gap=1e-3, method="typical-days")
    plan = planned(site, options)
    best = planned(site, replace(options, method="monolithic", relative_gap=0.0))
    assert plan.facts["method"] == "typical-days"
    assert "typical days" in plan.algorithm
    assert plan.bound <= best.objective * (1 + 1e-9)
    assert plan.objective >= best.objective * (1 - 1e-9)
    assert plan.certificate is not None

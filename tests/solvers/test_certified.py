"""Plans with proven gaps, against the optimum that HiGHS alone finds."""

from dataclasses import replace

import numpy as np
import pytest
from drafts import INF, Draft, before, switched
from problems import solved, violation
from random_models import Wanted, drawn, random_model

from support import built
from verdigrid.models.certificate import Certificate, Leaf
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.scenarios.load import load
from verdigrid.solvers import certified as certified_module
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.branch import Limits, branch_and_bound
from verdigrid.solvers.certificate import leaf_bound, proven_bound
from verdigrid.solvers.certified import Certified, Goal, solve_certified
from verdigrid.solvers.compile import compile_model
from verdigrid.solvers.cutstore import CutStore
from verdigrid.solvers.highs import Session
from verdigrid.solvers.master import Master
from verdigrid.solvers.segments import choose_segments, features
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import cut_into_windows
from verdigrid.studies.plan import against_baseline, make_baseline

GAP = 1e-4
GOAL = Goal(relative_gap=GAP, time_limit_s=30.0, threads=2)


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    monkeypatch.setattr(certified_module, "SEGMENTS", 12)


def checked(
    model: CompiledModel, goal: Goal = GOAL, store: CutStore | None = None
) -> Certified:
    """The certified plan, which is compared with the optimum."""
    true = solved(model)
    assert true.status is Status.OPTIMAL
    found = solve_certified(model, goal, store=store)
    result = found.result
    close = 1e-6 * max(1.0, abs(true.objective))
    proven = proven_bound(model, found.certificate)
    assert proven <= true.objective + close
    if result.status.has_plan:
        assert result.bound == min(proven, result.objective)
    else:
        assert result.bound == proven
    if result.status.has_plan:
        assert violation(model, result.x) <= 1e-6
        assert result.x[model.integer] == pytest.approx(
            np.rint(result.x[model.integer]), abs=1e-6
        )
        assert result.objective >= true.objective - close
        cost = float(model.cost @ result.x) + model.offset
        assert result.objective == pytest.approx(cost, rel=1e-12)
    if result.status is Status.OPTIMAL:
        size = max(1.0, abs(result.objective))
        assert result.objective - result.bound <= goal.relative_gap * size
        assert result.objective - true.objective <= goal.relative_gap * size + close
    return found


# -- by hand ---------------------------------------------------------------------


def test_a_battery_carries_power_from_one_window_to_the_next() -> None:
    # Power is free in the first twelve steps and costs 1 in the others, where 2 kWh
    # are needed per step: 24 kWh at 1, or a battery of 24 kWh at 0.1 each.
    draft = Draft(24)
    late = np.arange(24) >= 12
    size = draft.design("size", 100.0, cost=0.1)
    buy = draft.timed("buy", 50.0, cost=late * 1.0)
    content = draft.timed("content")
    draft.rows(
        "balance",
        late * 2.0,
        late * 2.0,
        (buy, 1.0),
        (content, -1.0),
        (before(content), 1.0),
    )
    draft.rows("room", -INF, 0.0, (content, 1.0), (size, -1.0))
    found = checked(draft.model())
    result = found.result
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(2.4, rel=GAP)
    assert result.x[size] == pytest.approx([24.0], rel=1e-3)
    assert len(found.windows.windows) == 2


def spacious(limit: float) -> Draft:
    """PV or wind, at 1 and 1.1 per kW, must make 5 kW in a window each.

    PV yields in the first window, wind in the second; both need space.
    """
    draft = Draft(24)
    late = np.arange(24) >= 12
    pv = draft.design("pv", 100.0, cost=1.0)
    wind = draft.design("wind", 100.0, cost=1.1)
    made = draft.timed("made")
    dear = draft.timed("dear", 50.0, cost=1.0)
    sun, blow = np.where(late, 0.2, 1.0), np.where(late, 1.0, 0.2)
    draft.rows("yield", -INF, 0.0, (made, 1.0), (pv, -sun), (wind, -blow))
    draft.rows("load", 5.0, INF, (made, 1.0), (dear, 1.0))
    draft.row("space", -INF, limit, (pv, 1.0), (wind, 1.0))
    return draft


@pytest.mark.parametrize("limit", [100.0, 6.0, 3.0, 0.0])
def test_what_capacities_share_is_kept(limit: float) -> None:
    result = checked(spacious(limit).model()).result
    assert result.status is Status.OPTIMAL


@pytest.mark.parametrize("embodied", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("most", [120.0, 60.0, 30.0])
def test_a_cap_that_counts_capacities_too_is_kept(embodied: float, most: float) -> None:
    # 10 kWh per step at 1 kg; PV halves that and costs ``embodied`` kg itself. What is
    # too much can be compensated, at 9 per kg.
    draft = Draft(24)
    pv = draft.design("pv", 12.0, cost=20.0)
    buy, made = draft.timed("buy", 20.0, cost=0.2), draft.timed("made")
    sun = 0.5 + 0.5 * np.sin(np.arange(24))
    draft.rows("yield", -INF, 0.0, (made, 1.0), (pv, -sun))
    draft.rows("load", 10.0, INF, (made, 1.0), (buy, 1.0))
    extra = draft.static("compensated", 1e4, cost=9.0)
    draft.row("cap", -INF, most, (buy, 1.0), (pv, embodied), (extra, -1.0))
    found = checked(draft.model())
    result = found.result
    assert found.windows.shared.size == 1
    assert result.status is Status.OPTIMAL


def test_a_cap_that_the_coarse_problem_does_not_feel_is_kept() -> None:
    # Two fuels: 1 at 1 kg or 2 at none, each for half of the steps only. Gathered, the
    # cleaner seems to be there always, so the cap seems to cost nothing.
    draft = Draft(24)
    even = np.arange(24) % 2 == 0
    coal = draft.timed("coal", 30.0, cost=1.0)
    wood = draft.timed("wood", even * 30.0, cost=1.0 + 1e-3)
    oil = draft.timed("oil", 30.0, cost=3.0)
    draft.rows("load", 10.0, INF, (coal, 1.0), (wood, 1.0), (oil, 1.0))
    draft.row("cap", -INF, 60.0, (coal, 1.0))
    result = checked(draft.model()).result
    assert result.status is Status.OPTIMAL
    # 12 odd steps of 10 kWh need coal, 60 of it, or oil; the even ones burn wood.
    assert result.objective == pytest.approx(60 + 60 * 3 + 120 * 1.001, rel=2 * GAP)


def test_lagged_switches_without_a_price_are_solved() -> None:
    """States that neither cost nor appear in other rows leave the coarse problem."""
    draft = Draft(24)
    load = 10.0 + 8.0 * np.sin(np.arange(24))
    on, start = draft.timed("on", 1.0), draft.timed("start", 1.0)
    made, buy = draft.timed("made", cost=0.1), draft.timed("buy", 50.0, cost=0.3)
    draft.rows("switch", -INF, 0.0, (on, 1.0), (before(on), -1.0), (start, -1.0))
    starts = [(before(start, lag), 1.0) for lag in range(4)]
    draft.rows("min_up", -INF, 0.0, *starts, (on, -1.0))
    draft.rows("most", -INF, 0.0, (made, 1.0), (on, -12.0))
    draft.rows("least", 0.0, INF, (made, 1.0), (on, -6.0))
    draft.rows("load", load, load, (made, 1.0), (buy, 1.0))
    result = checked(draft.model()).result
    assert result.status is Status.OPTIMAL


@pytest.mark.parametrize("whole", [False, True])
def test_starts_and_stops_across_windows_are_decided(whole: bool) -> None:
    result = checked(switched(whole)).result
    assert result.status.has_plan


@pytest.mark.parametrize("fixed", [10.0, 29.0, 31.0, 80.0])
def test_buying_or_not(fixed: float) -> None:
    # Without: 24 x 10 x 0.3 = 72. With: 10 kW at 1 each and a fixed price, and 24 x 10
    # kWh at 0.1: 34 and the fixed price.
    draft = Draft(24)
    build = draft.design("build", 1.0, cost=fixed, integer=True)
    size = draft.design("size", 40.0, cost=1.0)
    draft.row("most", -INF, 0.0, (size, 1.0), (build, -40.0))
    buy, made = draft.timed("buy", 50.0, cost=0.3), draft.timed("made", cost=0.1)
    draft.rows("limit", -INF, 0.0, (made, 1.0), (size, -1.0))
    draft.rows("load", 10.0, 10.0, (buy, 1.0), (made, 1.0))
    result = checked(draft.model(), replace(GOAL, relative_gap=1e-6)).result
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(min(72.0, 34.0 + fixed), rel=2e-6)


@pytest.mark.parametrize("threads", [1, 2])
def test_hourly_binaries_are_decided_with_any_number_of_threads(threads: int) -> None:
    # A machine of 5 to 10 kW saves 0.2 per kWh and costs 0.6 per step that it is on:
    # worth it above 3 kW. Demands of 2 don't reach its least load.
    draft = Draft(24)
    load = np.where(np.arange(24) % 3 == 0, 2.0, 8.0)
    on = draft.timed("on", 1.0, cost=0.6, integer=True)
    made, buy = draft.timed("made", cost=0.1), draft.timed("buy", 50.0, cost=0.3)
    draft.rows("most", -INF, 0.0, (made, 1.0), (on, -10.0))
    draft.rows("least", 0.0, INF, (made, 1.0), (on, -5.0))
    draft.rows("load", load, load, (made, 1.0), (buy, 1.0))
    goal = replace(GOAL, threads=threads, relative_gap=0.2)
    result = checked(draft.model(), goal).result
    assert result.status.has_plan
    # 8 steps buy 2 kWh at 0.3, 16 make 8 kWh at 0.1 and pay 0.6.
    assert result.objective == pytest.approx(8 * 0.6 + 16 * 1.4, rel=1e-6)


@pytest.mark.parametrize("demand", [60.0, 51.0])
def test_demand_beyond_all_supply_has_no_plan(demand: float) -> None:
    draft = Draft(24)
    size = draft.design("size", 10.0, cost=1.0)
    buy, made = draft.timed("buy", 40.0, cost=1.0), draft.timed("made")
    draft.rows("limit", -INF, 0.0, (made, 1.0), (size, -1.0))
    load = np.where(np.arange(24) == 17, demand, 10.0)
    draft.rows("load", load, INF, (buy, 1.0), (made, 1.0))
    result = solve_certified(draft.model(), GOAL).result
    assert not result.status.has_plan
    assert result.x.size == 0


# -- whatever the problem ----------------------------------------------------------


@pytest.mark.parametrize("seed", range(16))
def test_continuous_designs(seed: int) -> None:
    result = checked(drawn(seed, whole_design=False)).result
    assert result.status is Status.OPTIMAL


@pytest.mark.parametrize("seed", range(16))
def test_designs_with_decisions(seed: int) -> None:
    result = checked(drawn(seed, whole_design=True)).result
    assert result.status is Status.OPTIMAL


@pytest.mark.parametrize("seed", range(10))
def test_hourly_binaries(seed: int) -> None:
    goal = replace(GOAL, relative_gap=0.01)
    model = random_model(seed, Wanted(24, whole_design=False, whole_hours=True))
    result = checked(model, goal).result
    assert result.status is not Status.INFEASIBLE


@pytest.mark.parametrize("seed", range(10))
def test_demand_that_may_not_stay_unserved(seed: int) -> None:
    model = drawn(seed, served=False)
    if solved(model).status is Status.OPTIMAL:
        result = checked(model).result
        assert result.status is not Status.INFEASIBLE
        return
    result = solve_certified(model, GOAL).result
    assert not result.status.has_plan


@pytest.mark.parametrize("seed", range(8))
def test_a_certificate_without_one_leaf_proves_nothing(seed: int) -> None:
    model = drawn(seed, whole_design=True)
    certificate = solve_certified(model, replace(GOAL, relative_gap=1e-7)).certificate
    for missing in range(len(certificate.leaves)):
        leaves = certificate.leaves[:missing] + certificate.leaves[missing + 1 :]
        lacking = Certificate(certificate.decisions, leaves)
        assert proven_bound(model, lacking) == -INF


@pytest.mark.parametrize("seed", range(8))
def test_other_multipliers_prove_no_more_than_the_truth(seed: int) -> None:
    random = np.random.default_rng(seed)
    model = drawn(seed, whole_design=True)
    true = solved(model).objective
    certificate = solve_certified(model, GOAL).certificate
    for spread in (1e-4, 0.01, 1.0):
        leaves = tuple(
            replace(
                leaf,
                row_dual=leaf.row_dual * random.normal(1.0, spread, leaf.row_dual.size)
                + random.normal(0.0, spread, leaf.row_dual.size),
            )
            for leaf in certificate.leaves
        )
        proven = proven_bound(model, replace(certificate, leaves=leaves))
        assert proven <= true + 1e-9 * max(1.0, abs(true))


@pytest.mark.parametrize("seed", range(8))
def test_cuts_of_one_problem_hold_for_the_next(seed: int) -> None:
    """Their multipliers do, whatever changes: costs, sides of rows, coefficients."""
    model, store = drawn(seed, whole_design=False), CutStore()
    solve_certified(model, GOAL, store=store)
    random = np.random.default_rng(seed)
    matrix = model.matrix.copy()
    matrix.data = matrix.data * random.uniform(0.98, 1.02, matrix.data.size)
    at_design = np.array([f.owner.startswith("design") for f in model.columns.families])
    factor = np.where(at_design[model.columns.family], 1.3, 1.0)
    cost = model.cost * factor
    for other in (
        replace(model, cost=cost),
        replace(model, upper=0.9 * model.upper, cost=1.1 * model.cost),
        replace(model, matrix=matrix),
    ):
        windows, boxes = cut_into_windows(other), implied_boxes(other)
        master = Master(
            windows, choose_segments(features(other), 12, windows.first_step)
        )
        cuts = store.known(windows, boxes)
        assert cuts
        master.add(cuts)
        nothing, none = np.zeros(0, dtype=int), np.zeros(0)
        true, found = solved(other), master.solve(nothing, none, none)
        assert true.status is Status.OPTIMAL
        close = 1e-6 * max(1.0, abs(true.objective))
        assert found.objective <= true.objective + close
        leaf = Leaf(none, none, master.full_duals(found.row_dual))
        proven = leaf_bound(other, boxes, nothing, leaf)
        assert found.objective - close <= proven <= true.objective + close


@pytest.mark.parametrize("seed", range(8))
def test_a_search_that_begins_where_another_ended_finds_the_same(seed: int) -> None:
    """Members of a study: costs, limits, coefficients, what may be bought; and back."""
    model, store = drawn(seed), CutStore()
    random = np.random.default_rng(seed)
    matrix = model.matrix.copy()
    matrix.data = matrix.data * random.uniform(0.98, 1.02, matrix.data.size)
    whole = model.integer & ~timed(model.columns)
    bought = np.where(whole, model.upper, model.lower)
    others = (
        model,
        replace(model, cost=1.1 * model.cost),
        replace(model, matrix=matrix),
        replace(model, lower=bought),
        replace(model, row_upper=model.row_upper + 0.02 * np.abs(model.row_upper)),
        model,
    )
    for other in others:
        if solved(other).status is Status.OPTIMAL:
            found = checked(other, store=store)
            assert found.result.status is Status.OPTIMAL
    assert store.stand(cut_into_windows(model)) is not None


def test_another_shape_knows_no_cuts() -> None:
    model, store = drawn(1, whole_design=False), CutStore()
    solve_certified(model, GOAL, store=store)
    other = drawn(2, whole_design=False)
    assert store.known(cut_into_windows(model), implied_boxes(model))
    assert not store.known(cut_into_windows(other), implied_boxes(other))


# -- sites ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "periods", "reduction"),
    [("first-minute", 240, 0.02), ("us-plant", 336, 0.05), ("dyeing-park", 168, 0.02)],
)
def test_a_site_is_planned_within_the_gap(
    name: str, periods: int, reduction: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 48)
    monkeypatch.setattr(certified_module, "SEGMENTS", 60)
    changes = [f"time.periods={periods}", f"policies.carbon_cap.reduction={reduction}"]
    site = load(f"library:{name}", changes).microgrid
    site = against_baseline(site, *make_baseline(site))
    model = compile_model(built(site))
    if model.integer.any():
        limits = Limits(1e-7, 120.0, {"solver": "simplex"})
        _, true = branch_and_bound(model, limits, None)
    else:
        true = Session(model).run_in_thread()
    assert true.status is Status.OPTIMAL
    found = solve_certified(model, GOAL)
    result, size = found.result, max(1.0, abs(true.objective))
    assert result.status is Status.OPTIMAL
    assert len(found.windows.windows) > 2
    assert violation(model, result.x) <= 1e-6
    assert proven_bound(model, found.certificate) == result.bound
    assert result.bound <= true.objective + 1e-6 * size
    assert -1e-6 * size <= result.objective - true.objective <= 1.001 * GAP * size
    assert result.objective - result.bound <= GAP * abs(result.objective)

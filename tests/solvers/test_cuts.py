"""What a window costs at least: cuts by hand, and that no cut excludes an optimum."""

import numpy as np
import pytest
from drafts import INF, Draft, before
from problems import relaxed, solved
from random_models import Wanted, random_model

from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.cuts import Cut, lagrangian, prove_cut, usable_duals
from verdigrid.solvers.dispatch import Dispatcher
from verdigrid.solvers.windows import Windows, cut_into_windows, parts_of_window


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 2)


def site(most: float = 50.0) -> CompiledModel:
    """10 kWh per step from the grid at 1, 3, 1, 1 or from PV; 0.5 kg/kWh, 15 in all."""
    draft = Draft(4)
    size = draft.design("size", 30.0, cost=40.0)
    buy = draft.timed("buy", most, cost=[1.0, 3.0, 1.0, 1.0])
    pv = draft.timed("pv")
    draft.rows("load", 10.0, INF, (buy, 1.0), (pv, 1.0))
    sun = np.array([0.5, 1.0, 0.5, 0.5])
    draft.rows("yield", -INF, 0.0, (pv, 1.0), (size, -sun))
    draft.row("cap", -INF, 15.0, (buy, 0.5))
    return draft.model(offset=100.0)


def slack(windows: Windows, cut: Cut, x: np.ndarray) -> float:
    """By how much a plan keeps a cut, relative to what adds up in it."""
    own = windows.windows[cut.window].columns
    cost = windows.model.cost[own] * x[own]
    parts = cut.prices * (windows.parts[:, own] @ x[own])
    slope = cut.slope * x[cut.linking]
    size = sum(np.abs(term).sum() for term in (cost, parts, slope))
    left = cut.weight * cost.sum() + parts.sum() - cut.constant - slope.sum()
    return float(left / max(1.0, size, abs(cut.constant)))


def only(cut: Cut) -> tuple[float, list[float], float]:
    return cut.constant, cut.slope.tolist(), cut.weight


# -- by hand ---------------------------------------------------------------------


def test_the_least_of_a_lagrangian() -> None:
    # 2 x 3, -1 x 5, 1 x 1, -2 x 4
    value = lagrangian(
        np.array([2.0, -1.0]),
        np.array([3.0, -7.0]),
        np.array([9.0, 5.0]),
        np.array([1.0, -2.0]),
        np.array([1.0, -6.0]),
        np.array([8.0, 4.0]),
    )
    assert value == pytest.approx(-6.0, rel=1e-12)
    assert value < -6.0  # lowered by more than rounding


def test_open_sides_that_do_not_count_are_left_out() -> None:
    none = np.zeros(1)
    everything = none - INF, none + INF
    assert lagrangian(none, *everything, none, *everything) == 0.0
    assert lagrangian(none, *everything, none + 1.0, *everything) == -INF
    assert lagrangian(none, *everything, none - 1.0, *everything) == -INF


def test_multipliers_that_meet_an_open_side_are_set_to_zero() -> None:
    dual = np.array([2.0, -2.0, 2.0, -2.0, 0.0])
    lower = np.array([-INF, -INF, 1.0, 1.0, -INF])
    upper = np.array([1.0, 1.0, INF, INF, INF])
    assert usable_duals(dual, lower, upper).tolist() == [0.0, -2.0, 2.0, 0.0, 0.0]


def test_constant_and_slope_of_a_cut() -> None:
    # A kWh is worth 1 and 3, and so is what PV yields: 10 + 30 - (0.5 + 3) size.
    windows = cut_into_windows(site())
    boxes = implied_boxes(windows.model)
    duals = np.array([1.0, 3.0, -1.0, -3.0])  # loads, yields
    cut = prove_cut(windows, 0, boxes, duals, np.zeros(1))
    assert only(cut) == (pytest.approx(40.0), [-3.5], 1.0)
    assert cut.linking.tolist() == [0]
    # At a size of 4 that is what it costs: 8 at 1 and 6 at 3.
    assert cut.constant + cut.slope[0] * 4.0 == pytest.approx(26.0)


def test_prices_of_the_shared_row_are_part_of_a_cut() -> None:
    # At 2 per kg a bought kWh costs 1 more: 20 + 40 - (1 + 4) size.
    windows = cut_into_windows(site())
    boxes = implied_boxes(windows.model)
    duals = np.array([2.0, 4.0, -2.0, -4.0])
    cut = prove_cut(windows, 0, boxes, duals, np.array([2.0]))
    assert only(cut) == (pytest.approx(60.0), [-5.0], 1.0)


def test_poor_multipliers_prove_less() -> None:
    # Only the second load counts, at 2: 20 - 2 size. Nothing is proved about the first.
    windows = cut_into_windows(site())
    boxes = implied_boxes(windows.model)
    duals = np.array([0.0, 2.0, 0.0, -2.0])
    assert only(prove_cut(windows, 0, boxes, duals, np.zeros(1))) == (
        pytest.approx(20.0),
        [-2.0],
        1.0,
    )
    # At 5, buying 50 kWh seems to earn 2 each: 50 - 100 - 5 size.
    duals = np.array([0.0, 5.0, 0.0, -5.0])
    assert only(prove_cut(windows, 0, boxes, duals, np.zeros(1))) == (
        pytest.approx(-50.0),
        [-5.0],
        1.0,
    )


def test_a_cut_that_says_which_sizes_leave_no_dispatch() -> None:
    # 10 kWh, of which the grid gives 6: 0 >= 4 - 0.5 size, a size of 8 or more.
    windows = cut_into_windows(site(most=6.0))
    boxes = implied_boxes(windows.model)
    duals = np.array([1.0, 0.0, -1.0, 0.0])
    cut = prove_cut(windows, 0, boxes, duals, np.zeros(1), weight=0.0)
    assert only(cut) == (pytest.approx(4.0), [-0.5], 0.0)


def test_a_dispatch_gives_the_plan_and_its_cuts() -> None:
    model = site()
    windows = cut_into_windows(model)
    dispatcher = Dispatcher(windows, implied_boxes(model), 2)
    values = np.zeros(model.shape[1])
    values[0] = 4.0
    found = dispatcher.run(values, np.array([[20.0, 20.0]]), np.array([9.0]))
    assert found.complete
    assert found.x == pytest.approx([4.0, 8.0, 6.0, 8.0, 8.0, 2.0, 4.0, 2.0, 2.0])
    assert not found.short.any()
    assert not found.over.any()
    assert [only(cut)[:2] for cut in found.cuts] == [
        (pytest.approx(40.0), [-3.5]),
        (pytest.approx(20.0), [-1.0]),
    ]


def test_what_is_used_beyond_the_part_is_paid() -> None:
    # Without PV, 20 kWh cause 10 kg; 7 are the window's part: 3 over, at 2 each.
    model = site()
    windows = cut_into_windows(model)
    dispatcher = Dispatcher(windows, implied_boxes(model), 2)
    nothing = np.zeros(model.shape[1])
    found = dispatcher.run(nothing, np.array([[7.0, 10.0]]), np.array([2.0]))
    assert found.over == pytest.approx(np.array([[3.0, 0.0]]))
    assert found.cuts[0].prices == pytest.approx([2.0])
    assert slack(windows, found.cuts[0], found.x) == pytest.approx(0.0, abs=1e-12)


def test_what_is_lacking_of_a_size_is_said() -> None:
    # The grid gives 6 of 10 kWh: 8 of PV are needed, 3 stand.
    model = site(most=6.0)
    windows = cut_into_windows(model)
    dispatcher = Dispatcher(windows, implied_boxes(model), 2)
    values = np.zeros(model.shape[1])
    values[0] = 3.0
    found = dispatcher.run(values, np.array([[20.0, 20.0]]), np.array([9.0]))
    assert found.complete
    assert found.short[0] == pytest.approx(5.0)
    assert (found.short[1:] == 0).all()


def test_contents_that_leave_no_dispatch_are_cut_off() -> None:
    # A full store of 20 can't have been filled by 3 kWh of charge per step.
    draft = Draft(4)
    content = draft.timed("content", 20.0)
    charge = draft.timed("charge", 3.0, cost=1.0)
    draft.rows(
        "balance", 0.0, 0.0, (content, 1.0), (before(content), -1.0), (charge, -1.0)
    )
    model = draft.model()
    windows = cut_into_windows(model)
    values = np.zeros(model.shape[1])
    values[content[1]] = 20.0
    dispatcher = Dispatcher(windows, implied_boxes(model), 2)
    found = dispatcher.run(values, np.zeros((0, 2)), np.zeros(0))
    assert not found.complete
    assert [cut.weight for cut in found.cuts] == [0.0, 0.0]
    for cut in found.cuts:
        assert slack(windows, cut, values) < -1e-3
        assert slack(windows, cut, np.zeros(model.shape[1])) > -1e-9


# -- whatever the problem ----------------------------------------------------------


@pytest.mark.parametrize("seed", range(25))
def test_cuts_from_any_multipliers_keep_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    random = np.random.default_rng(seed)
    model = relaxed(random_model(seed, Wanted(24)))
    windows, boxes = cut_into_windows(model), implied_boxes(model)
    best = solved(model)
    for number, window in enumerate(windows):
        for weight in (1.0, 0.0):
            duals = best.row_dual[window.rows] * weight
            prices = -best.row_dual[windows.shared] * weight
            assert proven(windows, number, boxes, duals, prices, weight, best.x)
            for spread in (0.01, 0.3, 5.0):
                noisy = duals + random.normal(0, spread, duals.size)
                other = prices + random.normal(0, spread, prices.size)
                assert proven(windows, number, boxes, noisy, other, weight, best.x)


def proven(
    windows: Windows,
    number: int,
    boxes: object,
    duals: np.ndarray,
    prices: np.ndarray,
    weight: float,
    x: np.ndarray,
) -> bool:
    cut = prove_cut(windows, number, boxes, duals, prices, weight)
    assert np.isfinite(cut.constant)
    return slack(windows, cut, x) >= -1e-9


@pytest.mark.parametrize("seed", range(20))
def test_multipliers_of_the_optimum_give_exact_cuts(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    model = relaxed(random_model(seed, Wanted(24)))
    windows, boxes = cut_into_windows(model), implied_boxes(model)
    best = solved(model)
    prices = -best.row_dual[windows.shared]
    for number, window in enumerate(windows):
        cut = prove_cut(windows, number, boxes, best.row_dual[window.rows], prices)
        assert slack(windows, cut, best.x) == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_dispatching_the_optimum_costs_as_much(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    model = relaxed(random_model(seed, Wanted(24)))
    windows, best = cut_into_windows(model), solved(model)
    parts = np.array(
        [windows.parts[:, w.columns] @ best.x[w.columns] for w in windows]
    ).T
    penalty = np.full(windows.shared.size, 50.0)
    dispatcher = Dispatcher(windows, implied_boxes(model), 2)
    found = dispatcher.run(best.x, parts, penalty, extend=False)
    assert found.complete
    cost = float(model.cost @ found.x) + model.offset
    assert cost == pytest.approx(best.objective, rel=1e-6, abs=1e-6)
    assert found.over.max(initial=0.0) <= 1e-5
    for cut in found.cuts:
        assert slack(windows, cut, found.x) == pytest.approx(0.0, abs=1e-7)
        assert slack(windows, cut, best.x) >= -1e-9


@pytest.mark.parametrize("seed", range(20))
def test_cuts_of_any_dispatch_keep_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever linking columns and parts are held, feasible or not."""
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    random = np.random.default_rng(seed)
    model = relaxed(random_model(seed, Wanted(24)))
    windows, boxes, best = cut_into_windows(model), implied_boxes(model), solved(model)
    dispatcher = Dispatcher(windows, boxes, 2)
    for spread in (0.05, 0.5, 2.0):
        held = np.clip(
            best.x * random.uniform(1 - spread, 1 + spread, best.x.size),
            boxes.lower,
            boxes.upper,
        )
        parts = random.uniform(-10, 100, (windows.shared.size, len(windows.windows)))
        penalty = random.uniform(0.01, 3.0, windows.shared.size)
        for cut in dispatcher.run(held, parts, penalty).cuts:
            assert slack(windows, cut, best.x) >= -1e-9


def test_prices_fall_on_own_columns_alone() -> None:
    windows = cut_into_windows(site())
    for window, buy in zip(windows, ([1, 2], [3, 4]), strict=True):
        costs = parts_of_window(windows, window, np.array([3.0]))
        assert window.columns[costs != 0].tolist() == buy
        assert set(costs) == {0.0, 1.5}

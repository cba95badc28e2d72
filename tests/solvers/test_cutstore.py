"""Multipliers of one problem prove cuts of the next, whatever its data are."""

from dataclasses import replace

import numpy as np
import pytest
from problems import relaxed, solved
from random_models import Wanted, random_model

from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers import certified as certified_module
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.certified import Goal, solve_certified
from verdigrid.solvers.cuts import Cut
from verdigrid.solvers.cutstore import CutStore
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import Windows, cut_into_windows

GOAL = Goal(relative_gap=1e-5, time_limit_s=30.0, threads=2)
SEEDS = range(4)


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    monkeypatch.setattr(certified_module, "SEGMENTS", 12)


def changed(model: CompiledModel, what: str, seed: int) -> CompiledModel:
    """The same shape of problem with other data."""
    rng = np.random.default_rng(1000 + seed)
    static = ~timed(model.columns)
    factor = rng.uniform(0.8, 1.3, model.shape[1])
    if what == "investment":
        return replace(model, cost=model.cost * np.where(static, factor, 1.0))
    if what == "prices":
        return replace(model, cost=model.cost * factor)
    if what == "coefficients":
        matrix = model.matrix.copy()
        matrix.data = matrix.data * rng.uniform(0.9, 1.1, matrix.nnz)
        return replace(model, matrix=matrix)
    widened = rng.uniform(0.0, 5.0, model.shape[0])
    return replace(
        model, row_lower=model.row_lower - widened, row_upper=model.row_upper + widened
    )


def slack(windows: Windows, cut: Cut, x: np.ndarray) -> float:
    """By how much a plan keeps a cut, relative to what adds up in it."""
    own = windows.windows[cut.window].columns
    cost = windows.model.cost[own] * x[own]
    parts = cut.prices * (windows.parts[:, own] @ x[own])
    slope = cut.slope * x[cut.linking]
    size = sum(np.abs(term).sum() for term in (cost, parts, slope))
    left = cut.weight * cost.sum() + parts.sum() - cut.constant - slope.sum()
    return float(left / max(1.0, size, abs(cut.constant)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", ["investment", "prices", "coefficients", "limits"])
def test_cuts_of_another_problem_never_exclude_the_optimum(
    what: str, seed: int
) -> None:
    model = relaxed(random_model(seed, Wanted(36)))
    store = CutStore()
    solve_certified(model, GOAL, None, store)
    other = changed(model, what, seed)
    true = solved(other)
    assert true.status is Status.OPTIMAL
    windows = cut_into_windows(other)
    for cut in store.known(windows, implied_boxes(other)):
        assert slack(windows, cut, true.x) >= -1e-7
    found = solve_certified(other, GOAL, None, store).result
    assert found.bound <= true.objective + 1e-6 * max(1.0, abs(true.objective))


def test_known_cuts_are_sharp_where_only_investment_costs_change() -> None:
    model = relaxed(random_model(3, Wanted(36)))
    store = CutStore()
    first = solve_certified(model, GOAL, None, store)
    windows = cut_into_windows(model)
    dearer = replace(model, cost=model.cost * np.where(windows.linking, 2.0, 1.0))
    known = store.known(windows, implied_boxes(dearer))
    found = {(c.window, c.constant, *c.slope.tolist()) for c in first.cuts}
    assert known
    assert {(c.window, c.constant, *c.slope.tolist()) for c in known} <= found


def test_a_second_solve_with_known_cuts_takes_fewer_rounds() -> None:
    model = relaxed(random_model(3, Wanted(36)))
    store = CutStore()
    cold = solve_certified(model, GOAL, None, store)
    warm = solve_certified(model, GOAL, None, store)
    assert warm.result.status is cold.result.status is Status.OPTIMAL
    assert warm.certificate.facts["rounds"] < cold.certificate.facts["rounds"]


def test_a_problem_of_another_shape_knows_no_cuts() -> None:
    store = CutStore()
    solve_certified(relaxed(random_model(3, Wanted(36))), GOAL, None, store)
    other = relaxed(random_model(3, Wanted(48)))
    assert store.known(cut_into_windows(other), implied_boxes(other)) == []

"""The coarse problem with cuts: what it bounds, proves and keeps."""

import numpy as np
import pytest
from drafts import INF, switched
from problems import solved
from random_models import drawn

from verdigrid.models.certificate import Leaf
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.certificate import leaf_bound
from verdigrid.solvers.dispatch import Dispatcher
from verdigrid.solvers.master import Master
from verdigrid.solvers.segments import choose_segments, features
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import cut_into_windows


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)


@pytest.mark.parametrize("seed", range(12))
def test_the_master_bounds_the_optimum_and_its_multipliers_prove_it(seed: int) -> None:
    model = drawn(seed, whole_design=False)
    windows, boxes = cut_into_windows(model), implied_boxes(model)
    master = Master(windows, choose_segments(features(model), 12, windows.first_step))
    dispatcher = Dispatcher(windows, boxes, 2)
    none, nothing = np.zeros(0), np.zeros(0, dtype=int)
    true, bound = solved(model).objective, -INF
    close = 1e-6 * max(1.0, abs(true))
    for _ in range(4):
        found = master.solve(nothing, none, none)
        leaf = Leaf(none, none, master.full_duals(found.row_dual))
        proven = leaf_bound(model, boxes, nothing, leaf)
        assert bound - close <= found.objective <= true + close
        assert found.objective - close <= proven <= true + close
        bound = found.objective
        values, parts = master.linking_values(found.x), master.parts(found.x)
        penalty = np.full(windows.shared.size, 3.0)
        master.add(dispatcher.run(values, parts, penalty).cuts)


def test_the_master_without_cuts_is_the_coarse_problem_with_parts() -> None:
    """With single steps it is the problem itself."""
    model = drawn(5, whole_design=False)
    windows = cut_into_windows(model)
    steps = int(model.columns.index.max()) + 1
    master = Master(windows, np.arange(steps))
    none = np.zeros(0)
    found = master.solve(np.zeros(0, dtype=int), none, none)
    assert found.objective == pytest.approx(solved(model).objective, rel=1e-7)
    whole = np.zeros(model.shape[1], dtype=bool)
    for window in windows:
        whole[window.columns] = True
    parts = master.parts(found.x).sum(axis=1)
    rest = windows.parts[:, ~whole] @ master.linking_values(found.x)[~whole]
    shared = windows.shared
    assert (parts + rest <= model.row_upper[shared] + 1e-6).all()
    assert (parts + rest >= model.row_lower[shared] - 1e-6).all()


@pytest.mark.parametrize("seed", range(6))
def test_rows_that_no_window_sees_are_kept(seed: int) -> None:
    """Rows about states alone, of which every window knows a part, and none the row."""
    model = switched(whole=False)
    windows = cut_into_windows(model)
    unseen = windows.outside & timed(model.rows)
    assert unseen.any()
    master = Master(windows, np.arange(48) // 12)
    tempting = np.zeros(master.coarse.model.shape[1])
    known = np.flatnonzero(windows.linking & (master.linking_at >= 0))
    prices = np.random.default_rng(seed).normal(size=known.size)
    tempting[master.linking_at[known]] = prices
    master.session.set_cost(tempting)
    nothing = np.empty(0, dtype=int)
    found = master.solve(nothing, np.empty(0), np.empty(0))
    activity = (model.matrix @ master.linking_values(found.x))[unseen]
    assert (activity <= model.row_upper[unseen] + 1e-7).all()
    assert (activity >= model.row_lower[unseen] - 1e-7).all()


def test_a_proposal_spares_shared_rows_and_leaves_the_bound_as_it_is() -> None:
    model = drawn(3, whole_design=False)
    windows = cut_into_windows(model)
    master = Master(windows, choose_segments(features(model), 12, windows.first_step))
    none, nothing = np.zeros(0), np.zeros(0, dtype=int)
    before = master.solve(nothing, none, none)
    assert windows.shared.size
    upper = model.row_upper[windows.shared]
    spare = 0.01 * np.abs(np.where(np.isfinite(upper), upper, 0.0))
    x = master.propose(spare)
    assert x is not None
    own = np.where(windows.linking, master.linking_values(x), 0.0)
    used = master.parts(x).sum(axis=1) + windows.parts @ own
    assert (used <= upper - spare + 1e-6 * np.maximum(1.0, np.abs(upper))).all()
    assert master.propose(np.full(windows.shared.size, 1e12)) is None
    again = master.solve(nothing, none, none)
    assert again.objective == pytest.approx(before.objective, rel=1e-9)

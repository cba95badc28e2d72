"""Bounds that rows imply, by hand and kept by an optimum."""

from dataclasses import replace

import numpy as np
import pytest
from drafts import INF, Draft
from problems import relaxed, solved
from random_models import Wanted, random_model

from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.boxes import Boxes, implied_boxes
from verdigrid.solvers.certificate import Leaf, leaf_bound


def boxed(model: CompiledModel, boxes: Boxes) -> CompiledModel:
    return replace(model, lower=boxes.lower, upper=boxes.upper)


def test_a_sum_bounds_its_terms() -> None:
    # x + 2 y <= 8 with x, y >= 0, x >= 2: x <= 8, y <= 3.
    draft = Draft(1)
    x, y = draft.timed("x", lower=2.0), draft.timed("y")
    draft.rows("sum", -INF, 8.0, (x, 1.0), (y, 2.0))
    boxes = implied_boxes(draft.model())
    assert boxes.upper == pytest.approx([8.0, 3.0], rel=1e-8)
    assert (boxes.upper >= [8.0, 3.0]).all()
    assert boxes.lower.tolist() == [2.0, 0.0]


def test_bounds_travel_from_row_to_row() -> None:
    # size <= 5; intake <= 2 size = 10; heat = 3 intake = 30
    draft = Draft(1)
    intake, heat = draft.timed("intake"), draft.timed("heat")
    size = draft.design("size", 5.0)
    draft.rows("cop", 0.0, 0.0, (heat, 1.0), (intake, -3.0))
    draft.rows("limit", -INF, 0.0, (intake, 1.0), (size, -2.0))
    assert implied_boxes(draft.model()).upper == pytest.approx([10.0, 30.0, 5.0])


def test_lower_bounds_come_from_either_side() -> None:
    # net = buy - sell lies between -4 and 7; low >= -3 - 2 x 6 = -15
    draft = Draft(1)
    net, buy = draft.timed("net", lower=-INF), draft.timed("buy", 7.0)
    sell, low = draft.timed("sell", 4.0), draft.timed("low", 9.0, lower=-INF)
    more = draft.timed("more", 6.0)
    draft.rows("net_is", 0.0, 0.0, (net, 1.0), (buy, -1.0), (sell, 1.0))
    draft.rows("least", -3.0, INF, (low, 1.0), (more, 2.0))
    boxes = implied_boxes(draft.model())
    assert boxes.lower == pytest.approx([-4.0, 0.0, 0.0, -15.0, 0.0])
    assert boxes.upper == pytest.approx([7.0, 7.0, 4.0, 9.0, 6.0])


def test_bounds_that_are_given_stay() -> None:
    draft = Draft(1)
    x = draft.timed("x", 100.0)
    draft.rows("limit", -INF, 8.0, (x, 1.0))
    assert implied_boxes(draft.model()).upper.tolist() == [100.0]


def test_what_nothing_bounds_stays_open() -> None:
    # x - y <= 3 and nothing holds y
    draft = Draft(1)
    x, y = draft.timed("x", cost=-1.0), draft.timed("y", cost=-1.0)
    draft.rows("difference", -INF, 3.0, (x, 1.0), (y, -1.0))
    boxes = implied_boxes(draft.model())
    assert boxes.upper.tolist() == [INF, INF]


def paid_peak(cost: float) -> CompiledModel:
    """peak >= 2 buy + 1 in two steps, buy <= 3 and 5."""
    draft = Draft(2)
    buy = draft.timed("buy", [3.0, 5.0])
    peak = draft.static("peak", lower=0.5, cost=cost)
    draft.rows("peak_is", 1.0, INF, (peak, 1.0), (buy, -2.0))
    return draft.model()


@pytest.mark.parametrize("cost", [0.0, 2.0])
def test_a_paid_peak_is_no_larger_than_it_need_be(cost: float) -> None:
    upper = implied_boxes(paid_peak(cost)).upper
    assert upper[2] == pytest.approx(11.0, rel=1e-8)
    assert upper[2] >= 11.0


def test_a_peak_that_earns_money_may_be_any() -> None:
    assert implied_boxes(paid_peak(-1.0)).upper[2] == INF


def test_a_peak_that_is_needed_less_than_its_least_stays_there() -> None:
    draft = Draft(1)
    peak = draft.static("peak", lower=6.0, cost=1.0)
    buy = draft.timed("buy", 2.0)
    draft.rows("peak_is", 0.0, INF, (peak, 1.0), (buy, -1.0))
    assert implied_boxes(draft.model()).upper[0] == pytest.approx(6.0, rel=1e-8)


def test_a_column_that_tightens_a_row_is_not_called_loose() -> None:
    # More of x loosens the first row and tightens the second: x <= y, y without end.
    draft = Draft(1)
    x, y = draft.timed("x", cost=1.0), draft.timed("y")
    need = draft.timed("need", 4.0)
    draft.rows("need_is", 0.0, INF, (x, 1.0), (need, -1.0))
    draft.rows("limit", -INF, 0.0, (x, 1.0), (y, -1.0))
    assert implied_boxes(draft.model()).upper[0] == INF


@pytest.mark.parametrize("seed", range(40))
def test_an_optimum_keeps_the_boxes(seed: int) -> None:
    model = random_model(seed, Wanted(12, whole_design=True))
    boxes = implied_boxes(model)
    assert np.isinf(model.upper).sum() > np.isinf(boxes.upper).sum()
    assert (boxes.lower >= model.lower).all()
    assert (boxes.upper <= model.upper).all()
    free, held = solved(model), solved(boxed(model, boxes))
    assert free.status is held.status is Status.OPTIMAL
    assert held.objective == pytest.approx(free.objective, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_every_column_has_finite_bounds(seed: int) -> None:
    """Or a bound could not be proved from any multipliers."""
    model = relaxed(random_model(seed))
    boxes = implied_boxes(model)
    assert np.isfinite(boxes.lower).all()
    assert np.isfinite(boxes.upper).all()
    random = np.random.default_rng(seed)
    leaf = Leaf(np.zeros(0), np.zeros(0), random.normal(size=model.shape[0]))
    assert np.isfinite(leaf_bound(model, boxes, np.zeros(0, dtype=int), leaf))

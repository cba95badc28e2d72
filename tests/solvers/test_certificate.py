"""What a certificate proves, and what a wrong one does not."""

from dataclasses import replace

import numpy as np
import pytest
from drafts import INF, Draft
from problems import design_whole, relaxed, solved
from random_models import Wanted, random_model

from verdigrid.models.certificate import Certificate, Leaf
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.certificate import leaf_bound, proven_bound


def choice() -> CompiledModel:
    """Buy 10 kWh at 3, or build for 12 and make up to 8 of them at 1; 5 in any case.

    Built: 5 + 12 + 8 + 6 = 31. Not built: 5 + 30 = 35. Relaxed: 31 as well.
    """
    draft = Draft(1)
    build = draft.design("build", 1.0, cost=12.0, integer=True)
    buy, make = draft.timed("buy", 20.0, cost=3.0), draft.timed("make", cost=1.0)
    draft.rows("load", 10.0, 10.0, (buy, 1.0), (make, 1.0))
    draft.rows("limit", -INF, 0.0, (make, 1.0), (build, -8.0))
    return draft.model(offset=5.0)


def leaf(lower: float, upper: float, *row_dual: float) -> Leaf:
    return Leaf(np.array([lower]), np.array([upper]), np.array(row_dual))


#: At 3 per kWh and 2 per kWh of limit, building saves 16 - 12.
WHOLE_BOX = leaf(0.0, 1.0, 3.0, -2.0)
NOT_BUILT, BUILT = leaf(0.0, 0.0, 3.0, -2.0), leaf(1.0, 1.0, 3.0, -2.0)


def proved(*leaves: Leaf) -> float:
    return proven_bound(choice(), Certificate(np.array([0]), leaves))


def test_the_bound_of_one_leaf() -> None:
    assert proved(WHOLE_BOX) == pytest.approx(31.0)
    assert solved(choice()).objective == pytest.approx(31.0)


def test_each_leaf_has_its_own_bound_and_the_least_holds() -> None:
    model = choice()
    boxes = implied_boxes(model)
    for part, value in ((NOT_BUILT, 35.0), (BUILT, 31.0)):
        assert leaf_bound(model, boxes, np.array([0]), part) == pytest.approx(value)
    assert proved(NOT_BUILT, BUILT) == pytest.approx(31.0)
    assert proved(BUILT, NOT_BUILT) == pytest.approx(31.0)


@pytest.mark.parametrize("leaves", [(), (NOT_BUILT,), (BUILT,), (BUILT, BUILT)])
def test_leaves_that_leave_something_out_prove_nothing(leaves: tuple[Leaf]) -> None:
    assert proved(*leaves) == -INF


def test_leaves_may_overlap_and_reach_beyond() -> None:
    assert proved(WHOLE_BOX, BUILT) == pytest.approx(31.0)
    # Beyond the bounds 1 + 1/2 buildings seem to save 2 more: less is proved.
    assert proved(leaf(-1.0, 1.5, 3.0, -2.0)) == pytest.approx(29.0)


@pytest.mark.parametrize("half", [(0.0, 0.5), (0.5, 1.0)])
def test_a_leaf_covers_only_the_whole_numbers_in_it(half: tuple[float, float]) -> None:
    assert proved(leaf(*half, 3.0, -2.0)) == -INF


@pytest.mark.parametrize("first", [True, False])
def test_numbers_that_are_none_prove_nothing(first: bool) -> None:
    broken = leaf(0.0, 1.0, np.nan, -2.0)
    leaves = (broken, WHOLE_BOX) if first else (WHOLE_BOX, broken)
    assert not proved(*leaves) > -INF


def test_continuous_columns_can_not_be_branched_on() -> None:
    # A size between 0 and 1 may be a half: leaves for 0 and for 1 leave that out.
    certificate = Certificate(np.array([0]), (NOT_BUILT, BUILT))
    assert not proven_bound(relaxed(choice()), certificate) > -INF


def test_a_multiplier_of_an_open_side_proves_nothing() -> None:
    # "make <= 8 build" has no lower side; a positive multiplier counts as none.
    # Then 30 of 3 per kWh are left, less 2 x what making saves, with 10 kWh at most.
    assert proved(leaf(0.0, 1.0, 3.0, 2.0)) == proved(leaf(0.0, 1.0, 3.0, 0.0))


def test_leaves_cover_boxes_of_several_decisions() -> None:
    # (0..3) x (0..2), cut into an L of three leaves and a hole of one point.
    draft = Draft(1)
    a = draft.design("a", 3.0, cost=1.0, integer=True)
    b = draft.design("b", 2.0, cost=1.0, integer=True)
    draft.rows("least", -INF, 9.0, (a, 1.0), (b, 1.0))
    model = draft.model()

    def box(*sides: float) -> Leaf:
        low_a, high_a, low_b, high_b = sides
        return Leaf(np.array([low_a, low_b]), np.array([high_a, high_b]), np.zeros(1))

    around = (
        box(0, 3, 0, 0),
        box(0, 1, 1, 2),
        box(3, 3, 1, 2),
        box(2, 2, 2, 2),
    )
    both = np.array([0, 1])
    hole = box(2, 2, 1, 1)
    assert proven_bound(model, Certificate(both, around)) == -INF
    assert proven_bound(model, Certificate(both, (*around, hole))) == 0.0
    for missing in range(4):
        rest = (*around[:missing], *around[missing + 1 :], hole)
        assert proven_bound(model, Certificate(both, rest)) == -INF


# -- whatever the problem ----------------------------------------------------------


@pytest.mark.parametrize("seed", range(25))
def test_no_multipliers_prove_more_than_the_truth(seed: int) -> None:
    random = np.random.default_rng(seed)
    model = design_whole(random_model(seed, Wanted(12, whole_design=True)))
    true, linear = solved(model), solved(relaxed(model))
    decisions = np.flatnonzero(model.integer)
    lower, upper = model.lower[decisions], model.upper[decisions]
    most = true.objective + 1e-9 * max(1.0, abs(true.objective))
    best = Certificate(decisions, (Leaf(lower, upper, linear.row_dual),))
    assert proven_bound(model, best) == pytest.approx(linear.objective, rel=1e-6)
    for spread in (1e-3, 0.1, 1.0, 100.0):
        noise = random.normal(0.0, spread, linear.row_dual.size)
        for dual in (noise, linear.row_dual + noise, linear.row_dual * (1 + noise)):
            certificate = Certificate(decisions, (Leaf(lower, upper, dual),))
            assert proven_bound(model, certificate) <= most


@pytest.mark.parametrize("seed", range(12))
def test_leaves_together_prove_no_more_than_the_truth(seed: int) -> None:
    """Branched once on every decision, with multipliers of every leaf's own optimum."""
    model = design_whole(random_model(seed, Wanted(12, whole_design=True)))
    decisions = np.flatnonzero(model.integer)
    true = solved(model).objective
    leaves, lower, upper = [], model.lower[decisions], model.upper[decisions]
    for at in range(decisions.size):
        inside = upper.copy()
        inside[at] = lower[at]
        leaves.append(Leaf(lower.copy(), inside, held(model, decisions, lower, inside)))
        lower = lower.copy()
        lower[at] += 1.0
    leaves.append(Leaf(lower, upper, held(model, decisions, lower, upper)))
    proven = proven_bound(model, Certificate(decisions, tuple(leaves)))
    assert -INF < proven <= true + 1e-9 * max(1.0, abs(true))
    for missing in range(len(leaves)):
        rest = (*leaves[:missing], *leaves[missing + 1 :])
        assert proven_bound(model, Certificate(decisions, rest)) == -INF


def held(
    model: CompiledModel, decisions: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray:
    """Multipliers of the optimum with decisions between bounds, none without one."""
    low, high = model.lower.copy(), model.upper.copy()
    low[decisions], high[decisions] = lower, upper
    found = solved(relaxed(replace(model, lower=low, upper=high)))
    return (
        found.row_dual if found.status is Status.OPTIMAL else np.zeros(model.shape[0])
    )

"""Least and greatest of a goal among plans that cost little more, by brute force."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from problems import problem, solved

from verdigrid.models.errors import InfeasibleError
from verdigrid.solvers.solve import SolveOptions
from verdigrid.solvers.towards import Towards

EXACT = SolveOptions(relative_gap=0.0, time_limit_s=30.0, threads=1)


def random_problem(seed, count=4, rows=3, whole=0):
    """Coverage: matrix x >= needs, costs positive, every column bounded."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 5, (rows, count)).astype(float)
    matrix[:, 0] += 1.0  # so that there is a plan
    integer = np.arange(count) < whole
    needs = rng.integers(1, 9, rows).astype(float)
    cost = rng.integers(1, 9, count).astype(float)
    return problem(matrix, cost, needs, np.inf, 10.0, integer, offset=float(seed))


def corners(model, most):
    """Every corner of {x: rows, bounds, cost <= most}: all bases, one by one."""
    count = model.shape[1]
    dense = model.matrix.toarray()
    sides = np.vstack([dense, -model.cost[None, :], np.eye(count), -np.eye(count)])
    room = model.offset - most
    needs = np.r_[model.row_lower, room, model.lower, -model.upper]
    for chosen in combinations(range(len(needs)), count):
        part = sides[list(chosen)]
        if abs(np.linalg.det(part)) > 1e-9:
            x = np.linalg.solve(part, needs[list(chosen)])
            if (sides @ x >= needs - 1e-7).all():
                yield x


@pytest.mark.parametrize("seed", range(12))
def test_every_column_of_random_problems(seed):
    model = random_problem(seed)
    least = solved(model).objective
    most = least * 1.1
    found = np.array(list(corners(model, most)))
    towards = Towards(model, EXACT, most)
    for column in range(model.shape[1]):
        for sign in (1.0, -1.0):
            goal = sign * np.eye(model.shape[1])[column]
            reached = towards.reach(goal)
            assert reached.value == pytest.approx((found @ goal).min(), abs=1e-6)
            assert reached.bound == pytest.approx(reached.value)
            assert reached.x @ goal == pytest.approx(reached.value, abs=1e-6)
            assert reached.result.objective <= most + 1e-6
            # the cheapest of the plans that have it
            at = found[np.abs(found @ goal - reached.value) < 1e-6]
            cheapest = (at @ model.cost).min() + model.offset
            assert reached.result.objective == pytest.approx(cheapest, abs=1e-5)


@pytest.mark.parametrize("seed", range(8))
def test_whole_numbers_by_enumeration(seed):
    model = random_problem(seed, count=3, rows=2, whole=3)
    model = replace(model, upper=np.full(3, 5.0))
    grid = np.array(np.meshgrid(*[np.arange(6.0)] * 3)).reshape(3, -1).T
    fits = (grid @ model.matrix.toarray().T >= model.row_lower - 1e-9).all(axis=1)
    if not fits.any():
        return
    costs = grid @ model.cost + model.offset
    most = 1.2 * costs[fits].min()
    kept = grid[fits & (costs <= most + 1e-9)]
    towards = Towards(model, EXACT, most)
    for column in range(3):
        low = towards.reach(np.eye(3)[column])
        high = towards.reach(-np.eye(3)[column])
        assert low.value == pytest.approx(kept[:, column].min(), abs=1e-6)
        assert -high.value == pytest.approx(kept[:, column].max(), abs=1e-6)
        same = kept[kept[:, column] == round(low.value)]
        cheapest = (same @ model.cost).min() + model.offset
        assert low.result.objective == pytest.approx(cheapest, abs=1e-6)


def test_goals_do_not_depend_on_their_order():
    model = random_problem(3)
    most = 1.05 * solved(model).objective
    goals = [*np.eye(4), *-np.eye(4)]
    forth = Towards(model, EXACT, most)
    back = Towards(model, EXACT, most)
    one = [forth.reach(goal).value for goal in goals]
    other = [back.reach(goal).value for goal in reversed(goals)][::-1]
    assert one == pytest.approx(other, abs=1e-7)


def test_a_goal_of_small_numbers_among_large_costs():
    """Costs of a million: what is worth a millionth of it is still a goal."""
    model = problem([[1.0, 1.0]], [1e6, 1.01e6], 5.0, np.inf, 10.0)
    towards = Towards(model, EXACT, 5.02e6)
    assert towards.reach(np.array([1e-6, 0.0])).x[0] == pytest.approx(3.0, rel=1e-6)
    assert towards.reach(np.array([-1e-6, 0.0])).x[0] == pytest.approx(5.0, abs=0.05)


def test_too_little_money():
    model = problem([[1.0]], [2.0], 5.0, np.inf, 10.0)
    with pytest.raises(InfeasibleError):
        Towards(model, EXACT, 9.0).reach(np.ones(1))

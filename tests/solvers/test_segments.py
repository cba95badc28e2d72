"""Segments gather neighbouring steps that look alike."""

import numpy as np
import pytest
from drafts import INF, Draft
from random_models import Wanted, random_model

from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.segments import choose_segments, features

START = np.zeros(1, dtype=int)


def demand(load: list[float], price: object = 1.0, sun: object = 1.0) -> CompiledModel:
    draft = Draft(len(load))
    size = draft.design("size", 9.0, cost=1.0)
    buy, pv = draft.timed("buy", cost=price), draft.timed("pv")
    draft.rows("load", load, INF, (buy, 1.0), (pv, 1.0))
    draft.rows("yield", -INF, 0.0, (pv, 1.0), (size, -np.asarray(sun)))
    return draft.model()


def chosen(model: CompiledModel, count: int, *first_step: int) -> list[int]:
    starts = np.array([0, *first_step])
    return choose_segments(features(model), count, starts).tolist()


def test_equal_demands_are_gathered() -> None:
    model = demand([5, 5, 5, 9, 9, 2, 2, 2])
    assert chosen(model, 3) == [0, 0, 0, 1, 1, 2, 2, 2]


def test_the_closer_neighbours_are_joined_first() -> None:
    # From 4, 5, 9, 10.5: joining 4 and 5 adds 0.5, 9 and 10.5 adds 1.125.
    model = demand([4, 5, 9, 10.5])
    assert chosen(model, 3) == [0, 0, 1, 2]
    assert chosen(model, 2) == [0, 0, 1, 1]


def test_a_larger_segment_weighs_more() -> None:
    # 0, 0, 0 | 10 | 20.5: joining adds 3/4 x 100 = 75 on the left, 55.1 on the right.
    assert chosen(demand([0, 0, 0, 10, 20.5]), 2) == [0, 0, 0, 1, 1]
    # 0 | 10 | 20.5: 50 on the left, 55.1 on the right.
    assert chosen(demand([0, 10, 20.5]), 2) == [0, 0, 1]


def test_prices_and_yields_count_too() -> None:
    level = [5.0] * 6
    assert chosen(demand(level, price=[1, 1, 4, 4, 4, 4]), 2) == [0, 0, 1, 1, 1, 1]
    assert chosen(demand(level, sun=[2, 2, 2, 2, 7, 7]), 2) == [0, 0, 0, 0, 1, 1]


def test_series_count_by_their_spread_and_not_their_size() -> None:
    # Prices that jump once outweigh demands that swing by large numbers just as often.
    load = [1e6, 1e6, 1e6, 2e6, 2e6, 2e6]
    price = [1.0, 1.0, 1.5, 1.5, 1.5, 1.5]
    assert chosen(demand(load, price), 3) == [0, 0, 1, 2, 2, 2]


def test_no_segment_reaches_over_a_boundary() -> None:
    model = demand([5.0, 5.0, 5.0, 5.0, 9.0, 9.0])
    assert chosen(model, 3, 2) == [0, 0, 1, 1, 2, 2]
    assert chosen(model, 2, 2) == [0, 0, 1, 1, 1, 1]
    # More boundaries than segments wanted: one segment between each.
    assert chosen(model, 1, 1, 3) == [0, 1, 1, 2, 2, 2]


def test_as_many_segments_as_steps_leave_all_apart() -> None:
    model = demand([5, 5, 5])
    assert chosen(model, 3) == [0, 1, 2]
    assert chosen(model, 30) == [0, 1, 2]
    assert chosen(model, 1) == [0, 0, 0]


@pytest.mark.parametrize("seed", range(10))
def test_as_many_as_wanted_rising_by_one(seed: int) -> None:
    model = random_model(seed, Wanted(36))
    for count in (3, 7, 20, 36):
        segment = choose_segments(features(model), count, np.array([0, 13, 30]))
        rises = np.diff(segment)
        assert segment[0] == 0
        assert set(rises) <= {0, 1}
        assert rises[12] == rises[29] == 1
        assert segment[-1] == count - 1


@pytest.mark.parametrize("seed", range(10))
def test_fewer_segments_are_unions_of_more(seed: int) -> None:
    model = random_model(seed, Wanted(36))
    fine, coarse = (choose_segments(features(model), count, START) for count in (12, 5))
    for number in range(12):
        assert np.unique(coarse[fine == number]).size == 1

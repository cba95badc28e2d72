"""Neighbours follow each other; every member is handed out once."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from verdigrid.studies.backends.order import Stretches, by_neighbours
from verdigrid.studies.members import Member


def grid(*lengths: int) -> list[Member]:
    rows = itertools.product(*(range(length) for length in lengths))
    return [
        Member(number, "s", labels={f"p{n}": v for n, v in enumerate(row)})
        for number, row in enumerate(rows, start=1)
    ]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_neighbours_in_a_grid_differ_in_one_place(lengths: list[int]) -> None:
    line = by_neighbours(grid(*lengths))
    assert sorted(m.number for m in line) == list(range(1, len(line) + 1))
    for one, other in itertools.pairwise(line):
        steps = [abs(one.labels[p] - other.labels[p]) for p in one.labels]
        assert sum(steps) == 1, "one value, by one place"


def test_samples_are_laid_so_that_both_values_stay_near() -> None:
    import random

    chance = random.Random(3)
    members = [
        Member(n, "s", labels={"a": chance.random(), "b": chance.random()})
        for n in range(1, 401)
    ]

    def length(line: list[Member]) -> float:
        return sum(
            abs(one.labels["a"] - other.labels["a"])
            + abs(one.labels["b"] - other.labels["b"])
            for one, other in itertools.pairwise(line)
        )

    assert length(by_neighbours(members)) < length(members) / 4


def test_values_of_all_kinds_can_be_ordered() -> None:
    values = [3, "x", {"file": "a.csv"}, None, True, 1.5]
    members = [Member(n, "s", labels={"p": v}) for n, v in enumerate(values, 1)]
    assert len(by_neighbours(members)) == 6
    assert by_neighbours([]) == []


@given(st.integers(0, 30), st.lists(st.integers(0, 3), max_size=60))
def test_every_member_is_handed_out_once(count: int, turns: list[int]) -> None:
    stretches = Stretches(grid(count), 4)
    given_out = [stretches.next(turn) for turn in turns]
    for worker in (0, 1, 2, 3) * (count + 1):
        given_out.append(stretches.next(worker))
    numbers = [member.number for member in given_out if member is not None]
    assert sorted(numbers) == list(range(1, count + 1))


def test_a_worker_that_is_done_takes_the_far_half_of_the_longest() -> None:
    stretches = Stretches(grid(8), 2)
    assert [stretches.next(0).number for _ in range(4)] == [1, 2, 3, 4]  # type: ignore[union-attr]
    taken = stretches.next(0)
    assert taken is not None
    assert taken.number == 7

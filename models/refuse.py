"""Refusals of series that several components share: the first wrong step is named."""

from collections.abc import Sequence

import numpy as np

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Surroundings
from verdigrid.models.errors import InputError, Problem


def refuse_steps(
    field: str,
    wrong: Bools,
    values: Floats,
    around: Surroundings,
    expected: str,
    hint: str = "",
) -> None:
    """Raises InputError with the first of the ``wrong`` steps, if there is any."""
    steps = np.flatnonzero(wrong)
    if steps.size:
        got = f"{values[steps[0]]:g} at {first_of(steps, around.calendar)}"
        raise InputError([Problem(field, got, expected, hint)])


def refuse_above_one(field: str, share: Floats, around: Surroundings) -> None:
    """Raises InputError, naming the first step, where a share leaves 0 to 1."""
    wrong = (share < 0) | (share > 1)
    refuse_steps(field, wrong, share, around, "a fraction from 0 to 1, not percent")


def first_of(steps: Sequence[int] | Ints, calendar: Calendar) -> str:
    """The first of ``steps`` in words, and how many they are."""
    return f"{calendar.civil[steps[0]]:%Y-%m-%d %H:%M} ({len(steps)} steps)"

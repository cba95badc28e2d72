"""At which value does something enter the plan, or begin to pay?

A figure of the plan (a column of a study's table: ``size:battery.energy``,
``net_present_saving``) is above a threshold at one end of a range and not at the other;
the range is halved until it is as narrow as asked. Between the two values that are left
the answer changes. If it changes more than once over the range, one place is found.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verdigrid.models.errors import (
    InfeasibleError,
    InputError,
    LimitError,
    Problem,
)
from verdigrid.results.summary import summarize
from verdigrid.results.write import plain_data
from verdigrid.scenarios.load import load
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.plan import make_plan
from verdigrid.studies.row import Row, failure, figures, has_plan

#: Figures above the threshold by less than this share of the largest are not above it.
NOTHING = 1e-6
MOST_ROUNDS = 200

#: The row of a study's table at a value of the path.
Evaluate = Callable[[float], Mapping[str, Any]]


@dataclass(frozen=True)
class BreakEven:
    """Where a figure crosses its threshold: between ``below`` and ``beyond``.

    ``low`` and ``high`` are the last two values, ``low`` the smaller one; ``tried``
    every value with its figure, in order. ``crosses`` is False where both ends of the
    range say the same: then low and high are the ends.
    """

    path: str
    figure: str
    above: float
    low: float
    high: float
    crosses: bool
    above_at_low: bool
    tried: tuple[tuple[float, float], ...]

    @property
    def value(self) -> float | None:
        """The middle of what is left; None if nothing crosses."""
        return (self.low + self.high) / 2 if self.crosses else None

    def text(self) -> str:
        """One line for people."""
        what = f"{self.figure} is above {self.above:g}"
        if not self.crosses:
            where = f"from {self.low:,.6g} to {self.high:,.6g}"
            word = "at both ends" if self.above_at_low else "at neither end"
            return f"{what} {word} of {self.path} {where}: no break-even found"
        side = "below" if self.above_at_low else "above"
        return (
            f"{what} {side} {self.path} = {self.value:,.6g} "
            f"(between {self.low:,.6g} and {self.high:,.6g}, {len(self.tried)} plans)"
        )


def find_break_even(
    evaluate: Evaluate,
    path: str,
    ends: tuple[float, float],
    figure: str,
    above: float = 0.0,
    tolerance: float = 1e-3,
) -> BreakEven:
    """Bisection until the range is ``tolerance`` of its ends' difference.

    Raises InputError if a value on the way has no plan, or no such figure.
    """
    if not ends[0] < ends[1]:
        raise InputError([Problem("break-even", f"{ends}", "low below high")])
    tried: list[tuple[float, float]] = []

    def at(value: float) -> float:
        row = evaluate(value)
        if not has_plan(row):
            got = f"{row['status']} at {path} = {value:g}: {row.get('reason', '')}"
            expected = "a plan at every value"
            raise InputError([Problem(path, got, expected, "narrow the range")])
        found = row.get(figure)
        if found is None or not math.isfinite(float(found)):
            known = ", ".join(sorted(k for k, v in row.items() if _is_figure(v)))
            got = f"no figure {figure} at {path} = {value:g}"
            raise InputError([Problem("figure", got, f"one of {known}")])
        tried.append((value, float(found)))
        return float(found)

    low, high = ends
    at_low, at_high = at(low), at(high)
    room = NOTHING * max(abs(at_low), abs(at_high))
    first = at_low > above + room
    crosses = first != (at_high > above + room)
    narrow = tolerance * (high - low)
    for _ in range(MOST_ROUNDS):
        if not crosses or high - low <= narrow:
            break
        middle = (low + high) / 2
        if (at(middle) > above + room) == first:
            low = middle
        else:
            high = middle
    ordered = tuple(sorted(tried))
    return BreakEven(path, figure, above, low, high, crosses, first, ordered)


def rows_of(
    scenario: str, settings: Sequence[str], path: str, options: SolveOptions
) -> Evaluate:
    """Solves the scenario at a value of ``path``; a row like those of a study."""
    state = WorkerState()

    def evaluate(value: float) -> Row:
        microgrid = load(scenario, [*settings, f"{path}={value!r}"]).microgrid
        try:
            baseline = state.baseline(microgrid, options)
            found = make_plan(microgrid, options, known=baseline)
        except (InfeasibleError, LimitError) as error:
            return failure("no plan", str(error))
        return figures(plain_data(summarize(found.plan, *baseline)))

    return evaluate


def _is_figure(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

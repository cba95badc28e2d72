"""What the members of a study hand on to each other, within one process.

    kept = Kept()
    for microgrid in members:
        plan = make_plan(microgrid, options, kept=kept)

Kept are the last baseline, with the inputs that it was solved for, and what the solver
goes on from (:mod:`verdigrid.solvers.reuse`). All of it saves time, none of it changes
an answer. It takes as much memory as one member, however many there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from verdigrid.models.capacity import Capacity
from verdigrid.models.component import Component
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Status
from verdigrid.results.outcome import Outcome
from verdigrid.solvers.reuse import Last
from verdigrid.solvers.solve import SolveOptions

#: What a capacity costs to buy, which says nothing where there is nothing to buy.
UNBOUGHT = {
    "capex_per_unit": None,
    "capex_fixed": 0.0,
    "replacement_per_unit": None,
    "replacement_lifetime_years": None,
    "embodied_kg_per_unit": 0.0,
}
#: Fields of a microgrid that no number depends on.
WORDS = ("name", "notes")


@dataclass(frozen=True)
class _Baseline:
    """A baseline, or the reason why there is none, and what it was made from."""

    today: Microgrid
    asked: tuple[float, str, str]
    outcome: Outcome | None
    why: str


class Kept:
    """The last baseline, and the last problems of baseline and plan."""

    def __init__(self) -> None:
        self.plan = Last()
        self.baseline = Last()
        self._baseline: _Baseline | None = None

    def known_baseline(
        self, today: Microgrid, options: SolveOptions
    ) -> tuple[Outcome | None, str] | None:
        """The last baseline if ``today`` is the same site, else None.

        It is stated for ``today``, whose prices of new capacity may be others, and
        verified anew from these inputs.
        """
        last = self._baseline
        if last is None or last.asked != _asked(options):
            return None
        if not _same(last.today, today):
            return None
        if last.outcome is None:
            return None, last.why
        solution = last.outcome.solution
        exclusive = solution.microgrid.exclusive_steps
        stated = replace(today, exclusive_steps=exclusive)
        outcome = Outcome(replace(solution, microgrid=stated))
        if not all(check.holds for check in outcome.checks):
            return None
        return outcome, ""

    def keep_baseline(
        self,
        today: Microgrid,
        options: SolveOptions,
        outcome: Outcome | None,
        why: str,
    ) -> None:
        """Remember a baseline, unless a limit on time or a user ended its solve."""
        if outcome is not None and outcome.solution.status is not Status.OPTIMAL:
            return
        self._baseline = _Baseline(today, _asked(options), outcome, why)


def _asked(options: SolveOptions) -> tuple[float, str, str]:
    """What an optimum depends on: not the time that was left for it."""
    return options.relative_gap, options.method, options.algorithm


def _same(one: Microgrid, other: Microgrid) -> bool:
    """True if two sites are the same but for what nobody can buy there."""
    return all(
        _equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(Microgrid)
        if field.name not in WORDS
    )


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, Microgrid):
        return isinstance(other, Microgrid) and _same(one, other)
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(
            _equal(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, Component):
        return type(one) is type(other) and _unbought(one) == _unbought(other)
    return bool(one == other)


def _unbought(component: Component) -> Component:
    """The component without prices of capacity that can't be bought."""
    blank = {
        name: _blank(capacity) for name, capacity in component.capacities().items()
    }
    return component.model_copy(update=blank)


def _blank(capacity: Capacity) -> Capacity:
    renewed = capacity.remaining_years is not None  # at the price of a new one
    fixed = capacity.room == 0 and not renewed
    return capacity.model_copy(update=UNBOUGHT) if fixed else capacity

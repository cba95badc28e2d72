"""Heat of streams and demands by temperature: what is used, what remains.

A stream that cools down offers heat at every temperature on its way, a demand that is
warmed up takes heat at every temperature on its. Both are cut where others draw or
deliver (``Node.marks_c``); an interval holds its share of the profile:

    heat_i(t) = profile(t) (high_i - low_i) / (hot - cold)
    heat_i    = used_i + rest_i

A plan says how hot a withdrawal must be at least, not which part of the stream it
takes: several readings keep all limits. One of them is told:

*Stream*: every withdrawal takes the coldest heat that will do, step by step, those who
need the hottest first (they have the fewest parts to choose from). What is rejected is
then as hot as it can be.

*Demand*, mirrored: every delivery serves the hottest part that it reaches, those who
reach least first. What is left to the bus is then as cold as it can be.

The reason: the rest is what more could be made of the heat. Whatever a further
exchanger could take or serve under any reading, it can under this one; where nothing
fits here, nothing fits. It is a way of counting, not of piping: a preheater in series
warms the coldest part first. Who needs hottest goes first decides only who is said to
use a part, never how much of it is used.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats
from verdigrid.models.ledger import Injection
from verdigrid.models.node import Node
from verdigrid.models.solution import Solution

COLUMNS = ["node", "side", "low_c", "high_c", "heat_kwh", "used_kwh", "rest_kwh"]
#: Temperatures closer than this are one.
_SAME_K = 1e-6


@dataclass(frozen=True)
class CutHeat:
    """A stream (supply) or a demand, cut into intervals; kWh of a year.

    ``ends_c`` (intervals + 1,) ascend; ``heat_kwh`` (intervals,) is what is offered or
    needed; ``users_kwh`` what each component takes of it or delivers to it.
    """

    node: str
    side: Literal["supply", "demand"]
    ends_c: tuple[float, ...]
    heat_kwh: Floats
    users_kwh: dict[str, Floats]

    @property
    def used_kwh(self) -> Floats:
        """Taken by all, or delivered by all (intervals,)."""
        return sum(self.users_kwh.values(), np.zeros_like(self.heat_kwh))

    @property
    def rest_kwh(self) -> Floats:
        """Rejected, or left to the bus (intervals,)."""
        return self.heat_kwh - self.used_kwh


def heat_table(solution: Solution) -> pd.DataFrame:
    """A row per interval of every stream and demand; empty if there is none."""
    rows = [
        (cut.node, cut.side, low, high, heat, used, rest)
        for cut in cut_heat(solution)
        for (low, high), heat, used, rest in zip(
            pairwise(cut.ends_c), cut.heat_kwh, cut.used_kwh, cut.rest_kwh, strict=True
        )
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def cut_heat(solution: Solution) -> list[CutHeat]:
    """Every node whose heat has a range of temperatures, in scenario order."""
    return [
        _cut(solution, name, node)
        for name, node in solution.microgrid.nodes.items()
        if node.hot_c is not None and node.cold_c is not None
        if node.cold_c < node.hot_c
    ]


def _cut(solution: Solution, name: str, node: Node) -> CutHeat:
    cold, hot = node.cold_c or 0.0, node.hot_c or 0.0
    calendar = solution.microgrid.calendar
    yearly = calendar.step_hours * calendar.year_weight
    profile = solution.microgrid.series[f"components.{name}.profile"]
    entries = [(e, kw) for e, kw in solution.booked.injections if e.node == name]
    named = [e.temperature_c for e, _ in entries if e.temperature_c is not None]
    ends = _ends(cold, hot, (*node.marks_c, *named))
    heat = np.outer(np.diff(ends) / (hot - cold), profile)
    # A demand is a stream upside down: what it needs, mirrored, falls in temperature.
    up = 1 if node.gives else -1
    users = _allot([up * end for end in ends[::up]], heat[::up], entries, up)
    return CutHeat(
        node=name,
        side="supply" if node.gives else "demand",
        ends_c=tuple(ends),
        heat_kwh=heat.sum(axis=1) * yearly,
        users_kwh={owner: kw[::up] * yearly for owner, kw in users.items()},
    )


def _ends(cold: float, hot: float, cuts: Iterable[float]) -> list[float]:
    """Ends of the intervals, ascending; cuts outside the range are none."""
    ends = [cold]
    for cut in sorted(cuts):
        if ends[-1] + _SAME_K < cut < hot - _SAME_K:
            ends.append(cut)
    return [*ends, hot]


def _allot(
    ends: list[float],
    heat: Floats,
    entries: list[tuple[Injection, Floats]],
    up: int,
) -> dict[str, Floats]:
    """What each owner takes of each interval, summed over the steps (intervals,).

    ``ends`` ascend; ``heat`` (intervals, steps) is what there is, kW. Whoever needs
    the most is served first, each from the lowest interval that will do.
    """

    def need(entry: Injection) -> float:
        """Lowest end that will do; without a temperature nothing does."""
        return np.inf if entry.temperature_c is None else up * entry.temperature_c

    left = heat.copy()
    users: dict[str, Floats] = {}
    for entry, kw in sorted(entries, key=lambda pair: -need(pair[0])):
        fits = np.array(ends[:-1]) >= need(entry) - _SAME_K
        wanted = np.maximum(-up * kw, 0.0)
        # All the heat up to the end of each interval, as far as it is wanted:
        reached = np.minimum(np.cumsum(left[fits], axis=0), wanted)
        taken = np.diff(reached, axis=0, prepend=0.0)
        left[fits] -= taken
        sums = users.setdefault(entry.owner, np.zeros(len(heat)))
        sums[fits] += taken.sum(axis=1)
    return users

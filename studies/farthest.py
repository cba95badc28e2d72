"""How far a value can go until the plan costs too much: limits on it, one by one.

    least cost at a limit      never falls as the limit goes away from the cheapest plan
    value                      the farthest that a plan was found for within ``most``
    bound                      the nearest limit that no plan keeps within ``most``: the
                               proven bound of its cost is above

The direct way, the least of a value with the cost held below ``most``, is exact. On a
year-long site it is by far the harder problem: with hardly any room beside the cheapest
plan, the interior point method stagnates. Here each step is a cheapest plan.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: Value and bound may be apart by this share of the way; more tries are not made.
NEAR, MOST_TRIES = 0.02, 8
#: A step is put at least this share of the way from both sides.
INSIDE = 0.1


@dataclass(frozen=True)
class Try:
    """The cheapest plan at a limit: its value, cost, bound on cost and figures.

    Where no plan keeps the limit, cost and bound are infinite.
    """

    value: float
    cost: float
    bound: float
    plan: Mapping[str, Any]


def farthest(
    start: Try, end: float, most: float, at: Callable[[float], Try]
) -> tuple[Try, float]:
    """The farthest plan from ``start`` to ``end`` within ``most``, and the bound."""
    good, bound = start, end
    bad, bad_cost = end, float("inf")
    if good.value == end:
        return good, bound
    way, limit = abs(end - start.value), end
    for number in range(MOST_TRIES):
        found = at(limit)
        if found.cost <= most:
            good = found
            if limit == end:
                break
        else:
            bad, bad_cost = limit, found.cost
            if found.bound > most:
                bound = limit
        if abs(bad - good.value) <= NEAR * way:
            break
        # costs are convex but for decisions, so the chord stays on the good side: every
        # other step is put in the middle
        share = 0.5
        if number % 2 == 0 and bad_cost < float("inf"):
            share = (most - good.cost) / (bad_cost - good.cost)
        share = min(max(share, INSIDE), 1 - INSIDE)
        limit = good.value + share * (bad - good.value)
    return good, bound

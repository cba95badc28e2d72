"""Purchases named in policies, as ``component.field``: found, and counted as bought.

Bought means: so much that it is no rounding. In a model that is what the yes/no
decision of the capacity says; so that no purchase of nothing counts, whoever must be
bought for something has a smallest purchase.
"""

from collections.abc import Iterable, Mapping

from verdigrid.models.capacity import Capacity
from verdigrid.models.component import Component
from verdigrid.models.errors import Problem
from verdigrid.models.held import Held

#: A purchase below this is rounding, kW or kWh.
NOTHING = 1e-6


def capacities_by_name(components: Mapping[str, Component]) -> dict[str, Capacity]:
    """Every capacity by ``component.field``."""
    return {
        f"{name}.{field}": capacity
        for name, component in components.items()
        for field, capacity in component.capacities().items()
    }


def is_bought(held: Held) -> bool:
    """True if anything is bought, in numbers."""
    return bool(held.new > NOTHING)


def unknown_names(
    path: str, names: Iterable[str], components: Mapping[str, Component]
) -> list[Problem]:
    """Names of no component's capacity."""
    known = sorted(capacities_by_name(components))
    shown = ", ".join(known[:40]) or "none (no component has a capacity)"
    return [
        Problem(path, repr(name), f"a capacity: one of {shown}")
        for name in names
        if name not in known
    ]


def without_room(
    path: str, names: Iterable[str], components: Mapping[str, Component]
) -> list[Problem]:
    """Capacities of which nothing can be bought; unknown ones are not judged."""
    found = capacities_by_name(components)
    return [
        Problem(
            path,
            f"{name!r}, which has no room for new capacity",
            "a capacity that can be bought",
            "raise its maximum, or take it out of the policy",
        )
        for name in names
        if name in found and found[name].most_new == 0
    ]


def without_least(
    path: str, names: Iterable[str], components: Mapping[str, Component]
) -> list[Problem]:
    """Capacities that could be bought for nothing, with a size of 0."""
    found = capacities_by_name(components)
    return [
        Problem(
            path,
            f"{name!r}, of which next to nothing would count as bought",
            "a capacity with a smallest purchase",
            "give it a minimum, a unit or a catalogue",
        )
        for name in names
        if name in found and found[name].most_new > 0 and found[name].least_new == 0
    ]


def named_twice(path: str, names: list[str]) -> list[Problem]:
    """Names that stand in a list more than once."""
    twice = sorted({name for name in names if names.count(name) > 1})
    return [Problem(path, f"{name!r} twice", "every capacity once") for name in twice]

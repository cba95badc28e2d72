"""Prerequisite: something may be bought only if something else is bought, or stands.

    build(capacity)  <=  build(need) + kept(need) / existing(need)      for every need

What stands counts if all of it is kept. A need that stands and must be kept asks for
nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

import pyomo.environ as pyo

from verdigrid.models.component import Component
from verdigrid.models.errors import Problem
from verdigrid.models.held import Held
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.purchases import (
    NOTHING,
    capacities_by_name,
    is_bought,
    named_twice,
    unknown_names,
    without_least,
    without_room,
)
from verdigrid.models.yearly import Yearly


class Requires(Policy):
    """A purchase that presupposes others."""

    kind: Literal["requires"] = "requires"
    summary: ClassVar[str] = "what must be bought (or stand) for something to be bought"
    amount_unit: ClassVar[str] = "prerequisites"
    priced: ClassVar[tuple[str, float]] = ("prerequisite", 1.0)

    capacity: str = parameter(unit="", doc="what is bought, as component.field")
    needs: list[str] = parameter(
        unit="", doc="all that must be bought or stand for it, each as component.field"
    )

    def problems(
        self, components: Mapping[str, Component], policies: Mapping[str, Policy]
    ) -> list[Problem]:
        found = unknown_names("capacity", [self.capacity], components)
        found += without_room("capacity", [self.capacity], components)
        found += named_twice("needs", self.needs)
        found += unknown_names("needs", self.needs, components)
        known = capacities_by_name(components)
        stands = {n for n in self.needs if n in known and known[n].existing > 0}
        stays = {n for n in stands if known[n].retire is None}
        absent = [n for n in self.needs if n not in stands]
        found += without_room("needs", absent, components)
        doubtful = [n for n in self.needs if n not in stays]
        found += without_least("needs", doubtful, components)
        circle = _circle(self.capacity, policies)
        if self.enforce and circle:
            found.append(
                Problem(
                    "needs",
                    f"a circle: {' needs '.join(circle)}",
                    "prerequisites that can be bought one after the other",
                    "a package buys all of them or none",
                )
            )
        return found

    def needs_decision(self) -> list[str]:
        return [self.capacity, *self.needs]

    @property
    def limit(self) -> float:
        return 0.0

    @property
    def unit(self) -> str:
        return "prerequisites missing"

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        bought = context.held[self.capacity].build
        needs = [context.held[name] for name in self.needs]
        for number, granted in enumerate(map(_granted, needs)):
            if not _is_one(granted):
                prerequisite = pyo.Constraint(expr=bought <= granted)
                block.add_component(f"prerequisite_{number}", prerequisite)

    def amount(self, year: Yearly) -> float:
        """Prerequisites missing of a purchase."""
        if not is_bought(year.held[self.capacity]):
            return 0.0
        needs = [year.held[name] for name in self.needs]
        return float(sum(not (is_bought(n) or _stands(n)) for n in needs))


def _granted(need: Held) -> Any:
    """1 or more if the need is met, as an expression."""
    return need.build + (need.kept / need.existing if need.existing else 0.0)


def _is_one(share: Any) -> bool:
    return isinstance(share, (int, float)) and share >= 1


def _stands(need: Held) -> bool:
    """True if something stands and all of it is kept, in numbers."""
    return need.existing > 0 and need.retired <= NOTHING * max(1.0, need.existing)


def _circle(start: str, policies: Mapping[str, Policy]) -> list[str]:
    """A way from a capacity through its prerequisites back to itself, if there is."""
    needs: dict[str, list[str]] = {}
    for policy in policies.values():
        if isinstance(policy, Requires) and policy.enforce:
            needs.setdefault(policy.capacity, []).extend(policy.needs)

    def ways(way: list[str]) -> Iterator[list[str]]:
        for name in needs.get(way[-1], []):
            if name == start:
                yield [*way, name]
            elif name not in way:
                yield from ways([*way, name])

    return next(ways([start]), [])

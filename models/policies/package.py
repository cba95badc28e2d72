"""Package: several capacities are bought together, or none of them.

build(c) = build(first)      for every other capacity c of the package
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import pyomo.environ as pyo

from verdigrid.models.component import Component
from verdigrid.models.errors import Problem
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.purchases import (
    is_bought,
    named_twice,
    unknown_names,
    without_least,
    without_room,
)
from verdigrid.models.yearly import Yearly


class Package(Policy):
    """Purchases that belong together."""

    kind: Literal["package"] = "package"
    summary: ClassVar[str] = "capacities that are bought together or not at all"
    amount_unit: ClassVar[str] = "purchases"
    priced: ClassVar[tuple[str, float]] = ("purchase", 1.0)

    capacities: list[str] = parameter(
        unit="", doc="what belongs together, each as component.field"
    )

    def problems(
        self, components: Mapping[str, Component], policies: Mapping[str, Policy]
    ) -> list[Problem]:
        names, path = self.capacities, "capacities"
        found = named_twice(path, names) + unknown_names(path, names, components)
        found += without_room(path, names, components)
        return found + without_least(path, names, components)

    def needs_decision(self) -> list[str]:
        return self.capacities

    @property
    def limit(self) -> float:
        return 0.0

    @property
    def unit(self) -> str:
        return "purchases missing"

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        decisions = [context.held[name].build for name in self.capacities]
        for number, other in enumerate(decisions[1:]):
            together = pyo.Constraint(expr=other == decisions[0])
            block.add_component(f"together_{number}", together)

    def amount(self, year: Yearly) -> float:
        """How many are missing where some are bought."""
        bought = [is_bought(year.held[name]) for name in self.capacities]
        return float(bought.count(False)) if any(bought) else 0.0

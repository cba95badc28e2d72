"""Exclusive group: of several capacities, only so many are bought.

    sum over capacities of build(c)  <=  at_most      (or = exactly)

build is 1 if anything of the capacity is bought. What stands already does not count.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import pyomo.environ as pyo
from pydantic import model_validator

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


class ExclusiveGroup(Policy):
    """A limit on how many of some capacities are bought, or their exact number."""

    kind: Literal["exclusive_group"] = "exclusive_group"
    summary: ClassVar[str] = "how many of several alternatives are bought"
    amount_unit: ClassVar[str] = "purchases"
    priced: ClassVar[tuple[str, float]] = ("purchase", 1.0)

    capacities: list[str] = parameter(
        unit="", doc="the alternatives, each as component.field"
    )
    at_most: int | None = parameter(
        None, unit="1", doc="most of them that are bought", ge=0
    )
    exactly: int | None = parameter(
        None, unit="1", doc="how many of them are bought, no more and no fewer", ge=0
    )

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if (self.at_most is None) == (self.exactly is None):
            raise ValueError("give either at_most: or exactly:")
        if (self.exactly or 0) > len(self.capacities):
            raise ValueError(
                f"exactly ({self.exactly}) is more than the {len(self.capacities)} "
                "capacities that are named"
            )
        return self

    def problems(
        self, components: Mapping[str, Component], policies: Mapping[str, Policy]
    ) -> list[Problem]:
        names, path = self.capacities, "capacities"
        found = named_twice(path, names) + unknown_names(path, names, components)
        found += without_room(path, names, components)
        if self.exactly is not None:
            found += without_least(path, names, components)
        return found

    def needs_decision(self) -> list[str]:
        return self.capacities

    @property
    def limit(self) -> float:
        return 0.0 if self.at_most is None else float(self.at_most)

    @property
    def unit(self) -> str:
        return "purchases" if self.exactly is None else "purchases too many or too few"

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        bought = sum([context.held[name].build for name in self.capacities])
        if self.exactly is not None:
            block.exactly = pyo.Constraint(expr=bought == self.exactly)
        elif self.capacities:
            block.limit = pyo.Constraint(expr=bought <= self.at_most)

    def amount(self, year: Yearly) -> float:
        """How many are bought, or by how many that is not the exact number."""
        bought = sum(is_bought(year.held[name]) for name in self.capacities)
        return float(bought if self.exactly is None else abs(bought - self.exactly))

"""Shared limit: several capacities share a roof, a piece of land, a connection.

    sum over capacities of use(c) x size(c)  <=  at_most

size is what is bought (``counts: new``) or what there is in all (``counts: total``:
kept and bought). The use is per kW or kWh of it, for example 5 m2 of roof per kW.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.component import Component
from verdigrid.models.errors import Problem
from verdigrid.models.held import Held
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.purchases import capacities_by_name, unknown_names
from verdigrid.models.yearly import Yearly


class SharedLimit(Policy):
    """A limit on the weighted sum of capacities."""

    kind: Literal["shared_limit"] = "shared_limit"
    summary: ClassVar[str] = "space or power that several capacities share"
    amount_unit: ClassVar[str] = ""
    priced: ClassVar[tuple[str, float]] = ("unit", 1.0)

    uses: dict[str, float] = parameter(
        unit="1", doc="what a kW or kWh needs, by capacity (component.field)"
    )
    at_most: float = parameter(unit="1", doc="what there is of it", ge=0)
    counts: Literal["new", "total"] = parameter(
        "new", unit="", doc="what needs it: what is bought, or what there is in all"
    )
    measured_in: str = parameter("", unit="", doc="unit of the limit, such as m2")

    @model_validator(mode="after")
    def _uses_are_positive(self) -> Self:
        if not self.uses or any(use < 0 for use in self.uses.values()):
            raise ValueError("uses: at least one capacity, none below 0")
        return self

    def problems(
        self, components: Mapping[str, Component], policies: Mapping[str, Policy]
    ) -> list[Problem]:
        found = unknown_names("uses", self.uses, components)
        if self.counts == "new":
            return found
        known = capacities_by_name(components)
        least = sum(known[n].least * u for n, u in self.uses.items() if n in known)
        if least > self.at_most:
            got = f"{self.at_most:g}, where what stands needs {least:g}"
            found.append(Problem("at_most", got, "at least as much"))
        return found

    @property
    def limit(self) -> float:
        return self.at_most

    @property
    def unit(self) -> str:
        return self.measured_in

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        used = self._used(context.held)
        if isinstance(used, (int, float)):  # nothing to decide
            return
        block.limit = pyo.Constraint(expr=used <= self.at_most)

    def _used(self, held: Mapping[str, Held]) -> Any:
        """What is used of it, in numbers or as an expression."""
        new_only = self.counts == "new"
        sizes = {
            n: held[n].new + held[n].carried if new_only else held[n].total
            for n in self.uses
        }
        return sum([use * sizes[name] for name, use in self.uses.items()])

    def amount(self, year: Yearly) -> float:
        return float(self._used(year.held))

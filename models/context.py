"""What a component or policy sees while it is being built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.carbon import Books
from verdigrid.models.ledger import (
    Cost,
    Emission,
    FixedCost,
    FixedEmission,
    Injection,
    Ledger,
    Measured,
    Term,
)
from verdigrid.models.measure import Measure
from verdigrid.models.node import Node

#: Name of a set of some of the steps; rows and columns over it belong to those steps.
SOME_STEPS = "some_steps"


@dataclass(frozen=True)
class BuildContext:
    """One component (or policy) in one operation.

    Rules over time must be written in terms of their index: what varies is an
    indexed parameter (:meth:`series`), the step before is ``previous[t]``, the
    month is ``month[t]``; Python control flow on the index is not possible.
    """

    name: str
    calendar: Calendar
    nodes: Mapping[str, Node]
    sizes: Mapping[str, Any]
    limits: Mapping[str, float]
    arrays: Mapping[str, Floats]
    ledger: Ledger
    steps: pyo.Set
    previous: pyo.Param
    month: pyo.Param
    months: pyo.Set
    exclusive_steps: tuple[int, ...]

    @property
    def step_hours(self) -> float:
        """Length of a step, h."""
        return self.calendar.step_hours

    def size(self, field: str) -> Any:
        """Total capacity of ``field``, an expression of the design."""
        return self.sizes[field]

    def limit(self, field: str) -> float:
        """Largest total capacity of ``field``: the base of any big-M."""
        return self.limits[field]

    def array(self, field: str) -> Floats:
        """A series as numbers, shape (steps,)."""
        return self.arrays[field]

    def series(self, block: pyo.Block, field: str) -> pyo.Param:
        """A series as a parameter over the steps, put on ``block``."""
        return self.parameter(block, field.replace(".", "_"), self.arrays[field])

    def parameter(self, block: pyo.Block, name: str, values: Floats) -> pyo.Param:
        """Any array (steps,) as a parameter over the steps, put on ``block``."""
        numbers = np.asarray(values, dtype=float).tolist()
        return self._over_steps(block, name, numbers)

    def earlier(self, block: pyo.Block, count: int) -> pyo.Param:
        """The step ``count`` steps before each step, cyclic, put on ``block``.

        What ``previous`` is for one step; a rule reads ``x[earlier[t]]``.
        """
        name, periods = f"earlier_{count}", self.calendar.periods
        if block.component(name) is None:
            steps = [(t - count) % periods for t in range(periods)]
            self._over_steps(block, name, steps)
        return block.component(name)

    def _over_steps(self, block: pyo.Block, name: str, values: list[Any]) -> pyo.Param:
        """A parameter over the steps; as a rule of any value it is built fastest."""
        parameter = pyo.Param(
            self.steps, initialize=lambda _, t: values[t], within=pyo.Any
        )
        block.add_component(name, parameter)
        return parameter

    def flow(self, block: pyo.Block, name: str, doc: str) -> pyo.Var:
        """A nonnegative variable over the steps, put on ``block``."""
        block.add_component(
            name, pyo.Var(self.steps, domain=pyo.NonNegativeReals, doc=doc)
        )
        return block.component(name)

    def rule(
        self, block: pyo.Block, name: str, rule: Callable[[Any, Any], Any], doc: str
    ) -> None:
        """A constraint over the steps, put on ``block``."""
        block.add_component(name, pyo.Constraint(self.steps, rule=rule, doc=doc))

    def exclude(
        self,
        block: pyo.Block,
        first: tuple[str, float],
        second: tuple[str, float],
    ) -> None:
        """Forbid two flows at once, in the steps where it could pay to have both.

        Each flow is its name on ``block`` and the most it can ever be, which is the
        big-M. Elsewhere the optimum keeps them apart by itself, and the plan is
        checked for it.
        """
        if not self.exclusive_steps:
            return
        (one, one_limit), (other, other_limit) = first, second
        one_flow, other_flow = block.component(one), block.component(other)
        steps = pyo.Set(initialize=self.exclusive_steps)
        block.add_component(SOME_STEPS, steps)
        block.first_on = pyo.Var(steps, domain=pyo.Binary, doc=f"1 if {one} may flow")
        block.first_only_if_on = pyo.Constraint(
            steps, rule=lambda b, t: one_flow[t] <= one_limit * b.first_on[t]
        )
        block.second_only_if_off = pyo.Constraint(
            steps, rule=lambda b, t: other_flow[t] <= other_limit * (1 - b.first_on[t])
        )

    # -- booking ------------------------------------------------------------

    def inject(
        self, node: str, item: str, term: Term, temperature_c: float | None = None
    ) -> None:
        """Book power into ``node``, kW (negative: out of it)."""
        self.ledger.injections.append(
            Injection(node, self.name, item, term, temperature_c)
        )

    def cost(self, cost_class: str, item: str, term: Term) -> None:
        """Book an operating cost, currency per hour."""
        self.ledger.costs.append(Cost(cost_class, self.name, item, term))

    def fixed_cost(self, cost_class: str, item: str, amount: Any) -> None:
        """Book a yearly cost, currency per year."""
        self.ledger.fixed_costs.append(FixedCost(cost_class, self.name, item, amount))

    def emission(
        self, scope: int, source: str, term: Term, books: Books = "both"
    ) -> None:
        """Book carbon, kg CO2e per hour."""
        self.ledger.emissions.append(Emission(scope, source, self.name, term, books))

    def fixed_emission(
        self, scope: int, source: str, amount: Any, books: Books = "both"
    ) -> None:
        """Book yearly carbon, kg CO2e per year."""
        self.ledger.fixed_emissions.append(
            FixedEmission(scope, source, self.name, amount, books)
        )

    def measured(self, measure: Measure, term: Term) -> None:
        """Book an energy that policies count, kW."""
        self.ledger.measured.append(Measured(measure, self.name, term))

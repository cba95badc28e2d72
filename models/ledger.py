"""The ledger: who injects energy where, who pays for what, who emits what.

A component books *callables* ``step -> expression``, in rates: kW, currency per
hour, kg CO2e per hour. The core multiplies by the step length and the weight of
the year, sums, and knows no component by name. The tables of flows, costs and
emissions are the same entries evaluated at the solution.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from verdigrid.models.carbon import Books
from verdigrid.models.measure import Measure

#: A Pyomo expression (or number) of one step.
Term = Callable[[Any], Any]


@dataclass(frozen=True)
class Injection:
    """Power into ``node`` (kW; negative: out of it).

    ``temperature_c`` is the temperature that a withdrawal of heat needs at its
    hottest cold end, or that a delivery reaches; only nodes that trade heat by
    temperature read it.
    """

    node: str
    owner: str
    item: str
    term: Term
    temperature_c: float | None = None


@dataclass(frozen=True)
class Cost:
    """Operating cost, currency per hour."""

    cost_class: str
    owner: str
    item: str
    term: Term


@dataclass(frozen=True)
class FixedCost:
    """Yearly cost that no step bears alone, currency per year (an expression)."""

    cost_class: str
    owner: str
    item: str
    amount: Any


@dataclass(frozen=True)
class Emission:
    """Carbon, kg CO2e per hour; scope and books as in ``verdigrid.models.carbon``."""

    scope: int
    source: str
    owner: str
    term: Term
    books: Books = "both"


@dataclass(frozen=True)
class FixedEmission:
    """Carbon that no step bears alone, kg CO2e per year (an expression)."""

    scope: int
    source: str
    owner: str
    amount: Any
    books: Books = "both"


@dataclass(frozen=True)
class Measured:
    """An energy that policies count, kW."""

    measure: Measure
    owner: str
    term: Term


@dataclass(frozen=True)
class Investment:
    """Purchase of new capacity: today's price, and net present cost of it."""

    owner: str
    item: str
    amount: Any
    net_present_cost: Any


@dataclass
class Ledger:
    """All entries of one operation under one design, in the order of booking."""

    injections: list[Injection] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    fixed_costs: list[FixedCost] = field(default_factory=list)
    emissions: list[Emission] = field(default_factory=list)
    fixed_emissions: list[FixedEmission] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    investments: list[Investment] = field(default_factory=list)

    def at(self, node: str) -> list[Injection]:
        """Entries of one node."""
        return [entry for entry in self.injections if entry.node == node]

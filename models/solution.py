"""A solved plan: status, bound, values of all variables, booked amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as filled
from enum import StrEnum
from typing import Any

from verdigrid.models.arrays import Floats
from verdigrid.models.certificate import Certificate
from verdigrid.models.held import Held
from verdigrid.models.ledger import (
    Cost,
    Emission,
    FixedCost,
    FixedEmission,
    Injection,
    Investment,
    Measured,
)
from verdigrid.models.microgrid import Microgrid


class Status(StrEnum):
    """How a solve ended, as far as a user must know."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible at limit"
    NO_INCUMBENT = "no plan at limit"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    FAILED = "failed"

    @property
    def has_plan(self) -> bool:
        """True if there are values to publish."""
        return self in (Status.OPTIMAL, Status.FEASIBLE)


@dataclass(frozen=True)
class Driver:
    """A limit that one more unit of a size would loosen, and what that is worth.

    ``worth`` is the share of the size's whole worth that comes from this limit,
    ``steps`` in how many steps it binds (0 for a limit of the year), ``month`` the
    month that contributes most.
    """

    limit: str
    worth: float
    steps: int
    month: str


@dataclass(frozen=True)
class Size:
    """One capacity of a plan; units are those of the capacity (kW or kWh).

    ``marginal_worth`` is what one more unit of room would save (positive) at the
    upper limit, or how much cheaper a unit would have to be (negative) where none
    is built: net present currency per unit. None without duals, and where a unit has
    no single price. ``drivers`` are the limits that the size's worth comes from, the
    weightiest first. ``retired`` is given up of ``existing`` (None where it must be
    kept); ``units`` are bought ones where they are counted, ``products`` pieces bought
    by name; ``carried`` is what earlier stages of a pathway bought and still serves,
    ``carried_products`` the pieces of it, ``retired_before`` what they gave up already.
    """

    component: str
    field: str
    unit: str
    existing: float
    new: float
    built: bool
    limit: float
    marginal_worth: float | None = None
    drivers: tuple[Driver, ...] = ()
    retired: float | None = None
    units: int | None = None
    products: Mapping[str, int] = filled(default_factory=dict)
    carried: float = 0.0
    retired_before: float = 0.0
    carried_products: Mapping[str, int] = filled(default_factory=dict)

    @property
    def kept(self) -> float:
        """What the plan keeps of what stands."""
        return self.existing - (self.retired or 0.0)

    @property
    def total(self) -> float:
        """Kept, carried over and new capacity."""
        return self.kept + self.carried + self.new

    @property
    def held(self) -> Held:
        """The same as policies and money see it."""
        built = float(self.built)
        return Held(
            self.existing,
            self.kept,
            self.new,
            built,
            self.products,
            self.units,
            self.carried,
            self.retired_before,
            self.carried_products,
        )


@dataclass(frozen=True)
class Booked:
    """The ledger evaluated at the plan: each entry with its numbers.

    Timed entries carry an array (steps,) in the entry's rate; others a float.
    """

    injections: tuple[tuple[Injection, Floats], ...]
    costs: tuple[tuple[Cost, Floats], ...]
    fixed_costs: tuple[tuple[FixedCost, float], ...]
    emissions: tuple[tuple[Emission, Floats], ...]
    fixed_emissions: tuple[tuple[FixedEmission, float], ...]
    investments: tuple[tuple[Investment, float, float], ...]
    measured: tuple[tuple[Measured, Floats], ...]


@dataclass(frozen=True)
class Solution:
    """A plan of a microgrid, in natural units.

    ``values`` are the operation variables by component and name, each (steps,),
    (months,) or a float; ``decided`` the yearly ones of policies;
    ``overlaps`` the steps in which a component's exclusive
    flows are both positive (they need a binary there); ``shadow_prices`` what it costs
    to be one unit better than a policy's limit (a tonne less, a kWh more: its
    ``priced``), currency of one year, by policy; ``facts`` are what the solver reports
    of itself; ``x`` are all columns of the compiled problem, ``certificate`` what
    proves the bound, if there is a proof beside the solver's word.
    """

    microgrid: Microgrid
    status: Status
    objective: float
    bound: float
    seconds: float
    algorithm: str
    sizes: tuple[Size, ...]
    values: Mapping[str, Mapping[str, Any]]
    decided: Mapping[str, Mapping[str, float]]
    booked: Booked
    overlaps: Mapping[str, tuple[int, ...]]
    shadow_prices: Mapping[str, float]
    facts: Mapping[str, Any]
    x: Floats
    certificate: Certificate | None

    @property
    def currency(self) -> str:
        """Currency of all amounts."""
        return self.microgrid.currency

    @property
    def gap(self) -> float:
        """Objective above its proven bound, currency (net present)."""
        return max(0.0, self.objective - self.bound)

    @property
    def shadow_price_per_tonne(self) -> dict[str, float]:
        """Shadow prices of the limits on carbon, currency per tonne of one year."""
        policies, prices = self.microgrid.policies, self.shadow_prices
        return {n: p for n, p in prices.items() if policies[n].priced[0] == "tonne"}

    def size(self, component: str, field: str) -> Size:
        """One capacity by component and field."""
        for size in self.sizes:
            if (size.component, size.field) == (component, field):
                return size
        raise KeyError(f"{component}.{field}")

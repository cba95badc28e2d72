"""What a policy is: a rule over the whole year, one file, registered by ``kind``.

A policy that limits says three things: ``build`` writes the limit on the model,
``amount`` and ``base`` count the same in NumPy from the recomputed year. Its value is
amount / base, and ``value <= limit`` (or ``>=``) is what the checks look at.

Importing ``verdigrid.models.policies`` fills the registry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

import pyomo.environ as pyo

from verdigrid.models.calendar import Calendar
from verdigrid.models.carbon import LedgerName, in_ledger
from verdigrid.models.component import Component
from verdigrid.models.errors import Problem
from verdigrid.models.held import Held
from verdigrid.models.ledger import Emission, FixedEmission, Ledger, Term
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.surplus import Use
from verdigrid.models.yearly import Yearly, YearlyEmissions

Sense = Literal["at most", "at least"]
#: A policy that decides nothing.
NOTHING: Mapping[str, float] = {}


@dataclass(frozen=True)
class PolicyContext:
    """A policy in one operation: the ledger that the components have filled.

    ``hours_per_step`` is step length times the weight of the year, so that a rate
    summed over the steps with it gives a yearly amount; ``held`` every capacity of the
    design by ``component.field``, ``years`` those that the operation stands for.
    """

    name: str
    calendar: Calendar
    ledger: Ledger
    steps: pyo.Set
    hours_per_step: float
    held: Mapping[str, Held] = field(default_factory=dict)
    years: float = 1.0

    @property
    def yearly_hours(self) -> float:
        """Hours of the year that the horizon stands for."""
        return self.hours_per_step * self.calendar.periods

    def terms(self, parts: Mapping[Measure, float]) -> list[tuple[float, Term]]:
        """Every booked entry of the measures with its weight; empty if none is."""
        weights = ((parts.get(entry.measure), entry) for entry in self.ledger.measured)
        return [(weight, entry.term) for weight, entry in weights if weight]

    def rate(self, parts: Mapping[Measure, float]) -> Term:
        """Weighted sum of measures in a step, kW."""
        terms = self.terms(parts)
        return lambda t: sum([weight * term(t) for weight, term in terms])

    def yearly(self, parts: Mapping[Measure, float]) -> Any:
        """Expression of the weighted sum over the year, kWh per year."""
        terms, hours = self.terms(parts), self.hours_per_step
        if not terms:
            return 0.0
        # The weight stands inside the sum: Pyomo 6.10.1 loses a factor in front of
        # a sum over a set when the rule is templated.
        return sum(
            sum(hours * weight * term(t) for weight, term in terms) for t in self.steps
        )

    def yearly_emissions(
        self,
        scopes: Sequence[int],
        ledger: LedgerName = "location",
        without: Sequence[str] = (),
        years: float = 1.0,
    ) -> Any:
        """Expression of a ledger's emissions in ``scopes``, kg CO2e in ``years``.

        ``without`` are sources that are left out.
        """

        def counts(entry: Emission | FixedEmission) -> bool:
            inside = entry.scope in scopes and in_ledger(entry.books, ledger)
            return inside and entry.source not in without

        timed = [e.term for e in self.ledger.emissions if counts(e)]
        fixed = [e.amount for e in self.ledger.fixed_emissions if counts(e)]
        total = years * sum(fixed) if fixed else 0.0
        if timed:
            hours = years * self.hours_per_step
            total = total + sum(
                sum(hours * term(t) for term in timed) for t in self.steps
            )
        return total

    def emits(self, scopes: Sequence[int], ledger: LedgerName = "location") -> bool:
        """Whether a ledger has anything in one of ``scopes``."""
        entries: list[Emission | FixedEmission] = [
            *self.ledger.emissions,
            *self.ledger.fixed_emissions,
        ]
        return any(e.scope in scopes and in_ledger(e.books, ledger) for e in entries)


@dataclass(frozen=True)
class Standing:
    """How a year stands against a limit: amount / base, at most or at least ``limit``.

    ``amount`` counts in ``amount_unit``; value and limit in ``unit``.
    """

    amount: float
    base: float
    limit: float
    sense: Sense
    unit: str
    amount_unit: str

    @property
    def value(self) -> float | None:
        """What is limited; None where there is nothing to take a share of."""
        return self.amount / self.base if self.base > 1e-6 else None

    @property
    def missed_by(self) -> float:
        """What the amount is beyond its limit, in its unit; 0 where it is kept."""
        beyond = self.amount - self.limit * self.base
        return max(0.0, beyond if self.sense == "at most" else -beyond)

    @property
    def scale(self) -> float:
        """What counts as much of the amount, in its unit."""
        return max(1.0, max(1.0, abs(self.limit)) * abs(self.base))

    @property
    def margin(self) -> float | None:
        """How far the value is on the right side of the limit; negative if missed."""
        if self.value is None:
            return None
        if self.sense == "at most":
            return self.limit - self.value
        return self.value - self.limit


class Policy(Strict):
    """Base of all policies; subclasses declare ``kind: Literal["..."] = "..."``."""

    kind: str

    summary: ClassVar[str] = ""
    #: Whether the policy is part of the world of the baseline too (a price is, a
    #: cap on the plan is not).
    binds_baseline: ClassVar[bool] = False
    #: Which side of its limit the value must be on.
    sense: ClassVar[Sense] = "at most"
    #: What the constraint ``limit`` counts; and in what its shadow price is told: a
    #: name, and how many of the former it is.
    amount_unit: ClassVar[str] = "kWh"
    priced: ClassVar[tuple[str, float]] = ("kWh", 1.0)

    enforce: bool = parameter(
        True, unit="", doc="whether a plan must keep it; if not, it is only reported"
    )

    registry: ClassVar[dict[str, type["Policy"]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        kind = cls.model_fields["kind"].default
        if not isinstance(kind, str):  # a base class of several kinds
            return
        known = Policy.registry.get(kind)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"two policies of kind {kind!r}: {known} and {cls}")
        Policy.registry[kind] = cls

    #: Whether it holds for all stages of a pathway together, not for each.
    across_stages: ClassVar[bool] = False
    #: Whether it books what other policies count, and so is built before them.
    books_first: ClassVar[bool] = False

    @property
    def needs_baseline(self) -> bool:
        """True if the policy is stated relative to the baseline."""
        return False

    def against(self, baseline: Yearly) -> Self:
        """The policy with its limit in absolute numbers."""
        return self

    def problems(
        self, components: Mapping[str, Component], policies: Mapping[str, "Policy"]
    ) -> list[Problem]:
        """What is wrong with the policy among these (paths inside it)."""
        return []

    @property
    def counts_use_of(self) -> Use | None:
        """What counts as used, so that no bus may throw it away; None if nothing."""
        return None

    def needs_decision(self) -> list[str]:
        """Capacities (``component.field``) whose purchase must be a yes/no decision."""
        return []

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        """Write constraints on ``block``, or book costs in the ledger.

        A constraint that costs something to keep is called ``limit``.
        """
        raise NotImplementedError

    def build_across(self, block: pyo.Block, contexts: Sequence[PolicyContext]) -> None:
        """Write the constraint over all stages of a pathway (if ``across_stages``)."""
        raise NotImplementedError

    # -- of policies that limit ----------------------------------------------------

    @property
    def limit(self) -> float | None:
        """What the value must keep, in ``unit``; None if nothing is limited (yet)."""
        return None

    def with_limit(self, limit: float) -> Self | None:
        """The policy with another limit; None if it can't be given as a number."""
        return None

    @property
    def unit(self) -> str:
        """Unit of value and limit."""
        return "share"

    def amount(self, year: Yearly) -> float:
        """What is counted, in ``amount_unit``."""
        raise NotImplementedError

    def base(self, year: Yearly) -> float:
        """What it is divided by to give the value."""
        return 1.0

    def standing(
        self, year: Yearly, decided: Mapping[str, float] = NOTHING
    ) -> Standing | None:
        """How a year stands against the limit; None if nothing is limited (yet).

        ``decided`` are the policy's own variables in that year's plan.
        """
        if self.limit is None:
            return None
        amount, base = self.amount(year), self.base(year)
        return Standing(
            amount, base, self.limit, self.sense, self.unit, self.amount_unit
        )

    # -- of policies that cost or decide ---------------------------------------------

    def recompute(self, year: Yearly, decided: Mapping[str, float]) -> "PolicyAccount":
        """What the policy itself costs, emits and counts, given what it decided.

        ``decided`` are the values of the policy's own variables by name.
        """
        return PolicyAccount()


@dataclass(frozen=True)
class PolicyAccount:
    """What an enforced policy adds to the year, in plain numbers.

    ``costs`` are currency per year by (class, item); ``emissions`` kg CO2e per year;
    ``measures`` kW, the same in every step; ``residuals`` what is violated, in the
    unit of the decision it is about.
    """

    costs: Mapping[tuple[str, str], float] = field(default_factory=dict)
    emissions: YearlyEmissions = field(default_factory=dict)
    measures: Mapping[Measure, float] = field(default_factory=dict)
    residuals: Mapping[str, float] = field(default_factory=dict)


def in_order(policies: Mapping[str, Policy]) -> list[tuple[str, Policy]]:
    """Policies by name, those first whose bookings others count."""
    return sorted(policies.items(), key=lambda item: not item[1].books_first)

"""What a policy is: a rule over the whole year, one file, registered by ``kind``.

Importing ``verdigrid.models.policies`` fills the registry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pyomo.environ as pyo

from verdigrid.models.ledger import Ledger
from verdigrid.models.parameter import Strict


@dataclass(frozen=True)
class PolicyContext:
    """A policy in one operation: the ledger that the components have filled.

    ``hours_per_step`` is step length times the weight of the year, so that a rate
    summed over the steps with it gives a yearly amount.
    """

    name: str
    ledger: Ledger
    steps: pyo.Set
    hours_per_step: float

    def yearly_emissions(self, scopes: list[int]) -> Any:
        """Expression of the year's emissions in ``scopes``, kg CO2e per year."""
        timed = [e.term for e in self.ledger.emissions if e.scope in scopes]
        fixed = [e.amount for e in self.ledger.fixed_emissions if e.scope in scopes]
        total = sum(fixed) if fixed else 0.0
        if timed:
            # The weight stands inside the sum: Pyomo 6.10.1 loses a factor in front of
            # a sum over a set when the rule is templated.
            hours = self.hours_per_step
            total = total + sum(
                sum(hours * term(t) for term in timed) for t in self.steps
            )
        return total


#: Yearly emissions by (scope, source), kg CO2e, as the checks recompute them.
YearlyEmissions = Mapping[tuple[int, str], float]


class Policy(Strict):
    """Base of all policies; subclasses declare ``kind: Literal["..."] = "..."``."""

    kind: str

    summary: ClassVar[str] = ""
    #: Whether the policy is part of the world of the baseline too (a price is, a
    #: cap on the plan is not).
    binds_baseline: ClassVar[bool] = False

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

    @property
    def needs_baseline(self) -> bool:
        """True if the policy is stated relative to the baseline."""
        return False

    def against(self, baseline: YearlyEmissions) -> Self:
        """The policy with its limit in absolute numbers."""
        return self

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        """Write constraints on ``block``, or book costs in the ledger."""
        raise NotImplementedError

    def limit_kg(self) -> float | None:
        """Yearly emissions the policy allows, kg CO2e; None if it limits none."""
        return None

    def counted_kg(self, emissions: YearlyEmissions) -> float:
        """Yearly emissions that the policy counts, kg CO2e."""
        return 0.0

    def costs(self, emissions: YearlyEmissions) -> dict[tuple[str, str], float]:
        """Yearly costs by (class, item) that the policy causes, currency."""
        return {}

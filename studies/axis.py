"""One axis of a Pareto front: cost, or what a policy limits over the year.

A policy's value can be an axis if its limit is a number that can be moved, and one row
of the problem: emissions, a share of energies, an intensity, an investment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from verdigrid.models.carbon import LedgerName
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policies.carbon_cap import CarbonCap
from verdigrid.models.policy import Policy
from verdigrid.results.outcome import Outcome

COST, CARBON = "cost", "carbon"
#: Name of the policy that stands for the axis ``carbon``.
CARBON_AXIS = "pareto_carbon"
#: Keys under which policies carry a limit that can be moved.
_KEYS = ("at_most", "at_least")


@dataclass(frozen=True)
class Axis:
    """A value that a policy limits; ``sign`` is 1 where less is better, else -1."""

    name: str
    policy: Policy
    words: str

    @property
    def sign(self) -> float:
        """1 where less is better, -1 where more is."""
        return 1.0 if self.policy.sense == "at most" else -1.0

    @property
    def unit(self) -> str:
        """Unit of its values."""
        return self.policy.unit

    def at(self, limit: float) -> Policy:
        """The policy with this limit, which binds."""
        moved = _with_limit(self.policy, limit)
        assert moved is not None
        return moved.model_copy(update={"enforce": True})

    def limited(self, microgrid: Microgrid, limit: float) -> Microgrid:
        """The microgrid whose plans must keep the axis at ``limit``."""
        policies = {**microgrid.policies, self.name: self.at(limit)}
        return replace(microgrid, policies=policies)

    def free(self, microgrid: Microgrid) -> Microgrid:
        """The microgrid whose plans only report the axis."""
        loose = self.policy.model_copy(update={"enforce": False})
        return replace(microgrid, policies={**microgrid.policies, self.name: loose})

    def value(self, outcome: Outcome) -> float:
        """Where a plan stands on the axis. Raises InputError if nothing is there."""
        decided = outcome.solution.decided.get(self.name, {})
        standing = self.policy.standing(outcome.recomputed.yearly, decided)
        value = None if standing is None else standing.value
        if value is None:
            path = f"policies.{self.name}"
            raise InputError([Problem(path, "nothing that it counts", "an axis")])
        return value

    def price(self, outcome: Outcome) -> float | None:
        """What one unit better costs a year, by the shadow price; None without one."""
        price = outcome.solution.shadow_prices.get(self.name)
        if price is None:
            return None
        base = self.policy.base(outcome.recomputed.yearly)
        return price * base / self.policy.priced[1]


def axis_of(
    microgrid: Microgrid,
    name: str,
    scopes: Sequence[int] | None = None,
    ledger: LedgerName | None = None,
) -> tuple[Axis, Microgrid]:
    """The axis called ``name``, and the microgrid without limits that it replaces.

    ``carbon`` is emissions, in the scopes and the ledger of the scenario's first carbon
    cap where they are not given (else scopes 1 and 2, location-based); all carbon caps
    are set aside for it. Raises InputError.
    """
    if name == CARBON:
        return _carbon_axis(microgrid, scopes, ledger)
    policy = microgrid.policies.get(name)
    if policy is None:
        known = ", ".join((COST, CARBON, *microgrid.policies))
        raise InputError([Problem("axis", repr(name), f"one of {known}")])
    limit = policy.limit
    if limit is None or _with_limit(policy, limit) is None:
        expected = "a policy with a limit over the year that can be moved"
        got = f"kind {policy.kind}"
        raise InputError([Problem(f"policies.{name}", got, expected)])
    words = f"{name.replace('_', ' ')}, {policy.unit}"
    return Axis(name, policy, words), microgrid


def _carbon_axis(
    microgrid: Microgrid, scopes: Sequence[int] | None, ledger: LedgerName | None
) -> tuple[Axis, Microgrid]:
    caps = [p for p in microgrid.policies.values() if isinstance(p, CarbonCap)]
    first = caps[0] if caps else None
    asked = list(scopes or (first.scopes if first else (1, 2)))
    book = ledger or (first.ledger if first else "location")
    same = first is not None and first.scopes == asked and first.ledger == book
    cap = CarbonCap.model_validate(
        {
            "scopes": asked,
            "ledger": book,
            "tonnes_per_year": 0.0,
            "offsets": first.offsets if first is not None and same else None,
        }
    )
    aside = {
        name: policy.model_copy(update={"enforce": False})
        if isinstance(policy, CarbonCap)
        else policy
        for name, policy in microgrid.policies.items()
    }
    aside[CARBON_AXIS] = cap
    told = ", ".join(map(str, asked))
    words = f"emissions of scopes {told} ({book}), t CO2e a year"
    return Axis(CARBON_AXIS, cap, words), replace(microgrid, policies=aside)


def _with_limit(policy: Policy, limit: float) -> Policy | None:
    """The policy with another limit, if that is a number which can be moved."""
    moved = policy.with_limit(limit)
    if moved is not None:
        return moved
    told = policy.model_dump()
    for key in _KEYS:
        if isinstance(told.get(key), float):
            return policy.model_copy(update={key: limit})
    return None

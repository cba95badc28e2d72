"""What is held of a capacity: kept of what stands, bought, and whether bought.

The same in numbers (of a plan) and in expressions of the design (of a model), so that
policies and money say their rule once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyomo.environ as pyo


@dataclass(frozen=True)
class Held:
    """One capacity, kW or kWh; ``build`` is 1 if anything is bought, else 0.

    In a model ``build`` is None where neither a cost nor a policy asks for it;
    ``counts`` are pieces of products by name, ``units`` bought ones (None where the
    size is not counted in units); ``carried`` is what earlier stages of a pathway
    bought and still serves, ``carried_counts`` the pieces of it, ``retired_before``
    what they gave up of what stood.
    """

    existing: float
    kept: Any
    new: Any
    build: Any
    counts: Mapping[str, Any] = field(default_factory=dict)
    units: Any = None
    carried: Any = 0.0
    retired_before: Any = 0.0
    carried_counts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def total(self) -> Any:
        """What dispatch may use."""
        return self.kept + self.carried + self.new

    @property
    def all_counts(self) -> dict[str, Any]:
        """Pieces by name, those of earlier stages too."""
        return added(self.counts, self.carried_counts)

    @property
    def retired(self) -> Any:
        """What is given up of what stands."""
        return self.existing - self.kept

    @property
    def retired_now(self) -> Any:
        """What of that is given up in this stage."""
        return self.retired - self.retired_before


@dataclass(frozen=True)
class Inherited:
    """What earlier stages of a pathway leave of a capacity, in expressions.

    ``carried`` was bought and still serves (None: nothing could be), ``retired`` was
    given up of what stood; ``counts`` are the pieces of what was bought.
    """

    carried: Any = None
    retired: Any = 0.0
    counts: Mapping[str, Any] = field(default_factory=dict)


def added(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The sums of both by name.

    >>> added({"a": 1, "b": 2}, {"b": 3})
    {'a': 1, 'b': 5}
    """
    names = dict.fromkeys((*one, *other))
    return {name: one.get(name, 0) + other.get(name, 0) for name in names}


def add_variable(block: pyo.Block, name: str, **declared: Any) -> Any:
    """A variable of the design on ``block``, one of several of a kind.

    Each has a name of its own rather than an index, which the solvers take for a step.
    """
    block.add_component(name, pyo.Var(**declared))
    return block.component(name)

"""What proves how far a plan can be from the best: plain numbers, to be checked.

See ``verdigrid.solvers.certificate`` for what the numbers prove and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from verdigrid.models.arrays import Floats, Ints


@dataclass(frozen=True)
class Leaf:
    """Bounds of the decisions (decisions,) and multipliers of the rows (rows,)."""

    lower: Floats
    upper: Floats
    row_dual: Floats


@dataclass(frozen=True)
class Moment:
    """How far a search was: seconds, bound, cost of the best plan (inf: none yet)."""

    seconds: float
    bound: float
    incumbent: float


@dataclass(frozen=True)
class Certificate:
    """Multipliers that prove a bound, and how plan and bound were found.

    ``decisions`` (decisions,) are the columns that were branched on, ``leaves`` cover
    all their values; ``facts`` are counts and shares of the search, by name.
    """

    decisions: Ints
    leaves: tuple[Leaf, ...]
    history: tuple[Moment, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)

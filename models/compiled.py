"""The compiled problem: a labelled sparse matrix in natural units.

The stages of a pathway follow each other on one axis of steps; ``first_steps`` says
where they begin.

minimise  cost @ x + offset
row_lower <= matrix @ x <= row_upper,   lower <= x <= upper,   x[integer] whole
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array

from verdigrid.models.arrays import Bools, Floats, Ints


class Family(NamedTuple):
    """All columns (or rows) of one variable (or constraint) of one owner.

    ``owner`` is the path of the block below the model, for example
    ``operation.components.battery``; ``timed`` says whether the index is a step.
    """

    owner: str
    name: str
    timed: bool


@dataclass(frozen=True)
class Labels:
    """Family and index of every column or row; index is -1 for scalars."""

    families: tuple[Family, ...]
    family: Ints
    index: Ints

    @cached_property
    def _position(self) -> dict[tuple[str, str], int]:
        return {(f.owner, f.name): n for n, f in enumerate(self.families)}

    def where(self, owner: str, name: str) -> Ints:
        """Positions of one family, in the order of the matrix (empty if unknown)."""
        number = self._position.get((owner, name))
        if number is None:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(self.family == number)

    def below(self, owner: str) -> Iterator[Family]:
        """Families of ``owner`` and of the blocks below it."""
        for family in self.families:
            if family.owner == owner or family.owner.startswith(owner + "."):
                yield family

    def describe(self, position: int) -> str:
        """Readable name of one column or row."""
        family = self.families[int(self.family[position])]
        index = int(self.index[position])
        return f"{family.owner}.{family.name}" + (f"[{index}]" if index >= 0 else "")


@dataclass(frozen=True)
class CompiledModel:
    """The problem as a matrix, with the label of every column and row."""

    matrix: csc_array
    cost: Floats
    offset: float
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    integer: Bools
    columns: Labels
    rows: Labels
    first_steps: tuple[int, ...] = (0,)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.matrix.shape[0]), int(self.matrix.shape[1])

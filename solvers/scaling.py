"""Scaling by powers of two, so that rounding changes nothing.

    x = column_scale * x',   row i is multiplied by row_scale[i],
    the objective by objective_scale

Geometric means bring the entries of every row and column near one; a good scaling
keeps HiGHS' absolute tolerances (1e-7) meaningful for megawatts and millions alike.
Integer columns are never scaled.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, diags_array

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel

PASSES = 3


@dataclass(frozen=True)
class Scaling:
    """Factors of one compiled model."""

    row: Floats
    column: Floats
    objective: float

    def matrix(self, matrix: csc_array) -> csc_array:
        """The matrix that the solver sees."""
        return csc_array(diags_array(self.row) @ matrix @ diags_array(self.column))

    def cost(self, cost: Floats) -> Floats:
        """The objective that the solver sees."""
        return self.objective * cost * self.column


def scaling_of(model: CompiledModel) -> Scaling:
    """Scale rows and columns by geometric means, rounded to powers of two."""
    entries = model.matrix.tocoo()
    rows, columns = (np.asarray(at, dtype=np.int64) for at in entries.coords)
    size = np.log2(np.abs(entries.data))
    row, column = np.zeros(model.shape[0]), np.zeros(model.shape[1])
    for _ in range(PASSES):
        row = -_mean(size + column[columns], rows, row.size)
        column = -_mean(size + row[rows], columns, column.size)
        column[model.integer] = 0.0
    row, column = np.rint(row), np.rint(column)
    priced = model.cost != 0
    level = np.log2(np.abs(model.cost[priced])) + column[priced]
    objective = -np.rint(level.mean()) if level.size else 0.0
    return Scaling(np.exp2(row), np.exp2(column), float(np.exp2(objective)))


def _mean(values: Floats, groups: Ints, count: int) -> Floats:
    """Mean of ``values`` by group; 0 for empty groups."""
    sums = np.bincount(groups, weights=values, minlength=count)
    members = np.bincount(groups, minlength=count)
    return np.asarray(sums / np.maximum(members, 1), dtype=np.float64)

"""Small problems as matrices, for tests of the solver itself."""

import numpy as np
from scipy.sparse import csc_array

from verdigrid.models.compiled import CompiledModel, Family, Labels


def labels(count):
    return Labels(
        (Family("test", "x", True),), np.zeros(count, dtype=int), np.arange(count)
    )


def problem(
    matrix, cost, row_lower, row_upper, upper=np.inf, integer=False, offset=0.0
):
    """min cost x + offset, row_lower <= matrix x <= row_upper, 0 <= x <= upper."""
    matrix = csc_array(np.asarray(matrix, dtype=float))
    rows, columns = matrix.shape
    return CompiledModel(
        matrix=matrix,
        cost=np.asarray(cost, dtype=float),
        offset=offset,
        row_lower=np.broadcast_to(np.asarray(row_lower, dtype=float), rows).copy(),
        row_upper=np.broadcast_to(np.asarray(row_upper, dtype=float), rows).copy(),
        lower=np.zeros(columns),
        upper=np.broadcast_to(np.asarray(upper, dtype=float), columns).copy(),
        integer=np.broadcast_to(np.asarray(integer), columns).copy(),
        columns=labels(columns),
        rows=labels(rows),
    )


def hard(count=60, rows=12, seed=1):
    """A knapsack with several limits, which takes HiGHS minutes."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(100, 1000, (rows, count)).astype(float)
    worth = weights.mean(axis=0) + rng.integers(0, 50, count)
    return problem(weights, -worth, -np.inf, weights.sum(axis=1) / 2, 1.0, True)

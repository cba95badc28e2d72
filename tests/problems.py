"""Small problems as matrices, and what is true of any problem."""

from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array

from verdigrid.models.arrays import Floats
from verdigrid.models.compiled import CompiledModel, Family, Labels
from verdigrid.solvers.highs import Result, Session


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


def relaxed(model: CompiledModel) -> CompiledModel:
    """The problem without its integers."""
    return replace(model, integer=np.zeros_like(model.integer))


def design_whole(model: CompiledModel) -> CompiledModel:
    """The problem with the integers of its design alone."""
    timed = np.array([family.timed for family in model.columns.families])
    return replace(model, integer=model.integer & ~timed[model.columns.family])


def solved(model: CompiledModel) -> Result:
    """What HiGHS alone finds, to the last digit."""
    session = Session(model)
    session.set_options(mip_rel_gap=0.0, mip_abs_gap=0.0)
    return session.run_in_thread()


def violation(model: CompiledModel, x: Floats) -> float:
    """By how much ``x`` misses a row or bound, relative to the terms of the row."""
    size = np.maximum(1.0, np.abs(model.matrix) @ np.abs(x))
    activity = model.matrix @ x
    rows = np.maximum(model.row_lower - activity, activity - model.row_upper) / size
    bounds = np.maximum(model.lower - x, x - model.upper)
    return float(max(rows.max(), (bounds / np.maximum(1.0, np.abs(x))).max()))

"""A part of a problem, all other columns being what they are.

minimise c x'  over the chosen columns x', subject to the chosen rows,
where the other columns' share of a row moves to its sides
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack, vstack

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel, Family, Labels


def restricted(
    model: CompiledModel, rows: Ints, columns: Ints, x: Floats
) -> CompiledModel:
    """The problem of some columns and rows, the rest held at ``x`` (columns,)."""
    rest = x.copy()
    rest[columns] = 0.0
    given = (model.matrix @ rest)[rows]
    return CompiledModel(
        matrix=csc_array(csr_array(model.matrix[:, columns])[rows]),
        cost=model.cost[columns],
        offset=0.0,
        row_lower=model.row_lower[rows] - given,
        row_upper=model.row_upper[rows] - given,
        lower=model.lower[columns],
        upper=model.upper[columns],
        integer=model.integer[columns],
        columns=picked(model.columns, columns),
        rows=picked(model.rows, rows),
    )


def with_rows(
    program: CompiledModel, matrix: csr_array, lower: Floats, upper: Floats
) -> CompiledModel:
    """``program`` with rows ``lower <= matrix @ x <= upper`` added."""
    return replace(
        program,
        matrix=csc_array(vstack([program.matrix, matrix])),
        row_lower=np.r_[program.row_lower, lower],
        row_upper=np.r_[program.row_upper, upper],
        rows=_with_unnamed(program.rows, lower.size),
    )


def with_slack(program: CompiledModel, rows: Ints, price: Floats) -> CompiledModel:
    """``program`` whose ``rows`` may be missed either way at a ``price`` (rows,)."""
    missed = csr_array(
        (np.ones(rows.size), (rows, np.arange(rows.size))),
        shape=(program.shape[0], rows.size),
    )
    count = 2 * rows.size
    return replace(
        program,
        matrix=csc_array(hstack([program.matrix, -missed, missed])),
        cost=np.r_[program.cost, price, price],
        lower=np.r_[program.lower, np.zeros(count)],
        upper=np.r_[program.upper, np.full(count, np.inf)],
        integer=np.r_[program.integer, np.zeros(count, dtype=bool)],
        columns=_with_unnamed(program.columns, count),
    )


def picked(labels: Labels, at: Ints | Sequence[int]) -> Labels:
    """Labels of some of the columns or rows."""
    return Labels(labels.families, labels.family[at], labels.index[at])


def _with_unnamed(labels: Labels, count: int) -> Labels:
    """Labels with ``count`` more that stand for no step."""
    family = Family("added", "added", False)
    return Labels(
        (*labels.families, family),
        np.r_[labels.family, np.full(count, len(labels.families))],
        np.r_[labels.index, np.full(count, -1)],
    )

"""Relax a full-resolution problem by time: fewer rows and columns, never dearer.

Steps are gathered into segments of consecutive steps. Let the problem be

    minimise c x,   lo <= A x <= hi,   l <= x <= u

1. Rows of one family are added up over a segment with weights w > 0. What follows
   from the rows follows from their sum, so any x that was feasible still is:

       sum w lo  <=  S x  <=  sum w hi,    S = W A

2. Columns of one family are added up over a segment, X = sum (x - l) >= 0. The sum
   of coefficients times columns lies between smallest and largest coefficient times X:

       s_min X  <=  sum s (x - l)  <=  s_max X

   (an absent coefficient is zero). So "<= hi" keeps s_min, ">= lo" keeps s_max, an
   equality with unequal coefficients becomes both, and X costs the least c.

Every feasible x so gives a feasible X that costs no more: the optimum of the relaxed
problem is a lower bound, whatever the segments, prices or coefficients are. With
segments of one step it is the problem itself.

How rows are weighted decides only how good the bound is. A column that appears in rows
of other steps carries a state (the content of a storage). It is kept at the end of a
segment; the rows that link its steps are discounted towards the end,

    w(t-1) = -w(t) a(t, t-1) / a(t-1, t-1)

so that what lies between cancels, exactly as the losses of a storage compound. Rows
that hold states alone (a ceiling on the content) count at the ends only, unless what
lies between is needed elsewhere.

Integer columns of one step become a count of the segment. Columns without a finite
lower bound stay as they are.

Multipliers of the relaxed rows are multipliers of the rows they were added from
(:meth:`Coarse.lift_duals`), so that the bound can be proved without this file.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array, vstack

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.compiled import CompiledModel, Labels
from verdigrid.solvers.restrict import picked
from verdigrid.solvers.steps import Steps

#: A sum this small beside the largest of its row is rounding of terms that cancel.
CANCELLED = 1e-14


@dataclass(frozen=True)
class Coarse:
    """A relaxed problem and where its columns and rows come from.

    ``column_of`` (full columns,) is the coarse column that a column went into, -1 if
    it vanished; ``group_of`` (coarse rows,) the sum of rows that a coarse row is a side
    of, and ``sums`` (groups, full rows) the weights of those sums.
    """

    model: CompiledModel
    segment: Ints
    column_of: Ints
    group_of: Ints
    sums: csr_array

    def lift_duals(self, row_dual: Floats) -> Floats:
        """Multipliers of the full rows from those of the coarse rows (coarse rows,)."""
        groups = int(self.sums.shape[0])
        by_group = np.bincount(self.group_of, weights=row_dual, minlength=groups)
        return np.asarray(self.sums.T @ by_group, dtype=np.float64)


class _Groups(NamedTuple):
    """Which group every column (or row) belongs to, and a first member of each."""

    of: Ints
    first: Ints
    labels: Labels

    @property
    def number(self) -> int:
        return int(self.first.size)

    def with_more(self, single: Ints, labels: Labels) -> "_Groups":
        """One more group for every one of ``single``, that stays where it was too."""
        mine = self.labels
        more = Labels(
            mine.families,
            np.r_[mine.family, labels.family[single]],
            np.r_[mine.index, labels.index[single]],
        )
        return _Groups(self.of, np.r_[self.first, single], more)


def coarsen(
    model: CompiledModel,
    segment: Ints,
    keep: Bools | None = None,
    also: Ints | None = None,
) -> Coarse:
    """Relax ``model`` by segments of its steps.

    ``segment`` (steps,) numbers the segments, rising from 0; columns marked in
    ``keep`` (columns,) stay as they are. Rows ``also`` (numbers) count each for itself
    too, beside the sum that they are part of.
    """
    steps = Steps(model, segment)
    alone = ~steps.timed_columns | ~np.isfinite(model.lower)
    if keep is not None:
        alone |= keep
    columns = _grouped(model.columns, segment, alone, steps.columns_between)
    rows = _grouped(model.rows, segment, ~steps.timed_rows, steps.rows_between)
    also = np.empty(0, dtype=np.int64) if also is None else also
    weights = coo_array(
        (
            np.r_[steps.row_weights(), np.ones(also.size)],
            (
                np.r_[rows.of, rows.number + np.arange(also.size)],
                np.r_[np.arange(rows.of.size), also],
            ),
        ),
        shape=(rows.number + also.size, rows.of.size),
    )
    between = np.r_[steps.rows_between[rows.first], np.zeros(also.size, dtype=bool)]
    rows = rows.with_more(also, model.rows)
    sums = csr_array(weights)
    summed = csr_array(sums @ model.matrix)
    entries = _merged(summed, columns)
    shift = np.where(alone, 0.0, model.lower)
    moved = summed @ shift
    lower, upper = sums @ model.row_lower - moved, sums @ model.row_upper - moved

    idle = steps.columns_between[columns.first] & (_least(model.cost, columns) == 0)
    idle[entries.column[~between[entries.row]]] = False
    dropped = np.zeros(rows.number, dtype=bool)
    dropped[entries.row[idle[entries.column]]] = True
    entries = entries.where(~dropped[entries.row])

    split = np.zeros(rows.number, dtype=bool)
    split[entries.row[entries.least != entries.most]] = True
    at_most = np.flatnonzero(~dropped & (~split | np.isfinite(upper)))
    at_least = np.flatnonzero(split & ~dropped & np.isfinite(lower))
    kept = np.flatnonzero(~idle)
    shape = (rows.number, columns.number)
    matrix = vstack(
        [
            entries.matrix(entries.least, shape)[at_most],
            entries.matrix(entries.most, shape)[at_least],
        ]
    )
    none = np.full(at_least.size, np.inf)
    group_of = np.r_[at_most, at_least]
    new_number = np.full(columns.number, -1)
    new_number[kept] = np.arange(kept.size)
    matrix = csc_array(csc_array(matrix)[:, kept])
    matrix.eliminate_zeros()
    relaxed = CompiledModel(
        matrix=matrix,
        cost=_least(model.cost, columns)[kept],
        offset=model.offset + float(model.cost @ shift),
        row_lower=np.r_[
            np.where(split[at_most], -np.inf, lower[at_most]), lower[at_least]
        ],
        row_upper=np.r_[upper[at_most], none],
        lower=np.where(alone, model.lower, 0.0)[columns.first][kept],
        upper=_added(model.upper - shift, columns)[kept],
        integer=model.integer[columns.first][kept],
        columns=picked(columns.labels, kept),
        rows=picked(rows.labels, group_of),
    )
    return Coarse(relaxed, segment, new_number[columns.of], group_of, sums)


def _grouped(labels: Labels, segment: Ints, alone: Bools, between: Bools) -> _Groups:
    """Groups by family, segment and whether it lies between the ends of a segment."""
    places = np.arange(alone.size)
    number = segment[labels.index] + labels.family * (int(segment[-1]) + 1)
    key = np.where(alone, -1 - places, 2 * number + between)
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    index = np.where(alone, labels.index, segment[labels.index])[first]
    return _Groups(of, first, Labels(labels.families, labels.family[first], index))


class _Entries(NamedTuple):
    """Least and most coefficient of every group of columns in every sum of rows."""

    row: Ints
    column: Ints
    least: Floats
    most: Floats

    def where(self, kept: Bools) -> "_Entries":
        row, column, least, most = self
        return _Entries(row[kept], column[kept], least[kept], most[kept])

    def matrix(self, values: Floats, shape: tuple[int, int]) -> csr_array:
        return csr_array(coo_array((values, (self.row, self.column)), shape=shape))


def _merged(summed: csr_array, columns: _Groups) -> _Entries:
    """Gather the columns of ``summed`` into their groups."""
    entries = summed.tocoo()
    row, column = (np.asarray(at, dtype=np.int64) for at in entries.coords)
    largest = np.zeros(summed.shape[0])
    np.maximum.at(largest, row, np.abs(entries.data))
    value = np.where(np.abs(entries.data) < CANCELLED * largest[row], 0.0, entries.data)
    key = row * columns.number + columns.of[column]
    order = np.argsort(key, kind="stable")
    key, value = key[order], value[order]
    start = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    row, group = np.divmod(key[start], columns.number)
    present = np.diff(np.r_[start, key.size])
    absent = present < np.bincount(columns.of, minlength=columns.number)[group]
    least, most = np.minimum.reduceat(value, start), np.maximum.reduceat(value, start)
    least[absent] = np.minimum(least[absent], 0.0)
    most[absent] = np.maximum(most[absent], 0.0)
    found = _Entries(row, group, least, most)
    return found.where((least != 0) | (most != 0))


def _added(values: Floats, columns: _Groups) -> Floats:
    """Sum of every group (groups,)."""
    added = np.bincount(columns.of, values, columns.number)
    return np.asarray(added, dtype=np.float64)


def _least(cost: Floats, columns: _Groups) -> Floats:
    """Least cost of every group (groups,)."""
    least = np.full(columns.number, np.inf)
    np.minimum.at(least, columns.of, cost)
    return least

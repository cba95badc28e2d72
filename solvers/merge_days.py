"""The problem with one set of flows for all days that a typical day stands for.

Let day d be represented by typical day k(d). With E (columns, merged columns), a
matrix of zeros and ones, and W (merged rows, rows), which takes means,

    minimise  (c E) x'    with  W lo <= W A E x' <= W hi,    mean l <= x' <= mean u

1. Flows of step h of day d are those of step h of typical day k(d): x = E x'. Costs and
   rows of the whole horizon so count a typical day's flows once for every day.
2. Rows that hold flows and no stored state are replaced by the mean of the rows of the
   same family, step of the day and typical day. Rows that hold different columns of
   a month (its peak) or of a neighbouring day are not mixed: one mean for each.
3. Stored states (the content of a storage) keep a column for every step, and all rows
   that hold them stay: storages are linked from day to day exactly, all year round.
4. Columns without a step (sizes, peaks) and rows without flows stay as they are.

This is *not* a relaxation: means hide peaks, and days that share flows can't differ.
Its optimum may be above or below the true one, its design too small. If days
of one typical day are equal but for their stored states, it is a restriction.

A state is a column that rows of other steps hold. It is stored if no row ties it to
flows of its own step; others (the output of a machine that ramps) are merged as flows
are, because a balance that holds them would have to hold on every day.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.restrict import picked
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import design_columns


@dataclass(frozen=True)
class Merged:
    """The merged problem; ``column_of`` (columns,) is where each column went."""

    model: CompiledModel
    column_of: Ints

    def expanded(self, x: Floats) -> Floats:
        """Values of all columns (columns,) from those of the merged ones."""
        return x[self.column_of]


class _Entries(NamedTuple):
    """Row and column of every entry, and whether it reaches to another step."""

    row: Ints
    column: Ints
    away: Bools


def merge_days(model: CompiledModel, typical: Ints, steps_per_day: int) -> Merged:
    """Merge the flows of all days with the same number in ``typical`` (days,).

    Hourly binaries are relaxed, those of the design stay.
    """
    entries = _entries(model)
    stored = _stored_states(model, entries)
    flows = timed(model.columns) & ~stored
    of_column = _numbered(model.columns.index, flows, typical, steps_per_day)
    column_of, first, size = _groups(of_column, model.columns.family)
    expand = csr_array(
        (np.ones(column_of.size), (np.arange(column_of.size), column_of)),
        shape=(column_of.size, first.size),
    )

    averaged = timed(model.rows) & _holds(model, entries, flows)
    averaged &= ~_holds(model, entries, stored)
    of_row = _numbered(model.rows.index, averaged, typical, steps_per_day)
    row_of, first_row, row_size = _groups(
        of_row, model.rows.family, _company(model, entries, column_of)
    )
    weights = (1.0 / row_size[row_of], (row_of, np.arange(row_of.size)))
    mean = csr_array(coo_array(weights, shape=(first_row.size, row_of.size)))

    def column_mean(values: Floats) -> Floats:
        return np.bincount(column_of, values, first.size) / size

    merged = CompiledModel(
        matrix=csc_array(mean @ model.matrix @ expand),
        cost=np.asarray(expand.T @ model.cost, dtype=np.float64),
        offset=model.offset,
        row_lower=np.bincount(row_of, model.row_lower, first_row.size) / row_size,
        row_upper=np.bincount(row_of, model.row_upper, first_row.size) / row_size,
        lower=column_mean(model.lower),
        upper=column_mean(model.upper),
        integer=(model.integer & ~timed(model.columns))[first],
        columns=picked(model.columns, first),
        rows=picked(model.rows, first_row),
    )
    return Merged(merged, column_of)


def _entries(model: CompiledModel) -> _Entries:
    entries = model.matrix.tocoo()
    row, column = (np.asarray(at, dtype=np.int64) for at in entries.coords)
    both = timed(model.rows)[row] & timed(model.columns)[column]
    away = both & (model.rows.index[row] != model.columns.index[column])
    return _Entries(row, column, away)


def _stored_states(model: CompiledModel, entries: _Entries) -> Bools:
    """Columns that rows of other steps hold and that meet no flow within a step."""
    row_family = model.rows.family[entries.row]
    column_family = model.columns.family[entries.column]
    shape = len(model.rows.families), len(model.columns.families)
    linking = np.zeros(shape[0], dtype=bool)
    linking[row_family[entries.away]] = True
    states = np.zeros(shape[1], dtype=bool)
    states[column_family[entries.away]] = True
    of_steps = np.array([family.timed for family in model.columns.families], dtype=bool)

    meets = np.zeros(shape, dtype=bool)  # families that meet within a step
    within = timed(model.rows)[entries.row] & ~linking[row_family]
    within &= timed(model.columns)[entries.column]
    meets[row_family[within], column_family[within]] = True
    flows = of_steps & ~states
    while True:  # what meets a flow is a flow
        more = flows | meets[meets[:, flows].any(axis=1)].any(axis=0)
        if (more == flows).all():
            break
        flows = more
    return np.asarray((of_steps & ~flows)[model.columns.family], dtype=bool)


def _holds(model: CompiledModel, entries: _Entries, columns: Bools) -> Bools:
    """Rows (rows,) that hold one of the columns (columns,)."""
    holds = np.zeros(model.shape[0], dtype=bool)
    holds[entries.row[columns[entries.column]]] = True
    return holds


def _numbered(index: Ints, merged: Bools, typical: Ints, steps_per_day: int) -> Ints:
    """Step of the typical day where ``merged``, else a number of one's own beyond."""
    day, step = np.divmod(np.where(merged, index, 0), steps_per_day)
    beyond = typical.size * steps_per_day + np.arange(index.size)
    return np.where(merged, typical[day] * steps_per_day + step, beyond)


def _company(model: CompiledModel, entries: _Entries, column_of: Ints) -> Ints:
    """What else a row holds, as a number (rows,): peaks and columns of other steps.

    Every merged column has a number drawn at random; rows with the same sum hold the
    same. (A size with a coefficient of zero, PV at night, is no difference.)
    """
    draw = np.random.default_rng(0).integers(2**53, size=int(column_of.max()) + 1)
    static = ~timed(model.columns) & ~design_columns(model)
    counts = static[entries.column] | entries.away
    company = np.zeros(model.shape[0], dtype=np.int64)
    at = entries.column[counts]
    np.add.at(company, entries.row[counts], draw[column_of[at]])
    return company


def _groups(*keys: Ints) -> tuple[Ints, Ints, Ints]:
    """Group of every member, a first member of each group, and its size."""
    _, first, of, size = np.unique(
        np.stack(keys, axis=1),
        axis=0,
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    return of.ravel(), first, size

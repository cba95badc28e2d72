"""Switch machines on and off: hourly binaries, window by window.

The linear search decides the design, the contents of storages between windows and each
window's part of yearly limits. What is left is a mixed-integer program for every
window, solved one after the other: a machine goes on as the window before left it. Rows
that reach into windows not yet solved wait for the last of these (the year closes on
itself, so the last window also keeps the first one's rows about the step before it). Of
a yearly limit, what a window leaves of its part the next may use. The peak of a month
that several windows share may rise above what the linear search gave it.
"""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.highs import Session
from verdigrid.solvers.restrict import restricted, with_rows, with_slack
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import Windows, design_columns

#: A binary this far from whole in the answer of a mixed-integer solve is not trusted.
WHOLE = 1e-4
#: HiGHS' searches within the search take ten times as long as a window is worth.
NO_SMALLER_SEARCHES = {
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_root_reduced_cost": False,
}


def hourly_decisions(model: CompiledModel) -> Bools:
    """True for integer columns of one step (columns,)."""
    return model.integer & timed(model.columns)


def commit(
    windows: Windows,
    x: Floats,
    penalty: Floats,
    relative_gap: float,
    time_limit_s: float,
    threads: int,
) -> Floats | None:
    """``x`` (columns,) with whole decisions in every step, or None if none was found.

    ``penalty`` (shared rows,) prices what is used beyond a shared row, should its limit
    be out of reach; the caller checks whether it is kept.
    """
    model = windows.model
    matrix = csr_array(model.matrix)
    started, x = time.monotonic(), x.copy()
    spare = np.zeros(windows.shared.size)
    undecided = np.zeros(x.size, dtype=bool)
    pieces = list(_pieces(windows))
    peaks = _peaks(windows)
    for piece in pieces:
        undecided[piece] = True
    waiting = np.ones(model.shape[0], dtype=bool)
    waiting[windows.shared] = False
    for number, piece in enumerate(pieces):
        undecided[piece] = False
        rows = _ready(matrix, waiting, undecided, piece)
        waiting[rows] = False
        left = time_limit_s - (time.monotonic() - started)
        if left <= 0:
            return None
        budget = windows.parts[:, piece] @ x[piece] + spare
        touched = np.unique(matrix[rows].indices)
        free = np.r_[piece, touched[peaks[touched]]]
        found = _solve(
            windows,
            (rows, free, piece.size),
            x,
            (budget, penalty),
            {
                "mip_rel_gap": relative_gap,
                "time_limit": left / (len(pieces) - number),
                "threads": threads,
            },
        )
        if found is None:
            return None
        x[free] = found
        spare = budget - windows.parts[:, piece] @ x[piece]
    return x


def _pieces(windows: Windows) -> Iterator[Ints]:
    """Columns to be decided with every window: its own, and states of its machines."""
    model = windows.model
    entries = model.matrix.tocoo()
    row, column = (np.asarray(at, dtype=np.int64) for at in entries.coords)
    hourly = hourly_decisions(model)
    beside = np.zeros(model.shape[0], dtype=bool)
    beside[row[hourly[column]]] = True
    switched = hourly.copy()
    switched[column[beside[row]]] = True
    switched &= windows.linking & timed(model.columns) & ~design_columns(model)
    home = np.searchsorted(windows.first_step, model.columns.index, side="right") - 1
    for number, window in enumerate(windows):
        yield np.r_[window.columns, np.flatnonzero(switched & (home == number))]


def _peaks(windows: Windows) -> Bools:
    """Static linking columns of the operation that cost, and only loosen their rows."""
    model = windows.model
    entries = model.matrix.tocoo()
    row, column = (np.asarray(at, dtype=np.int64) for at in entries.coords)
    capped, floored = np.isfinite(model.row_upper), np.isfinite(model.row_lower)
    tightens = np.where(entries.data > 0, capped[row], floored[row])
    peaks = windows.linking & ~timed(model.columns) & ~design_columns(model)
    peaks &= (model.cost > 0) & ~model.integer
    peaks[column[tightens]] = False
    return peaks


def _ready(matrix: csr_array, waiting: Bools, undecided: Bools, piece: Ints) -> Ints:
    """Rows that hold columns of ``piece`` and nothing that is still undecided."""
    mine = np.zeros(undecided.size)
    mine[piece] = 1.0
    pattern = csr_array(
        (np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape
    )
    touched = pattern @ mine > 0
    open_still = pattern @ undecided.astype(float) > 0
    return np.flatnonzero(waiting & touched & ~open_still)


def _solve(
    windows: Windows,
    where: tuple[Ints, Ints, int],
    x: Floats,
    limits: tuple[Floats, Floats],
    options: dict[str, float],
) -> Floats | None:
    """Best values of the columns, all others being as in ``x``; whole where asked.

    ``where`` are rows, columns, and how many of these may also fall below ``x``.
    """
    model, (rows, columns, own), (budget, penalty) = windows.model, where, limits
    capped = np.isfinite(model.row_upper[windows.shared])
    floored = np.isfinite(model.row_lower[windows.shared])
    program = with_rows(
        restricted(model, rows, columns, x),
        windows.parts[:, columns],
        np.where(floored, budget, -np.inf),
        np.where(capped, budget, np.inf),
    )
    lower = program.lower.copy()
    lower[own:] = x[columns[own:]]
    program = replace(program, lower=lower)
    program = with_slack(program, np.arange(rows.size, program.shape[0]), penalty)
    session = Session(program)
    session.set_options(**options, **NO_SMALLER_SEARCHES)
    result = session.run_in_thread()
    if not result.status.has_plan:
        return None
    whole = np.flatnonzero(program.integer)
    values = np.rint(result.x[whole])
    if np.abs(values - result.x[whole]).max(initial=0.0) > WHOLE:
        return None
    session = Session(program)
    session.set_options(solver="simplex")
    session.relax_integers()
    session.set_bounds(whole, values, values)
    result = session.run_in_thread()
    if result.status is not Status.OPTIMAL:
        return None
    return result.x[: columns.size]

"""Cut a year into windows that only a few columns and rows link.

Windows are spans of consecutive steps (a month, or less of a large site). A column is
*linking* if rows of several windows hold it: capacities, the peak of a month cut in
two, and the content of a storage at the end of a window. Once linking columns have
values, every window is a problem of its own, but for *shared* rows, which hold own
columns of several windows (a yearly carbon cap); these are split into parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.rows import missed_rows
from verdigrid.solvers.steps import timed

#: Most steps in a window, a little more than a month of hours, and most rows: smaller
#: windows solve quicker and say more (a cut each), larger ones leave less to agree on.
WINDOW_STEPS, WINDOW_ROWS = 760, 10_000
#: A static column that spans no more windows than this stays inside one (the peak of a
#: month, where a window is a month); others link windows.
LOCAL_SPAN = 1.1


@dataclass(frozen=True)
class Window:
    """One window: its rows, its own columns, and the linking columns in its rows."""

    rows: Ints
    columns: Ints
    linking: Ints


@dataclass(frozen=True)
class Windows:
    """A problem cut into windows.

    ``first_step`` (windows,) where each begins; ``linking`` (columns,) marks linking
    columns; ``shared`` are the rows to be split, ``parts`` (shared rows, columns) their
    coefficients; ``outside`` (rows,) marks these and rows of linking columns alone.
    """

    model: CompiledModel
    first_step: Ints
    windows: tuple[Window, ...]
    linking: Bools
    shared: Ints
    parts: csr_array
    outside: Bools

    def __iter__(self) -> Iterator[Window]:
        return iter(self.windows)

    @cached_property
    def pieces(self) -> tuple[tuple[csr_array, csr_array], ...]:
        """Coefficients of each window's rows: of own columns, of linking columns."""
        return tuple(
            (
                csr_array(self.model.matrix[:, window.columns])[window.rows],
                csr_array(self.model.matrix[:, window.linking])[window.rows],
            )
            for window in self
        )


def cut_into_windows(model: CompiledModel) -> Windows:
    """Choose windows and sort out what links them."""
    entries = model.matrix.tocoo()
    row, column = (np.asarray(at, dtype=np.int64) for at in entries.coords)
    first_step = _boundaries(model, row, column)
    steps = _steps(model)
    window_of_step = np.zeros(steps, dtype=np.int64)
    window_of_step[first_step[1:]] = 1
    window_of_step = np.cumsum(window_of_step)
    count = first_step.size

    row_home = np.where(timed(model.rows), window_of_step[model.rows.index], -1)
    home = np.where(timed(model.columns), window_of_step[model.columns.index], -1)
    # Static columns of the operation live where their timed rows are, if in one window.
    of_design = design_columns(model)
    static = (home < 0) & ~of_design
    at = static[column] & (row_home[row] >= 0)
    low, high = _range(column[at], row_home[row[at]], home.size, count)
    home = np.where(static & (low == high), low, home)
    # Static rows live where their columns are; over several windows they are shared.
    at = (row_home[row] < 0) & (home[column] >= 0)
    low, high = _range(row[at], home[column[at]], row_home.size, count)
    is_shared = (row_home < 0) & (low < high) & (high >= 0)
    row_home = np.where((row_home < 0) & (low == high), low, row_home)
    # A column that rows of another window hold links the two.
    strange = (row_home[row] >= 0) & (row_home[row] != home[column])
    linking = home < 0
    linking[column[strange]] = True

    # Rows of linking columns alone are left to whoever chooses those.
    seen = np.zeros(row_home.size, dtype=bool)
    seen[row[~linking[column]]] = True
    row_home[~seen] = -1

    windows = []
    for number in range(count):
        rows = np.flatnonzero(row_home == number)
        own = np.flatnonzero((home == number) & ~linking)
        inside = (row_home[row] == number) & linking[column]
        windows.append(Window(rows, own, np.unique(column[inside])))
    shared = np.flatnonzero(is_shared)
    parts = csr_array(csr_array(model.matrix)[shared])
    outside = row_home < 0
    return Windows(model, first_step, tuple(windows), linking, shared, parts, outside)


def keeps_outside(windows: Windows, values: Floats, parts: Floats) -> bool:
    """True if linking columns and parts keep the rows that windows don't see."""
    model = windows.model
    activity = model.matrix @ np.where(windows.linking, values, 0.0)
    activity[windows.shared] += parts.sum(axis=1)
    missed = missed_rows(model, activity, np.abs(activity))
    return not (windows.outside & missed).any()


def design_columns(model: CompiledModel) -> Bools:
    """True for columns that are decisions of the design (columns,)."""
    families = np.array(
        [
            f.owner == "design" or f.owner.startswith("design.")
            for f in model.columns.families
        ],
        dtype=bool,
    )
    return np.asarray(families[model.columns.family], dtype=bool)


def _steps(model: CompiledModel) -> int:
    """Number of steps of the horizon."""
    at = timed(model.columns)
    return int(model.columns.index[at].max()) + 1


def _range(group: Ints, value: Ints, count: int, most: int) -> tuple[Ints, Ints]:
    """Smallest and largest value of every group; (most, -1) for empty groups."""
    low, high = np.full(count, most), np.full(count, -1)
    np.minimum.at(low, group, value)
    np.maximum.at(high, group, value)
    return low, high


def _boundaries(model: CompiledModel, row: Ints, column: Ints) -> Ints:
    """First steps of the windows, none inside what a static column holds together."""
    steps = _steps(model)
    size = min(WINDOW_STEPS, max(1, WINDOW_ROWS * steps // model.shape[0]))
    at = timed(model.rows)[row] & ~timed(model.columns)[column]
    low, high = _range(column[at], model.rows.index[row[at]], model.shape[1], steps)
    local = (high > low) & (high - low < LOCAL_SPAN * size)
    inside = np.zeros(steps + 1, dtype=np.int64)
    np.add.at(inside, low[local] + 1, 1)
    np.add.at(inside, high[local] + 1, -1)
    free = np.flatnonzero(np.cumsum(inside)[:steps] == 0)
    wanted = np.arange(1, max(1, round(steps / size))) * size
    if not wanted.size:
        return np.zeros(1, dtype=np.int64)
    nearest = free[np.abs(free[None, :] - wanted[:, None]).argmin(axis=1)]
    return np.unique(np.r_[0, nearest])


def parts_of_window(windows: Windows, window: Window, prices: Floats) -> Floats:
    """Cost that prices on the shared rows put on the window's columns."""
    return np.asarray(windows.parts[:, window.columns].T @ prices, dtype=np.float64)

"""Give back what a plan holds but does not use.

Linking columns (capacities, the peak of a month that spans several windows) come from
a compromise between windows; the dispatch may have left some of them slack. With the
dispatch held, the static ones are set to the cheapest values that it allows.
"""

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.solution import Status
from verdigrid.solvers.highs import Session
from verdigrid.solvers.restrict import restricted
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import Windows


def polished(windows: Windows, x: Floats) -> Floats:
    """``x`` (columns,) with the cheapest static columns that its dispatch allows."""
    model = windows.model
    static = windows.linking & ~timed(model.columns) & ~model.integer
    columns = np.flatnonzero(static)
    if not columns.size:
        return x
    chosen = np.zeros(model.shape[1])
    chosen[columns] = 1.0
    rows = np.flatnonzero(abs(model.matrix) @ chosen)
    session = Session(restricted(model, rows, columns, x))
    session.set_options(solver="simplex")
    found = session.run_in_thread()
    if found.status is not Status.OPTIMAL:
        return x
    better = x.copy()
    better[columns] = np.clip(found.x, model.lower[columns], model.upper[columns])
    return better if float(model.cost @ (better - x)) < 0 else x

"""Whether a plan keeps its rows, to the solver's tolerance."""

import numpy as np

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.compiled import CompiledModel

#: Rows may be missed by this share of what adds up in them.
TOLERANCE = 1e-7


def missed_rows(model: CompiledModel, activity: Floats, size: Floats) -> Bools:
    """True where ``activity`` misses a row in which ``size`` adds up (rows,)."""
    room = TOLERANCE * np.maximum(1.0, size)
    below, above = activity < model.row_lower - room, activity > model.row_upper + room
    return np.asarray(below | above)


def keeps_rows(model: CompiledModel, x: Floats) -> bool:
    """True if ``x`` (columns,) keeps every row."""
    size = np.abs(model.matrix) @ np.abs(x)
    return not missed_rows(model, model.matrix @ x, size).any()

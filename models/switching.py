"""Runs of a machine that is on or off, counted in NumPy.

The step before the first is the last one (``before`` None), or the machine was on or
off before it, for as long as anybody asks; then what follows the last step is open.
"""

import numpy as np

from verdigrid.models.arrays import Bools, Floats


def started(on: Bools, before: bool | None = None) -> Floats:
    """1 where the machine is on and was off in the step before (steps,)."""
    first = on[-1] if before is None else before
    return np.maximum(np.diff(on.astype(float), prepend=float(first)), 0)


def shortest_runs(on: Bools, before: bool | None = None) -> tuple[float, float]:
    """Steps of the shortest time on and of the shortest time off.

    Infinite if there is none between two switches.

    >>> shortest_runs(np.array([True, False, False, True, True]))
    (3.0, 2.0)
    >>> shortest_runs(np.array([True, False, False, True, True]), before=True)
    (inf, 2.0)
    """
    if before is None:
        switched = np.flatnonzero(on != np.roll(on, 1))
        ends = np.append(switched[1:], switched[:1] + on.size)
    else:
        switched = np.flatnonzero(on != np.concatenate([[before], on[:-1]]))
        ends = switched[1:]
    lengths = (ends - switched[: ends.size]).astype(float)
    begins = on[switched[: ends.size]]
    up = lengths[begins].min(initial=np.inf)
    down = lengths[~begins].min(initial=np.inf)
    return float(up), float(down)

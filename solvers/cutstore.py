"""Cuts for the next problem of the same shape: multipliers are kept, numbers are not.

A cut's constant and slope are sums over the problem's data (:mod:`cuts`), and any
multipliers whatsoever give a true cut. So multipliers found for one member of a study
are laid over the data of the next and summed anew: whatever has changed (investment
costs, demands, yields, caps, limits, even prices and efficiencies), the new cut holds
for the new problem. It stays sharp where the multipliers stay feasible: investment
costs and limits of shared rows are not in the sums at all, demands and yields stand at
the right-hand side or with the capacities. Changed prices or efficiencies of the
operation make it loose.

Only the shape must be the same: the same rows and columns, cut into the same windows.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.certificate import Leaf
from verdigrid.solvers.boxes import Boxes
from verdigrid.solvers.cuts import Cut, prove_cut
from verdigrid.solvers.windows import Windows

#: Cuts kept for each window; the latest are the sharpest.
KEPT = 40


@dataclass(frozen=True)
class Stand:
    """Where a search ended, beside its cuts: where the next one may begin.

    ``segment`` (steps,) of its coarse problem, which follows from what was known of
    every step (``described``, steps x series), the ``leaves`` of its tree with what
    proves them (none, if there were many), and the ``bases`` of its windows. None of
    it is needed or trusted.
    """

    segment: Ints
    described: Floats
    leaves: tuple[Leaf, ...]
    bases: tuple[Any, ...]

    def segments(self, described: Floats) -> Ints | None:
        """The segments that a coarse problem has here, too; None if others follow."""
        return self.segment if np.array_equal(self.described, described) else None


class CutStore:
    """Multipliers of cuts by shape of problem; one store for the members of a study."""

    def __init__(self) -> None:
        self._cuts: dict[str, list[Cut]] = {}
        self._stands: dict[str, Stand] = {}

    def keep(
        self, windows: Windows, cuts: tuple[Cut, ...], stand: Stand | None = None
    ) -> None:
        """Remember the latest cuts of a problem, and where its search ended."""
        if stand is not None:
            self._stands[shape_of(windows)] = stand
        by_window: dict[int, list[Cut]] = {}
        for cut in cuts:
            by_window.setdefault(cut.window, []).append(cut)
        latest = [cut for found in by_window.values() for cut in found[-KEPT:]]
        self._cuts[shape_of(windows)] = latest

    def stand(self, windows: Windows) -> Stand | None:
        """Where the last search of this shape ended."""
        return self._stands.get(shape_of(windows))

    def known(self, windows: Windows, boxes: Boxes) -> list[Cut]:
        """Cuts that hold for this problem, from multipliers of one of its shape."""
        found = self._cuts.get(shape_of(windows), [])
        proven = (
            prove_cut(windows, c.window, boxes, c.row_dual, c.prices, c.weight)
            for c in found
        )
        return [cut for cut in proven if np.isfinite(cut.constant)]


def shape_of(windows: Windows) -> str:
    """Name of everything but the data: labels of rows and columns, and windows."""
    model, digest = windows.model, sha256()
    for labels in (model.rows, model.columns):
        digest.update(repr(labels.families).encode())
        digest.update(np.ascontiguousarray(labels.family).tobytes())
        digest.update(np.ascontiguousarray(labels.index).tobytes())
    digest.update(model.integer.tobytes())
    digest.update(windows.first_step.tobytes())
    digest.update(windows.linking.tobytes())
    digest.update(windows.shared.tobytes())
    for window in windows:
        digest.update(window.rows.tobytes() + window.linking.tobytes())
    return digest.hexdigest()

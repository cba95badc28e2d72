"""Dispatch of a fixed design, window by window, and the cuts that it gives.

Capacities that turn out too small may be exceeded inside a window at their price of
purchase (their cost in the objective). That loosens the problem, so the cuts stay
true; by how much each was exceeded says what a feasible design must have.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array, hstack, vstack

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.compiled import CompiledModel, Family, Labels
from verdigrid.models.errors import SolverError
from verdigrid.models.solution import Status
from verdigrid.solvers.boxes import Boxes
from verdigrid.solvers.cuts import Cut, prove_cut
from verdigrid.solvers.highs import Result, Session
from verdigrid.solvers.steps import timed
from verdigrid.solvers.windows import (
    Window,
    Windows,
)

#: Capacity lacking below this share of the capacity is rounding.
SHORT = 1e-7


@dataclass(frozen=True)
class Dispatch:
    """A year dispatched for given linking columns, or the cuts that forbid them.

    ``complete`` is False if some window has no dispatch; then only its cut counts.
    ``x`` (columns,) holds linking and own columns of all windows, ``short`` (columns,)
    by how much linking columns were exceeded, ``over`` (shared rows, windows) what was
    used beyond the parts; ``cuts`` one per window.
    """

    complete: bool
    x: Floats
    short: Floats
    over: Floats
    cuts: tuple[Cut, ...]

    def lacks(self, values: Floats) -> bool:
        """True if windows needed more of a capacity than there is in ``values``."""
        lacking = self.short > SHORT * np.maximum(1.0, np.abs(values))
        return bool(lacking.any())


class Dispatcher:
    """The windows of a problem as live HiGHS models, solved again and again."""

    def __init__(self, windows: Windows, boxes: Boxes, threads: int) -> None:
        self.windows, self._boxes, self._threads = windows, boxes, threads
        static = ~timed(windows.model.columns) & ~windows.model.integer
        self._extendable = static & (windows.model.cost > 0)
        self._programs = [
            _WindowProgram(windows, window, self._extendable, boxes)
            for window in windows
        ]

    @property
    def bases(self) -> tuple[Any, ...]:
        """Where simplex stands in every window."""
        return tuple(program.session.basis for program in self._programs)

    def start_from(self, bases: Sequence[Any]) -> None:
        """Let simplex go on from the bases of another problem of the same shape."""
        for program, basis in zip(self._programs, bases, strict=True):
            program.session.start_from(basis)

    def run(
        self, values: Floats, parts: Floats, penalty: Floats, extend: bool = True
    ) -> Dispatch:
        """Dispatch with linking columns at ``values`` (columns,).

        ``parts`` (shared rows, windows) is what each window may use of a shared row,
        ``penalty`` (shared rows,) the price of using more; unless ``extend``,
        capacities can't be exceeded. Raises SolverError if HiGHS
        fails at a window.
        """
        numbers = range(len(self._programs))

        def solve(number: int) -> _Dispatched:
            budget = parts[:, number]
            return self._programs[number].solve(values, budget, penalty, extend)

        with ThreadPoolExecutor(self._threads) as pool:
            results = list(pool.map(solve, numbers))
        x = np.where(self.windows.linking, values, 0.0)
        short, over = np.zeros_like(x), np.zeros(parts.shape)
        cuts = []
        for number, found in zip(numbers, results, strict=True):
            window = self.windows.windows[number]
            weight = 1.0 if found.feasible else 0.0
            cut = prove_cut(
                self.windows, number, self._boxes, found.row_dual, found.prices, weight
            )
            cuts.append(cut)
            if found.feasible:
                x[window.columns] = found.own
                short[window.linking] = np.maximum(
                    short[window.linking], found.exceeded
                )
                over[:, number] = found.beyond
        complete = all(found.feasible for found in results)
        return Dispatch(complete, x, short, over, tuple(cuts))


@dataclass(frozen=True)
class _Dispatched:
    """One window: own columns, excess of links and parts, duals, prices of parts.

    Infeasible: only ``row_dual``, multipliers that prove it.
    """

    feasible: bool
    row_dual: Floats
    prices: Floats
    own: Floats = field(default_factory=lambda: np.empty(0))
    exceeded: Floats = field(default_factory=lambda: np.empty(0))
    beyond: Floats = field(default_factory=lambda: np.empty(0))


class _WindowProgram:
    """One window in HiGHS.

    Columns: own, linking (fixed), linking again (what is exceeded), and for every
    shared row what is used beyond the window's part, above and below.
    """

    def __init__(
        self, windows: Windows, window: Window, extendable: Bools, boxes: Boxes
    ) -> None:
        self._windows, self._window = windows, window
        model, shared = windows.model, windows.shared
        self._rows = window.rows.size
        self._own = window.columns.size
        self._links = np.arange(self._own, self._own + window.linking.size)
        self._extra = np.flatnonzero(extendable[window.linking])
        more = window.linking[self._extra]
        self._most = boxes.upper[more]
        columns = np.r_[window.columns, window.linking, more]
        parts = hstack(
            [
                windows.parts[:, window.columns],
                csr_array((shared.size, columns.size - self._own)),
                -diags_array(np.ones(shared.size)),
                diags_array(np.ones(shared.size)),
            ]
        )
        body = hstack(
            [
                csr_array(model.matrix[:, columns])[window.rows],
                csr_array((self._rows, 2 * shared.size)),
            ]
        )
        self._upper = np.isfinite(model.row_upper[shared])
        self._lower = np.isfinite(model.row_lower[shared])
        count = columns.size + 2 * shared.size
        zeros = np.zeros(window.linking.size)
        self._cost = np.r_[
            model.cost[window.columns],
            zeros,
            model.cost[more],
            np.zeros(2 * shared.size),
        ]
        free = np.full(shared.size, np.inf)
        program = CompiledModel(
            matrix=csc_array(vstack([body, parts])),
            cost=self._cost,
            offset=0.0,
            row_lower=np.r_[model.row_lower[window.rows], -free],
            row_upper=np.r_[model.row_upper[window.rows], free],
            lower=np.r_[model.lower[window.columns], np.zeros(count - self._own)],
            upper=np.r_[
                model.upper[window.columns], zeros, np.zeros(more.size), free, free
            ],
            integer=np.zeros(count, dtype=bool),
            columns=_extended(model.columns, columns, 2 * shared.size),
            rows=_extended(model.rows, window.rows, shared.size),
        )
        self._program = program
        self.session = Session(program)
        self.session.set_options(solver="simplex")

    def solve(
        self, values: Floats, parts: Floats, penalty: Floats, extend: bool
    ) -> _Dispatched:
        """Dispatch the window for given linking columns and parts."""
        session, window = self.session, self._window
        held = values[window.linking]
        session.set_bounds(self._links, held, held)
        extra = np.arange(self._extra.size) + self._own + window.linking.size
        room = np.maximum(0.0, self._most - held[self._extra]) * extend
        session.set_bounds(extra, np.zeros(extra.size), room)
        if parts.size:
            cost = self._cost.copy()
            cost[-2 * parts.size :] = np.r_[penalty, penalty]
            session.set_cost(cost)
            at = np.arange(self._rows, self._rows + parts.size)
            session.set_row_bounds(
                at,
                np.where(self._lower, parts, -np.inf),
                np.where(self._upper, parts, np.inf),
            )
        result = self._optimum()
        if result.status is Status.INFEASIBLE:
            return self._no_dispatch(held)
        if result.status is not Status.OPTIMAL:
            raise SolverError("a window could not be dispatched")
        exceeded = np.zeros(window.linking.size)
        exceeded[self._extra] = result.x[extra]
        beyond = result.x[result.x.size - 2 * parts.size :].reshape(2, -1).max(axis=0)
        duals = result.row_dual
        return _Dispatched(
            True,
            duals[: self._rows],
            -duals[self._rows :],
            result.x[: self._own],
            exceeded,
            beyond,
        )

    def _optimum(self) -> Result:
        """Go on from the last basis; where HiGHS gives up, from scratch, other ways."""
        session = self.session
        result = session.run_in_thread()
        for solver, presolve in (("simplex", "off"), ("ipx", "on"), ("ipx", "off")):
            if result.status in (Status.OPTIMAL, Status.INFEASIBLE):
                break
            session.forget()
            session.set_options(solver=solver, presolve=presolve)
            result = session.run_in_thread()
            session.set_options(solver="simplex", presolve="choose")
        return result

    def _no_dispatch(self, held: Floats) -> _Dispatched:
        """Multipliers that prove that ``held`` leaves no dispatch.

        HiGHS may give them with either sign; the right one makes the cut exclude.
        """
        session = self.session
        ray = session.dual_ray()
        if ray is None:  # presolve found it, and says no more
            session.forget()
            session.set_options(presolve="off")
            session.run_in_thread()
            session.set_options(presolve="choose")
            ray = session.dual_ray()
        if ray is None:
            raise SolverError("a window has no dispatch, and HiGHS does not say why")
        duals = ray[: self._rows]
        links = self._program.matrix[:, self._links][: self._rows]
        activity = float((links.T @ duals) @ held)
        sides = np.where(
            duals > 0,
            self._program.row_lower[: self._rows],
            self._program.row_upper[: self._rows],
        )
        used = np.isfinite(sides)
        right = float(duals[used] @ sides[used]) - activity
        return _Dispatched(
            False, duals if right > 0 else -duals, np.zeros(ray.size - self._rows)
        )


def _extended(labels: Labels, at: Ints, more: int) -> Labels:
    """Labels of some columns (or rows), and of ``more`` added ones."""
    families = (*labels.families, Family("window", "part", False))
    return Labels(
        families,
        np.r_[labels.family[at], np.full(more, len(labels.families))],
        np.r_[labels.index[at], np.full(more, -1)],
    )

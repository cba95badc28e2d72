"""Among equally cheap dispatches, publish one that does nothing pointless.

Where heat or power is free for an hour, an optimum may circulate it through a
storage (charge and discharge at once) at no cost. Such optima are moved along the
optimal face to the one with the least flow through storages and connections. What
still flows both ways afterwards really pays, and needs a binary.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, vstack

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.build import BuiltModel
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.highs import Result, Session
from verdigrid.solvers.restrict import restricted, with_rows
from verdigrid.solvers.windows import Windows

#: Two flows at once below this share of the larger one's peak are rounding.
NOTICEABLE = 1e-7


def tidied(
    built: BuiltModel, compiled: CompiledModel, session: Session, result: Result
) -> Floats:
    """The optimum ``result``, or an equally cheap tidier one, shape (columns,)."""
    if not overlapping_steps(built, compiled, result.x):
        return result.x
    cost = _both_ways(built, compiled)
    session.move_on_optimal_face(cost)
    tidier = session.run("tidying the dispatch")
    if not tidier.status.has_plan:
        return result.x
    price = float(compiled.cost @ (tidier.x - result.x))
    same = abs(price) <= 1e-9 * max(1.0, abs(result.objective))
    return tidier.x if same else result.x


def tidied_by_windows(
    built: BuiltModel, compiled: CompiledModel, windows: Windows, x: Floats
) -> Floats:
    """``x`` or a tidier plan that costs no more, window by window, shape (columns,).

    Capacities, contents between windows, hourly decisions and what each window uses of
    yearly limits stay as they are.
    """
    overlapping = overlapping_steps(built, compiled, x)
    steps = {step for found in overlapping.values() for step in found}
    cost, tidy = _both_ways(built, compiled), x.copy()
    homes = np.searchsorted(windows.first_step, sorted(steps), side="right") - 1
    floored = np.isfinite(compiled.row_lower[windows.shared])
    capped = np.isfinite(compiled.row_upper[windows.shared])
    for number in np.unique(homes):
        window = windows.windows[number]
        own = window.columns[~compiled.integer[window.columns]]
        limits = vstack([csr_array(compiled.cost[own][None, :]), windows.parts[:, own]])
        spent = np.asarray(limits @ x[own], dtype=np.float64)
        program = with_rows(
            restricted(compiled, window.rows, own, x),
            csr_array(limits),
            np.r_[-np.inf, np.where(floored, spent[1:], -np.inf)],
            np.r_[spent[0], np.where(capped, spent[1:], np.inf)],
        )
        session = Session(replace(program, cost=cost[own]))
        session.set_options(solver="simplex")
        found = session.run_in_thread()
        if found.status is Status.OPTIMAL:
            tidy[own] = np.clip(found.x, compiled.lower[own], compiled.upper[own])
    return tidy


def _both_ways(built: BuiltModel, compiled: CompiledModel) -> Floats:
    """A price of 1 on every flow that must not meet its opposite (columns,)."""
    cost = np.zeros(compiled.shape[1])
    for columns in _pairs(built, compiled).values():
        for first, second in columns:
            cost[first] = cost[second] = 1.0
    return cost


def overlapping_steps(
    built: BuiltModel, compiled: CompiledModel, x: Floats
) -> dict[str, tuple[int, ...]]:
    """Steps in which a component's exclusive flows are both positive, by component."""
    found: dict[str, tuple[int, ...]] = {}
    for name, columns in _pairs(built, compiled).items():
        steps: set[int] = set()
        for first, second in columns:
            both = np.minimum(x[first], x[second])
            peak = max(float(x[first].max()), float(x[second].max()))
            at = np.flatnonzero(both > NOTICEABLE * max(peak, 1e-3))
            steps |= set(compiled.columns.index[first][at].tolist())
        if steps:
            found[name] = tuple(sorted(steps))
    return found


def _pairs(
    built: BuiltModel, compiled: CompiledModel
) -> dict[str, list[tuple[Ints, Ints]]]:
    """Columns of every component's pairs of exclusive flows, in the order of steps."""
    pairs: dict[str, list[tuple[Ints, Ints]]] = {}
    for name, component in built.microgrid.components.items():
        owner = f"operation.components.{name}"
        for one, other in component.exclusive:
            first = _by_step(compiled, compiled.columns.where(owner, one))
            second = _by_step(compiled, compiled.columns.where(owner, other))
            if first.size and first.size == second.size:
                pairs.setdefault(name, []).append((first, second))
    return pairs


def _by_step(compiled: CompiledModel, columns: Ints) -> Ints:
    return columns[np.argsort(compiled.columns.index[columns], kind="stable")]

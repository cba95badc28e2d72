"""Branch and bound over a handful of whole numbers of the design.

HiGHS solves the root of a full-year MIP with simplex and then dives; with one to a few
design decisions that takes many times longer than the interior point method needs for
the few linear programs that a small tree asks for. Every node is such a program, best
bound first; the first child is the one that the relaxation leans to.
"""

import heapq
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers.highs import Result, Session, Watcher

#: Beyond this many yes/no decisions (a number up to 3 is as good as two of them) a tree
#: of full-year programs is no longer small.
MOST_DECISIONS = 12
#: A value this close to a whole number is one.
WHOLE = 1e-6


@dataclass(frozen=True)
class Limits:
    """When to stop: relative gap, seconds, and HiGHS options for every node."""

    relative_gap: float
    time_limit_s: float
    options: Mapping[str, Any]


def is_small_tree(compiled: CompiledModel) -> bool:
    """True if all integers are decisions of the design, and only a few."""
    whole = np.flatnonzero(compiled.integer)
    choices = compiled.upper[whole] - compiled.lower[whole] + 1
    if not whole.size or np.ceil(np.log2(choices)).sum() > MOST_DECISIONS:
        return False
    families = {compiled.columns.families[n] for n in compiled.columns.family[whole]}
    return all(family.owner.startswith("design") for family in families)


@dataclass(frozen=True)
class _Node:
    """A solved program: bounds of the decisions, and what they gave.

    Only nodes with every decision fixed keep their session: those may become the plan.
    """

    lower: Floats
    upper: Floats
    result: Result
    session: Session | None


def branch_and_bound(
    compiled: CompiledModel, limits: Limits, watcher: Watcher | None
) -> tuple[Session | None, Result]:
    """Solve by branching on the decisions; the plan's integers are exactly whole.

    Returns the plan with the session that holds its program, decisions fixed; or no
    session and a result whose status says why there is none.
    """
    tree = _Tree(compiled, limits, watcher)
    whole = tree.whole
    first = tree.solve(compiled.lower[whole].copy(), compiled.upper[whole].copy())
    nodes = [(first.result.objective, 0, first)]
    best = first if first.session is not None else None
    bound = first.result.objective
    last = first.result
    while nodes and last.status is Status.OPTIMAL:
        bound, _, node = heapq.heappop(nodes)
        if best is not None and not _promising(bound, best.result, limits):
            break
        for lower, upper in _children(node, whole):
            child = tree.solve(lower, upper, best, bound)
            if child.result.status is Status.OPTIMAL:
                entry = (child.result.objective, tree.programs, child)
                heapq.heappush(nodes, entry)
                best = _better(best, child)
            elif child.result.status is not Status.INFEASIBLE:
                last = child.result
    return _ended(best, bound, last, tree.programs)


class _Tree:
    """Solves the programs of one tree, each in a session of its own."""

    def __init__(
        self, compiled: CompiledModel, limits: Limits, watcher: Watcher | None
    ) -> None:
        self.whole = np.flatnonzero(compiled.integer)
        self.programs = 0
        nothing = np.zeros_like(compiled.integer)
        self._relaxed = replace(compiled, integer=nothing)
        self._limits, self._watcher = limits, watcher
        self._started = time.monotonic()

    def solve(
        self,
        lower: Floats,
        upper: Floats,
        best: _Node | None = None,
        bound: float = float("nan"),
    ) -> _Node:
        """Solve the program with the decisions between ``lower`` and ``upper``."""
        self.programs += 1
        elapsed = time.monotonic() - self._started
        session = Session(self._relaxed, self._watcher)
        session.set_options(**self._limits.options)
        session.set_options(time_limit=max(0.0, self._limits.time_limit_s - elapsed))
        session.set_bounds(self.whole, lower, upper)
        session.show_bounds(best.result.objective if best else float("nan"), bound)
        result = session.run(f"deciding, program {self.programs}")
        fixed = bool((lower == upper).all())
        return _Node(lower, upper, result, session if fixed else None)


def _better(best: _Node | None, child: _Node) -> _Node | None:
    """The incumbent after ``child``: a plan only if its decisions are fixed."""
    if child.session is None:
        return best
    if best is None or child.result.objective < best.result.objective:
        return child
    return best


def _promising(bound: float, incumbent: Result, limits: Limits) -> bool:
    """True if a node's bound leaves room for a noticeably better plan."""
    room = limits.relative_gap * max(1.0, abs(incumbent.objective))
    return bound < incumbent.objective - room


def _children(node: _Node, whole: Ints) -> list[tuple[Floats, Floats]]:
    """Bounds of the children, the one first that the relaxation leans to.

    Where every decision is whole already, the only child has them all fixed.
    """
    values = node.result.x[whole]
    rounded = np.rint(values)
    undecided = np.abs(values - rounded)
    column = int(np.argmax(undecided))
    if undecided[column] <= WHOLE:
        return [(rounded, rounded)]
    less, more = node.upper.copy(), node.lower.copy()
    less[column], more[column] = np.floor(values[column]), np.ceil(values[column])
    children = [(node.lower, less), (more, node.upper)]
    return children if rounded[column] < values[column] else children[::-1]


def _ended(
    best: _Node | None, bound: float, last: Result, programs: int
) -> tuple[Session | None, Result]:
    """The incumbent with its bound, or the reason why there is none."""
    if best is None:
        status = {
            Status.OPTIMAL: Status.INFEASIBLE,
            Status.FEASIBLE: Status.NO_INCUMBENT,  # of a program, not of a plan
        }.get(last.status, last.status)
        return None, replace(last, status=status)
    done = last.status is Status.OPTIMAL
    return best.session, replace(
        best.result,
        status=Status.OPTIMAL if done else Status.FEASIBLE,
        bound=min(bound, best.result.objective),
        interrupted=last.interrupted,
        facts={**best.result.facts, "programs": programs},
    )

"""The tree over the decisions of the design: boxes, and what is proven for each.

Leaves cover all values of the decisions. Each carries multipliers of the full rows, and
its bound is what these prove (:mod:`verdigrid.solvers.certificate`), never what a
solver says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.certificate import Leaf
from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.boxes import Boxes
from verdigrid.solvers.certificate import covers, leaf_bound

#: A decision this close to a whole number is one.
WHOLE = 1e-6
#: Longest and shortest step along multipliers that prove infeasibility.
SHORTEST, LONGEST = 1e-6, 1e40


@dataclass(frozen=True)
class Point:
    """Linking columns and parts of shared rows that were dispatched, and their cost.

    ``over`` (shared rows,) is what was used beyond the parts, ``short_cost`` the price
    of what capacities lacked.
    """

    values: Floats
    parts: Floats
    cost: float
    over: Floats
    short_cost: float

    def merit(self, penalty: Floats) -> float:
        """Cost with what is lacking paid for."""
        return self.cost + self.short_cost + float(penalty @ self.over)


@dataclass(eq=False)
class Node:
    """A leaf: bounds of the decisions, what is proven, the best point dispatched."""

    lower: Floats
    upper: Floats
    bound: float
    row_dual: Floats
    centre: Point | None = None
    proposed: Floats | None = None

    @property
    def leaf(self) -> Leaf:
        """What the certificate keeps of the node."""
        return Leaf(self.lower, self.upper, self.row_dual)


class Tree:
    """All leaves, and the proof of each."""

    def __init__(self, model: CompiledModel, boxes: Boxes, decisions: Ints) -> None:
        self._model, self._boxes, self.decisions = model, boxes, decisions
        root = Node(
            np.ceil(model.lower[decisions]),
            np.floor(model.upper[decisions]),
            -float("inf"),
            np.zeros(model.shape[0]),
        )
        self.nodes = [root]

    def start_from(self, leaves: Sequence[Leaf]) -> None:
        """Begin with the leaves of another tree, if they cover all decisions here.

        What their multipliers prove is summed anew.
        """
        root = self.nodes[0]
        if not covers((root.lower, root.upper), leaves):
            return
        self.nodes = []
        for leaf in leaves:
            lower = np.maximum(leaf.lower, root.lower)
            upper = np.minimum(leaf.upper, root.upper)
            if (lower <= upper).all():
                node = Node(lower, upper, root.bound, root.row_dual)
                self.prove(node, leaf.row_dual)
                self.nodes.append(node)

    @property
    def lowest(self) -> Node:
        """The leaf of least bound."""
        return min(self.nodes, key=lambda node: node.bound)

    def prove(self, node: Node, row_dual: Floats) -> None:
        """Raise the node's bound to what ``row_dual`` (rows,) proves, if more."""
        leaf = Leaf(node.lower, node.upper, row_dual)
        bound = leaf_bound(self._model, self._boxes, self.decisions, leaf)
        if bound > node.bound:
            node.bound, node.row_dual = bound, row_dual

    def is_decided(self, values: Floats) -> bool:
        """True if the decisions among ``values`` (columns,) are whole."""
        decided = values[self.decisions]
        return bool((np.abs(decided - np.rint(decided)) <= WHOLE).all())

    def branch(self, node: Node, values: Floats) -> None:
        """Replace ``node`` by two that part its most undecided decision."""
        decided = values[self.decisions]
        at = int(np.argmax(np.abs(decided - np.rint(decided))))
        down_upper, up_lower = node.upper.copy(), node.lower.copy()
        down_upper[at] = np.floor(decided[at])
        up_lower[at] = np.ceil(decided[at])
        self.nodes.remove(node)
        for lower, upper in ((node.lower, down_upper), (up_lower, node.upper)):
            child = Node(lower, upper, node.bound, node.row_dual)
            self.prove(child, node.row_dual)
            self.nodes.append(child)

    def close(self, node: Node, ray: Floats, beyond: float) -> bool:
        """Prove that ``node`` holds no plan cheaper than ``beyond``; True if it worked.

        ``ray`` (rows,) are multipliers that prove infeasibility, with either sign:
        far enough along them, the bound exceeds any cost.
        """
        start = node.row_dual
        for direction in (ray, -ray):
            step = SHORTEST
            while node.bound < beyond and step < LONGEST:
                self.prove(node, start + step * direction)
                step *= 10
        return node.bound >= beyond

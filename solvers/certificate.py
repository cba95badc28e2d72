"""A bound that anyone can check: multipliers, and a sum over the full problem.

Whatever solver and whatever relaxation found them, multipliers y of the rows prove

    cost  >=  offset + sum y_i (lo_i if y_i > 0 else hi_i)
                     + sum z_j (l_j if z_j > 0 else u_j),        z = c - A' y

for every feasible plan (Lagrange). Where decisions were branched on, every *leaf* has
its own multipliers and its own bounds of the decisions; the leaves must cover all
decisions, and the least of their bounds holds.
"""

from collections.abc import Sequence

import numpy as np

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.certificate import Certificate, Leaf
from verdigrid.models.compiled import CompiledModel
from verdigrid.solvers.boxes import Boxes, implied_boxes
from verdigrid.solvers.cuts import lagrangian, usable_duals


def proven_bound(
    model: CompiledModel, certificate: Certificate, boxes: Boxes | None = None
) -> float:
    """The bound that ``certificate`` proves for ``model``, -inf if it proves none."""
    boxes = boxes or implied_boxes(model)
    decisions = certificate.decisions
    root = (np.ceil(model.lower[decisions]), np.floor(model.upper[decisions]))
    if not model.integer[decisions].all():  # between whole values leaves prove nothing
        return -float("inf")
    if not covers(root, certificate.leaves):
        return -float("inf")
    bounds = [leaf_bound(model, boxes, decisions, leaf) for leaf in certificate.leaves]
    return float(np.min(bounds))  # not a number if one of them is none


def covers(root: tuple[Floats, Floats], leaves: Sequence[Leaf]) -> bool:
    """True if every whole point between the bounds ``root`` lies in a leaf."""
    return _covered(root, [_whole(leaf) for leaf in leaves])


def leaf_bound(
    model: CompiledModel, boxes: Boxes, decisions: Ints, leaf: Leaf
) -> float:
    """What one leaf's multipliers prove for plans with decisions in the leaf."""
    lower, upper = boxes.lower.copy(), boxes.upper.copy()
    lower[decisions], upper[decisions] = leaf.lower, leaf.upper
    duals = usable_duals(leaf.row_dual, model.row_lower, model.row_upper)
    reduced_cost = model.cost - model.matrix.T @ duals
    return model.offset + lagrangian(
        duals, model.row_lower, model.row_upper, reduced_cost, lower, upper
    )


def _whole(leaf: Leaf) -> Leaf:
    """The leaf without its margins that hold no whole point."""
    return Leaf(np.ceil(leaf.lower), np.floor(leaf.upper), leaf.row_dual)


def _covered(box: tuple[Floats, Floats], leaves: Sequence[Leaf]) -> bool:
    """True if every whole point of ``box`` lies in a leaf."""
    low, high = box
    if (low > high).any():
        return True
    meeting = [
        leaf for leaf in leaves if not ((leaf.upper < low) | (leaf.lower > high)).any()
    ]
    if not meeting:
        return False
    leaf = meeting[0]
    for at in range(low.size):  # cut off what lies outside the leaf, side by side
        for cut_low, cut_high in (
            (leaf.upper[at] + 1, high[at]),
            (low[at], leaf.lower[at] - 1),
        ):
            if cut_low > cut_high:
                continue
            outside_low, outside_high = low.copy(), high.copy()
            outside_low[at] = max(low[at], cut_low)
            outside_high[at] = min(high[at], cut_high)
            if not _covered((outside_low, outside_high), meeting[1:]):
                return False
        low, high = low.copy(), high.copy()
        low[at], high[at] = max(low[at], leaf.lower[at]), min(high[at], leaf.upper[at])
    return True

"""The tree over the decisions of the design."""

import numpy as np
from random_models import drawn

from verdigrid.models.certificate import Leaf
from verdigrid.solvers.boxes import implied_boxes
from verdigrid.solvers.steps import timed
from verdigrid.solvers.tree import Tree


def test_known_leaves_must_cover_the_decisions() -> None:
    model = drawn(0)
    decisions = np.flatnonzero(model.integer & ~timed(model.columns))[:1]
    assert decisions.size
    boxes, zeros = implied_boxes(model), np.zeros(model.shape[0])
    low, high = model.lower[decisions], model.upper[decisions]
    below, above = Leaf(low, low, zeros), Leaf(low + 1, high + 5, zeros)
    tree = Tree(model, boxes, decisions)
    tree.start_from([below])
    assert len(tree.nodes) == 1
    assert tree.lowest.bound == -np.inf
    tree.start_from([below, above])
    assert [float(node.upper[0]) for node in tree.nodes] == [low[0], high[0]]
    assert tree.lowest.bound > -np.inf

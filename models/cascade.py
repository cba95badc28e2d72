"""Where streams and heat demands are cut into temperature intervals.

A stream that cools down has heat at every temperature on its way, a demand that is
warmed up takes heat at every temperature on its. Heat may pass from the part of a
stream above T + approach to the part of a demand above T. Inside an interval that no
one's limit cuts, both change in proportion, so that heat of an interval can serve the
same interval of the demand throughout; across intervals only the order counts. Hence
cutting everything at every limit, moved by the approach of each exchanger from one
side to the other and back until nothing new appears, makes the limits of sums exact:

    of a stream:  withdrawals that need T or more  <=  its heat above T,       every T
    of a demand:  deliveries that reach at most T  <=  its heat below T,       every T

(Hall's condition for a transport problem whose pairs are nested; the intervals are
those of pinch analysis.)

Source of the intervals: S. A. Papoulias, I. E. Grossmann, A structural optimization
approach in process synthesis II: heat recovery networks, Computers & Chemical
Engineering 7(6), 1983.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from verdigrid.models.component import HeatPath
from verdigrid.models.node import Node

#: Exchangers of different approach cut each other's intervals ever finer; beyond this
#: many the sites are refused.
MOST_MARKS = 40
_SAME_K = 1e-6


def with_marks(
    nodes: Mapping[str, Node],
    paths: Iterable[HeatPath],
    needs: Iterable[tuple[str, float]],
) -> dict[str, Node]:
    """The nodes, each with the temperatures at which it is to be cut.

    ``needs`` are the temperatures at which others draw. Stops at a few more than
    :data:`MOST_MARKS` per node.
    """
    paths = [path for path in paths if {path.source, path.sink} <= nodes.keys()]
    marks: dict[str, set[float]] = {name: set() for name in nodes}
    for name, needed in needs:
        if name in nodes:
            _mark(nodes, marks, name, needed)
    for path in paths:
        for end in (nodes[path.sink].cold_c, nodes[path.sink].hot_c):
            if end is not None:
                _mark(nodes, marks, path.source, end + path.approach_k)
        for end in (nodes[path.source].cold_c, nodes[path.source].hot_c):
            if end is not None:
                _mark(nodes, marks, path.sink, end - path.approach_k)
    growing = bool(paths)
    while growing and max(map(len, marks.values())) <= MOST_MARKS:
        moved = [
            _mark(nodes, marks, other, mark + shift)
            for path in paths
            for here, other, shift in (
                (path.sink, path.source, path.approach_k),
                (path.source, path.sink, -path.approach_k),
            )
            for mark in sorted(marks[here])
        ]
        growing = any(moved)
    return {
        name: replace(node, marks_c=tuple(sorted(marks[name])))
        for name, node in nodes.items()
    }


def _mark(
    nodes: Mapping[str, Node],
    marks: dict[str, set[float]],
    name: str,
    temperature_c: float,
) -> bool:
    """Cut a node at a temperature inside its range; True if that is new."""
    cold, hot = nodes[name].cold_c, nodes[name].hot_c
    if cold is None or hot is None:
        return False
    inside = cold + _SAME_K < temperature_c < hot - _SAME_K
    known = any(abs(mark - temperature_c) < _SAME_K for mark in marks[name])
    if inside and not known:
        marks[name].add(temperature_c)
        return True
    return False

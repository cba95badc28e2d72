"""What flows into and out of a node, made ready to be stacked.

A bus: supplies are positive, uses negative, the demand is a line, and

    sum of supplies + sum of uses = demand    in every step (>= if surplus is allowed)

A node that a component brings along (a waste-heat stream, a demand that can be
preheated): others' flows and the component's own remainder (``..._kw`` variables:
heat rejected, heat from the bus) add up to what the stream offers or the demand is.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats
from verdigrid.models.solution import Solution
from verdigrid.results.figures.style import words
from verdigrid.results.outcome import Outcome

DEMAND = "demand"
#: A flow below this share of the node's highest is not worth a colour.
NEGLIGIBLE = 1e-6


@dataclass(frozen=True)
class Band:
    """Flows of one component at a node, kW (steps,), all of one sign."""

    component: str
    items: tuple[str, ...]
    kw: Floats


@dataclass(frozen=True)
class Stack:
    """All flows of a node; ``line`` is the demand (or offer), None if there is none.

    ``owner`` is the component that brings the node along, None for a bus. Bands are
    ordered from the axis outwards, the steadiest first, the owner's remainder last.
    """

    node: str
    supplies: tuple[Band, ...]
    uses: tuple[Band, ...]
    line: Floats | None
    line_label: str
    owner: str | None = None

    @property
    def bands(self) -> tuple[Band, ...]:
        """Supplies and uses."""
        return self.supplies + self.uses

    @property
    def throughput(self) -> Floats:
        """What the size of the node's business is measured by, kW (steps,)."""
        if self.line is not None and self.line.any():
            return self.line
        total = np.zeros_like(self.bands[0].kw)
        return sum((band.kw for band in self.supplies), total)

    def labels(self) -> dict[str, str]:
        """Legend text of each component; with its items where it has several."""
        texts: dict[str, str] = {}
        names: list[str] = [band.component for band in self.bands]
        for name in dict.fromkeys(names):
            items = [i for b in self.bands if b.component == name for i in b.items]
            listed = " / ".join(words(item) for item in items)
            if name == self.owner:
                texts[name] = listed
            else:
                texts[name] = words(name) + (f"\n({listed})" if len(items) > 1 else "")
        return texts


def flow_keys(flows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Node, component and item of every column of the table of flows."""
    return cast(list[tuple[str, str, str]], flows.columns.to_list())


def stack_of(outcome: Outcome, node: str) -> Stack | None:
    """The flows of ``node``; None if nothing flows there."""
    microgrid = outcome.solution.microgrid
    flows = outcome.tables.flows
    here = [
        (component, item, flows[at, component, item].to_numpy(dtype=float))
        for at, component, item in flow_keys(flows)
        if at == node
    ]
    if node in microgrid.buses:
        return _bus_stack(node, here)
    return _component_stack(outcome.solution, node, here)


def stacks_of(outcome: Outcome) -> list[Stack]:
    """Stacks of all nodes at which something flows, buses first."""
    stacks = (stack_of(outcome, node) for node in outcome.solution.microgrid.nodes)
    return [stack for stack in stacks if stack is not None]


def _bus_stack(node: str, here: list[tuple[str, str, Floats]]) -> Stack | None:
    line = None
    for _, item, kw in here:
        if item == DEMAND:
            line = -kw if line is None else line - kw
    others = [flow for flow in here if flow[1] != DEMAND]
    supplies = _bands([(c, i, np.maximum(kw, 0)) for c, i, kw in others])
    uses = _bands([(c, i, np.minimum(kw, 0)) for c, i, kw in others])
    if not supplies and not uses:
        return None
    return Stack(node, supplies, uses, line, DEMAND)


def _component_stack(
    solution: Solution, node: str, here: list[tuple[str, str, Floats]]
) -> Stack | None:
    balance = float(sum(kw.sum() for _, _, kw in here))
    if not balance:
        return None
    sign = 1.0 if balance > 0 else -1.0
    flows = [(component, item, sign * kw) for component, item, kw in here]
    steps = solution.microgrid.calendar.periods
    for variable, value in solution.values[node].items():
        if variable.endswith("_kw") and np.shape(value) == (steps,):
            item = variable.removesuffix("_kw")
            flows.append((node, item, np.asarray(value, dtype=float)))
    line = sum((kw for _, _, kw in flows), np.zeros(steps))
    label = DEMAND if balance > 0 else "heat offered"
    return Stack(node, _bands(flows, node), (), line, label, owner=node)


def _bands(
    flows: list[tuple[str, str, Floats]], last: str | None = None
) -> tuple[Band, ...]:
    """Flows summed by component, without the negligible, steadiest first.

    The component ``last`` comes last, whatever it does: it is what remains.
    """
    peak = max((float(np.abs(kw).max()) for _, _, kw in flows), default=0.0)
    items: dict[str, list[str]] = {}
    sums: dict[str, Floats] = {}
    for component, item, kw in flows:
        if float(np.abs(kw).max()) > max(NEGLIGIBLE * peak, 1e-9):
            items.setdefault(component, []).append(item)
            sums[component] = sums[component] + kw if component in sums else kw
    bands = [Band(name, tuple(items[name]), kw) for name, kw in sums.items()]
    return tuple(
        sorted(bands, key=lambda b: (b.component == last, _unsteadiness(b.kw)))
    )


def _unsteadiness(kw: Floats) -> float:
    """Standard deviation over mean."""
    return float(kw.std() / abs(kw.mean()))

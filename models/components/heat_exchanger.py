"""Heat exchanger: the only way for heat to pass from place to place.

    heat(t) = sum over intervals of heat_i(t),    0 <= heat(t) <= size
    heat_i needs a source of at least     T_i,cold + approach
    and lifts the sink as far as          T_i,hot

Source: a heat bus or a waste-heat stream. Sink: a heat bus (one interval, at its
temperature), or a heat demand that names its supply and target temperature; that is
cut wherever a limit of anyone on the same streams and demands falls
(``verdigrid.models.cascade``), up to T_source,hot - approach. Heat never passes up in
temperature: at a stream the part above what is needed limits the heat, at a demand
the part below what is reached, as in a counterflow exchanger of any area.

symbol   name                unit   meaning
heat_i   heat_kw, heat_N_kw  kW     passed into an interval of the sink (N = 1 coldest)
T_i      -                   C      ends of the interval
size     capacity            kW     largest heat flow
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.cascade import MOST_MARKS
from verdigrid.models.component import (
    Account,
    Component,
    Connection,
    Dispatch,
    Flow,
    HeatPath,
    Indicator,
    Inputs,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter


class Interval(NamedTuple):
    """Part of a sink: what it needs of the source, and how far it lifts the sink, C."""

    need_c: float
    reach_c: float


class HeatExchanger(Component):
    """An exchanger between two places of heat."""

    kind: Literal["heat_exchanger"] = "heat_exchanger"
    summary: ClassVar[str] = "passes heat down in temperature, from source to sink"
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = (
        "set like the other heat equipment of the Danish Energy Agency data, 2020"
    )

    source: str = parameter(unit="", doc="heat bus or waste-heat stream")
    sink: str = parameter(unit="", doc="heat bus, or heat demand with temperatures")
    capacity: PowerCapacity = parameter(unit="kW", doc="heat flow")
    min_approach_k: float = parameter(
        5.0,
        unit="K",
        doc="least temperature difference between the two sides",
        source="usual range 5-10 K liquid to liquid, 20-30 K gas (engineering "
        "practice, no single source; 2026)",
        ge=0,
        le=200,
    )

    def connections(self) -> list[Connection]:
        return [
            Connection("source", self.source, ("heat",), "draws"),
            Connection("sink", self.sink, ("heat",), "feeds"),
        ]

    def heat_paths(self) -> list[HeatPath]:
        return [HeatPath(self.source, self.sink, self.min_approach_k)]

    def intervals(self, nodes: Mapping[str, Node]) -> list[Interval]:
        """Parts of the sink that it may heat, from the coldest."""
        source, sink = nodes[self.source], nodes[self.sink]
        hottest = (source.hot_c or 0.0) - self.min_approach_k
        coldest = sink.cold_c or 0.0
        reach = min(hottest, sink.hot_c or 0.0)
        ends = [coldest, *(mark for mark in sink.marks_c if mark < reach), reach]
        parts = [
            Interval(low + self.min_approach_k, high) for low, high in pairwise(ends)
        ]
        # Heat that any part of the source can give is best delivered highest.
        given_by_all = [p for p in parts if p.need_c <= (source.cold_c or 0.0)]
        return parts[max(0, len(given_by_all) - 1) :]

    def _names(self, count: int) -> list[str]:
        """Variables of the intervals."""
        if count == 1:
            return ["heat_kw"]
        return [f"heat_{number}_kw" for number in range(1, count + 1)]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        source, sink = nodes[self.source], nodes[self.sink]
        if source.hot_c is None or sink.cold_c is None:
            return []
        needed = sink.cold_c + self.min_approach_k
        if source.hot_c < needed:
            ends = f"{self.sink} at {sink.cold_c:g} C", f"at {source.hot_c:g} C"
            got = f"{ends[0]} from {self.source} {ends[1]}"
            hint = "heat does not pass up in temperature; use a heat_pump"
            return [Problem("sink", got, f"a source of at least {needed:g} C", hint)]
        cuts = max(len(source.marks_c), len(sink.marks_c))
        if cuts > MOST_MARKS:
            problem = Problem(
                "min_approach_k",
                f"approaches that cut {self.source} and {self.sink} more than "
                f"{MOST_MARKS} times",
                "fewer different approaches at the same streams and demands",
                "give exchangers of the same kind the same min_approach_k",
            )
            return [problem]
        return []

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        intervals = self.intervals(context.nodes)
        names = self._names(len(intervals))
        parts = [context.flow(block, name, "kW passed") for name in names]
        size = context.size("capacity")
        context.rule(
            block,
            "capacity_limit",
            lambda b, t: sum([part[t] for part in parts]) <= size,
            "kW",
        )
        for part, interval in zip(parts, intervals, strict=True):
            self._book(context, part, interval)

    def _book(self, context: BuildContext, heat: pyo.Var, interval: Interval) -> None:
        context.inject(self.source, "to sink", lambda t: -heat[t], interval.need_c)
        context.inject(self.sink, "from source", lambda t: heat[t], interval.reach_c)

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        intervals = self.intervals(inputs.nodes)
        parts = [dispatch[name] for name in self._names(len(intervals))]
        account = Account()
        for heat, interval in zip(parts, intervals, strict=True):
            account.flows += [
                Flow(self.source, "to sink", -heat, interval.need_c),
                Flow(self.sink, "from source", heat, interval.reach_c),
            ]
        excess = sum(parts) - inputs.sizes["capacity"]
        account.residuals["capacity limit"] = np.maximum(excess, 0)
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["capacity"]
        if size <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        names = self._names(len(self.intervals(inputs.nodes)))
        passed = sum(float(dispatch[name].sum()) for name in names) * yearly
        return [
            Indicator("heat", passed, "kWh/a"),
            Indicator("full-load hours", passed / size, "h/a"),
        ]

"""Heat exchanger: the only way for heat to pass from place to place.

    0 <= heat(t) <= size
    the sink is reached at      T_reach = min(T_source,hot - approach, T_sink,hot)
    the source must be at least T_need  = T_sink,cold + approach

Source: a heat bus or a waste-heat stream. Sink: a heat bus, or a heat demand that
names its supply and target temperature. Heat never passes up in temperature. At a
stream the share above T_need limits the heat, at a demand the share below T_reach:
the two ends of a counterflow exchanger.

symbol   name       unit   meaning
heat     heat_kw    kW     passed from source to sink
size     capacity   kW     largest heat flow
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import (
    Account,
    Component,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter


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

    def _need_c(self, nodes: Mapping[str, Node]) -> float:
        """Temperature that the source must have at the cold end."""
        return (nodes[self.sink].cold_c or 0.0) + self.min_approach_k

    def _reach_c(self, nodes: Mapping[str, Node]) -> float:
        """Temperature that the sink reaches at the hot end."""
        hottest = (nodes[self.source].hot_c or 0.0) - self.min_approach_k
        return min(hottest, nodes[self.sink].hot_c or 0.0)

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        source, sink = nodes[self.source], nodes[self.sink]
        hot = source.hot_c
        if hot is None or sink.cold_c is None or hot >= self._need_c(nodes):
            return []
        return [
            Problem(
                "sink",
                f"{self.sink} at {sink.cold_c:g} C from {self.source} at {hot:g} C",
                f"a source of at least {self._need_c(nodes):g} C",
                "heat does not pass up in temperature; use a heat_pump",
            )
        ]

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        heat = context.flow(block, "heat_kw", "kW passed")
        size = context.size("capacity")
        context.rule(block, "capacity_limit", lambda b, t: heat[t] <= size, "kW")
        context.inject(
            self.source, "to sink", lambda t: -heat[t], self._need_c(context.nodes)
        )
        context.inject(
            self.sink, "from source", lambda t: heat[t], self._reach_c(context.nodes)
        )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        heat: Floats = dispatch["heat_kw"]
        need, reach = self._need_c(inputs.nodes), self._reach_c(inputs.nodes)
        return Account(
            flows=[
                Flow(self.source, "to sink", -heat, need),
                Flow(self.sink, "from source", heat, reach),
            ],
            residuals={
                "capacity limit": np.maximum(heat - inputs.sizes["capacity"], 0)
            },
        )

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["capacity"]
        if size <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        passed = float(dispatch["heat_kw"].sum()) * yearly
        return [
            Indicator("heat", passed, "kWh/a"),
            Indicator("full-load hours", passed / size, "h/a"),
        ]

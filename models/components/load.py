"""Demand: electricity, or heat and cooling at a temperature.

    taken from the bus(t) = profile(t)

A heat demand that names its supply and target temperature (water from 15 to 80 C)
is a place that exchangers can deliver to directly, so that a lukewarm source can
preheat it:

    from_bus(t) + sum of deliveries(t) = profile(t)
    sum of deliveries that reach at most T  <=  share(T) profile(t)
    share(T) = (T - supply) / (target - supply), clipped to 0..1

symbol     name          unit   meaning
profile    profile       kW     demand
from_bus   from_bus_kw   kW     what the bus delivers (all of it, if not preheated)
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
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
from verdigrid.models.profile import Profile


class Load(Component):
    """A demand that must be met in every step."""

    kind: Literal["load"] = "load"
    summary: ClassVar[str] = "demand for electricity, heat or cooling"

    bus: str = parameter(unit="", doc="bus that serves the demand")
    profile: Profile = parameter(unit="kW", doc="demand, mean of each step")
    supply_temperature_c: float | None = parameter(
        None, unit="degC", doc="temperature at which the medium comes in"
    )
    target_temperature_c: float | None = parameter(
        None, unit="degC", doc="temperature to which it must be heated"
    )

    @model_validator(mode="after")
    def _both_temperatures(self) -> Self:
        supply, target = self.supply_temperature_c, self.target_temperature_c
        if (supply is None) != (target is None):
            raise ValueError(
                "supply_temperature_c and target_temperature_c belong together"
            )
        if supply is not None and target is not None and target <= supply:
            raise ValueError(
                f"target_temperature_c ({target:g}) above supply_temperature_c "
                f"({supply:g})"
            )
        return self

    def connections(self) -> list[Connection]:
        carriers = ("heat",) if self.target_temperature_c is not None else ()
        return [Connection("bus", self.bus, carriers, "draws")]

    def node(self) -> Node | None:
        if self.target_temperature_c is None:
            return None
        return Node(
            "heat", self.target_temperature_c, self.supply_temperature_c, gives=False
        )

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        bus, target = nodes[self.bus].hot_c, self.target_temperature_c
        if target is None or bus is None or bus >= target:
            return []
        return [
            Problem(
                "target_temperature_c",
                f"{target:g} C from a bus at {bus:g} C",
                "a bus at least as hot as the target",
            )
        ]

    def _share(self, temperature_c: float) -> float:
        """Share of the demand that heat reaching ``temperature_c`` can serve."""
        supply = self.supply_temperature_c or 0.0
        target = self.target_temperature_c or 0.0
        return float(np.clip((temperature_c - supply) / (target - supply), 0, 1))

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        demand = context.series(block, "profile")
        if self.target_temperature_c is None:
            context.inject(self.bus, "demand", lambda t: -demand[t])
            return
        from_bus = context.flow(block, "from_bus_kw", "kW taken from the bus")
        context.inject(self.bus, "demand", lambda t: -from_bus[t])

    def finish(self, block: pyo.Block, context: BuildContext) -> None:
        if self.target_temperature_c is None:
            return
        deliveries = context.ledger.at(context.name)
        context.rule(
            block,
            "demand_met",
            lambda b, t: (
                b.from_bus_kw[t] + sum([d.term(t) for d in deliveries]) == b.profile[t]
            ),
            "kW",
        )
        reaches = sorted({d.temperature_c or 0.0 for d in deliveries})
        for number, reach in enumerate(reaches):
            self._limit_preheating(block, context, number, reach)

    def _limit_preheating(
        self, block: pyo.Block, context: BuildContext, number: int, reach_c: float
    ) -> None:
        """Heat that reaches no higher than ``reach_c`` serves the cold part only."""
        share = self._share(reach_c)
        below = [
            d
            for d in context.ledger.at(context.name)
            if (d.temperature_c or 0.0) <= reach_c
        ]
        if share < 1:
            context.rule(
                block,
                f"preheat_limit_{number}",
                lambda b, t: sum(d.term(t) for d in below) <= share * b.profile[t],
                "kW",
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        demand = inputs.series["profile"]
        if self.target_temperature_c is None:
            return Account(flows=[Flow(self.bus, "demand", -demand)])
        return Account(flows=[Flow(self.bus, "demand", -dispatch["from_bus_kw"])])

    def node_residuals(
        self, inputs: Inputs, flows: list[Flow], dispatch: Dispatch
    ) -> dict[str, Floats]:
        demand = inputs.series["profile"]
        delivered = sum((f.kw for f in flows), np.zeros_like(demand))
        residuals = {"demand met": dispatch["from_bus_kw"] + delivered - demand}
        for reach in {f.temperature_c or 0.0 for f in flows}:
            below = sum(
                (f.kw for f in flows if (f.temperature_c or 0.0) <= reach),
                np.zeros_like(demand),
            )
            excess = np.maximum(below - self._share(reach) * demand, 0)
            residuals[f"preheating to {reach:g} C"] = excess
        return residuals

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        demand = inputs.series["profile"]
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        used, peak = float(demand.sum()) * yearly, float(demand.max())
        figures = [
            Indicator("demand", used, "kWh/a"),
            Indicator("peak", peak, "kW"),
            Indicator("full-load hours", used / peak if peak else 0.0, "h/a"),
        ]
        if "from_bus_kw" in dispatch:
            preheated = used - float(dispatch["from_bus_kw"].sum()) * yearly
            figures.append(Indicator("preheated", preheated, "kWh/a"))
        return figures

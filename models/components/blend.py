"""Blend: one fuel out of several, each within its share.

    blend(t)  = sum over i of input(i, t)
    min_share(i) blend(t)  <=  input(i, t)  <=  max_share(i) blend(t)
    blend(t) <= size                                          (if a capacity is given)

A burner, an engine or a pipe that takes several fuels draws from the bus that this
feeds. With ``max_share: 0.2`` of hydrogen and 1 of gas it may, but need not, burn up to
a fifth of hydrogen in every step.

symbol     name                 unit   meaning
input(i)   from_BUS_kw          kW     taken from a fuel bus, on its heating value
max_share  inputs.BUS.max_share 1      largest share of the blend
min_share  inputs.BUS.min_share 1      smallest share of the blend
size       capacity             kW     mixing station, if it limits

Shares are of energy. A share v of hydrogen in the volume of natural gas is less: with
10.8 and 35.9 MJ per cubic metre (lower heating values, ISO 6976, 2016; methane)

    share = 10.8 v / (10.8 v + 35.9 (1 - v)),    0.07 where v = 0.2

Carbon is booked where the fuels are bought.
"""

from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

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
from verdigrid.models.ledger import Term
from verdigrid.models.node import FUELS
from verdigrid.models.parameter import Strict, parameter

_ROUNDING = 1e-9


class Ingredient(Strict):
    """How much of a blend one of its fuels may be."""

    max_share: float = parameter(
        1.0, unit="1", doc="largest share of the blend's energy", gt=0, le=1
    )
    min_share: float = parameter(
        0.0, unit="1", doc="smallest share of the blend's energy", ge=0, le=1
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_share > self.max_share:
            raise ValueError(
                f"min_share ({self.min_share:g}) must not be above max_share "
                f"({self.max_share:g})"
            )
        return self


class Blend(Component):
    """A burner's choice of fuels, or a mixing station."""

    kind: Literal["blend"] = "blend"
    summary: ClassVar[str] = "one fuel bus out of several, each within its share"
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026: as long as a boiler"

    inputs: dict[str, Ingredient] = parameter(
        unit="", doc="fuel buses that it draws from, with their shares"
    )
    bus: str = parameter(unit="", doc="fuel bus that it feeds")
    capacity: PowerCapacity | None = parameter(
        None, unit="kW", doc="mixing station; any flow if not given"
    )

    @model_validator(mode="after")
    def _shares_make_one(self) -> Self:
        if not self.inputs:
            raise ValueError("inputs needs at least one fuel bus")
        if self.bus in self.inputs:
            raise ValueError(f"bus {self.bus!r} is one of its own inputs")
        most = sum(part.max_share for part in self.inputs.values())
        least = sum(part.min_share for part in self.inputs.values())
        if most < 1 - _ROUNDING:
            raise ValueError(f"max_share together at least 1; they make {most:.3g}")
        if least > 1 + _ROUNDING:
            raise ValueError(f"min_share together at most 1; they make {least:.3g}")
        return self

    def connections(self) -> list[Connection]:
        return [
            *(Connection(f"inputs.{bus}", bus, FUELS, "draws") for bus in self.inputs),
            Connection("bus", self.bus, FUELS, "feeds"),
        ]

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        flows = {
            bus: context.flow(block, _flow_name(bus), f"kW from {bus}")
            for bus in self.inputs
        }

        def blend(t: Any) -> Any:
            return sum([flow[t] for flow in flows.values()])

        for bus, flow in flows.items():
            self._limit_share(block, context, bus, flow, blend)
            context.inject(bus, "blend", _drawn(flow))
        if self.capacity is not None:
            size = context.size("capacity")
            context.rule(block, "capacity_limit", lambda b, t: blend(t) <= size, "kW")
        context.inject(self.bus, "blend", blend)

    def _limit_share(
        self,
        block: pyo.Block,
        context: BuildContext,
        bus: str,
        flow: pyo.Var,
        blend: Term,
    ) -> None:
        part = self.inputs[bus]
        if part.max_share < 1:
            context.rule(
                block,
                f"max_share_{bus}",
                lambda b, t: flow[t] <= part.max_share * blend(t),
                "kW",
            )
        if part.min_share > 0:
            context.rule(
                block,
                f"min_share_{bus}",
                lambda b, t: flow[t] >= part.min_share * blend(t),
                "kW",
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        flows = self._flows(dispatch)
        blend: Floats = np.sum(list(flows.values()), axis=0)
        account = Account(flows=[Flow(self.bus, "blend", blend)])
        for bus, kw in flows.items():
            part = self.inputs[bus]
            account.flows.append(Flow(bus, "blend", -kw))
            if part.max_share < 1:
                over = kw - part.max_share * blend
                account.residuals[f"most of {bus}"] = np.maximum(over, 0)
            if part.min_share > 0:
                short = part.min_share * blend - kw
                account.residuals[f"least of {bus}"] = np.maximum(short, 0)
        if self.capacity is not None:
            over = blend - inputs.sizes["capacity"]
            account.residuals["capacity limit"] = np.maximum(over, 0)
        return account

    def _flows(self, dispatch: Dispatch) -> dict[str, Floats]:
        """What is taken from each fuel bus, kW (steps,)."""
        return {bus: dispatch[_flow_name(bus)] for bus in self.inputs}

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        taken = {b: float(kw.sum()) * yearly for b, kw in self._flows(dispatch).items()}
        blend = sum(taken.values())
        if blend <= 0:
            return []
        return [
            Indicator("blend", blend, "kWh/a"),
            *(
                Indicator(f"share of {b}", kwh / blend, "share")
                for b, kwh in taken.items()
            ),
        ]


def _flow_name(bus: str) -> str:
    return f"from_{bus}_kw"


def _drawn(flow: pyo.Var) -> Term:
    return lambda t: -flow[t]

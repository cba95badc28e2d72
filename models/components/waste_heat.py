"""Waste-heat stream: heat at falling temperature that others may take.

The stream comes at ``temperature_c`` and may be cooled to ``outlet_temperature_c``;
the heat that gives is Q(t), the ``profile`` or

    Q(t) = mass_flow(t) heat_capacity (T_in - T_out)

What needs the stream at T or hotter finds
only the share of it above T:

    sum of withdrawals that need T or more  <=  share(T) Q(t)
    share(T) = (T_in - T) / (T_in - T_out), clipped to 0..1
    sum of all withdrawals + rejected(t) = Q(t)

An exchanger to a sink at T_sink needs T = T_sink + minimum approach; a heat pump
takes heat down to where it evaporates. ``verdigrid.models.cascade`` says why these
limits of sums are exact.

symbol          name                       unit      meaning
Q               profile                    kW        heat between inlet and outlet
mass_flow       mass_flow_kg_per_s         kg/s      of the stream
heat_capacity   heat_capacity_kj_per_kg_k  kJ/kg/K   water if not given
rejected        rejected_kw                kW        what nobody takes
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
    Dispatch,
    Flow,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.measure import Measure
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile


class WasteHeat(Component):
    """A stream of waste heat; exchangers and heat pumps name it as their source."""

    kind: Literal["waste_heat"] = "waste_heat"
    summary: ClassVar[str] = "stream of waste heat with inlet and outlet temperature"

    temperature_c: float = parameter(
        unit="degC", doc="temperature at which the stream comes", ge=-50, le=1500
    )
    outlet_temperature_c: float = parameter(
        unit="degC", doc="lowest temperature it may be cooled to", ge=-50, le=1500
    )
    profile: Profile | None = parameter(
        None, unit="kW", doc="heat of the stream between the two temperatures"
    )
    mass_flow_kg_per_s: Profile | None = parameter(
        None, unit="kg/s", doc="flow of the stream, instead of its heat"
    )
    heat_capacity_kj_per_kg_k: float = parameter(
        4.18,
        unit="kJ/kg/K",
        doc="specific heat of the stream; flue gas has about 1.1",
        source="liquid water at 20-60 C, IAPWS-IF97, 2012",
        gt=0,
        le=15,
    )

    @model_validator(mode="after")
    def _cools_down(self) -> Self:
        if (self.profile is None) == (self.mass_flow_kg_per_s is None):
            raise ValueError("give profile: or mass_flow_kg_per_s:, one of the two")
        if self.outlet_temperature_c >= self.temperature_c:
            raise ValueError(
                f"outlet_temperature_c ({self.outlet_temperature_c:g}) below "
                f"temperature_c ({self.temperature_c:g})"
            )
        return self

    def node(self) -> Node:
        return Node("heat", self.temperature_c, self.outlet_temperature_c, takes=False)

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Heat of the stream, kW, where its mass flow is given."""
        if self.mass_flow_kg_per_s is None:
            return {}
        cooled_k = self.temperature_c - self.outlet_temperature_c
        per_kg = self.heat_capacity_kj_per_kg_k * cooled_k
        return {"profile": series["mass_flow_kg_per_s"] * per_kg}

    def share_above(self, temperature_c: float) -> float:
        """Share of the stream's heat that is hotter than ``temperature_c``.

        >>> stream = WasteHeat.model_validate(
        ...     {"temperature_c": 60, "outlet_temperature_c": 20, "profile": 100})
        >>> stream.share_above(50)
        0.25
        """
        span = self.temperature_c - self.outlet_temperature_c
        return float(np.clip((self.temperature_c - temperature_c) / span, 0, 1))

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        context.flow(block, "rejected_kw", "kW that nobody takes")
        context.series(block, "profile")

    def finish(self, block: pyo.Block, context: BuildContext) -> None:
        entries = context.ledger.at(context.name)
        context.rule(
            block,
            "heat_balance",
            lambda b, t: (
                sum([e.term(t) for e in entries]) - b.rejected_kw[t] == -b.profile[t]
            ),
            "kW",
        )
        offered, rejected = block.profile, block.rejected_kw
        context.measured(Measure.WASTE_HEAT_POSSIBLE, lambda t: offered[t])
        context.measured(Measure.WASTE_HEAT_USED, lambda t: offered[t] - rejected[t])
        needs = sorted({self._need(e.temperature_c) for e in entries})
        for number, need in enumerate(needs):
            self._limit_hot_part(block, context, number, need)

    def _need(self, temperature_c: float | None) -> float:
        return self.temperature_c if temperature_c is None else temperature_c

    def _limit_hot_part(
        self, block: pyo.Block, context: BuildContext, number: int, need_c: float
    ) -> None:
        """All who need ``need_c`` or more share the part of the stream above it."""
        share = self.share_above(need_c)
        hot = [
            e
            for e in context.ledger.at(context.name)
            if self._need(e.temperature_c) >= need_c
        ]
        if share < 1:
            context.rule(
                block,
                f"hot_part_{number}",
                lambda b, t: -sum(e.term(t) for e in hot) <= share * b.profile[t],
                "kW",
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        offered, rejected = inputs.series["profile"], dispatch["rejected_kw"]
        return Account(
            residuals={"rejected": np.minimum(rejected, 0)},
            measures={
                Measure.WASTE_HEAT_POSSIBLE: offered,
                Measure.WASTE_HEAT_USED: offered - rejected,
            },
        )

    def node_residuals(
        self, inputs: Inputs, flows: list[Flow], dispatch: Dispatch
    ) -> dict[str, Floats]:
        offered = inputs.series["profile"]
        taken = sum((-f.kw for f in flows), np.zeros_like(offered))
        residuals = {"heat balance": taken + dispatch["rejected_kw"] - offered}
        for need in {self._need(f.temperature_c) for f in flows}:
            hot = sum(
                (-f.kw for f in flows if self._need(f.temperature_c) >= need),
                np.zeros_like(offered),
            )
            excess = np.maximum(hot - self.share_above(need) * offered, 0)
            residuals[f"part above {need:g} C"] = excess
        return residuals

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        offered = float(inputs.series["profile"].sum()) * yearly
        rejected = float(dispatch["rejected_kw"].sum()) * yearly
        used = 1 - rejected / offered if offered else 0.0
        return [
            Indicator("offered", offered, "kWh/a"),
            Indicator("rejected", rejected, "kWh/a"),
            Indicator("used", used, "share"),
        ]

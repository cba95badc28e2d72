"""Heat pump with several sources: one machine, in each step any mix of them.

    heat(t)      = sum over sources of heat(source, t)
    power(t)     = sum over sources of heat(source, t) / COP(source, t)
    taken(source, t) = heat(source, t) (1 - 1 / COP(source, t))    from a bus or stream
    0 <= heat(t) <= size                       (or on and off, with ``commitment:``)
    heat(source, t) = 0                        where the lift from it is too great

Each source has the COP that a ``heat_pump`` with it would have; a mix within a step is
one source after the other.

symbol           name             unit   meaning
heat(source)     heat_SOURCE_kw   kW     delivered with heat of that source
COP(source)      cop              1      given or computed, see ``heat_pump``
size             capacity         kW     largest heat output
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import (
    Account,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.components.heat_pump import HeatSource, Lift
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import Problem
from verdigrid.models.machine import Machine
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter


class MultiSourceHeatPump(Lift, Machine):
    """An electric heat pump that chooses among sources."""

    kind: Literal["multi_source_heat_pump"] = "multi_source_heat_pump"
    summary: ClassVar[str] = "one heat pump, heat from any mix of its sources"
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = (
        "Danish Energy Agency technology data, industrial heat pump, 2020"
    )

    electricity_bus: str = parameter(unit="", doc="bus that drives it")
    bus: str = parameter(unit="", doc="heat bus that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="heat output")
    sources: dict[str, HeatSource] = parameter(
        unit="", doc="where it may take heat, by a name of your choice"
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of heat", ge=0
    )

    @model_validator(mode="after")
    def _sources_can_be_told_apart(self) -> Self:
        if not self.sources:
            raise ValueError("sources needs at least one")
        strange = [name for name in self.sources if not name.isidentifier()]
        if strange:
            raise ValueError(f"names of letters, digits and _, unlike {strange[0]!r}")
        if self.commitment and self.commitment.part_load_efficiency < 1:
            raise ValueError(
                "no part_load_efficiency: its input without load has no source"
            )
        return self

    def connections(self) -> list[Connection]:
        bus = self.electricity_bus
        found = [
            Connection("electricity_bus", bus, ("electricity",), "draws"),
            Connection("bus", self.bus, ("heat",), "feeds"),
        ]
        for name, source in self.sources.items():
            node, field = source.source_node, f"sources.{name}.source"
            if node is not None:
                found.append(Connection(field, node, ("heat",), "draws"))
        return found

    def heat_needs(self, nodes: Mapping[str, Node]) -> list[tuple[str, float]]:
        found = []
        for source in self.sources.values():
            node, needed = source.source_node, source.evaporation_c(nodes)
            if node is not None and needed is not None:
                found.append((node, needed))
        return found

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        found: list[Problem] = []
        for name, source in self.sources.items():
            found += source.source_problems(nodes, f"sources.{name}.")
        return found

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """COP of every source and step, and where a source is too cold to be used."""
        computed = super().prepare(around, series)
        sink = self.sink_c(around.nodes, self.bus)
        for name, source in self.sources.items():
            at = f"sources.{name}."
            own = {
                path.removeprefix(at): values
                for path, values in series.items()
                if path.startswith(at)
            }
            cop, too_cold = self.cop_from(source, sink, around, own, at)
            computed[f"used_cop_{name}"] = cop
            if too_cold.any():
                computed[f"usable_{name}"] = np.where(too_cold, 0.0, 1.0)
        return computed

    # -- the physics, twice -------------------------------------------------

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        heats = [
            self._build_source(block, context, name, source)
            for name, source in self.sources.items()
        ]
        self.limit_output(block, context, lambda t: sum([heat[t] for heat in heats]))
        if self.om_cost_per_kwh:
            context.cost(
                "om",
                "variable O&M",
                lambda t: sum([self.om_cost_per_kwh * heat[t] for heat in heats]),
            )

    def _build_source(
        self, block: pyo.Block, context: BuildContext, name: str, source: HeatSource
    ) -> pyo.Var:
        """Heat with one source, and what it draws for it."""
        heat = context.flow(block, f"heat_{name}_kw", f"kW with heat of {name}")
        inverse = 1 / context.array(f"used_cop_{name}")
        power = context.parameter(block, f"power_per_heat_{name}", inverse)
        if f"usable_{name}" in context.arrays:
            usable = context.series(block, f"usable_{name}")
            size = context.size("capacity")
            context.rule(
                block,
                f"lift_limit_{name}",
                lambda b, t: heat[t] <= usable[t] * size,
                "kW",
            )
        context.inject(self.bus, "heat", lambda t: heat[t])
        context.inject(
            self.electricity_bus, "electricity", lambda t: -power[t] * heat[t]
        )
        if source.source_node is not None:
            taken = context.parameter(block, f"taken_per_heat_{name}", 1 - inverse)
            context.inject(
                source.source_node,
                "source heat",
                lambda t: -taken[t] * heat[t],
                source.evaporation_c(context.nodes),
            )
        return heat

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        total: Floats = sum(self._heats(dispatch).values(), np.zeros(1))
        account = Account(
            residuals=self.output_residuals(inputs, dispatch, total),
            costs={
                ("om", "variable O&M"): self.om_cost_per_kwh * total,
                **self.start_costs(inputs, dispatch),
            },
        )
        for name, heat in self._heats(dispatch).items():
            source, power = self.sources[name], heat / inputs.series[f"used_cop_{name}"]
            account.flows += [
                Flow(self.bus, "heat", heat),
                Flow(self.electricity_bus, "electricity", -power),
            ]
            if source.source_node is not None:
                at = source.evaporation_c(inputs.nodes)
                flow = Flow(source.source_node, "source heat", power - heat, at)
                account.flows.append(flow)
            usable = inputs.series.get(f"usable_{name}")
            if usable is not None:
                excess = heat - usable * inputs.sizes["capacity"]
                account.residuals[f"lift limit {name}"] = np.maximum(excess, 0)
        return account

    def _heats(self, dispatch: Dispatch) -> dict[str, Floats]:
        """Heat with each source, kW (steps,)."""
        return {name: dispatch[f"heat_{name}_kw"] for name in self.sources}

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["capacity"]
        if size <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        heats = self._heats(dispatch)
        total = sum(float(heat.sum()) for heat in heats.values())
        power = sum(
            float((heat / inputs.series[f"used_cop_{name}"]).sum())
            for name, heat in heats.items()
        )
        return [
            Indicator("heat", total * yearly, "kWh/a"),
            Indicator("full-load hours", total * yearly / size, "h/a"),
            *([Indicator("mean COP", total / power, "1")] if power > 0 else []),
            *(
                Indicator(f"heat from {name}", float(heat.sum()) * yearly, "kWh/a")
                for name, heat in heats.items()
            ),
            *self.switching(inputs, dispatch),
        ]

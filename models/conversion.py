"""A machine whose flows all follow one: what boilers, engines and chillers share.

    flow_p(t) = per_output_p(t) output(t) + per_online_p(t) online(t)    of every port p
    used_p(t) <= that                                  where the rest may be dumped
    0 <= rating(t) output(t) <= size        (or on and off, with ``commitment:``)

A port is a node that the machine feeds (positive) or draws from (negative). A kind says
its ports once; the model and its recomputation in NumPy both come from there.

symbol       name        unit   meaning
output       output_kw   kW     the main flow
online       online_kw   kW     size of what runs; only with ``commitment:``
per_output   -           1      flow of a port per main flow
per_online   -           1      flow of a port per size that runs: input without load
rating       -           1      what the size counts per main flow

Hydrogen that goes back to power is a store of power. What the way there and back loses
is booked like the losses of a battery, in the machine that makes the power:

    lost(t) = k hydrogen(t) - power(t)

with k the most power that a kWh of hydrogen took of all electrolysers on site. Hydrogen
that is bought counts alike where there is one: the safe side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.carbon import Carbon
from verdigrid.models.component import (
    Account,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.ledger import Term
from verdigrid.models.machine import Machine
from verdigrid.models.measure import Measure
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter

#: A number for all steps, or one for each, shape (steps,).
Ratio = float | Floats


@dataclass(frozen=True)
class Loss:
    """What using a port takes from another node, kW per kW used."""

    node: str
    item: str
    per_used: float


@dataclass(frozen=True)
class Port:
    """A node that the machine feeds (positive ratios) or draws from (negative).

    ``temperature_c`` is what a withdrawal of heat needs at least. A port of which not
    all need arrive names a variable of its own, ``used``, and what that costs.
    """

    node: str
    item: str
    per_output: Ratio
    per_online: Ratio = 0.0
    temperature_c: float | None = None
    used: str | None = None
    loss: Loss | None = None


class Conversion(Machine):
    """Base of the machines; a subclass sets ``kind`` and says its ports."""

    #: Name of the variable of the main flow, and what it is.
    output: ClassVar[str] = "output_kw"
    output_doc: ClassVar[str] = "kW delivered"
    #: Name of the main flow among the key figures.
    output_figure: ClassVar[str] = "output"

    capacity: PowerCapacity = parameter(unit="kW", doc="output capacity")
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of the main flow", ge=0
    )

    # -- what a kind says ----------------------------------------------------

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        """All flows of the machine; ``series`` are its own, by field."""
        raise NotImplementedError

    def rating(self, series: Mapping[str, Floats]) -> Ratio:
        """What the size counts, per kW of the main flow."""
        return 1.0

    def emissions_of(
        self, port: Port, nodes: Mapping[str, Node]
    ) -> dict[Carbon, float]:
        """Carbon of what a port draws, beside its supplier's, kg CO2e per kWh."""
        return {}

    def input_port(
        self, node: str, item: str, per_output: Ratio, rating: Ratio = 1.0
    ) -> Port:
        """What it draws per output at full load; part load as ``commitment:`` says.

        What runs is counted in kW of the size, hence the ``rating``.
        """
        slope, idle = self.slope_and_idle()
        return Port(node, item, -slope * per_output, -idle * per_output / rating)

    # -- the physics, twice ---------------------------------------------------

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        output = context.flow(block, self.output, self.output_doc)
        rating = _ratio(block, context, "rating", self.rating(context.arrays))
        online = self.limit_output(block, context, lambda t: rating(t) * output[t])
        ports = self.ports(context.arrays, context.nodes)
        loops = _gives_power_back(ports, context.nodes)
        for number, port in enumerate(ports):
            flow = _flow_of(block, context, number, port, lambda t: output[t], online)
            if port.used is not None:
                flow = self._build_used(block, context, port.used, flow)
            context.inject(port.node, port.item, flow, port.temperature_c)
            for carbon, per_kwh in self.emissions_of(port, context.nodes).items():
                drawn = _scaled(flow, -per_kwh)
                context.emission(carbon.scope, carbon.source, drawn, carbon.books)
            if _makes_power(port, context.nodes):
                context.measured(Measure.OWN_POWER, flow)
            worth = _power_worth(port.node, context.nodes) if loops else 0.0
            if worth:
                context.measured(Measure.STORAGE_LOSS, _scaled(flow, -worth))
            if port.loss is not None:
                lost = _scaled(flow, -port.loss.per_used)
                context.inject(port.loss.node, port.loss.item, lost)
                if _costs_power(port.loss, context.nodes):
                    context.measured(Measure.OWN_POWER, lost)
                    if loops:
                        context.measured(Measure.STORAGE_LOSS, _scaled(lost, -1.0))
        if self.om_cost_per_kwh:
            context.cost(
                "om", "variable O&M", lambda t: self.om_cost_per_kwh * output[t]
            )

    def _build_used(
        self, block: pyo.Block, context: BuildContext, name: str, possible: Term
    ) -> Term:
        """What arrives of a flow that may be dumped, kW."""
        used = context.flow(block, name, "kW that arrive")
        context.rule(
            block,
            f"{name.removesuffix('_kw')}_limit",
            lambda b, t: used[t] <= possible(t),
            "kW",
        )
        return lambda t: used[t]

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        output: Floats = dispatch[self.output]
        rated = output * self.rating(inputs.series)
        account = Account(
            residuals=self.output_residuals(inputs, dispatch, rated),
            costs={
                ("om", "variable O&M"): self.om_cost_per_kwh * output,
                **self.start_costs(inputs, dispatch),
            },
        )
        ports = self.ports(inputs.series, inputs.nodes)
        for port in ports:
            kw = self.possible_kw(port, inputs, dispatch)
            if port.used is not None:
                used: Floats = dispatch[port.used]
                limit = f"{port.item} limit {port.node}"
                account.residuals[limit] = np.maximum(used - kw, 0)
                kw = used
            account.flows.append(Flow(port.node, port.item, kw, port.temperature_c))
            for carbon, per_kwh in self.emissions_of(port, inputs.nodes).items():
                earlier = account.emissions.get(carbon, 0.0)
                account.emissions[carbon] = earlier - per_kwh * kw
            power = kw if _makes_power(port, inputs.nodes) else 0.0 * kw
            if port.loss is not None:
                lost = -port.loss.per_used * kw
                account.flows.append(Flow(port.loss.node, port.loss.item, lost))
                power = power + lost * _costs_power(port.loss, inputs.nodes)
            if np.any(power):
                made = account.measures.get(Measure.OWN_POWER, 0.0)
                account.measures[Measure.OWN_POWER] = made + power
        if _gives_power_back(ports, inputs.nodes):
            account.measures[Measure.STORAGE_LOSS] = sum(
                (-_power_worth(f.node, inputs.nodes) * f.kw for f in account.flows),
                np.zeros_like(output),
            )
        return account

    def possible_kw(self, port: Port, inputs: Inputs, dispatch: Dispatch) -> Floats:
        """What the machine gives or takes at a port, before any is dumped (steps,)."""
        following: Floats = port.per_output * dispatch[self.output]
        return following + port.per_online * self.online(inputs, dispatch)

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size, output = inputs.sizes["capacity"], dispatch[self.output]
        if size <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        produced = float(output.sum()) * yearly
        rated = float((output * self.rating(inputs.series)).sum()) * yearly
        return [
            Indicator(self.output_figure, produced, "kWh/a"),
            Indicator("full-load hours", rated / size, "h/a"),
            *self.figures(inputs, dispatch),
            *self.switching(inputs, dispatch),
        ]

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        """Further key figures of a kind, of a size above zero."""
        return []


def _makes_power(port: Port, nodes: Mapping[str, Node]) -> bool:
    """Whether what it feeds at a port is power made on site."""
    feeds = bool(np.all(np.asarray(port.per_output) > 0))
    return feeds and nodes[port.node].carrier == "electricity"


def _gives_power_back(ports: list[Port], nodes: Mapping[str, Node]) -> bool:
    """Whether it makes power of hydrogen that power has made."""
    drawn = [port for port in ports if np.all(np.asarray(port.per_output) < 0)]
    return any(nodes[port.node].power_per_kwh > 0 for port in drawn) and any(
        _makes_power(port, nodes) for port in ports
    )


def _power_worth(name: str, nodes: Mapping[str, Node]) -> float:
    """Power that a kWh of a node is, or took; 0 of other carriers."""
    node = nodes[name]
    return 1.0 if node.carrier == "electricity" else node.power_per_kwh


def _costs_power(loss: Loss, nodes: Mapping[str, Node]) -> bool:
    return nodes[loss.node].carrier == "electricity"


def _ratio(block: pyo.Block, context: BuildContext, name: str, ratio: Ratio) -> Term:
    """A ratio as a term: the number, or a parameter over the steps."""
    if isinstance(ratio, np.ndarray):
        values = context.parameter(block, name, ratio)
        return lambda t: values[t]
    return lambda t: ratio


def _flow_of(
    block: pyo.Block,
    context: BuildContext,
    number: int,
    port: Port,
    output: Term,
    online: Term,
) -> Term:
    """Flow of a port, kW: its ratio to the output, and to what runs."""
    following = _ratio(block, context, f"port_{number}_per_output", port.per_output)
    if not np.any(port.per_online):
        return lambda t: following(t) * output(t)
    idle = _ratio(block, context, f"port_{number}_per_online", port.per_online)
    return lambda t: following(t) * output(t) + idle(t) * online(t)


def _scaled(term: Term, factor: float) -> Term:
    return lambda t: factor * term(t)

"""Link: a power line or a pipe between two buses of one carrier.

    forward(t) + backward(t)  <=  size              (what is sent, at the sending end)
    arrives at to_bus         =  eta forward(t),    eta = 1 - loss_per_km length
    arrives at from_bus       =  eta backward(t)
    standing loss             =  standing_loss_fraction_per_km length size
    electricity of the pumps  =  pump_electricity_per_kwh (forward(t) + backward(t))

symbol     name          unit   meaning
forward    forward_kw    kW     sent from ``from_bus`` to ``to_bus``
backward   backward_kw   kW     sent from ``to_bus`` to ``from_bus``, if both_ways
size       capacity      kW     most that can be sent
eta        -             1      share of what is sent that arrives

Sending both ways at once is impossible. The standing loss is drawn from ``from_bus``
in every step, whatever flows: a pipe that is built stays hot (or cold). It scales with
the capacity, so that what is not built loses nothing; in hours in which nothing feeds
the sending bus it can't be met, and then no such pipe can be built. The cost of the
capacity is that of the whole length. The losses of a real line grow with the square of
the flow; here they are a share of it, right at the load for which the share is given.

Heat and cooling: the buses have temperatures, and the receiving one must not be hotter
(of cooling: colder) than the sending one. Hydraulics are not modelled; what the pipe
loses in temperature stands in its losses.

Nothing forbids energy to go round a loop of several links: it costs nothing if none of
them has losses, and pays where the price is below zero.

Default loss of a power line: 3 R I^2 / P of a 10 kV cable at half load, with R and
rated current of pandapower's standard type NA2XS2Y 1x240 6/10 kV (read 2026).
"""

from collections.abc import Mapping
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
from verdigrid.models.errors import Problem
from verdigrid.models.measure import Measure
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter

#: Share lost per km of a 10 kV cable (3 x 240 mm2 aluminium) at half its 416 A:
#: 3 x (208 A)^2 x 0.122 ohm/km = 15.8 kW/km of 3600 kW.
LINE_LOSS_PER_KM = 0.0044

THERMAL = ("heat", "cooling")


class Link(Component):
    """A line or pipe between two places."""

    kind: Literal["link"] = "link"
    summary: ClassVar[str] = "power line or pipe between two buses of one carrier"
    default_lifetime_years: ClassVar[float] = 40.0
    lifetime_source: ClassVar[str] = (
        "usual range 30-50 years of buried cables and pre-insulated pipes "
        "(engineering practice, no single source; 2026)"
    )

    from_bus: str = parameter(unit="", doc="bus at the one end, which sends forward")
    to_bus: str = parameter(unit="", doc="bus of the same carrier at the other end")
    both_ways: bool = parameter(
        True, unit="", doc="whether it can also send from to_bus to from_bus"
    )
    length_km: float = parameter(unit="km", doc="length", gt=0, le=1000)
    capacity: PowerCapacity = parameter(
        unit="kW", doc="most it can send; its cost is that of the whole length"
    )
    loss_per_km: float | None = parameter(
        None,
        unit="1/km",
        doc="share of what is sent that is lost per km; if not given "
        f"{LINE_LOSS_PER_KM} between electricity buses, else 0",
        source="calculated for a 10 kV cable, 240 mm2 aluminium, at half load, with "
        "the resistance and rating of pandapower's standard types, read 2026",
        ge=0,
        lt=1,
    )
    standing_loss_fraction_per_km: float = parameter(
        0.0,
        unit="1/km",
        doc="constant loss per km as a share of the capacity, drawn from from_bus",
        ge=0,
        lt=1,
    )
    electricity_bus: str | None = parameter(
        None, unit="", doc="bus that drives the pumps, if they count"
    )
    pump_electricity_per_kwh: float = parameter(
        0.0, unit="kWh/kWh", doc="electricity of the pumps per kWh sent", ge=0, le=1
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.from_bus == self.to_bus:
            raise ValueError(f"from_bus and to_bus are both {self.from_bus!r}")
        if (self.electricity_bus is None) != (self.pump_electricity_per_kwh == 0):
            raise ValueError(
                "electricity_bus and pump_electricity_per_kwh belong together"
            )
        return self

    @property
    def exclusive(self) -> tuple[tuple[str, str], ...]:
        return (("forward_kw", "backward_kw"),)

    def connections(self) -> list[Connection]:
        """The sending end first: the link belongs to its firm."""
        found = [
            Connection(
                "from_bus", self.from_bus, (), "both" if self.both_ways else "draws"
            ),
            Connection(
                "to_bus", self.to_bus, (), "both" if self.both_ways else "feeds"
            ),
        ]
        if self.electricity_bus is not None:
            bus = self.electricity_bus
            found.append(Connection("electricity_bus", bus, ("electricity",), "draws"))
        return found

    # -- what can't be ------------------------------------------------------

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        for field, name in (("from_bus", self.from_bus), ("to_bus", self.to_bus)):
            if not (nodes[name].gives and nodes[name].takes):
                hint = "join a stream or a demand to a bus with a heat_exchanger"
                return [Problem(field, f"{name!r}, which is no bus", "a bus", hint)]
        start, end = nodes[self.from_bus], nodes[self.to_bus]
        if start.carrier != end.carrier:
            got = f"{end.carrier} from {self.from_bus}, which carries {start.carrier}"
            return [Problem("to_bus", got, "two buses of one carrier")]
        lost = self._loss_per_km(nodes) * self.length_km
        standing = self.standing_loss_fraction_per_km * self.length_km
        found = []
        if max(lost, standing) >= 1:
            got = f"{max(lost, standing):.3g} lost over {self.length_km:g} km"
            found.append(Problem("length_km", got, "a share below 1"))
        if start.carrier in THERMAL:
            found += self._temperature_problems(start, end)
        return found

    def _temperature_problems(self, start: Node, end: Node) -> list[Problem]:
        """Nothing arrives hotter (cooling: colder) than it was sent."""
        sent, reached = start.hot_c, end.hot_c
        if sent is None or reached is None:
            field, name = ("from_bus", self.from_bus)
            if sent is not None:
                field, name = ("to_bus", self.to_bus)
            expected = "a bus with a temperature"
            return [
                Problem(field, f"{name!r} without one", expected, "add temperature_c:")
            ]
        forward_fine, backward_fine = reached <= sent, sent <= reached
        if start.carrier == "cooling":
            forward_fine, backward_fine = backward_fine, forward_fine
        got = f"{self.to_bus} at {reached:g} C from {self.from_bus} at {sent:g} C"
        if not forward_fine:
            than = "colder" if start.carrier == "cooling" else "hotter"
            expected = f"a receiving bus that is not {than}"
            return [Problem("to_bus", got, expected, "send it the other way round")]
        if self.both_ways and not backward_fine:
            expected = "two buses of one temperature, to send both ways"
            return [Problem("both_ways", got, expected, "add both_ways: false")]
        return []

    # -- the physics, twice -------------------------------------------------

    def _loss_per_km(self, nodes: Mapping[str, Node]) -> float:
        if self.loss_per_km is not None:
            return self.loss_per_km
        return LINE_LOSS_PER_KM if self._is_line(nodes) else 0.0

    def _is_line(self, nodes: Mapping[str, Node]) -> bool:
        return nodes[self.from_bus].carrier == "electricity"

    def _arriving(self, nodes: Mapping[str, Node]) -> float:
        """Share of what is sent that arrives."""
        return 1 - self._loss_per_km(nodes) * self.length_km

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        size, arriving = context.size("capacity"), self._arriving(context.nodes)
        forward = context.flow(block, "forward_kw", "kW sent from from_bus")
        context.inject(self.from_bus, "sent", lambda t: -forward[t])
        context.inject(self.to_bus, "received", lambda t: arriving * forward[t])
        if self.both_ways:
            backward = context.flow(block, "backward_kw", "kW sent from to_bus")
            context.inject(self.to_bus, "sent", lambda t: -backward[t])
            context.inject(self.from_bus, "received", lambda t: arriving * backward[t])
            most = context.limit("capacity")
            context.exclude(block, ("forward_kw", most), ("backward_kw", most))

        def sent(t: Any) -> Any:
            return forward[t] + backward[t] if self.both_ways else forward[t]

        context.rule(block, "capacity_limit", lambda b, t: sent(t) <= size, "kW")
        standing = self.standing_loss_fraction_per_km * self.length_km
        if standing:
            context.inject(self.from_bus, "standing loss", lambda t: -standing * size)
        if self.electricity_bus is not None:
            pumps = self.pump_electricity_per_kwh
            context.inject(self.electricity_bus, "pumps", lambda t: -pumps * sent(t))
        if self._is_line(context.nodes):
            context.measured(
                Measure.STORAGE_LOSS,
                lambda t: (1 - arriving) * sent(t) + standing * size,
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        size, arriving = inputs.sizes["capacity"], self._arriving(inputs.nodes)
        forward: Floats = dispatch["forward_kw"]
        backward: Floats = dispatch.get("backward_kw", np.zeros_like(forward))
        standing = self.standing_loss_fraction_per_km * self.length_km * size
        account = Account(
            flows=[
                Flow(self.from_bus, "sent", -forward),
                Flow(self.to_bus, "received", arriving * forward),
                Flow(self.to_bus, "sent", -backward),
                Flow(self.from_bus, "received", arriving * backward),
                Flow(self.from_bus, "standing loss", np.full_like(forward, -standing)),
            ],
            residuals={
                "capacity limit": np.maximum(forward + backward - size, 0),
                "both ways at once": np.minimum(forward, backward),
            },
        )
        if self.electricity_bus is not None:
            pumps = self.pump_electricity_per_kwh * (forward + backward)
            account.flows.append(Flow(self.electricity_bus, "pumps", -pumps))
        if self._is_line(inputs.nodes):
            lost = (1 - arriving) * (forward + backward) + standing
            account.measures[Measure.STORAGE_LOSS] = lost
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["capacity"]
        if size <= 0:
            return []
        calendar = inputs.calendar
        yearly = calendar.step_hours * calendar.year_weight
        forward = float(dispatch["forward_kw"].sum()) * yearly
        backward = float(np.sum(dispatch.get("backward_kw", 0.0))) * yearly
        sent = forward + backward
        standing = self.standing_loss_fraction_per_km * self.length_km * size
        lost = sent * (1 - self._arriving(inputs.nodes))
        lost += standing * calendar.periods * yearly
        figures = [Indicator("sent", forward, "kWh/a")]
        if self.both_ways:
            figures.append(Indicator("sent back", backward, "kWh/a"))
        return [
            *figures,
            Indicator("lost", lost, "kWh/a"),
            Indicator("full-load hours", sent / size, "h/a"),
        ]

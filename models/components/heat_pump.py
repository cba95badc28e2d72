"""Heat pump: lifts heat from a source to a bus.

    heat(t) = COP(t) electricity(t),    source(t) = heat(t) - electricity(t)
    COP(t)  = min(max_cop, carnot_fraction T_sink / (T_sink - T_source(t)))   [kelvin]
    heat(t) = 0 where T_sink - T_source(t) > max_lift
    heat(t) <= size    (or COP(t) size, if the size is that of the electric input;
                        or on and off, with ``commitment:``)

The source is a bus or a waste-heat stream (then the heat is taken from there; a
single stage evaporates below all that it cools, so a stream counts with
``source_outlet_c``, and heat below that is left to others), the outdoor air, or
anything whose temperature is given.

symbol      name      unit   meaning
heat        heat_kw   kW     delivered to the bus
COP         cop       1      heat per electricity, given or computed
size        capacity  kW     largest heat output (or electric input)

Source of the Carnot fraction: C. Arpagaus et al., High temperature heat pumps,
Energy 152, 2018: 0.39-0.50 of Carnot at 30-70 K lift, highest COP 6.5.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import (
    Connection,
    Dispatch,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.profile import Profile
from verdigrid.models.refuse import refuse_steps
from verdigrid.models.temperatures import (
    KELVIN,
    cooled_to_c,
    outdoor_air_c,
    outlet_problems,
)

OUTDOOR_AIR = "air"
_ARPAGAUS = "Arpagaus et al., Energy 152, 2018"


def carnot_cop(sink_c: Floats, source_c: Floats, carnot_fraction: float) -> Floats:
    """COP as a fraction of Carnot's; infinite where there is no lift.

    >>> carnot_cop(np.array([80.0]), np.array([30.0]), 0.45).round(3)
    array([3.178])
    """
    lift = sink_c - source_c
    with np.errstate(divide="ignore"):
        cop = carnot_fraction * (sink_c + KELVIN) / lift
    return np.where(lift > 0, cop, np.inf)


class HeatSource(Strict):
    """Where a heat pump takes its heat, and with which COP, if that is given."""

    source: str | None = parameter(
        None,
        unit="",
        doc="air (from the weather), a heat bus, or a waste-heat stream; none if "
        "only a source temperature or a COP is given",
    )
    source_temperature_c: Profile | None = parameter(
        None, unit="degC", doc="source temperature, if no bus or stream is the source"
    )
    cop: Profile | None = parameter(
        None, unit="1", doc="COP of every step; replaces the computed one"
    )
    source_outlet_c: float | None = parameter(
        None,
        unit="degC",
        doc="how far it cools a stream, where it evaporates; its lowest outlet if not "
        "given",
    )

    @model_validator(mode="after")
    def _knows_its_cop(self) -> Self:
        known = (self.source, self.source_temperature_c, self.cop)
        if all(value is None for value in known):
            raise ValueError("give source:, source_temperature_c: or cop:")
        if self.source_node is not None and self.source_temperature_c is not None:
            raise ValueError(
                f"no source_temperature_c: {self.source} has a temperature of its own"
            )
        if self.source_outlet_c is not None and self.source_node is None:
            raise ValueError("source_outlet_c is for a bus or stream as source:")
        return self

    @property
    def source_node(self) -> str | None:
        """The bus or stream that the heat is taken from, if it is one."""
        return None if self.source == OUTDOOR_AIR else self.source

    def evaporation_c(self, nodes: Mapping[str, Node]) -> float | None:
        """Temperature down to which it cools a bus or stream, C; None of others."""
        if self.source_node is None:
            return None
        return cooled_to_c(nodes, self.source_node, self.source_outlet_c)

    def hottest_c(self, around: Surroundings, series: Mapping[str, Floats]) -> Floats:
        """Hottest that the source can be, C (steps,); not a number if not known."""
        unknown = np.full(around.calendar.periods, np.nan)
        if self.source_temperature_c is not None:
            return series["source_temperature_c"]
        if self.source_node is not None:
            hot = around.nodes[self.source_node].hot_c
            return unknown if hot is None else np.full(unknown.shape, hot)
        if self.source == OUTDOOR_AIR and around.weather is not None:
            return around.weather["temp_air_c"].to_numpy(dtype=float)
        return unknown

    def temperature_c(
        self, around: Surroundings, series: Mapping[str, Floats], at: str = ""
    ) -> Floats:
        """Temperature at which the source gives its heat, C (steps,)."""
        if self.source_temperature_c is not None:
            return series["source_temperature_c"]
        if self.source == OUTDOOR_AIR:
            return outdoor_air_c(around, f"{at}source", "air", "add weather:")
        evaporation = self.evaporation_c(around.nodes)
        unknown = np.nan if evaporation is None else evaporation
        return np.full(around.calendar.periods, unknown)

    def source_problems(self, nodes: Mapping[str, Node], at: str = "") -> list[Problem]:
        """What is wrong with how far it cools its source."""
        if self.source_node is None:
            return []
        field = f"{at}source_outlet_c"
        return outlet_problems(nodes, self.source_node, self.source_outlet_c, field)


class Lift(Strict):
    """What a heat pump makes of a source: its COP, and how far it lifts."""

    carnot_fraction: float = parameter(
        0.45,
        unit="1",
        doc="share of the ideal COP that is reached",
        source=f"{_ARPAGAUS}: 0.39-0.50",
        gt=0,
        le=0.8,
    )
    max_cop: float = parameter(
        6.5,
        unit="1",
        doc="the computed COP never exceeds this",
        source=f"{_ARPAGAUS}: highest surveyed, 30 K lift",
        gt=1,
        le=12,
    )
    max_lift_k: float = parameter(
        130.0,
        unit="K",
        doc="it stands still in steps with a greater lift; not used with cop:",
        source="Danish Energy Agency technology data, booster steam heat pump, 2020",
        gt=0,
        le=200,
    )
    max_sink_c: float = parameter(
        160.0,
        unit="degC",
        doc="hottest bus that it may feed",
        source=f"{_ARPAGAUS}: highest surveyed",
        le=250,
    )

    def sink_c(self, nodes: Mapping[str, Node], bus: str) -> float:
        """Temperature of the bus it feeds, C; refuses one that is too hot."""
        sink = nodes[bus].hot_c
        if sink is not None and sink > self.max_sink_c:
            most = f"at most {self.max_sink_c:g} C (max_sink_c)"
            raise InputError([Problem("bus", f"{bus} at {sink:g} C", most)])
        return np.nan if sink is None else sink

    def cop_from(
        self,
        source: HeatSource,
        sink_c: float,
        around: Surroundings,
        series: Mapping[str, Floats],
        at: str = "",
    ) -> tuple[Floats, Bools]:
        """COP of every step, and True where the lift is too great for it, (steps,).

        ``series`` are those of the source, ``at`` its place in the component. Refuses
        what no heat pump can do, naming the step.
        """
        hint = "use a heat_exchanger where the source is hotter than the sink"
        if source.cop is not None:
            field, cop = f"{at}cop", series["cop"]
            too_cold = np.zeros(cop.shape, dtype=bool)
            sinks = np.full(around.calendar.periods, sink_c)
            ideal = carnot_cop(sinks, source.hottest_c(around, series), 1.0)
            refuse_steps(field, cop >= ideal, cop, around, "a COP below Carnot's")
        else:
            field, sinks = f"{at}source", np.full(around.calendar.periods, sink_c)
            given = source.temperature_c(around, series, at)
            below = "a source below the sink"
            refuse_steps(field, sinks <= given, given, around, below, hint)
            too_cold = sinks - given > self.max_lift_k
            lift = f"a lift of at most {self.max_lift_k:g} K in some step (max_lift_k)"
            refuse_steps(field, too_cold & too_cold.all(), given, around, lift, hint)
            ideal = carnot_cop(sinks, given, self.carnot_fraction)
            cop = np.where(too_cold, 1.0, np.minimum(ideal, self.max_cop))
        impossible = (cop < 1) | (cop > 12)
        refuse_steps(field, impossible, cop, around, "a COP from 1 to 12", hint)
        return cop, too_cold


class HeatPump(HeatSource, Lift, Conversion):
    """An electric heat pump."""

    kind: Literal["heat_pump"] = "heat_pump"
    summary: ClassVar[str] = "heat from air, a bus or waste heat, lifted to a bus"
    output: ClassVar[str] = "heat_kw"
    output_figure: ClassVar[str] = "heat"
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = (
        "Danish Energy Agency technology data, industrial heat pump, 2020"
    )

    electricity_bus: str = parameter(unit="", doc="bus that drives it")
    bus: str = parameter(unit="", doc="heat bus that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="size, see rated_on")
    rated_on: Literal["heat", "electricity"] = parameter(
        "heat", unit="", doc="what the size counts: heat output or electric input"
    )

    def connections(self) -> list[Connection]:
        found = [
            Connection(
                "electricity_bus", self.electricity_bus, ("electricity",), "draws"
            ),
            Connection("bus", self.bus, ("heat",), "feeds"),
        ]
        if self.source_node is not None:
            found.append(Connection("source", self.source_node, ("heat",), "draws"))
        return found

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """COP of every step; refuses what no heat pump can do, naming the step."""
        computed = super().prepare(around, series)
        sink = self.sink_c(around.nodes, self.bus)
        cop, too_cold = self.cop_from(self, sink, around, series)
        plan = self.commitment
        if plan is not None and plan.part_load_efficiency < 1:
            least = np.where(too_cold, np.inf, plan.part_load_efficiency * cop)
            more = "a COP of 1 at least, at part load too (part_load_efficiency)"
            refuse_steps("commitment", least < 1, least, around, more)
        if too_cold.any():
            share = computed.get("available", np.ones(too_cold.shape))
            computed["available"] = np.where(too_cold, 0.0, share)
        return {**computed, "used_cop": cop}

    def heat_needs(self, nodes: Mapping[str, Node]) -> list[tuple[str, float]]:
        needed = self.evaporation_c(nodes)
        if self.source_node is None or needed is None:
            return []
        return [(self.source_node, needed)]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        return self.source_problems(nodes)

    def rating(self, series: Mapping[str, Floats]) -> Floats | float:
        return 1.0 if self.rated_on == "heat" else 1 / series["used_cop"]

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        inverse = 1 / series["used_cop"]
        power = self.input_port(
            self.electricity_bus, "electricity", inverse, self.rating(series)
        )
        found = [power, Port(self.bus, "heat", 1.0)]
        if self.source_node is not None:
            found.append(
                Port(
                    self.source_node,
                    "source heat",
                    -1 - power.per_output,
                    -power.per_online,
                    self.evaporation_c(nodes),
                )
            )
        return found

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        power = self.ports(inputs.series, inputs.nodes)[0]
        used = -float(self.possible_kw(power, inputs, dispatch).sum())
        heat = float(dispatch["heat_kw"].sum())
        return [Indicator("mean COP", heat / used, "1")] if used > 0 else []

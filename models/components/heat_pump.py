"""Heat pump: lifts heat from a source to a bus.

    heat(t) = COP(t) electricity(t),    source(t) = heat(t) - electricity(t)
    COP(t)  = min(max_cop, carnot_fraction T_sink / (T_sink - T_source(t)))   [kelvin]
    heat(t) <= size    (or COP(t) size, if the size is that of the electric input;
                        or on and off, with ``commitment:``)

The source is a bus or a waste-heat stream (then the heat is taken from there; a
stream counts with its lowest outlet temperature, where a single stage must
evaporate), the outdoor air, or anything whose temperature is given.

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
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.commitment import Machine
from verdigrid.models.component import (
    Account,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile

KELVIN = 273.15
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


class HeatPump(Machine):
    """An electric heat pump."""

    kind: Literal["heat_pump"] = "heat_pump"
    summary: ClassVar[str] = "heat from air, a bus or waste heat, lifted to a bus"
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

    @model_validator(mode="after")
    def _knows_its_cop(self) -> Self:
        known = (self.source, self.source_temperature_c, self.cop)
        if all(value is None for value in known):
            raise ValueError("give source:, source_temperature_c: or cop:")
        if self.source_node is not None and self.source_temperature_c is not None:
            raise ValueError(
                f"no source_temperature_c: {self.source} has a temperature of its own"
            )
        return self

    @property
    def source_node(self) -> str | None:
        """The bus or stream that the heat is taken from, if it is one."""
        return None if self.source == OUTDOOR_AIR else self.source

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
        super().prepare(around, series)
        if self.cop is not None:
            cop = series["cop"]
        else:
            sink = around.nodes[self.bus].hot_c
            source = self._source_temperature(around, series)
            sinks = np.full(around.calendar.periods, np.nan if sink is None else sink)
            self._refuse(sinks <= source, source, around, "a source below the sink")
            ideal = carnot_cop(sinks, source, self.carnot_fraction)
            cop = np.minimum(ideal, self.max_cop)
        self._refuse((cop < 1) | (cop > 12), cop, around, "a COP from 1 to 12")
        return {"used_cop": cop}

    def _source_temperature(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> Floats:
        """Temperature at which the source gives its heat, C (steps,)."""
        if self.source_temperature_c is not None:
            return series["source_temperature_c"]
        if self.source == OUTDOOR_AIR:
            if around.weather is None:
                problem = Problem(
                    "source", "air", "a scenario with weather:", "add weather:"
                )
                raise InputError([problem])
            return around.weather["temp_air_c"].to_numpy(dtype=float)
        assert self.source is not None
        coldest = around.nodes[self.source].cold_c
        return np.full(around.calendar.periods, np.nan if coldest is None else coldest)

    def _refuse(
        self, wrong: np.ndarray, values: Floats, around: Surroundings, expected: str
    ) -> None:
        steps = np.flatnonzero(wrong)
        if steps.size:
            first = int(steps[0])
            problem = Problem(
                "cop" if self.cop is not None else "source",
                f"{values[first]:.4g} at {around.calendar.civil[first]:%Y-%m-%d %H:%M}"
                f" ({steps.size} steps)",
                expected,
                "use a heat_exchanger where the source is hotter than the sink",
            )
            raise InputError([problem])

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        heat = context.flow(block, "heat_kw", "kW delivered")
        inverse = context.parameter(
            block, "electricity_per_heat", 1 / context.array("used_cop")
        )
        if self.rated_on == "heat":
            self.limit_output(block, context, lambda t: heat[t])
        else:
            self.limit_output(block, context, lambda t: inverse[t] * heat[t])
        context.inject(
            self.electricity_bus, "electricity", lambda t: -inverse[t] * heat[t]
        )
        context.inject(self.bus, "heat", lambda t: heat[t])
        if self.source_node is not None:
            context.inject(
                self.source_node,
                "source heat",
                lambda t: -(1 - inverse[t]) * heat[t],
                context.nodes[self.source_node].cold_c,
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        heat: Floats = dispatch["heat_kw"]
        electricity = heat / inputs.series["used_cop"]
        rated = heat if self.rated_on == "heat" else electricity
        account = Account(
            flows=[
                Flow(self.electricity_bus, "electricity", -electricity),
                Flow(self.bus, "heat", heat),
            ],
            residuals=self.output_residuals(inputs, dispatch, rated),
            costs=self.start_costs(inputs, dispatch),
        )
        if self.source_node is not None:
            cold = inputs.nodes[self.source_node].cold_c
            drawn = Flow(self.source_node, "source heat", electricity - heat, cold)
            account.flows.append(drawn)
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        heat: Floats = dispatch["heat_kw"]
        electricity = heat / inputs.series["used_cop"]
        size, total = inputs.sizes["capacity"], float(heat.sum())
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        if size <= 0 or total <= 0:
            return []
        rated = heat if self.rated_on == "heat" else electricity
        return [
            Indicator("heat", total * yearly, "kWh/a"),
            Indicator("full-load hours", float(rated.sum()) * yearly / size, "h/a"),
            Indicator("mean COP", total / float(electricity.sum()), "1"),
            *self.switching(inputs, dispatch),
        ]

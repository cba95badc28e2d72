"""A source whose output follows a series: what sun, wind and water share.

    0 <= output(t) <= yield(t) size         (the difference is curtailed)
    output(t) = yield(t) size               if it can't be curtailed

symbol   name                         unit    meaning
output   generation_kw (heat: heat_kw)  kW    delivered to the bus
yield    yield                        kW/kW   most that 1 kW could deliver
size     capacity                     kW      rated output
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
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
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.measure import Measure
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile


class Yielding(Component):
    """Base of the sources; a subclass computes its yield from the weather."""

    carriers: ClassVar[tuple[str, ...]] = ("electricity",)
    #: Name of the output, as a flow and (with _kw) as a variable.
    output: ClassVar[str] = "generation"
    #: What a year's yield is told in, and how much of that is 1 kWh/kW.
    yield_unit: ClassVar[tuple[str, float]] = ("kWh/kW/a", 1.0)

    bus: str = parameter(unit="", doc="bus that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="rated output")
    yield_kw_per_kw: Profile | None = parameter(
        None, unit="kW/kW", doc="yield of 1 kW after all losses; replaces the weather"
    )
    curtailable: bool = parameter(
        True, unit="", doc="whether it may give less; if not, the bus must take all"
    )

    def measures(self, nodes: Mapping[str, Node]) -> list[Measure]:
        """What its output counts as."""
        return [Measure.GREEN_POWER, Measure.OWN_POWER]

    def outlet_c(self, nodes: Mapping[str, Node]) -> float | None:
        """Temperature that heat reaches."""
        return None

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, self.carriers, "feeds")]

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """The yield of 1 kW in every step, kW/kW: given, or from the weather."""
        if self.yield_kw_per_kw is not None:
            return {"yield": series["yield_kw_per_kw"]}
        if around.weather is None:
            problem = Problem(
                "yield_kw_per_kw",
                "neither weather nor a yield series",
                "one of the two",
                "add weather: {file: ...} and site: to the scenario",
            )
            raise InputError([problem])
        return {"yield": self.yield_from_weather(around, around.weather)}

    def yield_from_weather(self, around: Surroundings, weather: pd.DataFrame) -> Floats:
        """Yield of 1 kW, kW/kW (steps,)."""
        raise NotImplementedError

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        output = context.flow(block, f"{self.output}_kw", "kW delivered")
        most, size = context.series(block, "yield"), context.size("capacity")
        if self.curtailable:
            context.rule(
                block, "yield_limit", lambda b, t: output[t] <= most[t] * size, "kW"
            )
        else:
            context.rule(
                block, "must_run", lambda b, t: output[t] == most[t] * size, "kW"
            )
        outlet = self.outlet_c(context.nodes)
        context.inject(self.bus, self.output, lambda t: output[t], outlet)
        measures = self.measures(context.nodes)
        for measure in measures:
            context.measured(measure, lambda t: output[t])
        if Measure.GREEN_POWER in measures:
            context.measured(Measure.GREEN_POSSIBLE, lambda t: most[t] * size)

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        output: Floats = dispatch[f"{self.output}_kw"]
        possible = inputs.series["yield"] * inputs.sizes["capacity"]
        over = output - possible
        measures = dict.fromkeys(self.measures(inputs.nodes), output)
        if Measure.GREEN_POWER in measures:
            measures[Measure.GREEN_POSSIBLE] = possible
        return Account(
            flows=[Flow(self.bus, self.output, output, self.outlet_c(inputs.nodes))],
            residuals={"yield limit": np.maximum(over, 0)}
            if self.curtailable
            else {"must run": over},
            measures=measures,
        )

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size, (unit, per_kw) = inputs.sizes["capacity"], self.yield_unit
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        possible = float(inputs.series["yield"].sum()) * yearly
        figures = [Indicator("possible yield", possible * per_kw, unit)]
        if size <= 0:
            return figures
        delivered = float(dispatch[f"{self.output}_kw"].sum()) * yearly
        curtailed = 1 - delivered / (possible * size) if possible else 0.0
        return [
            *figures,
            *self.figures(size),
            Indicator(self.output, delivered, "kWh/a"),
            Indicator("full-load hours", delivered / size, "h/a"),
            Indicator("curtailed", curtailed, "share"),
        ]

    def figures(self, size: float) -> list[Indicator]:
        """Further key figures of a kind, of a size above zero."""
        return []

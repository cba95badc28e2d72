"""Compression chiller: electricity takes heat out of a cooling bus.

    electricity(t) = cooling(t) / COP(t)
    used(t)       <= cooling(t) + electricity(t)       (the rest goes to the outdoors)
    0 <= cooling(t) <= size                     (or on and off, with ``commitment:``)
    COP(t)  = min(max_cop, carnot_fraction T_bus / lift(t))                 [kelvin]
    lift(t) = max(min_lift_k, T_condensing(t) - T_bus)
    T_condensing(t) = condensing_temperature_c, or outdoor air + condenser_approach_k

Cooling counts as what is delivered: the chiller feeds a cooling bus, loads draw from
it. The ideal COP is that from the supply temperature of the bus. Heat of the condenser
may be used on a ``heat_bus``, at the price of always condensing as hot as given.

symbol        name                unit   meaning
cooling       cooling_kw          kW     delivered to the cooling bus
electricity   -                   kW     drawn
used          heat_kw             kW     of the condenser, delivered to ``heat_bus``
COP           cop                 1      cooling per electricity, given or computed
size          capacity            kW     largest cooling output

Source of the COP: 4.5 with 7 C and condensing at 35 C, as a usual 4 to 6 (engineering
practice, 2026) and 4.55 (NREL REopt.jl, existing chiller, read 2026).
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import (
    Connection,
    Dispatch,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.condenser import Condensing
from verdigrid.models.conversion import Port
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.refuse import refuse_steps
from verdigrid.models.temperatures import KELVIN

HIGHEST_COP = 12.0


class Chiller(Condensing):
    """An electric compression chiller."""

    kind: Literal["chiller"] = "chiller"
    summary: ClassVar[str] = "electricity to cooling, with heat recovery if wanted"
    output: ClassVar[str] = "cooling_kw"
    output_figure: ClassVar[str] = "cooling"
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026; usual range 15-25"

    electricity_bus: str = parameter(unit="", doc="bus that drives it")
    bus: str = parameter(unit="", doc="cooling bus that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="cooling output")
    cop: Profile | None = parameter(
        None, unit="1", doc="COP of every step; replaces the computed one"
    )
    condenser_approach_k: float = parameter(
        10.0,
        unit="K",
        doc="how much hotter than the outdoor air it condenses",
        source="engineering estimate, 2026: air-cooled, usual range 8-15 K",
        ge=0,
        le=60,
    )
    min_lift_k: float = parameter(
        15.0,
        unit="K",
        doc="smallest lift that it works with, however cold it is outdoors",
        source="engineering estimate, 2026: expansion valves and oil need a pressure",
        gt=0,
        le=60,
    )
    carnot_fraction: float = parameter(
        0.45,
        unit="1",
        doc="share of the ideal COP that is reached",
        source="makes COP 4.5 from 7 to 35 C; REopt.jl has 4.55, read 2026",
        gt=0,
        le=0.8,
    )
    max_cop: float = parameter(
        8.0,
        unit="1",
        doc="the computed COP never exceeds this",
        source="engineering estimate, 2026: the best machines at small lift",
        gt=0,
        le=HIGHEST_COP,
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of cooling", ge=0
    )

    def connections(self) -> list[Connection]:
        bus = self.electricity_bus
        return [
            Connection("electricity_bus", bus, ("electricity",), "draws"),
            Connection("bus", self.bus, ("cooling",), "feeds"),
            *super().connections(),
        ]

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """COP of every step; refuses what breaks the second law."""
        computed = super().prepare(around, series)
        ideal = self._ideal_cop(around, series)
        if self.cop is None:
            share = self.carnot_fraction * ideal
            return {**computed, "used_cop": np.minimum(share, self.max_cop)}
        given = series["cop"]
        wrong = (given <= 0) | (given > HIGHEST_COP)
        possible = f"a COP above 0 and at most {HIGHEST_COP:g}"
        refuse_steps("cop", wrong, given, around, possible)
        refuse_steps("cop", given >= ideal, given, around, "a COP below Carnot's")
        return {**computed, "used_cop": given}

    def _ideal_cop(self, around: Surroundings, series: Mapping[str, Floats]) -> Floats:
        """Carnot's COP (steps,); infinite where a given COP needs no temperatures."""
        approach_k = self.condenser_approach_k
        condensing = self.condensing_c(around, series, approach_k, "cop")
        if condensing is None:
            return np.full(around.calendar.periods, np.inf)
        supply = around.nodes[self.bus].cold_c
        if supply is None:
            hint = "add temperature_c: to it, or cop:"
            got = f"{self.bus} without a temperature"
            raise InputError([Problem("bus", got, "a cooling bus with one", hint)])
        lift = np.maximum(condensing - supply, self.min_lift_k)
        return (supply + KELVIN) / lift

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        power = self.input_port(
            self.electricity_bus, "electricity", 1 / series["used_cop"]
        )
        cooling = Port(self.bus, "cooling", 1.0)
        return [power, cooling, *self.condenser_ports(power, 1.0)]

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        power = self.ports(inputs.series, inputs.nodes)[0]
        used = -float(self.possible_kw(power, inputs, dispatch).sum())
        if used <= 0:
            return []
        made = float(dispatch["cooling_kw"].sum())
        found = [Indicator("mean COP", made / used, "1")]
        if self.heat_bus is not None:
            yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
            recovered = float(dispatch["heat_kw"].sum()) * yearly
            found.append(Indicator("heat recovered", recovered, "kWh/a"))
        return found

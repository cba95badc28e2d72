"""Organic Rankine cycle: electricity from heat that is too cold for steam.

    electricity(t) = efficiency(t) heat(t)
    used(t)       <= heat(t) - electricity(t)      (the rest goes to the outdoors)
    0 <= electricity(t) <= size                    (or on and off, with ``commitment:``)
    efficiency(t)  = min(max_efficiency, carnot_fraction (1 - T_cold(t) / T_hot))  [K]
    T_cold(t)      = condensing_temperature_c, or outdoor air + approach_k

The heat comes from a bus or a waste-heat stream. T_hot is the coldest of the heat that
it takes: the bus, or the outlet to which it cools the stream. A stream is hotter on the
way there, so that the computed efficiency is on the safe side.

symbol        name             unit   meaning
electricity   electricity_kw   kW     delivered, net of its pumps
heat          -                kW     taken from the source
used          heat_kw          kW     of the condenser, delivered to ``heat_bus``
size          capacity         kW     largest electric output

Sources of the efficiency: 12 % with heat of 150 C (PyPSA/technology-data, read 2026);
9.5 % of a unit of 243 kW (Energies 7(6), 3684, 2014); 0.4 to 0.5 of Carnot
(engineering practice, 2026).
"""

from collections.abc import Mapping
from dataclasses import replace
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
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.refuse import refuse_steps
from verdigrid.models.temperatures import (
    KELVIN,
    cooled_to_c,
    log_mean_c,
    outlet_problems,
)

_TD = "PyPSA/technology-data, organic Rankine cycle, read 2026"


def carnot_efficiency(hot_c: Floats | float, cold_c: Floats) -> Floats:
    """Largest share of heat that can become work; 0 or less if there is no drop.

    >>> carnot_efficiency(150.0, np.array([40.0])).round(3)
    array([0.26])
    """
    return 1 - (cold_c + KELVIN) / (hot_c + KELVIN)


class Orc(Condensing):
    """An organic Rankine cycle."""

    kind: Literal["orc"] = "orc"
    summary: ClassVar[str] = "heat of a bus or stream to electricity"
    output: ClassVar[str] = "electricity_kw"
    output_figure: ClassVar[str] = "electricity"
    default_lifetime_years: ClassVar[float] = 30.0
    lifetime_source: ClassVar[str] = _TD

    source: str = parameter(unit="", doc="heat bus or waste-heat stream")
    source_outlet_c: float | None = parameter(
        None,
        unit="degC",
        doc="how far it cools a stream; its lowest outlet if not given",
    )
    electricity_bus: str = parameter(unit="", doc="bus that it feeds with power")
    capacity: PowerCapacity = parameter(unit="kW", doc="net electric output")
    efficiency: Profile | None = parameter(
        None, unit="1", doc="electricity per heat; replaces the computed one"
    )
    approach_k: float = parameter(
        15.0,
        unit="K",
        doc="how much hotter than the outdoor air it condenses",
        source="engineering estimate, 2026: air-cooled, usual range 10-20 K",
        ge=0,
        le=60,
    )
    carnot_fraction: float = parameter(
        0.45,
        unit="1",
        doc="share of the ideal efficiency that is reached",
        source="engineering practice, usual range 0.4-0.5, 2026; 12 % at 150 C",
        gt=0,
        le=0.8,
    )
    max_efficiency: float = parameter(
        0.25,
        unit="1",
        doc="the computed efficiency never exceeds this",
        source="engineering estimate, 2026: large units with heat above 300 C",
        gt=0,
        lt=1,
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of electricity", ge=0
    )

    def connections(self) -> list[Connection]:
        bus = self.electricity_bus
        return [
            Connection("source", self.source, ("heat",), "draws"),
            Connection("electricity_bus", bus, ("electricity",), "feeds"),
            *super().connections(),
        ]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        outlet = self.source_outlet_c
        return outlet_problems(nodes, self.source, outlet, "source_outlet_c")

    def _cooled_to_c(self, nodes: Mapping[str, Node]) -> float | None:
        return cooled_to_c(nodes, self.source, self.source_outlet_c)

    def heat_needs(self, nodes: Mapping[str, Node]) -> list[tuple[str, float]]:
        needed = self._cooled_to_c(nodes)
        return [] if needed is None else [(self.source, needed)]

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Efficiency of every step; refuses what breaks the second law."""
        computed = super().prepare(around, series)
        cold = self.condensing_c(around, series, self.approach_k, "efficiency")
        if self.efficiency is not None:
            used = series["efficiency"]
            self._refuse_above_carnot(used, cold, around)
        else:
            assert cold is not None
            taken = self._cooled_to_c(around.nodes) or 0.0
            most = f"below {taken:g} C, which is the coldest heat that it takes"
            hint = "raise source_outlet_c, or take hotter heat"
            refuse_steps("source", cold >= taken, cold, around, most, hint)
            ideal = carnot_efficiency(taken, cold)
            used = np.minimum(self.carnot_fraction * ideal, self.max_efficiency)
        return {**computed, "used_efficiency": used}

    def _refuse_above_carnot(
        self, given: Floats, cold_c: Floats | None, around: Surroundings
    ) -> None:
        """Heat at falling temperature has Carnot's share at its mean temperature.

        The mean of a stream is the logarithmic one. Where nothing is known of the cold
        side, it is not below 0 C.
        """
        most = np.ones(given.shape)
        hot, cooled = around.nodes[self.source].hot_c, self._cooled_to_c(around.nodes)
        if hot is not None and cooled is not None:
            cold = np.zeros(given.shape) if cold_c is None else cold_c
            most = carnot_efficiency(log_mean_c(hot, cooled), cold)
        wrong = (given <= 0) | (given >= most)
        limit = "above 0 and below Carnot's (1 - T_cold / mean T_hot)"
        refuse_steps("efficiency", wrong, given, around, limit)

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        heat = self.input_port(self.source, "heat", 1 / series["used_efficiency"])
        return [
            replace(heat, temperature_c=self._cooled_to_c(nodes)),
            Port(self.electricity_bus, "electricity", 1.0),
            *self.condenser_ports(heat, -1.0),
        ]

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        heat = self.ports(inputs.series, inputs.nodes)[0]
        taken = -float(self.possible_kw(heat, inputs, dispatch).sum())
        if taken <= 0:
            return []
        made = float(dispatch["electricity_kw"].sum())
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        return [
            Indicator("heat taken", taken * yearly, "kWh/a"),
            Indicator("mean efficiency", made / taken, "share"),
        ]

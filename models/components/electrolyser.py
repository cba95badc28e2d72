"""Electrolyser: electricity to hydrogen, and the warmth of its stacks to a heat bus.

    hydrogen(t)  = eta_mean electricity(t)
    heat(t)     <= heat_efficiency electricity(t)        (the rest goes to the cooler)
    electricity(t) <= size    (or on and off, with ``commitment:``, for a smallest load)

Stacks wear: in year k the efficiency is eta (1 - d (k - 1)). A plan has one efficiency
for all years, their mean over the n years until the stacks are new again:

    eta_mean = eta (1 - d (n - 1) / 2)

symbol        name                  unit   meaning
hydrogen      hydrogen_kw           kW     delivered, on the lower heating value
heat          heat_kw               kW     delivered to the heat bus, if there is one
size          capacity              kW     largest electric input
eta           efficiency            1      hydrogen per electricity, of new stacks
d             degradation_per_year  1/a    share of eta that is lost in a year
n             degradation_years     a      life of the stacks

New stacks within the life of the plant are part of the yearly O&M of the capacity. The
heat does not grow as the stacks wear (a cautious plan). Alkaline stacks run down to
some 20 to 30 % of their size: say so with ``commitment: {min_load: 0.2}``.

First law: liquid water is split, which takes the higher heating value of the hydrogen,
so efficiency x 1.182 + heat_efficiency <= 1. Cells that are fed with steam take part of
it from there, which is not modelled. The heat bus is no hotter than the stacks.

Heating values: enthalpies of formation of water, 285.83 (liquid) and 241.83 kJ/mol
(vapour), and 2.016 g/mol of hydrogen: NIST Chemistry WebBook, 2018.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Connection, Dispatch, Indicator, Inputs
from verdigrid.models.conversion import Conversion, Port
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter

#: Lower heating value of hydrogen, kWh/kg: 241.83 kJ/mol of 2.016 g/mol.
HYDROGEN_KWH_PER_KG = 33.33
#: Higher over lower heating value of hydrogen.
HIGHER_PER_LOWER = 285.83 / 241.83

_DEA = "Danish Energy Agency technology data, alkaline electrolyser 10 MW, 2020"


class Electrolyser(Conversion):
    """A water electrolyser."""

    kind: Literal["electrolyser"] = "electrolyser"
    summary: ClassVar[str] = "electricity to hydrogen, with the heat of its stacks"
    output: ClassVar[str] = "hydrogen_kw"
    output_doc: ClassVar[str] = "kW of hydrogen delivered, lower heating value"
    output_figure: ClassVar[str] = "hydrogen"
    default_lifetime_years: ClassVar[float] = 25.0
    lifetime_source: ClassVar[str] = _DEA

    electricity_bus: str = parameter(unit="", doc="bus that it draws from")
    bus: str = parameter(unit="", doc="hydrogen bus that it feeds")
    heat_bus: str | None = parameter(
        None, unit="", doc="bus that takes heat of the stacks; none if not given"
    )
    capacity: PowerCapacity = parameter(unit="kW", doc="electric input")
    efficiency: float = parameter(
        0.60,
        unit="1",
        doc="hydrogen (lower heating value) per electricity, of new stacks",
        source=f"{_DEA}: 58.7-62.2 %",
        gt=0,
        lt=1,
    )
    heat_efficiency: float = parameter(
        0.24,
        unit="1",
        doc="heat per electricity that a heat bus may take",
        source=f"{_DEA}: 22-26 %",
        ge=0,
        lt=1,
    )
    heat_temperature_c: float = parameter(
        80.0,
        unit="degC",
        doc="temperature of the stacks: the heat bus is no hotter",
        source="IRENA, Green hydrogen cost reduction, 2020: alkaline 70-90 C",
        gt=0,
        le=1000,
    )
    degradation_per_year: float = parameter(
        0.0,
        unit="1/a",
        doc="share of the first efficiency lost in a year; 0 counts none",
        ge=0,
        le=0.2,
    )
    degradation_years: float | None = parameter(
        None,
        unit="a",
        doc="years until the stacks are new again; the life of the capacity if not "
        "given",
        ge=1,
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of hydrogen", ge=0
    )

    @model_validator(mode="after")
    def _first_law(self) -> Self:
        heat = self.heat_efficiency if self.heat_bus is not None else 0.0
        total = self.efficiency * HIGHER_PER_LOWER + heat
        if total > 1:
            raise ValueError(
                f"efficiency (x {HIGHER_PER_LOWER:.3f} for the higher heating value) "
                f"and heat_efficiency together at most 1; they make {total:.3g}"
            )
        if self._share_left(self._stack_years) <= 0:
            raise ValueError(
                f"nothing is left of the efficiency after {self._stack_years:g} years "
                "of degradation_per_year: give the life of the stacks as "
                "degradation_years"
            )
        return self

    @property
    def _stack_years(self) -> float:
        if self.degradation_years is not None:
            return self.degradation_years
        return max(1.0, self.lifetime_years(self.capacity))

    def _share_left(self, year: float) -> float:
        """Efficiency of a year (1 is the first), as a share of the first."""
        return 1 - self.degradation_per_year * (year - 1)

    @property
    def mean_efficiency(self) -> float:
        """Hydrogen per electricity, mean over the life of the stacks."""
        # On a straight line, the mean of the years is that of the first and the last.
        return self.efficiency * (1 + self._share_left(self._stack_years)) / 2

    @property
    def power_per_hydrogen(self) -> float:
        if self.capacity.limit == 0:
            return 0.0
        least = 1.0 if self.commitment is None else self.commitment.part_load_efficiency
        return 1 / (self.mean_efficiency * min(1.0, least))

    def connections(self) -> list[Connection]:
        bus = self.electricity_bus
        found = [
            Connection("electricity_bus", bus, ("electricity",), "draws"),
            Connection("bus", self.bus, ("hydrogen",), "feeds"),
        ]
        if self.heat_bus is not None:
            found.append(Connection("heat_bus", self.heat_bus, ("heat",), "feeds"))
        return found

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        hot = None if self.heat_bus is None else nodes[self.heat_bus].hot_c
        if hot is None or hot <= self.heat_temperature_c:
            return []
        got = f"{self.heat_bus} at {hot:g} C"
        expected = f"at most {self.heat_temperature_c:g} C (heat_temperature_c)"
        hint = "lift the heat with a heat_pump"
        return [Problem("heat_bus", got, expected, hint)]

    def rating(self, series: Mapping[str, Floats]) -> float:
        return 1 / self.mean_efficiency

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        needed = 1 / self.mean_efficiency
        power = self.input_port(self.electricity_bus, "electricity", needed, needed)
        found = [power, Port(self.bus, "hydrogen", 1.0)]
        if self.heat_bus is not None:
            share = self.heat_efficiency
            found.append(
                Port(
                    self.heat_bus,
                    "heat",
                    -share * power.per_output,
                    -share * power.per_online,
                    used="heat_kw",
                )
            )
        return found

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        kg = float(dispatch["hydrogen_kw"].sum()) * yearly / HYDROGEN_KWH_PER_KG
        power = self.ports(inputs.series, inputs.nodes)[0]
        drawn = -float(self.possible_kw(power, inputs, dispatch).sum()) * yearly
        found = [Indicator("hydrogen mass", kg, "kg/a")]
        if kg > 0:
            found.append(Indicator("specific consumption", drawn / kg, "kWh/kg"))
        if self.heat_bus is not None:
            heat = float(dispatch["heat_kw"].sum()) * yearly
            found.append(Indicator("heat used", heat, "kWh/a"))
        return found

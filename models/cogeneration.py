"""Combined heat and power, at a fixed ratio or over an extraction range.

    fuel(t)              = electricity(t) / electric_efficiency
    used(bus, t)        <= heat_efficiency(bus) fuel(t)      (the rest is dumped)
    delivered(t)         = electricity(t) - sum over buses of loss(bus) used(bus, t)
    0 <= electricity(t) <= size                 (or on and off, with ``commitment:``)

A turbine that extracts steam loses electricity for the heat it gives: ``loss`` is its
power loss ratio (usually 0.1 to 0.25, more the hotter the steam). An engine loses none.

symbol        name                  unit   meaning
electricity   electricity_kw        kW     made, were no heat extracted
used(bus)     heat_BUS_kw           kW     delivered to a heat bus
loss(bus)     power_loss_per_heat   1      electricity lost per heat extracted
size          capacity              kW     largest electric output

An engine gives exhaust heat to a steam bus and jacket heat to a warm bus: name
both in ``heat_efficiency``. Efficiencies are on the lower heating value.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Connection, Dispatch, Indicator, Inputs
from verdigrid.models.conversion import Conversion, Loss, Port
from verdigrid.models.node import FUELS, Node
from verdigrid.models.parameter import parameter


class Cogeneration(Conversion):
    """Base of the machines; a subclass sets ``kind`` and its efficiency."""

    output: ClassVar[str] = "electricity_kw"
    output_figure: ClassVar[str] = "electricity"
    #: Carriers that it can burn.
    fuels: ClassVar[tuple[str, ...]] = FUELS
    #: Whether a kind is of no use without a bus that takes its heat.
    needs_heat: ClassVar[bool] = True

    fuel_bus: str = parameter(unit="", doc="bus that it burns from")
    electricity_bus: str = parameter(unit="", doc="bus that it feeds with power")
    capacity: PowerCapacity = parameter(unit="kW", doc="electric output")
    electric_efficiency: float = parameter(
        unit="1", doc="electricity per fuel", gt=0, lt=1
    )
    heat_efficiency: dict[str, float] = parameter(
        unit="1", doc="heat per fuel, by heat bus"
    )
    dump_heat: bool = parameter(
        True, unit="", doc="whether heat that nobody takes may be rejected"
    )
    power_loss_per_heat: dict[str, float] = parameter(
        unit="1",
        doc="electricity lost per heat extracted, by heat bus; none if not given",
        factory=dict,
    )
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of electricity", ge=0
    )

    @model_validator(mode="after")
    def _first_law(self) -> Self:
        if self.needs_heat and not self.heat_efficiency:
            raise ValueError("heat_efficiency needs at least one heat bus")
        if any(share <= 0 for share in self.heat_efficiency.values()):
            raise ValueError("every heat_efficiency must be above 0")
        strange = sorted(self.power_loss_per_heat.keys() - self.heat_efficiency.keys())
        if strange:
            raise ValueError(
                f"power_loss_per_heat names buses without heat_efficiency: {strange}"
            )
        if any(not 0 <= loss < 1 for loss in self.power_loss_per_heat.values()):
            raise ValueError("every power_loss_per_heat from 0 to below 1")
        if self.power_loss_per_heat and not self.dump_heat:
            raise ValueError("dump_heat: true where extracted heat costs electricity")
        total = self.electric_efficiency + sum(
            heat * (1 - self.power_loss_per_heat.get(bus, 0.0))
            for bus, heat in self.heat_efficiency.items()
        )
        if self._most_lost() > 1:
            raise ValueError("extracting all heat would take more power than is made")
        if total > 1.08:
            raise ValueError(
                f"electric and heat efficiencies together at most 1 (1.08 with "
                f"condensation, lower heating value); they make {total:.3g}"
            )
        return self

    def _most_lost(self) -> float:
        """Share of the electricity that is lost where all heat is extracted."""
        lost = sum(
            loss * self.heat_efficiency[bus]
            for bus, loss in self.power_loss_per_heat.items()
        )
        # At part load there is more fuel, and heat, for the same electricity.
        plan = self.commitment
        least = plan.part_load_efficiency if plan is not None else 1.0
        return lost / (self.electric_efficiency * least)

    def connections(self) -> list[Connection]:
        return [
            Connection("fuel_bus", self.fuel_bus, self.fuels, "draws"),
            Connection(
                "electricity_bus", self.electricity_bus, ("electricity",), "feeds"
            ),
            *(
                Connection(f"heat_efficiency.{bus}", bus, ("heat",), "feeds")
                for bus in self.heat_efficiency
            ),
        ]

    def ports(
        self, series: Mapping[str, Floats], nodes: Mapping[str, Node]
    ) -> list[Port]:
        fuel = self.input_port(self.fuel_bus, "fuel", 1 / self.electric_efficiency)
        return [
            fuel,
            Port(self.electricity_bus, "electricity", 1.0),
            *(self._heat_port(bus, fuel) for bus in self.heat_efficiency),
        ]

    def _heat_port(self, bus: str, fuel: Port) -> Port:
        share, loss = self.heat_efficiency[bus], self.power_loss_per_heat.get(bus, 0.0)
        taken = Loss(self.electricity_bus, "lost to heat", loss) if loss else None
        return Port(
            bus,
            "heat",
            -share * fuel.per_output,
            -share * fuel.per_online,
            used=f"heat_{bus}_kw" if self.dump_heat else None,
            loss=taken,
        )

    def figures(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        made = float(dispatch["electricity_kw"].sum())
        if made <= 0 or not self.heat_efficiency:
            return []
        fuel, _, *heats = self.ports(inputs.series, inputs.nodes)
        burnt = -float(self.possible_kw(fuel, inputs, dispatch).sum())
        offered = sum(
            float(self.possible_kw(port, inputs, dispatch).sum()) for port in heats
        )
        used = sum(float(dispatch[p.used].sum()) for p in heats if p.used)
        heat = used if self.dump_heat else offered
        lost = sum(
            p.loss.per_used * float(dispatch[p.used].sum())
            for p in heats
            if p.used and p.loss
        )
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        return [
            Indicator("heat used", heat * yearly, "kWh/a"),
            Indicator("fuel use", (made - lost + heat) / burnt, "share"),
            Indicator("heat dumped", 1 - heat / offered, "share"),
        ]

"""What flows into a storage and out of it: buses, losses, and limits of the flows.

    charge(t) + discharge(t)  <=  power        (``charge_and_discharge: sum``)
    charge(t)  <=  power,   discharge(t)  <=  power                    (``each``)
    charge(t)  <=  max_charge_c_rate size
    discharge(t)  <=  max_discharge_c_rate size
    size  =  duration_hours power
    sum over the year of dt discharge(t) / eta_out  <=  max_cycles_per_year size

Each limit is written only where it is given. Without ``power:`` a storage may be filled
or emptied in a step, and takes in or gives out no more than that. Like every yearly
amount, cycles of a horizon shorter than a year count 8760 h / horizon times; of a
horizon taken as it is they count once, and the limit is that of the horizon.

symbol      name                   unit   meaning
charge      charge_kw              kW     taken from the bus
discharge   discharge_kw           kW     given to the bus, or to ``discharge_bus``
size        energy                 kWh    capacity
power       power                  kW     most it can charge or discharge
eta_out     discharge_efficiency   1      share of what is taken out that arrives

What is stored is in ``verdigrid.models.storage``.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import EnergyCapacity, PowerCapacity
from verdigrid.models.component import (
    Component,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import Problem
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.purchases import NOTHING


class StorageFlows(Component):
    """The outside of a storage; ``BaseStorage`` adds what is inside."""

    carriers: ClassVar[tuple[str, ...]] = ()

    bus: str = parameter(
        unit="", doc="bus that it charges from, and discharges to if no other is given"
    )
    discharge_bus: str | None = parameter(
        None, unit="", doc="bus that it discharges to, if that is another one"
    )
    energy: EnergyCapacity = parameter(unit="kWh", doc="storage capacity")
    power: PowerCapacity | None = parameter(
        None, unit="kW", doc="charging and discharging power; unlimited if not given"
    )
    charge_efficiency: float = parameter(unit="1", doc="share stored", gt=0, le=1)
    discharge_efficiency: float = parameter(
        unit="1", doc="share of what is taken out that arrives", gt=0, le=1
    )
    standing_loss_per_hour: float = parameter(
        unit="1/h", doc="share of the content lost in an hour", ge=0, lt=1
    )
    standing_loss_of_capacity_per_hour: float = parameter(
        0.0,
        unit="1/h",
        doc="share of the size lost in an hour, whatever the content; an empty storage "
        "must be charged to make up for it",
        ge=0,
        lt=1,
    )
    charge_and_discharge: Literal["sum", "each"] = parameter(
        "sum", unit="", doc="what the power limits: both flows together, or each alone"
    )
    max_charge_c_rate: float | None = parameter(
        None, unit="1/h", doc="most charging power per kWh of size", gt=0
    )
    max_discharge_c_rate: float | None = parameter(
        None, unit="1/h", doc="most discharging power per kWh of size", gt=0
    )
    duration_hours: float | None = parameter(
        None, unit="h", doc="energy per power, which ties the two sizes", gt=0
    )
    max_cycles_per_year: float | None = parameter(
        None,
        unit="1/a",
        doc="most energy taken out of the content in a year, per kWh of size",
        ge=0,
    )
    degradation_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="wear per discharged kWh; 0 counts none", ge=0
    )

    @model_validator(mode="after")
    def _tied_sizes_can_meet(self) -> Self:
        if self.duration_hours is None:
            return self
        power, hours = self.power, self.duration_hours
        if power is None:
            raise ValueError("duration_hours ties energy to power: add power:")
        least = max(self.energy.least, hours * power.least)
        most = min(self.energy.limit, hours * power.limit)
        if least > most * (1 + 1e-9):
            raise ValueError(
                f"duration_hours {hours:g} can't hold: energy is from "
                f"{self.energy.least:g} to {self.energy.limit:g} kWh, power from "
                f"{power.least:g} to {power.limit:g} kW"
            )
        return self

    def only_existing(self) -> Self:
        # What stands was not bought by the rule that ties the sizes.
        return super().only_existing().model_copy(update={"duration_hours": None})

    # -- buses --------------------------------------------------------------

    @property
    def outlet(self) -> str:
        """Bus that it discharges to."""
        return self.bus if self.discharge_bus is None else self.discharge_bus

    def connections(self) -> list[Connection]:
        if self.discharge_bus is None:
            return [Connection("bus", self.bus, self.carriers, "both")]
        return [
            Connection("bus", self.bus, self.carriers, "draws"),
            Connection("discharge_bus", self.discharge_bus, self.carriers, "feeds"),
        ]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        """Only buses, and nothing comes out hotter (or as cold) than it went in."""
        found = self._not_a_bus(nodes)
        inlet, outlet = nodes[self.bus], nodes[self.outlet]
        got = f"{self.outlet} from {self.bus}"
        if inlet.carrier != outlet.carrier:
            expected = f"a bus that carries {inlet.carrier}"
            found.append(Problem("discharge_bus", got, expected))
        elif inlet.hot_c is not None and outlet.hot_c is not None:
            got = f"{self.outlet} at {outlet.hot_c:g} C"
            limit = f"{inlet.hot_c:g} C, the temperature of {self.bus}"
            if inlet.carrier == "heat" and outlet.hot_c > inlet.hot_c:
                expected = f"at most {limit}"
                hint = "what is stored comes out no hotter; use a heat_pump"
                found.append(Problem("discharge_bus", got, expected, hint))
            if inlet.carrier == "cooling" and outlet.hot_c < inlet.hot_c:
                expected = f"at least {limit}"
                hint = "what is stored comes out no colder; use a chiller"
                found.append(Problem("discharge_bus", got, expected, hint))
        return found

    def _not_a_bus(self, nodes: Mapping[str, Node]) -> list[Problem]:
        """Streams and demands exchange heat along a temperature; a storage does not."""
        named = {"bus": self.bus, "discharge_bus": self.outlet}
        return [
            Problem(field, name, "a bus", "put a heat_exchanger between")
            for field, name in named.items()
            if not (nodes[name].gives and nodes[name].takes)
        ]

    # -- the model ----------------------------------------------------------

    def largest_flows(self, context: BuildContext) -> tuple[float, float]:
        """Most that can be charged and discharged, kW: filled or emptied in a step."""
        limit = context.limit("energy")
        emptied = limit / context.step_hours
        lost = self.standing_loss_of_capacity_per_hour * limit
        filled = (emptied + lost) / self.charge_efficiency
        if self.max_charge_c_rate is not None:
            filled = min(filled, self.max_charge_c_rate * limit)
        if self.max_discharge_c_rate is not None:
            emptied = min(emptied, self.max_discharge_c_rate * limit)
        if self.power is not None:
            power = context.limit("power")
            filled, emptied = min(filled, power), min(emptied, power)
        return filled, emptied

    def build_flows(self, block: pyo.Block, context: BuildContext) -> None:
        """Put the two flows on ``block`` and book them."""
        charge = context.flow(block, "charge_kw", "kW taken from the bus")
        discharge = context.flow(block, "discharge_kw", "kW given to the bus")
        if self.power is None:
            # Filled or emptied within a step: what it can do without doing both at
            # once. A proof of a bound needs every flow to have a largest value.
            most_in, most_out = self.largest_flows(context)
            charge.setub(most_in)
            discharge.setub(most_out)
        context.inject(self.bus, "charge", lambda t: -charge[t])
        context.inject(self.outlet, "discharge", lambda t: discharge[t])
        if self.degradation_cost_per_kwh:
            wear = self.degradation_cost_per_kwh
            context.cost("om", "wear", lambda t: wear * discharge[t])

    def limit_flows(self, block: pyo.Block, context: BuildContext) -> None:
        """Write what limits the flows."""
        if self.power is not None:
            self._limit_by_power(block, context)
        size, steps = context.size("energy"), context.steps
        if self.max_charge_c_rate is not None:
            rate_in = self.max_charge_c_rate
            context.rule(
                block,
                "charge_c_rate",
                lambda b, t: b.charge_kw[t] <= rate_in * size,
                "kW",
            )
        if self.max_discharge_c_rate is not None:
            rate_out = self.max_discharge_c_rate
            context.rule(
                block,
                "discharge_c_rate",
                lambda b, t: b.discharge_kw[t] <= rate_out * size,
                "kW",
            )
        if self.max_cycles_per_year is not None:
            cycles = self.max_cycles_per_year
            yearly = context.step_hours * context.calendar.year_weight
            taken = yearly / self.discharge_efficiency
            block.cycle_limit = pyo.Constraint(
                rule=lambda b: (
                    sum(taken * b.discharge_kw[t] for t in steps) <= cycles * size
                )
            )

    def _limit_by_power(self, block: pyo.Block, context: BuildContext) -> None:
        power = context.size("power")
        if self.charge_and_discharge == "sum":
            context.rule(
                block,
                "power_limit",
                lambda b, t: b.charge_kw[t] + b.discharge_kw[t] <= power,
                "kW",
            )
        else:
            context.rule(
                block, "charge_power_limit", lambda b, t: b.charge_kw[t] <= power, "kW"
            )
            context.rule(
                block,
                "discharge_power_limit",
                lambda b, t: b.discharge_kw[t] <= power,
                "kW",
            )
        sizes = [c for c in (self.energy, self.power) if c is not None]
        if self.duration_hours is not None and any(c.room > 0 for c in sizes):
            hours, size = self.duration_hours, context.size("energy")
            block.duration = pyo.Constraint(rule=lambda b: size == hours * power)

    # -- the same in NumPy --------------------------------------------------

    def flows(self, dispatch: Dispatch) -> list[Flow]:
        """Both flows, as an account lists them."""
        return [
            Flow(self.bus, "charge", -dispatch["charge_kw"]),
            Flow(self.outlet, "discharge", dispatch["discharge_kw"]),
        ]

    def _is_electric(self, nodes: Mapping[str, Node]) -> bool:
        """Whether power goes in and power comes out."""
        return {nodes[self.bus].carrier, nodes[self.outlet].carrier} == {"electricity"}

    def _conversion_losses(self) -> tuple[float, float]:
        """Lost per kW charged, and per kW discharged."""
        return 1 - self.charge_efficiency, 1 / self.discharge_efficiency - 1

    def flow_residuals(self, inputs: Inputs, dispatch: Dispatch) -> dict[str, Floats]:
        """Violations of the limits of the flows, kW; of the sizes, kWh."""
        charge: Floats = dispatch["charge_kw"]
        discharge: Floats = dispatch["discharge_kw"]
        size, power = inputs.sizes["energy"], inputs.sizes.get("power")
        residuals = {}
        if power is not None:
            both = charge + discharge
            if self.charge_and_discharge == "each":
                both = np.maximum(charge, discharge)
            residuals["power limit"] = np.maximum(both - power, 0)
        if self.max_charge_c_rate is not None:
            most = self.max_charge_c_rate * size
            residuals["charge c-rate"] = np.maximum(charge - most, 0)
        if self.max_discharge_c_rate is not None:
            most = self.max_discharge_c_rate * size
            residuals["discharge c-rate"] = np.maximum(discharge - most, 0)
        if self.max_cycles_per_year is not None:
            # As a mean power, so that it is weighed like the flows that it limits.
            year = inputs.calendar.hours * inputs.calendar.year_weight
            taken = float(discharge.mean()) / self.discharge_efficiency
            over = taken - self.max_cycles_per_year * size / year
            residuals["cycles"] = np.array([max(0.0, over)])
        if self.duration_hours is not None and power is not None:
            residuals["duration"] = np.array([size - self.duration_hours * power])
        return residuals

    def full_cycles(self, inputs: Inputs, dispatch: Dispatch) -> float:
        """Energy taken out of the content per kWh of size, 1/a."""
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        given = float(dispatch["discharge_kw"].sum()) * yearly
        return given / self.discharge_efficiency / inputs.sizes["energy"]

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["energy"]
        if size <= NOTHING:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        taken = float(dispatch["charge_kw"].sum()) * yearly
        given = float(dispatch["discharge_kw"].sum()) * yearly
        cycles = self.full_cycles(inputs, dispatch)
        figures = [
            Indicator("discharged", given, "kWh/a"),
            Indicator("full cycles", cycles, "1/a"),
            Indicator("lost", taken - given, "kWh/a"),
        ]
        power = inputs.sizes.get("power", 0.0)
        if power > 0:
            figures.append(Indicator("hours at full power", size / power, "h"))
        return figures

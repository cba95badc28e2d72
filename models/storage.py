"""Storage of energy on one bus: the physics that battery and tank share.

    content(t) = keep content(t-1) + dt (eta_in charge(t) - discharge(t) / eta_out)
    keep       = (1 - standing_loss_per_hour) ^ dt
    min_soc size  <=  content(t)  <=  max_soc(t) size
    charge(t) + discharge(t)  <=  power

The state before the first step is the one after the last (cyclic), or a given
share of the size; then the end holds at least as much, or what it likes.

symbol      name           unit   meaning
content     content_kwh    kWh    stored at the end of a step
charge      charge_kw      kW     taken from the bus
discharge   discharge_kw   kW     given to the bus
size        energy         kWh    capacity
power       power          kW     most it can charge or discharge

Charging and discharging at once is impossible.
"""

from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import EnergyCapacity, PowerCapacity
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
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile


class Storage(Component):
    """Base of the storages; a subclass sets ``kind``, defaults and carriers."""

    content: ClassVar[str | None] = "content_kwh"
    exclusive: ClassVar = (("charge_kw", "discharge_kw"),)
    carriers: ClassVar[tuple[str, ...]] = ()

    bus: str = parameter(unit="", doc="bus that it charges from and discharges to")
    energy: EnergyCapacity = parameter(unit="kWh", doc="storage capacity")
    charge_efficiency: float = parameter(unit="1", doc="share stored", gt=0, le=1)
    discharge_efficiency: float = parameter(
        unit="1", doc="share of what is taken out that arrives", gt=0, le=1
    )
    standing_loss_per_hour: float = parameter(
        unit="1/h", doc="share of the content lost in an hour", ge=0, lt=1
    )
    min_soc: float = parameter(
        0.0, unit="1", doc="smallest content, share of the size", ge=0, lt=1
    )
    max_soc: Profile = parameter(
        Profile(constant=1.0),
        unit="1",
        doc="largest content at the end of a step, share of the size",
    )
    initial_soc: float | None = parameter(
        None,
        unit="1",
        doc="content before the first step, share of the size; cyclic if not given",
        ge=0,
        le=1,
    )
    end: Literal["at_least_start", "free"] = parameter(
        "at_least_start", unit="", doc="content at the end, if initial_soc is given"
    )
    degradation_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="wear per discharged kWh; 0 counts none", ge=0
    )

    @model_validator(mode="after")
    def _nothing_for_free(self) -> Self:
        if self.end == "free" and self.initial_soc and self.energy.room > 0:
            raise ValueError(
                "end: at_least_start where more storage can be bought: its content at "
                "the start would be energy for nothing"
            )
        return self

    def power_capacity(self) -> PowerCapacity | None:
        """The capacity that limits charging and discharging, if there is one."""
        return None

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, self.carriers, "both")]

    def _keep(self, step_hours: float) -> float:
        return float((1 - self.standing_loss_per_hour) ** step_hours)

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        charge = context.flow(block, "charge_kw", "kW taken from the bus")
        discharge = context.flow(block, "discharge_kw", "kW given to the bus")
        if self.power_capacity() is None:
            # Filled or emptied within a step: what it can do without doing both at
            # once. A proof of a bound needs every flow to have a largest value.
            most = context.limit("energy") / context.step_hours
            charge.setub(most / self.charge_efficiency)
            discharge.setub(most)
        context.flow(block, "content_kwh", "kWh at the end of the step")
        self._build_content(block, context)
        self._build_limits(block, context)
        context.inject(self.bus, "charge", lambda t: -charge[t])
        context.inject(self.bus, "discharge", lambda t: discharge[t])
        if self.degradation_cost_per_kwh:
            wear = self.degradation_cost_per_kwh
            context.cost("om", "wear", lambda t: wear * discharge[t])

    def _build_content(self, block: pyo.Block, context: BuildContext) -> None:
        hours, previous = context.step_hours, context.previous
        keep = self._keep(hours)

        def gained(b: pyo.Block, t: Any) -> Any:
            into = self.charge_efficiency * b.charge_kw[t]
            return hours * (into - b.discharge_kw[t] / self.discharge_efficiency)

        if self.initial_soc is None:
            context.rule(
                block,
                "content_balance",
                lambda b, t: (
                    b.content_kwh[t] == keep * b.content_kwh[previous[t]] + gained(b, t)
                ),
                "kWh",
            )
            return
        first = np.zeros(context.calendar.periods)
        first[0] = 1.0
        is_first = context.parameter(block, "is_first_step", first)
        start = self.initial_soc * context.size("energy")
        context.rule(
            block,
            "content_balance",
            lambda b, t: (
                b.content_kwh[t]
                == keep * (1 - is_first[t]) * b.content_kwh[previous[t]]
                + keep * is_first[t] * start
                + gained(b, t)
            ),
            "kWh",
        )
        if self.end == "at_least_start":
            last = context.calendar.periods - 1
            block.content_at_end = pyo.Constraint(
                rule=lambda b: b.content_kwh[last] >= start
            )

    def _build_limits(self, block: pyo.Block, context: BuildContext) -> None:
        size = context.size("energy")
        ceiling = context.series(block, "max_soc")
        context.rule(
            block,
            "content_ceiling",
            lambda b, t: b.content_kwh[t] <= ceiling[t] * size,
            "kWh",
        )
        if self.min_soc:
            context.rule(
                block,
                "content_floor",
                lambda b, t: b.content_kwh[t] >= self.min_soc * size,
                "kWh",
            )
        most = context.limit("energy") / context.step_hours
        most_in, most_out = most / self.charge_efficiency, most
        if self.power_capacity() is not None:
            power = context.size("power")
            context.rule(
                block,
                "power_limit",
                lambda b, t: b.charge_kw[t] + b.discharge_kw[t] <= power,
                "kW",
            )
            most_in = min(most_in, context.limit("power"))
            most_out = min(most_out, context.limit("power"))
        context.exclude(block, ("charge_kw", most_in), ("discharge_kw", most_out))

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        hours, size = inputs.calendar.step_hours, inputs.sizes["energy"]
        charge: Floats = dispatch["charge_kw"]
        discharge: Floats = dispatch["discharge_kw"]
        content: Floats = dispatch["content_kwh"]
        before = np.roll(content, 1)
        if self.initial_soc is not None:
            before[0] = self.initial_soc * size
        gain = charge * self.charge_efficiency - discharge / self.discharge_efficiency
        account = Account(
            flows=[
                Flow(self.bus, "charge", -charge),
                Flow(self.bus, "discharge", discharge),
            ],
            residuals={
                "content": content - self._keep(hours) * before - hours * gain,
                "ceiling": np.maximum(content - inputs.series["max_soc"] * size, 0),
                "floor": np.maximum(self.min_soc * size - content, 0),
                "charge and discharge at once": np.minimum(charge, discharge),
            },
            costs={("om", "wear"): self.degradation_cost_per_kwh * discharge},
        )
        if "power" in inputs.sizes:
            excess = charge + discharge - inputs.sizes["power"]
            account.residuals["power limit"] = np.maximum(excess, 0)
        if self.initial_soc is not None and self.end == "at_least_start":
            short = self.initial_soc * size - content[-1]
            account.residuals["content at the end"] = np.array([max(0.0, short)])
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["energy"]
        if size <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        taken = float(dispatch["charge_kw"].sum()) * yearly
        given = float(dispatch["discharge_kw"].sum()) * yearly
        figures = [
            Indicator("discharged", given, "kWh/a"),
            Indicator("full cycles", given / self.discharge_efficiency / size, "1/a"),
            Indicator("lost", taken - given, "kWh/a"),
        ]
        power = inputs.sizes.get("power", 0.0)
        if power > 0:
            figures.append(Indicator("hours at full power", size / power, "h"))
        return figures

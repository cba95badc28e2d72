"""One carrier in, one out, at a fixed efficiency: the physics of both boilers.

    input(t) = output(t) / efficiency
    0 <= output(t) <= size        (or on and off, with ``commitment:``)

symbol   name        unit   meaning
output   output_kw   kW     delivered to the bus
size     capacity    kW     largest output
"""

from typing import ClassVar

import pyomo.environ as pyo

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
)
from verdigrid.models.context import BuildContext
from verdigrid.models.parameter import parameter


class Converter(Machine):
    """Base of the converters; a subclass sets ``kind``, efficiency and carriers."""

    input_carriers: ClassVar[tuple[str, ...]] = ()
    output_carriers: ClassVar[tuple[str, ...]] = ("heat",)

    input_bus: str = parameter(unit="", doc="bus that it draws from")
    bus: str = parameter(unit="", doc="bus that it feeds")
    capacity: PowerCapacity = parameter(unit="kW", doc="output capacity")
    efficiency: float = parameter(unit="1", doc="output per input", gt=0, le=1)
    om_cost_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="variable O&M per kWh of output", ge=0
    )

    def connections(self) -> list[Connection]:
        return [
            Connection("input_bus", self.input_bus, self.input_carriers, "draws"),
            Connection("bus", self.bus, self.output_carriers, "feeds"),
        ]

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        output = context.flow(block, "output_kw", "kW delivered")
        self.limit_output(block, context, lambda t: output[t])
        context.inject(
            self.input_bus, "input", lambda t: -(1 / self.efficiency) * output[t]
        )
        context.inject(self.bus, "output", lambda t: output[t])
        if self.om_cost_per_kwh:
            context.cost(
                "om", "variable O&M", lambda t: self.om_cost_per_kwh * output[t]
            )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        output: Floats = dispatch["output_kw"]
        return Account(
            flows=[
                Flow(self.input_bus, "input", -output / self.efficiency),
                Flow(self.bus, "output", output),
            ],
            residuals=self.output_residuals(inputs, dispatch, output),
            costs={
                ("om", "variable O&M"): self.om_cost_per_kwh * output,
                **self.start_costs(inputs, dispatch),
            },
        )

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size = inputs.sizes["capacity"]
        if size <= 0:
            return []
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        produced = float(dispatch["output_kw"].sum()) * yearly
        return [
            Indicator("output", produced, "kWh/a"),
            Indicator("full-load hours", produced / size, "h/a"),
            *self.switching(inputs, dispatch),
        ]

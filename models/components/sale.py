"""Sale of hydrogen, heat, cooling or any other carrier to a neighbour.

    0 <= sale(t) <= limit_kw(t)
    sum over the year of dt sale(t)  <=  limit_kwh_per_year
    cost = - price(t) sale(t)

symbol   name      unit           meaning
sale     sale_kw   kW             sold; of a fuel on its lower heating value
price    price_per_kwh            currency/kWh; below 0 where the site pays to be rid

What the buyer can take is limited, or a price above that of the purchase would make
money without end: ``limit_kw`` has no default. A horizon that stands for a year is
weighted to it; a horizon taken as it is has the yearly limit for itself.

The carbon of what is sold stays with the site: nothing is credited.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.component import (
    Account,
    BillLine,
    Component,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import Problem
from verdigrid.models.measure import Measure, fuel_measures
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile


class Sale(Component):
    """Sale of a carrier at a price."""

    kind: Literal["sale"] = "sale"
    summary: ClassVar[str] = "sale of hydrogen, heat, cooling or another carrier"

    bus: str = parameter(unit="", doc="bus of what is sold")
    price_per_kwh: Profile = parameter(
        unit="currency/kWh", doc="price, per kWh of lower heating value"
    )
    limit_kw: Profile = parameter(unit="kW", doc="most that the buyer takes")
    limit_kwh_per_year: float | None = parameter(
        None,
        unit="kWh/a",
        doc="most that the buyer takes in a year; unlimited if not given",
        ge=0,
    )
    non_fossil: bool | None = parameter(
        None,
        unit="",
        doc="whether a sold fuel is biomass, biogas or green hydrogen; if not given it "
        "counts as such, so that no share of non-fossil energy is met by what is sold",
    )
    cost_class: Literal["fuel", "om", "electricity"] = parameter(
        "fuel", unit="", doc="class whose escalation the price follows"
    )

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, (), "draws")]

    def problems(self, nodes: Mapping[str, Node]) -> list[Problem]:
        if nodes[self.bus].takes:
            return []
        hint = "bring it to a bus with a heat_exchanger"
        return [Problem("bus", f"{self.bus!r}, which is no bus", "a bus", hint)]

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        sale = context.flow(block, "sale_kw", "kW sold")
        price = context.series(block, "price_per_kwh")
        most = context.series(block, "limit_kw")
        context.rule(block, "limit", lambda b, t: sale[t] <= most[t], "kW")
        limit = self.limit_kwh_per_year
        if limit is not None:
            # The weight stands inside the sum: Pyomo loses a factor in front of it.
            hours = context.step_hours * context.calendar.year_weight
            block.yearly_limit = pyo.Constraint(
                rule=lambda b: sum(hours * sale[t] for t in context.steps) <= limit
            )
        context.inject(self.bus, "sale", lambda t: -sale[t])
        for measure, factor in self._sold_as(context.nodes).items():
            self._measure(context, measure, factor, sale)
        context.cost(self.cost_class, f"{self.bus} sold", lambda t: -price[t] * sale[t])

    def _sold_as(self, nodes: Mapping[str, Node]) -> dict[Measure, float]:
        """What the sale counts as for policies; sold fuel is not consumed."""
        carrier = nodes[self.bus].carrier
        no_fuel = {
            "electricity": {Measure.EXPORTED_POWER: 1.0},
            "heat": {Measure.SOLD_HEAT: 1.0},
            "cooling": {},
        }
        if carrier in no_fuel:
            return no_fuel[carrier]
        non_fossil = self.non_fossil is not False  # sold, so the safe side
        return dict.fromkeys(fuel_measures(carrier, non_fossil), -1.0)

    @staticmethod
    def _measure(
        context: BuildContext, measure: Measure, factor: float, sale: pyo.Var
    ) -> None:
        context.measured(measure, lambda t: factor * sale[t])

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        calendar, series = inputs.calendar, inputs.series
        sale: Floats = dispatch["sale_kw"]
        earned = series["price_per_kwh"] * sale
        item = f"{self.bus} sold"
        account = Account(
            flows=[Flow(self.bus, "sale", -sale)],
            residuals={"limit": np.maximum(sale - series["limit_kw"], 0)},
            costs={(self.cost_class, item): -earned},
            bill=[
                BillLine(
                    item,
                    "kWh",
                    calendar.monthly_sums(sale * calendar.step_hours),
                    calendar.monthly_sums(-earned * calendar.step_hours),
                    "feed-in",
                )
            ],
        )
        for measure, factor in self._sold_as(inputs.nodes).items():
            account.measures[measure] = factor * sale
        if self.limit_kwh_per_year is not None:
            # As a mean power, so that it is weighed like the flow that it limits.
            mean_limit = self.limit_kwh_per_year / (
                calendar.hours * calendar.year_weight
            )
            over = max(0.0, float(sale.mean()) - mean_limit)
            account.residuals["yearly limit"] = np.array([over])
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        sale: Floats = dispatch["sale_kw"]
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        sold = float(sale.sum()) * yearly
        earned = float((inputs.series["price_per_kwh"] * sale).sum()) * yearly
        figures = [
            Indicator("sold", sold, "kWh/a"),
            Indicator("peak", float(sale.max()), "kW"),
        ]
        if sold > 0:
            figures.append(Indicator("mean price", earned / sold, "currency/kWh"))
        return figures

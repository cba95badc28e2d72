"""Bought fuel or heat: gas, coal, biomass, hydrogen, steam from a neighbour.

    0 <= supply(t) <= limit
    sum over the year of dt supply(t)  <=  limit_kwh_per_year
    cost = price(t) supply(t) + fixed charge
    carbon = factor supply(t) in its scope (1 for fuel burnt here, 2 for bought heat),
             and carbon of plants beside the scopes

symbol   name        unit   meaning
supply   supply_kw   kW     bought; of a fuel on its lower heating value

The yearly limit is for what there is only so much of (residues, biogas). A horizon that
stands for a year is weighted to it; a horizon taken as it is has the limit for itself.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.carbon import BIOGENIC, Carbon
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
from verdigrid.models.measure import NO_FUEL, Measure, fuel_measures
from verdigrid.models.node import Node
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile


class FuelSupply(Component):
    """Purchase of a fuel or of heat at a price."""

    kind: Literal["fuel_supply"] = "fuel_supply"
    summary: ClassVar[str] = "purchase of gas, another fuel, or heat"

    bus: str = parameter(unit="", doc="bus of the fuel or of the bought heat")
    price_per_kwh: Profile = parameter(
        unit="currency/kWh", doc="price, per kWh of lower heating value"
    )
    fixed_per_month: float = parameter(
        0.0, unit="currency/month", doc="standing charge", ge=0
    )
    limit_kw: float | None = parameter(
        None, unit="kW", doc="largest purchase; unlimited if not given", ge=0
    )
    limit_kwh_per_year: float | None = parameter(
        None,
        unit="kWh/a",
        doc="largest purchase of a year; unlimited if not given",
        ge=0,
    )
    scope: Literal[1, 2] | None = parameter(
        None,
        unit="",
        doc="1 for fuel burnt on site, 2 for bought power, heat or cooling; by the "
        "carrier if not given",
    )
    emissions_kg_per_kwh: float = parameter(
        unit="kgCO2e/kWh", doc="carbon of a kWh", ge=0, le=3
    )
    upstream_kg_per_kwh: float = parameter(
        0.0,
        unit="kgCO2e/kWh",
        doc="carbon before the fuel arrives (scope 3); 0 counts none",
        ge=0,
        le=3,
    )
    biogenic_kg_per_kwh: float = parameter(
        0.0,
        unit="kgCO2/kWh",
        doc="carbon of plants in a kWh, reported beside the scopes; 0 reports none",
        ge=0,
        le=1,
    )
    non_fossil: bool | None = parameter(
        None,
        unit="",
        doc="whether policies count the fuel as non-fossil (biogas, green hydrogen); "
        "if not given, on a bus of biomass",
    )

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, (), "feeds")]

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        supply = context.flow(block, "supply_kw", "kW bought")
        price = context.series(block, "price_per_kwh")
        context.inject(self.bus, "supply", lambda t: supply[t])
        for measure in self._bought_as(context.nodes):
            context.measured(measure, lambda t: supply[t])
        context.cost("fuel", self.bus, lambda t: price[t] * supply[t])
        context.emission(
            self._scope(context.nodes),
            self.bus,
            lambda t: self.emissions_kg_per_kwh * supply[t],
        )
        if self.upstream_kg_per_kwh:
            context.emission(
                3,
                f"{self.bus} upstream",
                lambda t: self.upstream_kg_per_kwh * supply[t],
            )
        if self.biogenic_kg_per_kwh:
            biogenic = self.biogenic_kg_per_kwh
            context.emission(BIOGENIC, self.bus, lambda t: biogenic * supply[t])
        if self.limit_kw is not None:
            context.rule(
                block, "limit", lambda b, t: b.supply_kw[t] <= self.limit_kw, "kW"
            )
        limit = self.limit_kwh_per_year
        if limit is not None:
            # The weight stands inside the sum: Pyomo loses a factor in front of it.
            hours = context.step_hours * context.calendar.year_weight
            block.yearly_limit = pyo.Constraint(
                rule=lambda b: sum(hours * supply[t] for t in context.steps) <= limit
            )
        if self.fixed_per_month:
            calendar = context.calendar
            months = len(calendar.month_names) * calendar.month_weight
            context.fixed_cost("fuel", "fixed charge", self.fixed_per_month * months)

    def _scope(self, nodes: Mapping[str, Node]) -> int:
        if self.scope is not None:
            return self.scope
        return 2 if nodes[self.bus].carrier in NO_FUEL else 1

    def _bought_as(self, nodes: Mapping[str, Node]) -> list[Measure]:
        """What the purchase counts as for policies."""
        carrier = nodes[self.bus].carrier
        no_fuel = {
            "electricity": [Measure.BOUGHT_POWER],
            "heat": [Measure.BOUGHT_HEAT],
            "cooling": [],
        }
        if carrier in no_fuel:
            return no_fuel[carrier]
        return fuel_measures(carrier, self.non_fossil)

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        calendar = inputs.calendar
        supply: Floats = dispatch["supply_kw"]
        spent = inputs.series["price_per_kwh"] * supply
        limit = np.inf if self.limit_kw is None else self.limit_kw
        account = Account(
            flows=[Flow(self.bus, "supply", supply)],
            measures=dict.fromkeys(self._bought_as(inputs.nodes), supply),
            residuals={"limit": np.maximum(supply - limit, 0)},
            costs={("fuel", self.bus): spent},
            emissions={
                Carbon(self._scope(inputs.nodes), self.bus): (
                    self.emissions_kg_per_kwh * supply
                ),
                Carbon(3, f"{self.bus} upstream"): self.upstream_kg_per_kwh * supply,
            },
            bill=[
                BillLine(
                    self.bus,
                    "kWh",
                    calendar.monthly_sums(supply * calendar.step_hours),
                    calendar.monthly_sums(spent * calendar.step_hours),
                )
            ],
        )
        if self.biogenic_kg_per_kwh:
            account.emissions[Carbon(BIOGENIC, self.bus)] = (
                self.biogenic_kg_per_kwh * supply
            )
        if self.limit_kwh_per_year is not None:
            # As a mean power, so that it is weighed like the flow that it limits.
            year_hours = calendar.hours * calendar.year_weight
            over = float(supply.mean()) - self.limit_kwh_per_year / year_hours
            account.residuals["yearly limit"] = np.array([max(0.0, over)])
        if self.fixed_per_month:
            months = np.ones(len(calendar.month_names))
            amount = self.fixed_per_month * months
            line = BillLine("fixed charge", "month", months, amount, kind="fixed")
            account.bill.append(line)
            yearly = float(amount.sum()) * calendar.month_weight
            account.fixed_costs["fuel", "fixed charge"] = yearly
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        supply: Floats = dispatch["supply_kw"]
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        bought = float(supply.sum()) * yearly
        figures = [
            Indicator("bought", bought, "kWh/a"),
            Indicator("peak", float(supply.max()), "kW"),
        ]
        if self.limit_kwh_per_year:
            used = bought / self.limit_kwh_per_year
            figures.append(Indicator("yearly limit used", used, "share"))
        return figures

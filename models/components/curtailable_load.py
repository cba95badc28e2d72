"""Curtailable demand: a share of it may be left unserved, at a price.

    taken(t)    = demand(t) - unserved(t)
    unserved(t) <= max_fraction(t) demand(t)
    sum over the year of dt unserved(t)  <=  max_kwh_per_year
    cost        = price_per_kwh(t) unserved(t)

symbol     name          unit   meaning
demand     profile       kW     what would be taken
unserved   unserved_kw   kW     demand that is left unserved, and lost

The price is what a kWh less is worth to the plant (lost production). It depends on the
plant alone, so it has no default. A horizon that stands for a year is weighted to it; a
horizon taken as it is has the yearly limit for itself.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
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
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.refuse import refuse_above_one, refuse_steps

#: A step counts as curtailed from this share of the peak demand.
NOTICEABLE = 1e-6


class CurtailableLoad(Component):
    """A demand of which a part may be left unserved."""

    kind: Literal["curtailable_load"] = "curtailable_load"
    summary: ClassVar[str] = "demand that may be left unserved in part, at a price"

    bus: str = parameter(unit="", doc="bus that serves the demand")
    profile: Profile = parameter(unit="kW", doc="demand, mean of each step")
    max_fraction: Profile = parameter(
        unit="1", doc="largest share of the demand that may be left unserved"
    )
    price_per_kwh: Profile = parameter(
        unit="currency/kWh", doc="value of the production lost with an unserved kWh"
    )
    max_kwh_per_year: float | None = parameter(
        None,
        unit="kWh/a",
        doc="most that may be left unserved in a year; unlimited if not given",
        ge=0,
    )

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, (), "draws")]

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Nothing to compute; refuses impossible shares and gains from losses."""
        refuse_above_one("max_fraction", series["max_fraction"], around)
        price = series["price_per_kwh"]
        least = "0 or more, as production is lost"
        refuse_steps("price_per_kwh", price < 0, price, around, least)
        return {}

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        unserved = context.flow(block, "unserved_kw", "kW left unserved")
        demand = context.series(block, "profile")
        share = context.series(block, "max_fraction")
        price = context.series(block, "price_per_kwh")
        context.rule(
            block,
            "unserved_limit",
            lambda b, t: unserved[t] <= share[t] * demand[t],
            "kW",
        )
        limit = self.max_kwh_per_year
        if limit is not None:
            # The weight stands inside the sum: Pyomo loses a factor in front of it.
            hours = context.step_hours * context.calendar.year_weight
            block.yearly_limit = pyo.Constraint(
                rule=lambda b: sum(hours * unserved[t] for t in context.steps) <= limit
            )
        context.inject(self.bus, "demand", lambda t: unserved[t] - demand[t])
        context.cost("om", "lost production", lambda t: price[t] * unserved[t])

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        series, calendar = inputs.series, inputs.calendar
        unserved: Floats = dispatch["unserved_kw"]
        possible = series["max_fraction"] * series["profile"]
        account = Account(
            flows=[Flow(self.bus, "demand", unserved - series["profile"])],
            residuals={"unserved limit": np.maximum(unserved - possible, 0)},
            costs={("om", "lost production"): series["price_per_kwh"] * unserved},
        )
        limit = self.max_kwh_per_year
        if limit is not None:
            yearly = calendar.step_hours * calendar.year_weight
            excess = max(0.0, float(unserved.sum()) * yearly - limit)
            # A share of the limit, as kW because residuals are weighed by powers.
            share = excess / max(1.0, limit)
            account.residuals["yearly limit"] = share * series["profile"].max(
                keepdims=True
            )
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        demand, unserved = inputs.series["profile"], dispatch["unserved_kw"]
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        wanted, lost = float(demand.sum()) * yearly, float(unserved.sum()) * yearly
        curtailed = float((unserved > NOTICEABLE * demand.max()).sum()) * yearly
        return [
            Indicator("demand", wanted, "kWh/a"),
            Indicator("unserved", lost, "kWh/a"),
            Indicator("unserved share", lost / wanted if wanted else 0.0, "share"),
            Indicator("hours with curtailment", curtailed, "h/a"),
            Indicator("largest curtailment", float(unserved.max()), "kW"),
        ]

"""Power purchase: a contract with a plant elsewhere, by a line of its own or the grid.

    0 <= taken(t) <= shape(t) size                  (what is not taken is curtailed)
    taken(t) = shape(t) size                        with ``must_take: true``
    taken(t) <= limit
    cost = price(t) taken(t) + network_fee(t) taken(t)
         + price(t) (shape(t) size - taken(t))      with ``take_or_pay: true``
    carbon (scope 2) = factor(t) taken(t)           of each ledger its own factor

symbol   name               unit    meaning
size     capacity           kW      contracted power of the plant
shape    shape_kw_per_kw    kW/kW   what 1 kW of the plant gives
taken    taken_kw           kW      what of it the site takes
limit    limit_kw           kW      most that may arrive at once

By ``delivery: line`` the power arrives physically, on a line that belongs to the site:
the location-based factor is the plant's, 0 unless given. By ``delivery: grid`` it is
wheeled: the site is supplied by the grid around it, whose factor it has in the
location-based ledger, and the contract says whose power it is called. It does not pass
through a ``grid`` component: limits and charges on peaks there do not see it, and only
the network fee on energy is paid here. Where the network bills the peak of everything
that arrives, say so in the fee, or in the yearly cost of the capacity.

Only with its certificate is the power green: in shares, and in the market-based ledger,
whose factor is 0 then unless given. Without it (the seller sold it elsewhere) it is
power of unknown origin: the market-based factor must be given (that of the residual
mix), and certificates may be bought for it apart, so its carbon is booked as that of
the grid. For power with a certificate none is needed, and it has a source of its own.

A plant behind the meter, or of the site itself, is ``pv``, ``wind`` or ``generator``.

Source: GHG Protocol Scope 2 Guidance, World Resources Institute, 2015: chapters 5 to 7
(direct lines with and without certificates, quality of contractual instruments).
"""

from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.carbon import GRID_POWER, Books, Carbon
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
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.tariffs.bill import kwh_line

#: Source of what has a certificate: no other may be set against it.
_CERTIFIED = "power purchase"
_UPSTREAM = "power purchase upstream"
#: The factor of each ledger.
_FACTORS: dict[Books, str] = {
    "location": "location_kg_per_kwh",
    "market": "market_kg_per_kwh",
}


class PowerPurchase(Component):
    """A contract on the output of a plant that is not the site's."""

    kind: Literal["power_purchase"] = "power_purchase"
    summary: ClassVar[str] = "power of a contracted plant, by a line or the grid"
    default_lifetime_years: ClassVar[float] = 15.0
    lifetime_source: ClassVar[str] = (
        "engineering estimate, 2026: usual term of a contract, 10 to 20 years"
    )

    bus: str = parameter(unit="", doc="electricity bus")
    capacity: PowerCapacity = parameter(
        unit="kW", doc="contracted power; its price is that of the line, or 0"
    )
    shape_kw_per_kw: Profile = parameter(
        unit="kW/kW", doc="what 1 kW of the contracted plant gives"
    )
    price_per_kwh: Profile = parameter(unit="currency/kWh", doc="contract price")
    network_fee_per_kwh: Profile = parameter(
        unit="currency/kWh",
        doc="network, system and funds on what is taken; 0 on a line that pays none",
    )
    delivery: Literal["line", "grid"] = parameter(
        unit="", doc="a line of its own, or through the public grid (wheeled)"
    )
    certificate: bool = parameter(
        unit="", doc="whether the certificates of the power come with it"
    )
    take_or_pay: bool = parameter(
        unit="", doc="whether all that the plant gives is paid for, taken or not"
    )
    must_take: bool = parameter(
        False, unit="", doc="whether all that the plant gives must be taken"
    )
    limit_kw: float | None = parameter(
        None, unit="kW", doc="most that may arrive at once; no limit if not given", ge=0
    )
    location_kg_per_kwh: Profile | None = parameter(
        None,
        unit="kgCO2e/kWh",
        doc="location-based carbon of a kWh: of the grid around; of a line 0 if not "
        "given",
    )
    market_kg_per_kwh: Profile | None = parameter(
        None,
        unit="kgCO2e/kWh",
        doc="market-based carbon of a kWh: 0 if not given, with a certificate",
    )
    upstream_kg_per_kwh: Profile | None = parameter(
        None, unit="kgCO2e/kWh", doc="carbon upstream of the plant (scope 3)"
    )

    @model_validator(mode="after")
    def _factors_are_known(self) -> Self:
        if self.delivery == "grid" and self.location_kg_per_kwh is None:
            raise ValueError(
                "delivery: grid needs location_kg_per_kwh, the carbon of the grid "
                "around the site"
            )
        if not self.certificate and self.market_kg_per_kwh is None:
            raise ValueError(
                "certificate: false needs market_kg_per_kwh, the carbon of power of "
                "unknown origin (the residual mix)"
            )
        return self

    @property
    def _source(self) -> str:
        """What its carbon is booked under."""
        return _CERTIFIED if self.certificate else GRID_POWER

    @property
    def _ledgers(self) -> dict[Carbon, str]:
        """What it emits of scope 2, and the series of the factor."""
        given = {
            "location": self.location_kg_per_kwh,
            "market": self.market_kg_per_kwh,
        }
        return {
            Carbon(2, self._source, books): factor
            for books, factor in _FACTORS.items()
            if given[books] is not None
        }

    @property
    def _bought_as(self) -> list[Measure]:
        """What it counts as for policies."""
        by = {"line": Measure.GREEN_LINE, "grid": Measure.GREEN_CONTRACT}
        return [Measure.BOUGHT_POWER, *[by[self.delivery]] * self.certificate]

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, ("electricity",), "feeds")]

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        taken = context.flow(block, "taken_kw", "kW taken")
        shape = context.series(block, "shape_kw_per_kw")
        price = context.series(block, "price_per_kwh")
        fee = context.series(block, "network_fee_per_kwh")
        plant = context.size("capacity")
        if self.must_take:
            context.rule(
                block, "must_take", lambda b, t: taken[t] == shape[t] * plant, "kW"
            )
        else:
            context.rule(
                block, "shape_limit", lambda b, t: taken[t] <= shape[t] * plant, "kW"
            )
        if self.limit_kw is not None:
            context.rule(
                block, "arrival_limit", lambda b, t: taken[t] <= self.limit_kw, "kW"
            )
        context.inject(self.bus, "purchase", lambda t: taken[t])
        for measure in self._bought_as:
            context.measured(measure, lambda t: taken[t])
        context.cost("electricity", "contract", lambda t: price[t] * taken[t])
        context.cost("electricity", "network fee", lambda t: fee[t] * taken[t])
        if self.take_or_pay:
            context.cost(
                "electricity",
                "paid, not taken",
                lambda t: price[t] * shape[t] * plant - price[t] * taken[t],
            )
        for carbon, field in self._ledgers.items():
            factor = context.series(block, field)
            self._emit(context, carbon, factor, taken)
        if self.upstream_kg_per_kwh is not None:
            upstream = context.series(block, "upstream_kg_per_kwh")
            self._emit(context, Carbon(3, _UPSTREAM), upstream, taken)

    @staticmethod
    def _emit(
        context: BuildContext, carbon: Carbon, factor: pyo.Param, taken: pyo.Var
    ) -> None:
        context.emission(
            carbon.scope,
            carbon.source,
            lambda t: factor[t] * taken[t],
            carbon.books,
        )

    # -- on paper ---------------------------------------------------------------

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        series = inputs.series
        taken: Floats = dispatch["taken_kw"]
        given = series["shape_kw_per_kw"] * inputs.sizes["capacity"]
        price, fee = series["price_per_kwh"], series["network_fee_per_kwh"]
        account = Account(
            flows=[Flow(self.bus, "purchase", taken)],
            measures=dict.fromkeys(self._bought_as, taken),
            residuals={"must take": taken - given}
            if self.must_take
            else {"shape limit": np.maximum(taken - given, 0)},
            costs={
                ("electricity", "contract"): price * taken,
                ("electricity", "network fee"): fee * taken,
            },
            emissions={
                carbon: series[field] * taken for carbon, field in self._ledgers.items()
            },
            bill=self._bill(inputs, taken, given),
        )
        if self.take_or_pay:
            left = price * (given - taken)
            account.costs["electricity", "paid, not taken"] = left
        if self.limit_kw is not None:
            account.residuals["arrival limit"] = np.maximum(taken - self.limit_kw, 0)
        if self.upstream_kg_per_kwh is not None:
            upstream = series["upstream_kg_per_kwh"] * taken
            account.emissions[Carbon(3, _UPSTREAM)] = upstream
        return account

    def _bill(self, inputs: Inputs, taken: Floats, given: Floats) -> list[BillLine]:
        """Energy that arrived; what else is paid on it, and on what did not arrive."""
        calendar, series = inputs.calendar, inputs.series
        price, fee = series["price_per_kwh"], series["network_fee_per_kwh"]
        lines = [kwh_line("contract", calendar, taken, price, "energy")]
        if np.any(fee):
            lines.append(kwh_line("network fee", calendar, taken, fee, "adder"))
        if self.take_or_pay:
            left = given - taken
            lines.append(kwh_line("paid, not taken", calendar, left, price, "adder"))
        return lines

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        size, calendar = inputs.sizes["capacity"], inputs.calendar
        yearly = calendar.step_hours * calendar.year_weight
        possible = float(inputs.series["shape_kw_per_kw"].sum()) * size * yearly
        taken = float(dispatch["taken_kw"].sum()) * yearly
        figures = [Indicator("taken", taken, "kWh/a")]
        if possible > 0:
            figures.append(Indicator("not taken", 1 - taken / possible, "share"))
        if taken > 0:
            account = self.recompute(inputs, dispatch)
            paid = sum(float(cost.sum()) for cost in account.costs.values()) * yearly
            figures.append(
                Indicator("paid per kWh taken", paid / taken, "currency/kWh")
            )
        return figures

"""Net metering with a yearly true-up: feed-in is set off against purchases.

    credited(p) <= bought(p),   credited(p) <= fed in(p)       at every price p
    cost = sum over t of price(t) import(t) dt - surplus_price export(t) dt
         - sum over p of (p - surplus_price) credited(p)

Energy fed in at a time when purchases cost p takes back as much energy bought at the
same price, over the whole year; what is left over earns the surplus price.

symbol      name        unit   meaning
credited    credited    kWh    energy set off, of the horizon, at each price
bought      -           kWh    sum of import dt over the steps of that price
fed in      -           kWh    sum of export dt over the steps of that price
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.component import BillLine
from verdigrid.models.parameter import parameter
from verdigrid.models.tariffs.charge import Charge, Meter, Readings


class NetMetering(Charge):
    """Energy fed in takes back energy bought."""

    surplus_price_per_kwh: float = parameter(
        0.0, unit="currency/kWh", doc="what energy beyond the purchases earns", ge=0
    )

    @property
    def item(self) -> str:
        return "net metering"

    @property
    def counts_in_minimum(self) -> bool:
        return False

    def build(self, part: pyo.Block, meter: Meter) -> Sequence[Any]:
        block, calendar = meter.block, meter.calendar
        hours = calendar.step_hours
        prices, group = _groups(meter.context.array("import_price"))
        most = meter.most_kw * hours * np.bincount(group)
        part.credited = pyo.Var(
            range(len(prices)), bounds=lambda _, g: (0.0, float(most[g]))
        )
        part.at_most_bought = pyo.Constraint(range(len(prices)))
        part.at_most_fed_in = pyo.Constraint(range(len(prices)))
        for g in range(len(prices)):
            steps = np.flatnonzero(group == g).tolist()
            bought = sum(hours * block.import_kw[t] for t in steps)
            fed_in = sum(hours * block.export_kw[t] for t in steps)
            part.at_most_bought[g] = part.credited[g] <= bought
            part.at_most_fed_in[g] = part.credited[g] <= fed_in
        worth = sum(
            (float(price) - self.surplus_price_per_kwh) * part.credited[g]
            for g, price in enumerate(prices)
        )
        share = _share(meter.calendar.year_weight, calendar.month_weight, meter.months)
        return [-share * worth for _ in meter.months]

    def bill(self, readings: Readings) -> list[BillLine]:
        calendar = readings.calendar
        prices, group = _groups(readings.price)
        bought, fed_in = (
            np.bincount(group, weights=kw * calendar.step_hours)
            for kw in (readings.imported, readings.exported)
        )
        credited = np.minimum(bought, fed_in)
        worth = float(credited @ (prices - self.surplus_price_per_kwh))
        months = range(len(calendar.month_names))
        share = _share(calendar.year_weight, calendar.month_weight, months)
        kwh = np.full(len(months), share * float(credited.sum()))
        amount = np.full(len(months), -share * worth)
        return [BillLine("net metering", "kWh", kwh, amount, "feed-in")]


def _share(year_weight: float, month_weight: float, months: range) -> float:
    """What each month of the horizon bears of the true-up, per unit of the horizon."""
    return year_weight / (month_weight * len(months))


def _groups(price: Floats) -> tuple[Floats, Ints]:
    """The prices that occur, and which of them holds in each step."""
    prices, group = np.unique(price, return_inverse=True)
    return prices, np.asarray(group, dtype=np.int64)

"""Tiers: the first units at one price, the next at another, filled in order.

    sum over k of amount(k) >= total,   0 <= amount(k) <= width(k)
    cost = sum over k of price(k) amount(k)

No price is negative, so that more than the total is never filled. While prices rise,
the cheapest plan fills the tiers in order by itself. Where a price falls, a new *run*
of rising tiers begins, and the total lies in one of the runs. The first tier of a run
stands for all that is below it too, at its own price and what this lacks there:

    sum over r of in_run(r) = 1
    amount(k) <= width(k) in_run(r)                         tiers k of run r
    amount(k) >= start(r) in_run(r)                         first tier k of run r
    cost = sum over k of price(k) amount(k) + sum over r of lack(r) in_run(r)
    lack(r) = cost of start(r) - price of the first tier x start(r)

The wrong run then costs more, so most limits can be left out: a run may begin below its
start if no tier before it is cheaper than its first, and may go on beyond its end, at
the price of its last tier, if no tier after it is dearer.

symbol    name      unit       meaning
total     -         kW or kWh  what is charged for
amount    amount    as total   what of it falls into a tier
width     -         as total   room of a tier; of the last, up to the most possible
start     -         as total   where a run begins
in_run    in_run    0 or 1     whether the total is in a run
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.component import BillLine
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.tariffs.charge import Charge, Meter, Readings


def refuse_disorder(ends: Sequence[float | None], key: str) -> None:
    """Raise ValueError unless tiers rise and only the last one is open."""
    closed = [end for end in ends[:-1] if end is not None]
    if len(closed) != len(ends) - 1 or ends[-1] is not None:
        raise ValueError(f"every tier but the last needs {key}, and the last has none")
    if any(low >= high for low, high in zip([0.0, *closed], closed, strict=False)):
        raise ValueError(f"tiers stand in order: {key} must rise, from above 0")


def tiered_amounts(totals: Floats, ends: Sequence[float | None]) -> Floats:
    """What of each total falls into each tier, filled in order (tiers, totals).

    >>> tiered_amounts(np.array([30.0, 120.0]), [100.0, None])
    array([[ 30., 100.],
           [  0.,  20.]])
    """
    tops = np.array([math.inf if end is None else end for end in ends])
    starts = np.r_[0.0, tops[:-1]]
    amounts = np.clip(totals, starts[:, None], tops[:, None]) - starts[:, None]
    return np.asarray(amounts, dtype=np.float64)


class TieredCharge(Charge):
    """Base of charges with tiers."""

    def fill_tiers(
        self,
        part: pyo.Block,
        totals: Sequence[Any],
        most: float,
        ends: Sequence[float | None],
        prices: Sequence[float],
    ) -> list[Any]:
        """Cost of each of ``totals``, none of which can exceed ``most``."""
        count = len(totals)
        runs = _runs(ends, prices, most)
        widths = [width for run in runs for width in run.widths]
        part.amount = pyo.Var(
            range(len(prices) * count),
            bounds=lambda _, cell: (0.0, widths[cell // count]),
        )
        part.adds_up = pyo.Constraint(range(count))
        for i in range(count):
            filled = sum(part.amount[k * count + i] for k in range(len(prices)))
            part.adds_up[i] = filled >= totals[i]
        cost = [
            sum(price * part.amount[k * count + i] for k, price in enumerate(prices))
            for i in range(count)
        ]
        if len(runs) == 1:
            return cost
        self._choose_run(part, runs, count)
        return [
            cost[i]
            + sum(run.lack * part.in_run[r * count + i] for r, run in enumerate(runs))
            for i in range(count)
        ]

    def _choose_run(self, part: pyo.Block, runs: Sequence["_Run"], count: int) -> None:
        """Every total lies in one run, and only its tiers are filled."""
        part.in_run = pyo.Var(range(len(runs) * count), domain=pyo.Binary)
        part.one_run = pyo.Constraint(range(count))
        tiers = sum(len(run.widths) for run in runs)
        part.only_in_run = pyo.Constraint(range(tiers * count))
        part.from_start = pyo.Constraint(range(len(runs) * count))
        for i in range(count):
            chosen = [part.in_run[r * count + i] for r in range(len(runs))]
            part.one_run[i] = sum(chosen) == 1
            tier = 0
            for r, run in enumerate(runs):
                if run.least > 0:
                    first = part.amount[tier * count + i]
                    part.from_start[r * count + i] = first >= run.least * chosen[r]
                for width in run.widths:
                    cell = tier * count + i
                    part.only_in_run[cell] = part.amount[cell] <= width * chosen[r]
                    tier += 1


@dataclass(frozen=True)
class _Run:
    """Rising tiers: their widths, the least that fills the first, and what it lacks."""

    widths: list[float]
    least: float
    lack: float


def _runs(
    ends: Sequence[float | None], prices: Sequence[float], most: float
) -> list[_Run]:
    """The runs of rising tiers, where no total can exceed ``most``."""
    tops = [most if end is None else min(end, most) for end in ends]
    starts = [0.0, *tops[:-1]]
    falls = [k for k in range(1, len(prices)) if prices[k] < prices[k - 1]]
    runs = []
    for first, after in zip([0, *falls], [*falls, len(prices)], strict=True):
        start, widths = starts[first], [tops[first]]
        widths += [tops[k] - starts[k] for k in range(first + 1, after)]
        if all(price <= prices[after - 1] for price in prices[after:]):
            widths[-1] += most - tops[after - 1]
        cheaper_before = any(price < prices[first] for price in prices[:first])
        before = sum(prices[k] * (tops[k] - starts[k]) for k in range(first))
        least = start if cheaper_before else 0.0
        runs.append(_Run(widths, least, before - prices[first] * start))
    return runs


class EnergyTier(Strict):
    """A price for some of a month's energy, on top of the other prices."""

    up_to_kwh: float | None = parameter(
        None, unit="kWh", doc="upper end, of a month; the last tier has none", gt=0
    )
    price_per_kwh: float = parameter(
        unit="currency/kWh", doc="price in this tier", ge=0
    )


class EnergyTiers(TieredCharge):
    """Prices that follow each other as a month's energy rises."""

    tiers: list[EnergyTier] = parameter(unit="", doc="prices, the first tier first")

    @property
    def item(self) -> str:
        return "energy tiers"

    def build(self, part: pyo.Block, meter: Meter) -> Sequence[Any]:
        ends = [tier.up_to_kwh for tier in self.tiers]
        prices = [tier.price_per_kwh for tier in self.tiers]
        return self.fill_tiers(part, meter.energy(), meter.most_kwh(), ends, prices)

    def bill(self, readings: Readings) -> list[BillLine]:
        ends = [tier.up_to_kwh for tier in self.tiers]
        amounts = tiered_amounts(readings.energy(), ends)
        return [
            BillLine(
                f"energy tier {number}",
                "kWh",
                amount,
                tier.price_per_kwh * amount,
                "adder",
            )
            for number, (tier, amount) in enumerate(
                zip(self.tiers, amounts, strict=True), start=1
            )
        ]

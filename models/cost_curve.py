"""A price that changes with the size: economies (or diseconomies) of scale.

    new      =  sum of f_i            0 <= f_i <= w_i        w_i = up_to_i - up_to_(i-1)
    cost     =  sum of p_i f_i        p_i: price of a unit in segment i

Each unit has the price of the segment that it falls into. Where the next segment is
dearer, the cheaper one fills by itself. Where the next is cheaper (p_(i+1) < p_i), a
yes/no decision y opens it only once all segments before it are full:

    f_j >= w_j y      for the segments before it, back to the last decision
    f_j <= w_j y      for the segments after it, up to the next decision

symbol  name          unit          meaning
up_to   up_to_kw      kW            where the segment ends, counted from nothing new
p       capex_per_kw  currency/kW   investment per new unit within the segment
f       filled        kW            what of the segment is bought
y       open          0 or 1        whether the segments after a fall in price are used

The incremental formulation is that of H. M. Markowitz and A. S. Manne, On the solution
of discrete programming problems, Econometrica 25 (1957), with decisions only where the
curve is not convex.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pydantic import ConfigDict

from verdigrid.models.held import add_variable
from verdigrid.models.parameter import Strict, parameter

#: Segments narrower than this share of the largest purchase are rounding.
NARROW = 1e-9


class Segment(Strict):
    """A stretch of the curve with one price per unit."""

    up_to: float = parameter(
        unit="unit", doc="where it ends, in new capacity altogether", gt=0
    )
    capex_per_unit: float = parameter(
        unit="currency/unit", doc="investment per new unit within it", ge=0
    )


def _in_keys(name: str, unit: str) -> str:
    """The key in the file carries the unit."""
    keys = {"up_to": f"up_to_{unit}", "capex_per_unit": f"capex_per_{unit}"}
    return keys.get(name, name)


class PowerSegment(Segment):
    """A segment in kW."""

    model_config = ConfigDict(alias_generator=lambda name: _in_keys(name, "kw"))


class EnergySegment(Segment):
    """A segment in kWh."""

    model_config = ConfigDict(alias_generator=lambda name: _in_keys(name, "kwh"))


@dataclass(frozen=True)
class Curve:
    """A curve up to the largest purchase: widths and prices of its segments."""

    widths: tuple[float, ...]
    prices: tuple[float, ...]

    @property
    def most(self) -> float:
        """Largest purchase."""
        return sum(self.widths)

    @property
    def falls(self) -> list[int]:
        """Segments that are cheaper than the one before."""
        prices = self.prices
        return [n for n in range(1, len(prices)) if prices[n] < prices[n - 1]]

    def cost(self, new: float) -> float:
        """Investment of ``new`` units, currency."""
        ends = np.cumsum([0.0, *self.widths])
        costs = np.cumsum([0.0, *np.multiply(self.widths, self.prices)])
        return float(np.interp(new, ends, costs))

    def build(
        self, block: pyo.Block, new: Any, build: Any, cheapest_first: bool = True
    ) -> Any:
        """Tie ``new`` to the segments; returns the investment as an expression.

        ``build`` is 1 if anything is bought, or None where nobody asks. Unless a plan
        buys the cheapest segment first by itself (a purchase that others pay for), all
        segments are opened one after the other.
        """
        segments = list(range(len(self.widths)))
        opened = self.falls if cheapest_first else segments[1:]
        filled = [
            add_variable(block, f"filled_{n}", bounds=(0.0, self.widths[n]))
            for n in segments
        ]
        block.new_is_filled = pyo.Constraint(expr=new == sum(filled))
        opens = {n: add_variable(block, f"open_{n}", domain=pyo.Binary) for n in opened}
        for n in segments:
            before = [at for at in opened if at <= n]
            after = [at for at in opened if at > n]
            opener = opens[before[-1]] if before else build
            if opener is not None:
                only = pyo.Constraint(expr=filled[n] <= self.widths[n] * opener)
                block.add_component(f"filled_{n}_only_if_open", only)
            if after:
                next_open = opens[after[0]]
                full = pyo.Constraint(expr=filled[n] >= self.widths[n] * next_open)
                block.add_component(f"filled_{n}_if_next_is_open", full)
        return sum(self.prices[n] * filled[n] for n in segments)


def curve_up_to(segments: Sequence[Segment], most: float) -> Curve:
    """The curve as far as ``most`` can be bought; equal neighbours are one segment."""
    widths: list[float] = []
    prices: list[float] = []
    start = 0.0
    for segment in segments:
        width = min(segment.up_to, most) - start
        if width <= NARROW * most:
            break
        if prices and prices[-1] == segment.capex_per_unit:
            widths[-1] += width
        else:
            widths.append(width)
            prices.append(segment.capex_per_unit)
        start += width
    return Curve(tuple(widths), tuple(prices))


def rises(segments: Sequence[Segment]) -> bool:
    """True if every segment ends beyond the one before."""
    ends = [segment.up_to for segment in segments]
    return all(one < other for one, other in pairwise(ends))

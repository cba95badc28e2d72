"""Peak import limit: never more than so much power from outside in some hours.

    bought(t)  <=  at_most_kw      for every step t within months, days and hours

Months, days and hours are those of the civil clock; what is not given counts all.
"""

from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Bools
from verdigrid.models.calendar import Calendar
from verdigrid.models.context import SOME_STEPS
from verdigrid.models.hours import days_mask, hours_mask, parse_range
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.profile import Days
from verdigrid.models.yearly import Yearly

_BOUGHT = {Measure.BOUGHT_POWER: 1.0}


class PeakImportLimit(Policy):
    """A limit on the power that is bought at any moment of some hours."""

    kind: Literal["peak_import_limit"] = "peak_import_limit"
    summary: ClassVar[str] = "most power from outside, in some months and hours"
    amount_unit: ClassVar[str] = "kW"
    priced: ClassVar[tuple[str, float]] = ("kW", 1.0)

    at_most_kw: float = parameter(unit="kW", doc="most power bought", ge=0)
    months: list[int] | None = parameter(
        None, unit="", doc="months by number, 1 to 12; all if not given"
    )
    hours: list[str] | None = parameter(
        None, unit="", doc='hours such as ["17-21"]; all if not given'
    )
    days: Days = parameter("all", unit="", doc="days of the week")

    @model_validator(mode="after")
    def _hours_exist(self) -> Self:
        for text in self.hours or ():
            parse_range(text)
        if any(not 1 <= month <= 12 for month in self.months or ()):
            raise ValueError("months: numbers from 1 to 12")
        return self

    @property
    def limit(self) -> float:
        return self.at_most_kw

    @property
    def unit(self) -> str:
        return "kW"

    def _inside(self, calendar: Calendar) -> Bools:
        """The steps in which it holds (steps,)."""
        inside = days_mask(self.days, calendar)
        if self.hours is not None:
            inside = inside & hours_mask(self.hours, calendar)
        if self.months is not None:
            inside = inside & np.isin(calendar.civil.month, self.months)
        return inside

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        inside = np.flatnonzero(self._inside(context.calendar))
        if not inside.size or not context.terms(_BOUGHT):
            return
        bought, most = context.rate(_BOUGHT), self.at_most_kw
        # The name tells the solvers that these numbers are steps.
        block.add_component(SOME_STEPS, pyo.Set(initialize=inside.tolist()))
        steps = block.component(SOME_STEPS)
        block.limit = pyo.Constraint(steps, rule=lambda b, t: bought(t) <= most)

    def amount(self, year: Yearly) -> float:
        inside = self._inside(year.calendar)
        return float(year.rate(_BOUGHT)[inside].max(initial=0.0))

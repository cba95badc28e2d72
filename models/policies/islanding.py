"""Islanding: the site runs without power from outside in given outages.

    bought(t) + exported(t)  =  0        for every step t of an outage

An outage is given by its first and last hour on the civil clock. The plan knows the
outages beforehand, and storages are filled for them: take some at bad times.
"""

import datetime as dt
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Bools
from verdigrid.models.calendar import Calendar
from verdigrid.models.context import SOME_STEPS
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.yearly import Yearly

_EXCHANGED = {Measure.BOUGHT_POWER: 1.0, Measure.EXPORTED_POWER: 1.0}


def _hour(text: str) -> pd.Timestamp:
    """A stamp without zone. Raises ValueError."""
    wrong = f'{text!r} is no hour such as "2026-07-14 08:00"'
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(wrong) from None
    if found.tzinfo is not None:
        raise ValueError(wrong)
    return pd.Timestamp(found)


class Outage(Strict):
    """A span without power from outside; both hours belong to it."""

    first: str = parameter(unit="", doc='first hour, such as "2026-07-14 08:00"')
    last: str = parameter(unit="", doc="last hour")

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if _hour(self.last) < _hour(self.first):
            raise ValueError(f"last ({self.last}) not before first ({self.first})")
        return self

    def inside(self, calendar: Calendar) -> Bools:
        """Steps that begin in it (steps,)."""
        begin, end = _hour(self.first), _hour(self.last)
        civil = calendar.civil
        return np.asarray((civil >= begin) & (civil < end + pd.Timedelta(hours=1)))


class Islanding(Policy):
    """Outages in which the site is on its own."""

    kind: Literal["islanding"] = "islanding"
    summary: ClassVar[str] = "no power from outside in given outages"
    amount_unit: ClassVar[str] = "kW"
    priced: ClassVar[tuple[str, float]] = ("kW", 1.0)

    outages: list[Outage] = parameter(unit="", doc="when there is no grid")

    @property
    def limit(self) -> float:
        return 0.0

    @property
    def unit(self) -> str:
        return "kW"

    def _inside(self, calendar: Calendar) -> Bools:
        """All steps of all outages (steps,)."""
        inside = np.zeros(calendar.periods, dtype=np.bool_)
        for outage in self.outages:
            inside |= outage.inside(calendar)
        return inside

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        outside = [
            Problem(
                f"policies.{context.name}.outages.{number}",
                f"{outage.first} to {outage.last}",
                "hours of the horizon",
            )
            for number, outage in enumerate(self.outages)
            if not outage.inside(context.calendar).any()
        ]
        if outside:
            raise InputError(outside)
        inside = np.flatnonzero(self._inside(context.calendar))
        if not inside.size or not context.terms(_EXCHANGED):
            return
        exchanged = context.rate(_EXCHANGED)
        # The name tells the solvers that these numbers are steps.
        block.add_component(SOME_STEPS, pyo.Set(initialize=inside.tolist()))
        steps = block.component(SOME_STEPS)
        block.limit = pyo.Constraint(steps, rule=lambda b, t: exchanged(t) <= 0)

    def amount(self, year: Yearly) -> float:
        """Highest power exchanged in outages, kW."""
        inside = self._inside(year.calendar)
        return float(year.rate(_EXCHANGED)[inside].max(initial=0.0))

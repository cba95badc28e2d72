"""Islanding: the site runs without power from outside, when that is known or at once.

    bought(t) + exported(t)  =  0        for every step t of an outage

An outage is given by its first and last hour on the civil clock. The plan knows the
outages beforehand, and storages are filled for them: take some at bad times.

An outage that nobody foresees begins at any start of ``from_any_start``, and finds the
storages as the plan has left them. That is not asked of the plan but told of it: how
many hours the site bridges if an outage begins there (how, says the study of outages).
So ``outages`` are guaranteed, and ``from_any_start`` is found out.
"""

import datetime as dt
import math
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Bools, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Component
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


#: Kinds of demand of which a share may be given up.
_LOADS = ("load", "shiftable_load", "batch", "ev_fleet")


def _minute(text: str) -> int:
    """Minutes after midnight of a time such as "18:00". Raises ValueError."""
    try:
        found = dt.time.fromisoformat(text)
    except ValueError:
        raise ValueError(f'{text!r} is no time such as "18:00"') from None
    return 60 * found.hour + found.minute


class AnyStart(Strict):
    """Unforeseen outages: how long, and when they may begin."""

    hours: float = parameter(unit="h", doc="how long an outage lasts", gt=0)
    every_day_at: list[str] | None = parameter(
        None, unit="", doc='when it may begin, such as ["06:00", "18:00"]'
    )
    every_hours: float | None = parameter(
        None, unit="h", doc="or: it may begin every so many hours", gt=0
    )
    critical_share: dict[str, float] = parameter(
        unit="1",
        doc="share of a load that must be served, by its name; all of it if not given",
        factory=dict,
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.every_day_at is None) == (self.every_hours is None):
            raise ValueError("give either every_day_at: or every_hours:")
        if self.every_day_at is not None and not self.every_day_at:
            raise ValueError("every_day_at needs at least one time")
        for text in self.every_day_at or ():
            _minute(text)
        if any(not 0 <= share <= 1 for share in self.critical_share.values()):
            raise ValueError("every critical_share is a fraction from 0 to 1")
        return self

    def steps(self, calendar: Calendar) -> int:
        """Steps of an outage, at least one."""
        return max(1, math.ceil(self.hours / calendar.step_hours - 1e-9))

    def starts(self, calendar: Calendar) -> Ints:
        """Steps with which an outage may begin and still end within the horizon."""
        if self.every_hours is not None:
            every = max(1, round(self.every_hours / calendar.step_hours))
            found = np.arange(0, calendar.periods, every)
        else:
            times = [_minute(text) for text in self.every_day_at or ()]
            civil = calendar.civil
            minute = np.asarray(civil.hour * 60 + civil.minute)
            found = np.flatnonzero(np.isin(minute, times))
        last = calendar.periods - self.steps(calendar)
        return np.asarray(found[found <= last], dtype=np.int64)


class Islanding(Policy):
    """Outages in which the site is on its own."""

    kind: Literal["islanding"] = "islanding"
    summary: ClassVar[str] = "no power from outside in given outages, or from any start"
    amount_unit: ClassVar[str] = "kW"
    priced: ClassVar[tuple[str, float]] = ("kW", 1.0)

    outages: list[Outage] | None = parameter(
        None, unit="", doc="when there is no grid; the plan must run then"
    )
    from_any_start: AnyStart | None = parameter(
        None,
        unit="",
        doc="outages that nobody foresees; it is told which ones the plan bridges",
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.outages is None and self.from_any_start is None:
            raise ValueError("give outages: or from_any_start:, or both")
        return self

    def problems(
        self, components: Mapping[str, Component], policies: Mapping[str, Policy]
    ) -> list[Problem]:
        any_start = self.from_any_start
        loads = sorted(name for name, c in components.items() if c.kind in _LOADS)
        return [
            Problem(
                "from_any_start.critical_share",
                repr(name),
                f"the name of a load: one of {', '.join(loads) or 'none'}",
            )
            for name in (any_start.critical_share if any_start else ())
            if name not in loads
        ]

    @property
    def limit(self) -> float | None:
        return None if self.outages is None else 0.0

    @property
    def unit(self) -> str:
        return "kW"

    def _inside(self, calendar: Calendar) -> Bools:
        """All steps of all outages (steps,)."""
        inside = np.zeros(calendar.periods, dtype=np.bool_)
        for outage in self.outages or ():
            inside |= outage.inside(calendar)
        return inside

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        outside = [
            Problem(
                f"policies.{context.name}.outages.{number}",
                f"{outage.first} to {outage.last}",
                "hours of the horizon",
            )
            for number, outage in enumerate(self.outages or ())
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

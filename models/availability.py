"""When a machine may run: a share of its size, and days on which it stands still."""

import datetime as dt
from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.parameter import Strict, parameter


class Maintenance(Strict):
    """Days on which a machine stands still, both included, on the civil clock."""

    first: str = parameter(unit="", doc="first day, such as 2026-08-10")
    last: str = parameter(unit="", doc="last day")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        first, last = (
            dt.date.fromisoformat(self.first),
            dt.date.fromisoformat(self.last),
        )
        if last < first:
            raise ValueError(f"last ({last}) not before first ({first})")
        return self


def available(
    share: Floats, stops: Sequence[Maintenance], calendar: Calendar
) -> Floats:
    """Share of the size that may run in every step, (steps,).

    ``share`` is what is available outside the ``stops``. Raises InputError for shares
    above 1 and for stops outside the horizon.
    """
    if (share > 1).any():
        raise InputError([Problem("availability", f"{share.max():g}", "at most 1")])
    days, left = calendar.civil.normalize(), np.array(share, dtype=float)
    for number, stop in enumerate(stops):
        still = (days >= pd.Timestamp(stop.first)) & (days <= pd.Timestamp(stop.last))
        if not still.any():
            problem = Problem(
                f"maintenance.{number}",
                f"{stop.first} to {stop.last}",
                f"days between {days[0]:%Y-%m-%d} and {days[-1]:%Y-%m-%d}",
                "only the days of the horizon can be planned",
            )
            raise InputError([problem])
        left[still] = 0.0
    return left

"""From when until when the prices of a tariff hold."""

import datetime as dt
from typing import Self

from pydantic import ConfigDict, model_validator

from verdigrid.models.calendar import Calendar
from verdigrid.models.parameter import Strict, parameter


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date; write 2026-01-31") from None


class Validity(Strict):
    """The days on which a tariff holds, both included."""

    model_config = ConfigDict(
        alias_generator=lambda name: "from" if name == "first" else name
    )

    first: str = parameter(unit="", doc="first day, such as 2026-01-01")
    until: str | None = parameter(None, unit="", doc="last day; open if not given")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, until = _date(self.first), _date(self.until or "9999-12-31")
        if until < first:
            raise ValueError(f"until ({self.until}) not before from ({self.first})")
        return self

    def __str__(self) -> str:
        return f"{self.first} to {self.until or 'further notice'}"

    def covers(self, calendar: Calendar) -> bool:
        """True if the whole horizon lies within it."""
        begin, end = (calendar.civil[step].date() for step in (0, -1))
        return _date(self.first) <= begin and end <= _date(self.until or "9999-12-31")

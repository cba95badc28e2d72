"""Demand charges: a price on the highest import of a month or a year.

    peak(m)    >=  import(t)              for every step t of month m inside the window
    billed(m)  =   max(peak(m), share x peak(k) for the months k that the ratchet names)
    cost(m)    =   rate x billed(m)       or what its tiers cost
    cost       =   rate x max over m of peak(m)                 if charged per year

symbol    name         unit   meaning
peak      peak_kw      kW     highest import (mean of a step) within the window
billed    billed_kw    kW     what is paid for; only with a ratchet
share     share        1      of the ratchet
-         highest_kw   kW     highest peak of the year; only if charged per year

A ratchet looks at the same hours and days in other months, whether the charge is due in
those or not, and goes round the year: December is the month before January. Where the
rate falls from tier to tier, see ``models/tariffs/tiers.py``.
"""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import BillLine
from verdigrid.models.errors import Problem
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.tariffs.charge import Meter, Readings, month_share, months_within
from verdigrid.models.tariffs.tiers import TieredCharge, refuse_disorder, tiered_amounts
from verdigrid.models.tariffs.time_of_use import Dates, Holidays, Window


class DemandTier(Strict):
    """A rate for some of the demand."""

    up_to_kw: float | None = parameter(
        None, unit="kW", doc="upper end; the last tier has none", gt=0
    )
    rate_per_kw: float = parameter(unit="currency/kW", doc="rate in this tier", ge=0)


class Ratchet(Strict):
    """A month is billed for at least a share of the peaks of other months."""

    share: float = parameter(unit="1", doc="share of the other peaks", gt=0, le=1)
    months: list[int] | None = parameter(
        None, unit="", doc="the other months by number, 1 for January"
    )
    look_back_months: int | None = parameter(
        None, unit="", doc="or: as many months before", ge=1, le=12
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.months is None) == (self.look_back_months is None):
            raise ValueError("give either months: or look_back_months:")
        if self.months is not None and not set(self.months) <= set(range(1, 13)):
            raise ValueError("months must be numbers from 1 to 12")
        return self

    def looks_at(self, month: int, numbers: Sequence[int]) -> list[int]:
        """Other months of the horizon that ``month`` looks at.

        ``numbers`` are those of the horizon's months, 1 for January.
        """
        if self.months is not None:
            others = [k for k, number in enumerate(numbers) if number in self.months]
        else:
            back = range(1, (self.look_back_months or 0) + 1)
            others = [(month - k) % len(numbers) for k in back]
        return [k for k in dict.fromkeys(others) if k != month]


class DemandCharge(Window, TieredCharge):
    """A charge on the highest import within some hours of some months."""

    name: str = parameter("", unit="", doc="what the bill calls it")
    rate_per_kw: float | None = parameter(
        None, unit="currency/kW", doc="price of a kW, per month or year", ge=0
    )
    tiers: list[DemandTier] = parameter(
        unit="", doc="or: rates that follow each other as demand rises", factory=list
    )
    windows: list[Window] = parameter(
        unit="", doc="or: several windows, in any of which it counts", factory=list
    )
    per: Literal["month", "year"] = parameter(
        "month", unit="", doc="each month's highest import, or that of the year"
    )
    ratchet: Ratchet | None = parameter(
        None, unit="", doc="what other months' peaks have to do with it"
    )

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.rate_per_kw is None) == (not self.tiers):
            raise ValueError("give either rate_per_kw: or tiers:")
        if self.tiers:
            refuse_disorder([tier.up_to_kw for tier in self.tiers], "up_to_kw")
        if self.ratchet is not None and self.per == "year":
            raise ValueError("a ratchet is about months; drop it, or per: year")
        return self

    @model_validator(mode="after")
    def _one_or_several_windows(self) -> Self:
        narrowed = self.hours != ["0-24"] or self.days != "all" or self.dates
        if self.windows and narrowed:
            raise ValueError("give hours:, days: and dates: inside of windows:")
        return self

    def named_dates(self) -> dict[str, list[Dates]]:
        """Its lists of dates by their path inside the charge."""
        several = enumerate(self.windows)
        found = {f"windows.{number}.dates": window.dates for number, window in several}
        return {"dates": self.dates, **found}

    def mask(self, calendar: Calendar, holidays: Holidays) -> Bools:
        """Steps whose import counts in the months in which it is due (steps,)."""
        if not self.windows:
            return super().mask(calendar, holidays)
        inside = [window.mask(calendar, holidays) for window in self.windows]
        due = np.isin(calendar.civil.month, self.months)
        return np.asarray(np.any(inside, axis=0) & due, dtype=np.bool_)

    @property
    def item(self) -> str:
        return f"demand charge {self.name}".strip()

    def problems(self, calendar: Calendar, holidays: Holidays) -> list[Problem]:
        try:
            self.mask(calendar, holidays)
        except ValueError as error:
            return [Problem("", str(error), "hours and dates of the horizon")]
        return self._ratchet_problems(calendar)

    def _ratchet_problems(self, calendar: Calendar) -> list[Problem]:
        """A ratchet must not look at months that the horizon does not have."""
        names, ratchet = calendar.month_names, self.ratchet
        if ratchet is None:
            return []
        hint = "a ratchet needs a whole year of data"
        back = ratchet.look_back_months or 0
        if back > len(names):
            expected = f"at most the {len(names)} months of the horizon"
            path = "ratchet.look_back_months"
            return [Problem(path, str(back), expected, hint)]
        absent = sorted(set(ratchet.months or []) - set(_numbers(calendar)))
        if absent:
            text = ", ".join(str(month) for month in absent)
            expected = f"months of the horizon, {names[0]} to {names[-1]}"
            return [Problem("ratchet.months", f"month {text}", expected, hint)]
        return []

    def _measured(self, calendar: Calendar, holidays: Holidays) -> Bools:
        """Steps whose import counts (steps,); with a ratchet, those of all months."""
        all_year = {"months": list(range(1, 13))} if self.ratchet else {}
        return self.model_copy(update=all_year).mask(calendar, holidays)

    def _due(self, calendar: Calendar, measured: Bools) -> list[int]:
        """Months of the horizon in which it is due.

        Without a ratchet, only those that have a step in the window.
        """
        numbers = _numbers(calendar)
        here = months_within(measured, calendar)
        candidates = range(len(numbers)) if self.ratchet else here
        return [m for m in candidates if numbers[m] in self.months]

    # -- in the model ---------------------------------------------------------

    def build(self, part: pyo.Block, meter: Meter) -> Sequence[Any]:
        calendar = meter.calendar
        measured = self._measured(calendar, meter.holidays)
        due, here = self._due(calendar, measured), months_within(measured, calendar)
        if not due or not here:
            return [0.0 for _ in meter.months]
        peak = meter.peaks(measured)
        if self.per == "year":
            part.highest_kw = pyo.Var(bounds=(0.0, meter.most_kw))
            part.highest_of_months = pyo.Constraint(due)
            for m in due:
                part.highest_of_months[m] = peak[m] <= part.highest_kw
            (yearly,) = self._cost(part, [part.highest_kw], meter.most_kw)
            return [month_share(calendar) * yearly for _ in meter.months]
        billed = {m: peak[m] for m in due}
        if self.ratchet is not None:
            billed = self._build_ratchet(part, meter, peak, due, here)
        cost = self._cost(part, list(billed.values()), meter.most_kw)
        by_month = dict(zip(due, cost, strict=True))
        return [by_month.get(m, 0.0) for m in meter.months]

    def _build_ratchet(
        self,
        part: pyo.Block,
        meter: Meter,
        peak: pyo.Var,
        due: list[int],
        here: list[int],
    ) -> dict[int, Any]:
        assert self.ratchet is not None
        part.billed_kw = pyo.Var(due, bounds=(0.0, meter.most_kw))
        own = [m for m in due if m in here]
        part.own_peak = pyo.Constraint(own)
        for m in own:
            part.own_peak[m] = peak[m] <= part.billed_kw[m]
        numbers = _numbers(meter.calendar)
        pairs = [(m, k) for m in due for k in self.ratchet.looks_at(m, numbers)]
        pairs = [(m, k) for m, k in pairs if k in here]
        part.peak_of_other = pyo.Constraint(range(len(pairs)))
        for number, (m, k) in enumerate(pairs):
            share_of_other = self.ratchet.share * peak[k]
            part.peak_of_other[number] = share_of_other <= part.billed_kw[m]
        return {m: part.billed_kw[m] for m in due}

    def _cost(self, part: pyo.Block, demands: list[Any], most: float) -> list[Any]:
        if self.rate_per_kw is not None:
            return [self.rate_per_kw * demand for demand in demands]
        ends = [tier.up_to_kw for tier in self.tiers]
        rates = [tier.rate_per_kw for tier in self.tiers]
        return self.fill_tiers(part, demands, most, ends, rates)

    # -- on paper -------------------------------------------------------------

    def bill(self, readings: Readings) -> list[BillLine]:
        calendar = readings.calendar
        measured = self._measured(calendar, readings.holidays)
        due = self._due(calendar, measured)
        peaks = readings.peaks(measured)
        billed = np.zeros_like(peaks)
        billed[due] = peaks[due]
        if self.per == "year":
            highest = np.full(peaks.shape, billed.max())
            amount = month_share(calendar) * self._paper_cost(highest)
            return [BillLine(self.item, "kW", highest, amount, "demand")]
        if self.ratchet is not None:
            numbers = _numbers(calendar)
            for m in due:
                others = peaks[self.ratchet.looks_at(m, numbers)]
                billed[m] = max([peaks[m], *(self.ratchet.share * others)])
        return [BillLine(self.item, "kW", billed, self._paper_cost(billed), "demand")]

    def _paper_cost(self, billed: Floats) -> Floats:
        if self.rate_per_kw is not None:
            return self.rate_per_kw * billed
        rates = np.array([tier.rate_per_kw for tier in self.tiers])
        amounts = tiered_amounts(billed, [tier.up_to_kw for tier in self.tiers])
        return np.asarray(rates @ amounts, dtype=np.float64)


def _numbers(calendar: Calendar) -> list[int]:
    """Numbers of the horizon's months, 1 for January."""
    return [int(name[-2:]) for name in calendar.month_names]

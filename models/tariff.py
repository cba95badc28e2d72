"""The electricity tariff: energy by time of use, demand charge, feed-in.

    energy of a month  = sum over steps of price(t) x import(t) x dt
    demand of a month  = demand_charge_per_kw_month x highest import(t) of the month
    feed-in of a month = sum over steps of export_price(t) x export(t) x dt

The energy price is a profile, or a table of bands (sharp, peak, flat ...) and the
periods of the civil clock in which each holds; every step must fall into exactly
one band.
"""

from typing import Self

import numpy as np
from pydantic import model_validator

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.hours import days_mask, hours_mask
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.profile import Days, Profile


class Period(Strict):
    """When a price band holds; months, days and hours must all match."""

    band: str = parameter(unit="", doc="name of the band")
    hours: list[str] = parameter(
        ["0-24"], unit="", doc='hours of the civil clock, such as ["8-11", "17-22"]'
    )
    days: Days = parameter("all", unit="", doc="days of the week")
    months: list[int] = parameter(
        list(range(1, 13)), unit="", doc="months, 1 for January"
    )

    @model_validator(mode="after")
    def _real_months(self) -> Self:
        if not self.months or not set(self.months) <= set(range(1, 13)):
            raise ValueError("months must be numbers from 1 to 12")
        return self


class Tariff(Strict):
    """What a kilowatt-hour and a kilowatt cost, and what feed-in earns."""

    price_per_kwh: Profile | None = parameter(
        None, unit="currency/kWh", doc="energy price, constant or hourly"
    )
    bands: dict[str, float] | None = parameter(
        None, unit="currency/kWh", doc="energy price of each time-of-use band"
    )
    periods: list[Period] = parameter(unit="", doc="when each band holds", factory=list)
    otherwise: str | None = parameter(
        None, unit="", doc="band of all hours that no period names"
    )
    demand_charge_per_kw_month: float = parameter(
        0.0, unit="currency/kW/month", doc="price of a month's highest import", ge=0
    )
    fixed_per_month: float = parameter(
        0.0, unit="currency/month", doc="customer charge", ge=0
    )
    export_price_per_kwh: Profile | None = parameter(
        None, unit="currency/kWh", doc="feed-in price; without it nothing is fed in"
    )

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        if (self.price_per_kwh is None) == (self.bands is None):
            raise ValueError("give either price_per_kwh: or bands: with periods:")
        bands = self.bands or {}
        named = {period.band for period in self.periods}
        named |= {self.otherwise} if self.otherwise else set()
        unknown = sorted(named - set(bands))
        if unknown:
            raise ValueError(
                f"bands {', '.join(unknown)} have no price; known: {', '.join(bands)}"
            )
        return self

    def band_of_steps(self, calendar: Calendar) -> Ints:
        """Number of the band of each step, in the order of ``bands``, (steps,).

        Raises ValueError naming the hours if a step has no band or more than one.
        """
        names = list(self.bands or {})
        band = np.full(calendar.periods, -1, dtype=np.int64)
        for number, period in enumerate(self.periods, start=1):
            mask = (
                hours_mask(period.hours, calendar)
                & days_mask(period.days, calendar)
                & np.isin(calendar.civil.month, period.months)
            )
            other = names.index(period.band)
            clash = mask & (band >= 0) & (band != other)
            if clash.any():
                first = int(np.flatnonzero(clash)[0])
                raise ValueError(
                    f"period {number} ({period.band}) overlaps "
                    f"{names[band[first]]} in {int(clash.sum())} steps, first "
                    f"{calendar.civil[first]:%Y-%m-%d %H:%M}; every hour needs "
                    "exactly one band"
                )
            band[mask] = other
        if self.otherwise is not None:
            band[band < 0] = names.index(self.otherwise)
        open_steps = np.flatnonzero(band < 0)
        if open_steps.size:
            hours = sorted(set(calendar.civil[open_steps].strftime("%H:%M")))
            raise ValueError(
                f"no band covers {open_steps.size} steps, first "
                f"{calendar.civil[int(open_steps[0])]:%Y-%m-%d %H:%M} (hours of the "
                f"day: {', '.join(hours[:24])}); add periods: or otherwise:"
            )
        return band

    def band_prices(self, calendar: Calendar) -> Floats:
        """Energy price of each step from the bands, currency/kWh, (steps,)."""
        prices = np.array(list((self.bands or {}).values()), dtype=float)
        return np.asarray(prices[self.band_of_steps(calendar)], dtype=np.float64)

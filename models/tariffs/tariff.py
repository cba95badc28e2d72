"""The electricity tariff: energy by time of use, demand, basic and fixed charges.

    energy of a month  = sum over steps of price(t) x import(t) x dt
    demand of a month  = demand_charge_per_kw_month x highest import(t) of the month
    feed-in of a month = sum over steps of export_price(t) x export(t) x dt

The energy price is a profile, or a table of bands (sharp, peak, flat ...) and the
periods of the civil clock in which each holds; every step must fall into exactly one
band. Or it is made of parts, of which the band multiplies some:

    price(t) = sum over parts of part x multiplier(band of t)     if it applies to them
             + sum over the other parts

Feed-in earns a price, or one of each band (``export_bands``). Each further charge has
its own file: ``demand_charge``, ``basic_charge``, ``full_load_hours_fee``,
``net_metering``, ``tiers``, ``fixed_charge``.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, model_validator

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.errors import Problem
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.profile import Profile
from verdigrid.models.tariffs.basic_charge import BasicCharge
from verdigrid.models.tariffs.charge import Charge
from verdigrid.models.tariffs.demand_charge import DemandCharge
from verdigrid.models.tariffs.fixed_charge import FixedCharge
from verdigrid.models.tariffs.full_load_hours_fee import FullLoadHoursFee
from verdigrid.models.tariffs.net_metering import NetMetering
from verdigrid.models.tariffs.tiers import EnergyTier, EnergyTiers, refuse_disorder
from verdigrid.models.tariffs.time_of_use import (
    Dates,
    Holidays,
    Period,
    band_of_steps,
    by_band,
    out_of_years,
    single_days,
)
from verdigrid.models.tariffs.validity import Validity

#: Name of the price part that is the energy itself.
ENERGY = "energy"


def _tiers_in_order(tiers: list[EnergyTier]) -> list[EnergyTier]:
    if tiers:
        refuse_disorder([tier.up_to_kwh for tier in tiers], "up_to_kwh")
    return tiers


def _names_of_their_own(charges: list[DemandCharge]) -> list[DemandCharge]:
    names = [charge.name for charge in charges]
    if "" in names or len(set(names)) < len(names):
        raise ValueError("every one of demand_charges: needs a name of its own")
    return charges


def _real_days(days: list[str]) -> list[str]:
    single_days(days)
    return days


class Tariff(Strict):
    """What a kilowatt-hour and a kilowatt cost, and what feed-in earns."""

    source: str | None = parameter(
        None, unit="", doc="where the prices come from, and their year"
    )
    currency: str | None = parameter(
        None, unit="", doc="of the prices; must be that of the scenario"
    )
    valid: Validity | None = parameter(
        None, unit="", doc="from when until when the prices hold"
    )
    price_per_kwh: Profile | None = parameter(
        None, unit="currency/kWh", doc="energy price, constant or hourly"
    )
    bands: dict[str, float] | None = parameter(
        None, unit="currency/kWh", doc="energy price of each time-of-use band"
    )
    energy_price_per_kwh: Profile | None = parameter(
        None, unit="currency/kWh", doc="energy price that the band multiplies"
    )
    multipliers: dict[str, float] | None = parameter(
        None, unit="1", doc="multiplier of each time-of-use band"
    )
    multiplier_applies_to: list[str] = parameter(
        unit="",
        doc="price parts that the band multiplies: energy, and names of adders",
        factory=lambda: [ENERGY],
    )
    adders_per_kwh: dict[str, float] = parameter(
        unit="currency/kWh",
        doc="further prices by name (transmission, losses, levies ..)",
        factory=dict,
    )
    energy_tiers: Annotated[list[EnergyTier], AfterValidator(_tiers_in_order)] = (
        parameter(
            unit="",
            doc="further prices that follow each other as a month's energy rises",
            factory=list,
        )
    )
    periods: list[Period] = parameter(unit="", doc="when each band holds", factory=list)
    otherwise: str | None = parameter(
        None, unit="", doc="band of all hours that no period names"
    )
    holidays: Annotated[list[str], AfterValidator(_real_days)] = parameter(
        unit="", doc="dates: 2026-10-01, or 10-01 for every year", factory=list
    )
    holidays_are: Literal["weekends", "apart"] = parameter(
        "weekends", unit="", doc="weekend days too, or neither workday nor weekend"
    )
    demand_charge_per_kw_month: float = parameter(
        0.0, unit="currency/kW/month", doc="price of a month's highest import", ge=0
    )
    demand_charges: Annotated[
        list[DemandCharge], AfterValidator(_names_of_their_own)
    ] = parameter(unit="", doc="further charges on the highest import", factory=list)
    basic_charge: BasicCharge | None = parameter(
        None, unit="", doc="on capacity, contract or peak (Chinese two-part tariff)"
    )
    full_load_hours_fee: FullLoadHoursFee | None = parameter(
        None, unit="", doc="grid fee by full-load hours (Germany)"
    )
    fixed_per_month: float = parameter(
        0.0, unit="currency/month", doc="customer charge", ge=0
    )
    fixed_per_day: float = parameter(
        0.0, unit="currency/day", doc="customer charge", ge=0
    )
    minimum_per_month: float = parameter(
        0.0,
        unit="currency/month",
        doc="least bill of a month; feed-in and yearly grid fees stand apart",
        ge=0,
    )
    export_price_per_kwh: Profile | None = parameter(
        None, unit="currency/kWh", doc="feed-in price; without it nothing is fed in"
    )
    export_bands: dict[str, float] | None = parameter(
        None, unit="currency/kWh", doc="or: feed-in price of each time-of-use band"
    )
    net_metering: NetMetering | None = parameter(
        None, unit="", doc="or: feed-in takes back purchases over the year"
    )

    # -- what is refused --------------------------------------------------------

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        forms = [self.price_per_kwh, self.bands, self.energy_price_per_kwh]
        given = sum(form is not None for form in forms)
        if given > 1 or not (given or self.energy_tiers):
            raise ValueError(
                "give either price_per_kwh: or bands: with periods:, or "
                "energy_price_per_kwh: with multipliers: and periods:"
            )
        if (self.energy_price_per_kwh is None) != (self.multipliers is None):
            raise ValueError(
                "energy_price_per_kwh: and multipliers: belong together; a price "
                "without bands is price_per_kwh:"
            )
        named = {period.band for period in self.periods}
        named |= {self.otherwise} if self.otherwise else set()
        unknown = sorted(named - set(self.band_names))
        if unknown:
            raise ValueError(
                f"bands {', '.join(unknown)} have no price; known: "
                f"{', '.join(self.band_names)}"
            )
        return self

    @model_validator(mode="after")
    def _known_parts(self) -> Self:
        if ENERGY in self.adders_per_kwh:
            raise ValueError("no adder can be called energy: that is the price itself")
        parts = {ENERGY, *self.adders_per_kwh}
        unknown = sorted(set(self.multiplier_applies_to) - parts)
        if unknown:
            raise ValueError(
                f"multiplier_applies_to names {', '.join(unknown)}; known: "
                f"{', '.join(sorted(parts))}"
            )
        if self.multipliers is None and self.multiplier_applies_to != [ENERGY]:
            raise ValueError("multiplier_applies_to: needs multipliers:")
        return self

    @model_validator(mode="after")
    def _one_feed_in(self) -> Self:
        forms = (self.export_price_per_kwh, self.export_bands, self.net_metering)
        if sum(form is not None for form in forms) > 1:
            raise ValueError(
                "give either export_price_per_kwh: or export_bands: or net_metering:"
            )
        if self.export_bands is not None and set(self.export_bands) != set(
            self.band_names
        ):
            known = ", ".join(self.band_names) or "none"
            raise ValueError(f"export_bands: needs a price of every band ({known})")
        if self.net_metering is None:
            return self
        self._refuse_beside_net_metering()
        price = self.price_per_kwh or self.energy_price_per_kwh
        if price is not None and price.constant is None:
            raise ValueError(
                "net_metering: needs bands or one price, not a price of every hour"
            )
        return self

    def _refuse_beside_net_metering(self) -> None:
        """What is charged on purchases, and would not be taken back with them."""
        fee = self.full_load_hours_fee
        by_kwh = fee is not None and (fee.below.per_kwh or fee.above.per_kwh)
        for key, given in (
            ("energy_tiers:", self.energy_tiers),
            ("minimum_per_month:", self.minimum_per_month),
            ("full_load_hours_fee: with per_kwh:", by_kwh),
        ):
            if given:
                raise ValueError(
                    f"give either net_metering: or {key} what is set off within a "
                    "year has no month, tier or hours of use of its own"
                )

    def problems(self, calendar: Calendar) -> list[Problem]:
        """What can't be billed on this horizon (paths inside the tariff)."""
        holidays = self.holidays_on(calendar)
        found = []
        if self.valid is None:
            expected = "dates of the horizon's years"
            stray = self._stray_dates(calendar)
            found += [Problem(path, got, expected) for path, got in stray]
        if self.band_names:
            try:
                self.band_of_steps(calendar)
            except ValueError as error:
                expected = "exactly one band for every hour"
                found.append(Problem("periods", str(error), expected))
        for number, charge in enumerate(self.demand_charges):
            for problem in charge.problems(calendar, holidays):
                path = f"demand_charges.{number}.{problem.path}".rstrip(".")
                found.append(Problem(path, problem.got, problem.expected, problem.hint))
        return found

    def notes(self, calendar: Calendar) -> list[str]:
        """What a reader should know: prices of other days than the horizon's."""
        if self.valid is None or self.valid.covers(calendar):
            return []
        begin, end = (f"{calendar.civil[step]:%Y-%m-%d}" for step in (0, -1))
        stray = [f"{path}: {got}" for path, got in self._stray_dates(calendar)]
        return [
            f"its prices are of {self.valid}, the horizon is {begin} to {end}",
            *(f"{text}: not counted" for text in stray),
        ]

    def _stray_dates(self, calendar: Calendar) -> Iterator[tuple[str, str]]:
        """Lists of dates, none of which is in the horizon's years: where, and what."""
        dates: dict[str, list[Dates]] = {"holidays": single_days(self.holidays)}
        for number, period in enumerate(self.periods):
            dates[f"periods.{number}.dates"] = period.dates
        for number, charge in enumerate(self.demand_charges):
            dates |= {
                f"demand_charges.{number}.{path}": found
                for path, found in charge.named_dates().items()
            }
        for path, found in dates.items():
            wrong = out_of_years(found, calendar)
            if wrong:
                yield path, wrong

    # -- the price of energy ----------------------------------------------------

    @property
    def band_names(self) -> list[str]:
        """Names of the time-of-use bands, none if there are none."""
        return list(self.bands or self.multipliers or {})

    @property
    def exports(self) -> bool:
        """True if energy may be fed in."""
        forms = (self.export_price_per_kwh, self.export_bands, self.net_metering)
        return any(form is not None for form in forms)

    def holidays_on(self, calendar: Calendar) -> Holidays:
        """Holidays of the horizon."""
        return Holidays.of(self.holidays, self.holidays_are == "weekends", calendar)

    def band_of_steps(self, calendar: Calendar) -> Ints:
        """Number of the band of each step, in the order of ``band_names``, (steps,).

        Raises ValueError naming the hours if a step has no band or more than one.
        """
        holidays = self.holidays_on(calendar)
        return band_of_steps(
            self.band_names, self.periods, self.otherwise, calendar, holidays
        )

    def feed_in_price(
        self, series: Mapping[str, Floats], band: Ints | None, steps: int
    ) -> Floats:
        """What a kWh fed in earns in each step, currency/kWh, (steps,)."""
        if self.net_metering is not None:
            return np.full(steps, self.net_metering.surplus_price_per_kwh)
        if self.export_bands is not None and band is not None:
            prices = [self.export_bands[name] for name in self.band_names]
            return by_band(prices, band)
        return series.get("tariff.export_price_per_kwh", np.zeros(steps))

    def price_parts(
        self, series: Mapping[str, Floats], band: Ints | None, steps: int
    ) -> dict[str, Floats]:
        """Every part of the energy price by name, currency/kWh, each (steps,).

        ``series`` are the profiles of the grid connection.
        """
        multiplier = np.ones(steps)
        if self.multipliers is not None and band is not None:
            multiplier = by_band(list(self.multipliers.values()), band)
        parts = {}
        for name, price in self._parts(series, band, steps):
            multiplied = name in self.multiplier_applies_to
            parts[name] = price * multiplier if multiplied else price
        return parts

    def _parts(
        self, series: Mapping[str, Floats], band: Ints | None, steps: int
    ) -> Iterator[tuple[str, Floats]]:
        """The parts before any multiplier."""
        if self.bands is not None and band is not None:
            yield ENERGY, by_band(list(self.bands.values()), band)
        elif self.energy_price_per_kwh is not None:
            yield ENERGY, series["tariff.energy_price_per_kwh"]
        elif self.price_per_kwh is not None:
            yield ENERGY, series["tariff.price_per_kwh"]
        else:
            yield ENERGY, np.zeros(steps)
        for name, price in self.adders_per_kwh.items():
            yield name, np.full(steps, price)

    # -- everything else --------------------------------------------------------

    def charges(self) -> list[tuple[str, Charge]]:
        """Charges beyond the price of each hour, with a name for their block.

        Net metering is not among them: it is a matter of feed-in.
        """
        found: list[tuple[str, Charge]] = []
        if self.fixed_per_month or self.fixed_per_day:
            fixed = FixedCharge(
                per_month=self.fixed_per_month, per_day=self.fixed_per_day
            )
            found.append(("fixed_charge", fixed))
        if self.demand_charge_per_kw_month:
            rate = self.demand_charge_per_kw_month
            found.append(("demand_charge", DemandCharge(rate_per_kw=rate)))
        for number, charge in enumerate(self.demand_charges, start=1):
            found.append((f"demand_charge_{number}", charge))
        if self.energy_tiers:
            found.append(("energy_tiers", EnergyTiers(tiers=self.energy_tiers)))
        for name, given in (
            ("basic_charge", self.basic_charge),
            ("full_load_hours_fee", self.full_load_hours_fee),
        ):
            if given is not None:
                found.append((name, given))
        return found

"""Trading through the plant: bought at one connection, fed in at another.

What is bought and fed in at once at one connection is kept apart by its meter. Two
connections have two, and wherever feed-in at the one is worth more than a kWh costs
at the other, the cheapest plan would pass as much through as their lines carry. Nobody
permits that unasked, so such a pair is refused, unless the connection that feeds in
says ``trading: allowed``.

    feed-in price(t) of the one <= energy price(t) of the other        in every step
    feed-in credit(t) of the one <= carbon factor(t) of the other      in every step

With the second no price on carbon can pay for it either. Where a month has a minimum
bill, a kWh may cost nothing, and where feed-in takes back purchases it may be worth
what they cost. Charges on peaks only make passing through dearer; they are left out.

Connections trade if they are on one bus, or on buses that power lines join, or storages
that charge from the one and discharge to the other. Power that a ``fuel_supply`` brings
counts as another connection's.

Where there is a battery, or vehicles that feed the site, one connection is enough: what
is bought now is fed in later, over and over if feed-in is worth more than a kWh costs.
To buy when it is cheap and feed in when it is dear is no such trade:

    feed-in price(t) <= energy price(t) + cheapest tier        in every step
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Component
from verdigrid.models.components.ev_fleet import EvFleet
from verdigrid.models.components.fuel_supply import FuelSupply
from verdigrid.models.components.grid import Grid
from verdigrid.models.components.link import Link
from verdigrid.models.components.power_purchase import PowerPurchase
from verdigrid.models.errors import Problem
from verdigrid.models.storage import Storage

#: Prices this close are the same, currency/kWh.
_SAME = 1e-9


def trading_problems(
    components: Mapping[str, Component],
    series: Mapping[str, Floats],
    calendar: Calendar,
) -> Iterator[Problem]:
    """Pairs of connections, or one with a storage, where trading would pay.

    ``series`` are the prepared ones by path.
    """
    grids = {n: c for n, c in components.items() if isinstance(c, Grid)}
    place = _Places(components)
    offers = list(_offers(components, series))
    storing = {place(bus) for bus in _storing(components)}
    for name, seller in grids.items():
        if seller.export_limit <= 0 or seller.trading == "allowed":
            continue
        for offer in offers:
            if offer.name != name and place(offer.bus) == place(seller.bus):
                yield from _pair(name, seller, offer, series, calendar)
        if seller.import_limit_kw > 0 and place(seller.bus) in storing:
            yield from _alone(name, seller, series, calendar)


@dataclass(frozen=True)
class _Offer:
    """Power that can be had through the grid, in every step (steps,).

    ``price`` is its energy price, ``factor`` the smaller of its carbon factors.
    """

    name: str
    bus: str
    price: Floats
    factor: Floats


def _offers(
    components: Mapping[str, Component], series: Mapping[str, Floats]
) -> Iterator[_Offer]:
    """What connections sell to the site, and contracts that the grid delivers.

    A line of its own is no way through the grid: what its plant gives beyond the
    site's need is fed in with good reason.
    """
    for name, component in components.items():
        own = f"components.{name}"
        if isinstance(component, Grid) and component.import_limit_kw > 0:
            price = series[f"{own}.import_price"]
            if component.tariff.minimum_per_month:
                price = np.minimum(price, 0.0)
            located = series[f"{own}.emissions_kg_per_kwh"]
            market = series.get(f"{own}.market_kg_per_kwh", located)
            yield _Offer(name, component.bus, price, np.minimum(located, market))
        if isinstance(component, PowerPurchase) and component.delivery == "grid":
            price = (
                series[f"{own}.price_per_kwh"] + series[f"{own}.network_fee_per_kwh"]
            )
            if component.take_or_pay:
                price = series[f"{own}.network_fee_per_kwh"]
            located = series[f"{own}.location_kg_per_kwh"]
            market = series.get(f"{own}.market_kg_per_kwh", np.zeros(price.size))
            yield _Offer(name, component.bus, price, np.minimum(located, market))
        if isinstance(component, FuelSupply):
            price = series[f"{own}.price_per_kwh"]
            factor = np.full(price.size, component.emissions_kg_per_kwh)
            yield _Offer(name, component.bus, price, factor)


def _storing(components: Mapping[str, Component]) -> Iterator[str]:
    """Buses to which something gives back what it took; not all carry power."""
    for component in components.values():
        if isinstance(component, Storage):
            yield component.outlet
        if isinstance(component, EvFleet) and component.vehicle_to_site:
            yield component.bus


def _pair(
    name: str,
    seller: Grid,
    offer: _Offer,
    series: Mapping[str, Floats],
    calendar: Calendar,
) -> Iterator[Problem]:
    of_seller = f"components.{name}"
    sells = series[f"{of_seller}.export_price"]
    if seller.tariff.net_metering is not None:
        sells = np.maximum(sells, series[f"{of_seller}.import_price"])
    yield from _gain(
        f"{of_seller}.{_feed_in_key(seller)}",
        sells,
        offer.price,
        f"what a kWh costs at {offer.name}",
        calendar,
    )
    yield from _gain(
        f"{of_seller}.export_credit_kg_per_kwh",
        series[f"{of_seller}.credit"],
        offer.factor,
        f"the carbon of a kWh bought at {offer.name}",
        calendar,
    )


def _alone(
    name: str, seller: Grid, series: Mapping[str, Floats], calendar: Calendar
) -> Iterator[Problem]:
    """What one connection buys and feeds in again, with a storage in between."""
    of_seller = f"components.{name}"
    tiers = [tier.price_per_kwh for tier in seller.tariff.energy_tiers]
    yield from _gain(
        f"{of_seller}.{_feed_in_key(seller)}",
        series[f"{of_seller}.export_price"],
        series[f"{of_seller}.import_price"] + min(tiers, default=0.0),
        f"what a kWh costs at {name} itself",
        calendar,
        "the plan would buy, store, and feed in over and over",
    )


def _feed_in_key(seller: Grid) -> str:
    """Where the price of feed-in stands."""
    for given in ("export_bands", "net_metering"):
        if given in seller.tariff.model_dump(exclude_none=True):
            return f"tariff.{given}"
    return "tariff.export_price_per_kwh"


def _gain(
    path: str,
    worth: Floats,
    cost: Floats,
    what: str,
    calendar: Calendar,
    why: str = "the plan would buy there and feed in here at once",
) -> Iterator[Problem]:
    """A problem if a kWh is worth more than it costs, in the step where it is first."""
    steps = np.flatnonzero(worth > cost + _SAME)
    if not steps.size:
        return
    t = int(steps[0])
    yield Problem(
        path,
        f"{worth[t]:g} at {calendar.civil[t]:%Y-%m-%d %H:%M} ({steps.size} steps)",
        f"at most {what} ({cost[t]:g} then)",
        f"{why}; if that is permitted, set trading: allowed at the connection that "
        "feeds in",
    )


class _Places:
    """Which buses are one place, because lines or storages join them."""

    def __init__(self, components: Mapping[str, Component]) -> None:
        self._place: dict[str, str] = {}
        for component in components.values():
            if isinstance(component, Link):
                self._join(component.from_bus, component.to_bus)
            if isinstance(component, Storage):
                self._join(component.bus, component.outlet)

    def __call__(self, bus: str) -> str:
        return self._place.get(bus, bus)

    def _join(self, one: str, other: str) -> None:
        kept, gone = self(one), self(other)
        for bus in [gone, *self._place]:
            if self(bus) == gone:
                self._place[bus] = kept

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

Connections trade if they are on one bus, or on buses that power lines join.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Component
from verdigrid.models.components.grid import Grid
from verdigrid.models.components.link import Link
from verdigrid.models.components.power_purchase import PowerPurchase
from verdigrid.models.errors import Problem

#: Prices this close are the same, currency/kWh.
_SAME = 1e-9


def trading_problems(
    components: Mapping[str, Component],
    series: Mapping[str, Floats],
    calendar: Calendar,
) -> Iterator[Problem]:
    """Pairs of connections between which trading would pay.

    ``series`` are the prepared ones by path.
    """
    grids = {n: c for n, c in components.items() if isinstance(c, Grid)}
    place = _Places(components)
    offers = list(_offers(components, series))
    for name, seller in grids.items():
        if seller.export_limit <= 0 or seller.trading == "allowed":
            continue
        for offer in offers:
            if offer.name != name and place(offer.bus) == place(seller.bus):
                yield from _pair(name, seller, offer, series, calendar)


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
    key = "tariff.export_price_per_kwh"
    for given in ("export_bands", "net_metering"):
        if given in seller.tariff.model_dump(exclude_none=True):
            key = f"tariff.{given}"
    yield from _gain(
        f"{of_seller}.{key}",
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


def _gain(
    path: str, worth: Floats, cost: Floats, what: str, calendar: Calendar
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
        "the plan would buy there and feed in here at once; if that is permitted, "
        "set trading: allowed at the connection that feeds in",
    )


class _Places:
    """Which buses are one place, because lines join them."""

    def __init__(self, components: Mapping[str, Component]) -> None:
        self._place: dict[str, str] = {}
        for link in components.values():
            if isinstance(link, Link):
                self._join(link.from_bus, link.to_bus)

    def __call__(self, bus: str) -> str:
        return self._place.get(bus, bus)

    def _join(self, one: str, other: str) -> None:
        kept, gone = self(one), self(other)
        for bus in [gone, *self._place]:
            if self(bus) == gone:
                self._place[bus] = kept

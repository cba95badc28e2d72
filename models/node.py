"""A place where energy changes hands, as seen by whoever connects to it."""

from dataclasses import dataclass

#: Carriers that can be burnt.
FUELS = ("gas", "coal", "oil", "biomass", "hydrogen", "fuel")


@dataclass(frozen=True)
class Node:
    """A bus, a waste-heat stream or a heat demand that can be preheated.

    ``hot_c`` is the hottest temperature of the node (supply temperature of a bus,
    inlet of a stream, target of a demand), ``cold_c`` the coldest (the same for a
    bus, lowest outlet of a stream, supply water of a demand). Both are None where
    temperature has no meaning. A stream only gives, a demand only takes.

    ``power_per_kwh`` is the most power that a kWh took that was made of power on site;
    0 where none is, and for all but hydrogen.

    ``marks_c`` are the temperatures between the two at which others draw from the node
    or deliver to it: heat between two marks is alike to all.
    """

    carrier: str
    hot_c: float | None = None
    cold_c: float | None = None
    gives: bool = True
    takes: bool = True
    marks_c: tuple[float, ...] = ()
    power_per_kwh: float = 0.0

"""Who pays, who emits, who gives to whom: the results firm by firm.

A bus says whose it is (``firm``). A component belongs to the firm of the first node
that it names and that has one: a boiler to the firm of its fuel, a link to the firm
of its sending bus. What belongs to nobody is "shared"; "park" is the sum of all. A
policy's cost (a price on carbon) is borne by whoever emits.

What a component feeds into or draws from a place of another firm is exchanged between
the two, measured there: what is lost on the way to it is the component's firm's.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats
from verdigrid.models.carbon import Carbon
from verdigrid.models.component import Component
from verdigrid.models.microgrid import PARK, SHARED, Microgrid
from verdigrid.models.yearly import Yearly
from verdigrid.results.ledgers import of_ledger

#: Cost classes and scopes that always have a column.
_CLASSES = ("electricity", "fuel", "om", "carbon", "investment")
_SCOPES = (1, 2, 3)
_EXCHANGES = ["component", "carrier", "from_firm", "to_firm", "kwh_per_year"]
#: Amounts that differ by less, relatively, are the same.
_ROUNDING = 1e-9
#: Less than a watt-hour a year is rounding of the solver.
_NOTHING_KWH = 1e-3


def firm_table(
    microgrid: Microgrid, costs: pd.DataFrame, emissions: pd.DataFrame
) -> pd.DataFrame:
    """A row per firm, one of what is shared (if anything is), one of the park.

    ``costs`` and ``emissions`` are the tables of these names; amounts in currency and
    kg per year, location-based. Empty if no bus has a firm.
    """
    firms = list(dict.fromkeys(b.firm for b in microgrid.buses.values() if b.firm))
    classes = list(dict.fromkeys([*_CLASSES, *costs["cost_class"]]))
    columns = [f"{name}_per_year" for name in (*classes, "total")]
    columns += ["net_present_cost", *(f"scope_{s}_kg_per_year" for s in _SCOPES)]
    if not firms:
        return pd.DataFrame(columns=["firm", *columns])

    owners = _owners(microgrid)
    everything = emissions.assign(firm=emissions["component"].map(owners))
    paid = _costs_by_firm(microgrid, costs, everything, owners)
    emitted = of_ledger(everything, "location")

    def row(name: str, costs: pd.DataFrame, emissions: pd.DataFrame) -> list[object]:
        by_class = costs.groupby("cost_class")["per_year"].sum()
        by_scope = emissions.groupby("scope")["kg_per_year"].sum()
        return [
            name,
            *by_class.reindex(classes, fill_value=0.0),
            costs["per_year"].sum(),
            costs["present_worth"].sum(),
            *by_scope.reindex(_SCOPES, fill_value=0.0),
        ]

    rows = [
        row(firm, paid[paid["firm"] == firm], emitted[emitted["firm"] == firm])
        for firm in (*firms, SHARED)
    ]
    if not any(rows[-1][1:]):
        del rows[-1]  # nothing is shared
    rows.append(row(PARK, costs, emitted))
    return pd.DataFrame(rows, columns=["firm", *columns])


def exchange_table(microgrid: Microgrid, flows: pd.DataFrame) -> pd.DataFrame:
    """Energy that passed from firm to firm, kWh a year, by component and carrier.

    ``flows`` is the table of this name. Empty if no bus has a firm.
    """
    places = _firms_of_places(microgrid)
    if all(firm == SHARED for firm in places.values()):
        return pd.DataFrame(columns=_EXCHANGES)
    owners, nodes = _owners(microgrid), microgrid.nodes
    hours = microgrid.calendar.step_hours * microgrid.calendar.year_weight
    sums: dict[tuple[str, str, str, str], float] = {}
    for (node, component), kw in _net_flows(flows).items():
        owner, place = owners[component], places.get(node)
        if place is None or place == owner:
            continue
        carrier = nodes[node].carrier
        for giver, taker, given in ((owner, place, kw), (place, owner, -kw)):
            key = (component, carrier, giver, taker)
            kwh = float(np.maximum(given, 0).sum()) * hours
            sums[key] = sums.get(key, 0.0) + kwh
    rows = [(*key, kwh) for key, kwh in sums.items() if kwh > _NOTHING_KWH]
    return pd.DataFrame(rows, columns=_EXCHANGES)


# -- who owns what -------------------------------------------------------------


def _owners(microgrid: Microgrid) -> dict[str, str]:
    """The firm of every component, or that it is shared."""
    places = _firms_of_places(microgrid)
    return {
        name: _first_firm(component, places)
        for name, component in microgrid.components.items()
    }


def _firms_of_places(microgrid: Microgrid) -> dict[str, str]:
    """The firm of every bus, and of every demand that others deliver to.

    A stream of waste heat is not among them: it names no bus that could tell its firm.
    """
    buses = {name: bus.firm or SHARED for name, bus in microgrid.buses.items()}
    demands = {
        name: _first_firm(component, buses)
        for name, component in microgrid.components.items()
        if component.node() is not None and component.connections()
    }
    return buses | demands


def _first_firm(component: Component, places: Mapping[str, str]) -> str:
    firms = [places.get(link.node, SHARED) for link in component.connections()]
    return next((firm for firm in firms if firm != SHARED), SHARED)


# -- money and flows -----------------------------------------------------------


def _costs_by_firm(
    microgrid: Microgrid,
    costs: pd.DataFrame,
    emitted: pd.DataFrame,
    owners: Mapping[str, str],
) -> pd.DataFrame:
    """Costs with the firm that bears them; those of policies by who emits."""
    parts, rest = [], costs
    for name in microgrid.policies:
        split = _split_by_emitter(microgrid, name, emitted)
        of_policy = rest["component"] == name
        booked = rest[of_policy & rest["cost_class"].isin(split["cost_class"])]
        off = abs(booked["per_year"].sum() - split["per_year"].sum())
        if off <= _ROUNDING * booked["per_year"].abs().sum():
            parts.append(split)
            rest = rest.drop(booked.index)
        # else it is not in proportion to what each one emits, and stays shared
    bearers = rest["component"].map(owners).fillna(SHARED)
    parts.append(rest.assign(firm=bearers))
    filled = [part for part in parts if not part.empty]
    return pd.concat(filled) if filled else parts[-1]


def _split_by_emitter(
    microgrid: Microgrid, policy: str, emitted: pd.DataFrame
) -> pd.DataFrame:
    """What the policy would cost each firm for what it emits itself."""
    rows = []
    for firm, own in emitted.groupby("firm"):
        sums = own.groupby(["scope", "source", "books"])["kg_per_year"].sum()
        kinds = [Carbon(*key) for key in sums.index.tolist()]
        emissions = dict(zip(kinds, sums.tolist(), strict=True))
        year = Yearly(microgrid.calendar, emissions, {}, 0.0)
        paid = microgrid.policies[policy].recompute(year, {})
        for (cost_class, item), amount in paid.costs.items():
            worth = amount * microgrid.present_worth(cost_class)
            rows.append((policy, cost_class, item, amount, worth, firm))
    names = ["component", "cost_class", "item", "per_year", "present_worth", "firm"]
    return pd.DataFrame(rows, columns=names)


def _net_flows(flows: pd.DataFrame) -> dict[tuple[str, str], Floats]:
    """Net power of each component into each node, kW (steps,)."""
    net: dict[tuple[str, str], Floats] = {}
    for key in flows.columns:
        where = (str(key[0]), str(key[1]))
        kw = flows[key].to_numpy(dtype=np.float64)
        net[where] = net.get(where, np.zeros_like(kw)) + kw
    return net

"""What a kWh of power, heat or cooling costs, all costs of its making included.

Costs follow the energy. What feeds a node makes it as dear as it is, and what draws
from it pays that price and passes it on to what it feeds:

    c(n) E(n)  =  sum over components k that feed n of  o(k, n) / O(k) x C(k)
    C(k)       =  own(k) + sum over nodes m that k draws from of  c(m) h(k) d(k, m)

symbol  unit         meaning
c(n)    currency/kWh cost of energy at node n
E(n)    kWh/a        what is drawn from n (what is fed in, if nothing is)
o, O    kWh/a        what k feeds into n; into all nodes
d       kWh/a        what k draws from m
h       1            share of what k draws that it hands on; the rest it uses itself
own     currency/a   equivalent annual cost of k: purchases, renewals, O&M, its bill

Joint products (power and heat of a CHP) bear the cost by their energy. Existing assets
cost nothing to own: only their O&M, renewals and inputs count. Vehicles that feed the
site hand on what it took to charge that; what they drive is use like any other.
Revenues are not set against costs: energy that is sold costs as much as energy that is
used. What policies cost (a price on carbon, certificates) belongs to no component and
is not in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.components.ev_fleet import EvFleet
from verdigrid.models.retirement import renewal_worth
from verdigrid.models.solution import Solution
from verdigrid.results.cash_flow import purchases
from verdigrid.results.recompute import Recomputed

#: Flows below this share of the largest are rounding.
ROUNDING = 1e-9


@dataclass
class Trade:
    """A component's year: equivalent annual cost, energy fed and drawn by node, kWh."""

    own: float = 0.0
    feeds: dict[str, float] = field(default_factory=dict)
    draws: dict[str, float] = field(default_factory=dict)
    is_supplier: bool = False
    #: Energy drawn for a kWh that is fed, where the rest is used; None if nothing is.
    draw_per_feed: float | None = None


@dataclass(frozen=True)
class UnitCosts:
    """Costs per kWh by carrier for final users, and of power made on site; or none."""

    by_carrier: Mapping[str, float]
    own_power: float | None


def unit_costs(solution: Solution, recomputed: Recomputed) -> UnitCosts:
    """Costs of a kWh, currency/kWh."""
    nodes = solution.microgrid.nodes
    trades = _trades(solution, recomputed)
    prices = _prices(list(nodes), trades)
    paid: dict[str, float] = {}
    used: dict[str, float] = {}
    for node, kwh in _final_use(trades, list(nodes)).items():
        carrier = nodes[node].carrier
        paid[carrier] = paid.get(carrier, 0.0) + prices[node] * kwh
        used[carrier] = used.get(carrier, 0.0) + kwh
    power = {name for name, node in nodes.items() if node.carrier == "electricity"}
    return UnitCosts(
        {carrier: paid[carrier] / kwh for carrier, kwh in used.items() if kwh > 0},
        _own_power(trades, prices, power),
    )


def _trades(solution: Solution, recomputed: Recomputed) -> dict[str, Trade]:
    microgrid = solution.microgrid
    hours = microgrid.calendar.step_hours * microgrid.calendar.year_weight
    trades = {name: Trade() for name in microgrid.components}
    drawn: dict[str, float] = {}
    fed: dict[str, float] = {}
    for name, account in recomputed.accounts.items():
        trade = trades[name]
        trade.is_supplier = bool(account.bill)
        component = microgrid.components[name]
        if isinstance(component, EvFleet):  # the only one that feeds and uses
            there_and_back = component.charge_efficiency
            there_and_back *= component.discharge_efficiency
            trade.draw_per_feed = 1 / there_and_back
        for flow in account.flows:
            into = float(np.maximum(flow.kw, 0).sum()) * hours
            out = float(np.maximum(-flow.kw, 0).sum()) * hours
            trade.feeds[flow.node] = trade.feeds.get(flow.node, 0.0) + into
            trade.draws[flow.node] = trade.draws.get(flow.node, 0.0) + out
            fed[flow.node] = fed.get(flow.node, 0.0) + into
            drawn[flow.node] = drawn.get(flow.node, 0.0) + out
    for name, trade in trades.items():  # a stream that others draw from
        if drawn.get(name) and not fed.get(name):
            trade.feeds[name] = drawn[name]
    for (owner, cost_class, _), amount in recomputed.costs.items():
        if owner in trades and amount > 0:
            worth = microgrid.present_worth(cost_class) * microgrid.annuity
            trades[owner].own += amount * worth
    for purchase in purchases(solution):
        worth = purchase.net_present_cost(microgrid)
        trades[purchase.component].own += worth * microgrid.annuity
    for name, cost in _renewals(solution):
        trades[name].own += cost * microgrid.annuity
    return trades


def _renewals(solution: Solution) -> Iterator[tuple[str, float]]:
    """Net present cost of renewing what is kept, by component."""
    microgrid = solution.microgrid
    for size in solution.sizes:
        component = microgrid.components[size.component]
        capacity = component.capacities()[size.field]
        if capacity.remaining_years is None:
            continue
        worth = renewal_worth(
            microgrid.finance,
            microgrid.calendar,
            capacity.remaining_years,
            component.lifetime_years(capacity),
        )
        yield size.component, worth * capacity.renewal_price * size.kept


def _passed_on(trade: Trade) -> dict[str, float]:
    """What a component draws in order to feed others; a supplier's feed-in is not."""
    fed, drawn = sum(trade.feeds.values()), sum(trade.draws.values())
    if trade.is_supplier or fed <= 0:
        return {}
    if trade.draw_per_feed is None or drawn <= 0:
        return trade.draws
    share = min(1.0, fed * trade.draw_per_feed / drawn)
    return {node: share * kwh for node, kwh in trade.draws.items()}


def _prices(nodes: list[str], trades: Mapping[str, Trade]) -> dict[str, float]:
    """Cost of energy at every node, currency/kWh; 0 where nothing is fed in."""
    number = {node: n for n, node in enumerate(nodes)}
    drawn, fed = np.zeros(len(nodes)), np.zeros(len(nodes))
    own: Floats = np.zeros(len(nodes))
    passed = np.zeros((len(nodes), len(nodes)))
    for trade in trades.values():
        for node, kwh in trade.draws.items():
            drawn[number[node]] += kwh
        total = sum(trade.feeds.values())
        for node, kwh in trade.feeds.items():
            fed[number[node]] += kwh
            if total <= 0:
                continue
            own[number[node]] += trade.own * kwh / total
            for source, input_kwh in _passed_on(trade).items():
                passed[number[node], number[source]] += input_kwh * kwh / total
    least = ROUNDING * float(max(fed.max(initial=0.0), drawn.max(initial=0.0)))
    energy = np.where(drawn > least, drawn, fed)
    there = (fed > least) & (energy > least)
    system = np.where(there[:, None], np.diag(energy) - passed, np.eye(len(nodes)))
    found = np.linalg.lstsq(system, np.where(there, own, 0.0), rcond=None)[0]
    return dict(zip(nodes, found.tolist(), strict=True))


def _final_use(trades: Mapping[str, Trade], nodes: list[str]) -> dict[str, float]:
    """What is drawn and not passed on; at a demand, what is delivered to it."""
    use = dict.fromkeys(nodes, 0.0)
    drawn = dict.fromkeys(nodes, 0.0)
    for trade in trades.values():
        passed = _passed_on(trade)
        for node, kwh in trade.draws.items():
            drawn[node] += kwh
            if not trade.is_supplier:
                use[node] += kwh - passed.get(node, 0.0)
    for name in trades:
        if name in use and not drawn[name]:
            use[name] = sum(trade.feeds.get(name, 0.0) for trade in trades.values())
    return use


def _own_power(
    trades: Mapping[str, Trade], prices: Mapping[str, float], power: set[str]
) -> float | None:
    """Cost of power from what makes it on site, currency/kWh; None if nothing does."""
    paid = made = 0.0
    for trade in trades.values():
        here = sum(kwh for node, kwh in trade.feeds.items() if node in power)
        draws_power = any(trade.draws.get(node) for node in power)
        if trade.is_supplier or draws_power or here <= 0:
            continue
        cost = trade.own + sum(prices[n] * kwh for n, kwh in trade.draws.items())
        paid += cost * here / sum(trade.feeds.values())
        made += here
    return paid / made if made else None

"""Microgrid -> Pyomo model: balances, objective, and what components add.

    for every bus and step:   sum of injections = 0      (>= 0 if surplus is allowed)

    minimise  sum over investments of their net present cost
            + sum over cost classes of present worth(class) x yearly amount

    or, in the first problem of least carbon, the yearly emissions

Design decisions live on ``model.design``, everything indexed by time in the block
``model.operation``; the model knows no component by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.numvalue import as_numeric

from verdigrid.models.capacity import Capacity
from verdigrid.models.component import Component
from verdigrid.models.context import BuildContext
from verdigrid.models.held import Held, Inherited
from verdigrid.models.ledger import FixedCost, FixedEmission, Investment, Ledger
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policy import PolicyContext, in_order

#: What earlier stages of a pathway leave, by component and field.
Estate = Mapping[tuple[str, str], Inherited]


@dataclass(frozen=True)
class BuiltModel:
    """A Pyomo model with the ledger that its components filled."""

    microgrid: Microgrid
    model: pyo.ConcreteModel
    ledger: Ledger


def build(microgrid: Microgrid) -> BuiltModel:
    """Build the planning problem of ``microgrid``.

    Call it inside ``solvers.compile.templates()`` for speed; the model is the same
    without.
    """
    model = pyo.ConcreteModel(name=microgrid.name)
    ledger = Ledger()
    model.design, model.operation = pyo.Block(), pyo.Block()
    build_parts(model.design, model.operation, microgrid, ledger)
    if microgrid.minimises_carbon:
        model.carbon = pyo.Objective(
            rule=lambda m: _carbon(microgrid, ledger, m.operation.steps)
        )
    else:
        model.net_present_cost = pyo.Objective(
            rule=lambda m: net_present_cost(microgrid, ledger, m.operation.steps)
        )
    return BuiltModel(microgrid, model, ledger)


def build_parts(
    design: pyo.Block,
    operation: pyo.Block,
    microgrid: Microgrid,
    ledger: Ledger,
    estate: Estate | None = None,
) -> dict[str, dict[str, Held]]:
    """Fill design and operation of a microgrid; returns what is held of everything.

    ``estate`` is what earlier stages of a pathway leave, by component and field.
    """
    asked, before = _asked_decisions(microgrid), estate or {}
    held = {
        name: _build_design(design, microgrid, name, component, ledger, asked, before)
        for name, component in microgrid.components.items()
    }
    _build_operation(operation, microgrid, held, ledger)
    return held


def _asked_decisions(microgrid: Microgrid) -> set[str]:
    """Capacities whose purchase is a yes/no decision because a policy asks."""
    enforced = [policy for policy in microgrid.policies.values() if policy.enforce]
    asked = {name for policy in enforced for name in policy.needs_decision()}
    return asked | (microgrid.term.asked if microgrid.term is not None else set())


def _build_design(
    design: pyo.Block,
    microgrid: Microgrid,
    name: str,
    component: Component,
    ledger: Ledger,
    asked: set[str],
    estate: Estate,
) -> dict[str, Held]:
    """Decide the component's capacities; book their investment, O&M and carbon."""
    block = pyo.Block()
    design.add_component(name, block)
    share = microgrid.calendar.fixed_cost_share
    holdings = {}
    for field, capacity in component.capacities().items():
        part = pyo.Block()
        block.add_component(field, part)
        life = component.lifetime_years(capacity)
        worth = microgrid.price_worth((name, field), life)
        held, price = capacity.build(
            part, decide=f"{name}.{field}" in asked, cheapest_first=worth > 0
        )
        if (name, field) in estate:
            held = _inherit(part, capacity, held, estate[name, field])
        if capacity.must_be_held:
            part.paid = pyo.Constraint(expr=held.total >= capacity.limit)
        holdings[field] = held
        if capacity.pays_om:
            yearly = capacity.om_per_year(held) * share
            ledger.fixed_costs.append(FixedCost("om", name, f"{field} O&M", yearly))
        _book_standing(ledger, microgrid, (name, field), capacity, held, life)
        bought = capacity.most_new > 0
        if bought:
            cost = microgrid.purchase_cost((name, field), life, held, price)
            ledger.investments.append(Investment(name, field, price, cost))
        inherits = (name, field) in estate and estate[name, field].carried is not None
        if capacity.embodies and (bought or inherits):
            yearly = capacity.embodied_kg(held) / life * share
            ledger.fixed_emissions.append(FixedEmission(3, "embodied", name, yearly))
    return holdings


def _inherit(
    part: pyo.Block, capacity: Capacity, held: Held, inherited: Inherited
) -> Held:
    """The holding with what earlier stages bought; what they gave up stays away."""
    held = replace(held, retired_before=inherited.retired)
    if capacity.retire is not None and not capacity.is_forced:
        part.stays_retired = pyo.Constraint(expr=held.retired_now >= 0)
    if inherited.carried is not None:
        held = replace(held, carried=inherited.carried, carried_counts=inherited.counts)
        part.within_limit = pyo.Constraint(expr=held.total <= capacity.limit)
    return held


def _book_standing(
    ledger: Ledger,
    microgrid: Microgrid,
    place: tuple[str, str],
    capacity: Capacity,
    held: Held,
    life: float,
) -> None:
    """Renewals of what is kept, removal and scrap of what is given up.

    They cost something but are no purchase, so that a budget does not count them.
    """
    name, field = place
    if capacity.remaining_years is not None:
        cost = microgrid.renewal_cost((name, field), life, held.kept)
        ledger.investments.append(Investment(name, f"{field} renewal", 0.0, cost))
    if capacity.retire is not None:
        paid = capacity.retire.paid_per_unit * held.retired_now
        cost = microgrid.at_once_worth * paid
        ledger.investments.append(Investment(name, f"{field} removal", 0.0, cost))


def _build_operation(
    operation: pyo.Block,
    microgrid: Microgrid,
    held: dict[str, dict[str, Held]],
    ledger: Ledger,
) -> None:
    calendar = microgrid.calendar
    count = calendar.periods
    operation.steps = pyo.RangeSet(0, count - 1)
    operation.months = pyo.RangeSet(0, len(calendar.month_names) - 1)
    # As rules of any value they are built fastest.
    operation.previous = pyo.Param(
        operation.steps, initialize=lambda _, t: (t - 1) % count, within=pyo.Any
    )
    month = calendar.month.tolist()
    operation.month = pyo.Param(
        operation.steps, initialize=lambda _, t: month[t], within=pyo.Any
    )
    operation.components = pyo.Block()
    operation.policies = pyo.Block()
    operation.balance = pyo.Block()

    nodes = microgrid.nodes
    contexts = {}
    for name, component in microgrid.components.items():
        block = pyo.Block()
        operation.components.add_component(name, block)
        contexts[name] = BuildContext(
            name=name,
            calendar=calendar,
            nodes=nodes,
            sizes={field: parts.total for field, parts in held[name].items()},
            limits={f: c.limit for f, c in component.capacities().items()},
            arrays=microgrid.series_of(name),
            ledger=ledger,
            steps=operation.steps,
            previous=operation.previous,
            month=operation.month,
            months=operation.months,
            exclusive_steps=microgrid.exclusive_steps.get(name, ()),
        )
        component.build(block, contexts[name])
    for name, component in microgrid.components.items():
        component.finish(operation.components.component(name), contexts[name])

    for name, bus in microgrid.buses.items():
        _build_balance(operation, name, bus.allow_surplus, ledger)

    hours = calendar.step_hours * calendar.year_weight
    by_name = {
        f"{name}.{field}": parts
        for name, holdings in held.items()
        for field, parts in holdings.items()
    }
    for name, policy in in_order(microgrid.policies):
        if not policy.enforce:
            continue
        block = pyo.Block()
        operation.policies.add_component(name, block)
        context = PolicyContext(
            name, calendar, ledger, operation.steps, hours, by_name, microgrid.years
        )
        policy.build(block, context)


def _build_balance(
    operation: pyo.Block, bus: str, allow_surplus: bool, ledger: Ledger
) -> None:
    """What is fed into the bus equals what is taken out of it, in every step."""
    entries = ledger.at(bus)
    if not entries:
        return

    def balance(_: pyo.Block, t: Any) -> Any:
        total = sum(entry.term(t) for entry in entries)
        return total >= 0 if allow_surplus else total == 0

    operation.balance.add_component(
        bus, pyo.Constraint(operation.steps, rule=balance, doc="kW")
    )


def _carbon(microgrid: Microgrid, ledger: Ledger, steps: pyo.Set) -> Any:
    """Objective: yearly emissions that count, kg CO2e."""
    goal, calendar = microgrid.objective, microgrid.calendar
    hours = calendar.step_hours * calendar.year_weight
    context = PolicyContext("objective", calendar, ledger, steps, hours)
    return as_numeric(context.yearly_emissions(goal.scopes or (), goal.ledger))


def net_present_cost(microgrid: Microgrid, ledger: Ledger, steps: pyo.Set) -> Any:
    """Objective: investments plus the present worth of all yearly amounts."""
    hours = microgrid.calendar.step_hours * microgrid.calendar.year_weight
    weighted = [
        (microgrid.present_worth(entry.cost_class) * hours, entry.term)
        for entry in ledger.costs
    ]
    # Lists, because Pyomo's template mode can't sum a generator that is empty.
    fixed = sum(
        [microgrid.present_worth(e.cost_class) * e.amount for e in ledger.fixed_costs]
    )
    invested = sum([entry.net_present_cost for entry in ledger.investments])
    if not weighted:
        return as_numeric(invested + fixed)
    running = sum(sum(weight * term(t) for weight, term in weighted) for t in steps)
    return invested + fixed + running

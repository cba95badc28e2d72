"""Microgrid -> Pyomo model: balances, objective, and what components add.

    for every bus and step:   sum of injections = 0      (>= 0 if surplus is allowed)

    minimise  sum over investments of their net present cost
            + sum over cost classes of present worth(class) x yearly amount

Design decisions live on ``model.design``, everything indexed by time in the block
``model.operation``; the model knows no component by name.
"""

from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.numvalue import as_numeric

from verdigrid.models.component import Component
from verdigrid.models.context import BuildContext
from verdigrid.models.ledger import FixedCost, FixedEmission, Investment, Ledger
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policy import PolicyContext


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
    model.design = pyo.Block()
    sizes = {
        name: _build_design(model.design, microgrid, name, component, ledger)
        for name, component in microgrid.components.items()
    }
    model.operation = pyo.Block()
    _build_operation(model.operation, microgrid, sizes, ledger)
    model.net_present_cost = pyo.Objective(
        rule=lambda m: _net_present_cost(microgrid, ledger, m.operation.steps)
    )
    return BuiltModel(microgrid, model, ledger)


def _build_design(
    design: pyo.Block,
    microgrid: Microgrid,
    name: str,
    component: Component,
    ledger: Ledger,
) -> dict[str, Any]:
    """Decide the component's capacities; book their investment, O&M and carbon."""
    block = pyo.Block()
    design.add_component(name, block)
    share = microgrid.calendar.fixed_cost_share
    sizes = {}
    for field, capacity in component.capacities().items():
        part = pyo.Block()
        block.add_component(field, part)
        sizes[field] = total = capacity.build(part)
        if capacity.om_per_unit_year:
            yearly = capacity.om_per_unit_year * total * share
            ledger.fixed_costs.append(FixedCost("om", name, f"{field} O&M", yearly))
        if capacity.room == 0:
            continue
        life = component.lifetime_years(capacity)
        amount = capacity.investment(part.new, getattr(part, "build", 0))
        worth = microgrid.investment_worth(life)
        ledger.investments.append(Investment(name, field, amount, worth * amount))
        if capacity.embodied_kg_per_unit:
            yearly = capacity.embodied_kg_per_unit / life * share * part.new
            ledger.fixed_emissions.append(FixedEmission(3, "embodied", name, yearly))
    return sizes


def _build_operation(
    operation: pyo.Block,
    microgrid: Microgrid,
    sizes: dict[str, dict[str, Any]],
    ledger: Ledger,
) -> None:
    calendar = microgrid.calendar
    count = calendar.periods
    operation.steps = pyo.RangeSet(0, count - 1)
    operation.months = pyo.RangeSet(0, len(calendar.month_names) - 1)
    operation.previous = pyo.Param(
        operation.steps, initialize={t: (t - 1) % count for t in range(count)}
    )
    operation.month = pyo.Param(
        operation.steps, initialize=dict(enumerate(calendar.month.tolist()))
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
            sizes=sizes[name],
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
    for name, policy in microgrid.policies.items():
        if not policy.enforce:
            continue
        block = pyo.Block()
        operation.policies.add_component(name, block)
        context = PolicyContext(name, calendar, ledger, operation.steps, hours)
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


def _net_present_cost(microgrid: Microgrid, ledger: Ledger, steps: pyo.Set) -> Any:
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

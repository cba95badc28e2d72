"""Result -> Solution: what HiGHS found, by name instead of by column."""

from typing import Any

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
from verdigrid.models.build import BuiltModel
from verdigrid.models.capacity import Capacity, unit_of_capacity
from verdigrid.models.certificate import Certificate
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Booked, Size, Solution
from verdigrid.solvers.evaluate import Evaluator
from verdigrid.solvers.highs import Result
from verdigrid.solvers.tidy import overlapping_steps
from verdigrid.solvers.why import drivers


def read_solution(
    built: BuiltModel,
    compiled: CompiledModel,
    result: Result,
    algorithm: str,
    certificate: Certificate | None = None,
) -> Solution:
    """Everything a user wants to know, by name instead of by column."""
    microgrid = built.microgrid
    x = np.clip(result.x, compiled.lower, compiled.upper)
    rows, columns = compiled.shape
    return Solution(
        microgrid=microgrid,
        status=result.status,
        objective=result.objective,
        bound=result.bound,
        seconds=result.seconds,
        algorithm=algorithm,
        sizes=tuple(_sizes(built, compiled, x, result)),
        values={
            name: _values(built, compiled, x, f"operation.components.{name}")
            for name in microgrid.components
        },
        decided={
            name: _decided(built, compiled, x, f"operation.policies.{name}")
            for name, policy in microgrid.policies.items()
            if policy.enforce
        },
        booked=_booked(built, compiled, x),
        overlaps=overlapping_steps(built, compiled, x),
        x=x,
        certificate=certificate,
        shadow_prices=_shadow_prices(built, compiled, result),
        facts={
            **result.facts,
            "rows": rows,
            "columns": columns,
            "nonzeros": int(compiled.matrix.nnz),
            "integers": int(compiled.integer.sum()),
            "interrupted": result.interrupted,
        },
    )


def _sizes(
    built: BuiltModel, compiled: CompiledModel, x: Floats, result: Result
) -> list[Size]:
    sizes = []
    for name, component in built.microgrid.components.items():
        for field, capacity in component.capacities().items():
            owner = f"design.{name}.{field}"
            column = compiled.columns.where(owner, "new")
            decision = compiled.columns.where(owner, "build")
            new = float(x[column[0]]) if column.size else 0.0
            worth = None
            if column.size and result.column_dual.size and capacity.is_plain:
                worth = -float(result.column_dual[column[0]])
            why = drivers(built, compiled, result, column)
            sizes.append(
                Size(
                    component=name,
                    field=field,
                    unit=unit_of_capacity(capacity),
                    existing=capacity.existing,
                    new=new,
                    built=bool(x[decision[0]] > 0.5) if decision.size else new > 0,
                    limit=capacity.limit,
                    marginal_worth=worth,
                    # What ties a purchase to units or segments is no reason for it.
                    drivers=tuple(
                        d for d in why if not d.limit.startswith(f"{field}.")
                    ),
                    retired=_retired(compiled, x, owner, capacity),
                    units=_units(compiled, x, owner, capacity),
                    products=_products(compiled, x, owner, capacity),
                )
            )
    return sizes


def _retired(
    compiled: CompiledModel, x: Floats, owner: str, capacity: Capacity
) -> float | None:
    """What is given up of what stands; None where it must be kept."""
    if capacity.retire is None:
        return None
    sizes = {"kept": 1.0, "keep": capacity.existing, "kept_units": capacity.unit or 0.0}
    kept = sum(
        size * float(x[compiled.columns.where(owner, name)].sum())
        for name, size in sizes.items()
    )
    return capacity.existing - kept


def _units(
    compiled: CompiledModel, x: Floats, owner: str, capacity: Capacity
) -> int | None:
    """Units bought, where they are counted."""
    if capacity.unit is None:
        return None
    return round(float(x[compiled.columns.where(owner, "units")].sum()))


def _products(
    compiled: CompiledModel, x: Floats, owner: str, capacity: Capacity
) -> dict[str, int]:
    """Pieces bought of each product of the catalogue."""
    names = [product.name for product in capacity.catalogue or ()]
    columns = [compiled.columns.where(owner, f"count_{n}") for n in range(len(names))]
    return {n: round(float(x[at].sum())) for n, at in zip(names, columns, strict=True)}


def _values(
    built: BuiltModel, compiled: CompiledModel, x: Floats, owner: str
) -> dict[str, Any]:
    """Values of one component's variables; columns the compiler dropped are 0."""
    calendar = built.microgrid.calendar
    block = built.model.find_component(owner)
    values: dict[str, Any] = {}
    for variable in block.component_objects(pyo.Var, descend_into=False):
        name = variable.local_name
        at = compiled.columns.where(owner, name)
        if not variable.is_indexed():
            values[name] = float(x[at[0]]) if at.size else 0.0
            continue
        monthly = variable.index_set() is built.model.operation.months
        array = np.zeros(len(calendar.month_names) if monthly else calendar.periods)
        array[compiled.columns.index[at]] = x[at]
        values[name] = array
    return values


def _decided(
    built: BuiltModel, compiled: CompiledModel, x: Floats, owner: str
) -> dict[str, float]:
    """Values of a policy's variables that stand for the whole year."""
    values = _values(built, compiled, x, owner)
    return {name: v for name, v in values.items() if isinstance(v, float)}


def _booked(built: BuiltModel, compiled: CompiledModel, x: Floats) -> Booked:
    ledger = built.ledger
    terms = [entry.term for entry in ledger.injections]
    terms += [entry.term for entry in ledger.costs]
    terms += [entry.term for entry in ledger.emissions]
    terms += [entry.term for entry in ledger.measured]
    fixed: list[Any] = [e.amount for e in ledger.fixed_costs]
    fixed += [e.amount for e in ledger.fixed_emissions]
    fixed += [e.amount for e in ledger.investments]
    fixed += [e.net_present_cost for e in ledger.investments]
    at_plan = Evaluator(built, compiled, x)
    rates = [at_plan.timed(term) for term in terms]
    amounts = [at_plan.fixed(amount) for amount in fixed]
    flows, costs = len(ledger.injections), len(ledger.costs)
    carbon = flows + costs + len(ledger.emissions)
    paid, emitted = len(ledger.fixed_costs), len(ledger.fixed_emissions)
    bought = len(ledger.investments)
    purchases = amounts[paid + emitted :]
    return Booked(
        injections=tuple(zip(ledger.injections, rates[:flows], strict=True)),
        costs=tuple(zip(ledger.costs, rates[flows : flows + costs], strict=True)),
        fixed_costs=tuple(zip(ledger.fixed_costs, amounts[:paid], strict=True)),
        emissions=tuple(
            zip(ledger.emissions, rates[flows + costs : carbon], strict=True)
        ),
        fixed_emissions=tuple(
            zip(ledger.fixed_emissions, amounts[paid : paid + emitted], strict=True)
        ),
        investments=tuple(
            zip(ledger.investments, purchases[:bought], purchases[bought:], strict=True)
        ),
        measured=tuple(zip(ledger.measured, rates[carbon:], strict=True)),
    )


def _shadow_prices(
    built: BuiltModel, compiled: CompiledModel, result: Result
) -> dict[str, float]:
    """What it costs to be one priced unit better in one year, by policy.

    Of a limit that holds in many steps, it is better by that in all of them.
    """
    prices: dict[str, float] = {}
    if not result.row_dual.size:
        return prices
    for name, policy in built.microgrid.policies.items():
        row = compiled.rows.where(f"operation.policies.{name}", "limit")
        if policy.limit is not None and row.size:
            looser_saves = abs(float(result.row_dual[row].sum()))
            if policy.across_stages:  # a tonne of every year
                looser_saves *= built.microgrid.years
            prices[name] = looser_saves * built.microgrid.annuity * policy.priced[1]
    return prices

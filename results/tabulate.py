"""Solution -> tables: the same ledger that made the objective, evaluated."""

from typing import Any

import numpy as np
import pandas as pd

from verdigrid.models.solution import Size, Solution
from verdigrid.results.bill import bill_table
from verdigrid.results.cash_flow import cash_flow_table
from verdigrid.results.firms import exchange_table, firm_table
from verdigrid.results.heat_by_temperature import heat_table
from verdigrid.results.ledgers import ledger_table
from verdigrid.results.reasons import reason
from verdigrid.results.recompute import Recomputed, recompute
from verdigrid.results.tables import Tables


def tabulate(solution: Solution, recomputed: Recomputed | None = None) -> Tables:
    """All tables of a solution (pass ``recomputed`` if it is at hand)."""
    recomputed = recomputed or recompute(solution)
    flows, costs, emissions = _flows(solution), _costs(solution), _emissions(solution)
    return Tables(
        dispatch=_dispatch(solution),
        flows=flows,
        capacities=_capacities(solution),
        costs=costs,
        cash_flow=cash_flow_table(solution, recomputed),
        emissions=emissions,
        ledgers=ledger_table(emissions),
        monthly_emissions=_monthly_emissions(solution),
        monthly_energy=_monthly_energy(solution, flows),
        bill=bill_table(solution.microgrid, recomputed),
        indicators=_indicators(solution, recomputed),
        balances=_balances(solution, flows),
        firms=firm_table(solution.microgrid, costs, emissions),
        exchanges=exchange_table(solution.microgrid, flows),
        heat_by_temperature=heat_table(solution),
    )


def _time(solution: Solution) -> pd.DatetimeIndex:
    """Beginning of each step, with the civil zone."""
    calendar = solution.microgrid.calendar
    return calendar.utc.tz_convert(calendar.timezone).rename("time")


def _hours(solution: Solution) -> float:
    """Factor from a rate summed over the steps to a yearly amount."""
    calendar = solution.microgrid.calendar
    return calendar.step_hours * calendar.year_weight


def _dispatch(solution: Solution) -> pd.DataFrame:
    steps = solution.microgrid.calendar.periods
    columns = {
        f"{component}.{variable}": array
        for component, values in solution.values.items()
        for variable, array in values.items()
        if isinstance(array, np.ndarray) and array.shape == (steps,)
    }
    return pd.DataFrame(columns, index=_time(solution))


def _flows(solution: Solution) -> pd.DataFrame:
    columns: dict[tuple[str, str, str], Any] = {}
    for entry, kw in solution.booked.injections:
        key = (entry.node, entry.owner, entry.item)
        columns[key] = columns[key] + kw if key in columns else kw
    frame = pd.DataFrame(columns, index=_time(solution))
    frame.columns = pd.MultiIndex.from_tuples(
        list(columns), names=["node", "component", "item"]
    )
    return frame


def _capacities(solution: Solution) -> pd.DataFrame:
    invested = {
        (entry.owner, entry.item): (amount, worth)
        for entry, amount, worth in solution.booked.investments
    }
    rows = []
    gives_up = any(size.retired is not None for size in solution.sizes)
    in_units = any(size.units is not None for size in solution.sizes)
    of_products = any(size.products for size in solution.sizes)
    is_later = any(size.carried for size in solution.sizes)
    for size in solution.sizes:
        amount, worth = invested.get((size.component, size.field), (0.0, 0.0))
        rows.append(
            {
                "component": size.component,
                "capacity": size.field,
                "unit": size.unit,
                "existing": size.existing,
                **({"kept": size.kept} if gives_up else {}),
                **({"carried": size.carried} if is_later else {}),
                "new": size.new,
                "total": size.total,
                "limit": size.limit,
                "investment": amount,
                "net_present_cost": worth,
                **({"units": size.units} if in_units else {}),
                **({"products": _products(size)} if of_products else {}),
                "reason": reason(size, solution.microgrid),
            }
        )
    return pd.DataFrame(rows)


def _products(size: Size) -> str:
    """Products bought, as ``2 x X100``; empty if none are."""
    bought = [f"{count} x {name}" for name, count in size.products.items() if count]
    return ", ".join(bought)


def _costs(solution: Solution) -> pd.DataFrame:
    microgrid, hours = solution.microgrid, _hours(solution)
    rows = [
        (e.owner, e.cost_class, e.item, float(rate.sum()) * hours)
        for e, rate in solution.booked.costs
    ]
    rows += [
        (e.owner, e.cost_class, e.item, amount)
        for e, amount in solution.booked.fixed_costs
    ]
    frame = pd.DataFrame(rows, columns=["component", "cost_class", "item", "per_year"])
    worth = frame["cost_class"].map(microgrid.present_worth).astype(float)
    frame["present_worth"] = frame["per_year"] * worth
    bought = pd.DataFrame(
        [
            (e.owner, "investment", e.item, worth * microgrid.annuity, worth)
            for e, _, worth in solution.booked.investments
        ],
        columns=frame.columns,
    )
    parts = [part for part in (frame, bought) if not part.empty]
    return pd.concat(parts, ignore_index=True) if parts else frame


def _emissions(solution: Solution) -> pd.DataFrame:
    hours = _hours(solution)
    rows = [
        (e.owner, e.scope, e.source, e.books, float(rate.sum()) * hours)
        for e, rate in solution.booked.emissions
    ]
    rows += [
        (e.owner, e.scope, e.source, e.books, amount)
        for e, amount in solution.booked.fixed_emissions
    ]
    columns = ["component", "scope", "source", "books", "kg_per_year"]
    return pd.DataFrame(rows, columns=columns)


def _monthly_emissions(solution: Solution) -> pd.DataFrame:
    """Emissions of the horizon by month; yearly ones in equal parts."""
    calendar = solution.microgrid.calendar
    months = calendar.month_names
    rows = [
        (month, e.scope, e.source, e.books, kg)
        for e, rate in solution.booked.emissions
        for month, kg in zip(
            months, calendar.monthly_sums(rate * calendar.step_hours), strict=True
        )
    ]
    rows += [
        (month, e.scope, e.source, e.books, kg / calendar.year_weight / len(months))
        for e, kg in solution.booked.fixed_emissions
        for month in months
    ]
    keys = ["month", "scope", "source", "books"]
    frame = pd.DataFrame(rows, columns=[*keys, "kg"])
    return frame.groupby(keys)["kg"].sum().reset_index()


def _monthly_energy(solution: Solution, flows: pd.DataFrame) -> pd.DataFrame:
    calendar = solution.microgrid.calendar
    rows = [
        (month, *key, kwh)
        for key in flows.columns
        for month, kwh in zip(
            calendar.month_names,
            calendar.monthly_sums(flows[key].to_numpy() * calendar.step_hours),
            strict=True,
        )
    ]
    return pd.DataFrame(rows, columns=["month", "node", "component", "item", "kwh"])


def _indicators(solution: Solution, recomputed: Recomputed) -> pd.DataFrame:
    rows = [
        (name, figure.name, figure.value, figure.unit)
        for name, component in solution.microgrid.components.items()
        for figure in component.indicators(
            recomputed.inputs[name], solution.values[name]
        )
    ]
    return pd.DataFrame(rows, columns=["component", "name", "value", "unit"])


def _balances(solution: Solution, flows: pd.DataFrame) -> pd.DataFrame:
    hours, rows = _hours(solution), []
    for name, bus in solution.microgrid.buses.items():
        here = [flows[key].to_numpy() for key in flows.columns if key[0] == name]
        fed = sum(float(np.maximum(kw, 0).sum()) for kw in here) * hours
        out = sum(float(np.minimum(kw, 0).sum()) for kw in here) * hours
        rows.append((name, bus.carrier, fed, -out, fed + out))
    columns = ["node", "carrier", "fed_in_kwh", "taken_out_kwh", "difference_kwh"]
    return pd.DataFrame(rows, columns=columns)

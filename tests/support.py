"""Small microgrids in code, solved and verified: what most tests start from."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import BaseModel

import verdigrid.models.components
import verdigrid.models.policies  # noqa: F401  (fills the registry)
from verdigrid.models.arrays import Floats
from verdigrid.models.build import BuiltModel, build
from verdigrid.models.calendar import Calendar
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.component import Component, Surroundings
from verdigrid.models.finance import Finance
from verdigrid.models.microgrid import Bus, Microgrid
from verdigrid.models.parameter import unit_of
from verdigrid.models.policy import Policy
from verdigrid.models.profile import Profile, profiles_of
from verdigrid.models.solution import Solution
from verdigrid.results.checks import Check, require, verify
from verdigrid.results.recompute import recompute
from verdigrid.solvers.compile import compile_model, templates
from verdigrid.solvers.solve import SolveOptions, solve

#: Buses that a test may use without declaring them.
BUSES: dict[str, dict[str, Any]] = {
    "power": {"carrier": "electricity"},
    "gas": {"carrier": "gas"},
    "heat": {"carrier": "heat", "temperature_c": 80.0},
}

#: On/off operation with everything that it may have.
COMMITMENT = {
    "min_load": 0.4,
    "start_cost": 3.0,
    "min_up_hours": 2.0,
    "min_down_hours": 1.0,
    "ramp_per_hour": 0.3,
}

#: Every limit of the flows of a storage that has a power.
FLOW_LIMITS = {
    "duration_hours": 2.0,
    "max_charge_c_rate": 0.4,
    "max_discharge_c_rate": 0.3,
    "max_cycles_per_year": 250.0,
}

#: Amounts count as they are: nothing is discounted or scaled to a year.
AS_IS = {"discount_rate": 0.0, "horizon_years": 1, "investment": "full"}

#: The gap is closed, so that an objective can be compared to the last digits.
EXACT = SolveOptions(relative_gap=0.0, time_limit_s=60.0)


def grid_at(price: Any, **more: Any) -> dict[str, Any]:
    """A grid connection of 1000 kW on ``power`` at one price (or a list of them)."""
    tariff = {"price_per_kwh": series(price), **more.pop("tariff", {})}
    connection = {"kind": "grid", "bus": "power", "import_limit_kw": 1000.0}
    return {**connection, "tariff": tariff, "emissions_kg_per_kwh": 0.5, **more}


def gas_at(price: Any, **more: Any) -> dict[str, Any]:
    """Gas at one price (or a list of them), 0.2 kg CO2e/kWh."""
    supply = {"kind": "fuel_supply", "bus": "gas", "emissions_kg_per_kwh": 0.2}
    return {**supply, "price_per_kwh": series(price), **more}


def heat_at(price: Any, **more: Any) -> dict[str, Any]:
    """Heat bought from a neighbour, at one price (or a list of them)."""
    return gas_at(price, **{"bus": "heat", "scope": 2, **more})


def load_of(kw: Any, bus: str = "power", **more: Any) -> dict[str, Any]:
    """A demand on ``bus``."""
    return {"kind": "load", "bus": bus, "profile": series(kw), **more}


def series(values: Any) -> Any:
    """A profile as a scenario file writes it: a number, or one value per step."""
    if isinstance(values, (list, tuple, np.ndarray)):
        return {"values": [float(value) for value in values]}
    return values


def policy(kind: str, **fields: Any) -> Policy:
    """A policy of one kind."""
    return Policy.registry[kind].model_validate(fields)


def standing(unit: str, size: float) -> dict[str, float]:
    """A capacity that stands and costs nothing."""
    return {f"existing_{unit}": size, f"om_per_{unit}_year": 0.0}


def option(unit: str, most: float, capex: float, **more: Any) -> dict[str, Any]:
    """A capacity that may be bought at ``capex`` per unit, without O&M."""
    bought = {f"max_{unit}": most, f"capex_per_{unit}": capex, f"om_per_{unit}_year": 0}
    return {**bought, **more}


def microgrid(
    components: Mapping[str, Mapping[str, Any]],
    periods: int,
    *,
    buses: Mapping[str, Mapping[str, Any]] | None = None,
    policies: Mapping[str, Mapping[str, Any]] | None = None,
    finance: Mapping[str, Any] | None = None,
    step_minutes: int = 60,
    start: dt.datetime = dt.datetime(2026, 1, 1),
    timezone: str = "UTC",
    represents: Any = "as_is",
    weather: pd.DataFrame | None = None,
    exclusive_steps: Mapping[str, tuple[int, ...]] | None = None,
) -> Microgrid:
    """A microgrid from the dictionaries that a scenario file would hold."""
    calendar = Calendar(start, periods, step_minutes, timezone, represents=represents)
    made = {
        name: Component.registry[fields["kind"]].model_validate(dict(fields))
        for name, fields in components.items()
    }
    bare = Microgrid(
        name="test",
        currency="EUR",
        site=None,
        calendar=calendar,
        finance=Finance.model_validate(dict(finance or AS_IS)),
        buses={
            name: Bus.model_validate(dict(fields))
            for name, fields in {**BUSES, **(buses or {})}.items()
        },
        components=made,
        policies={name: policy(**fields) for name, fields in (policies or {}).items()},
        series={},
        exclusive_steps=exclusive_steps or {},
    )
    return prepared(bare, weather)


def prepared(grid: Microgrid, weather: pd.DataFrame | None = None) -> Microgrid:
    """The microgrid with all series that its components name or compute."""
    found: dict[str, Floats] = {}
    for name, component in grid.components.items():
        for path, profile, _ in profiles_of(component, f"components.{name}"):
            found[path] = _values(profile, grid.calendar.periods)
    named = replace(grid, series=found)
    around = Surroundings(45.0, 8.0, 0.0, weather, grid.calendar, grid.nodes)
    computed = {
        f"components.{name}.{field}": values
        for name, component in grid.components.items()
        for field, values in component.prepare(around, named.series_of(name)).items()
    }
    return replace(grid, series=found | computed)


def _values(profile: Profile, periods: int) -> Floats:
    if profile.constant is not None:
        return np.full(periods, profile.constant)
    values = np.asarray(profile.values, dtype=float)
    assert values.shape == (periods,), f"{values.size} values for {periods} steps"
    return values


def built(grid: Microgrid, templated: bool = True) -> BuiltModel:
    """The model, with rules over time templated (as in a run) or written out."""
    if not templated:
        return build(grid)
    with templates():
        return build(grid)


def compiled(grid: Microgrid, templated: bool = True) -> CompiledModel:
    """The matrix of a microgrid."""
    return compile_model(built(grid, templated))


def planned(grid: Microgrid, options: SolveOptions = EXACT) -> Solution:
    """The optimal plan, which has passed the independent verification."""
    solution = solve(built(grid), options)
    require(checks_of(solution))
    return solution


def checks_of(solution: Solution) -> list[Check]:
    """All checks of the independent verification, held or not."""
    return verify(solution, recompute(solution))


def objective(grid: Microgrid) -> float:
    """Net present cost of the optimal plan."""
    return planned(grid).objective


def emitted(solution: Solution) -> float:
    """Yearly emissions of a plan, location-based, kg CO2e."""
    return recompute(solution).yearly.emitted((1, 2, 3))


def figures_of(solution: Solution, name: str) -> dict[str, float]:
    """Key figures of a component, by name."""
    inputs = recompute(solution).inputs[name]
    component = solution.microgrid.components[name]
    found = component.indicators(inputs, solution.values[name])
    return {figure.name: figure.value for figure in found}


def flows_of(solution: Solution, component: str) -> dict[str, Floats]:
    """Net power of a component into each node, kW, from the ledger."""
    flows: dict[str, Floats] = {}
    for entry, kw in solution.booked.injections:
        if entry.owner == component:
            flows[entry.node] = flows.get(entry.node, 0.0) + kw
    return flows


def with_changes(grid: Microgrid, /, **components: Mapping[str, Any]) -> Microgrid:
    """The microgrid with some components replaced or added (dictionaries)."""
    made = {
        name: Component.registry[fields["kind"]].model_validate(dict(fields))
        for name, fields in components.items()
    }
    return prepared(replace(grid, components={**grid.components, **made}))


def steps_halved(grid: Microgrid) -> Microgrid:
    """The same site with every step split into two of half the length."""
    calendar = grid.calendar
    finer = replace(
        calendar,
        periods=2 * calendar.periods,
        step_minutes=calendar.step_minutes // 2,
    )
    doubled = {path: np.repeat(values, 2) for path, values in grid.series.items()}
    return replace(grid, calendar=finer, series=doubled)


def first_steps(grid: Microgrid, count: int) -> Microgrid:
    """The same site over its first steps only."""
    calendar = replace(grid.calendar, periods=count)
    kept = {path: values[:count] for path, values in grid.series.items()}
    return replace(grid, calendar=calendar, series=kept)


def money_scaled(grid: Microgrid, factor: float) -> Microgrid:
    """The same site with every amount of money times ``factor``.

    What is money is known from the units that the fields declare.
    """
    paths = {
        path
        for name, component in grid.components.items()
        for path, _, unit in profiles_of(component, f"components.{name}")
        if unit.startswith("currency")
    }
    prices = ("import_price", "export_price")  # the grid computes them from its tariff
    return replace(
        grid,
        components={n: _scaled(c, factor) for n, c in grid.components.items()},
        policies={n: _scaled(p, factor) for n, p in grid.policies.items()},
        series={
            path: values * factor
            if path in paths or path.rsplit(".", 1)[-1] in prices
            else values
            for path, values in grid.series.items()
        },
    )


def _scaled(model: Any, factor: float) -> Any:
    """A copy of a pydantic model with its money fields scaled."""
    update: dict[str, Any] = {}
    for field in type(model).model_fields:
        value = getattr(model, field)
        if isinstance(value, BaseModel) and not isinstance(value, Profile):
            update[field] = _scaled(value, factor)
        elif isinstance(value, list) and all(isinstance(v, BaseModel) for v in value):
            update[field] = [_scaled(item, factor) for item in value]
        elif unit_of(type(model), field).startswith("currency"):
            update[field] = _times(value, factor)
    return model.model_copy(update=update)


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {key: item * factor for key, item in value.items()}
    return value * factor if isinstance(value, (int, float)) else value


def constraints_of(block: Any) -> Iterator[Any]:
    """Every constraint family of a block and the blocks below it."""
    return iter(block.component_objects(pyo.Constraint, descend_into=True))

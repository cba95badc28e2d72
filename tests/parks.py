"""A dye works and a dairy that share heat and gas, and what their tables must keep."""

from typing import Any

import pytest

from support import (
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.solution import Solution
from verdigrid.results.outcome import Outcome
from verdigrid.results.tables import Tables


def buses(**owned: str) -> dict[str, dict[str, Any]]:
    """Heat and power of the dye works and of the dairy; ``gas: "dairy"`` says whose."""
    made: dict[str, dict[str, Any]] = {
        "dye_power": {"carrier": "electricity", "firm": "dyeing"},
        "dye_heat": {"carrier": "heat", "temperature_c": 60.0, "firm": "dyeing"},
        "dairy_power": {"carrier": "electricity", "firm": "dairy"},
        "dairy_heat": {"carrier": "heat", "temperature_c": 60.0, "firm": "dairy"},
        "gas": {"carrier": "gas"},
    }
    return {name: bus | _firm(owned.get(name)) for name, bus in made.items()}


def _firm(name: str | None) -> dict[str, str]:
    return {} if name is None else {"firm": name}


#: Waste heat of the dye works goes to the dairy; the dairy's boiler burns the rest.
WORKS: dict[str, Any] = {
    "dye_grid": grid_at(0.2, bus="dye_power"),
    "dye_hall": load_of(4, "dye_power"),
    "baths": load_of(5, "dye_heat"),
    "effluent": {
        "kind": "waste_heat",
        "temperature_c": 95.0,
        "outlet_temperature_c": 15.0,
        "profile": 60.0,
    },
    "recovery": {
        "kind": "heat_exchanger",
        "source": "effluent",
        "sink": "dye_heat",
        "capacity": standing("kw", 30),
    },
    "pipe": {
        "kind": "link",
        "from_bus": "dye_heat",
        "to_bus": "dairy_heat",
        "both_ways": False,
        "length_km": 2.0,
        "capacity": option("kw", 10, 0.02, embodied_kg_per_kw=7.0),
        "loss_per_km": 0.05,
        "standing_loss_fraction_per_km": 0.01,
        "electricity_bus": "dye_power",
        "pump_electricity_per_kwh": 0.05,
    },
    "dairy_grid": grid_at(0.3, bus="dairy_power"),
    "dairy_hall": load_of(2, "dairy_power"),
    "cleaning": load_of([9, 18], "dairy_heat"),
    "gas_main": gas_at(0.05),
    "boiler": {
        "kind": "boiler",
        "input_bus": "gas",
        "bus": "dairy_heat",
        "capacity": standing("kw", 50),
        "efficiency": 0.8,
        "om_cost_per_kwh": 0.01,
    },
}


def tables_of(plan: Solution) -> Tables:
    return Outcome(plan).tables


def works(policies: Any = None, **owned: str) -> Solution:
    return planned(microgrid(WORKS, 2, buses=buses(**owned), policies=policies))


def exchanged(tables: Tables) -> dict[tuple[str, str, str, str], float]:
    frame = tables.exchanges
    keys = frame[["component", "carrier", "from_firm", "to_firm"]]
    names = [tuple(row) for row in keys.to_numpy().tolist()]
    return dict(zip(names, frame["kwh_per_year"].tolist(), strict=True))


def assert_adds_up(plan: Solution) -> None:
    """Firms and what is shared are the park, and the park is the plan."""
    tables = tables_of(plan)
    firms = tables.firms.set_index("firm")
    parts, park = firms.drop(index="park").sum(), firms.loc["park"]
    for column in firms.columns:
        scale = max(1.0, firms[column].abs().max())
        assert abs(parts[column] - park[column]) <= 1e-9 * scale, column
    assert park["net_present_cost"] == pytest.approx(plan.objective, rel=1e-9)
    total = tables.costs["per_year"].sum()
    assert park["total_per_year"] == pytest.approx(total, rel=1e-9)
    by_class = [c for c in firms.columns if c.endswith("_per_year") and "kg" not in c]
    for _, row in firms.iterrows():
        assert row["total_per_year"] == pytest.approx(
            sum(row[c] for c in by_class if c != "total_per_year"), rel=1e-9
        )
    kg = sum(park[f"scope_{scope}_kg_per_year"] for scope in (1, 2, 3))
    assert kg == pytest.approx(tables.emissions["kg_per_year"].sum(), rel=1e-9)

"""Small sites for policies, with answers that a person can work out."""

from typing import Any

from support import gas_at, grid_at, load_of, microgrid, series, standing
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policy import Standing
from verdigrid.models.solution import Solution
from verdigrid.results.recompute import recompute

#: Heat counts as much as power: kgce of a kWh by its energy.
BY_ENERGY = 3600 / 29307.6


def pv_at(yields: Any, **capacity: Any) -> dict[str, Any]:
    """PV of given yields; of 100 kW that stand, if no capacity is given."""
    capacity = capacity or standing("kw", 100.0)
    fields = {"kind": "pv", "bus": "power", "yield_kw_per_kw": series(yields)}
    return {**fields, "capacity": capacity}


def sunny(policy: dict[str, Any] | None, **capacity: Any) -> Microgrid:
    """PV in two sunny hours, load of 60 and 20 kWh; import at 0.10, export at 0.05."""
    parts = {
        "grid": grid_at(0.1, tariff={"export_price_per_kwh": 0.05}),
        "roof": pv_at(1.0, **capacity),
        "plant": load_of([60, 20]),
    }
    return microgrid(parts, 2, policies={"rule": policy} if policy else {})


def supplied(
    policy: dict[str, Any] | None, hours: int = 1, load: Any = 100
) -> Microgrid:
    """Load, 10 kW of PV; the grid at 0.10, by contract 0.12, by a green line 0.30."""
    parts = {
        "grid": grid_at(0.1),
        "contract": grid_at(0.12, green="contract"),
        "line": grid_at(0.3, green="physical"),
        "roof": pv_at(1.0, **standing("kw", 10.0)),
        "plant": load_of(load),
    }
    return microgrid(parts, hours, policies={"rule": policy} if policy else {})


def heated(policy: dict[str, Any] | None, **fuels: dict[str, Any]) -> Microgrid:
    """50 kWh of bought power at 0.10 and 100 kWh of heat from a choice of fuels.

    ``fuels`` are purchases by carrier; each has a boiler without losses.
    """
    parts: dict[str, Any] = {"grid": grid_at(0.1, emissions_kg_per_kwh=0.0)}
    for carrier, purchase in fuels.items():
        parts[f"{carrier}_supply"] = gas_at(0.05, **{"bus": carrier, **purchase})
        parts[f"{carrier}_boiler"] = {
            "kind": "boiler",
            "input_bus": carrier,
            "bus": "heat",
            "efficiency": 1.0,
            "capacity": standing("kw", 1000.0),
        }
    parts |= {"plant": load_of(50), "process": load_of(100, "heat")}
    buses = {carrier: {"carrier": carrier} for carrier in fuels}
    policies = {"rule": policy} if policy else {}
    return microgrid(parts, 1, buses=buses, policies=policies)


def engined(policy: dict[str, Any] | None, load: Any = (50, 50, 50)) -> Microgrid:
    """Load from the grid at 0.10 or an engine that burns 0.50 a kWh of power."""
    parts = {
        "grid": grid_at(0.1),
        "gas": gas_at(0.2),
        "engine": {
            "kind": "genset",
            "input_bus": "gas",
            "bus": "power",
            "efficiency": 0.4,
            "capacity": standing("kw", 100.0),
        },
        "plant": load_of(list(load)),
    }
    return microgrid(parts, len(load), policies={"rule": policy} if policy else {})


def standing_of(plan: Solution, name: str = "rule") -> Standing:
    """Where a plan stands against one of its policies."""
    found = plan.microgrid.policies[name].standing(recompute(plan).yearly)
    assert found is not None
    return found

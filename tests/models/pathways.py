"""Sites whose stages make pathways: a year in one step, and in a day of hours."""

import numpy as np

from support import (
    EXACT,
    grid_at,
    load_of,
    microgrid,
    option,
)
from verdigrid.models.pathway import pathway_of
from verdigrid.studies.plan_pathway import solve_verified_pathway

#: A year of a kW of PV of a fifth of its power, at 0.1 a kWh.
WORTH = 0.2 * 8760 * 0.1
PLAIN = {"discount_rate": 0.0, "horizon_years": 20}
TAXED = {
    "discount_rate": 0.06,
    "horizon_years": 20,
    "escalation": {"investment": 0.01, "electricity": 0.02},
    "tax": {"rate": 0.2, "depreciation": "straight_line", "depreciation_years": 5},
}


def site(capex, life=20.0, finance=None, load=100.0, price=0.1, policies=None, **more):
    """A load, the grid, and up to 100 kW of PV in one step."""
    roof = {**option("kw", 100, capex, lifetime_years=life), **more}
    parts = {
        "grid": grid_at(price),
        "plant": load_of(load),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": 0.2,
            "capacity": roof,
        },
    }
    years = {"finance": finance or PLAIN, "represents": "year"}
    return microgrid(parts, 1, policies=policies, **years)


def plan_of(years, grids, options=EXACT):
    return solve_verified_pathway(pathway_of(years, grids), options)


def bought(outcome, component="roof", field="capacity"):
    return [stage.size(component, field).new for stage in outcome.solution.stages]


def totals(outcome, component="roof", field="capacity"):
    return [stage.size(component, field).total for stage in outcome.solution.stages]


def battery_site(capex, finance, life=12.0, load=1.0, hours=24, policies=None):
    """A battery between two prices, and PV that charges it."""
    at = np.arange(hours) % 24
    sun = np.clip(np.sin((at - 6) / 12 * np.pi), 0, None)
    bulk = option("kwh", 300, capex, lifetime_years=life, embodied_kg_per_kwh=60.0)
    parts = {
        "grid": grid_at(np.where((at > 7) & (at < 21), 0.25, 0.08)),
        "plant": load_of(load * (60 + 30 * np.sin(at / 24 * 2 * np.pi))),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": sun.tolist()},
            "capacity": option("kw", 150, 2 * capex, lifetime_years=20.0),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": bulk,
            "power": option("kw", 100, 50.0, lifetime_years=life),
        },
    }
    years = {"finance": finance, "represents": "year"}
    return microgrid(parts, hours, policies=policies, **years)

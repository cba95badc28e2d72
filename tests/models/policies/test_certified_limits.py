"""Limits of the year through windows and coarse steps: the same plan, proven."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from support import (
    built,
    checks_of,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    policy,
    standing,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.solvers import certified as certified_module
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.solve import SolveOptions, solve

DAYS = 30
GAP = 1e-3
TCE = {"scopes": [1, 2], "per": "tce", "electricity_kgce_per_kwh": 0.2856}

RULES: dict[str, dict[str, Any]] = {
    "self_consumption": {"at_least": 0.9},
    "self_consumption of possible": {"at_least": 0.9, "of": "possible"},
    "export_share": {"at_most": 0.05},
    "green_power_share": {"at_least": 0.6},
    "non_fossil_share": {"at_least": 0.5},
    "clean_energy_share": {"at_least": 0.55},
    "hourly_green_share": {"at_least": 0.7},
    "hourly_green_share of every step": {"at_least": 0.1, "every_step": True},
    "waste_heat_share": {"at_least": 0.5},
    "intensity_cap": {"at_most": 1.0, **TCE},
    "peak_import_limit": {"at_most_kw": 60.0, "hours": ["6-10"]},
    "investment_budget": {"at_most": 80_000.0},
    "islanding": {
        "outages": [{"first": "2026-01-09 20:00", "last": "2026-01-10 01:00"}]
    },
}


@cache
def site() -> Microgrid:
    """Thirty days: PV, battery, engine, a dear green line, heat to be recovered."""
    hours = np.arange(24 * DAYS)
    chance = np.random.default_rng(7)
    cloud = np.repeat(chance.uniform(0.3, 1.0, DAYS), 24)
    sun = np.clip(np.sin((hours % 24 - 6) / 12 * np.pi), 0, None) * cloud
    shift = (hours % 24 >= 7) & (hours % 24 < 22)
    load = 60 + 60 * shift + chance.uniform(0, 20, hours.size)
    price = np.where((hours % 24 >= 16) & (hours % 24 < 21), 0.25, 0.12)
    parts = {
        "grid": grid_at(
            price.tolist(),
            import_limit_kw=400.0,
            tariff={"export_price_per_kwh": 0.06, "demand_charge_per_kw_month": 5.0},
        ),
        "line": grid_at(0.4, green="physical", emissions_kg_per_kwh=0.0),
        "gas": gas_at(0.06),
        "biomass": gas_at(0.09, bus="chips", emissions_kg_per_kwh=0.0),
        "engine": {
            "kind": "genset",
            "input_bus": "gas",
            "bus": "power",
            "efficiency": 0.36,
            "capacity": standing("kw", 150.0),
        },
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": sun.tolist()},
            "capacity": option("kw", 800.0, 1200.0, lifetime_years=25.0),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": option("kwh", 2000.0, 300.0, lifetime_years=15.0),
            "power": option("kw", 500.0, 100.0, lifetime_years=15.0),
        },
        "drain": {
            "kind": "waste_heat",
            "temperature_c": 95.0,
            "outlet_temperature_c": 85.0,
            "profile": {"values": (40.0 * (1 + shift)).tolist()},
        },
        "exchanger": {
            "kind": "heat_exchanger",
            "source": "drain",
            "sink": "heat",
            "capacity": option("kw", 100.0, 8000.0, lifetime_years=20.0),
        },
        **{
            f"{bus}_boiler": {
                "kind": "boiler",
                "input_bus": bus,
                "bus": "heat",
                "efficiency": 0.9,
                "capacity": standing("kw", 500.0),
            }
            for bus in ("gas", "chips")
        },
        "plant": load_of(load.tolist()),
        "process": load_of((80 + 40 * shift).tolist(), "heat"),
    }
    return microgrid(
        parts,
        hours.size,
        buses={"chips": {"carrier": "biomass"}},
        represents="year",
        finance={"discount_rate": 0.07, "horizon_years": 15},
    )


@cache
def free_cost() -> float:
    """Net present cost without any policy."""
    return planned(site(), SolveOptions(relative_gap=0.0)).objective


@pytest.mark.slow
@pytest.mark.parametrize("case", RULES)
def test_certified_plan_is_that_of_the_whole(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 120)
    monkeypatch.setattr(certified_module, "SEGMENTS", 60)
    rule = policy(case.split()[0], **RULES[case])
    grid = replace(site(), policies={"rule": rule})
    whole = planned(grid, SolveOptions(relative_gap=0.0, method="monolithic"))
    assert whole.objective > free_cost() * (1 + 1e-5), "the limit does not bind"
    asked = SolveOptions(relative_gap=GAP, method="certified", time_limit_s=120.0)
    found = solve(built(grid), asked)
    assert found.certificate is not None
    assert found.certificate.facts["windows"] == 6  # none if solved as one
    assert all(check.holds for check in checks_of(found))
    close = 1e-6 * whole.objective
    assert found.bound <= whole.objective + close
    assert found.objective >= whole.objective - close
    assert found.objective <= found.bound * (1 + 2 * GAP)

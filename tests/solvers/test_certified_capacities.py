"""Every way to size, through windows and a coarse problem: the plan of HiGHS alone."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from support import grid_at, load_of, microgrid, option, planned, policy, series
from verdigrid.models.microgrid import Microgrid
from verdigrid.solvers import certified as certified_module
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.solve import SolveOptions

GAP = 1e-4
HOURS = 72
GOODS = [
    {"name": "six", "kw": 6.0, "capex": 6.0, "om_per_year": 9.0, "max_count": 4},
    {"name": "big", "kw": 17.0, "capex": 14.0, "om_per_year": 9.0, "max_count": 2},
    {"name": "huge", "kw": 30.0, "capex": 23.0, "om_per_year": 9.0},
]
DUE = {"remaining_years": 0.0, "renewal_per_kw": 0.8}
GONE = {"removal_per_kw": 0.05, "scrap_per_kw": 0.0}


def curve(*pairs: tuple[float, float]) -> list[dict[str, float]]:
    return [{"up_to_kw": end, "capex_per_kw": price} for end, price in pairs]


ROOFS: dict[str, dict[str, Any]] = {
    "units": option("kw", 80, 0.9, unit_kw=7.0),
    "falling": {"max_kw": 80.0, "cost_curve": curve((12, 1.2), (40, 0.8), (80, 0.7))},
    "rising": {"max_kw": 80.0, "cost_curve": curve((12, 0.7), (40, 0.9), (80, 1.05))},
    "mixed": {
        "max_kw": 80.0,
        "capex_fixed": 2.0,
        "cost_curve": curve((12, 1.1), (25, 0.7), (40, 0.9), (80, 0.6)),
    },
    "one product": {"max_kw": 80.0, "catalogue": GOODS},
    "any products": {"max_kw": 80.0, "catalogue": GOODS, "catalogue_choice": "any"},
    "retired": {
        **option("kw", 60, 0.7),
        **{"existing_kw": 20.0, **DUE, "retire": GONE},
    },
    "retired as a whole": {
        **option("kw", 60, 0.7),
        **{"existing_kw": 20.0, **DUE, "retire": {**GONE, "whole": True}},
    },
    "units retired": {
        **option("kw", 60, 0.7, unit_kw=5.0),
        **{"existing_units": 4, **DUE, "retire": GONE},
    },
}


def site(roof: dict[str, Any]) -> Microgrid:
    """Three days of sun, a load by day, dear evenings; a battery in units of 9 kWh."""
    at = np.arange(HOURS)
    sun = np.clip(np.sin((at % 24 - 6) / 12 * np.pi), 0, None)
    sun = sun * np.repeat([1.0, 0.6, 0.9], 24)
    parts = {
        "grid": grid_at(np.where((at % 24 > 16) & (at % 24 < 21), 0.3, 0.12)),
        "plant": load_of(20.0 + 10 * (at % 24 > 8)),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": series(sun),
            "capacity": {"om_per_kw_year": 0.1, **roof},
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": option("kwh", 60, 1.2, unit_kwh=9.0),
            "power": option("kw", 30, 0.2),
        },
    }
    land = {"uses": {"roof.capacity": 1.0, "battery.energy": 0.5}, "at_most": 50.0}
    rule = policy("shared_limit", **land)
    grid = microgrid(parts, HOURS)
    return replace(grid, policies={"land": rule})


@cache
def optimum(name: str) -> float:
    return planned(site(ROOFS[name])).objective


@pytest.mark.parametrize("name", sorted(ROOFS))
def test_same_plan_with_a_proof(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    monkeypatch.setattr(certified_module, "SEGMENTS", 6)
    monkeypatch.setattr(certified_module, "IN_WINDOW", 1)
    options = SolveOptions(relative_gap=GAP, time_limit_s=60.0, method="certified")
    found = planned(site(ROOFS[name]), options)
    assert found.facts["method"] == "certified"
    assert found.algorithm.startswith("coarse problem")
    close = GAP * abs(optimum(name))
    assert found.bound <= optimum(name) + 1e-6 * abs(optimum(name))
    assert optimum(name) - 1e-6 <= found.objective <= optimum(name) + close

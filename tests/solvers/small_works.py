"""Power and heat of a small works, of which a member of a study changes something."""

import numpy as np
import pytest

from support import (
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    standing,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Solution, Status
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.plan import Plan

OPTIONS = SolveOptions(relative_gap=1e-4, time_limit_s=60.0)
HOURS = 48
SUN = np.maximum(0.0, np.sin(2 * np.pi * (np.arange(HOURS) - 6) / 24)).round(3)
DAY = (1 + 0.5 * np.sin(2 * np.pi * np.arange(HOURS) / 24 - 1)).round(3)

#: What a member may change; numbers stay in a range where every site has a plan.
SITE = {
    "capex": 3.0,
    "price": 0.2,
    "evening": 1.0,
    "cap": 0.30,
    "load": 40.0,
    "roof": 120.0,
    "efficiency": 0.9,
    "cop": 3.0,
    "hours": HOURS,
    "chp": False,
    "fixed": 0.0,
    "replacement": None,
    "old_boiler": 60.0,
}


def site(**changes: object) -> Microgrid:
    """Power and heat of a small works: PV, battery, boiler and heat pump."""
    s = {**SITE, **changes}
    hours, price = s["hours"], s["price"] * np.where(SUN > 0, 1.0, s["evening"])
    parts = {
        "works": load_of(s["load"] * DAY[:hours]),
        "process": load_of(30.0 * DAY[::-1][:hours], "heat"),
        "connection": grid_at(price[:hours]),
        "gas_supply": gas_at(0.05),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": SUN[:hours].tolist()},
            "capacity": option(
                "kw",
                s["roof"],
                s["capex"],
                capex_fixed=s["fixed"],
                replacement_per_kw=s["replacement"],
            ),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": option("kwh", 200, 1.0),
            "power": option("kw", 100, 0.5),
            "charge_efficiency": s["efficiency"],
        },
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": s["efficiency"],
            "capacity": standing("kw", s["old_boiler"]),
        },
        "heat_pump": {
            "kind": "heat_pump",
            "electricity_bus": "power",
            "bus": "heat",
            "cop": s["cop"],
            "capacity": option("kw", 60, 2.0),
        },
    }
    if s["chp"]:
        parts["second_boiler"] = {
            "kind": "electric_boiler",
            "input_bus": "power",
            "bus": "heat",
            "capacity": option("kw", 20, 0.1),
        }
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "reduction": s["cap"]}
    return microgrid(parts, hours, policies={"cap": cap})


def agree(warm: Plan, cold: Plan) -> None:
    """Both members have plan and baseline at the same cost, and both are verified."""
    pairs = [(warm.plan, cold.plan)]
    assert (warm.baseline is None) == (cold.baseline is None)
    assert warm.no_baseline == cold.no_baseline
    if warm.baseline is not None and cold.baseline is not None:
        pairs.append((warm.baseline, cold.baseline))
    for one, other in pairs:
        _same_answer(one.solution, other.solution)
        assert all(check.holds for check in one.checks)


def _same_answer(one: Solution, other: Solution) -> None:
    size = max(1.0, abs(other.objective))
    assert one.status is other.status is Status.OPTIMAL
    assert one.bound <= other.objective + 1e-9 * size
    assert other.bound <= one.objective + 1e-9 * size
    if not other.facts["integers"] and other.facts["method"] == "monolithic":
        assert one.objective == pytest.approx(other.objective, rel=1e-6, abs=1e-6)
        assert (one.certificate is None) == (other.certificate is None)

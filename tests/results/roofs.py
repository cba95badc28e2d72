"""A roof of 10 kW and its two years, which a person can work out."""

from typing import Any

from support import grid_at, load_of, microgrid
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.finance import Finances, finances
from verdigrid.studies.plan import Plan, make_plan

PLAIN = {"discount_rate": 0.1, "horizon_years": 2}


def roof(**capacity: Any) -> dict[str, Any]:
    """10 kW that always run, at 1000 each."""
    more = {"lifetime_years": 2.0, "om_per_kw_year": 2.0, **capacity}
    bought = {"max_kw": 10.0, "capex_per_kw": 1000.0, **more}
    fields = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}
    return {**fields, "capacity": bought}


def site(finance: dict[str, Any], roof: dict[str, Any], **more: Any) -> Microgrid:
    parts = {"grid": grid_at(0.1), "roof": roof, "plant": load_of([10, 10])}
    parts |= more.pop("components", {})
    return microgrid(parts, 2, represents="year", finance=finance, **more)


def made(grid: Microgrid) -> tuple[Plan, Finances]:
    plan = make_plan(grid)
    return plan, finances(plan.plan, plan.baseline)

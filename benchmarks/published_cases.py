"""Published cases of another tool, run through verdigrid and compared figure by figure.

    python benchmarks/published_cases.py FOLDER [FOLDER ...]

A folder holds ``case.json`` (parameters, variants), ``profiles.csv`` (a row per hour)
and ``expected.json`` (published figures with their tolerances). The series of such
cases are not part of this repository. A case is written as a scenario file, loaded,
solved and verified like any other. Exits with 1 if a figure is outside its tolerance.

What is translated: one load, one grid connection with hourly prices and demand charges
in time-of-use windows, one battery or one photovoltaic field. All money is stated as
the case states it, before tax: prices, tax rules, what a kW and a kWh cost and what it
costs to replace them once. Nothing is left of an asset at the end.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from verdigrid.results.outcome import Outcome
from verdigrid.scenarios.load import load
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.plan import solve_verified

DAYS = {"all": range(7), "workdays": range(5), "weekends": (5, 6)}
ELECTRICITY = {"electricity": {"carrier": "electricity"}}
#: Larger than any sensible size; the cases have no limit of their own.
UNLIMITED_KW = 1e4


def main(folders: list[str]) -> int:
    outside = 0
    for name in folders:
        folder = Path(name)
        case = json.loads((folder / "case.json").read_text())
        expected = json.loads((folder / "expected.json").read_text())
        print(f"{case['title']}\n")
        outside += compared(case, folder, expected["quantities"])
        for variant, change in case.get("variants", {}).items():
            print(f"{case['name']}, variant {variant}\n")
            known = {**case["components"], **change["components"]}
            kept = {key: value for key, value in known.items() if value is not None}
            changed = {**case, "components": kept}
            outside += compared(changed, folder, expected["variants"][variant])
    return 1 if outside else 0


def compared(
    case: Mapping[str, Any], folder: Path, quantities: list[dict[str, Any]]
) -> int:
    """Solve a case and print it; how many figures are outside their tolerance."""
    outcome = solved(case, folder / "profiles.csv")
    outside = report(quantities, figures(outcome))
    held = sum(check.holds for check in outcome.checks)
    print(f"\n{held} of {len(outcome.checks)} checks of the plan hold\n")
    return outside


def solved(case: Mapping[str, Any], profiles: Path) -> Outcome:
    """The verified plan of a case."""
    frame = pd.read_csv(profiles)
    steps = pd.date_range(
        f"{case['time']['calendar_year']}-01-01", freq="h", periods=8784
    )
    steps = steps[~((steps.month == 2) & (steps.day == 29))][: len(frame)]
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder, "series.csv"), index=False)
        file = Path(folder, "case.yaml")
        file.write_text(json.dumps(scenario(case, frame, steps)))
        microgrid = load(file).microgrid
        return solve_verified(
            microgrid, SolveOptions(relative_gap=0.0, method="monolithic")
        )


def column(name: str) -> dict[str, str]:
    return {"file": "series.csv", "column": name}


def scenario(
    case: Mapping[str, Any], frame: pd.DataFrame, steps: pd.DatetimeIndex
) -> dict[str, Any]:
    """The case in the words of a scenario file (JSON is YAML)."""
    finance, grid = case["finance"], case["components"]["grid"]
    charges = [
        {
            "name": charge["id"],
            "rate_per_kw": charge["rate"],
            **window(charge, frame, steps),
        }
        for charge in grid["demand_charges"]
    ]
    components: dict[str, Any] = {
        "load": {"kind": "load", "bus": "electricity", "profile": column("load_kw")},
        "grid": {
            "kind": "grid",
            "bus": "electricity",
            "import_limit_kw": UNLIMITED_KW,
            "emissions_kg_per_kwh": column("grid_co2_kg_per_kwh"),
            "tariff": {
                "price_per_kwh": column("grid_price_usd_per_kwh"),
                "demand_charges": charges,
                "fixed_per_month": grid["fixed_per_year"] / 12,
            },
        },
    }
    if "battery" in case["components"]:
        components["battery"] = battery(case)
    if "pv" in case["components"]:
        components["pv"] = photovoltaics(case)
    return {
        "schema": 1,
        "name": case["name"].replace("_", "-"),
        "currency": case["currency"],
        # A place only gives the clock: sun and prices are series.
        "site": {"latitude": 0.0, "longitude": 0.0, "timezone": "UTC"},
        "time": {
            "start": f"{case['time']['calendar_year']}-01-01",
            "periods": len(frame),
            "step_minutes": 60,
            "leap_day": "drop",
            "represents": "year",
        },
        "finance": {
            "discount_rate": finance["discount_rate"],
            "horizon_years": finance["analysis_years"],
            "basis": "nominal",
            "escalation": {
                "electricity": finance["electricity_escalation"],
                "om": finance["om_escalation"],
            },
            "tax": tax(finance),
            "salvage": "none",
        },
        "buses": ELECTRICITY,
        "components": components,
    }


def tax(finance: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of the case, which states them for its battery or its field."""
    given = finance.get("battery") or finance["pv"]
    return {
        "rate": finance["tax_rate"],
        "depreciation": f"macrs_{given['macrs_years']}",
        "bonus_share": given["bonus_depreciation"],
        "credit_share": given["itc"],
        "basis_reduction": given["itc_basis_reduction"],
    }


def window(
    charge: Mapping[str, Any], frame: pd.DataFrame, steps: pd.DatetimeIndex
) -> dict[str, Any]:
    """Months, days and hours in which a column of the case has the charge's value."""
    inside = (frame[charge["column"]] == charge["equals"]).to_numpy()
    months = sorted(set(steps.month[inside].tolist()))
    hours = sorted(set(steps.hour[inside].tolist()))
    for days, numbers in DAYS.items():
        on_days = np.isin(steps.day_of_week, numbers)
        meant = np.isin(steps.month, months) & np.isin(steps.hour, hours) & on_days
        if (meant == inside).all():
            ranges = [f"{hour}-{hour + 1}" for hour in hours]
            return {"months": months, "days": days, "hours": ranges}
    raise SystemExit(f"{charge['id']}: not the same hours on all or on working days")


def battery(case: Mapping[str, Any]) -> dict[str, Any]:
    given, money = case["components"]["battery"], case["finance"]["battery"]
    # What replaces the first one serves to the end: it is replaced once.
    rest = {"replacement_lifetime_years": case["finance"]["analysis_years"]}
    return {
        "kind": "battery",
        "bus": "electricity",
        "energy": {
            "max_kwh": UNLIMITED_KW,
            "capex_per_kwh": money["installed_usd_per_kwh"],
            "replacement_per_kwh": money["replace_usd_per_kwh"],
            "om_per_kwh_year": 0,
            "lifetime_years": money["battery_replacement_year"],
            **rest,
        },
        "power": {
            "max_kw": UNLIMITED_KW,
            "capex_per_kw": money["installed_usd_per_kw"],
            "replacement_per_kw": money["replace_usd_per_kw"],
            "om_per_kw_year": 0,
            "lifetime_years": money["inverter_replacement_year"],
            **rest,
        },
        "charge_efficiency": given["charge_efficiency"],
        "discharge_efficiency": given["discharge_efficiency"],
        "standing_loss_per_hour": 0.0,
        "min_soc": given["min_soc_fraction"],
        "initial_soc": given["initial"]["fraction"],
        "end": "free_even_if_bought",
    }


def photovoltaics(case: Mapping[str, Any]) -> dict[str, Any]:
    money, years = case["finance"]["pv"], case["finance"]["analysis_years"]
    # The source rounds the price after the credit, and works back from that.
    left = 1 - money["itc"]
    price = round(left * money["installed_usd_per_kw"]) / left
    return {
        "kind": "pv",
        "bus": "electricity",
        "yield_kw_per_kw": column("pv_kw_per_kw"),
        "capacity": {
            "max_kw": UNLIMITED_KW,
            "capex_per_kw": price,
            "om_per_kw_year": money["om_usd_per_kw_year"],
            "lifetime_years": years,
        },
    }


def figures(outcome: Outcome) -> dict[str, float]:
    """What we found, under the names of the published figures."""
    solution = outcome.solution
    amounts = outcome.tables.bill.groupby("kind")["amount"].sum()
    imported = solution.values["grid"]["import_kw"]
    found = {
        "total_cost": solution.objective,
        "annual_kwh.grid": float(imported.sum()),
        "co2_kg.grid": float(outcome.tables.emissions["kg_per_year"].sum()),
        "cost.grid.energy": float(amounts["energy"]),
        "cost.grid.demand": float(amounts["demand"]),
        "cost.grid.fixed": float(amounts["fixed"]),
    }
    for size in solution.sizes:
        found[f"size.{size.component}.{size.field}"] = size.total
        found[f"size.{size.component}"] = size.total
    return found


def report(quantities: list[dict[str, Any]], found: Mapping[str, float]) -> int:
    """Print published against ours; how many are outside their tolerance."""
    outside = 0
    for quantity in quantities:
        key, value = quantity["key"], quantity["value"]
        if key not in found:
            print(f"  {key:24s} {value:>16,.4f}  not compared")
            continue
        allowed = quantity.get("tol_abs", quantity.get("tol_rel", 0) * abs(value))
        fits = abs(found[key] - value) <= allowed
        outside += not fits
        words = "" if fits else f"  OUTSIDE {allowed:g}"
        print(f"  {key:24s} {value:>16,.4f} {found[key]:>16,.4f}{words}")
    return outside


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The park in linopy, handed to HiGHS directly.

Row by row the formulation that verdigrid writes, so that matrices are of one size.
"""

# mypy: ignore-errors
from importlib.metadata import version as version_of
from typing import Any

import linopy
import pandas as pd
import xarray as xr

from .measure import Clock, Options
from .park import FLOWS, PARK, SIZES, Case, option


def version() -> str:
    return f"linopy {version_of('linopy')}"


def run(case: Case, options: Options, clock: Clock) -> None:
    series = pd.read_csv(case.series_file, index_col="time", parse_dates=True)
    clock.done("load")
    model = build(case, series)
    clock.done("build")
    # The default is an LP file, which takes a second more for a year of hours.
    model.solve(
        solver_name="highs",
        io_api="direct",
        set_names=False,
        log_to_console=False,
        **options,
    )


def build(case: Case, frame: pd.DataFrame) -> linopy.Model:
    m = linopy.Model()
    time = frame.index
    series = {name: xr.DataArray(frame[name], coords=[time]) for name in frame}
    flow = {f: m.add_variables(lower=0, coords=[time], name=f) for f in FLOWS}
    size = {
        o: m.add_variables(lower=0, upper=option(o).maximum, name=f"size_{o}")
        for o in SIZES
    }
    built = _decisions(m, case, size)
    months = pd.RangeIndex(case.months, name="month")
    peak = m.add_variables(lower=0, coords=[months], name="peak")

    month = xr.DataArray(case.month, coords=[time])
    limits = {
        "import_limit": flow["imported"] <= PARK.import_limit_kw,
        "export_limit": flow["exported"] <= PARK.export_limit_kw,
        "peak_of_month": flow["imported"] - peak.sel(month=month) <= 0,
        "yield_limit": flow["pv"] - series["pv_kw_per_kw"] * size["pv"] <= 0,
        "boiler_limit": flow["boiler"] <= PARK.boiler_kw,
        "electric_boiler_limit": flow["electric_boiler"] - size["electric_boiler"] <= 0,
        "heat_pump_limit": flow["heat_pump"] - size["heat_pump"] <= 0,
        "battery_ceiling": flow["battery"] - size["battery_energy"] <= 0,
        "battery_limit": (
            flow["charge"] + flow["discharge"] - size["battery_power"] <= 0
        ),
        "tank_ceiling": flow["tank"] - size["tank"] <= 0,
    }
    for name, limit in limits.items():
        m.add_constraints(limit, name=name)
    _storages(m, case, flow)
    if case.commitment:
        _commitment(m, time, flow["chp"], size["chp"])
    else:
        m.add_constraints(flow["chp"] - size["chp"] <= 0, name="chp_limit")
    _balances(m, case, flow, series)
    _objective(m, case, flow, series, size, built, peak)
    return m


def _decisions(m: linopy.Model, case: Case, size: dict[str, Any]) -> dict[str, Any]:
    built = {}
    for name in SIZES:
        if case.fixed_cost(option(name)) > 0:
            built[name] = m.add_variables(binary=True, name=f"build_{name}")
            most = option(name).maximum
            m.add_constraints(
                size[name] - most * built[name] <= 0, name=f"only_if_built_{name}"
            )
    return built


def _storages(m: linopy.Model, case: Case, flow: dict[str, Any]) -> None:
    for name, charge, discharge in (
        ("battery", "charge", "discharge"),
        ("tank", "fill", "draw"),
    ):
        keep = case.keep(getattr(PARK, f"{name}_loss_per_hour"))
        into = getattr(PARK, f"{name}_charge_efficiency") * case.step_hours
        out = case.step_hours / getattr(PARK, f"{name}_discharge_efficiency")
        before = flow[name].roll(time=1)
        m.add_constraints(
            flow[name] - keep * before - into * flow[charge] + out * flow[discharge]
            == 0,
            name=f"{name}_content",
        )


def _commitment(m: linopy.Model, time: pd.Index, chp: Any, size: Any) -> None:
    """On above the least load, or off; ``online`` is the size where it is on."""
    most, least = PARK.chp.maximum, PARK.chp_min_load
    on = m.add_variables(binary=True, coords=[time], name="on")
    online = m.add_variables(lower=0, coords=[time], name="online")
    m.add_constraints(chp - online <= 0, name="chp_limit")
    m.add_constraints(chp - least * online >= 0, name="min_load")
    m.add_constraints(online - most * on <= 0, name="only_if_on")
    m.add_constraints(online - size <= 0, name="within_size")
    m.add_constraints(online - size - most * on >= -most, name="size_if_on")


def _balances(
    m: linopy.Model, case: Case, flow: dict[str, Any], series: dict[str, Any]
) -> None:
    m.add_constraints(
        flow["imported"]
        + flow["pv"]
        + flow["chp"]
        + flow["discharge"]
        - flow["exported"]
        - flow["charge"]
        - 1 / PARK.electric_boiler_efficiency * flow["electric_boiler"]
        - 1 / series["heat_pump_cop"] * flow["heat_pump"]
        == series["electricity_kw"],
        name="electricity",
    )
    m.add_constraints(
        flow["boiler"]
        + flow["electric_boiler"]
        + flow["heat_pump"]
        + PARK.chp_heat_efficiency / PARK.chp_electric_efficiency * flow["chp"]
        + flow["draw"]
        - flow["fill"]
        == series["heat_kw"],
        name="heat",
    )
    m.add_constraints(
        flow["gas"]
        - 1 / PARK.boiler_efficiency * flow["boiler"]
        - 1 / PARK.chp_electric_efficiency * flow["chp"]
        == 0,
        name="fuel",
    )
    hours = case.step_hours
    emitted = (
        PARK.grid_kg_per_kwh * hours * flow["imported"]
        + PARK.gas_kg_per_kwh * hours * flow["gas"]
    ).sum()
    m.add_constraints(emitted <= case.cap_kg, name="carbon_cap")


def _objective(
    m: linopy.Model,
    case: Case,
    flow: dict[str, Any],
    series: dict[str, Any],
    size: dict[str, Any],
    built: dict[str, Any],
    peak: Any,
) -> None:
    hours = case.step_hours
    cost = (hours * series["price_cny_per_kwh"] * flow["imported"]).sum()
    cost = cost - (hours * PARK.export_price_per_kwh * flow["exported"]).sum()
    cost = cost + (hours * PARK.gas_price_per_kwh * flow["gas"]).sum()
    cost = cost + (PARK.demand_charge_per_kw_month * peak).sum()
    for name in SIZES:
        cost = cost + case.unit_cost(option(name)) * size[name]
    for name, decision in built.items():
        cost = cost + case.fixed_cost(option(name)) * decision
    m.add_objective(cost)

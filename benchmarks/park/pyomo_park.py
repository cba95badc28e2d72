"""The park in plain Pyomo, solved through ``appsi_highs``.

Row by row the formulation that verdigrid writes, so that matrices are of one size.
"""

# mypy: ignore-errors
from typing import Any

import pandas as pd
import pyomo.environ as pyo
from pyomo import version as pyomo_version

from .measure import Clock, Options
from .park import FLOWS, PARK, SIZES, Case, option


def version() -> str:
    return f"Pyomo {pyomo_version.version}"


def run(case: Case, options: Options, clock: Clock) -> None:
    # Rules run once for every step: they are far quicker on lists than on pandas.
    series = pd.read_csv(case.series_file, index_col="time", parse_dates=True)
    lists = {name: series[name].tolist() for name in series}
    clock.done("load")
    model = build(case, lists)
    clock.done("build")
    solver = pyo.SolverFactory("appsi_highs")
    solver.options.update(options)
    solver.solve(model)


def build(case: Case, series: dict[str, list[float]]) -> pyo.ConcreteModel:
    m = pyo.ConcreteModel()
    m.t = pyo.RangeSet(0, case.steps - 1)
    m.months = pyo.RangeSet(0, case.months - 1)
    _sizes(m, case)
    for name in FLOWS:
        m.add_component(name, pyo.Var(m.t, domain=pyo.NonNegativeReals))
    m.peak = pyo.Var(m.months, domain=pyo.NonNegativeReals)
    _grid(m, case)
    _converters(m, case, series)
    _storages(m, case)
    if case.commitment:
        _commitment(m)
    else:
        m.chp_limit = pyo.Constraint(m.t, rule=lambda m, t: m.chp[t] <= m.size["chp"])
    _balances(m, case, series)
    _objective(m, case, series)
    return m


def _sizes(m: Any, case: Case) -> None:
    m.options = pyo.Set(initialize=SIZES)
    m.size = pyo.Var(m.options, bounds=lambda m, o: (0, option(o).maximum))
    decided = [o for o in SIZES if case.fixed_cost(option(o)) > 0]
    m.decided = pyo.Set(initialize=decided)
    m.build = pyo.Var(m.decided, domain=pyo.Binary)
    m.only_if_built = pyo.Constraint(
        m.decided, rule=lambda m, o: m.size[o] <= option(o).maximum * m.build[o]
    )


def _grid(m: Any, case: Case) -> None:
    month = case.month.tolist()
    m.import_limit = pyo.Constraint(
        m.t, rule=lambda m, t: m.imported[t] <= PARK.import_limit_kw
    )
    m.export_limit = pyo.Constraint(
        m.t, rule=lambda m, t: m.exported[t] <= PARK.export_limit_kw
    )
    m.peak_of_month = pyo.Constraint(
        m.t, rule=lambda m, t: m.imported[t] <= m.peak[month[t]]
    )


def _converters(m: Any, case: Case, series: dict[str, list[float]]) -> None:
    sun = series["pv_kw_per_kw"]
    m.yield_limit = pyo.Constraint(
        m.t, rule=lambda m, t: m.pv[t] <= sun[t] * m.size["pv"]
    )
    m.boiler_limit = pyo.Constraint(
        m.t, rule=lambda m, t: m.boiler[t] <= PARK.boiler_kw
    )
    m.electric_boiler_limit = pyo.Constraint(
        m.t, rule=lambda m, t: m.electric_boiler[t] <= m.size["electric_boiler"]
    )
    m.heat_pump_limit = pyo.Constraint(
        m.t, rule=lambda m, t: m.heat_pump[t] <= m.size["heat_pump"]
    )


def _storages(m: Any, case: Case) -> None:
    last, hours = case.steps - 1, case.step_hours
    battery_keep = case.keep(PARK.battery_loss_per_hour)
    tank_keep = case.keep(PARK.tank_loss_per_hour)

    def battery(m: Any, t: int) -> Any:
        into = PARK.battery_charge_efficiency * m.charge[t]
        gain = into - m.discharge[t] / PARK.battery_discharge_efficiency
        before = m.battery[t - 1 if t else last]
        return m.battery[t] == battery_keep * before + hours * gain

    def tank(m: Any, t: int) -> Any:
        into = PARK.tank_charge_efficiency * m.fill[t]
        gain = into - m.draw[t] / PARK.tank_discharge_efficiency
        before = m.tank[t - 1 if t else last]
        return m.tank[t] == tank_keep * before + hours * gain

    m.battery_content = pyo.Constraint(m.t, rule=battery)
    m.tank_content = pyo.Constraint(m.t, rule=tank)
    m.battery_ceiling = pyo.Constraint(
        m.t, rule=lambda m, t: m.battery[t] <= m.size["battery_energy"]
    )
    m.battery_limit = pyo.Constraint(
        m.t, rule=lambda m, t: m.charge[t] + m.discharge[t] <= m.size["battery_power"]
    )
    m.tank_ceiling = pyo.Constraint(m.t, rule=lambda m, t: m.tank[t] <= m.size["tank"])


def _commitment(m: Any) -> None:
    """On above the least load, or off; ``online`` is the size where it is on."""
    most, least = PARK.chp.maximum, PARK.chp_min_load
    m.on = pyo.Var(m.t, domain=pyo.Binary)
    m.online = pyo.Var(m.t, domain=pyo.NonNegativeReals)
    m.chp_limit = pyo.Constraint(m.t, rule=lambda m, t: m.chp[t] <= m.online[t])
    m.min_load = pyo.Constraint(m.t, rule=lambda m, t: m.chp[t] >= least * m.online[t])
    m.only_if_on = pyo.Constraint(m.t, rule=lambda m, t: m.online[t] <= most * m.on[t])
    m.within_size = pyo.Constraint(m.t, rule=lambda m, t: m.online[t] <= m.size["chp"])
    m.size_if_on = pyo.Constraint(
        m.t, rule=lambda m, t: m.online[t] >= m.size["chp"] - most * (1 - m.on[t])
    )


def _balances(m: Any, case: Case, series: dict[str, list[float]]) -> None:
    power, heat = series["electricity_kw"], series["heat_kw"]
    per_heat = [1 / cop for cop in series["heat_pump_cop"]]
    heat_per_power = PARK.chp_heat_efficiency / PARK.chp_electric_efficiency
    m.electricity = pyo.Constraint(
        m.t,
        rule=lambda m, t: (
            m.imported[t] + m.pv[t] + m.chp[t] + m.discharge[t]
            == power[t]
            + m.exported[t]
            + m.charge[t]
            + m.electric_boiler[t] / PARK.electric_boiler_efficiency
            + per_heat[t] * m.heat_pump[t]
        ),
    )
    m.heat = pyo.Constraint(
        m.t,
        rule=lambda m, t: (
            m.boiler[t]
            + m.electric_boiler[t]
            + m.heat_pump[t]
            + heat_per_power * m.chp[t]
            + m.draw[t]
            == heat[t] + m.fill[t]
        ),
    )
    m.fuel = pyo.Constraint(
        m.t,
        rule=lambda m, t: (
            m.gas[t]
            == m.boiler[t] / PARK.boiler_efficiency
            + m.chp[t] / PARK.chp_electric_efficiency
        ),
    )
    hours = case.step_hours
    grid_kg, gas_kg = PARK.grid_kg_per_kwh * hours, PARK.gas_kg_per_kwh * hours
    m.carbon_cap = pyo.Constraint(
        expr=sum(grid_kg * m.imported[t] + gas_kg * m.gas[t] for t in m.t)
        <= case.cap_kg
    )


def _objective(m: Any, case: Case, series: dict[str, list[float]]) -> None:
    price, hours = series["price_cny_per_kwh"], case.step_hours
    sold, gas = PARK.export_price_per_kwh, PARK.gas_price_per_kwh
    energy = sum(
        hours * (price[t] * m.imported[t] - sold * m.exported[t] + gas * m.gas[t])
        for t in m.t
    )
    demand = PARK.demand_charge_per_kw_month * sum(m.peak[n] for n in m.months)
    bought = sum(case.unit_cost(option(o)) * m.size[o] for o in SIZES)
    decided = sum(case.fixed_cost(option(o)) * m.build[o] for o in m.decided)
    m.cost = pyo.Objective(expr=energy + demand + bought + decided)

"""The park in oemof-solph, solved through its own ``highs`` interface.

Flows are variables on both sides of a converter, linked by a row; what solph has no
component for (monthly peaks, one inverter for both directions) is a Pyomo constraint
on its model, which is how its manual adds such things.
"""

# mypy: ignore-errors
import logging
import warnings
from importlib.metadata import version as version_of
from typing import Any

import pandas as pd
import pyomo.environ as pyo
from oemof import solph

from .measure import Clock, Options
from .park import PARK, Case, Option

Flow = solph.flows.Flow


def version() -> str:
    return f"oemof.solph {version_of('oemof.solph')}"


def run(case: Case, options: Options, clock: Clock) -> None:
    warnings.simplefilter("ignore")
    logging.getLogger().setLevel(logging.ERROR)
    series = pd.read_csv(case.series_file, index_col="time", parse_dates=True)
    clock.done("load")
    system = build(case, series)
    clock.done("energy system")
    model = solph.Model(system)
    _limit_carbon(model, case)
    _add_inverter(model, system)
    _add_peaks(model, system, case)
    clock.done("build")
    model.solve(solver="highs", cmdline_options=dict(options))


def build(case: Case, series: pd.DataFrame) -> solph.EnergySystem:
    step = pd.Timedelta(minutes=case.step_minutes)
    index = pd.date_range(series.index[0], periods=case.steps + 1, freq=step)
    system = solph.EnergySystem(timeindex=index, infer_last_interval=False)
    bus = {name: solph.Bus(label=name) for name in ("electricity", "gas", "heat")}
    system.add(*bus.values())
    _add_supply(system, bus, case, series)
    _add_converters(system, bus, case, series)
    _add_storages(system, bus, case)
    return system


def _bought(case: Case, option: Option) -> solph.Investment:
    fixed = case.fixed_cost(option)
    decision = {"nonconvex": True, "offset": fixed} if fixed else {}
    return solph.Investment(
        maximum=option.maximum, ep_costs=case.unit_cost(option), **decision
    )


def _add_supply(
    system: solph.EnergySystem,
    bus: dict[str, solph.Bus],
    case: Case,
    series: pd.DataFrame,
) -> None:
    electricity, heat = bus["electricity"], bus["heat"]
    components = solph.components
    imported = Flow(
        nominal_capacity=PARK.import_limit_kw,
        variable_costs=series["price_cny_per_kwh"].to_numpy(),
        custom_properties={"emission_factor": PARK.grid_kg_per_kwh},
    )
    exported = Flow(
        nominal_capacity=PARK.export_limit_kw,
        variable_costs=-PARK.export_price_per_kwh,
    )
    gas = Flow(
        variable_costs=PARK.gas_price_per_kwh,
        custom_properties={"emission_factor": PARK.gas_kg_per_kwh},
    )
    sun = Flow(
        nominal_capacity=_bought(case, PARK.pv),
        maximum=series["pv_kw_per_kw"].to_numpy(),
    )
    power = Flow(nominal_capacity=1, fix=series["electricity_kw"].to_numpy())
    process = Flow(nominal_capacity=1, fix=series["heat_kw"].to_numpy())
    system.add(
        components.Source(label="import", outputs={electricity: imported}),
        components.Sink(label="export", inputs={electricity: exported}),
        components.Source(label="gas_supply", outputs={bus["gas"]: gas}),
        components.Source(label="pv", outputs={electricity: sun}),
        components.Sink(label="plant", inputs={electricity: power}),
        components.Sink(label="process", inputs={heat: process}),
    )


def _add_converters(
    system: solph.EnergySystem,
    bus: dict[str, solph.Bus],
    case: Case,
    series: pd.DataFrame,
) -> None:
    electricity, gas, heat = bus["electricity"], bus["gas"], bus["heat"]
    converter = solph.components.Converter
    committed = {"minimum": PARK.chp_min_load, "nonconvex": solph.NonConvex()}
    power = Flow(
        nominal_capacity=_bought(case, PARK.chp),
        **(committed if case.commitment else {}),
    )
    system.add(
        converter(
            label="chp",
            inputs={gas: Flow()},
            outputs={electricity: power, heat: Flow()},
            conversion_factors={
                electricity: PARK.chp_electric_efficiency,
                heat: PARK.chp_heat_efficiency,
            },
        ),
        converter(
            label="boiler",
            inputs={gas: Flow()},
            outputs={heat: Flow(nominal_capacity=PARK.boiler_kw)},
            conversion_factors={heat: PARK.boiler_efficiency},
        ),
        converter(
            label="electric_boiler",
            inputs={electricity: Flow()},
            outputs={heat: Flow(nominal_capacity=_bought(case, PARK.electric_boiler))},
            conversion_factors={heat: PARK.electric_boiler_efficiency},
        ),
        converter(
            label="heat_pump",
            inputs={electricity: Flow()},
            outputs={heat: Flow(nominal_capacity=_bought(case, PARK.heat_pump))},
            conversion_factors={heat: series["heat_pump_cop"].to_numpy()},
        ),
    )


def _add_storages(
    system: solph.EnergySystem, bus: dict[str, solph.Bus], case: Case
) -> None:
    storage = solph.components.GenericStorage
    inverter = Flow(nominal_capacity=_bought(case, PARK.battery_power))
    system.add(
        storage(
            label="battery",
            inputs={bus["electricity"]: inverter},
            outputs={bus["electricity"]: Flow()},
            nominal_capacity=_bought(case, PARK.battery_energy),
            loss_rate=PARK.battery_loss_per_hour,
            inflow_conversion_factor=PARK.battery_charge_efficiency,
            outflow_conversion_factor=PARK.battery_discharge_efficiency,
        ),
        storage(
            label="tank",
            inputs={bus["heat"]: Flow()},
            outputs={bus["heat"]: Flow()},
            nominal_capacity=_bought(case, PARK.tank),
            loss_rate=PARK.tank_loss_per_hour,
            inflow_conversion_factor=PARK.tank_charge_efficiency,
            outflow_conversion_factor=PARK.tank_discharge_efficiency,
        ),
    )


def _limit_carbon(model: solph.Model, case: Case) -> None:
    solph.constraints.emission_limit(model, limit=case.cap_kg)


def _add_inverter(model: solph.Model, system: solph.EnergySystem) -> None:
    """Charging and discharging share the power that is bought."""
    battery, bus = system.node["battery"], system.node["electricity"]
    size = model.InvestmentFlowBlock.invest[bus, battery, 0]

    def both(m: Any, t: int) -> Any:
        return m.flow[bus, battery, t] + m.flow[battery, bus, t] <= size

    model.inverter = pyo.Constraint(model.TIMESTEPS, rule=both)


def _add_peaks(model: solph.Model, system: solph.EnergySystem, case: Case) -> None:
    """Highest import of each month, and its charge."""
    grid, bus = system.node["import"], system.node["electricity"]
    month = case.month.tolist()
    model.peak = pyo.Var(range(case.months), domain=pyo.NonNegativeReals)
    model.peak_of_month = pyo.Constraint(
        model.TIMESTEPS, rule=lambda m, t: m.flow[grid, bus, t] <= m.peak[month[t]]
    )
    peaks = sum(model.peak[n] for n in range(case.months))
    model.objective.expr += PARK.demand_charge_per_kw_month * peaks

"""The park as a scenario file: what a user of verdigrid would write."""

from .park import PARK, Case, Option


def write_scenario(case: Case) -> None:
    case.scenario_file.write_text(scenario(case))


def scenario(case: Case) -> str:
    """The scenario's YAML; its series are columns of the CSV file beside it."""
    p, file = PARK, case.series_file.name
    on_off = f"commitment: {{min_load: {p.chp_min_load}}}" if case.commitment else ""
    return f"""\
schema: 1
name: park
currency: CNY
time:
  start: 2026-01-01
  periods: {case.steps}
  step_minutes: {case.step_minutes}
  represents: as_is
finance: {{discount_rate: {p.discount_rate}, horizon_years: 20}}
buses:
  electricity: {{carrier: electricity}}
  gas: {{carrier: gas}}
  heat: {{carrier: heat, temperature_c: 80}}
components:
  electric_load:
    kind: load
    bus: electricity
    profile: {{file: {file}, column: electricity_kw}}
  heat_load:
    kind: load
    bus: heat
    profile: {{file: {file}, column: heat_kw}}
  grid:
    kind: grid
    bus: electricity
    import_limit_kw: {p.import_limit_kw}
    export_limit_kw: {p.export_limit_kw}
    emissions_kg_per_kwh: {p.grid_kg_per_kwh}
    tariff:
      price_per_kwh: {{file: {file}, column: price_cny_per_kwh}}
      demand_charge_per_kw_month: {p.demand_charge_per_kw_month}
      export_price_per_kwh: {p.export_price_per_kwh}
  gas_supply:
    kind: fuel_supply
    bus: gas
    price_per_kwh: {p.gas_price_per_kwh}
    emissions_kg_per_kwh: {p.gas_kg_per_kwh}
  boiler:
    kind: boiler
    input_bus: gas
    bus: heat
    efficiency: {p.boiler_efficiency}
    capacity: {{existing_kw: {p.boiler_kw}, om_per_kw_year: 0}}
  pv:
    kind: pv
    bus: electricity
    yield_kw_per_kw: {{file: {file}, column: pv_kw_per_kw}}
    capacity: {_capacity(case, p.pv)}
  battery:
    kind: battery
    bus: electricity
    charge_efficiency: {p.battery_charge_efficiency}
    discharge_efficiency: {p.battery_discharge_efficiency}
    standing_loss_per_hour: {p.battery_loss_per_hour}
    min_soc: 0
    energy: {_capacity(case, p.battery_energy, "kwh")}
    power: {_capacity(case, p.battery_power)}
  tank:
    kind: thermal_storage
    bus: heat
    charge_efficiency: {p.tank_charge_efficiency}
    discharge_efficiency: {p.tank_discharge_efficiency}
    standing_loss_per_hour: {p.tank_loss_per_hour}
    energy: {_capacity(case, p.tank, "kwh")}
  chp:
    kind: chp
    fuel_bus: gas
    electricity_bus: electricity
    electric_efficiency: {p.chp_electric_efficiency}
    heat_efficiency: {{heat: {p.chp_heat_efficiency}}}
    dump_heat: false
    capacity: {_capacity(case, p.chp)}
    {on_off}
  electric_boiler:
    kind: electric_boiler
    input_bus: electricity
    bus: heat
    efficiency: {p.electric_boiler_efficiency}
    capacity: {_capacity(case, p.electric_boiler)}
  heat_pump:
    kind: heat_pump
    electricity_bus: electricity
    bus: heat
    cop: {{file: {file}, column: heat_pump_cop}}
    capacity: {_capacity(case, p.heat_pump)}
policies:
  carbon_cap:
    kind: carbon_cap
    scopes: [1, 2]
    tonnes_per_year: {case.cap_kg / 1000!r}
"""


def _capacity(case: Case, option: Option, unit: str = "kw") -> str:
    fixed = ""
    if case.decisions and option.capex_fixed:
        fixed = f", capex_fixed: {option.capex_fixed}"
    return (
        f"{{max_{unit}: {option.maximum}, capex_per_{unit}: {option.capex_per_unit}, "
        f"om_per_{unit}_year: 0, lifetime_years: {option.lifetime_years}{fixed}}}"
    )

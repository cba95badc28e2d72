"""A share that counts energy as used refuses a bus that throws it away."""

import pytest

from verdigrid.models.errors import InputError
from verdigrid.scenarios.load import load

SURPLUS_SITE = """\
schema: 1
name: test
currency: EUR
extends: library:costs-eur
time: {start: 2026-01-01, periods: 2, represents: as_is}
buses:
  power: {carrier: electricity}
  gas: {carrier: gas}
  steam: {carrier: heat, temperature_c: 180}
  condenser: {carrier: heat, temperature_c: 40, allow_surplus: true}
  warm: {carrier: heat, temperature_c: 60}
components:
  grid:
    kind: grid
    bus: power
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.4
    tariff: {price_per_kwh: 0.2}
  supply: {kind: fuel_supply, bus: gas, price_per_kwh: 0.03, emissions_kg_per_kwh: 0.2}
  stream: {kind: waste_heat, temperature_c: 300, outlet_temperature_c: 100, profile: 90}
  recovery:
    kind: heat_exchanger
    source: stream
    sink: steam
    capacity: {existing_kw: 100}
    min_approach_k: 10
  turbine:
    kind: steam_turbine
    inlet_bus: steam
    outlet_bus: condenser
    electricity_bus: power
    electricity_per_steam: 0.2
    capacity: {existing_kw: 50}
  boiler:
    kind: boiler
    input_bus: gas
    bus: warm
    efficiency: 0.9
    capacity: {existing_kw: 100}
  heater:
    kind: electric_boiler
    input_bus: power
    bus: warm
    capacity: {existing_kw: 100}
  process: {kind: load, bus: warm, profile: 20}
  plant: {kind: load, bus: power, profile: 20}
policies:
"""
COUNT_USE = [
    "kind: green_power_share, at_least: 0.3",
    "kind: self_consumption",
    "kind: hourly_green_share, at_least: 0.3",
    "kind: non_fossil_share",
    "kind: clean_energy_share",
    "kind: intensity_cap, scopes: [1], at_most: 0.2, per: tce",
]


def loaded(tmp_path, policy, *edits):
    text = SURPLUS_SITE
    for bus in edits:
        assert text.count(bus) == 1
        text = text.replace(bus, bus.replace("}", ", allow_surplus: true}"))
    path = tmp_path / "s.yaml"
    path.write_text(f"{text}  rule: {{{policy}}}\n")
    return load(path)


@pytest.mark.parametrize("policy", COUNT_USE)
def test_shares_are_not_kept_by_throwing_energy_away(tmp_path, policy):
    """Power, and the heat of an electric boiler, would count as used."""
    loaded(tmp_path, policy)  # what has driven the turbine may go to the river
    for bus in (
        "power: {carrier: electricity}",
        "warm: {carrier: heat, temperature_c: 60}",
    ):
        with pytest.raises(InputError, match=r"policies\.rule.*allow_surplus on"):
            loaded(tmp_path, policy, bus)
        loaded(tmp_path, f"{policy}, enforce: false", bus)


def test_waste_heat_is_not_used_by_throwing_it_away(tmp_path):
    rule = "kind: waste_heat_share, at_least: 0.5"
    loaded(tmp_path, rule, "warm: {carrier: heat, temperature_c: 60}")
    with pytest.raises(InputError, match="allow_surplus on steam"):
        loaded(tmp_path, rule, "steam: {carrier: heat, temperature_c: 180}")


def test_intensity_of_a_product_counts_no_use(tmp_path):
    rule = "kind: intensity_cap, scopes: [1], at_most: 2, per: product"
    power = "power: {carrier: electricity}"
    loaded(tmp_path, f"{rule}, output_per_year: 10", power)

"""A small plant with retrofit packages, as text."""

OLD = """\
  boiler:
    kind: boiler
    input_bus: gas
    bus: heat
    efficiency: 0.8
    capacity: {existing_kw: 100, om_per_kw_year: 0}
  supply: {kind: fuel_supply, bus: gas, price_per_kwh: 0.05, emissions_kg_per_kwh: 0.2}
  baths: {kind: load, bus: heat, profile: 80}
"""
BUSES = "buses:\n  gas: {carrier: gas}\n  heat: {carrier: heat, temperature_c: 80}\n"
PUMP = """\
    pump:
      title: Heat pump
      capex: 150
      lifetime_years: 12
      add:
        components:
          pump:
            kind: heat_pump
            electricity_bus: electricity
            bus: heat
            cop: 4
            capacity: {max_kw: 90, capex_per_kw: 1, om_per_kw_year: 0}
      remove: [components.boiler]
"""
TUNE = "    tune:\n      change: {components.boiler.efficiency: 0.9}\n"


def plant(box, packages: str, more: str = "") -> str:
    """A scenario with these packages; ``more`` stands beside them."""
    text = box.edited(("buses:\n", BUSES), ("components:\n", f"components:\n{OLD}"))
    return f"{text}options:\n{more}  packages:\n{packages}"


def use(*names: str) -> str:
    return f"options.use=[{', '.join(names)}]"


def line_of(text: str, part: str) -> int:
    """Line where ``part`` stands, from 1."""
    return text[: text.index(part)].count("\n") + 1

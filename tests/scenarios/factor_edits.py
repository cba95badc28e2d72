"""Edits that put emission factors into the smallest scenario, and a file of them."""

GRID = "emissions_kg_per_kwh: 0.4"
GAS = """\
  supply: {kind: fuel_supply, bus: fuel, price_per_kwh: 0.1, emissions_kg_per_kwh: %s}
"""
OWN = """\
schema: 1
factors:
  mine:
    kind: electricity
    ledger: location
    year: 2026
    region: here
    source: our meter, 2026
    kg_per_kwh: 0.25
"""


def grid_with(box, factor: str) -> str:
    return box.edited((GRID, f"emissions_kg_per_kwh: {factor}"))


def with_supply(box, factor: str, carrier: str = "gas") -> str:
    bus = f"{{carrier: {carrier}}}"
    if carrier in ("heat", "cooling"):
        bus = f"{{carrier: {carrier}, temperature_c: 80}}"
    buses = "  electricity: {carrier: electricity}\n"
    return box.edited((buses, f"{buses}  fuel: {bus}\n")) + GAS % factor


def resolved_factor(scenario, name="grid", key="emissions_kg_per_kwh") -> float:
    return scenario.resolved["components"][name][key]

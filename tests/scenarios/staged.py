"""A site with three stages, and retrofit packages for it."""

from conftest import Sandbox

from verdigrid.scenarios.load import load

SITE = """\
schema: 1
name: test
currency: EUR
time: {start: 2026-01-01, periods: 4}
finance: {discount_rate: 0.05, horizon_years: 20}
buses:
  power: {carrier: electricity}
components:
  plant: {kind: load, bus: power, profile: {file: load.csv, column: kw, unit: kW}}
  grid:
    kind: grid
    bus: power
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.4
    tariff: {price_per_kwh: 0.2}
  battery:
    kind: battery
    bus: power
    energy: {max_kwh: 50, capex_per_kwh: 900, om_per_kwh_year: 0}
    power: {max_kw: 50, capex_per_kw: 0, om_per_kw_year: 0}
policies:
  cap: {kind: carbon_cap, scopes: [2], tonnes_per_year: 1000}
  budget: {kind: carbon_budget, scopes: [2], tonnes: 20000}
"""
STAGES = """\
stages:
  - {year: 2026}
  - year: 2030
    changes:
      components.plant.profile.factor: 1.5
      components.battery.energy.capex_per_kwh: 600
  - year: 2035
    changes: {policies.cap.tonnes_per_year: 900}
"""


class Site(Sandbox):
    base = SITE + STAGES

    def load(self, text=None, *overrides):
        self.write("load.csv", "kw\n10\n20\n30\n40\n")
        return load(self.write("s.yaml", text or self.base), overrides, stages=True)

    def refused(self, *edits):
        return [str(problem) for problem in self.problems(self.edited(*edits))]


def path_of(scenario, number):
    return scenario.pathway.stages[number].microgrid


OPTIONS = """\
options:
  choose: any
  packages:
    roof:
      capex: 1000
      add:
        components:
          roof:
            kind: pv
            bus: power
            yield_kw_per_kw: 0.5
            capacity: {max_kw: 20, capex_per_kw: 800, om_per_kw_year: 0}
    no_battery: {remove: [components.battery]}
"""
#: The price of a roof falls, whether there is one or not.
CHEAPER = (
    "changes: {policies.cap.tonnes_per_year: 900}",
    "changes: {policies.cap.tonnes_per_year: 900, "
    "components.roof.capacity.capex_per_kw: 500}",
)

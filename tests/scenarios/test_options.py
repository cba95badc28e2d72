"""Retrofit packages: what they do to a scenario, and where it comes from."""

import jsonschema
import pytest
from retrofits import PUMP, TUNE, line_of, plant, use

from support import planned
from verdigrid.models.retrofitted import Retrofitted
from verdigrid.scenarios.json_schema import scenario_schema
from verdigrid.scenarios.load import Scenario, load
from verdigrid.scenarios.show import merged_text, resolved_text
from verdigrid.scenarios.yaml_file import parse_yaml
from verdigrid.studies.backends.fingerprint import fingerprint

# -- what packages do --------------------------------------------------------------


def test_nothing_is_laid_over_by_itself(box):
    found = box.load(plant(box, PUMP, "  choose: any\n"))
    assert "pump" not in found.microgrid.components
    assert not isinstance(found.microgrid, Retrofitted)
    assert found.options is not None
    assert "options" not in found.resolved


def test_a_package_adds_removes_and_pays(box):
    found = box.load(plant(box, PUMP), use("pump"))
    parts = found.microgrid.components
    assert "boiler" not in parts
    assert parts["pump"].capacity.maximum == 90
    price = parts["pump_lump_sum"].price
    assert (price.capex_per_unit, price.lifetime_years) == (150, 12)
    assert any("pump" in note for note in found.notes)


def test_the_baseline_is_the_site_before_all_packages(box):
    text = plant(box, PUMP + TUNE)
    for name in ("pump", "tune"):
        today = box.load(text, use(name)).microgrid.baseline()
        assert today.components["boiler"].efficiency == 0.8
        assert "pump" not in today.components
        assert fingerprint(today) == fingerprint(box.load(text).microgrid.baseline())


def test_a_package_changes_values_and_whole_entries(box):
    change = (
        "    tune:\n      change:\n        components.boiler.efficiency: 0.9\n"
        "        components.boiler.capacity.max_kw: 120\n"
        "        components.boiler.capacity.capex_per_kw: 3\n"
        "        components.grid.tariff: {price_per_kwh: 0.11}\n"
    )
    parts = box.load(plant(box, change), use("tune")).microgrid.components
    assert parts["boiler"].efficiency == 0.9
    assert parts["boiler"].capacity.maximum == 120
    assert parts["boiler"].capacity.existing == 100
    assert parts["grid"].tariff.price_per_kwh.constant == 0.11


def test_a_package_may_bring_a_bus_and_policies_may_change(box):
    packages = """\
    steam:
      add:
        buses: {steam: {carrier: heat, temperature_c: 160}}
        components:
          exchanger:
            kind: heat_exchanger
            source: steam
            sink: heat
            capacity: {existing_kw: 9, om_per_kw_year: 0}
          electric:
            kind: electric_boiler
            input_bus: electricity
            bus: steam
            capacity: {existing_kw: 9, om_per_kw_year: 0}
      change: {policies.cap.tonnes_per_year: 5}
"""
    cap = "policies:\n  cap: {kind: carbon_cap, scopes: [1], tonnes_per_year: 9}\n"
    text = plant(box, packages).replace("options:\n", f"{cap}options:\n")
    found = box.load(text, use("steam")).microgrid
    assert found.buses["steam"].temperature_c == 160
    assert found.policies["cap"].tonnes_per_year == 5


def test_what_requires_comes_after_and_may_change_what_was_added(box):
    more = """\
    larger:
      requires: [pump]
      change: {components.pump.capacity.max_kw: 200}
"""
    found = box.load(plant(box, more + PUMP), use("larger", "pump"))
    assert found.microgrid.components["pump"].capacity.maximum == 200
    assert found.microgrid.packages == ("pump", "larger")


def test_values_can_be_set_inside_of_packages(box):
    path = "options.packages.pump.add.components.pump.capacity.max_kw"
    text = plant(box, PUMP)
    found = box.load(text, f"{path}=33", use("pump"))
    assert found.microgrid.components["pump"].capacity.maximum == 33


def test_packages_of_an_extended_file_may_be_changed(box):
    box.write("base.yaml", plant(box, PUMP))
    text = "extends: base.yaml\noptions: {packages: {pump: {capex: 99}}}\n"
    found = box.load(text, use("pump")).microgrid.components["pump_lump_sum"]
    assert found.price.capex_per_unit == 99


# -- where it comes from, and to be run again --------------------------------------


def test_every_value_keeps_the_line_of_its_package(box):
    text = plant(box, PUMP + TUNE.replace("tune:", "tune:\n      requires: []"))
    shown = merged_text(box.load(text, use("pump")))
    line = line_of(text, "cop: 4")
    assert f"cop: 4  # {box.folder / 's.yaml'}:{line}" in shown or (
        f"cop: 4  # s.yaml:{line}" in shown
    )
    assert "boiler" not in shown


@pytest.mark.parametrize("names", [("pump",), ("tune",), ()])
def test_what_is_resolved_is_the_same_scenario_again(box, names):
    text = plant(box, f"{PUMP}{TUNE}      excludes: [pump]\n")
    first = box.load(text, use(*names))
    again = box.load(resolved_text(first))
    assert again.resolved == first.resolved
    assert costs(again) == pytest.approx(costs(first))


def test_files_and_costs_of_packages_are_resolved_too(box):
    box.write("data/heat.csv", "kw\n1\n2\n3\n4\n")
    prices = (
        "costs:\n  currency: EUR\n  price_year: 2025\n  defaults:\n    pv:\n"
        "      capacity: {capex_per_kw: 700, om_per_kw_year: 9}\n      source: x 2025\n"
    )
    packages = """\
    more:
      add:
        components:
          roof:
            {kind: pv, bus: electricity, yield_kw_per_kw: 0.1, capacity: {max_kw: 5}}
          hall: {kind: load, bus: heat, profile: {file: heat.csv, column: kw}}
"""
    box.write("data/base.yaml", plant(box, packages) + prices)
    first = box.load("extends: data/base.yaml\n", use("more"))
    assert first.microgrid.components["roof"].capacity.capex_per_unit == 700
    assert first.sources.keys() >= {"data/heat.csv"}
    again = box.load(resolved_text(first))
    assert again.resolved == first.resolved
    assert costs(again) == pytest.approx(costs(first))


def costs(found: Scenario) -> list[float]:
    """Of the plan and of the baseline."""
    grid = found.microgrid
    return [planned(grid).objective, planned(grid.baseline()).objective]


def test_a_digest_sees_the_site_before(box):
    text = plant(box, "    new:\n      change: {components.boiler.efficiency: 0.9}\n")
    one = box.load(text, use("new"))
    other = box.load(text, "components.boiler.efficiency=0.7", use("new"))
    assert one.microgrid.components == other.microgrid.components
    assert fingerprint(one.microgrid) != fingerprint(other.microgrid)


def test_the_schema_for_editors_knows_options(box):
    schema = scenario_schema()
    for choose in ("any", "at most one", {"at_most": 2}):
        data = parse_yaml(plant(box, PUMP), "s.yaml").data
        data["options"]["choose"] = choose
        jsonschema.validate(data, schema)
    data["options"]["choose"] = "some"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema)


def test_a_scenario_without_options_has_none(box):
    found: Scenario = box.load()
    assert found.options is None
    assert found.before is None
    message = box.problem(None, use("pump"))
    assert "options.packages" in message


def test_the_bundled_retrofit_loads_in_all_combinations():
    base = load("library:dyeing-retrofit")
    found = base.options.combinations()
    assert len(found) == 12
    assert not any(base.options.conflicts(names) for names in found)


def test_the_bundled_pathway_loads_with_all_its_packages():
    """Each stage has them; what a stage says of others has no effect."""
    base = load("library:dyeing-pathway", stages=True)
    assert len(base.options.combinations()) == 12
    for names in ("[]", "[new_boilers, heat_recovery]", "[roof, battery]"):
        found = load("library:dyeing-pathway", [f"options.use={names}"], stages=True)
        stages = [stage.microgrid for stage in found.pathway.stages]
        assert len(stages) == 3
        assert ("rooftop_pv" in stages[2].components) == ("roof" in names)
        assert ("steam_boilers" in stages[0].components) != ("new_boilers" in names)
        if "roof" in names:
            prices = [
                s.components["rooftop_pv"].capacity.capex_per_unit for s in stages
            ]
            assert prices == [2810, 2500, 2200]
        assert all("steam_boilers" in s.baseline().components for s in stages)

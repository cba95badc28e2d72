"""The resolved scenario, the schema, and the bundled scenarios."""

import json

import jsonschema
import numpy as np
import pytest

from verdigrid.models.component import Component
from verdigrid.models.errors import InputError
from verdigrid.models.policy import Policy
from verdigrid.scenarios.json_schema import scenario_schema
from verdigrid.scenarios.library_files import copy_library, library_names, library_text
from verdigrid.scenarios.load import load
from verdigrid.scenarios.paths import library_folder
from verdigrid.scenarios.show import resolved_text
from verdigrid.scenarios.yaml_file import parse_yaml


def test_every_value_says_where_it_comes_from(box):
    box.write("base.yaml", box.base)
    text = "extends: base.yaml\nname: x\n"
    lines = resolved_text(box.load(text, "components.grid.import_limit_kw=7")).split(
        "\n"
    )
    assert "name: x  # s.yaml:2" in lines
    assert "    import_limit_kw: 7.0  # --set" in lines
    assert "    profile: 100.0  # base.yaml:11" in lines
    assert "  step_minutes: 60  # built-in" in lines
    assert all("  # " in line or line.endswith(":") for line in lines[:-1])


def test_built_in_numbers_show_their_source(box):
    pv = "  roof: {kind: pv, bus: electricity, yield_kw_per_kw: 0.1, capacity: {}}\n"
    text = resolved_text(box.load(box.base + pv))
    assert "losses_fraction: 0.1408  # built-in: PVWatts" in text
    assert "lifetime_years: 35.0  # built-in: Danish Energy Agency" in text


def test_awkward_texts_survive(box):
    awkward = 'a: "b" # c, {d} [e]\\n \u4e2d true'
    text = box.base + f"description: {json.dumps(awkward)}\n"
    scenario = box.load(text)
    assert scenario.resolved["description"] == awkward
    again = box.load(resolved_text(scenario))
    assert again.resolved == scenario.resolved
    for value in ("true", "null", "5", "on", "", "2026-01-01", "- x", "1e5"):
        scenario = box.load(box.base + f"description: {json.dumps(value)}\n")
        assert box.load(resolved_text(scenario)).resolved["description"] == value


@pytest.mark.parametrize("name", library_names())
def test_a_resolved_scenario_gives_the_same_microgrid(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    scenario = load(f"library:{name}", stages=True)
    (tmp_path / "resolved.yaml").write_text(resolved_text(scenario), encoding="utf-8")
    again = load("resolved.yaml", stages=True)
    assert again.resolved == scenario.resolved
    assert again.microgrid.series.keys() == scenario.microgrid.series.keys()
    for path, values in scenario.microgrid.series.items():
        assert np.array_equal(again.microgrid.series[path], values)


def test_metered_months(box):
    months = "[{month: 1, electricity_kwh: 5, bill: 7}, {month: 2, peak_kw: 3}]"
    scenario = box.load(box.base + f"metered: {{year: 2024, monthly: {months}}}\n")
    assert scenario.metered is not None
    assert scenario.metered.monthly[1].peak_kw == 3
    assert scenario.metered.monthly[1].bill is None
    twice = months.replace("month: 2", "month: 1")
    message = box.problem(box.base + f"metered: {{year: 2024, monthly: {twice}}}\n")
    assert "each month once" in message


# -- schema ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def validator():
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    json.dumps(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_smallest_scenario_fits_the_schema(box, validator):
    assert not list(validator.iter_errors(parse_yaml(box.base, "s").data))


@pytest.mark.parametrize("file", sorted(library_folder().glob("*.yaml")), ids=str)
def test_bundled_files_fit_the_schema(file, validator):
    if file.stem == "factors":
        return  # no scenario
    data = parse_yaml(file.read_text(encoding="utf-8"), file.name).data
    assert not list(validator.iter_errors(data))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import_limit_kw: 500", "import_limit_kw: -5"),
        ("import_limit_kw: 500", "import_limit_kw: '500'"),
        ("import_limit_kw", "import_limt_kw"),
        ("kind: grid", "kind: gird"),
        ("profile: 100", "profile: text"),
        ("name: test", "name: A B"),
        ("currency: EUR", "curency: EUR"),
    ],
)
def test_the_schema_refuses_what_is_wrong(box, validator, old, new):
    data = parse_yaml(box.edited((old, new)), "s").data
    assert list(validator.iter_errors(data))


def test_the_schema_describes_every_kind_and_unit():
    schema = scenario_schema()
    for section, registry in (
        ("components", Component.registry),
        ("policies", Policy.registry),
    ):
        options = schema["properties"][section]["additionalProperties"]["oneOf"]
        named = [
            option["$ref"].split("/")[-1] for option in options if "$ref" in option
        ]
        kinds = [schema["$defs"][name]["properties"]["kind"]["const"] for name in named]
        assert sorted(kinds) == sorted(registry)
    limit = schema["$defs"]["Grid"]["properties"]["import_limit_kw"]
    assert limit["unit"] == "kW"
    assert limit["description"]
    assert "null" not in json.dumps(schema)


# -- bundled scenarios ----------------------------------------------------------------


@pytest.mark.parametrize("name", library_names())
def test_a_copied_scenario_loads(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    written = copy_library(name, tmp_path / "new")
    assert written[0].read_text(encoding="utf-8") == library_text(name)
    assert load(written[0], stages=True).microgrid.name
    with pytest.raises(InputError, match="exists already"):
        copy_library(name, tmp_path / "new")


def test_names_of_the_library():
    assert "first-minute" in library_names()
    assert not any(name.startswith("costs-") for name in library_names())
    with pytest.raises(InputError, match="library:first-minute"):
        library_text("nothing")

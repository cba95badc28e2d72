"""``extends``, ``remove``, ``--set`` and the costs of other files."""

import pytest

from verdigrid.models.errors import InputError
from verdigrid.scenarios.load import load

COSTS = """\
schema: 1
costs:
  currency: EUR
  price_year: 2025
  defaults:
    pv:
      capacity:
        capex_per_kw: 700
        om_per_kw_year: 10
      tilt_deg: 33
      source: quotes of 2025
"""
PV = """\
  roof:
    kind: pv
    bus: electricity
    yield_kw_per_kw: 0.1
    capacity: {max_kw: 50}
"""


def child(text: str, parents: str = "base.yaml") -> str:
    return f"extends: {parents}\n{text}"


# -- extends --------------------------------------------------------------------------


def test_maps_merge_and_the_rest_is_replaced(box):
    box.write("base.yaml", box.base)
    text = child("name: variant\ncomponents: {grid: {import_limit_kw: 900}}\n")
    resolved = box.load(text).resolved
    assert resolved["name"] == "variant"
    assert resolved["components"]["grid"]["import_limit_kw"] == 900
    assert resolved["components"]["grid"]["emissions_kg_per_kwh"] == 0.4
    assert resolved["components"]["plant"]["profile"] == 100


def test_of_several_parents_the_later_wins(box):
    box.write("base.yaml", box.base)
    box.write("more.yaml", "components: {plant: {profile: {values: [1, 2, 3, 4]}}}")
    resolved = box.load(child("{}".strip("{}"), "[base.yaml, more.yaml]")).resolved
    assert resolved["components"]["plant"]["profile"] == {"values": [1, 2, 3, 4]}


def test_lists_replace(box):
    box.write("base.yaml", box.edited(("100", "{values: [1, 2, 3, 4]}")))
    text = child("components: {plant: {profile: {values: [9, 9, 9, 9]}}}")
    profile = box.load(text).resolved["components"]["plant"]["profile"]
    assert profile == {"values": [9, 9, 9, 9]}


def test_a_problem_is_located_in_the_file_that_wrote_it(box):
    box.write("base.yaml", box.edited(("kw: 500", "kw: -500")))
    text = child("components: {plant: {profile: -1}}")
    places = [(problem.file, problem.line) for problem in box.problems(text)]
    assert places == [("base.yaml", 15)]
    box.write("base.yaml", box.base)
    assert box.problem(text).startswith("s.yaml:2: components.plant.profile: ")


def test_a_circle_is_printed(box):
    box.write("a.yaml", "extends: b.yaml\n")
    box.write("b.yaml", "extends: s.yaml\n")
    message = box.problem("extends: a.yaml\n")
    assert "s.yaml -> a.yaml -> b.yaml -> s.yaml" in message
    assert message.startswith("b.yaml:1: extends: ")


def test_a_flood_of_files_is_refused(box):
    for number in range(8):
        both = f"[x{number + 1}.yaml, x{number + 1}.yaml]"
        box.write(f"x{number}.yaml", f"extends: {both}\n")
    box.write("x8.yaml", "name: x\n")
    assert "at most 50 extended files" in box.problem("extends: x0.yaml\n")


def test_a_missing_parent_is_refused_at_its_line(box):
    message = box.problem("name: x\nextends: nothing.yaml\n")
    assert message.startswith("s.yaml:2: extends: got nothing.yaml, which does not")
    message = box.problem("extends: library:nothing\n")
    assert "library:costs-eur" in message


def test_files_of_a_parent_are_relative_to_it(box):
    box.write("sub/data.csv", "load_kw\n1\n2\n3\n4\n")
    box.write("sub/base.yaml", box.with_profile("{file: data.csv, column: load_kw}"))
    scenario = box.load(child("", "sub/base.yaml"))
    assert list(scenario.microgrid.series["components.plant.profile"]) == [1, 2, 3, 4]
    assert sorted(scenario.files) == ["s.yaml", "sub/base.yaml", "sub/data.csv"]
    profile = scenario.resolved["components"]["plant"]["profile"]
    assert profile == {"file": "sub/data.csv", "column": "load_kw"}


def test_currencies_of_a_chain_must_agree(box):
    box.write("base.yaml", box.base)
    message = box.problem(child("currency: USD\n"))
    assert message.startswith("s.yaml:2: currency: got 'USD' over 'EUR' of base.yaml:3")
    dollars = child(box.base.replace("EUR", "USD"), "library:costs-eur")
    message = box.problem(dollars)
    assert message.startswith("library:costs-eur.yaml:")
    assert "costs.currency: got 'EUR', expected 'USD'" in message
    box.write("base.yaml", COSTS)
    message = box.problem(child("costs: {price_year: 2020}"))
    assert "2020 over 2025" in message


# -- remove ---------------------------------------------------------------------------


def test_remove_takes_things_away_before_the_own_are_added(box):
    box.write("base.yaml", box.base + PV)
    text = child("remove: [components.roof, components.plant.profile]\n")
    text += "components: {plant: {profile: {values: [1, 1, 1, 1]}}}\n"
    resolved = box.load(text).resolved["components"]
    assert "roof" not in resolved
    assert resolved["plant"]["profile"] == {"values": [1, 1, 1, 1]}


def test_remove_of_the_unknown_is_refused_with_a_suggestion(box):
    box.write("base.yaml", box.base)
    message = box.problem(child("remove: [components.plnt]\n"))
    assert message.startswith("s.yaml:2: remove: ")
    assert "did you mean plant" in message


def test_remove_without_extends_is_refused(box):
    assert "extends" in box.problem("remove: [name]\n" + box.base)


# -- --set ----------------------------------------------------------------------------


def test_set_changes_values(box):
    resolved = box.load(
        None,
        "components.grid.import_limit_kw=7e2",
        "components.plant.profile={values: [1, 2, 3, 4]}",
        "description=on",
        "components.plant.profile.values.2=30",
        "finance.discount_rate=0.1",
        "finance.horizon_years=5",
    ).resolved
    assert resolved["components"]["grid"]["import_limit_kw"] == 700
    assert resolved["components"]["plant"]["profile"] == {"values": [1, 2, 30, 4]}
    assert resolved["description"] == "on"
    assert resolved["finance"]["discount_rate"] == 0.1


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("components.plnt.profile=5", ["--set: components.plnt", "did you mean plant"]),
        (
            "components.grid.import_limt_kw=5",
            ["--set: ", "did you mean import_limit_kw"],
        ),
        ("finance.discount=5", ["--set: finance.discount", "discount_rate"]),
        ("componets.plant=5", ["--set: componets", "did you mean components"]),
        ("components.grid.import_limit_kw=-5", ["--set: ", "-5", "at least 0"]),
        ("components.grid.import_limit_kw=5 %", ["--set: ", "use 0.05"]),
        ("components.grid.import_limit_kw=", ["--set: ", "expected"]),
        ("components.grid.import_limit_kw=.nan", ["--set: ", ".nan"]),
        ("components.grid.import_limit_kw=[", ["--set: ", "valid YAML"]),
        ("components.grid.import_limit_kw.x=1", ["a path inside", "500"]),
        ("components.plant.profile.values.7=1", ["a path inside"]),
        ("components.grid", ["path=value"]),
        ("=5", ["path=value"]),
        ("a..b=5", ["path=value"]),
        ("schema=2", ["fixed by the files"]),
    ],
)
def test_bad_overrides_are_refused(box, override, words):
    message = "\n".join(str(problem) for problem in box.problems(box.base, override))
    for word in words:
        assert word in message


def test_all_bad_overrides_are_reported(box):
    assert len(box.problems(box.base, "components.a.b=1", "components.c.d=1")) == 2


def test_an_item_that_is_not_there_is_refused(box):
    text = box.with_profile("{values: [1, 2, 3, 4]}")
    message = box.problem(text, "components.plant.profile.values.4=1")
    assert "0 to 3" in message


# -- costs ----------------------------------------------------------------------------


def test_costs_fill_what_a_component_leaves_open(box):
    box.write("costs.yaml", COSTS)
    own = PV.replace("max_kw: 50", "max_kw: 50, capex_per_kw: 1")
    text = child(box.base + PV + own.replace("roof", "wall"), "costs.yaml")
    components = box.load(text).resolved["components"]
    assert components["roof"]["capacity"]["capex_per_kw"] == 700
    assert components["roof"]["tilt_deg"] == 33
    assert components["wall"]["capacity"]["capex_per_kw"] == 1
    assert components["wall"]["capacity"]["om_per_kw_year"] == 10


@pytest.mark.parametrize(
    "priced",
    [
        "cost_curve: [{up_to_kw: 9, capex_per_kw: 9}, {up_to_kw: 50, capex_per_kw: 8}]",
        "catalogue: [{name: X, kw: 20, capex: 99, om_per_year: 1}]",
    ],
)
def test_costs_per_unit_stay_away_where_prices_are_told_otherwise(box, priced):
    box.write("costs.yaml", COSTS)
    text = box.base + PV.replace("max_kw: 50", f"max_kw: 50, {priced}")
    capacity = box.load(child(text, "costs.yaml")).resolved["components"]["roof"]
    assert "capex_per_kw" not in capacity["capacity"]


def test_costs_can_be_set(box):
    box.write("costs.yaml", COSTS)
    text = child(box.base + PV, "costs.yaml")
    for path in ("costs.defaults.pv", "components.roof"):
        scenario = box.load(text, f"{path}.capacity.capex_per_kw=5")
        capacity = scenario.resolved["components"]["roof"]["capacity"]
        assert capacity["capex_per_kw"] == 5


def test_a_bad_cost_is_located_in_the_cost_file(box):
    box.write("costs.yaml", COSTS.replace("700", "-700"))
    message = box.problem(child(box.base + PV, "costs.yaml"))
    assert message.startswith("costs.yaml:8: components.roof.capacity.capex_per_kw: ")


@pytest.mark.parametrize(
    ("old", "new", "place", "word"),
    [
        ("currency: EUR", "currency: USD", "costs.yaml:3: costs.currency", "'EUR'"),
        ("    pv:", "    pw:", "costs.yaml:6: costs.defaults.pw", "did you mean pv"),
        ("capex_per_kw", "capx_per_kw", "costs.yaml:8: ", "did you mean capex_per_kw"),
        ("tilt_deg", "tild_deg", "costs.yaml:10: ", "did you mean tilt_deg"),
        ("      source: quotes of 2025\n", "", "costs.yaml:6: ", "add source:"),
        ("  price_year: 2025\n", "", "costs.yaml:2: costs.price_year", "nothing"),
    ],
)
def test_bad_cost_files(box, old, new, place, word):
    box.write("costs.yaml", COSTS.replace(old, new))
    message = box.problem(child(box.base, "costs.yaml"))
    assert message.startswith(place)
    assert word in message


def test_a_cost_does_not_bring_an_optional_section_to_life(box):
    """A tank without ``power:`` keeps none, though the file knows its cost."""
    tank = "    thermal_storage: {source: x, tank, power}\n".replace(
        "tank, power",
        "energy: {capex_per_kwh: 1, om_per_kwh_year: 2}, "
        "power: {capex_per_kw: 3, om_per_kw_year: 4}",
    )
    box.write("costs.yaml", COSTS + tank)
    heat = """\
  steam_load: {kind: load, bus: steam, profile: 1}
  tank: {kind: thermal_storage, bus: steam, energy: {max_kwh: 5}}
"""
    text = box.base.replace(
        "buses:", "buses:\n  steam: {carrier: heat, temperature_c: 90}"
    )
    scenario = box.load(child(text + heat, "costs.yaml"))
    resolved = scenario.resolved["components"]["tank"]
    assert "power" not in resolved
    assert resolved["energy"]["capex_per_kwh"] == 1
    with_power = heat.replace("max_kwh: 5}", "max_kwh: 5}, power: {max_kw: 2}")
    resolved = box.load(child(text + with_power, "costs.yaml")).resolved
    assert resolved["components"]["tank"]["power"]["capex_per_kw"] == 3


# -- which files may be read ----------------------------------------------------------


def test_files_outside_are_refused(box, tmp_path_factory, monkeypatch):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "data.csv").write_text("load_kw\n1\n2\n3\n4\n")
    inside = box.folder / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    named = [f"{outside}/data.csv", "../../outside/data.csv", "/etc/passwd"]
    (box.folder / "link.csv").symlink_to(outside / "data.csv")
    for name in [*named, "link.csv"]:
        text = box.with_profile(f"{{file: '{name}', column: load_kw}}")
        message = box.problem(text)
        assert "outside" in message
        assert "s.yaml:11: components.plant.profile: " in message
    assert "outside" in box.problem(f"extends: {outside}/data.csv\n")
    # what lies below the current folder may be read
    monkeypatch.chdir(outside)
    box.load(box.with_profile(f"{{file: '{outside}/data.csv', column: load_kw}}"))


def test_a_library_name_stays_in_the_library(box):
    text = box.with_profile("{file: 'library:../load.py', column: load_kw}")
    assert "one of library:" in box.problem(text)


def test_unknown_library_scenario():
    with pytest.raises(InputError, match="library:first-minute"):
        load("library:frist-minute")

"""What can be wrong in a scenario file: each is refused at its line, in words."""

# ruff: noqa: E501  (a case a line reads best)

import time

import pytest

from verdigrid.models.errors import InputError, Problem
from verdigrid.scenarios.load import load

LIMIT = "    import_limit_kw: 500\n"
TIME = "time: {start: 2026-01-01, periods: 4, represents: as_is}"
FINANCE = "\nfinance: {discount_rate: 8, horizon_years: 20}"

#: What, edits of the smallest scenario, place, words of the message.
CASES = [
    ("duplicate key", [(LIMIT, LIMIT * 2)], "s.yaml:16", ["again", "line 15"]),
    ("tab", [("    bus: electricity\n    import", "\tbus: x\n    import")], "s.yaml:14", ["tab", "spaces"]),
    ("NO is text", [("name: test", "name: NO")], "s.yaml:2", ["'NO'", "small letters"]),
    ("yes is text", [("{carrier: electricity}", "{carrier: electricity, allow_surplus: yes}")], "s.yaml:6", ["'yes'", "true or false"]),
    ("quoted number", [("kw: 500", "kw: '500'")], "s.yaml:15", ["remove the quotes"]),
    ("percent", [("kwh: 0.2", "kwh: 0.2, demand_charge_per_kw_month: 95%")], "s.yaml:17", ["95%", "use 0.95"]),
    ("comma", [("kw: 500", "kw: 1,5")], "s.yaml:15", ["use 1.5"]),
    ("percent as profile", [("kwh: 0.4", "kwh: 40%")], "s.yaml:16", ["a number or a map", "use 0.4"]),
    ("comma in a flow map", [("kwh: 0.2", "kwh: 0,2")], "s.yaml:17", ["decimal comma"]),
    ("leading zero", [("kw: 500", "kw: 0123")], "s.yaml:15", ["0123", "leading zero"]),
    ("clock as number", [("kw: 500", "kw: 12:30")], "s.yaml:15", ["'12:30'", "a number"]),
    ("misspelt key", [("import_limit_kw", "import_limt_kw")], "s.yaml:15", ["import_limt_kw", "did you mean import_limit_kw"]),
    ("list for map", [("tariff: {price_per_kwh: 0.2}", "tariff: [1]")], "s.yaml:17", ["a list of 1", "a map"]),
    ("text for list", [("name: test", "remove: 5\nname: test")], "s.yaml:2", ["a list of names"]),
    ("nan", [("kw: 500", "kw: .nan")], "s.yaml:15", [".nan", "finite"]),
    ("inf", [("kw: 500", "kw: -.inf")], "s.yaml:15", ["-.inf", "finite"]),
    ("too large", [("kw: 500", "kw: 1e999")], "s.yaml:15", ["1e999", "finite"]),
    ("empty value", [("kw: 500", "kw:")], "s.yaml:15", ["empty", "leave the key out"]),
    ("null", [("kw: 500", "kw: ~")], "s.yaml:15", ["empty"]),
    ("python tag", [("kw: 500", "kw: !!python/object:os.system x")], "s.yaml:15", ["python", "plain data"]),
    ("own tag", [("kw: 500", "kw: !include x")], "s.yaml:15", ["!include"]),
    ("merge key", [("    import_limit", "    <<: {}\n    import_limit")], "s.yaml:15", ["merge key", "extends"]),
    ("key that is a list", [("    import_limit", "    [1]: 1\n    import_limit")], "s.yaml:15", ["a key that is no text"]),
    ("two documents", [("components:", "---\ncomponents:")], "s.yaml:7", ["document"]),
    ("newer schema", [("schema: 1", "schema: 2")], "s.yaml:1", ["upgrade verdigrid"]),
    ("schema as text", [("schema: 1", "schema: one")], "s.yaml:1", ["'one'"]),
    ("same name twice", [("  grid:", "  plant: {kind: load}\n  grid:")], "s.yaml:12", ["plant", "line 8"]),
    ("unknown bus", [("bus: electricity\n    import", "bus: electrcity\n    import")], "s.yaml:14", ["electrcity", "did you mean electricity"]),
    ("unknown kind", [("kind: grid", "kind: gird")], "s.yaml:13", ["'gird'", "did you mean grid"]),
    ("no kind", [("    kind: grid\n", "")], "s.yaml:12", ["kind", "add kind"]),
    ("unknown policy", [("components:", "policies: {cap: {kind: carbon_cup}}\ncomponents:")], "s.yaml:7", ["did you mean carbon_cap"]),
    ("component as number", [("  grid:", "  more: 5\n  grid:")], "s.yaml:12", ["5", "a map"]),
    ("lonely bus", [("  electricity: {", "  gas: {carrier: gas}\n  electricity: {")], "s.yaml:6", ["no component connected"]),
    ("wrong carrier", [("{carrier: electricity}", "{carrier: gas}")], "s.yaml:14", ["gas", "electricity"]),
    ("unknown carrier", [("carrier: electricity", "carrier: electricty")], "s.yaml:6", ["did you mean electricity"]),
    ("bus and component of one name", [("  grid:", "  electricity:")], "s.yaml:12", ["also a bus"]),
    ("no steps", [("periods: 4", "periods: 0")], "s.yaml:4", ["0", "at least 1"]),
    ("no date", [("2026-01-01", "01/02/2026")], "s.yaml:4", ["2026-01-01"]),
    ("no such date", [("2026-01-01", "2026-02-30")], "s.yaml:4", ["exists"]),
    ("far future", [("2026-01-01", "9999-12-31")], "s.yaml:4", ["1900 to 2200"]),
    ("odd step", [("periods: 4", "periods: 4, step_minutes: 45")], "s.yaml:4", ["45", "divide"]),
    ("start inside a step", [("2026-01-01", "2026-01-01 00:30")], "s.yaml:4", ["start"]),
    ("too long a year", [("periods: 4, represents: as_is", "periods: 9000")], "s.yaml:4", ["at most a year"]),
    ("no finance", [(", represents: as_is", "")], "s.yaml:1", ["finance", "discount_rate"]),
    ("discount of 8", [("as_is}", "as_is}" + FINANCE)], "s.yaml:5", ["below 1", "use 0.08"]),
    ("life of 0", [("as_is}", "as_is}" + FINANCE.replace("8", "0.08").replace("20", "0"))], "s.yaml:5", ["at least 1"]),
    ("unknown zone", [("buses:", "site: {latitude: 1, longitude: 2, timezone: Asia/Shanhai}\nbuses:")], "s.yaml:5", ["did you mean Asia/Shanghai"]),
    ("folder as zone", [("buses:", "site: {latitude: 1, longitude: 2, timezone: ../etc}\nbuses:")], "s.yaml:5", ["IANA"]),
    ("latitude and longitude swapped", [("buses:", "site: {latitude: 119.9, longitude: 32.4, timezone: Asia/Shanghai}\nbuses:")], "s.yaml:5", ["119.9", "at most 90"]),
    ("weather without site", [("buses:", "weather: {file: x.epw}\nbuses:")], "s.yaml:1", ["site"]),
    ("heat bus without temperature", [("  electricity: {", "  steam: {carrier: heat}\n  electricity: {"), ("  grid:", "  steam_load: {kind: load, bus: steam, profile: 1}\n  grid:")], "s.yaml:6", ["temperature_c"]),
    ("name with a slash", [("name: test", "name: a/../b")], "s.yaml:2", ["a/../b", "small letters"]),
    ("name like a formula", [("name: test", "name: '=cmd'")], "s.yaml:2", ["=cmd"]),
    ("component name like a path", [("  grid:", "  ../grid:")], "s.yaml:12", ["../grid", "small letters"]),
    ("currency as word", [("EUR", "euro")], "s.yaml:3", ["three capital letters"]),
    ("unknown top-level key", [("buses:", "polices: {}\nbuses:")], "s.yaml:5", ["did you mean policies"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "place", "words"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_refused_at_its_line(box, edits, place, words):
    message = box.problem(box.edited(*edits))
    assert message.startswith(f"{place}: "), message
    for word in words:
        assert word in message


def test_all_missing_keys_are_listed(box):
    text = box.edited((LIMIT, ""), ("    emissions_kg_per_kwh: 0.4\n", ""))
    paths = [problem.path for problem in box.problems(text)]
    assert paths == [
        "components.grid.import_limit_kw",
        "components.grid.emissions_kg_per_kwh",
    ]
    assert all(problem.line == 12 for problem in box.problems(text))


def test_two_problems_of_different_kinds_are_both_reported(box):
    text = box.edited(
        ("currency: EUR", "currency: 5"),
        ("kind: load", "kind: lod"),
        ("bus: electricity\n    import", "bus: electric\n    import"),
        ("  electricity: {", "  steam: {carrier: heat}\n  electricity: {"),
    )
    lines = [problem.line for problem in box.problems(text)]
    assert lines == [3, 10, 15, 6]


def test_two_problems_in_data_are_both_reported(box):
    text = box.edited(
        ("profile: 100", "profile: {values: [1, 2]}"),
        ("kwh: 0.4", "kwh: {file: nothing.csv, column: x_kg_per_kwh}"),
    )
    first, second = map(str, box.problems(text))
    assert "2 values" in first
    assert "4 values" in first
    assert second.startswith("s.yaml:16: components.grid.emissions_kg_per_kwh: ")
    assert "nothing.csv, which does not exist" in second


def test_numbers_and_texts_are_those_of_yaml_1_2(box):
    text = box.edited(
        ("kw: 500", "kw: 5e2"), ("name: test", "name: test\ndescription: on")
    )
    scenario = box.load(text)
    assert scenario.resolved["components"]["grid"]["import_limit_kw"] == 500.0
    assert scenario.resolved["description"] == "on"


def test_byte_order_mark_is_accepted(box):
    assert box.load(b"\xef\xbb\xbf" + box.base.encode()).resolved["name"] == "test"


def test_other_encoding_is_refused_with_the_byte(box):
    message = box.problem(box.base.replace("test", "tést").encode("latin-1"))
    assert "0xe9" in message
    assert "offset 17" in message
    assert message.startswith("s.yaml:2:")


@pytest.mark.parametrize("text", ["", "- 1\n", "just text", "# nothing\n"])
def test_a_file_that_is_no_map_is_refused(box, text):
    box.write("s.yaml", text)
    with pytest.raises(InputError, match="a map of keys and values"):
        load("s.yaml")


def test_alias_bomb_is_refused_in_time(box):
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for name, before in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    began = time.perf_counter()
    assert "aliases included" in box.problem("\n".join(lines))
    assert time.perf_counter() - began < 5


def test_alias_inside_itself_is_refused(box):
    assert "deeply nested" in box.problem("a: &a [*a]")


def test_plain_anchors_are_read(box):
    text = box.edited(
        ("profile: 100", "profile: &hundred 100"), ("kw: 500", "kw: *hundred")
    )
    assert box.load(text).resolved["components"]["grid"]["import_limit_kw"] == 100


def test_deep_nesting_and_huge_files_are_refused(box):
    assert "deeply nested" in box.problem("a: " + "[" * 400 + "]" * 400)
    assert "2,000,000 bytes" in box.problem("#" * 2_000_001)


def test_missing_file_is_one_line(box):
    with pytest.raises(InputError) as caught:
        load("missing.yaml")
    assert (
        str(caught.value) == "missing.yaml: got no such file, expected a scenario file"
    )


@pytest.mark.parametrize("name", ["\0", "x" * 5000, "."])
def test_impossible_file_names_are_refused(box, name):
    with pytest.raises(InputError, match="no such file"):
        load(name)


def test_no_component_is_refused(box):
    head = box.base.partition("components:")[0].replace(
        "buses:\n  electricity: {carrier: electricity}", "buses: {}"
    )
    assert "at least one component" in box.problem(head + "components: {}")


def test_what_a_component_cannot_prepare_is_located(box):
    tariff = "{bands: {a: 1, b: 2}, periods: [{band: a, hours: ['0-2']}]}"
    message = box.problem(box.edited(("{price_per_kwh: 0.2}", tariff)))
    assert "components.grid.tariff.periods: got no band covers 2 steps" in message
    assert message.startswith("s.yaml:")
    pv = "  roof: {kind: pv, bus: electricity, capacity: {}}\n"
    message = box.problem(box.base + pv)
    assert message.startswith("s.yaml:18: components.roof.yield_kw_per_kw: ")


def test_a_later_problem_is_located_by_its_path(box):
    """What the solver or the diagnosis says about a path gets its file and line."""
    document = box.load().document
    problem = Problem("components.grid.import_limit_kw", "500", "more")
    assert document.locate(problem).line == 15
    assert document.locate(Problem("components.grid.unsaid", "x", "y")).line == 12
    assert document.locate(Problem("nowhere.at.all", "x", "y")).line == 1


def test_finance_of_a_horizon_as_it_is(box):
    scenario = box.load()
    finance = scenario.microgrid.finance
    assert (finance.discount_rate, finance.horizon_years) == (0.0, 1)
    assert finance.investment == "full"
    assert any("finance" in note for note in scenario.notes)

"""Study files: what they mean, and what is wrong with them, by file and line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verdigrid.models.errors import InputError
from verdigrid.studies.members import as_json
from verdigrid.studies.study import Study, read_study

SCENARIO = """\
schema: 1
name: tiny
currency: EUR
time: {start: 2026-01-01, periods: 4, represents: as_is}
buses:
  power: {carrier: electricity}
components:
  works: {kind: load, bus: power, profile: 10}
  connection:
    kind: grid
    bus: power
    import_limit_kw: 100
    emissions_kg_per_kwh: 0.5
    tariff: {price_per_kwh: 0.2, demand_charge_per_kw_month: 3.0}
"""
HEAD = "schema: 1\nname: s\nscenario: tiny.yaml\n"
PRICE = "components.connection.tariff.price_per_kwh"
LIMIT = "components.connection.import_limit_kw"
CARBON = "components.connection.emissions_kg_per_kwh"


def study(folder: Path, text: str, head: str = HEAD) -> Study:
    (folder / "tiny.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "s.yaml").write_text(head + text, encoding="utf-8")
    return read_study(folder / "s.yaml")


def overrides(found: Study) -> list[dict[str, Any]]:
    return [dict(member.overrides) for member in found.members]


def test_grid_is_every_value_with_every_other(tmp_path: Path) -> None:
    found = study(tmp_path, f"grid:\n  {PRICE}: [0.1, 0.2]\n  {LIMIT}: [50, 60, 70]\n")
    assert len(found.members) == 6
    assert found.varied == (PRICE, LIMIT)
    assert overrides(found)[1] == {PRICE: 0.1, LIMIT: 60}
    assert [member.number for member in found.members] == [1, 2, 3, 4, 5, 6]


def test_ranges(tmp_path: Path) -> None:
    text = f"grid:\n  {LIMIT}: {{low: 50, high: 70, steps: 3}}\n"
    assert [o[LIMIT] for o in overrides(study(tmp_path, text))] == [50, 60, 70]
    text = f"grid:\n  {PRICE}: {{low: 0.1, high: 0.4, steps: 4}}\n"
    assert [o[PRICE] for o in overrides(study(tmp_path, text))] == [0.1, 0.2, 0.3, 0.4]
    spacing = "{low: 0.1, high: 10, steps: 3, spacing: logarithmic}"
    text = f"grid:\n  {PRICE}: {spacing}\n"
    assert [o[PRICE] for o in overrides(study(tmp_path, text))] == [0.1, 1.0, 10.0]


def test_linked_values_go_together(tmp_path: Path) -> None:
    text = f"linked:\n  - {PRICE}: [0.1, 0.2]\n    {LIMIT}: [50, 60]\n"
    found = overrides(study(tmp_path, text))
    assert found == [{PRICE: 0.1, LIMIT: 50}, {PRICE: 0.2, LIMIT: 60}]


def test_listed_members_have_names_and_the_base_elsewhere(tmp_path: Path) -> None:
    text = (
        f"list:\n  - {{name: cheap, {PRICE}: 0.1}}\n  - {{name: small, {LIMIT}: 5}}\n"
    )
    cheap, small = study(tmp_path, text).members
    assert cheap.overrides == {PRICE: 0.1}
    assert cheap.labels == {"name": "cheap", PRICE: 0.1, LIMIT: 100.0}
    assert small.labels == {"name": "small", PRICE: 0.2, LIMIT: 5}


def test_one_at_a_time_is_the_base_and_both_sides(tmp_path: Path) -> None:
    text = (
        f"one_at_a_time:\n  {PRICE}: {{fraction: 0.5}}\n"
        f"  {LIMIT}: {{low: 50, high: 60}}\n  {CARBON}: {{low: 0.1}}\n"
    )
    found = overrides(study(tmp_path, text))
    assert found == [
        {},
        {PRICE: 0.1},
        {PRICE: pytest.approx(0.3)},
        {LIMIT: 50},
        {LIMIT: 60},
        {CARBON: 0.1},
    ]


def test_sections_multiply_and_set_lies_below(tmp_path: Path) -> None:
    text = (
        f"set: {{{CARBON}: 0.3, {PRICE}: 9}}\ngrid:\n  {PRICE}: [0.1, 0.2]\n"
        "samples:\n  count: 5\n  of:\n"
        f"    {LIMIT}: {{distribution: uniform, low: 50, high: 60}}\n"
    )
    found = study(tmp_path, text)
    assert len(found.members) == 10
    assert all(o[CARBON] == 0.3 and o[PRICE] in (0.1, 0.2) for o in overrides(found))
    assert found.varied == (PRICE, LIMIT)
    limits = {o[LIMIT] for o in overrides(found)}
    assert len(limits) == 5
    assert all(50 <= limit <= 60 for limit in limits)
    assert study(tmp_path, text).members == found.members  # same seed, same members


def test_profiles_and_files_vary_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("works_kw\n1\n2\n3\n4\n")
    path = "components.works.profile"
    text = f"grid:\n  {path}: [5, {{file: a.csv, column: works_kw}}]\n"
    first = study(tmp_path, text)
    assert overrides(first)[1] == {path: {"file": "a.csv", "column": "works_kw"}}
    (tmp_path / "a.csv").write_text("works_kw\n1\n2\n3\n5\n")
    changed = study(tmp_path, text)
    assert changed.members[1].key != first.members[1].key


def test_a_changed_scenario_makes_other_members(tmp_path: Path) -> None:
    text = f"grid:\n  {PRICE}: [0.1]\n"
    before = study(tmp_path, text).members[0].key
    assert study(tmp_path, text).members[0].key == before
    (tmp_path / "tiny.yaml").write_text(SCENARIO.replace("100", "101"))
    assert read_study(tmp_path / "s.yaml").members[0].key != before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gird: {}\n", "s.yaml:4: gird: got the unknown key.*did you mean grid?"),
        ("", "s.yaml:1: got nothing that varies, expected grid:"),
        (f"grid:\n  {LIMIT}: []\n", f"s.yaml:5: grid.{LIMIT}: .*at least one value"),
        (f"grid:\n  {LIMIT}: [5, 5]\n", "s.yaml:5: .*every value once"),
        (f"grid:\n  {LIMIT}: 5\n", f"s.yaml:5: grid.{LIMIT}: got 5, expected a map"),
        (f"grid:\n  {LIMIT}: {{low: 5, high: 4, steps: 3}}\n", "low: below high:"),
        (f"grid:\n  {LIMIT}: {{low: 5, high: 9}}\n", "low:, high: and steps:"),
        (
            "grid:\n  components.conection.import_limit_kw: [1]\n",
            "s.yaml:5: components.conection.*did you mean connection?",
        ),
        (
            "grid:\n  components.connection.import_limit: [1]\n",
            "s.yaml:5: .*unknown key 'import_limit'.*did you mean import_limit_kw?",
        ),
        ("grid:\n  currency: [USD]\n", "s.yaml:5: currency: .*another path"),
        (f"grid:\n  {LIMIT}.x: [1]\n", "s.yaml:5: .*a path inside"),
        (
            f"grid:\n  {LIMIT}: [1]\none_at_a_time:\n  {LIMIT}: {{low: 1}}\n",
            "s.yaml:7: .*again, which varies under grid: too",
        ),
        (
            f"linked:\n  - {LIMIT}: [1]\n    {PRICE}: [1, 2]\n",
            f"s.yaml:5: linked.0: got 1 of {LIMIT}, 2 of {PRICE}",
        ),
        (
            "one_at_a_time:\n  components.works.bus: {fraction: 0.1}\n",
            "s.yaml:5: .*a fraction of 'power'.*give low: and high:",
        ),
        (f"one_at_a_time:\n  {LIMIT}: {{}}\n", "low: and high:"),
        (f"set: {{{LIMIT}: -5}}\ngrid:\n  {PRICE}: [1]\n", "s.yaml:4: .*got -5"),
        (
            f"samples:\n  count: 2\n  of:\n    {LIMIT}: {{distribution: nomal}}\n",
            "s.yaml:7: .*distribution: got 'nomal', expected one of uniform, normal",
        ),
        (
            f"samples:\n  count: 2\n  of:\n    {LIMIT}: {{distribution: normal}}\n",
            "s.yaml:7: .*mean: got nothing",
        ),
        (f"grid:\n  {LIMIT}: {{low: 1, high: 9, steps: 1}}\n", "at least 2"),
        (
            f"grid:\n  {LIMIT}: {{low: 1, high: 9, steps: 1000}}\n"
            f"  {PRICE}: {{low: 1, high: 9, steps: 1000}}\n",
            "got 1,000,000 members, expected at most",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        study(tmp_path, text)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("schema: 2\nname: s\nscenario: tiny.yaml\n", "upgrade verdigrid"),
        ("schema: 1\nname: A b\nscenario: tiny.yaml\n", "s.yaml:2: name"),
        ("schema: 1\nname: s\nscenario: tony.yaml\n", "s.yaml:3|tony.yaml"),
        ("schema: 1\nname: s\n", "scenario: got nothing"),
        ("- 1\n", "expected a map"),
        ("schema: 1\nschema: 1\n", "s.yaml:2"),
    ],
)
def test_wrong_heads(tmp_path: Path, head: str, told: str) -> None:
    text = "" if head.startswith("-") else f"grid:\n  {LIMIT}: [1]\n"
    with pytest.raises(InputError, match=told):
        study(tmp_path, text, head)


def test_a_wrong_value_costs_its_member_alone(tmp_path: Path) -> None:
    assert len(study(tmp_path, f"grid:\n  {LIMIT}: [-5, 50]\n").members) == 2


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.yaml: got No such file"):
        read_study(tmp_path / "none.yaml")


NUMBERS = st.floats(0.001, 100, allow_nan=False)
LISTS = st.lists(NUMBERS, min_size=1, max_size=4, unique=True)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    grid=LISTS,
    linked=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=3, unique=True),
    count=st.integers(1, 6),
    method=st.sampled_from(["latin_hypercube", "sobol", "monte_carlo"]),
    seed=st.integers(0, 1000),
)
def test_random_studies(
    tmp_path: Path,
    grid: list[float],
    linked: list[tuple[float, float]],
    count: int,
    method: str,
    seed: int,
) -> None:
    demand = "components.connection.tariff.demand_charge_per_kw_month"
    first = list(dict(linked))  # every value once
    second = [float(n + 1) for n in range(len(first))]
    text = (
        f"grid: {{{PRICE}: {as_json(grid)}}}\n"
        f"linked: [{{{LIMIT}: {as_json(first)}, {CARBON}: {as_json(second)}}}]\n"
        f"samples: {{method: {method}, count: {count}, seed: {seed}, of: "
        f"{{{demand}: {{distribution: triangular, low: 1, mode: 2, high: 4}}}}}}\n"
    )
    found = study(tmp_path, text)
    assert len(found.members) == len(grid) * len(first) * count
    assert len({member.key for member in found.members}) == len(found.members)
    assert {m.number for m in found.members} == set(range(1, len(found.members) + 1))
    for member in found.members:
        assert set(member.labels) == {PRICE, LIMIT, CARBON, demand}
        assert member.labels == member.overrides
        assert 1 <= member.labels[demand] <= 4
        assert second[first.index(member.labels[LIMIT])] == member.labels[CARBON]

"""Whatever stands in a file: it loads, or an InputError says what is wrong."""

# ruff: noqa: E501  (files as they are written)

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verdigrid.models.errors import InputError, Problem
from verdigrid.scenarios.load import load
from verdigrid.scenarios.yaml_file import read_yaml

BASE = """\
schema: 1
name: test
currency: EUR
site: {latitude: 52, longitude: 13, timezone: Europe/Berlin}
time: {start: 2026-03-29, periods: 4, represents: as_is}
buses: {electricity: {carrier: electricity}}
components:
  plant: {kind: load, bus: electricity, profile: {file: data.csv, column: load_kw, align: date, aggregate: mean}}
  grid: {kind: grid, bus: electricity, import_limit_kw: 500, emissions_kg_per_kwh: 0.4, tariff: {price_per_kwh: 0.2}}
policies: {cap: {kind: carbon_cap, scopes: [2], tonnes_per_year: 5}}
"""
CSV = """\
time,load_kw
2026-03-29 00:00,1
2026-03-29 01:00,2
2026-03-29 02:00,3
2026-03-29 03:00,4
"""
#: Pieces that have a meaning somewhere, to be put anywhere.
PIECES = st.sampled_from(
    ["", " ", "\t", "\n", ":", ": ", "- ", "{", "}", "[", "]", ",", "&a ", "*a", "!!int ",
     "!x ", "'", '"', "|", ">", "#", "---\n", "...", "%", "?", "<<: ", "~", "null", "nan",
     ".inf", "true", "NO", "1e5", "1e999", "-1", "0", "007", "0x1", "1_0", "95%", "1,5",
     "2026-02-30", "12:30", "\ufeff", "\x00", "\x85", "\u2028", "\ud7ff", "é", "library:x",
     "extends: s.yaml\n", "remove: [name]\n", "kind: pv", "9" * 400, "../", "1Z", "+02:00"]
)  # fmt: skip
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def mutated(draw, text: str) -> str:
    """The text with a few pieces put into it, in place of some of it."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 0, 1, 2, 8, 40]))
        text = text[:start] + draw(PIECES) + text[start + length :]
    return text


def loads_or_refuses(scenario: bytes, csv: bytes, *overrides: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "s.yaml").write_bytes(scenario)
        (folder / "data.csv").write_bytes(csv)
        problems: tuple[Problem, ...] = ()
        try:
            load(folder / "s.yaml", overrides)
        except InputError as error:
            problems = error.problems
        assert all(one.got and one.expected for one in problems)


def test_the_unchanged_files_load(tmp_path):
    (tmp_path / "s.yaml").write_text(BASE)
    (tmp_path / "data.csv").write_text(CSV)
    load(tmp_path / "s.yaml")


@SETTINGS
@given(mutated(BASE))
def test_any_scenario_text(text):
    loads_or_refuses(text.encode("utf-8", "surrogatepass"), CSV.encode())


@SETTINGS
@given(mutated(CSV))
def test_any_csv_text(text):
    loads_or_refuses(BASE.encode(), text.encode("utf-8", "surrogatepass"))


@SETTINGS
@given(st.binary(max_size=60))
def test_any_bytes(raw):
    loads_or_refuses(BASE.encode(), raw)
    with contextlib.suppress(InputError):
        read_yaml(raw, "x")


@SETTINGS
@given(
    st.lists(
        st.sampled_from(
            ["components", "plant", "profile", "time", "start", "0", "costs", "x", "",
             "defaults", "pv", "source", "capacity", "grid", "tariff", "policies", "cap",
             "site", "timezone", "buses", "electricity", "weather", "file", "extends"]
        ),
        min_size=1,
        max_size=5,
    ),
    PIECES,
)  # fmt: skip
def test_any_override(path, value):
    loads_or_refuses(BASE.encode(), CSV.encode(), f"{'.'.join(path)}={value}")


@pytest.mark.parametrize("kind", ["load", "grid", "pv", "battery", "waste_heat"])
@settings(max_examples=15, deadline=None)
@given(data=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["file", "kind", "max_kw", "values", "x"]), inner),
    max_leaves=6,
))  # fmt: skip
def test_any_component(kind, data):
    """Values of any shape in place of a component's fields."""
    body = json.dumps({"kind": kind, "bus": data, "profile": data, "capacity": data})
    text = BASE.replace("components:\n", f"components:\n  other: {body}\n")
    loads_or_refuses(text.encode("utf-8", "surrogatepass"), CSV.encode())

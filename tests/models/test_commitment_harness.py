"""What every component must keep, of a machine that is on or off."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from harness import ComponentHarness
from support import gas_at, heat_at, load_of, option
from verdigrid.models.component import Component
from verdigrid.models.describe import describe
from verdigrid.models.errors import InputError
from verdigrid.models.solution import Solution
from verdigrid.scenarios.json_schema import scenario_schema
from verdigrid.scenarios.load import load


class TestCommittedBoiler(ComponentHarness):
    kind = "boiler"
    residuals = (
        "capacity limit",
        "minimum load",
        "on or off",
        "online",
        "ramp",
        "starts",
        "minimum up time",
        "minimum down time",
    )
    example: ClassVar = {
        "periods": 6,
        "components": {
            "boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "capacity": option("kw", 100, 0.3, existing_kw=10.0),
                "commitment": {
                    "min_load": 0.5,
                    "start_cost": 2.0,
                    "min_up_hours": 2.0,
                    "min_down_hours": 2.0,
                    "ramp_per_hour": 2.0,
                },
            },
            "gas": gas_at(0.05),
            "neighbour": heat_at(0.5),
            "process": load_of([20, 40, 30, 0, 0, 0], "heat"),
        },
    }
    # The golden rows of the kind stand in its own test file.
    test_rows_are_golden = None  # type: ignore[assignment]

    def _tampered(self, solution: Solution) -> Iterator[Solution]:
        """Also the plan with one step switched, and with steps on and off in turn."""
        yield from super()._tampered(solution)
        mine = solution.values[self.name]
        lonely = np.array([0, 1, 0, 0, 0, 0.0])
        for on in (lonely, 1 - lonely):
            values = {**mine, "on": on}
            yield replace(solution, values={**solution.values, self.name: values})

    def test_it_is_really_switched(self) -> None:
        assert self.plan().values["boiler"]["on"].tolist() == [1, 1, 1, 0, 0, 0]


# -- as a user meets it -----------------------------------------------------------

SCENARIO = """\
schema: 1
name: engine
currency: EUR
time: {start: 2026-01-01, periods: 4, represents: as_is}
buses:
  power: {carrier: electricity}
  gas: {carrier: gas}
  heat: {carrier: heat, temperature_c: 80}
components:
  works: {kind: load, bus: power, profile: 40}
  supply: {kind: fuel_supply, bus: gas, price_per_kwh: 0.04, emissions_kg_per_kwh: 0.2}
  engine:
    kind: chp
    fuel_bus: gas
    electricity_bus: power
    heat_efficiency: {heat: 0.4}
    capacity: {existing_kw: 100, om_per_kw_year: 0}
    commitment:
      min_load: 0.3
      start_cost: 120
      min_up_hours: 2
"""


def problem(folder: Path, old: str, new: str) -> str:
    """Text of the only problem of the scenario with a text replaced."""
    assert SCENARIO.count(old) == 1
    (folder / "s.yaml").write_text(SCENARIO.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(folder / "s.yaml")
    (only,) = caught.value.problems
    return str(only)


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    scenario = load(tmp_path / "s.yaml", ["components.engine.commitment.min_load=0.4"])
    engine = scenario.microgrid.components["engine"]
    given = {"min_load": 0.4, "start_cost": 120.0, "min_up_hours": 2.0}
    assert engine.commitment.model_dump(exclude_defaults=True) == given
    resolved = scenario.resolved["components"]["engine"]["commitment"]
    defaults = {
        "min_down_hours": 0.0,
        "part_load_efficiency": 1.0,
        "initially": "cyclic",
    }
    assert resolved == {**given, **defaults}


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("min_up_hours", "min_up_hour", ["s.yaml:21", "did you mean min_up_hours?"]),
        ("min_load: 0.3", "min_load: 30", ["s.yaml:19", "use 0.3"]),
        ("      min_load: 0.3\n", "", ["engine.commitment.min_load", "add min_load:"]),
        ("min_up_hours: 2", "min_up_hours: 5", ["s.yaml:18", "the horizon, 4 h"]),
        ("min_load: 0.3", "min_load:", ["s.yaml:19", "empty"]),
    ],
)
def test_mistakes_are_refused_with_their_line(tmp_path, old, new, parts) -> None:
    text = problem(tmp_path, old, new)
    assert all(part in text for part in parts), text


@pytest.mark.parametrize("kind", ["boiler", "electric_boiler", "chp", "heat_pump"])
def test_schema_and_description_show_it(kind: str) -> None:
    text = describe(Component.registry[kind])
    assert "min_load online(t) <= output(t)" in text
    assert "commitment.start_cost: cost of a start" in text
    schema = scenario_schema()["$defs"]
    assert schema["Commitment"]["required"] == ["min_load"]
    assert schema["Commitment"]["additionalProperties"] is False
    model = schema[Component.registry[kind].__name__]
    assert model["properties"]["commitment"]["$ref"] == "#/$defs/Commitment"
    assert "commitment" not in model["required"]

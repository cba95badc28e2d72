"""The example of the page on carbon gives the numbers that are printed there."""

import re
from pathlib import Path

import pytest
import yaml

from verdigrid.models.component import Component
from verdigrid.results.outcome import Outcome
from verdigrid.scenarios.load import load
from verdigrid.studies.plan import make_plan

PAGE = Path(__file__).resolve().parent.parent / "docs" / "carbon.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ([\d-]+) \| ([a-z ]+) \| (-?\d+) \| (-?\d+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    file = tmp_path_factory.mktemp("page") / "two-ledgers.yaml"
    file.write_text(BLOCKS[0], encoding="utf-8")
    return make_plan(load(file).microgrid).plan


def test_table_of_both_ledgers(plan: Outcome) -> None:
    printed = {
        (scope, source): (float(location), float(market))
        for scope, source, location, market in ROW.findall(PAGE.read_text())
    }
    table = plan.tables.ledgers
    found = {(row[0], row[1]): (row[2], row[3]) for row in table.to_numpy().tolist()}
    assert printed.keys() == found.keys()
    for key, values in printed.items():
        assert found[key] == pytest.approx(values, abs=1e-6), key


def test_certificates_and_shares(plan: Outcome) -> None:
    solution, year = plan.solution, plan.recomputed.yearly
    assert 4 * solution.decided["certificates"]["certified_kw"] == pytest.approx(170)
    paid = plan.recomputed.policies["certificates"].costs
    assert sum(paid.values()) == pytest.approx(0.85)
    shares = {
        name: solution.microgrid.policies[name].standing(year).value
        for name in ("physical", "contractual")
    }
    assert shares == pytest.approx({"physical": 0.0, "contractual": 0.625})


def test_the_engine_of_the_page_has_the_fields_that_it_names() -> None:
    (engine,) = yaml.safe_load(BLOCKS[1]).values()
    fields = Component.registry[engine.pop("kind")].model_fields
    assert engine.keys() <= fields.keys()
    slip = engine["methane_slip_kg_per_kwh"]
    assert slip == pytest.approx(0.315 * 0.0036)
    assert slip * fields["methane_gwp"].default == pytest.approx(0.032, abs=5e-4)

"""The example of the page on pathways gives the numbers that are printed there."""

import re
from pathlib import Path

import pytest

from verdigrid.results.pathway_tables import PathwayReport
from verdigrid.scenarios.load import load
from verdigrid.studies.plan_pathway import make_pathway_plan

PAGE = Path(__file__).resolve().parent.parent / "docs" / "pathway.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
ROW = re.compile(
    r"^\| (\d{4}) \| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", re.MULTILINE
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> PathwayReport:
    file = tmp_path_factory.mktemp("page") / "growing-works.yaml"
    file.write_text(BLOCKS[0], encoding="utf-8")
    pathway = load(file, stages=True).pathway
    assert pathway is not None
    found = make_pathway_plan(pathway)
    return PathwayReport(found.plan, found.baselines)


def test_table_of_the_pathway(report: PathwayReport) -> None:
    printed = [[float(cell) for cell in row] for row in ROW.findall(TEXT)]
    sizes = report.capacities.set_index(["component", "capacity"])
    found = [
        [
            stage["year"],
            bought["new"].loc[("roof", "capacity")],
            bought["new"].loc[("battery", "energy")],
            stage["tonnes_per_year"],
            stage["cumulative_tonnes"],
        ]
        for stage in report.stages.to_dict("records")
        for bought in [sizes[sizes["year"] == stage["year"]]]
    ]
    assert len(printed) == len(found) == 3
    for mine, theirs in zip(printed, found, strict=True):
        assert theirs[:3] == pytest.approx(mine[:3], abs=0.51)
        assert theirs[3:] == pytest.approx(mine[3:], abs=0.051)


def test_price_of_the_next_tonne(report: PathwayReport) -> None:
    (told,) = re.findall(r"would cost ([\d.]+) EUR today", TEXT)
    price = report.plan.solution.prices["budget"]
    assert price == pytest.approx(float(told), abs=0.051)

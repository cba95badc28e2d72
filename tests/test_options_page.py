"""The example of the page on retrofit options gives the numbers that stand there."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from verdigrid.results.compare import figures_of
from verdigrid.results.finance import finances
from verdigrid.scenarios.load import load
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.choose import choose_packages, use
from verdigrid.studies.plan import make_plan

PAGE = Path(__file__).resolve().parent.parent / "docs" / "options.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
ROW = re.compile(
    r"^\| ([a-z_ ]+) \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \|$", re.MULTILINE
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "plant.yaml").write_text(BLOCKS[0], encoding="utf-8")
    extended = f"extends: plant.yaml\n{BLOCKS[1]}"
    (folder / "careful.yaml").write_text(extended, encoding="utf-8")
    return folder


def test_the_table(page: Path) -> None:
    rows = ROW.findall(TEXT)
    assert [row[0] for row in rows] == [
        "as it stands",
        "heat_pump",
        "burner",
        "contract",
    ]
    options = load(page / "plant.yaml").options
    assert options is not None
    for name, *printed in rows:
        names = () if name == "as it stands" else options.options.with_needed(name)
        found = make_plan(load(page / "plant.yaml", [use(names)]).microgrid)
        figures = figures_of(found.plan)
        value = finances(found.plan, found.baseline).value("net_present_value")
        told = (
            figures.investment,
            figures.operating_cost_per_year,
            value,
            figures.tonnes_per_year,
        )
        for number, text in zip(told, printed, strict=True):
            assert number == pytest.approx(float(text), abs=0.51), name
        assert figures.tonnes_per_year == pytest.approx(float(printed[-1]), abs=0.051)


def test_what_the_page_says_of_combinations(page: Path) -> None:
    options = load(page / "plant.yaml").options
    assert options is not None
    assert "can't be combined" in options.conflicts(["heat_pump", "burner"])
    best = choose_packages(str(page / "plant.yaml"), [], SolveOptions())
    assert best.as_data()["chosen"] == ["heat_pump", "contract"]
    careful = load(page / "careful.yaml").options
    assert careful is not None
    assert [set(names) for names in careful.combinations()] == [
        set(),
        {"heat_pump"},
        {"burner"},
        {"heat_pump", "contract"},
    ]


def test_every_key_of_a_package_is_explained() -> None:
    data = YAML(typ="safe").load(BLOCKS[0])
    for package in data["options"]["packages"].values():
        for key in package:
            assert f"`{key}`" in TEXT

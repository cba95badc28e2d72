"""What a run keeps of a scenario with packages or stages is the same scenario."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from staged import CHEAPER, OPTIONS, SITE, STAGES
from verdigrid.cli import app
from verdigrid.scenarios.again import update_with_files
from verdigrid.scenarios.load import load
from verdigrid.scenarios.show import resolved_text
from verdigrid.studies.backends.fingerprint import fingerprint_of

ROWS = "kw\n10\n20\n30\n40\n"
TARIFF = """\
schema: 1
source: a test, 2026
valid: {from: "2026-01-01", until: "2026-12-31"}
currency: EUR
price_per_kwh: 0.3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "load.csv").write_text(ROWS)
    (tmp_path / "late.csv").write_text(ROWS.replace("10", "90"))
    (tmp_path / "other.yaml").write_text(TARIFF)
    return tmp_path


def same(folder: Path, text: str, *overrides: str) -> None:
    """Written to be run again in an inputs folder, it loads as the same."""
    (folder / "s.yaml").write_text(text)
    one = load(folder / "s.yaml", overrides, stages=True)
    inputs = folder / "inputs"
    inputs.mkdir(exist_ok=True)
    for name, path in one.sources.items():
        (inputs / name).write_bytes(path.read_bytes())
    (inputs / "scenario.yaml").write_text(resolved_text(one))
    other = load(inputs / "scenario.yaml", stages=True)
    assert fingerprint_of(_plain(other)) == fingerprint_of(_plain(one))


def _plain(scenario):
    """Without notes: they name the folder."""
    from dataclasses import replace

    grid = replace(scenario.microgrid, notes=())
    pathway = scenario.pathway
    if pathway is not None:
        grids = [replace(stage.microgrid, notes=()) for stage in pathway.stages]
        pathway = pathway.with_microgrids(grids)
    return replace(scenario, microgrid=grid, pathway=pathway)


PRICED = STAGES.replace(*CHEAPER)
STAGE = "stages:\n  - {year: 2026}\n  - {year: 2030, changes: {%s}}\n"
CURVED = OPTIONS.replace("remove: [components.battery]", "capex: 5")
CASES = {
    "no package taken, a stage names what one adds": (SITE + PRICED + OPTIONS,),
    "one package of two": (SITE + PRICED + OPTIONS, "options.use=[no_battery]"),
    "changes of the first stage": (
        SITE
        + STAGES.replace(
            "{year: 2026}",
            "{year: 2026, changes: {components.grid.tariff.price_per_kwh: 0.21}}",
        )
        + OPTIONS,
        "options.use=[roof]",
    ),
    "one stage alone": (
        SITE
        + "stages:\n  - {year: 2026, changes: {components.plant.profile.factor: 2}}\n"
        + OPTIONS,
        "options.use=[roof]",
    ),
    "a file that only a later stage reads": (
        SITE + STAGE % "components.plant.profile.file: late.csv",
    ),
    "a tariff file in a later stage": (
        SITE + STAGE % "components.grid.tariff: {file: other.yaml}",
    ),
    "a tariff file in a package": (
        SITE + "options:\n  packages:\n    green: {change: {components.grid.tariff: "
        "{file: other.yaml}}}\n",
        "options.use=[green]",
    ),
    "units in a later stage": (
        SITE.replace(
            "energy: {max_kwh: 50, ",
            "energy: {existing_units: 2, unit_kwh: 5, max_kwh: 50, ",
        )
        + STAGE % "components.battery.energy.existing_units: 4",
    ),
    "a constant that was a number": (
        SITE.replace("profile: {file: load.csv, column: kw, unit: kW}", "profile: 7")
        + STAGE % "components.plant.profile: {constant: 8}",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_kept_loads_as_the_same(folder, case):
    same(folder, *case)


def test_a_run_without_packages_can_be_proven_again(folder):
    """A stage names a component that only a package has, and a file of its own."""
    text = SITE + PRICED.replace(
        "components.plant.profile.factor: 1.5",
        "components.plant.profile.file: late.csv",
    )
    (folder / "s.yaml").write_text(text + OPTIONS)
    out = folder / "out"
    words = ["run", str(folder / "s.yaml"), "--output", str(out), "-q", "--no-figures"]
    assert CliRunner().invoke(app, words).exit_code == 0
    done = CliRunner().invoke(app, ["verify", str(out), "-q"])
    assert done.exit_code == 0, done.output
    inputs = {path.name for path in (out / "inputs").iterdir()}
    assert {"late.csv", "resolved-2030.yaml", "scenario.yaml"} <= inputs
    stage = load(out / "inputs" / "resolved-2030.yaml")
    assert stage.microgrid.series["components.plant.profile"][0] == 90


def test_files_that_only_a_package_or_a_stage_names_count(folder):
    """Whoever compares digests sees that one of them has changed."""
    import hashlib

    (folder / "s.yaml").write_text(
        SITE
        + STAGE % "components.plant.profile.file: late.csv"
        + "options:\n  packages:\n    green: {change: {components.grid.tariff: "
        "{file: other.yaml}}}\n"
    )

    def digest() -> str:
        found = hashlib.sha256()
        scenario = load(folder / "s.yaml", stages=True)
        update_with_files(found, scenario.raw)
        return found.hexdigest()

    before = digest()
    (folder / "late.csv").write_text(ROWS)
    changed = digest()
    (folder / "other.yaml").write_text(TARIFF.replace("0.3", "0.4"))
    assert len({before, changed, digest()}) == 3


def test_stage_and_package_may_not_change_the_same(folder):
    text = (
        SITE
        + STAGES
        + OPTIONS.replace(
            "remove: [components.battery]",
            "change: {components.plant.profile.factor: 0.5}",
        )
    )
    (folder / "s.yaml").write_text(text)
    with pytest.raises(Exception, match=r"a change of what no_battery sets \(.*s.yaml"):
        load(folder / "s.yaml", stages=True)


def test_packages_are_named_in_the_notes_of_a_pathway(folder):
    (folder / "s.yaml").write_text(SITE + STAGES + OPTIONS)
    found = load(folder / "s.yaml", ["options.use=[roof]"], stages=True)
    assert "with the packages roof" in found.pathway.first.notes

"""`verdigrid verify`: a run is proven again, and what was touched is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from verdigrid.cli import NOT_PROVEN, app
from verdigrid.models.errors import InputError
from verdigrid.solvers import windows

HOURS = 96
SCENARIO = """\
schema: 1
name: small
currency: EUR
time: {start: 2026-01-05, periods: 96, represents: year}
finance: {discount_rate: 0.05, horizon_years: 10}
buses:
  power: {carrier: electricity}
components:
  works: {kind: load, bus: power, profile: {file: data/works.csv, column: works_kw}}
  connection:
    kind: grid
    bus: power
    import_limit_kw: 250
    tariff:
      price_per_kwh: {file: data/works.csv, column: price_per_kwh}
    emissions_kg_per_kwh: 0.4
  pv:
    kind: pv
    bus: power
    capacity: {max_kw: 400, capex_per_kw: 700, om_per_kw_year: 10, capex_fixed: 5000}
    yield_kw_per_kw:
      {shifts: {hours: ["8-16"], days: all, idle_fraction: 0}, factor: 0.5}
  battery:
    kind: battery
    bus: power
    energy: {max_kwh: 500, capex_per_kwh: 60, om_per_kwh_year: 0}
    power: {max_kw: 100, capex_per_kw: 20, om_per_kw_year: 0}
policies:
  cap: {kind: carbon_cap, scopes: [2], reduction: 0.4}
"""


def verdigrid(*words: str) -> int:
    """Exit code of a command."""
    return int(app(list(words), standalone_mode=False) or 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over four windows of a day, with a certificate and a history."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "data").mkdir()
    rows = [
        f"{100 if 6 <= t % 24 < 22 else 20 + t / 10},{0.1 + 0.02 * (t % 24 // 6)}"
        for t in range(HOURS)
    ]
    text = "\n".join(["works_kw,price_per_kwh", *rows])
    (folder / "data" / "works.csv").write_text(text)
    (folder / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "WINDOW_STEPS", 24)
        out = folder / "out"
        words = ("run", str(folder / "small.yaml"), "--quiet", "--output", str(out))
        assert verdigrid(*words, "--method", "certified") == 0
    return folder / "out"


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be touched."""
    return Path(shutil.copytree(made, tmp_path / "run"))


def rewrite(run: Path, **changes: Callable[[Any], Any]) -> None:
    """Change arrays of the certificate."""
    path = run / "certificate.npz"
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    for name, change in changes.items():
        arrays[name] = change(arrays[name])
    np.savez_compressed(path, **arrays)


def resummarize(run: Path, **entries: Any) -> None:
    """Change entries of the summary."""
    path = run / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def failures(run: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What does not hold, by name; the exit code says so too."""
    capsys.readouterr()
    assert verdigrid("verify", str(run), "--json") == NOT_PROVEN
    report = json.loads(capsys.readouterr().out)
    assert not report["proven"]
    return {f["what"]: f["text"] for f in report["findings"] if not f["holds"]}


def test_an_untouched_run_is_proven_again(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdigrid("verify", str(run), "--quiet") == 0
    printed = capsys.readouterr().out
    assert "small: proven again" in printed
    for what in ("files", "limits", "problem", "plan", "cost", "bound", "checks"):
        assert what in printed
    assert "no plan costs less than" in printed


def test_the_summary_tells_how_the_bound_was_proven(made: Path) -> None:
    summary = json.loads((made / "summary.json").read_text())
    entry = summary["certificate"]
    assert entry["bound_is_checked"]
    assert entry["method"] == "certified"
    assert entry["method_because"] == "asked for"
    assert entry["windows"] == 4
    assert entry["leaves"] >= 1
    assert entry["cuts"] > 0
    assert entry["relative_gap_asked"] == 1e-4
    assert entry["relative_gap"] == summary["relative_gap"] <= 1e-4
    assert entry["bound"] <= entry["incumbent"] == summary["objective"]
    seconds = [moment["seconds"] for moment in entry["history"]]
    assert seconds == sorted(seconds)
    assert len(seconds) > 1
    assert (made / "figures" / "certificate.png").exists()


def test_another_plan_breaks_rows(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(run, x=lambda x: x * 1.01)
    found = failures(run, capsys)
    assert "breaks" in found["plan"]
    assert "summary says" in found["cost"]
    assert "sizes" in found


def test_a_plan_with_half_a_decision_is_refused(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(run / "certificate.npz") as stored:
        decided = stored["decisions"][0]

    def half(x: np.ndarray) -> np.ndarray:
        x[decided] = 0.5
        return x

    rewrite(run, x=half)
    assert "design.pv" in failures(run, capsys)["plan"]


def test_weaker_multipliers_prove_less(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(run, row_dual=lambda duals: duals * 0.9)
    found = failures(run, capsys)
    assert list(found) == ["bound"]
    assert "the multipliers prove" in found["bound"]


def test_a_missing_case_proves_nothing(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(run, leaf_lower=lambda lower: lower + 1)
    assert "prove nothing" in failures(run, capsys)["bound"]


def test_a_case_between_whole_numbers_covers_none(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(run, leaf_lower=lambda lo: lo * 0, leaf_upper=lambda up: up * 0 + 0.5)
    assert "prove nothing" in failures(run, capsys)["bound"]


def test_a_bound_that_was_raised_is_found(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objective = json.loads((run / "summary.json").read_text())["objective"]
    resummarize(run, bound=1.001 * objective, gap=0.0)
    found = failures(run, capsys)
    assert "the multipliers prove" in found["bound"]
    assert "certificate.bound" in found["gap"]


@pytest.mark.parametrize("nothing", [None, True, "0", 1e999])
def test_a_summary_without_numbers_proves_nothing(
    run: Path, nothing: object, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.loads((run / "summary.json").read_text()) | {"objective": nothing}
    (run / "summary.json").write_text(
        json.dumps(text).replace("Infinity", "1e999"), encoding="utf-8"
    )
    assert "cost" in failures(run, capsys)


def test_a_gap_that_is_not_objective_less_bound_is_found(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resummarize(run, gap=1e6)
    assert set(failures(run, capsys)) == {"gap"}


def test_a_cheaper_objective_is_found(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resummarize(run, objective=1.0, bound=1.0, gap=0.0)
    assert "summary says 1.00" in failures(run, capsys)["cost"]


def test_other_sizes_in_the_summary_are_found(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resummarize(run, capacities=[])
    assert "pv.capacity is" in failures(run, capsys)["sizes"]


def test_changed_data_are_named(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = run / "inputs" / "data" / "works.csv"
    path.write_text(path.read_text().replace("100,", "90,"))
    found = failures(run, capsys)
    assert found["files"] == "data/works.csv has changed"
    assert "plan" in found


def test_data_that_can_not_be_read_any_more_are_named(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "inputs" / "data" / "works.csv").unlink()
    found = failures(run, capsys)
    assert found["files"] == "data/works.csv is missing"
    assert "problem" in found


def test_another_cap_than_that_of_the_baseline_is_found(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def higher(about: np.ndarray) -> np.ndarray:
        told = json.loads(str(about))
        told["policies"]["cap"]["tonnes_per_year"] *= 1.001
        return np.array(json.dumps(told))

    rewrite(run, about=higher)
    assert "tonnes_per_year" in failures(run, capsys)["limits"]


def test_the_certificate_of_another_site_does_not_fit(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(run, x=lambda x: x[:-3])
    found = failures(run, capsys)
    assert list(found) == ["problem"]
    assert "another problem" in found["problem"]


@pytest.mark.parametrize("name", ["summary.json", "certificate.npz"])
def test_a_missing_file_is_said(run: Path, name: str) -> None:
    (run / name).unlink()
    with pytest.raises(InputError, match=f"which has no {name}"):
        verdigrid("verify", str(run))


def test_another_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"which has no summary\.json"):
        verdigrid("verify", str(tmp_path))
    with pytest.raises(InputError, match="which is no folder"):
        verdigrid("verify", str(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", ["summary.json", "certificate.npz"])
@pytest.mark.parametrize("content", [b"", b"[]", b"PK\x03\x04 torn", b"\xff\xfe\x00"])
def test_a_file_of_something_else_is_said(run: Path, name: str, content: bytes) -> None:
    (run / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        verdigrid("verify", str(run))


@pytest.mark.parametrize(
    "change",
    [
        {"x": lambda x: x * np.nan},
        {"x": lambda x: x.reshape(1, -1)},
        {"row_dual": lambda duals: duals + np.inf},
        {"leaf_lower": lambda lower: lower[:0]},
        {"decisions": lambda at: at + 0.5},
        {"about": lambda _: np.array("{}")},
        {"about": lambda _: np.array('{"format": 99}')},
    ],
)
def test_a_torn_certificate_is_said(run: Path, change: dict[str, Any]) -> None:
    rewrite(run, **change)
    with pytest.raises(InputError, match=r"certificate\.npz"):
        verdigrid("verify", str(run))


def test_steps_that_the_scenario_does_not_have_are_said(run: Path) -> None:
    def later(about: np.ndarray) -> np.ndarray:
        told = json.loads(str(about))
        told["exclusive_steps"] = {"battery": [HOURS]}
        return np.array(json.dumps(told))

    rewrite(run, about=later)
    with pytest.raises(InputError, match="exclusive steps"):
        verdigrid("verify", str(run))


def test_the_solvers_word_is_called_that(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, site = str(tmp_path / "out"), str(made.parent / "small.yaml")
    words = ("run", site, "--method", "monolithic", "--output", out, "--no-figures")
    assert verdigrid(*words, "--quiet") == 0
    assert "is the solver's word" in " ".join(capsys.readouterr().out.split())
    assert verdigrid("verify", out, "--quiet") == 0
    assert "no multipliers stored" in " ".join(capsys.readouterr().out.split())
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert not summary["certificate"]["bound_is_checked"]
    assert summary["certificate"]["method"] == "monolithic"
    entry = summary["certificate"] | {"bound_is_checked": True}
    resummarize(tmp_path / "out", certificate=entry)
    assert set(failures(tmp_path / "out", capsys)) == {"bound"}


def test_an_unknown_method_is_refused(made: Path) -> None:
    site = str(made.parent / "small.yaml")
    with pytest.raises(Exception, match="typical-days"):
        verdigrid("run", site, "--method", "guess")

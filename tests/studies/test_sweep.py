"""``verdigrid sweep`` as a user meets it, and its figures."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from verdigrid.results.figures.sweep import sweep_figures

STUDY = """\
schema: 1
name: cap
scenario: library:first-minute
set: {time.periods: 72}
grid:
  policies.carbon_cap.reduction: [0.0, 0.05, 0.99]
"""


def verdigrid(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "verdigrid.cli", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_a_study_from_end_to_end(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    told = verdigrid("sweep", "s.yaml", "--dry-run", folder=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "3 members" in told.stdout
    assert "all: about" in told.stdout
    done = verdigrid("sweep", "s.yaml", folder=tmp_path)
    assert done.returncode == 6, done.stderr
    assert "3 members: 2 optimal, 1 infeasible" in done.stdout
    assert "Traceback" not in done.stderr
    out = tmp_path / "results" / "sweeps" / "cap"
    table = pd.read_parquet(out / "results.parquet")
    assert table["policies.carbon_cap.reduction"].tolist() == [0.0, 0.05, 0.99]
    assert table["status"].tolist() == ["optimal", "optimal", "infeasible"]
    assert table["net_present_cost"].dropna().is_monotonic_increasing
    assert table["cached"].tolist()[0]  # the dry run had solved it
    assert (out / "figures" / "sweep.png").exists()
    assert (out / "study.yaml").read_text() == STUDY
    again = verdigrid("sweep", "s.yaml", folder=tmp_path)
    assert again.returncode == 2
    assert "--resume" in again.stderr
    again = verdigrid("sweep", "s.yaml", "--resume", "--json", folder=tmp_path)
    assert again.returncode == 6
    assert json.loads(again.stdout)["statuses"] == {"optimal": 2, "infeasible": 1}


@pytest.mark.slow
def test_a_long_study_is_asked_for(tmp_path: Path) -> None:
    many = "{low: 0.0, high: 0.05, steps: 500}"
    text = STUDY.replace("[0.0, 0.05, 0.99]", many)
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    done = verdigrid("sweep", "s.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert "500 members, about" in done.stderr
    assert "--yes" in done.stderr


@pytest.mark.slow
def test_a_wrong_study_is_refused_before_anything_runs(tmp_path: Path) -> None:
    text = STUDY.replace("carbon_cap", "carbon_cup")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    done = verdigrid("sweep", "s.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert "s.yaml:6: policies.carbon_cup.reduction: got" in done.stderr
    assert not (tmp_path / "results").exists()


def table(**columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    cost = np.arange(len(frame), dtype=float) * 1e4
    cost[1] = np.nan
    return frame.assign(
        cost_per_year=cost, tonnes_per_year=cost / 100, **{"size:roof.kw": cost / 50}
    )


def test_lines_have_gaps_where_members_failed() -> None:
    found = sweep_figures(
        table(price=[0.3, 0.2, 0.1, 0.4], same=[1] * 4), ["price"], ""
    )
    assert list(found) == ["sweep"]
    axes = found["sweep"].axes
    assert len(axes) == 3
    line, crosses = axes[0].lines
    assert list(line.get_xdata()) == [0.1, 0.2, 0.3, 0.4]
    assert np.isnan(line.get_ydata()).tolist() == [False, True, False, False]
    assert list(crosses.get_xdata()) == [0.2]
    assert "1 without a plan" in found["sweep"].get_suptitle()


def test_what_is_no_number_is_not_joined_by_a_line() -> None:
    found = sweep_figures(table(tariff=["a", "b", "c"]), ["tariff"], "EUR")
    assert found["sweep"].axes[0].lines[0].get_linestyle() == "None"


def test_a_map_shows_failed_members_as_crosses() -> None:
    found = sweep_figures(
        table(price=[1, 1, 2, 2], kind=["a", "b", "a", "b"]), ["price", "kind"], "EUR"
    )
    assert list(found) == ["sweep_cost", "sweep_carbon"]
    axes = found["sweep_cost"].axes[0]
    assert np.ma.count_masked(axes.collections[0].get_array()) == 1
    texts = [(t.get_text(), t.get_position()) for t in axes.texts]
    assert ("x", (0.5, 1.5)) in texts
    assert ("20,000", (1.5, 0.5)) in texts


def test_nothing_is_drawn_of_what_no_page_can_show() -> None:
    three = table(a=[1, 1, 2, 2], b=[1, 2, 1, 2], c=[1, 2, 3, 4])
    assert sweep_figures(three, ["a", "b", "c"], "EUR") == {}
    assert sweep_figures(pd.DataFrame({"a": [1], "status": ["x"]}), ["a"], "") == {}


def test_mixed_versions_are_told() -> None:
    from verdigrid.studies.sweep import StudyOutcome

    rows = pd.DataFrame(
        {
            "member": [1, 2],
            "status": ["optimal"] * 2,
            "reason": [""] * 2,
            "net_present_cost": [2.0, 1.0],
            "version_highspy": ["1.15.1", "1.16.0"],
            "version_pyomo": ["6.10.1"] * 2,
        }
    )
    told = StudyOutcome(rows, Path("out"), "EUR").text()
    assert "cheapest: member 2, 1 EUR net present" in told
    assert "note: rows of highspy 1.15.1 and of 1.16.0 are mixed" in told
    assert "pyomo" not in told

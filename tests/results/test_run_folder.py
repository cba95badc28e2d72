"""What a run writes, and what it refuses to write over."""

import json
from pathlib import Path

import pandas as pd
import pytest

from support import grid_at, load_of, microgrid, option
from verdigrid.models.errors import InputError
from verdigrid.results.cautions import cautions
from verdigrid.results.compare import compare
from verdigrid.results.summary import summarize
from verdigrid.results.write import (
    run_folder,
    write_inputs,
    write_summary,
    write_tables,
)
from verdigrid.studies.plan import Plan, make_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    battery = {
        "kind": "battery",
        "bus": "power",
        "energy": option("kwh", 100, 0.01),
        "power": option("kw", 100, 0.01),
    }
    tariff = {"demand_charge_per_kw_month": 1.0}
    connection = grid_at(0.1, tariff=tariff)
    works = load_of([10, 10, 50, 10])
    return make_plan(
        microgrid({"works": works, "connection": connection, "battery": battery}, 4)
    )


def test_a_folder_with_files_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("mine")
    with pytest.raises(InputError, match="--force"):
        run_folder("site", tmp_path)
    assert run_folder("site", tmp_path, force=True) == tmp_path


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="writable folder"):
        run_folder("site", tmp_path / "file" / "below")


def test_two_runs_at_once_get_two_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_folder("site", None) != run_folder("site", None)


def test_everything_is_there_and_readable(plan: Plan, tmp_path: Path) -> None:
    grid = plan.plan.solution.microgrid
    texts = {"scenario.yaml": "schema: 1\n"}
    write_inputs(tmp_path, grid, texts, {"a.csv": "00ff"}, {})
    write_tables(tmp_path, plan.plan, plan.baseline)
    write_summary(tmp_path, summarize(plan.plan, plan.baseline))
    assert not list(tmp_path.rglob("*.part"))
    dispatch = pd.read_parquet(tmp_path / "tables" / "dispatch.parquet")
    assert dispatch["connection.import_kw"].max() < 50
    before = pd.read_parquet(tmp_path / "tables" / "baseline_dispatch.parquet")
    assert before["connection.import_kw"].max() == pytest.approx(50)
    flows = pd.read_parquet(tmp_path / "tables" / "flows.parquet")
    assert flows.sum(axis=1).abs().max() < 1e-6
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["status"] == "optimal"
    assert summary["verification"]["checks"] == summary["verification"]["held"]
    assert summary["comparison"]["gap_per_year"] == pytest.approx(0, abs=1e-6)
    assert {row["component"] for row in summary["capacities"]} == {"battery"}
    series = pd.read_parquet(tmp_path / "inputs" / "series.parquet")
    assert series["components.works.profile"].tolist() == [10, 10, 50, 10]


def test_flattered_demand_charges_are_cautioned_against(plan: Plan) -> None:
    texts = cautions(plan.plan, plan.baseline, compare(plan.plan, plan.baseline))
    assert any("60-minute means" in text for text in texts)
    assert any("perfect foresight" in text for text in texts)

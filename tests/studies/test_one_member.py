"""A member's row, its cache, and what a worker keeps from one member to the next."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies import one_member
from verdigrid.studies.backends import fingerprint as fingerprint_module
from verdigrid.studies.backends.cache import DAMAGED
from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.kept import Kept
from verdigrid.studies.members import Member
from verdigrid.studies.one_member import solve_member
from verdigrid.studies.options import Job

#: Ten kilowatts for four hours, from the grid or from sun that may be bought.
SCENARIO = """\
schema: 1
name: tiny
currency: EUR
time: {start: 2026-01-01, periods: 4, represents: as_is}
buses:
  power: {carrier: electricity}
components:
  works: {kind: load, bus: power, profile: {file: works.csv, column: works_kw}}
  connection:
    kind: grid
    bus: power
    import_limit_kw: 100
    emissions_kg_per_kwh: 0.5
    tariff: {price_per_kwh: 0.2}
  sun:
    kind: pv
    bus: power
    capacity: {max_kw: 10, capex_per_kw: 1, om_per_kw_year: 0}
    yield_kw_per_kw: 0.5
policies:
  cap: {kind: carbon_cap, scopes: [2], reduction: 0.2}
"""
COMPARED = (
    "status",
    "net_present_cost",
    "tonnes_per_year",
    "size:sun.capacity",
    "policy:cap",
)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "tiny.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "works.csv").write_text("works_kw\n10\n10\n10\n10\n")
    folder = tmp_path / "out"
    folder.mkdir()
    return Job(str(folder), SolveOptions(threads=1), cache=str(tmp_path / "cache"))


def member(job: Job, number: int = 1, **settings: Any) -> Member:
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    scenario = str(Path(job.folder).parent / "tiny.yaml")
    return Member(number, scenario, overrides, overrides)


def solved(job: Job, one: Member | None = None) -> dict[str, Any]:
    return solve_member(one or member(job), job, WorkerState())


def test_the_row_has_what_can_be_worked_out_by_hand(job: Job) -> None:
    row = solved(job, member(job, components__sun__capacity__capex_per_kw=0.1))
    # a kW of sun costs 0.1 and saves 4 h x 0.5 kW x 0.2 = 0.4: all 10 kW are bought
    assert row["status"] == "optimal"
    assert row["size:sun.capacity"] == pytest.approx(10)
    assert row["investment"] == pytest.approx(1)
    assert row["baseline_net_present_cost"] == pytest.approx(8)
    assert row["net_present_cost"] == pytest.approx(1 + 0.2 * 20)
    assert row["tonnes_per_year"] == pytest.approx(0.01)
    assert row["tonnes_scope_2"] == pytest.approx(0.01)
    assert row["policy:cap"] == pytest.approx(0.01)
    assert row["relative_gap"] < 1e-4
    assert {"load", "build", "compile", "solve", "write"} <= {
        name.removeprefix("seconds_") for name in row
    }
    path = Path(job.folder) / "members" / "000001" / "summary.json"
    summary = json.loads(path.read_text())
    assert summary["objective"] == pytest.approx(row["net_present_cost"])
    assert summary["member"] == 1


def test_failures_are_rows_with_reasons(job: Job) -> None:
    wrong = solved(job, member(job, components__sun__capacity__max_kw=-5))
    assert wrong["status"] == "invalid input"
    assert "got -5" in wrong["reason"]
    never = solved(job, member(job, policies__cap__reduction=0.9))
    assert never["status"] == "infeasible"
    assert "lowest reachable" in never["reason"]
    assert not (Path(job.folder) / "members").exists()


def test_an_unchanged_member_is_solved_once(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = solved(job)
    monkeypatch.setattr(one_member, "plan_scenario", None)  # nothing is solved now
    again = solved(job, replace(member(job), number=7))
    written = {"seconds_write": first["seconds_write"]}
    assert {**again, **written} == {**first, "cached": True}
    assert (Path(job.folder) / "members" / "000007" / "summary.json").exists()


def test_infeasible_members_are_in_the_cache_too(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = member(job, policies__cap__reduction=0.9)
    first = solved(job, one)
    monkeypatch.setattr(one_member, "plan_scenario", None)
    assert solved(job, one) == {**first, "cached": True}


def entries(job: Job) -> list[Path]:
    return sorted(Path(str(job.cache)).glob("*/*.gz"))


@pytest.mark.parametrize("at", [0, 40, 70, -1])
def test_a_flipped_byte_in_the_cache_is_noticed(job: Job, at: int) -> None:
    first = solved(job)
    (entry,) = entries(job)
    raw = bytearray(entry.read_bytes())
    raw[at] ^= 1
    entry.write_bytes(bytes(raw))
    again = solved(job)
    assert again["note"] == DAMAGED
    assert not again["cached"]
    assert {c: again[c] for c in COMPARED} == {c: first[c] for c in COMPARED}
    assert solved(job)["cached"]


@pytest.mark.parametrize("content", [b"", b"{}", b"half"])
def test_a_cut_cache_entry_is_noticed(job: Job, content: bytes) -> None:
    solved(job)
    (entry,) = entries(job)
    entry.write_bytes(content)
    assert solved(job)["note"] == DAMAGED


def test_an_entry_under_another_name_does_not_count(job: Job) -> None:
    solved(job)
    solved(job, member(job, policies__cap__reduction=0.3))
    one, other = entries(job)
    other.write_bytes(one.read_bytes())
    notes = {
        solved(job)["note"],
        solved(job, member(job, policies__cap__reduction=0.3))["note"],
    }
    assert DAMAGED in notes


def test_other_inputs_versions_code_or_options_are_another_result(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count() -> int:
        assert not solved(job)["cached"]
        return len(entries(job))

    assert count() == 1
    profile = Path(job.folder).parent / "works.csv"
    profile.write_text("works_kw\n10\n10\n10\n10.0001\n")
    assert count() == 2
    profile.write_text("works_kw\n10\n10\n10\n10.0002\n")
    assert count() == 3
    with monkeypatch.context() as patch:
        other = {**fingerprint_module.versions(), "highspy": "9.9.9"}
        patch.setattr(fingerprint_module, "versions", lambda: other)
        assert count() == 4
    with monkeypatch.context() as patch:
        patch.setattr(fingerprint_module, "code_digest", lambda: "other code")
        assert count() == 5
    job = replace(job, solve=SolveOptions(relative_gap=1e-3, threads=1))
    assert count() == 6


def test_a_cache_that_can_not_be_written_is_no_failure(job: Job) -> None:
    Path(str(job.cache)).write_text("a file where the folder should be")
    assert solved(job)["status"] == "optimal"


def test_members_that_differ_in_policies_share_their_baseline(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    keep = Kept.keep_baseline
    monkeypatch.setattr(Kept, "keep_baseline", lambda *a: made.append(a) or keep(*a))
    state, job = WorkerState(), replace(job, cache=None)
    for reduction in (0.1, 0.2, 0.3):
        row = solve_member(member(job, policies__cap__reduction=reduction), job, state)
        assert row["policy:cap"] <= 0.02 * (1 - reduction) + 1e-9
    assert len(made) == 1
    price = member(job, components__connection__tariff__price_per_kwh=0.3)
    assert solve_member(price, job, state)["baseline_net_present_cost"] == (
        pytest.approx(12)
    )
    assert len(made) == 2


def test_all_tables_are_kept_if_asked_for(job: Job) -> None:
    solved(job)
    row = solved(replace(job, keep="full"))
    assert not row["cached"]
    folder = Path(job.folder) / "members" / "000001"
    assert not pd.read_parquet(folder / "tables" / "dispatch.parquet").empty
    assert list((folder / "figures").glob("*.png"))
    assert (folder / "inputs" / "scenario.yaml").exists()


def test_time_of_a_member_is_shared_by_its_solves(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    solve = one_member.plan_scenario

    def watched(scenario: Any, options: SolveOptions, **more: Any) -> Any:
        given.append(options.time_limit_s)
        return solve(scenario, options, **more)

    monkeypatch.setattr(one_member, "plan_scenario", watched)
    solved(replace(job, solve=SolveOptions(time_limit_s=50.0, threads=1)))
    assert 0 < given[0] < 50

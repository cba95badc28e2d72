"""Whatever happens to a member happens to it alone; what is finished stays."""

import os
import random
import resource
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import psutil
import pytest
from conftest import Start, until, workers_of
from run_fakes import OPTIONS, members

from verdigrid.models.errors import InputError, SolverError
from verdigrid.studies.backends import store as store_module
from verdigrid.studies.backends.journal import NAME
from verdigrid.studies.backends.runner import StudyProgress, run_members
from verdigrid.studies.backends.store import TABLE
from verdigrid.studies.members import Member
from verdigrid.studies.options import StudyOptions

ACTING = StudyOptions(
    workers=2, function="fake_members:act", kill_after_s=1.5, memory_mb=700.0
)


def acting(*deeds: str) -> list[Member]:
    return [
        Member(number, "fake", {"a.b": number}, {"do": deed})
        for number, deed in enumerate(deeds, start=1)
    ]


def finished(folder: Path) -> int:
    path = folder / NAME
    return path.read_bytes().count(b"\n") if path.exists() else 0


def same(table: pd.DataFrame) -> pd.DataFrame:
    """What may not depend on how often a study was disturbed."""
    kept = ["member", "x.y", "status", "reason", "net_present_cost"]
    return table[kept].reset_index(drop=True)


def test_every_accident_costs_its_member_alone(tmp_path: Path) -> None:
    deeds = ["hang", "crash", "raise", "refused memory", "write too much"]
    table = run_members(acting(*deeds, "fine", "print", "fine"), tmp_path, ACTING)
    by_deed = table.drop_duplicates("do").set_index("do")
    assert by_deed["status"].to_dict() == {
        "hang": "killed: time",
        "crash": "crashed",
        "raise": "error",
        "refused memory": "killed: memory",
        "write too much": "not written",
        "fine": "optimal",
        "print": "optimal",
    }
    assert "SIGSEGV" in by_deed.loc["crash", "reason"]
    assert by_deed.loc["crash", "attempts"] == 2
    assert by_deed.loc["raise", "reason"] == "ZeroDivisionError: a bug of one member"
    assert 1.5 <= by_deed.loc["hang", "seconds"] < 10
    again = pd.read_parquet(tmp_path / TABLE)
    assert again["status"].tolist() == table["status"].tolist()
    assert not workers_of(psutil.Process())


def test_a_member_that_takes_too_much_memory_is_killed(tmp_path: Path) -> None:
    patient = replace(ACTING, kill_after_s=60.0)
    table = run_members(acting("hog", "fine"), tmp_path, patient)
    assert table["status"].tolist() == ["killed: memory", "optimal"]
    assert table["peak_memory_mb"][0] > 700
    assert "more than 700 MB" in table["reason"][0]


def test_a_worker_that_dies_by_itself_is_tried_again(tmp_path: Path) -> None:
    table = run_members(acting("crash once"), tmp_path, ACTING)
    assert table["status"].tolist() == ["optimal"]
    assert table["attempts"].tolist() == [2]


def test_failed_members_are_repeated_only_if_asked_for(tmp_path: Path) -> None:
    study = acting("crash once", "raise")
    run_members(study, tmp_path, ACTING)
    before = finished(tmp_path)
    run_members(study, tmp_path, ACTING, resume=True)
    assert finished(tmp_path) == before
    again = replace(ACTING, retry_failed=True)
    run_members(study, tmp_path, again, resume=True)
    assert finished(tmp_path) == before + 1


def test_workers_are_replaced_by_fresh_ones(tmp_path: Path) -> None:
    options = replace(OPTIONS, recycle_after=1, workers=1)
    table = run_members(members(2, 0.0), tmp_path, options)
    assert table["pid"].nunique() == 2


def test_a_worker_that_can_not_start_says_so(tmp_path: Path) -> None:
    options = StudyOptions(workers=1, function="no_such_module:f")
    with pytest.raises(SolverError, match=r"worker-0\.log"):
        run_members(members(1, 0.0), tmp_path, options)
    assert "no_such_module" in (tmp_path / "logs" / "worker-0.log").read_text()


def test_the_table_can_be_read_while_the_study_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "WRITE_EVERY", 0.0)
    seen: list[int] = []

    def look(progress: StudyProgress) -> None:
        if progress.finished:
            table = pd.read_parquet(tmp_path / TABLE)
            assert table["status"].notna().all()
            seen.append(len(table))

    run_members(members(8, 0.1), tmp_path, OPTIONS, look)
    assert seen == sorted(seen)
    assert len(set(seen)) >= 2


def test_a_folder_with_results_is_not_written_over(tmp_path: Path) -> None:
    run_members(members(1, 0.0), tmp_path, OPTIONS)
    with pytest.raises(InputError, match="--resume"):
        run_members(members(1, 0.0), tmp_path, OPTIONS)


def test_what_is_no_longer_part_of_the_study_is_left_out(tmp_path: Path) -> None:
    run_members(members(3, 0.0), tmp_path, OPTIONS)
    table = run_members(members(2, 0.0), tmp_path, OPTIONS, resume=True)
    assert table["member"].tolist() == [1, 2]
    assert (tmp_path / "calls").read_text().count("\n") == 3


def test_two_processes_on_one_folder_are_refused(tmp_path: Path, start: Start) -> None:
    first = start(tmp_path / "out", 1, 30)
    until(lambda: (tmp_path / "out" / NAME).exists())
    with pytest.raises(InputError, match=f"running.*process {first.pid}"):
        run_members(members(1, 0.0), tmp_path / "out", OPTIONS, resume=True)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    table = run_members(members(1, 0.0), tmp_path / "out", OPTIONS, resume=True)
    assert len(table) == 1


def test_a_folder_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a writable folder"):
        run_members(members(1, 0.0), tmp_path / "file" / "out", OPTIONS)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="a writable folder"):
        run_members(members(1, 0.0), tmp_path / "out", OPTIONS)


@pytest.mark.slow
def test_kill_9_of_study_and_workers_changes_nothing(
    tmp_path: Path, start: Start
) -> None:
    undisturbed = run_members(members(40, 0.05), tmp_path / "whole", OPTIONS)
    chance = random.Random(1)
    out, rounds = tmp_path / "out", 0
    while finished(out) < 40 and rounds < 3:
        process = start(out, 40, 0.05, "resume")
        goal = finished(out) + chance.randint(1, 12)
        until(lambda goal=goal: finished(out) >= min(40, goal))
        workers = psutil.Process(process.pid).children(recursive=True)
        if rounds == 1 and workers:
            workers[0].kill()  # a worker alone: the study goes on
            goal = finished(out) + 4
            until(lambda goal=goal: finished(out) >= min(40, goal))
            workers = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert not alive  # workers die with their study
        rounds += 1
    with open(out / NAME, "ab") as journal:  # as if killed amid a line
        journal.write(b'{"key": "abc", "row": {"sta')
    table = run_members(members(40, 0.05), out, OPTIONS, resume=True)
    pd.testing.assert_frame_equal(same(table), same(undisturbed))
    calls = (out / "calls").read_text().split()
    # a member is called again only if it was in hand when something was killed
    assert len(calls) <= 40 + 2 * rounds + 2


def test_what_a_killed_study_was_writing_is_removed(tmp_path: Path) -> None:
    run_members(members(2, 0.0), tmp_path, OPTIONS)
    parts = [".results.parquet.99.part", "members/000001/.summary.json.98.part"]
    for part in parts:
        (tmp_path / part).parent.mkdir(exist_ok=True)
        (tmp_path / part).write_bytes(b"half")
    run_members(members(2, 0.0), tmp_path, OPTIONS, resume=True)
    assert not list(tmp_path.rglob("*.part"))


def test_a_worker_that_is_killed_while_it_starts_is_replaced(
    tmp_path: Path, start: Start
) -> None:
    process = start(tmp_path / "out", 4, 0.0)
    until(lambda: bool(workers_of(psutil.Process(process.pid))))
    workers_of(psutil.Process(process.pid))[0].kill()
    assert process.wait(timeout=60) == 0
    table = pd.read_parquet(tmp_path / "out" / TABLE)
    assert table["member"].tolist() == [1, 2, 3, 4]
    assert "crashed" not in table["status"].tolist()


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path, start: Start) -> None:
    out = tmp_path / "out"
    process = start(out, 12, 0.3)
    until(lambda: finished(out) >= 2)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    kept = pd.read_parquet(out / TABLE)
    assert 2 <= len(kept) < 12
    table = run_members(members(12, 0.3), out, OPTIONS, resume=True)
    assert table["member"].tolist() == list(range(1, 13))


def test_a_full_disk_stops_the_study_and_leaves_all_tables_whole(
    tmp_path: Path, start: Start
) -> None:
    out = tmp_path / "out"

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))

    process = start(out, 30, 0.0, before=small_files)
    assert process.wait(timeout=60) == 5
    assert process.stderr is not None
    told = process.stderr.read()
    assert "results can't be written" in told
    assert "Traceback" not in told
    assert 0 < finished(out) < 30
    assert (out / NAME).read_bytes().endswith(b"\n")
    assert not list(out.glob(".*.part"))
    if (out / TABLE).exists():
        pd.read_parquet(out / TABLE)
    table = run_members(members(30, 0.0), out, OPTIONS, resume=True)
    assert len(table) == 30


def test_no_worker_outlives_its_study(tmp_path: Path, start: Start) -> None:
    process: subprocess.Popen[str] = start(tmp_path / "out", 4, 60)
    until(lambda: len(workers_of(psutil.Process(process.pid))) == 2)
    workers = workers_of(psutil.Process(process.pid))
    os.kill(process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive

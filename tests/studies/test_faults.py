"""Studies that really solve, run from the command line, are killed and go on.

What a disturbed study ends with is what an undisturbed one has. The accidents of
members that only act, and how often each is called, are in test_runner.py.
"""

import ctypes
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import psutil
import pytest
from conftest import until, workers_of

from verdigrid.studies.backends.journal import read_journal
from verdigrid.studies.backends.runner import run_members
from verdigrid.studies.backends.store import TABLE
from verdigrid.studies.cli_options import INTERRUPTED, SOME_FAILED
from verdigrid.studies.options import StudyOptions
from verdigrid.studies.study import read_study

pytestmark = pytest.mark.slow

#: Of eight members two can't be.
STUDY = """\
schema: 1
name: caps
scenario: library:first-minute
set: {time.periods: 72}
grid:
  policies.carbon_cap.reduction: [0.0, 0.05, 0.08, 0.99]
  components.roof.capacity.capex_per_kw: [900, 1500]
"""
MEMBERS = 8
#: Seconds until a member is finished, however busy the computer is.
START_S = 180.0
#: What each run of a study measures anew.
MEASURED = ("seconds", "peak_memory_mb", "attempts")
DAC_OVERRIDE, DROP_FOR_GOOD = 1, 24  # CAP_DAC_OVERRIDE, PR_CAPBSET_DROP

Process = subprocess.Popen[str]
Sweep = Callable[..., Process]


@pytest.fixture
def sweep(tmp_path: Path) -> Iterator[Sweep]:
    """Starts ``verdigrid sweep`` in a group of its own, as a terminal does."""
    running: list[Process] = []

    def begin(
        out: Path, *words: str, before: Callable[[], None] | None = None
    ) -> Process:
        file = tmp_path / "s.yaml"
        file.write_text(STUDY, encoding="utf-8")
        given = ["--no-cache", "--no-figures", "--quiet", "--yes", "--workers", "2"]
        words = ("sweep", str(file), "--output", str(out), *given, *words)
        process = subprocess.Popen(
            [sys.executable, "-m", "verdigrid.cli", *words],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=before,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The table of the study if nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "s.yaml").write_text(STUDY, encoding="utf-8")
    options = StudyOptions(workers=2)
    table = run_members(read_study(folder / "s.yaml").members, folder / "out", options)
    assert table["status"].tolist() == ["optimal"] * 6 + ["infeasible"] * 2
    return table


def finished(out: Path) -> int:
    return sum(1 for _ in read_journal(out))


def ended(process: Process, seconds: float = 120.0) -> tuple[int, str]:
    """Exit code, and what was told."""
    _, told = process.communicate(timeout=seconds)
    assert "Traceback" not in told
    return process.returncode, told


def assert_same(out: Path, undisturbed: pd.DataFrame) -> None:
    """The table and the folder are those of the undisturbed study."""
    table = pd.read_parquet(out / TABLE)
    kept = [name for name in table if not name.startswith(MEASURED)]
    same = [name for name in undisturbed if not name.startswith(MEASURED)]
    pd.testing.assert_frame_equal(
        table[kept], undisturbed[same], rtol=1e-6, atol=1e-6, check_dtype=False
    )
    assert not list(out.rglob("*.part"))
    assert len(list(out.glob("members/*/summary.json"))) == 6


def a_moment(
    process: Process, out: Path, chance: random.Random, most: int
) -> list[psutil.Process]:
    """Wait for some member to be finished, and a little more; the workers of then."""
    goal, pause = min(finished(out) + chance.randint(0, 2), most), chance.random() / 2

    def workers() -> list[psutil.Process]:
        return workers_of(psutil.Process(process.pid))

    until(
        lambda: (
            (finished(out) >= goal and bool(workers())) or process.poll() is not None
        )
    )
    time.sleep(pause)
    print(f"{finished(out)} finished, {pause:.3f} s after {goal} were")
    return workers() if process.poll() is None else []


def ctrl_c(process: Process) -> None:
    """As from a terminal: to the study and to all that belong to its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize("seed", [1])
def test_kill_9_of_the_study(
    seed: int, tmp_path: Path, sweep: Sweep, undisturbed: pd.DataFrame
) -> None:
    out, chance = tmp_path / "out", random.Random(seed)
    print(f"seed {seed}")
    for most in (1, 3, 5):
        process = sweep(out, "--resume")
        workers = a_moment(process, out, chance, most)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert not alive
    code, told = ended(sweep(out, "--resume"))
    assert code == SOME_FAILED, told
    assert_same(out, undisturbed)


@pytest.mark.parametrize("seed", [2])
def test_kill_9_of_workers(
    seed: int, tmp_path: Path, sweep: Sweep, undisturbed: pd.DataFrame
) -> None:
    """The member that a worker had in hand is solved by the next one."""
    out, chance = tmp_path / "out", random.Random(seed)
    print(f"seed {seed}")
    process = sweep(out)
    for most in (1, 3, 5):
        for worker in a_moment(process, out, chance, most)[:1]:
            worker.kill()
    code, told = ended(process)
    assert code == SOME_FAILED, told
    if "crashed" in pd.read_parquet(out / TABLE)["status"].tolist():
        print("a member was hit twice, which is one time too many")
        ended(sweep(out, "--resume", "--retry-failed"))
    assert_same(out, undisturbed)


def test_ctrl_c_once_and_twice(
    tmp_path: Path, sweep: Sweep, undisturbed: pd.DataFrame
) -> None:
    out = tmp_path / "out"
    process = sweep(out)
    until(lambda: finished(out) >= 1, START_S)
    ctrl_c(process)
    code, told = ended(process)
    assert code == INTERRUPTED
    assert "go on with --resume" in told
    kept = pd.read_parquet(out / TABLE)
    assert 1 <= len(kept) == finished(out) < MEMBERS
    process = sweep(out, "--resume")
    until(lambda: finished(out) > len(kept), START_S)
    ctrl_c(process)
    time.sleep(0.1)
    ctrl_c(process)
    began = time.monotonic()
    # the second one may find Python at its end, which it then ends
    assert ended(process)[0] in (INTERRUPTED, -signal.SIGINT)
    assert time.monotonic() - began < 10  # 2 s where nobody else computes
    assert len(kept) < finished(out) < MEMBERS
    study = read_study(tmp_path / "s.yaml")
    run_members(study.members, out, StudyOptions(workers=2), resume=True)
    assert_same(out, undisturbed)


def test_nodes_of_dask_are_spared_by_ctrl_c_and_replaced_after_kill_9(
    tmp_path: Path, sweep: Sweep, undisturbed: pd.DataFrame
) -> None:
    pytest.importorskip("distributed")
    out = tmp_path / "out"
    process = sweep(out, "--dask", "local")
    until(lambda: finished(out) >= 1, START_S)
    nodes = psutil.Process(process.pid).children(recursive=True)
    ctrl_c(process)
    time.sleep(0.1)
    ctrl_c(process)
    code, told = ended(process)
    assert code == INTERRUPTED
    assert "go on with --resume" in told
    _, alive = psutil.wait_procs(nodes, timeout=10)
    assert not alive
    before = finished(out)
    assert before < MEMBERS
    process = sweep(out, "--resume", "--dask", "local")
    until(lambda: finished(out) > before, START_S)
    workers_of(psutil.Process(process.pid))[0].parents()[0].kill()
    code, told = ended(process)
    assert code == SOME_FAILED, told
    assert_same(out, undisturbed)


def bound_by_permissions() -> None:
    """Before a child starts: not even root writes where the owner may not."""
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(DROP_FOR_GOOD, DAC_OVERRIDE):
        raise OSError("root that may not give up what it may")


@pytest.mark.skipif(
    os.geteuid() == 0 and sys.platform != "linux", reason="root may write everywhere"
)
def test_a_folder_that_may_only_be_read_is_told(tmp_path: Path, sweep: Sweep) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o500)
    code, told = ended(sweep(folder / "out", before=bound_by_permissions))
    assert code == 2
    assert "Permission denied, expected a writable folder" in told

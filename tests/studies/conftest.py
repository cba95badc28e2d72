"""Workers of tests find the fake members; a study is started to be disturbed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def _fake_members_within_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [str(HERE), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts ``run_fakes.py``; what still runs at the end is killed."""
    running = []

    def begin(*words: object, before: Callable[[], None] | None = None) -> object:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "run_fakes.py"), *map(str, words)],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """The workers that a process has, at whatever depth."""
    found = []
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # gone meanwhile
            if "verdigrid.studies.backends.worker" in " ".join(child.cmdline()):
                found.append(child)
    return found


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.02)

"""A worker as its owner sees it: hand it a member, get a row, kill it at a limit.

``concurrent.futures`` can't kill a member, and joblib and loky give up all members
when one process dies; this is the little that a study needs instead.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psutil

from verdigrid.models.errors import SolverError
from verdigrid.studies.members import Member
from verdigrid.studies.options import RECYCLE_SHARE, StudyOptions
from verdigrid.studies.row import Row, failure

#: Seconds between two looks at memory and clock.
LOOK_EVERY = 0.05
#: Seconds that a new worker may take to import what it needs.
START_LIMIT = 300.0
#: Workers that may be started until one of them is not killed meanwhile.
STARTS = 3
#: One thread for each worker, or they would fight for the processors.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


class WorkerProcess:
    """One worker at a time, started when it is needed, and again when it is gone.

    ``stop`` is set by the owner to end a solve; ``slot`` names the log.
    """

    def __init__(
        self, folder: Path, options: StudyOptions, slot: str, stop: threading.Event
    ) -> None:
        self._folder, self._options = folder, options
        self._log = folder / "logs" / f"worker-{slot}.log"
        self._limit_mb, self._limit_s = options.limit_mb, options.limit_s
        self._stop = stop
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._solved = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def solve(self, member: Member) -> Row | None:
        """The row of ``member``; None if the owner stopped it.

        A worker that dies by itself is replaced and the member tried once more.
        """
        row = self._attempt(member)
        if row is not None and row["status"] == "crashed" and not self._stop.is_set():
            row = self._attempt(member)
            if row is not None:
                row["attempts"] = 2
        return row

    def close(self) -> None:
        """End the worker; it has nothing in hand that matters."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                _close(pipe)
            self._process = None

    def _attempt(self, member: Member) -> Row | None:
        """One attempt at ``member``."""
        if self._process is None and not self._start():
            return None
        if not self._send(member.as_data()):
            return self._crashed()
        started = time.monotonic()
        message: dict[str, Any] | None = None
        while message is None:
            try:
                answer = self._answers.get(timeout=LOOK_EVERY)
            except queue.Empty:
                reason = self._over_limit(time.monotonic() - started)
                if self._stop.is_set() or reason is not None:
                    self.close()
                    return None if self._stop.is_set() else reason
                continue
            if answer is None:
                return self._crashed()
            message = json.loads(answer)
        self._solved += 1
        self._recycle()
        row: Row = message["row"]
        return {**row, "attempts": 1}

    def _over_limit(self, seconds: float) -> Row | None:
        """The row of a member that must be killed now."""
        if seconds > self._limit_s:
            told = {"seconds": seconds, "peak_memory_mb": self._held_mb()}
            text = f"still not solved {seconds:.0f} s after it began"
            return {**failure("killed: time", text), **told, "attempts": 1}
        held = self._held_mb()
        if held > self._limit_mb:
            told = {"seconds": seconds, "peak_memory_mb": held}
            text = f"held {held:,.0f} MB, more than {self._limit_mb:,.0f} MB"
            return {**failure("killed: memory", text), **told, "attempts": 1}
        return None

    def _held_mb(self) -> float:
        """Memory of the worker now, MB."""
        try:
            return float(psutil.Process(self._running.pid).memory_info().rss) / 2**20
        except psutil.Error:
            return 0.0

    def _recycle(self) -> None:
        """End a worker that is old or has grown; the next member gets a fresh one."""
        grown = self._held_mb() > RECYCLE_SHARE * self._limit_mb
        if grown or self._solved >= self._options.recycle_after:
            self.close()

    def _crashed(self) -> Row:
        """The row of a member whose worker is gone, and the end of that worker."""
        code = self._running.wait()
        self.close()
        return {**failure("crashed", f"{_ended(code)}; see {self._log}"), "attempts": 1}

    # -- the process -----------------------------------------------------------

    @property
    def _running(self) -> "subprocess.Popen[str]":
        assert self._process is not None
        return self._process

    def _start(self) -> bool:
        """A fresh worker that is ready; False if the owner stopped meanwhile.

        One that is killed while it starts, as for want of memory, is replaced: only a
        worker that ends by itself would do so again. Raises SolverError.
        """
        for _ in range(STARTS):
            self._launch()
            if self._is_ready():
                return True
            code = self._running.poll()
            self.close()
            if self._stop.is_set():
                return False
            if code is None or code >= 0:
                break
        ended = "it takes too long" if code is None else _ended(code)
        text = "; ".join([ended, *self._last_words()])
        raise SolverError(f"a worker of the study can't start: {text} ({self._log})")

    def _launch(self) -> None:
        """Start a worker, and tell it its job."""
        self._log.parent.mkdir(exist_ok=True)
        with open(self._log, "a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "verdigrid.studies.backends.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **ONE_THREAD},
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for the owner
            )
        self._answers, self._solved = queue.Queue(), 0
        threading.Thread(
            target=_read, args=(self._running.stdout, self._answers), daemon=True
        ).start()
        job = asdict(self._options.job(self._folder))
        self._send({"function": self._options.function, "job": job})

    def _is_ready(self) -> bool:
        """Wait for the worker; False if it is gone, late or no longer wanted."""
        ends = time.monotonic() + START_LIMIT
        while time.monotonic() < ends and not self._stop.is_set():
            try:
                answer = self._answers.get(timeout=LOOK_EVERY)
            except queue.Empty:
                continue
            if answer is None:
                self._running.wait()
            return answer is not None
        return False

    def _last_words(self) -> list[str]:
        """The last line of the log, if there is one."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1:]

    def _send(self, message: dict[str, Any]) -> bool:
        """Tell the worker; False if it is gone."""
        stdin = self._running.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps(message) + "\n")
            stdin.flush()
        except OSError:
            return False
        return True


def _read(pipe: IO[str], answers: "queue.Queue[str | None]") -> None:
    """Pass lines on; None when there are no more."""
    try:
        for line in pipe:
            answers.put(line)
    except (OSError, ValueError):  # closed by the owner
        pass
    answers.put(None)


def _close(pipe: IO[str] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except OSError:
        return


def _ended(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"the worker ended with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    hint = ", perhaps for want of memory" if code == -9 else ""
    return f"the worker was ended by {name}{hint}"

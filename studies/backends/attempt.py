"""One attempt at a member inside a worker: whatever happens becomes a row."""

import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.members import Member
from verdigrid.studies.options import Job
from verdigrid.studies.row import Row, failure

SolveMember = Callable[[Member, Job, WorkerState], Row]


def named(path: str) -> SolveMember:
    """The function called ``module:function``."""
    module, _, name = path.partition(":")
    function: SolveMember = vars(import_module(module))[name]
    return function


def attempt(function: SolveMember, member: Member, job: Job, state: WorkerState) -> Row:
    """The row of ``member``, whatever happens, with its seconds and peak memory."""
    _forget_peak()
    started = time.perf_counter()
    try:
        row = function(member, job, state)
    except MemoryError:
        row = failure("killed: memory", "the worker was refused more memory")
    except OSError as error:
        traceback.print_exc()
        where = f" ({error.filename})" if error.filename else ""
        row = failure("not written", f"{error.strerror or error}{where}")
    except Exception as error:  # one bug must not take the study with it
        traceback.print_exc()
        row = failure("error", f"{type(error).__name__}: {error}")
    seconds = time.perf_counter() - started
    return {**row, "seconds": seconds, "peak_memory_mb": _peak_mb()}


def _forget_peak() -> None:
    """Let the peak of memory begin anew, where the system can do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _peak_mb() -> float:
    """Most memory since :func:`_forget_peak`, MB; of the whole process elsewhere."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (2**20 if sys.platform == "darwin" else 1024)

"""How a study is run: limits, workers, what is kept."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

from verdigrid.solvers.solve import SolveOptions

#: Solves one member; see :mod:`verdigrid.studies.one_member`.
ONE_MEMBER = "verdigrid.studies.one_member:solve_member"

Keep = Literal["summary", "full"]


@dataclass(frozen=True)
class Job:
    """What a worker has to know of the study, beside the member in hand.

    ``folder`` is that of the study, ``cache`` that of the cache (None: no cache).
    """

    folder: str
    solve: SolveOptions = field(default_factory=lambda: SolveOptions(threads=1))
    cache: str | None = None
    keep: Keep = "summary"

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Job":
        """The job from plain data (``dataclasses.asdict`` of it)."""
        return cls(**{**data, "solve": SolveOptions(**data["solve"])})


@dataclass(frozen=True)
class StudyOptions:
    """How the members of a study are solved.

    ``solve.time_limit_s`` is a member's time in all; a worker that is still at it
    ``kill_after_s`` after it began is killed (None: half as long again and 30 s).
    ``memory_mb`` is what one worker may hold (None: its part of what is free). A worker
    is replaced by a fresh one after ``recycle_after`` members, or when it holds more
    than ``RECYCLE_SHARE`` of its memory between two of them. ``function`` names what
    solves one member as ``module:function``. ``dask`` is the address of a scheduler, or
    ``local``; empty for processes of this machine alone.
    """

    workers: int = 0
    solve: SolveOptions = field(default_factory=lambda: SolveOptions(threads=1))
    memory_mb: float | None = None
    kill_after_s: float | None = None
    cache: Path | None = None
    keep: Keep = "summary"
    recycle_after: int = 200
    retry_failed: bool = False
    function: str = ONE_MEMBER
    dask: str = ""

    @property
    def slots(self) -> int:
        """Members that are solved at the same time."""
        if self.workers:
            return self.workers
        room = psutil.virtual_memory().available * FREE_SHARE / 2**20 // LEAST_MB
        return max(1, min(cores(), int(room)))

    @property
    def limit_mb(self) -> float:
        """Memory of one worker, MB."""
        if self.memory_mb is not None:
            return self.memory_mb
        free = float(psutil.virtual_memory().available)
        return FREE_SHARE * free / 2**20 / self.slots

    @property
    def limit_s(self) -> float:
        """Seconds after which a worker is killed."""
        if self.kill_after_s is not None:
            return self.kill_after_s
        return 1.5 * self.solve.time_limit_s + 30

    def job(self, folder: Path) -> Job:
        """What the workers are told; paths are absolute, whatever their folder."""
        cache = str(self.cache.resolve()) if self.cache else None
        return Job(str(folder.resolve()), self.solve, cache, self.keep)


#: No worker is started that would have less memory, MB, unless asked for.
LEAST_MB = 500
#: Part of the free memory that the workers share.
FREE_SHARE = 0.9
#: Part of its memory that a worker may hold between two members.
RECYCLE_SHARE = 0.5


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

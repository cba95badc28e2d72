"""Run the members of a study: hand them out, keep what comes back, stop when told.

    table = run_members(members, folder, StudyOptions(workers=4))

Whatever happens to a member happens to it alone: it gets a row with its reason. What
is finished is in the journal of the folder and is never solved again.
"""

import queue
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from verdigrid.studies.backends.order import Stretches, by_neighbours
from verdigrid.studies.backends.store import Store
from verdigrid.studies.backends.worker_process import WorkerProcess
from verdigrid.studies.members import Member
from verdigrid.studies.options import StudyOptions
from verdigrid.studies.row import Row

#: Seconds between two looks at the clock while nothing comes back.
TICK = 0.2


@dataclass(frozen=True)
class StudyProgress:
    """How far a study is; ``earlier`` members were finished before this run."""

    members: int
    earlier: int
    finished: int
    failed: int
    seconds: float

    @property
    def per_hour(self) -> float:
        """Members an hour in this run."""
        done = self.finished - self.earlier
        return 3600 * done / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float:
        """Seconds until the last member, at this rate; inf before the first."""
        left, rate = self.members - self.finished, self.per_hour / 3600
        return left / rate if rate else float("inf")


Report = Callable[[StudyProgress], None]
#: Rows as they come, None now and then while there are none.
Rows = Generator[tuple[Member, Row] | None, None, None]


def run_members(
    members: Sequence[Member],
    folder: Path,
    options: StudyOptions | None = None,
    progress: Report | None = None,
    resume: bool = False,
) -> pd.DataFrame:
    """The table of all members, which is also in ``folder``.

    Raises InputError if the folder is in use, has results (unless ``resume``) or can't
    be written, StoreError if the disk fails on the way, KeyboardInterrupt after Ctrl-C,
    when everything that was finished is kept.
    """
    options = options or StudyOptions()
    stop = threading.Event()
    with Store(folder, members, resume) as store, _stopped_by_ctrl_c(stop):
        todo = by_neighbours(store.unfinished(options.retry_failed))
        started, earlier = time.monotonic(), store.finished

        def report() -> None:
            if progress is not None:
                seconds = time.monotonic() - started
                done, failed = store.finished, store.failed
                progress(StudyProgress(len(members), earlier, done, failed, seconds))

        with closing(_rows(todo, folder, options, stop)) as rows:
            report()
            for finished in rows:
                if finished is not None:
                    store.add(*finished)
                store.write_table_now_and_then()
                report()
        table = store.write_table()
    if stop.is_set():
        raise KeyboardInterrupt
    return table


def _rows(
    todo: Sequence[Member], folder: Path, options: StudyOptions, stop: threading.Event
) -> Rows:
    """Rows from the processors of this machine, or from a cluster's."""
    if options.dask:
        from verdigrid.studies.backends.on_dask import dask_rows

        return dask_rows(todo, folder, options, stop)
    return local_rows(todo, folder, options, stop)


def local_rows(
    todo: Sequence[Member], folder: Path, options: StudyOptions, stop: threading.Event
) -> Rows:
    """Rows from worker processes of this machine, a thread watching each."""
    slots = max(1, min(options.slots, len(todo)))
    stretches = Stretches(todo, slots)
    results: queue.Queue[Any] = queue.Queue()

    def work(slot: int) -> None:
        try:
            with WorkerProcess(folder, options, str(slot), stop) as worker:
                while not stop.is_set():
                    member = stretches.next(slot)
                    row = None if member is None else worker.solve(member)
                    if row is None:
                        break
                    results.put((member, row))
            results.put(None)
        except BaseException as error:
            results.put(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(slots)]
    for thread in threads:
        thread.start()
    working = slots
    try:
        while working:
            try:
                result = results.get(timeout=TICK)
            except queue.Empty:
                yield None
                continue
            if isinstance(result, BaseException):
                raise result
            if result is None:
                working -= 1
            else:
                yield result
    except BaseException:
        stop.set()
        raise
    finally:
        for thread in threads:
            thread.join()


@contextmanager
def _stopped_by_ctrl_c(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C sets ``stop``; a second one interrupts at once.

    Only the main thread can do that; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop_or_interrupt(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, stop_or_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

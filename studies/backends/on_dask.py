"""The same study on a Dask cluster: its workers hold ours, one for each thread.

The limits of a member, its retry and what becomes of a crash are those of
:mod:`verdigrid.studies.backends.worker_process`, on the node where it is solved. The
cluster only hands members out; it begins a member anew, elsewhere, if a node is lost.
The folder of the study, the scenario and the cache must be shared by all nodes.
"""

import os
import platform
import signal
import threading
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from verdigrid.models.errors import InputError, Problem
from verdigrid.studies.backends.runner import TICK, Rows
from verdigrid.studies.backends.worker_process import WorkerProcess
from verdigrid.studies.members import Member
from verdigrid.studies.options import StudyOptions
from verdigrid.studies.row import Row, failure

#: Members in the cluster's hands for each of its threads, so that none waits for work.
AHEAD = 3
#: A member that took so many of the cluster's workers with it is given up.
RETRIES = 2

_of_thread = threading.local()
#: On a node: what ends the members in hand, by study.
_stops: dict[str, threading.Event] = {}


def dask_rows(
    todo: Sequence[Member], folder: Path, options: StudyOptions, stop: threading.Event
) -> Rows:
    """Rows as the cluster sends them. Raises InputError if there is no cluster."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        hint = "pip install verdigrid[cluster]"
        raise _refused(options.dask, "the package distributed", hint) from None
    local = options.dask == "local"
    try:
        at: Any = _local_cluster(LocalCluster, options) if local else options.dask
        client = Client(at, timeout="20s")
    except (OSError, ValueError) as error:
        expected = "the address of a Dask scheduler that runs, or local"
        raise _refused(f"{options.dask}: {error}", expected, "") from error
    study = uuid.uuid4().hex
    try:
        yield from _exchanged(client, deque(todo), folder, options, study, stop)
    finally:
        _end(client, study, at if local else None)


def _end(client: Any, study: str, cluster: Any) -> None:
    """End what the nodes have in hand, our part in the cluster, and our cluster.

    A second Ctrl-C leaves a cluster elsewhere to itself; of our own no process may
    stay, and to end them takes a second or two.
    """
    ended = threading.Event()

    def end() -> None:
        try:
            with suppress(OSError, RuntimeError):  # then nodes have nothing in hand
                client.run(stop_there, study, on_error="ignore")
            client.close()
            if cluster is not None:
                cluster.close()
        finally:
            ended.set()

    threading.Thread(target=end, daemon=True).start()  # where no Ctrl-C disturbs it
    while not ended.is_set():
        try:
            ended.wait()
        except KeyboardInterrupt:
            if cluster is None:
                raise


def _exchanged(
    client: Any,
    waiting: "deque[Member]",
    folder: Path,
    options: StudyOptions,
    study: str,
    stop: threading.Event,
) -> Rows:
    """Keep the cluster busy; give back what it has finished."""
    from distributed import wait

    there = replace(options, dask="", workers=1, memory_mb=_memory_of_thread(options))
    in_hand: dict[Any, Member] = {}
    try:
        while (waiting or in_hand) and not stop.is_set():
            room = AHEAD * max(1, sum(client.nthreads().values())) - len(in_hand)
            for _ in range(min(room, len(waiting))):
                member = waiting.popleft()
                future = client.submit(
                    solve_there,
                    member.as_data(),
                    str(folder.resolve()),
                    there,
                    study,
                    key=f"verdigrid-{member.key}-{os.getpid()}-{len(waiting)}",
                    retries=RETRIES,
                    pure=False,
                )
                in_hand[future] = member
            try:
                done = wait(list(in_hand), TICK, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                yield None
                continue
            for future in done:
                yield in_hand.pop(future), _row_of(future)
    finally:
        client.cancel(list(in_hand))


def _row_of(future: Any) -> Row:
    """The row that a future holds, or one that says why there is none."""
    error = future.exception()
    if error is None:
        row: Row = future.result()
        return row
    if type(error).__name__ == "KilledWorker":
        text = "the cluster lost every worker that had it in hand"
        return {**failure("crashed", text), "attempts": RETRIES + 1}
    return {**failure("error", f"{type(error).__name__}: {error}"), "attempts": 1}


def solve_there(
    member: dict[str, Any], folder: str, options: StudyOptions, study: str
) -> Row | None:
    """On a node: the row of a member, solved by the worker of this thread.

    None if the study stopped it.
    """
    worker = getattr(_of_thread, "worker", None)
    if worker is None or _of_thread.study != study:
        if worker is not None:
            worker.close()
        slot = f"{platform.node()}-{os.getpid()}-{threading.get_ident()}"
        worker = WorkerProcess(Path(folder), options, slot, _stop_of(study))
        _of_thread.worker, _of_thread.study = worker, study
    row: Row | None = worker.solve(Member(**member))
    return row


def stop_there(study: str) -> None:
    """On a node: end the members that it has in hand of a study."""
    _stop_of(study).set()


def _stop_of(study: str) -> threading.Event:
    return _stops.setdefault(study, threading.Event())


def _memory_of_thread(options: StudyOptions) -> float | None:
    """The local cluster shares this machine; nodes of others see their own memory."""
    return options.limit_mb if options.dask == "local" else options.memory_mb


def _local_cluster(make: Any, options: StudyOptions) -> Any:
    with _deaf_to_ctrl_c():
        return make(
            n_workers=options.slots,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            memory_limit=0,  # our workers have a limit of their own
        )


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Threads that begin in here, and their processes, are spared by Ctrl-C.

    A terminal sends it to all processes of the study, but it is for the first alone,
    which ends the others. It is not lost meanwhile, only late.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which would let Ctrl-C in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _refused(got: str, expected: str, hint: str) -> InputError:
    return InputError([Problem("--dask", got, expected, hint)])

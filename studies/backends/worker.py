"""A worker: a fresh interpreter that solves one member after the other.

    python -m verdigrid.studies.backends.worker

It is told its job, then member after member, each in a line of JSON on its standard
input, and answers with a line of JSON each. It ends when its input ends: with the
study, or with whoever started it, even if that was killed. What the solver prints goes
to standard error, which is the worker's log.

The parts that take time to import are imported when the end would be noticed.
"""

import ctypes
import faulthandler
import json
import logging
import os
import queue
import signal
import sys
import threading
from typing import Any, TextIO

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def main() -> None:
    """Work until there is no more input."""
    _die_with_parent()
    lines = _lines_of_input()
    answers = _private_output()
    faulthandler.enable()
    setup = json.loads(lines.get())

    from verdigrid.studies.backends.attempt import attempt, named
    from verdigrid.studies.backends.worker_state import WorkerState
    from verdigrid.studies.members import Member
    from verdigrid.studies.options import Job

    logging.getLogger("pyomo").setLevel(logging.ERROR)  # or the log grows and grows
    function, job = named(setup["function"]), Job.from_data(setup["job"])
    state = WorkerState()
    _answer(answers, {"ready": True})
    while True:
        member = Member(**json.loads(lines.get()))
        _answer(answers, {"row": attempt(function, member, job, state)})


def _private_output() -> TextIO:
    """Standard output for answers alone; what others print goes to the log."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _answer(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _lines_of_input() -> "queue.Queue[str]":
    """Lines of standard input; the process ends with it, also amid a solve."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _die_with_parent() -> None:
    """On Linux, be killed with the parent even where a solver lets no thread run."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


if __name__ == "__main__":
    main()

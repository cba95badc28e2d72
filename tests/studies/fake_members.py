"""Members that do as their label says, for tests of the runner; imported by workers."""

import os
import signal
import time
from pathlib import Path
from typing import Any


def act(member: Any, job: Any, state: Any) -> dict[str, Any]:
    """Do what the label ``do`` says, then answer."""
    do = member.labels["do"]
    if do == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(1)
    if do == "hog":
        held = []
        while True:
            held.append(b"x" * 2**24)
            time.sleep(0.001)
    if do == "refused memory":
        raise MemoryError
    if do == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if do == "crash once":
        mark = Path(job.folder) / "crashed-once"
        if not mark.exists():
            mark.touch()
            os._exit(3)
    if do == "raise":
        raise ZeroDivisionError("a bug of one member")
    if do == "write too much":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        (Path(job.folder) / "too-much").write_bytes(b"x" * 5000)
    if do == "print":
        print("not an answer", flush=True)
        os.write(1, b"nor this\n")
    return counted(member, job, state)


def counted(member: Any, job: Any, state: Any) -> dict[str, Any]:
    """A square, after a moment; a line in ``calls`` for each call."""
    time.sleep(member.labels.get("sleep", 0.0))
    with open(Path(job.folder) / "calls", "a", encoding="utf-8") as calls:
        calls.write(f"{member.number}\n")
    number = member.number
    if number % 7 == 3:
        return {"status": "infeasible", "reason": f"{number} can't be"}
    told = {"status": "optimal", "reason": "", "net_present_cost": float(number**2)}
    return {**told, "pid": os.getpid(), "text": "x" * 400}

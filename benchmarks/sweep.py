"""What running a study costs beside solving its members.

    python benchmarks/sweep.py [overhead] [memory] [table] [rate]

overhead  seconds a member of the runner, beyond loading, building and solving
memory    of the workers over 500 small members, without fresh ones in between
table     10,000 members: seconds until --resume goes on, and to read the table
rate      members an hour of a site of 672 hours

Machines differ, and so do idle and busy ones: compare runs of one machine only.
"""

import json
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from verdigrid.studies.backends.journal import NAME
from verdigrid.studies.backends.runner import run_members
from verdigrid.studies.backends.store import TABLE, Store
from verdigrid.studies.members import Member
from verdigrid.studies.options import StudyOptions, cores

SITE = "library:first-minute"
CAP = "policies.carbon_cap.reduction"
OPTIONS = StudyOptions(memory_mb=4000.0, recycle_after=10**6)


def members(count: int, hours: int) -> list[Member]:
    """A site under caps that differ, all of them met."""
    return [
        Member(
            number,
            SITE,
            {"time.periods": hours, CAP: float(reduction)},
            {CAP: float(reduction)},
        )
        for number, reduction in enumerate(np.linspace(0, 0.1, count), start=1)
    ]


def run(count: int, hours: int, workers: int) -> tuple[pd.DataFrame, float]:
    """The table of a study that was just run, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        table = run_members(
            members(count, hours), Path(folder), replace(OPTIONS, workers=workers)
        )
        return table, time.perf_counter() - started


def overhead() -> None:
    one, start = run(1, 72, 1)
    table, seconds = run(60, 72, 1)
    start -= float(one["seconds"].sum())
    stages = [f"seconds_{s}" for s in ("load", "build", "compile", "solve")]
    inner = table[[*stages, "seconds_baseline_and_checks"]].sum(axis=1)
    print(f"overhead: a worker starts in {start:.1f} s")
    around = (seconds - start - float(table["seconds"].sum())) / len(table)
    print(f"overhead: {around:.3f} s a member around the worker (journal, pipe, order)")
    within = float((table["seconds"] - inner).mean())
    print(f"overhead: {within:.3f} s a member within it (key, summary, writing)")
    print(f"overhead: {around + within:.3f} s a member in all; goal at most 0.3 s")


def memory() -> None:
    table, _ = run(500, 24, 2)
    peaks = table.sort_values("member")["peak_memory_mb"].to_numpy()
    slices = [peaks[n : n + 50] for n in range(0, 500, 50)]
    told = ", ".join(f"{part.mean():.0f}" for part in slices)
    print(f"memory: mean peak of every 50 members, MB: {told}")


def table() -> None:
    row, _ = run(1, 72, 1)
    told = {
        name: value.item() if hasattr(value, "item") else value
        for name, value in row.iloc[0].items()
        if name not in ("member", CAP)
    }
    study = members(10_000, 72)
    with tempfile.TemporaryDirectory() as folder:
        lines = (json.dumps({"key": member.key, "row": told}) for member in study)
        path = Path(folder) / NAME
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"table: 10,000 members, {len(row.columns)} columns")
        started = time.perf_counter()
        with Store(Path(folder), study, resume=True) as store:
            left = len(store.unfinished())
            print(
                f"table: resumed in {time.perf_counter() - started:.2f} s, {left} open"
            )
            started = time.perf_counter()
            store.write_table()
            print(f"table: written in {time.perf_counter() - started:.2f} s")
        started = time.perf_counter()
        read = pd.read_parquet(Path(folder) / TABLE)
        seconds = time.perf_counter() - started
        print(f"table: {len(read):,} rows read in {seconds:.2f} s")


def rate() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found, seconds = run(80, 672, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    optimal = int((found["status"] == "optimal").sum())
    each = found.filter(like="seconds").mean()
    print(f"rate: {optimal} members of 672 h in {seconds:.0f} s on {cores()} cores")
    print(f"rate: {3600 * len(found) / seconds:,.0f} members an hour; goal 3,000")
    on_free = 3600 * len(found) * cores() / cpu
    print(f"rate: {cpu / len(found):.2f} s of processor a member, start included")
    print(f"rate: {on_free:,.0f} an hour if nothing else ran on these cores")
    print("rate: " + ", ".join(f"{n} {v:.2f}" for n, v in each.items()))


if __name__ == "__main__":
    known = {f.__name__: f for f in (overhead, memory, table, rate)}
    for name in sys.argv[1:] or known:
        known[name]()

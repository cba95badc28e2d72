"""Where the time and memory of a full-year run go.

    python benchmarks/pipeline.py [SCENARIO]

Prints the seconds of every stage of one run in one process, and the peak memory.
Machines differ: compare runs of one machine only.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

STARTED = time.perf_counter()


class Clock:
    """Seconds between one stage and the next."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float]] = []
        self.last = STARTED

    def done(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages.append((stage, now - self.last))
        self.last = now


def main(scenario: str) -> None:
    clock = Clock()
    from verdigrid.models.build import build
    from verdigrid.results.figures import draw_all
    from verdigrid.results.write import write_tables
    from verdigrid.scenarios.load import load
    from verdigrid.solvers.compile import compile_model, templates
    from verdigrid.studies.plan import make_plan

    clock.done("import")
    microgrid = load(scenario).microgrid
    clock.done("load")
    with templates():
        built = build(microgrid.baseline())
    clock.done("build (of the baseline, to show the share)")
    rows, columns = compile_model(built).shape
    clock.done(f"compile: {rows:,} rows, {columns:,} columns")
    plan = make_plan(microgrid)
    clock.done("baseline and plan: built, solved, verified")
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder), plan.plan, plan.baseline)
        clock.done("tables")
        draw_all(plan.plan, plan.baseline, Path(folder))
        clock.done("figures")
    facts = plan.plan.solution.facts
    print(f"{scenario}: plan {facts['rows']:,} rows, {facts['columns']:,} columns")
    for stage, seconds in clock.stages:
        print(f"{seconds:8.2f} s  {stage}")
    print(f"{clock.last - STARTED:8.2f} s  in all")
    print(f"{plan.plan.solution.seconds:8.2f} s  of it HiGHS on the plan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:8.0f} MB peak memory")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "library:dyeing-park")

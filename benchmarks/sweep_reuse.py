"""What a sweep costs with what members hand on to each other, and without.

    python benchmarks/sweep_reuse.py [SITE] [--points N] [--only N] [--alone N]
    python benchmarks/sweep_reuse.py [SITE] --short [--points N]

A carbon cap is moved in even steps over a bundled site, in one process: the first
``--alone`` members each by itself (baseline and all), then every member with one
``Kept``. Seconds are those of the processor, all threads together, so that a busy
machine distorts less. ``--short`` takes four weeks instead of the year, in two
processes, and tells members an hour.
"""

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.microgrid import Microgrid
from verdigrid.scenarios.load import load
from verdigrid.solvers import solve as solve_module
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies import plan as plan_module
from verdigrid.studies.kept import Kept
from verdigrid.studies.plan import make_plan

#: The cap's range, as shares below the baseline: where it binds and can be kept.
RANGES = {"us-plant": (0.10, 0.48), "dyeing-park": (0.30, 0.40)}
WEEKS = 672
#: Stages by the function that is one; "in all" holds the two before it. What is left
#: of a member is verifying it, and its baseline.
STAGES = (
    (plan_module, "build", "build"),
    (solve_module, "compile_model", "compile"),
    (solve_module, "read_solution", "read back"),
    (plan_module, "solve", "in all"),
)

spent: dict[str, float] = {}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", nargs="?", default="us-plant", choices=sorted(RANGES))
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--alone", type=int, default=3)
    parser.add_argument("--only", type=int, help="so many of the points, the last")
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        short(asked.site, asked.points)
    else:
        caps = np.linspace(*RANGES[asked.site], asked.points)
        caps = caps[-(asked.only or asked.points) :]
        year(asked.site, caps, asked.alone, asked.gap)


def year(site: str, caps: Floats, alone: int, gap: float) -> None:
    """Print what members of a year cost alone, and one after the other."""
    for module, name, stage in STAGES:
        setattr(module, name, timed(getattr(module, name), stage))
    options, points = SolveOptions(relative_gap=gap), caps.size
    print(
        "| what | members | load | build | compile | read back | solve | verify | "
        "CPU s each |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    apart = np.linspace(0, points - 1, alone).round().astype(int)
    cold = run(site, caps[apart], options, None, "each alone")
    warm = run(site, caps, options, Kept(), "one after the other")
    baseline = time.process_time()
    plan_module.make_baseline(member(site, caps[0]), options)
    baseline = time.process_time() - baseline
    print(f"\nratio {warm / cold:.2f}, a baseline is {baseline:.1f} s: ", end="")
    plans = (warm * points - baseline) / points / (cold - baseline)
    print(f"{plans:.2f} without baselines")


def run(
    site: str, caps: Floats, options: SolveOptions, kept: Kept | None, what: str
) -> float:
    """CPU seconds of a member, mean over those with these caps."""
    spent.clear()
    began = time.process_time()
    for cap in caps:
        loading = time.process_time()
        microgrid = member(site, float(cap))
        spent["load"] = spent.get("load", 0.0) + time.process_time() - loading
        started = time.process_time()
        try:
            solution = make_plan(microgrid, options, kept=kept).plan.solution
            told = f"{solution.objective:,.0f} {solution.status}"
        except InfeasibleError:
            told = "infeasible"
        seconds = time.process_time() - started
        print(f"    {cap:.3f} {seconds:6.1f} s {told}", flush=True)
    total = time.process_time() - began
    stages = [spent.get(s, 0.0) for s in ("load", "build", "compile", "read back")]
    solve = spent.get("in all", 0.0) - sum(stages[2:])
    verify = total - sum(stages) - solve
    each = [s / len(caps) for s in (*stages, solve, verify, total)]
    print(f"| {what} | {len(caps)} | " + " | ".join(f"{s:.2f}" for s in each) + " |")
    return each[-1]


def short(site: str, points: int) -> None:
    """Print members an hour of four weeks, two processes side by side."""
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        seconds = list(pool.map(chain, (site, site), (points, points)))
    wall = time.perf_counter() - started
    each = sum(seconds) / (2 * points)
    print(
        f"{site}, {WEEKS} h: {each:.2f} CPU s a member, {2 * 3600 / each:,.0f} an hour "
        f"on two free cores; {2 * points / wall * 3600:,.0f} an hour measured"
    )


def chain(site: str, points: int) -> float:
    """CPU seconds of one process for its members, one after the other."""
    options, kept = SolveOptions(relative_gap=1e-3, threads=1), Kept()
    began = time.process_time()
    for cap in np.linspace(0.05, 0.25, points):
        make_plan(member(site, float(cap), WEEKS), options, kept=kept)
    return time.process_time() - began


def member(site: str, cap: float, periods: int | None = None) -> Microgrid:
    """The site with its carbon cap at this share below the baseline."""
    changes = [f"policies.carbon_cap.reduction={cap}"]
    if periods is not None:
        changes.append(f"time.periods={periods}")
    return load(f"library:{site}", changes).microgrid


def timed(function: Callable[..., Any], stage: str) -> Callable[..., Any]:
    """The function, with its CPU seconds added to those of its stage."""

    def wrapped(*given: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return function(*given, **named)
        finally:
            spent[stage] = spent.get(stage, 0.0) + time.process_time() - started

    return wrapped


if __name__ == "__main__":
    main()

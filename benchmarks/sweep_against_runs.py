"""A sweep against as many separate runs, by the real commands, end to end.

    python benchmarks/sweep_against_runs.py [--site SITE] [--points N] [--apart N]

CPU seconds of ``verdigrid sweep`` of a carbon cap over a bundled year, with two
workers, against those of ``verdigrid run`` for every point. Of the runs only
``--apart`` are made, at caps spread evenly, and counted for all. A baseline, which the
runs solve each for itself, is measured in this process and taken off every run; the
sweep keeps its own in. CPU seconds are those of all processes and threads together, so
that a busy machine distorts less.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from verdigrid.scenarios.load import load
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.plan import make_baseline

#: The cap's range, as shares below the baseline: where it binds and can be kept.
RANGES = {"us-plant": (0.10, 0.48), "dyeing-park": (0.30, 0.40)}
CAP = "policies.carbon_cap.reduction"
WORKERS, GAP = 2, 1e-3
COMMAND = (sys.executable, "-c", "from verdigrid.cli import main; main()")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--site", default="us-plant", choices=sorted(RANGES))
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--apart", type=int, default=5)
    asked = parser.parse_args()
    caps = np.linspace(*RANGES[asked.site], asked.points).round(6).tolist()
    some = np.linspace(0, asked.points - 1, asked.apart).round().astype(int).tolist()
    with tempfile.TemporaryDirectory() as folder:
        together = sweep(asked.site, caps, Path(folder))
        apart = [run(asked.site, caps[number], Path(folder)) for number in some]
    once = baseline(asked.site)
    runs = (sum(apart) / len(apart) - once) * asked.points
    print(f"{asked.site}, {asked.points} caps on {os.cpu_count()} cores, CPU seconds")
    print(f"one sweep {together:.1f}: {together / asked.points:.2f} a point")
    told = ", ".join(f"{seconds:.1f}" for seconds in apart)
    print(f"separate runs {told}, of which a baseline {once:.1f}")
    print(f"{asked.points} runs without baselines {runs:.0f}")
    print(f"ratio {together / runs:.2f}, to be at most 0.33")


def sweep(site: str, caps: list[float], folder: Path) -> float:
    """CPU seconds of one study of all caps; its stages are printed."""
    study = folder / "study.yaml"
    study.write_text(
        f"schema: 1\nname: caps\nscenario: library:{site}\ngrid:\n  {CAP}: {caps}\n",
        encoding="utf-8",
    )
    output = folder / "swept"
    seconds = spent(
        "sweep", str(study), "--yes", "--workers", str(WORKERS), "--gap", str(GAP),
        "--no-cache", "--output", str(output),
    )  # fmt: skip
    table = pd.read_parquet(output / "results.parquet")
    solved = int((table["status"] == "optimal").sum())
    print(f"{solved} of {len(caps)} points proven to {GAP:g}; mean seconds of a point:")
    stages = table.filter(like="seconds").mean()
    print(", ".join(f"{name} {value:.2f}" for name, value in stages.items()))
    return seconds


def run(site: str, cap: float, folder: Path) -> float:
    """CPU seconds of one run by itself."""
    return spent(
        "run", f"library:{site}", "--set", f"{CAP}={cap}", "--gap", str(GAP),
        "--threads", "1", "--quiet", "--output", str(folder / f"run-{cap}"),
    )  # fmt: skip


def baseline(site: str) -> float:
    """CPU seconds of a baseline."""
    microgrid = load(f"library:{site}").microgrid
    options = SolveOptions(relative_gap=GAP, threads=1)
    started = time.process_time()
    make_baseline(microgrid, options)
    return time.process_time() - started


def spent(*arguments: str) -> float:
    """CPU seconds of a command and all its processes."""
    before = os.times()
    subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )


if __name__ == "__main__":
    main()

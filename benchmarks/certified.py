"""How fast a gap is proven, against the full-resolution linear relaxation alone.

    python benchmarks/certified.py [SITE ...]

SITE is a bundled scenario (us-plant, dyeing-park), or a variant of the benchmark park:
park-lp, park-milp, park-commitment, park-quarter-hour. For every site, in one process:
the linear relaxation by HiGHS' interior point method without crossover (the quickest
way to its value), then the certified search for every gap. Ratios are to the former.
"""

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from peers import prepare  # type: ignore[import-not-found]

from verdigrid.models.build import build
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.microgrid import Microgrid
from verdigrid.scenarios.load import load
from verdigrid.solvers.certified import Goal, solve_certified
from verdigrid.solvers.compile import compile_model, templates
from verdigrid.solvers.highs import Session
from verdigrid.studies.plan import against_baseline, make_baseline

SITES = ("us-plant", "dyeing-park", "park-lp", "park-milp")
GAPS = (0.005, 0.001)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sites", nargs="*", default=SITES, metavar="SITE")
    parser.add_argument("--gaps", type=float, nargs="+", default=GAPS)
    parser.add_argument(
        "--relaxation", action=argparse.BooleanOptionalAction, default=True
    )
    asked = parser.parse_args()
    print("| site | rows | whole numbers | what | s | ratio | proven gap | peak MB |")
    print("|---|--:|--:|---|--:|--:|--:|--:|")
    for site in asked.sites:
        measure(site, asked.gaps, asked.relaxation)


def measure(site: str, gaps: list[float], relaxation: bool) -> None:
    """Print the lines of one site."""
    model = compiled(microgrid_of(site))
    alone = float("nan")
    if relaxation:
        started = time.perf_counter()
        session = Session(replace(model, integer=np.zeros_like(model.integer)))
        session.set_options(solver="hipo", run_crossover="off")
        session.run_in_thread()
        alone = time.perf_counter() - started
        _print(site, model, "linear relaxation alone", alone, alone, None)
    for gap in gaps:
        started = time.perf_counter()
        found = solve_certified(model, Goal(gap, 1800.0, 2)).result
        seconds = time.perf_counter() - started
        proven = (found.objective - found.bound) / abs(found.objective)
        _print(site, model, f"certified, {gap:.2%}", seconds, alone, proven)


def microgrid_of(site: str) -> Microgrid:
    """The site with its caps in numbers."""
    if site.startswith("park-"):
        folder = Path(tempfile.mkdtemp())
        case = prepare(site.removeprefix("park-"), 12, folder)
        return load(case.scenario_file).microgrid
    microgrid = load(f"library:{site}").microgrid
    return against_baseline(microgrid, *make_baseline(microgrid))


def compiled(microgrid: Microgrid) -> CompiledModel:
    with templates():
        built = build(microgrid)
    return compile_model(built)


def _print(
    site: str,
    model: CompiledModel,
    what: str,
    seconds: float,
    alone: float,
    gap: float | None,
) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    proven = "" if gap is None else f"{gap:.3%}"
    print(
        f"| {site} | {model.shape[0]:,} | {int(model.integer.sum()):,} | {what} "
        f"| {seconds:.1f} | {seconds / alone:.2f} | {proven} | {peak:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()

"""How the cost of a certified plan grows with the horizon and with the site.

    python benchmarks/growth.py [--gap 0.005] [--plot FILE]

The benchmark park over 1, 3, 6 and 12 months and over a year of quarter hours, and a
year of it with 5, 11, 20 and 40 components. Every case runs in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HORIZONS = ("1 month", "3 months", "6 months", "12 months", "quarter hours")
SITES = (5, 11, 20, 40)
COPIED = ("pv", "battery", "chp", "heat_pump", "tank", "electric_boiler", "boiler")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gap", type=float, default=0.005)
    parser.add_argument("--plot", type=Path, help="PNG file to draw")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.one, asked.gap)))
        return
    cases = [*HORIZONS, *(f"{count} components" for count in SITES)]
    results = {}
    print("| case | steps | components | rows | before s | certified s | gap | MB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for case in cases:
        command = [sys.executable, __file__, "--one", case, "--gap", str(asked.gap)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = results[case] = json.loads(done.stdout.splitlines()[-1])
        print(
            f"| {case} | {found['steps']:,} | {found['components']} "
            f"| {found['rows']:,} "
            f"| {found['before']:.1f} | {found['seconds']:.1f} | {found['gap']:.2%} "
            f"| {found['peak_mb']:.0f} |",
            flush=True,
        )
    if asked.plot:
        draw(results, asked.gap, asked.plot)


def measured(case: str, gap: float) -> dict[str, Any]:
    """Seconds and memory of one case, from scenario file to proven plan."""
    from peers import prepare  # type: ignore[import-not-found]

    from verdigrid.models.build import build
    from verdigrid.scenarios.load import load
    from verdigrid.solvers.certified import Goal, solve_certified
    from verdigrid.solvers.compile import compile_model, templates

    with tempfile.TemporaryDirectory() as name:
        months = int(case.split()[0]) if "month" in case else 12
        variant = "quarter-hour" if case == "quarter hours" else "lp"
        scenario = prepare(variant, months, Path(name)).scenario_file
        if "components" in case:
            resize(scenario, int(case.split()[0]))
        started = time.perf_counter()
        microgrid = load(scenario).microgrid
    with templates():
        built = build(microgrid)
    model = compile_model(built)
    compiled = time.perf_counter()
    found = solve_certified(model, Goal(gap, 1800.0, 2)).result
    return {
        "steps": microgrid.calendar.periods,
        "components": len(microgrid.components),
        "rows": model.shape[0],
        "before": compiled - started,
        "seconds": time.perf_counter() - compiled,
        "gap": (found.objective - found.bound) / abs(found.objective),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def resize(scenario: Path, count: int) -> None:
    """Rewrite the park with ``count`` components: fewer, or more of the same kinds.

    Copies share the room of the first and cost a little more each, so that the plan
    still has to choose.
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    document = yaml.load(scenario.read_text())
    components = document["components"]
    if count < len(components):
        for name in ("heat_load", "gas_supply", "boiler", "tank", "chp"):
            del components[name]
        del components["electric_boiler"], components["heat_pump"]
        components["workshop_load"] = dict(components["electric_load"])
        del document["buses"]["gas"], document["buses"]["heat"], document["policies"]
    kinds = [kind for kind in COPIED if kind in components]
    number = 1
    while len(components) < count:
        number += 1
        for kind in kinds[: count - len(components)]:
            components[f"{kind}_{number}"] = dearer(components[kind], 1 + number / 50)
    with scenario.open("w") as file:
        yaml.dump(document, file)


def dearer(component: dict[str, Any], factor: float) -> dict[str, Any]:
    """A copy whose investment costs ``factor`` times as much."""
    copy: dict[str, Any] = {}
    for key, value in component.items():
        if isinstance(value, dict):
            copy[key] = dearer(value, factor)
        elif key.startswith("capex_per"):
            copy[key] = float(value) * factor
        else:
            copy[key] = value
    return copy


def draw(results: dict[str, dict[str, Any]], gap: float, file: Path) -> None:
    """Seconds against rows, by horizon and by number of components."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="tight")
    parts = (HORIZONS, [f"{count} components" for count in SITES])
    for axis, cases, title in zip(
        axes,
        parts,
        ("longer horizons", "larger sites: components, one year"),
        strict=True,
    ):
        rows = [results[case]["rows"] / 1000 for case in cases]
        for key, label in (
            ("before", "load, build, compile"),
            ("seconds", f"plan proven to {gap:.1%}"),
        ):
            axis.plot(rows, [results[case][key] for case in cases], "o-", label=label)
        for case, x in zip(cases, rows, strict=True):
            y = results[case]["seconds"]
            label = case.removesuffix(" components")
            axis.annotate(
                label, (x, y), xytext=(-7, 3), textcoords="offset points", ha="right"
            )
        axis.set_title(title)
        axis.set_xlabel("rows, thousands")
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.margins(x=0.25, y=0.1)
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_locator(LogLocator(subs=(1, 2, 5)))
            side.set_major_formatter(ScalarFormatter())
            side.set_minor_formatter(NullFormatter())
        axis.grid(alpha=0.3, which="both")
    axes[0].set_ylabel("seconds")
    axes[0].legend(frameon=False)
    figure.savefig(file, dpi=120)


if __name__ == "__main__":
    main()

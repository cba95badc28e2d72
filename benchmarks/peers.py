"""The same park with verdigrid, PyPSA, linopy, oemof-solph and plain Pyomo.

    python benchmarks/peers.py --variant lp --months 12 --write peers-measured

Every tool reads the same series, builds the park with its ordinary interface, and
solves it with the same HiGHS and the same options, in a fresh process of its own. What
the park is stands in ``park/park.py``, what a tool does in ``park/TOOL_park.py``, how
it is measured in ``park/measure.py``. Exits with 1 if a tool fails or if the
objectives differ. Needs the optional dependencies ``bench``.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from park.park import VARIANTS, Case  # type: ignore[import-not-found, unused-ignore]
from park.scenario import (  # type: ignore[import-not-found, unused-ignore]
    write_scenario,
)
from park.series import (  # type: ignore[import-not-found, unused-ignore]
    carbon_cap,
    make_series,
    write_series,
)

TOOLS = ("verdigrid", "pypsa", "linopy", "oemof", "pyomo")
ALGORITHMS = ("hipo", "ipx", "simplex", "choose")
MIP_GAP = 1e-4
#: How far objectives may be apart, relative: of a linear program, of two MIPs.
LP_TOLERANCE, MIP_TOLERANCE = 1e-5, 2 * MIP_GAP
#: Beyond its time limit a tool has this long to build and to stop, s.
PATIENCE = 1800.0

Found = dict[str, Any]


def main(words: Sequence[str] | None = None) -> int:
    asked = arguments(words)
    tools = asked.tools.split(",")
    unknown = sorted(set(tools) - set(TOOLS))
    if unknown:
        sys.exit(f"unknown tools {', '.join(unknown)}; known: {', '.join(TOOLS)}")
    options = highs_options(asked)
    with tempfile.TemporaryDirectory() as folder:
        case = prepare(asked.variant, asked.months, Path(folder))
        case_file, options_file = (
            Path(folder, "case.json"),
            Path(folder, "options.json"),
        )
        case_file.write_text(case.to_json())
        results = []
        for tool in tools:
            own = options
            if tool == "verdigrid" and case.decisions and asked.search == "tree":
                own = {**options, "tree": True}
            settings = {"options": own, "solve": asked.solve}
            options_file.write_text(json.dumps(settings))
            print(f"{tool} ...", file=sys.stderr, flush=True)
            results.append(measured(tool, case_file, options_file, asked.time_limit))
    wrong = problems(results, case)
    report = markdown(asked, case, options, results, wrong)
    print(report)
    if asked.write:
        write(Path(asked.write), asked, report, results)
    return 1 if wrong else 0


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--variant", choices=VARIANTS, default="lp")
    parser.add_argument("--months", type=int, choices=(1, 3, 6, 12), default=12)
    parser.add_argument("--tools", default=",".join(TOOLS), help="names, with commas")
    parser.add_argument(
        "--algorithm", choices=ALGORITHMS, default="hipo", help="of LPs"
    )
    parser.add_argument(
        "--solve",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="--no-solve stops when HiGHS is about to run",
    )
    parser.add_argument("--time-limit", type=float, default=3600.0, help="s, of HiGHS")
    parser.add_argument(
        "--search",
        choices=("tree", "highs"),
        default="tree",
        help="how verdigrid searches a few yes/no decisions: its own tree of linear "
        "programs, as it does for a user, or HiGHS' branch and bound like the peers",
    )
    parser.add_argument("--write", help="folder for NAME.md and NAME.json")
    return parser.parse_args(words)


def highs_options(asked: argparse.Namespace) -> Found:
    """Options of HiGHS, the same for every tool."""
    options: Found = {"threads": 2, "time_limit": asked.time_limit}
    if asked.variant in ("milp", "commitment"):
        # With solver: set, HiGHS would solve the relaxation of a MIP only.
        return {**options, "mip_rel_gap": MIP_GAP}
    options["solver"] = asked.algorithm
    if asked.algorithm in ("hipo", "ipx"):
        options["run_crossover"] = "on"
    return options


def prepare(variant: str, months: int, folder: Path) -> Case:
    """The case, with its series and its scenario file in ``folder``."""
    case = Case(variant, months, str(folder), cap_kg=0.0)
    series = make_series(case)
    case = replace(case, cap_kg=round(carbon_cap(case, series), 1))
    write_series(case, series)
    write_scenario(case)
    return case


def measured(tool: str, case_file: Path, options_file: Path, limit: float) -> Found:
    """What a fresh process finds of one tool."""
    command = [sys.executable, "-m", "park"]
    command += [str(case_file), tool, str(options_file)]
    try:
        done = subprocess.run(
            command,
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=limit + PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return {"tool": tool, "error": f"not done after {limit + PATIENCE:.0f} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"tool": tool, "error": f"ended with {done.returncode}: {done.stderr}"}
    found: Found = json.loads(lines[-1])
    if "error" in found:
        print(done.stderr, file=sys.stderr)
    return found


def problems(results: Sequence[Found], case: Case) -> list[str]:
    """Tools that failed, and objectives that are not those of the first."""
    wrong = [f"{r['tool']}: {r['error']}" for r in results if "error" in r]
    ended = ("Optimal", "Time limit reached")
    wrong += [
        f"{r['tool']}: {r['status']}"
        for r in results
        if "status" in r and r["status"] not in ended
    ]
    solved = [r for r in results if r.get("status") == "Optimal"]
    tolerance = MIP_TOLERANCE if case.decisions else LP_TOLERANCE
    for other in solved[1:]:
        first = solved[0]
        apart = abs(other["objective"] - first["objective"])
        if apart > tolerance * abs(first["objective"]):
            wrong.append(
                f"{other['tool']} ends at {other['objective']:.8g}, {first['tool']} "
                f"at {first['objective']:.8g}"
            )
    return wrong


# -- the report --------------------------------------------------------------------


def before_solver(found: Found) -> float:
    """Seconds from the scenario to the start of the solver."""
    return total(found) - float(found["stages"].get("solve", 0.0))


def total(found: Found) -> float:
    return float(sum(found["stages"].values()))


COLUMNS = (
    "tool",
    "variables",
    "rows",
    "nonzeros",
    "to solver start s",
    "ratio",
    "solve s",
    "total s",
    "ratio",
    "peak MB",
    "ratio",
    "import s",
    "objective",
    "status",
)


def row(found: Found, base: Found | None) -> list[str]:
    """Cells of one tool; ratios are to verdigrid in the same run."""
    if "stages" not in found:
        reason = "n/a" if "not_available" in found else "failed"
        return [found["tool"], *["" for _ in COLUMNS[2:]], reason]
    solved = "objective" in found

    def ratio(of: Any) -> str:
        return f"{of(found) / of(base):.2f}" if base else ""

    def cell(value: float, digits: int = 2) -> str:
        return f"{value:,.{digits}f}"

    return [
        found["version"],
        f"{found['variables']:,}",
        f"{found['rows']:,}",
        f"{found['nonzeros']:,}",
        cell(before_solver(found)),
        ratio(before_solver),
        cell(found["stages"]["solve"], 1) if solved else "",
        cell(total(found), 1) if solved else "",
        ratio(total) if solved else "",
        cell(found["peak_mb"], 0),
        ratio(lambda r: r["peak_mb"]),
        cell(found["import"]),
        cell(found["objective"]) if solved else "",
        status(found),
    ]


def status(found: Found) -> str:
    """How the solve ended; where a limit did, how far a plan is from its bound."""
    said = str(found.get("status", "not solved"))
    best, bound = found.get("objective"), found.get("bound")
    if said != "Time limit reached" or not best or bound is None:
        return said
    gap = 100 * (best - bound) / abs(best)
    return f"{said}, gap {gap:.2f} %" if math.isfinite(gap) else said


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a markdown table, padded so that it reads well as text."""
    lines = [list(header), *[list(r) for r in rows]]
    widths = [max(len(line[n]) for line in lines) for n in range(len(header))]
    padded = [
        [c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(pairs)]
        for pairs in (list(zip(line, widths, strict=True)) for line in lines)
    ]
    ruler = ["-" * w if n == 0 else "-" * (w - 1) + ":" for n, w in enumerate(widths)]
    return ["| " + " | ".join(line) + " |" for line in (padded[0], ruler, *padded[1:])]


def markdown(
    asked: argparse.Namespace,
    case: Case,
    options: Mapping[str, Any],
    results: Sequence[Found],
    wrong: Sequence[str],
) -> str:
    base = next(
        (r for r in results if r["tool"] == "verdigrid" and "stages" in r), None
    )
    told = ", ".join(f"{k}={v}" for k, v in options.items())
    search = f", verdigrid searches by {asked.search}" if case.decisions else ""
    lines = [
        f"# Park, {asked.variant}, {case.months} months, {case.steps:,} steps",
        "",
        f"HiGHS {version('highspy')}: {told}{search}. Ratios are to verdigrid.",
        "",
        *table(COLUMNS, [row(found, base) for found in results]),
        "",
        "Seconds of each stage:",
        "",
    ]
    for found in results:
        for stage, seconds in found.get("stages", {}).items():
            lines.append(f"- {found['tool']} {stage}: {seconds:.2f}")
        if "not_available" in found:
            lines.append(f"- {found['tool']}: n/a: {found['not_available']}")
    if wrong:
        lines += ["", "**Not right:**", "", *[f"- {text}" for text in wrong]]
    return "\n".join(lines)


def write(
    folder: Path, asked: argparse.Namespace, report: str, results: Sequence[Found]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"peers-{asked.variant}-{asked.months}"
    (folder / f"{name}.md").write_text(report + "\n")
    facts = {"arguments": vars(asked), "results": list(results)}
    (folder / f"{name}.json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())

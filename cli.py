"""Command line: composes the layers and turns errors into exit codes.

Exit codes: 0 ok, 1 internal bug, 2 invalid input, 3 infeasible or unbounded,
4 limit reached (incumbent saved), 5 solver failure or failed verification,
130 interrupted.

Everything heavy is imported inside the command that needs it, so that ``--help``
answers at once.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verdigrid import __version__

if TYPE_CHECKING:
    from verdigrid.scenarios.load import Scenario
    from verdigrid.studies.plan import Plan

app = typer.Typer(
    name="verdigrid",
    help="Plan green microgrids for factories and industrial parks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

LIMIT_REACHED = 4
NOT_PROVEN = 5
INTERRUPTED = 130


class MethodName(StrEnum):
    """The values of ``solvers.method.Method``, which is too heavy for ``--help``."""

    AUTO = "auto"
    CERTIFIED = "certified"
    MONOLITHIC = "monolithic"
    TYPICAL_DAYS = "typical-days"


ScenarioArg = Annotated[
    str, typer.Argument(help="Scenario file, or library:NAME for a bundled one.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Override a value: --set path.to.key=value (repeatable)."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress.")]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.")
    ] = False,
) -> None:
    """Plan green microgrids for factories and industrial parks."""
    if version:
        typer.echo(f"verdigrid {__version__}")
        raise typer.Exit


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
    site: Annotated[
        str, typer.Option(help="Bundled site to start from.")
    ] = "first-minute",
) -> None:
    """Copy a bundled scenario with its data into a folder, to start from."""
    from verdigrid.scenarios.library_files import copy_library

    for path in copy_library(site, folder):
        typer.echo(str(path))


@app.command()
def check(
    scenario: ScenarioArg, set_: SetOption = None, as_json: JsonOption = False
) -> None:
    """Read a scenario and every file it names; report all problems; solve nothing."""
    loaded = _load(scenario, set_)
    microgrid = loaded.microgrid
    if as_json:
        typer.echo(json.dumps({"ok": True, "notes": list(microgrid.notes)}))
        return
    for note in microgrid.notes:
        typer.echo(f"note: {note}")
    typer.echo(
        f"{microgrid.name}: ok, {len(microgrid.components)} components, "
        f"{microgrid.calendar.periods} steps of {microgrid.calendar.step_minutes} min"
    )


@app.command()
def show(
    scenario: ScenarioArg,
    set_: SetOption = None,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Fill in every default, with its source.")
    ] = False,
) -> None:
    """Print the scenario as merged, and where each value is from."""
    from verdigrid.scenarios.show import merged_text, resolved_text

    loaded = _load(scenario, set_)
    typer.echo(resolved_text(loaded) if resolved else merged_text(loaded))


@app.command()
def run(
    scenario: ScenarioArg,
    set_: SetOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the results; results/runs/NAME-TIME if not given."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option(help="Write into a folder with files.")
    ] = False,
    gap: Annotated[
        float,
        typer.Option(
            help="How close to the cheapest is close enough: 0.001 stops once the plan "
            "is proven to cost at most 0.1 % more. Wider is faster.",
            min=0,
            max=0.5,
        ),
    ] = 1e-4,
    method: Annotated[
        MethodName,
        typer.Option(
            help="How the plan is found, never what is cheapest: auto chooses and says "
            "why; certified cuts the year into windows and proves its gap with "
            "multipliers that `verify` checks; monolithic solves the year as one; "
            "typical-days sizes on a few days and runs the plan through the year.",
        ),
    ] = MethodName.AUTO,
    time_limit: Annotated[
        float, typer.Option(help="Seconds for each solve.", min=1)
    ] = 1800.0,
    threads: Annotated[int, typer.Option(help="Threads for the solver.", min=1)] = 2,
    figures: Annotated[bool, typer.Option(help="Draw the figures.")] = True,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find the cheapest plan that keeps the caps, verify it, write and draw it."""
    from verdigrid.results.write import run_folder
    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.plan import make_plan

    loaded = _load(scenario, set_)
    folder = run_folder(loaded.microgrid.name, output, force)
    options = SolveOptions(
        relative_gap=gap,
        time_limit_s=time_limit,
        threads=threads,
        method=method.value,
    )
    try:
        with _located(loaded), _progress(quiet or as_json) as watcher:
            plan = make_plan(loaded.microgrid, options, watcher)
    except KeyboardInterrupt:
        if not any(folder.iterdir()):
            folder.rmdir()
        typer.echo("interrupted: no plan yet, nothing written", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _write(folder, loaded, plan, as_json)
    if figures:
        _draw(folder, plan)
    typer.echo(f"results: {folder}", err=as_json)
    if plan.plan.solution.facts["interrupted"]:
        raise typer.Exit(INTERRUPTED)
    if plan.plan.solution.status != "optimal":
        raise typer.Exit(LIMIT_REACHED)


def _write(folder: Path, loaded: "Scenario", plan: "Plan", as_json: bool) -> None:
    """Save the results first, then print them."""
    from verdigrid.results.bill import compare_with_metered
    from verdigrid.results.certificate_file import write_certificate
    from verdigrid.results.console import metered_text, plan_text
    from verdigrid.results.summary import summarize
    from verdigrid.results.write import write_inputs, write_summary, write_tables
    from verdigrid.scenarios.show import resolved_text

    write_inputs(
        folder, loaded.microgrid, resolved_text(loaded), loaded.files, loaded.sources
    )
    write_tables(folder, plan.plan, plan.baseline)
    summary = summarize(plan.plan, plan.baseline, plan.no_baseline)
    write_summary(folder, summary)
    write_certificate(folder, plan.plan.solution)
    if as_json:
        typer.echo((folder / "summary.json").read_text(encoding="utf-8"))
        return
    _print(plan_text(plan.plan, plan.baseline, plan.no_baseline))
    if loaded.metered is not None and plan.baseline is not None:
        bill = plan.baseline.tables.bill
        _print(
            metered_text(compare_with_metered(bill, loaded.microgrid, loaded.metered))
        )


def _draw(folder: Path, plan: "Plan") -> None:
    from verdigrid.results.figures import draw_all

    target = folder / "figures"
    target.mkdir(exist_ok=True)
    draw_all(plan.plan, plan.baseline, target)


@app.command()
def verify(
    run_folder: Annotated[Path, typer.Argument(help="Folder that `run` wrote.")],
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Prove plan and bound of a run again, from its files, without solving it."""
    from verdigrid.results.console import proofs_text
    from verdigrid.studies.verify import verify_run

    with _progress(quiet or as_json) as watcher:
        report = verify_run(run_folder, watcher)
    if as_json:
        found = [asdict(finding) for finding in report.findings]
        told = {"scenario": report.scenario, "proven": report.holds, "findings": found}
        typer.echo(json.dumps(told, indent=2))
    else:
        word = "proven again" if report.holds else "NOT proven"
        rows = [(f.what, f.holds, f.text) for f in report.findings]
        _print(proofs_text(f"{report.scenario}: {word} from {run_folder}", rows))
    if not report.holds:
        failed = [f"{f.what}: {f.text}" for f in report.findings if not f.holds]
        typer.echo("not proven:\n  " + "\n  ".join(failed), err=True)
        raise typer.Exit(NOT_PROVEN)


@app.command()
def indicators(
    run_or_scenario: Annotated[
        str, typer.Argument(help="Folder that `run` wrote, or a scenario to plan.")
    ],
    set_: SetOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Print every policy's value, in plan and baseline, against its limit."""
    from verdigrid.results.standings import measures_table, policies_table

    summary = _summary_of(run_or_scenario, set_, quiet or as_json)
    told = {name: summary[name] for name in ("scenario", "policies", "measures")}
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    _print(policies_table(f"{told['scenario']}: policies", told["policies"]))
    _print(measures_table("What they count, a year", told["measures"]))


def _summary_of(
    run_or_scenario: str, overrides: list[str] | None, quiet: bool
) -> dict[str, Any]:
    """The summary of a run, or of a scenario that is planned now."""
    from verdigrid.results.certificate_file import summary_with_measures
    from verdigrid.results.summary import summarize
    from verdigrid.studies.plan import make_plan

    folder = Path(run_or_scenario)
    if folder.is_dir():
        return summary_with_measures(folder, bool(overrides))
    loaded = _load(run_or_scenario, overrides)
    with _located(loaded), _progress(quiet) as watcher:
        plan = make_plan(loaded.microgrid, watcher=watcher)
    return summarize(plan.plan, plan.baseline, plan.no_baseline)


@app.command()
def bill(
    scenario: ScenarioArg,
    set_: SetOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Print the bill of the site as it stands, month by month, line by line."""
    from verdigrid.models.errors import Finding, InfeasibleError
    from verdigrid.results.bill import compare_with_metered
    from verdigrid.results.console import bill_text, metered_text
    from verdigrid.studies.plan import make_baseline

    loaded = _load(scenario, set_)
    with _progress(quiet or as_json) as watcher:
        baseline, why = make_baseline(loaded.microgrid, watcher=watcher)
    if baseline is None:
        raise InfeasibleError([Finding("", why)])
    table = baseline.tables.bill
    if as_json:
        typer.echo(table.to_json(orient="records"))
        return
    _print(bill_text(baseline, loaded.microgrid.currency))
    if loaded.metered is not None:
        _print(
            metered_text(compare_with_metered(table, loaded.microgrid, loaded.metered))
        )


@app.command()
def components(
    kind: Annotated[
        str | None, typer.Argument(help="Show equations and parameters of this kind.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the kinds of components and policies, or explain one of them."""
    from verdigrid.scenarios.kinds import explained, summaries

    if kind is not None:
        typer.echo(explained(kind))
        return
    told = summaries()
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for title, entries in told.items():
        typer.echo(f"{title}:")
        for name, summary in entries.items():
            typer.echo(f"  {name:24s} {summary}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    from verdigrid.scenarios.json_schema import scenario_schema

    typer.echo(json.dumps(scenario_schema(), indent=2))


def _load(scenario: str, overrides: list[str] | None) -> "Scenario":
    from verdigrid.scenarios.load import load

    return load(scenario, overrides or ())


@contextmanager
def _located(loaded: "Scenario") -> Iterator[None]:
    """Add file and line to what is found to be wrong while planning."""
    from verdigrid.models.errors import Finding, InfeasibleError, InputError, Problem

    def located(path: str) -> str:
        place = loaded.document.locate(Problem(path, "", ""))
        return f"{place.file}:{place.line}: {path}" if path and place.line else path

    try:
        yield
    except InfeasibleError as error:
        found = [Finding(located(f.path), f.text) for f in error.findings]
        raise InfeasibleError(found) from None
    except InputError as error:
        problems = [loaded.document.locate(problem) for problem in error.problems]
        raise InputError(problems) from None


def _print(text: Any) -> None:
    """Print a rich text; into a file or pipe as wide as it needs."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(text, highlight=False)


def _progress(quiet: bool) -> Any:
    """A context that gives a watcher, which shows stage, time, bound and gap."""
    from verdigrid.studies.progress import no_progress, show_progress

    return no_progress() if quiet else show_progress()


def main() -> None:
    """Run the command line; errors become a message and an exit code."""
    from verdigrid.models.errors import VerdigridError

    try:
        app()
    except VerdigridError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("interrupted: no plan had been found yet", err=True)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()

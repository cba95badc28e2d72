"""Command line: composes the layers and turns errors into exit codes.

Exit codes: 0 ok, 1 internal bug, 2 invalid input, 3 infeasible or unbounded,
4 limit reached (incumbent saved), 5 solver failure or failed verification,
6 some members of a study failed, 130 interrupted.

Everything heavy is imported inside the command that needs it, so that ``--help``
answers at once.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from verdigrid import __version__
from verdigrid.studies.cli_options import (
    INTERRUPTED,
    NOT_PROVEN,
    JsonOption,
    QuietOption,
    ScenarioArg,
    SetOption,
    load_scenario,
    located,
    print_text,
    solve_progress,
)
from verdigrid.studies.commands import register
from verdigrid.studies.compare_command import compare
from verdigrid.studies.run_command import run

app = typer.Typer(
    name="verdigrid",
    help="Plan green microgrids for factories and industrial parks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
    loaded = load_scenario(scenario, set_, stages=True)
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
    from verdigrid.scenarios.show import filled_texts, merged_text, resolved_text

    loaded = load_scenario(scenario, set_, stages=True)
    if not resolved:
        typer.echo(merged_text(loaded))
        return
    texts = filled_texts(loaded) or {"resolved": resolved_text(loaded)}
    many = len(texts) > 1
    for name, text in texts.items():
        typer.echo(f"# {name}\n---\n{text}" if many else text)


app.command()(run)


@app.command()
def verify(
    run_folder: Annotated[Path, typer.Argument(help="Folder that `run` wrote.")],
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Prove plan and bound of a run again, from its files, without solving it."""
    from verdigrid.results.console import proofs_text
    from verdigrid.studies.verify import verify_run

    with solve_progress(quiet or as_json) as watcher:
        report = verify_run(run_folder, watcher)
    if as_json:
        found = [asdict(finding) for finding in report.findings]
        told = {"scenario": report.scenario, "proven": report.holds, "findings": found}
        typer.echo(json.dumps(told, indent=2))
    else:
        word = "proven again" if report.holds else "NOT proven"
        rows = [(f.what, f.holds, f.text) for f in report.findings]
        print_text(proofs_text(f"{report.scenario}: {word} from {run_folder}", rows))
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
    print_text(policies_table(f"{told['scenario']}: policies", told["policies"]))
    print_text(measures_table("What they count, a year", told["measures"]))


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
    loaded = load_scenario(run_or_scenario, overrides)
    with located(loaded), solve_progress(quiet) as watcher:
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

    loaded = load_scenario(scenario, set_)
    with solve_progress(quiet or as_json) as watcher:
        baseline, why = make_baseline(loaded.microgrid, watcher=watcher)
    if baseline is None:
        raise InfeasibleError([Finding("", why)])
    table = baseline.tables.bill
    if as_json:
        typer.echo(table.to_json(orient="records"))
        return
    print_text(bill_text(baseline, loaded.microgrid.currency))
    if loaded.metered is not None:
        print_text(
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


app.command()(compare)
register(app)


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

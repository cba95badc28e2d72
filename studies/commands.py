"""Commands of studies: many scenarios at once.

Everything heavy is imported inside the command that needs it.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from verdigrid.studies import explore_commands
from verdigrid.studies.cli_options import (
    SOME_FAILED,
    FiguresOption,
    GapOption,
    JsonOption,
    MethodName,
    MethodOption,
    QuietOption,
    ResumeOption,
    output_option,
    resumable,
    workers_option,
)


class KeepName(StrEnum):
    """The values of ``studies.options.Keep``."""

    SUMMARY = "summary"
    FULL = "full"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(sweep)
    explore_commands.register(app)


def sweep(
    study: Annotated[Path, typer.Argument(help="Study file: a scenario, what varies.")],
    output: Annotated[Path | None, output_option("results/sweeps/NAME")] = None,
    resume: ResumeOption = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="With --resume: failed members too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count, measure one member, estimate.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask before a long study.")
    ] = False,
    workers: Annotated[int, workers_option("Members")] = 0,
    gap: GapOption = 1e-4,
    method: MethodOption = MethodName.AUTO,
    time_limit: Annotated[
        float,
        typer.Option(
            help="Seconds for each member; what is still at it after half as "
            "long again and 30 s is killed.",
            min=1,
        ),
    ] = 1800.0,
    memory_gb: Annotated[
        float | None,
        typer.Option(help="Memory of each worker; its part of what is free.", min=0.1),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder of the cache; .cache beside the output."),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Solve everything anew.")
    ] = False,
    keep: Annotated[
        KeepName,
        typer.Option(help="What each member's folder holds: its summary, or all."),
    ] = KeepName.SUMMARY,
    dask: Annotated[
        str, typer.Option(help="Dask scheduler, such as tcp://host:8786, or local.")
    ] = "",
    figures: FiguresOption = True,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Solve a study: the same site under many values, in parallel, resumable."""
    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.options import StudyOptions
    from verdigrid.studies.study import read_study
    from verdigrid.studies.sweep import Request, estimated, run_study

    loaded = read_study(study)
    folder = output or Path("results/sweeps") / loaded.name
    options = StudyOptions(
        workers=workers,
        solve=SolveOptions(gap, time_limit, threads=1, method=method.value),
        memory_mb=None if memory_gb is None else 1024 * memory_gb,
        cache=None if no_cache else cache or folder.parent / ".cache",
        keep=keep.value,
        retry_failed=retry_failed,
        dask=dask,
    )
    request = Request(loaded, study, folder, options, resume)
    if dry_run:
        typer.echo(estimated(request).text())
        return
    if not yes:
        _ask(request)
    with resumable():
        outcome = run_study(request, figures, quiet or as_json)
    typer.echo(outcome.json() if as_json else outcome.text())
    if outcome.failed:
        raise typer.Exit(SOME_FAILED)


def _ask(request: object) -> None:
    """Before a long study, tell how long and ask. Raises typer.Abort for a no."""
    import sys

    from verdigrid.models.errors import InputError, Problem
    from verdigrid.studies.sweep import Request, question

    assert isinstance(request, Request)
    told = question(request)
    if told is None:
        return
    if not sys.stdin.isatty():
        expected = "fewer members, or a yes"
        raise InputError([Problem("sweep", told, expected, "add --yes to run it")])
    typer.confirm(f"{told}. Run it?", abort=True, err=True)

"""``verdigrid compare``, and what ``run`` tells of chosen packages.

Everything heavy is imported inside the command that needs it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verdigrid.studies.cli_options import (
    SOME_FAILED,
    FiguresOption,
    GapOption,
    JsonOption,
    MethodName,
    MethodOption,
    QuietOption,
    ResumeOption,
    ScenarioArg,
    SetOption,
    output_option,
    print_text,
    resumable,
    workers_option,
)

if TYPE_CHECKING:
    from verdigrid.studies.backends.runner import Report
    from verdigrid.studies.choose import Chosen
    from verdigrid.studies.compare_options import Compared

PackagesOption = Annotated[
    str | None,
    typer.Option(
        "--options",
        help="Retrofit packages to lay over the scenario: best, or names such as "
        "heat_pump,pv.",
    ),
]


def compare(
    scenario: ScenarioArg,
    set_: SetOption = None,
    output: Annotated[Path | None, output_option("results/options/NAME")] = None,
    resume: ResumeOption = False,
    workers: Annotated[int, workers_option("Options")] = 0,
    gap: GapOption = 1e-3,
    method: MethodOption = MethodName.AUTO,
    time_limit: Annotated[
        float, typer.Option(help="Seconds for each option.", min=1)
    ] = 1800.0,
    figures: FiguresOption = True,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan every retrofit option of a scenario and put them side by side."""
    from verdigrid.scenarios.load import load
    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.compare_options import compare_options
    from verdigrid.studies.options import StudyOptions

    name = load(scenario, set_ or (), stages=True).microgrid.name
    folder = output or Path("results/options") / name
    solve = SolveOptions(gap, time_limit, threads=1, method=method.value)
    study = StudyOptions(workers=workers, solve=solve, cache=folder.parent / ".cache")
    with resumable(), _progress(quiet or as_json) as report:
        found = compare_options(scenario, set_ or (), folder, study, report, resume)
    if figures:
        _draw(found, folder)
    if as_json:
        typer.echo((folder / "comparison.json").read_text(encoding="utf-8"))
    else:
        _tell(found)
    typer.echo(f"results: {folder}", err=as_json)
    if found.failed:
        raise typer.Exit(SOME_FAILED)


@contextmanager
def _progress(quiet: bool) -> Iterator["Report | None"]:
    """A status line on standard error while options are planned."""
    if quiet:
        yield None
        return
    from rich.console import Console

    from verdigrid.studies.sweep import progress_text

    with Console(stderr=True).status("starting the workers") as status:
        yield lambda progress: status.update(f"options: {progress_text(progress)}")


def _draw(found: "Compared", folder: Path) -> None:
    from verdigrid.results.figures.options import options_figures
    from verdigrid.results.figures.style import save

    (folder / "figures").mkdir(exist_ok=True)
    for name, figure in options_figures(found.options, found.currency).items():
        save(figure, folder / "figures", name)


def _tell(found: "Compared") -> None:
    from verdigrid.results.options_table import options_text, reasons

    title = f"{found.scenario.microgrid.name}: options"
    if found.scenario.pathway is not None:
        title += ", what is a year's as the mean of all years"
    print_text(options_text(title, found.options, found.currency))
    best = [option.title for option in found.options if option.is_best]
    if best:
        count = len(found.considered)
        typer.echo(f"* cheapest of {count} combinations that may be chosen: {best[0]}")
    for names in found.doubts:
        typer.echo(f"within the gap, {names} could be cheaper: choose a smaller --gap")
    for line in reasons(found.options):
        typer.echo(line)


def tell_choice(folder: Path, chosen: "Chosen", as_json: bool) -> None:
    """Write which packages a run chose and from what, and print it."""
    told = chosen.as_data()
    text = json.dumps(told, indent=2)
    (folder / "options.json").write_text(text, encoding="utf-8")
    if as_json:
        return
    assert chosen.scenario.options is not None
    options = chosen.scenario.options.options
    count = len(chosen.considered)
    taken = options.titles(told["chosen"])
    typer.echo(f"cheapest of {count} combinations of packages: {taken}")
    for names in chosen.doubts:
        other = options.titles(names)
        typer.echo(f"within the gap, {other} could be cheaper: choose a smaller --gap")

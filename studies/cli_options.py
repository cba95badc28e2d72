"""What the commands share: options, exit codes, printing and progress.

Nothing heavy is imported here, so that ``--help`` answers at once.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from verdigrid.scenarios.load import Scenario

LIMIT_REACHED = 4
NOT_PROVEN = 5
SOME_FAILED = 6
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
GapOption = Annotated[
    float,
    typer.Option(
        help="How close to the cheapest is close enough: 0.001 stops once the plan "
        "is proven to cost at most 0.1 % more. Wider is faster.",
        min=0,
        max=0.5,
    ),
]
MethodOption = Annotated[
    MethodName,
    typer.Option(
        help="How the plan is found, never what is cheapest: auto chooses and says "
        "why; certified cuts the year into windows and proves its gap with "
        "multipliers that `verify` checks; monolithic solves the year as one; "
        "typical-days sizes on a few days and runs the plan through the year.",
    ),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with what is unfinished.")
]
TimeOption = Annotated[float, typer.Option(help="Seconds for each solve.", min=1)]
ThreadsOption = Annotated[int, typer.Option(help="Threads for the solver.", min=1)]
FiguresOption = Annotated[bool, typer.Option(help="Draw the figures.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress.")]


def output_option(default: str) -> Any:
    """``--output`` of a command that writes into ``default`` if nobody says."""
    return typer.Option(help=f"Folder for the results; {default} if not given.")


def workers_option(what: str) -> Any:
    """``--workers``, each of which has one of ``what`` in hand."""
    return typer.Option(help=f"{what} at the same time; 0: one a core.", min=0)


def print_text(text: Any) -> None:
    """Print a rich text; into a file or pipe as wide as it needs."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(text, highlight=False)


def tell_results(folder: Path, data: Any, text: str, as_json: bool) -> None:
    """Print what came out, as JSON or in lines for people, and where it is."""
    typer.echo(json.dumps(data, indent=2, allow_nan=False) if as_json else text)
    typer.echo(f"results: {folder}", err=as_json)


@contextmanager
def resumable() -> Iterator[None]:
    """End with INTERRUPTED on Ctrl-C, and say how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        hint = "what is finished is kept; go on with --resume"
        typer.echo(f"interrupted: {hint}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def solve_progress(quiet: bool) -> Any:
    """A context that gives a watcher, which shows stage, time, bound and gap."""
    from verdigrid.studies.progress import no_progress, show_progress

    return no_progress() if quiet else show_progress()


def load_scenario(
    scenario: str, overrides: list[str] | None, stages: bool = False
) -> "Scenario":
    """Load a scenario file, or a bundled one, with ``stages`` maybe a pathway.

    Raises InputError.
    """
    from verdigrid.scenarios.load import load

    return load(scenario, overrides or (), stages)


@contextmanager
def located(loaded: "Scenario") -> Iterator[None]:
    """Add file and line to what is found to be wrong while planning."""
    from verdigrid.models.errors import Finding, InfeasibleError, InputError, Problem

    def place_of(path: str) -> str:
        place = loaded.document.locate(Problem(path, "", ""))
        return f"{place.file}:{place.line}: {path}" if path and place.line else path

    try:
        yield
    except InfeasibleError as error:
        found = [Finding(place_of(f.path), f.text) for f in error.findings]
        raise InfeasibleError(found) from None
    except InputError as error:
        problems = [loaded.document.locate(problem) for problem in error.problems]
        raise InputError(problems) from None

"""Commands that look around a plan: fronts, alternatives, sensitivity.

Everything heavy is imported inside the command that needs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verdigrid.studies.cli_options import (
    INTERRUPTED,
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
    ThreadsOption,
    TimeOption,
    load_scenario,
    located,
    output_option,
    resumable,
    solve_progress,
    tell_results,
    workers_option,
)

if TYPE_CHECKING:
    from verdigrid.studies.backends.solves import Solves


class LedgerChoice(StrEnum):
    """The values of ``models.carbon.LedgerName``."""

    LOCATION = "location"
    MARKET = "market"


class SensitivityMethod(StrEnum):
    """The values of ``studies.sensitivity_run.Method``."""

    TORNADO = "tornado"
    MORRIS = "morris"
    SOBOL = "sobol"
    ROBUSTNESS = "robustness"


ScopesOption = Annotated[
    str | None,
    typer.Option(
        help="Scopes of the carbon axis, such as 1,2; those of the scenario's carbon "
        "cap if not given, else 1,2."
    ),
]
LedgerOption = Annotated[
    LedgerChoice | None,
    typer.Option(help="Ledger of the carbon axis; that of the cap, else location."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(pareto)
    app.command()(alternatives)
    app.command()(sensitivity)
    app.command("break-even")(break_even)


def pareto(
    scenario: ScenarioArg,
    set_: SetOption = None,
    points: Annotated[
        int, typer.Option(help="Plans on the front, both ends included.", min=2)
    ] = 12,
    x: Annotated[
        str, typer.Option(help="What is limited: carbon, or the name of a policy.")
    ] = "carbon",
    y: Annotated[
        str, typer.Option(help="What is best at each limit: cost, or like x.")
    ] = "cost",
    scopes: ScopesOption = None,
    ledger: LedgerOption = None,
    output: Annotated[Path | None, output_option("results/pareto/NAME")] = None,
    resume: ResumeOption = False,
    gap: GapOption = 1e-4,
    method: MethodOption = MethodName.AUTO,
    time_limit: TimeOption = 1800.0,
    threads: ThreadsOption = 2,
    figures: FiguresOption = True,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Cost against carbon: the cheapest plan at every cap, and what a tonne costs."""
    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.pareto import (
        WRITTEN,
        Asked,
        as_data,
        find_front,
        front_key,
        text_of,
        write_front,
    )

    loaded = load_scenario(scenario, set_)
    microgrid = loaded.microgrid
    options = SolveOptions(gap, time_limit, threads, method.value)
    book: Any = None if ledger is None else ledger.value
    asked = Asked(x, y, points, _scopes(scopes), book)
    folder = output or Path("results/pareto") / microgrid.name
    key = front_key(microgrid, asked, options)
    with (
        _kept_in(folder, key, resume, WRITTEN) as solves,
        located(loaded),
        solve_progress(quiet or as_json) as watcher,
    ):
        front = find_front(microgrid, asked, options, watcher, solves)
    write_front(folder, front, microgrid.name, microgrid.currency, figures)
    data = as_data(front, microgrid.name, microgrid.currency)
    tell_results(folder, data, text_of(front, microgrid.currency), as_json)


def alternatives(
    scenario: ScenarioArg,
    set_: SetOption = None,
    within: Annotated[
        float,
        typer.Option(help="How much dearer than the cheapest, as a fraction.", min=0),
    ] = 0.02,
    output: Annotated[Path | None, output_option("results/alternatives/NAME")] = None,
    resume: ResumeOption = False,
    gap: GapOption = 1e-4,
    method: MethodOption = MethodName.AUTO,
    time_limit: TimeOption = 1800.0,
    threads: ThreadsOption = 2,
    figures: FiguresOption = True,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Least and greatest of each size among plans that cost hardly more."""
    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.alternatives import alternatives_key, find_alternatives
    from verdigrid.studies.ranges import WRITTEN, as_data, text_of, write_alternatives

    loaded = load_scenario(scenario, set_)
    microgrid = loaded.microgrid
    options = SolveOptions(gap, time_limit, threads, method.value)
    folder = output or Path("results/alternatives") / microgrid.name
    key = alternatives_key(microgrid, within, options)
    with (
        _kept_in(folder, key, resume, WRITTEN) as solves,
        located(loaded),
        solve_progress(quiet or as_json) as watcher,
    ):
        found = find_alternatives(microgrid, within, options, watcher, solves)
    write_alternatives(folder, found, figures)
    tell_results(folder, as_data(found), text_of(found), as_json)


def sensitivity(
    study: Annotated[Path, typer.Argument(help="Study file: a scenario, what varies.")],
    method: Annotated[
        SensitivityMethod,
        typer.Option(
            help="tornado: one_at_a_time of the study; morris, sobol: indices over the "
            "distributions of its samples; robustness: how often each asset is built "
            "in its samples, and the regret of the base plan."
        ),
    ] = SensitivityMethod.TORNADO,
    figure: Annotated[
        str, typer.Option(help="Figure that is looked at, a column of the table.")
    ] = "cost_per_year",
    count: Annotated[
        int | None,
        typer.Option(help="Groups of Morris or Sobol; the samples' count.", min=4),
    ] = None,
    output: Annotated[
        Path | None, output_option("results/sensitivity/NAME-METHOD")
    ] = None,
    resume: ResumeOption = False,
    workers: Annotated[int, workers_option("Members")] = 0,
    gap: GapOption = 1e-4,
    time_limit: TimeOption = 1800.0,
    figures: FiguresOption = True,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """What a result depends on, how often assets are built, and what regret costs."""
    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.options import StudyOptions
    from verdigrid.studies.sensitivity_run import (
        Asked,
        run_sensitivity,
        shown_progress,
    )

    folder = output or Path("results/sensitivity") / f"{study.stem}-{method.value}"
    options = StudyOptions(
        workers=workers,
        solve=SolveOptions(gap, time_limit, threads=1),
        cache=folder.parent / ".cache",
    )
    asked = Asked(study, method.value, figure, count, folder, options, resume, figures)
    with resumable(), shown_progress(quiet or as_json) as report:
        found = run_sensitivity(asked, report)
    tell_results(folder, found.data(), found.text(), as_json)
    if found.failed:
        raise typer.Exit(SOME_FAILED)


def break_even(
    scenario: ScenarioArg,
    path: Annotated[str, typer.Argument(help="Path of the value that is looked for.")],
    low: Annotated[float, typer.Option(help="Lower end of the range.")],
    high: Annotated[float, typer.Option(help="Upper end of the range.")],
    figure: Annotated[
        str,
        typer.Option(help="size:COMPONENT.FIELD, net_present_saving, or another one."),
    ],
    above: Annotated[float, typer.Option(help="Threshold of the figure.")] = 0.0,
    tolerance: Annotated[
        float, typer.Option(help="Part of the range that is left.", min=1e-9, max=1)
    ] = 1e-3,
    set_: SetOption = None,
    gap: GapOption = 1e-4,
    time_limit: TimeOption = 1800.0,
    as_json: JsonOption = False,
) -> None:
    """At which value something enters the plan, or begins to pay."""
    import json
    from dataclasses import asdict

    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.break_even import find_break_even, rows_of

    options = SolveOptions(gap, time_limit)
    evaluate = rows_of(scenario, set_ or [], path, options)
    found = find_break_even(evaluate, path, (low, high), figure, above, tolerance)
    told = {**asdict(found), "value": found.value}
    typer.echo(json.dumps(told, indent=2) if as_json else found.text())


@contextmanager
def _kept_in(
    folder: Path, key: str, resume: bool, results: tuple[str, ...]
) -> Iterator["Solves"]:
    """The solves of a search in its folder; say what is kept where it ends early."""
    from verdigrid.models.errors import VerdigridError
    from verdigrid.studies.backends.solves import Solves

    with Solves(folder, key, resume, results) as solves:
        for note in solves.notes:
            typer.echo(note, err=True)
        try:
            yield solves
        except KeyboardInterrupt:
            hint = _how_to_go_on(solves, folder) or "nothing was finished yet"
            typer.echo(f"interrupted: {hint}", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except VerdigridError:
            hint = _how_to_go_on(solves, folder)
            if hint:
                typer.echo(hint, err=True)
            raise


def _how_to_go_on(solves: "Solves", folder: Path) -> str:
    if not len(solves):
        return ""
    return f"{len(solves)} finished solves are kept in {folder}; go on with --resume"


def _scopes(text: str | None) -> list[int] | None:
    """Scopes from text such as ``1,2``. Raises typer.BadParameter."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not parts or any(part not in ("1", "2", "3") for part in parts):
        raise typer.BadParameter("scopes such as 1,2", param_hint="--scopes")
    return sorted({int(part) for part in parts})

"""What ``verdigrid run`` does with a scenario that has several stages.

Everything heavy is imported inside the functions that need it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from verdigrid.studies.cli_options import (
    INTERRUPTED,
    LIMIT_REACHED,
    print_text,
    solve_progress,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from verdigrid.results.pathway_tables import PathwayReport
    from verdigrid.scenarios.load import Scenario
    from verdigrid.solvers.highs import Watcher
    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.choose import Chosen

    Chooser = Callable[[SolveOptions, Watcher | None], Chosen]


def refuse_one_year_options(check_price: bool, method: str) -> None:
    """Raise InputError for options of ``run`` that a pathway does not have (yet)."""
    from verdigrid.models.errors import InputError, Problem

    asked = {"--check-price": check_price, "--method": method == "typical-days"}
    problems = [
        Problem(option, "a pathway of several stages", "a single year with it")
        for option, given in asked.items()
        if given
    ]
    if problems:
        raise InputError(problems)


def run_pathway(
    loaded: "Scenario",
    choose: "Chooser | None",
    folder: Path,
    options: "SolveOptions",
    quiet: bool,
    as_json: bool,
    figures: bool,
) -> None:
    """Plan and verify the pathway of a scenario, write, print and draw it.

    ``choose`` takes the best packages first, where that was asked for.
    """
    from verdigrid.results.pathway_tables import PathwayReport
    from verdigrid.studies.compare_command import tell_choice
    from verdigrid.studies.plan_pathway import PathwayPlan, make_pathway_plan

    pathway = loaded.pathway
    assert pathway is not None
    chosen = None
    try:
        with solve_progress(quiet or as_json) as watcher:
            if choose is not None:
                chosen = choose(options, watcher)
                loaded, found = chosen.scenario, chosen.plan
                assert isinstance(found, PathwayPlan)
            else:
                found = make_pathway_plan(pathway, options, watcher)
    except KeyboardInterrupt:
        if not any(folder.iterdir()):
            folder.rmdir()
        typer.echo("interrupted: no plan yet, nothing written", err=True)
        raise typer.Exit(INTERRUPTED) from None
    report = PathwayReport(found.plan, found.baselines)
    _tell(folder, loaded, report, as_json, figures)
    if chosen is not None:
        tell_choice(folder, chosen, as_json)
    typer.echo(f"results: {folder}", err=as_json)
    solution = found.plan.solution
    if solution.facts["interrupted"]:
        raise typer.Exit(INTERRUPTED)
    if solution.status != "optimal":
        raise typer.Exit(LIMIT_REACHED)


def _tell(
    folder: Path,
    loaded: "Scenario",
    report: "PathwayReport",
    as_json: bool,
    figures: bool,
) -> None:
    """Save the results first, then print them, then draw."""
    from verdigrid.results.certificate_file import write_pathway_certificate
    from verdigrid.results.pathway_tables import pathway_text
    from verdigrid.results.write import write_inputs
    from verdigrid.results.write_pathway import draw_pathway, write_pathway
    from verdigrid.scenarios.show import input_texts

    write_inputs(
        folder, loaded.microgrid, input_texts(loaded), loaded.files, loaded.sources
    )
    write_pathway(folder, report)
    write_pathway_certificate(folder, report.plan.solution)
    if as_json:
        typer.echo((folder / "summary.json").read_text(encoding="utf-8"))
    else:
        print_text(pathway_text(report))
    if figures:
        draw_pathway(folder, report)

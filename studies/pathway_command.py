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
    from verdigrid.results.pathway_tables import PathwayReport
    from verdigrid.scenarios.load import Scenario
    from verdigrid.solvers.solve import SolveOptions


def refuse_one_year_options(
    check_price: bool, packages: str | None, method: str
) -> None:
    """Raise InputError for options of ``run`` that a pathway does not have (yet)."""
    from verdigrid.models.errors import InputError, Problem

    asked = {
        "--check-price": check_price,
        "--options": packages is not None,
        "--method": method == "typical-days",
    }
    problems = [
        Problem(option, "a pathway of several stages", "a single year with it")
        for option, given in asked.items()
        if given
    ]
    if problems:
        raise InputError(problems)


def run_pathway(
    loaded: "Scenario",
    folder: Path,
    options: "SolveOptions",
    quiet: bool,
    as_json: bool,
    figures: bool,
) -> None:
    """Plan and verify the pathway of a scenario, write, print and draw it."""
    from verdigrid.results.pathway_tables import PathwayReport
    from verdigrid.studies.plan_pathway import make_pathway_plan

    assert loaded.pathway is not None
    try:
        with solve_progress(quiet or as_json) as watcher:
            found = make_pathway_plan(loaded.pathway, options, watcher)
    except KeyboardInterrupt:
        if not any(folder.iterdir()):
            folder.rmdir()
        typer.echo("interrupted: no plan yet, nothing written", err=True)
        raise typer.Exit(INTERRUPTED) from None
    report = PathwayReport(found.plan, found.baselines)
    _tell(folder, loaded, report, as_json, figures)
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
    from verdigrid.results.pathway_tables import pathway_text
    from verdigrid.results.write import write_inputs
    from verdigrid.results.write_pathway import draw_pathway, write_pathway
    from verdigrid.scenarios.show import resolved_text

    write_inputs(
        folder, loaded.microgrid, resolved_text(loaded), loaded.files, loaded.sources
    )
    write_pathway(folder, report)
    if as_json:
        typer.echo((folder / "summary.json").read_text(encoding="utf-8"))
    else:
        print_text(pathway_text(report))
    if figures:
        draw_pathway(folder, report)

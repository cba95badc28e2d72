"""``verdigrid run``: one plan, its folder, its figures.

Everything heavy is imported inside the command that needs it.
"""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verdigrid.studies.cli_options import (
    INTERRUPTED,
    LIMIT_REACHED,
    FiguresOption,
    GapOption,
    JsonOption,
    MethodName,
    MethodOption,
    QuietOption,
    ScenarioArg,
    SetOption,
    ThreadsOption,
    TimeOption,
    load_scenario,
    located,
    output_option,
    print_text,
    solve_progress,
)
from verdigrid.studies.compare_command import PackagesOption, tell_choice

if TYPE_CHECKING:
    from verdigrid.scenarios.load import Scenario
    from verdigrid.studies.check_price import PriceCheck
    from verdigrid.studies.outages import Outages
    from verdigrid.studies.plan import Plan


@dataclass(frozen=True)
class Extras:
    """What was asked for beside the plan."""

    prices: "list[PriceCheck]"
    outages: "list[Outages]"


def run(
    scenario: ScenarioArg,
    set_: SetOption = None,
    packages: PackagesOption = None,
    output: Annotated[Path | None, output_option("results/runs/NAME-TIME")] = None,
    force: Annotated[
        bool, typer.Option(help="Write into a folder with files.")
    ] = False,
    gap: GapOption = 1e-4,
    method: MethodOption = MethodName.AUTO,
    time_limit: TimeOption = 1800.0,
    threads: ThreadsOption = 2,
    figures: FiguresOption = True,
    check_price: Annotated[
        bool,
        typer.Option(
            help="Also move every carbon cap by 1 % and plan again, to hold the "
            "difference in cost per tonne against the shadow price."
        ),
    ] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find the cheapest plan that keeps the caps, verify it, write and draw it."""
    from verdigrid.results.write import run_folder
    from verdigrid.solvers.solve import SolveOptions
    from verdigrid.studies.check_price import check_prices
    from verdigrid.studies.choose import BEST, choose_packages, with_use
    from verdigrid.studies.outages import outages_of
    from verdigrid.studies.pathway_command import refuse_one_year_options, run_pathway
    from verdigrid.studies.plan import Plan, make_plan

    chosen, set_ = None, with_use(set_, packages)
    loaded = load_scenario(scenario, set_, stages=True)
    folder = run_folder(loaded.microgrid.name, output, force)
    options = SolveOptions(
        relative_gap=gap,
        time_limit_s=time_limit,
        threads=threads,
        method=method.value,
    )
    if loaded.pathway is not None:
        refuse_one_year_options(check_price, method.value)
        choose = partial(choose_packages, scenario, set_) if packages == BEST else None
        with located(loaded):
            run_pathway(loaded, choose, folder, options, quiet, as_json, figures)
        return
    try:
        with located(loaded), solve_progress(quiet or as_json) as watcher:
            if packages == BEST:
                chosen = choose_packages(scenario, set_, options, watcher)
                loaded, plan = chosen.scenario, chosen.plan
                assert isinstance(plan, Plan)
            else:
                plan = make_plan(loaded.microgrid, options, watcher)
            prices = check_prices(plan.plan, options, watcher) if check_price else []
            outages = outages_of(plan.plan.solution, watcher)
    except KeyboardInterrupt:
        if not any(folder.iterdir()):
            folder.rmdir()
        typer.echo("interrupted: no plan yet, nothing written", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _write(folder, loaded, plan, Extras(prices, outages), as_json)
    if chosen is not None:
        tell_choice(folder, chosen, as_json)
    if figures:
        _draw(folder, plan)
    typer.echo(f"results: {folder}", err=as_json)
    if plan.plan.solution.facts["interrupted"]:
        raise typer.Exit(INTERRUPTED)
    if plan.plan.solution.status != "optimal":
        raise typer.Exit(LIMIT_REACHED)


def _write(
    folder: Path,
    loaded: "Scenario",
    plan: "Plan",
    extras: Extras,
    as_json: bool,
) -> None:
    """Save the results first, then print them."""
    from verdigrid.results.bill import compare_with_metered
    from verdigrid.results.certificate_file import write_certificate
    from verdigrid.results.console import metered_text, plan_text
    from verdigrid.results.summary import summarize
    from verdigrid.results.write import (
        write_inputs,
        write_summary,
        write_table,
        write_tables,
    )
    from verdigrid.scenarios.show import input_texts
    from verdigrid.studies.check_price import in_words

    write_inputs(
        folder, loaded.microgrid, input_texts(loaded), loaded.files, loaded.sources
    )
    write_tables(folder, plan.plan, plan.baseline)
    summary = summarize(plan.plan, plan.baseline, plan.no_baseline)
    summary["price_checks"] = [asdict(price) for price in extras.prices]
    summary["outages"] = [outages.as_data() for outages in extras.outages]
    write_summary(folder, summary)
    for outages in extras.outages:
        write_table(folder, f"outages_{outages.policy}", outages.table())
    write_certificate(folder, plan.plan.solution)
    if as_json:
        typer.echo((folder / "summary.json").read_text(encoding="utf-8"))
        return
    print_text(plan_text(plan.plan, plan.baseline, plan.no_baseline))
    for price in extras.prices:
        print_text(in_words(price, loaded.microgrid.currency))
    for outages in extras.outages:
        print_text(outages.in_words())
    if loaded.metered is not None and plan.baseline is not None:
        bill = plan.baseline.tables.bill
        print_text(
            metered_text(compare_with_metered(bill, loaded.microgrid, loaded.metered))
        )


def _draw(folder: Path, plan: "Plan") -> None:
    from verdigrid.results.figures import draw_all

    target = folder / "figures"
    target.mkdir(exist_ok=True)
    draw_all(plan.plan, plan.baseline, target)

"""The folder of a pathway: a summary of all stages, and a folder for each."""

from pathlib import Path

import pandas as pd

from verdigrid.results.figures import draw_all
from verdigrid.results.figures.pathway import pathway_figures
from verdigrid.results.figures.style import save
from verdigrid.results.pathway_summary import summarize_pathway
from verdigrid.results.pathway_tables import PathwayReport
from verdigrid.results.write import write_frame, write_summary, write_tables


def stage_folder(folder: Path, year: int) -> Path:
    """Folder of one stage's tables and figures."""
    return folder / f"stage-{year}"


def write_pathway(folder: Path, report: PathwayReport) -> None:
    """``summary.json``, tables of the pathway, and a folder for each stage."""
    tables = folder / "tables"
    tables.mkdir(exist_ok=True)
    write_frame(tables / "stages.parquet", report.stages)
    write_frame(tables / "capacities.parquet", report.capacities)
    write_frame(tables / "payments.parquet", report.payments)
    for number, stage in enumerate(report.plan.stages):
        own = stage_folder(folder, report.plan.years[number])
        own.mkdir(exist_ok=True)
        write_tables(own, stage, report.baselines[number][0])
        grid = stage.solution.microgrid
        index = grid.calendar.utc.rename("time")
        series = pd.DataFrame(dict(grid.series), index=index)
        write_frame(own / "series.parquet", series)
    write_summary(folder, summarize_pathway(report))


def draw_pathway(folder: Path, report: PathwayReport) -> None:
    """Figures of the pathway, and those of every stage in its folder."""
    target = folder / "figures"
    target.mkdir(exist_ok=True)
    for name, figure in pathway_figures(report).items():
        save(figure, target, name)
    for number, stage in enumerate(report.plan.stages):
        own = stage_folder(folder, report.plan.years[number]) / "figures"
        draw_all(stage, report.baselines[number][0], own)

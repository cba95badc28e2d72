"""A pathway in figures: what is built when, what it costs and emits."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verdigrid.models.arrays import Floats
from verdigrid.results.figures import style
from verdigrid.results.pathway_tables import PathwayReport

BAR = 0.62


def pathway_figures(report: PathwayReport) -> dict[str, Figure]:
    """Figures of a pathway by name."""
    drawn = {
        "pathway_capacities": _capacities_figure(report),
        "pathway_emissions_and_cost": _emissions_figure(report),
    }
    return {name: figure for name, figure in drawn.items() if figure is not None}


def additions(capacities: pd.DataFrame, years: list[int]) -> dict[str, Floats]:
    """Of one capacity, what of each origin serves in each stage, (stages,).

    Origins are what stands, and the years of purchase. What is carried over is told
    from the latest purchases backwards: those serve longest.
    """
    rows = capacities.set_index("year").loc[years]
    stands = rows["existing"].to_numpy(dtype=float)
    carried = rows["carried"].to_numpy(dtype=float)
    new = rows["new"].to_numpy(dtype=float)
    found = {"stands": stands}
    bought = {year: np.zeros(len(years)) for year in years}
    for stage, year in enumerate(years):
        bought[year][stage] = new[stage]
        left = carried[stage]
        for earlier in reversed(range(stage)):
            serves = min(left, new[earlier])
            bought[years[earlier]][stage] = serves
            left -= serves
    return found | {str(year): amounts for year, amounts in bought.items()}


def _capacities_figure(report: PathwayReport) -> Figure | None:
    """A panel per capacity that is bought, with bars stacked by year of purchase."""
    frame, years = report.capacities, report.plan.years
    if frame.empty:
        return None
    bought = [
        (key, rows)
        for key, rows in frame.groupby(["component", "capacity"], sort=False)
        if rows["new"].max() > 1e-6
    ]
    if not bought:
        return None
    columns = min(3, len(bought))
    lines = -(-len(bought) // columns)
    figure = style.new_figure(1.0 + 3.2 * lines)
    panels = np.atleast_1d(figure.subplots(lines, columns)).ravel()
    colours = {"stands": style.GREY}
    colours |= style.colours_for([str(year) for year in years])
    handles = {}
    for axes, (key, rows) in zip(panels, bought, strict=False):
        unit = str(rows["unit"].iloc[0])
        scale = style.scale_for(float(rows["total"].max()), unit)
        below = np.zeros(len(years))
        for origin, amounts in additions(rows, years).items():
            if amounts.max() > 0:
                shown = amounts / scale.factor
                bars = axes.bar(
                    range(len(years)), shown, BAR, below, color=colours[origin]
                )
                handles[origin] = bars
                below = below + shown
        style.tidy(axes, scale.unit)
        _stages_below(axes, years)
        component, capacity = (str(part) for part in key)
        name = component if capacity == "capacity" else f"{component}, {capacity}"
        axes.set_title(style.words(name), fontsize=style.LABEL, loc="left")
    for axes in panels[len(bought) :]:
        axes.set_visible(False)
    origins = [origin for origin in colours if origin in handles]
    style.legend_outside(
        figure, [handles[origin] for origin in origins], origins, "bought in"
    )
    style.title(figure, "Capacities by stage")
    return figure


def _emissions_figure(report: PathwayReport) -> Figure:
    """Yearly emissions and running cost of plan and baseline by stage."""
    frame, years = report.stages, report.plan.years
    figure = style.new_figure(7.0)
    panels = figure.subplots(2, 1, sharex=True)
    money = frame["operating_cost_per_year"].abs().max()
    scale = style.scale_for(float(money), "")
    shown = (
        ("tonnes_per_year", "baseline_tonnes_per_year", "t CO2e a year", 1.0),
        (
            "operating_cost_per_year",
            "baseline_cost_per_year",
            f"running cost, {scale.unit}{report.currency} a year",
            scale.factor,
        ),
    )
    at = np.arange(len(years))
    handles = []
    for axes, (plan, baseline, label, factor) in zip(panels, shown, strict=True):
        ours = frame[plan].to_numpy(dtype=float) / factor
        today = frame[baseline].to_numpy(dtype=float) / factor
        grey = axes.bar(at - BAR / 4, today, BAR / 2, color=style.GREY)
        green = axes.bar(at + BAR / 4, ours, BAR / 2, color=style.PALETTE[2])
        handles = [grey, green]
        style.tidy(axes, label)
        _stages_below(axes, years)
    style.legend_outside(figure, handles, ["what stands today", "plan"])
    total = float(frame["cumulative_tonnes"].iloc[-1])
    text = f"Emissions and cost by stage; {style.number(total)} t CO2e in all years"
    style.title(figure, text)
    return figure


def _stages_below(axes: Axes, years: list[int]) -> None:
    axes.set_xticks(range(len(years)), [str(year) for year in years])

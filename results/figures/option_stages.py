"""Retrofit options on a pathway: when each of them spends, and what it emits then."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verdigrid.results.figures import style
from verdigrid.results.options_table import BASELINE, Option

#: Width of all bars of a stage together, as a share of the room between stages.
GROUP = 0.8
LEGEND_CHARACTERS = 26


def stages_figure(options: Sequence[Option], currency: str) -> Figure | None:
    """Investment by stage as bars, emissions by year as steps; a colour an option."""
    planned = [o for o in options if o.summary is not None and "pathway" in o.summary]
    if not planned:
        return None
    colours = style.colours_for([o.name for o in planned if not _is_special(o)])
    figure = style.new_figure(8.0)
    upper, lower = figure.subplots(2, 1)
    _draw_investment(upper, planned, colours, currency)
    handles = _draw_emissions(lower, planned, colours)
    labels = [
        fill(
            style.sentence(option.title) + (" *" if option.is_best else ""),
            LEGEND_CHARACTERS,
        )
        for option in planned
    ]
    style.legend_outside(figure, handles, labels)
    style.title(figure, "What each option spends when, and what it emits from then on")
    return figure


def _is_special(option: Option) -> bool:
    return option.is_best or option.name == BASELINE


def _colour(option: Option, colours: dict[str, str]) -> str:
    if option.name == BASELINE:
        return style.GREY
    return style.BLACK if option.is_best else colours[option.name]


def _stages(option: Option) -> list[dict[str, Any]]:
    assert option.summary is not None
    found: list[dict[str, Any]] = option.summary["pathway"]["stages"]
    return found


def _draw_investment(
    axes: Axes, options: Sequence[Option], colours: dict[str, str], currency: str
) -> None:
    """A group of bars for each stage."""
    buying = [option for option in options if option.name != BASELINE]
    amounts = np.array([[s["investment"] for s in _stages(o)] for o in buying])
    largest = float(np.abs(amounts).max()) if amounts.size else 0.0
    scale = style.scale_for(largest, "")
    years = [stage["year"] for stage in _stages(options[0])]
    width = GROUP / max(1, len(buying))
    for number, (option, row) in enumerate(zip(buying, amounts, strict=True)):
        at = np.arange(len(years)) - GROUP / 2 + (number + 0.5) * width
        axes.bar(at, row / scale.factor, 0.9 * width, color=_colour(option, colours))
    axes.set_xticks(range(len(years)), [f"from {year}" for year in years])
    style.tidy(axes, f"bought, {scale.unit}{currency}")


def _draw_emissions(
    axes: Axes, options: Sequence[Option], colours: dict[str, str]
) -> list[Any]:
    """A line of steps for each option."""
    handles = []
    tonnes = {o.name: [s["tonnes_per_year"] for s in _stages(o)] for o in options}
    scale = style.scale_for(max(max(row) for row in tonnes.values()), "")
    for option in options:
        stages = _stages(option)
        edges = [stage["year"] for stage in stages]
        edges.append(edges[-1] + stages[-1]["years"])
        steps = axes.stairs(
            np.array(tonnes[option.name]) / scale.factor,
            edges,
            baseline=None,
            color=_colour(option, colours),
            lw=3.2 if option.is_best else 2.0,
            ls="--" if option.name == BASELINE else "-",
            zorder=3 if option.name == BASELINE or option.is_best else 2,
        )
        handles.append(steps)
    axes.set_ylim(bottom=0)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xticks(edges, [str(edge) for edge in edges])
    style.tidy(axes, f"{scale.unit}t CO2e a year")
    return handles

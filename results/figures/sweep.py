"""What a study found: lines over one value that varies, a map over two.

Members that failed leave a gap, marked as such; nothing is drawn between members that
was not solved.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verdigrid.models.arrays import Floats
from verdigrid.results.figures import style

#: Columns that are drawn, with their name and unit; "" is money.
COST, CARBON = "cost_per_year", "tonnes_per_year"
#: More values on one axis are not written into the cells of a map.
MOST_WRITTEN = 12


def sweep_figures(
    table: pd.DataFrame, varied: Sequence[str], currency: str
) -> dict[str, Figure]:
    """Figures of a study's table by name; none if three or more values vary.

    ``varied`` are the columns that were set differently; what has one value in the
    whole table does not count.
    """
    if COST not in table:
        return {}
    axes = [name for name in varied if table[name].nunique(dropna=False) > 1]
    once = not table.duplicated(axes).any() if axes else False
    if len(axes) == 1 and once:
        return {"sweep": lines_figure(table, axes[0], currency)}
    if len(axes) == 2 and once:
        cost, carbon = f"Equivalent annual cost, {currency}", "Emissions, t CO2e a year"
        return {
            "sweep_cost": map_figure(table, axes[0], axes[1], COST, cost),
            "sweep_carbon": map_figure(table, axes[0], axes[1], CARBON, carbon),
        }
    return {}


def lines_figure(table: pd.DataFrame, name: str, currency: str) -> Figure:
    """Cost, emissions and sizes over the value that varies."""
    table = _ordered(table, name)
    places, labels = _places(table[name])
    sizes = [c for c in table if str(c).startswith("size:") and table[c].max() > 0]
    figure = style.new_figure(8.0)
    panels = figure.subplots(3 if sizes else 2, 1, sharex=True)
    missing = table[COST].isna().to_numpy()
    scale = style.scale_for(float(table[COST].abs().max()), "")
    _line(panels[0], places, table[COST] / scale.factor, labels, style.PALETTE[0])
    style.tidy(panels[0], f"cost, {scale.unit}{currency}/a")
    _line(panels[1], places, table[CARBON], labels, style.PALETTE[4])
    style.tidy(panels[1], "emissions, t CO2e/a")
    if sizes:
        colours = style.colours_for([str(size) for size in sizes])
        for size in sizes:
            drawn = _line(panels[2], places, table[size], labels, colours[str(size)])
            drawn.set_label(style.words(str(size).removeprefix("size:")))
        style.tidy(panels[2], "sizes, kW or kWh")
        panels[2].legend(fontsize=style.TICK, frameon=False, loc="best")
    for axes in panels:
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        _mark_missing(axes, places[missing])
    if labels:
        panels[-1].set_xticks(places, labels)
    panels[-1].set_xlabel(name, fontsize=style.LABEL)
    style.title(figure, _title(f"What {name} decides", int(missing.sum())))
    return figure


def map_figure(
    table: pd.DataFrame, across: str, up: str, column: str, what: str
) -> Figure:
    """``column`` as a colour over two values; white where there is no plan."""
    columns, rows = _values(table[across]), _values(table[up])
    values = np.full((len(rows), len(columns)), np.nan)
    failed = np.zeros_like(values, dtype=bool)
    for x, y, value in zip(table[across], table[up], table[column], strict=True):
        place = rows.index(_plain(y)), columns.index(_plain(x))
        values[place] = np.nan if value is None else value
        failed[place] = not np.isfinite(values[place])
    figure = style.new_figure()
    axes = figure.subplots()
    shades = axes.pcolormesh(np.ma.masked_invalid(values), cmap="viridis")
    bar = figure.colorbar(shades, ax=axes, format=style.TICKS)
    bar.set_label(what, fontsize=style.LABEL)
    _write_cells(axes, values, failed)
    for axis, texts in ((axes.xaxis, columns), (axes.yaxis, rows)):
        step = max(1, len(texts) // MOST_WRITTEN)
        kept = range(0, len(texts), step)
        axis.set_ticks([n + 0.5 for n in kept], [_text(texts[n]) for n in kept])
    axes.tick_params(labelsize=style.TICK, length=0)
    axes.set_xlabel(across, fontsize=style.LABEL)
    axes.set_ylabel(up, fontsize=style.LABEL)
    axes.spines[:].set_visible(False)
    style.title(figure, _title(what, int(failed.sum())))
    return figure


def _ordered(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """By the value if it is a number, else as the study has it."""
    return table.sort_values(name) if _is_number(table[name]) else table


def _is_number(column: "pd.Series[Any]") -> bool:
    kind = pd.api.types
    return kind.is_numeric_dtype(column) and not kind.is_bool_dtype(column)


def _places(column: "pd.Series[Any]") -> tuple[Floats, list[str]]:
    """Where values stand on the axis; their names if they are no numbers."""
    if _is_number(column):
        return column.to_numpy(dtype=float), []
    return np.arange(len(column), dtype=float), [_text(value) for value in column]


def _line(
    axes: Axes, places: Floats, values: "pd.Series[Any]", labels: list[str], colour: str
) -> Any:
    """A line with a mark for each member; marks alone where order means nothing."""
    numbers = values.to_numpy(dtype=float)
    line = "" if labels else "-"
    return axes.plot(places, numbers, color=colour, ls=line, marker="o", ms=4)[0]


def _mark_missing(axes: Axes, places: Floats) -> None:
    """A cross on the axis for each member without a plan."""
    if places.size:
        bottom = np.full(places.shape, axes.get_ylim()[0])
        axes.plot(places, bottom, ls="", marker="x", color=style.WARNING, clip_on=False)


def _write_cells(axes: Axes, values: Floats, failed: Any) -> None:
    """Numbers in the cells of a small map, crosses where a member failed."""
    small = max(values.shape) <= MOST_WRITTEN
    seen = values[np.isfinite(values)]
    middle = (seen.min() + seen.max()) / 2 if seen.size else 0.0
    for (row, column), value in np.ndenumerate(values):
        here = (column + 0.5, row + 0.5)
        middle_of_cell: dict[str, Any] = {"ha": "center", "va": "center"}
        if failed[row, column]:
            axes.text(*here, "x", color=style.WARNING, **middle_of_cell)
        elif small and np.isfinite(value):
            colour = "white" if value < middle else style.BLACK
            text, size = style.number(value), style.TICK - 1
            axes.text(*here, text, color=colour, fontsize=size, **middle_of_cell)


def _values(column: "pd.Series[Any]") -> list[Any]:
    """Different values, numbers in order."""
    found = list(dict.fromkeys(_plain(value) for value in column))
    return sorted(found) if _is_number(column) else found


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _text(value: Any) -> str:
    """A value on an axis, cut where it is long."""
    text = f"{value:,.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 24 else f"{text[:21]}..."


def _title(text: str, failed: int) -> str:
    crosses = f" (x: {failed} without a plan)" if failed else ""
    return f"{text}{crosses}"

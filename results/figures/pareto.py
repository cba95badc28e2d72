"""A Pareto front: the curve, what the next unit costs, and the capacities beneath.

Every mark is a verified plan. Between two neighbours the line is only drawn where no
limit was tried that gave no plan; such limits are crosses on the axis.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verdigrid.models.arrays import Floats
from verdigrid.results.figures import style

#: Prices that differ by more than this factor are drawn on a logarithmic axis.
LOGARITHMIC = 50
#: Sizes that differ by less than this share of the largest are drawn as none.
SAME = 1e-3


def pareto_figure(table: pd.DataFrame, x_label: str, y_label: str) -> Figure:
    """The figure of a front's table (``studies.pareto.table_of``)."""
    failed = table[table["x"].isna()]
    points = _with_gaps(table[table["x"].notna()], failed["limit"].to_numpy(float))
    # what is the same in all plans tells nothing
    sizes = [
        column
        for column in points
        if str(column).startswith("size:")
        and np.ptp(points[column].dropna()) > SAME * points[column].max()
    ]
    has_price = bool(points["price"].notna().any())
    ratios = [2.0] + [1.0] * has_price + [1.4] * bool(sizes)
    figure = style.new_figure(2.6 + 1.7 * len(ratios))
    panels = figure.subplots(
        len(ratios), 1, sharex=True, squeeze=False, height_ratios=ratios
    )[:, 0]
    x = points["x"].to_numpy(float)
    _draw_curve(panels[0], points, x, y_label)
    if has_price:
        _draw_prices(panels[1], points, x)
    if sizes:
        _draw_sizes(panels[-1], points, x, sizes)
        handles, names = panels[-1].get_legend_handles_labels()
        style.legend_outside(figure, handles, names, "sizes")
    if len(failed):
        low, high = panels[0].get_ylim()
        at = failed["limit"].to_numpy(float)
        panels[0].plot(at, 0 * at + low, "x", color=style.WARNING, clip_on=False)
        panels[0].set_ylim(low, high)
    for axes in panels:
        _shade_without_plan(axes, points)
    panels[-1].set_xlabel(x_label, fontsize=style.LABEL)
    panels[-1].xaxis.set_major_formatter(style.TICKS)
    figure.align_ylabels(list(panels))
    style.title(figure, _title(points, failed))
    return figure


def _shade_without_plan(axes: Axes, points: pd.DataFrame) -> None:
    """Grey where no plan reaches: beyond the end with the best x."""
    end = points[points["end"] == "best x"]
    if end.empty:
        return
    best = float(end["x"].iloc[0])
    left, right = axes.get_xlim()
    to_left = best <= float(points["x"].min())
    axes.axvspan(*((left, best) if to_left else (best, right)), color=style.GRID, lw=0)
    axes.set_xlim(left, right)


def _with_gaps(points: pd.DataFrame, failed: Floats) -> pd.DataFrame:
    """The points by x, an empty row wherever a limit between two gave no plan."""
    ordered = points.sort_values("x").reset_index(drop=True)
    x = ordered["x"].to_numpy(float)
    after = sorted({int(np.searchsorted(x, limit)) for limit in failed})
    parts, start = [], 0
    for place in after:
        parts += [ordered.iloc[start:place], pd.DataFrame([{"x": np.nan}])]
        start = place
    parts.append(ordered.iloc[start:])
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if len(kept) > 1 else ordered


def _draw_curve(axes: Axes, points: pd.DataFrame, x: Floats, y_label: str) -> None:
    what, _, unit = y_label.rpartition(", ")
    y = points["y"].to_numpy(float)
    scale = style.scale_for(float(np.nanmax(np.abs(y))), "")
    axes.plot(x, y / scale.factor, "-o", color=style.PALETTE[0], ms=5, lw=1.8)
    style.tidy(axes, f"{what},\n{scale.unit}{unit}")
    for row in points.itertuples():
        if row.knee is True or row.knee == 1.0:
            at = (float(row.x), float(row.y) / scale.factor)  # type: ignore[arg-type]
            ring: dict[str, Any] = {"mfc": "none", "mec": style.WARNING, "mew": 2}
            axes.plot(*at, "o", ms=12, **ring)
            axes.annotate(
                "knee",
                at,
                xytext=(10, 10),
                textcoords="offset points",
                fontsize=style.TICK,
            )
    axes.margins(y=0.12)


def _draw_prices(axes: Axes, points: pd.DataFrame, x: Floats) -> None:
    """Steps: what a unit costs between two points; marks: the shadow price at each."""
    y = points["y"].to_numpy(float)
    known = np.isfinite(x[1:]) & np.isfinite(x[:-1])
    with np.errstate(invalid="ignore"):
        slope = np.abs(np.diff(y) / np.diff(x))
    label = "between two points"
    for left, right, height in zip(
        x[:-1][known], x[1:][known], slope[known], strict=True
    ):
        axes.hlines(height, left, right, color=style.PALETTE[1], lw=2.5, label=label)
        label = "_"  # one entry in the legend is enough
    price = points["price"].to_numpy(float)
    top = 1.25 * float(slope[known].max()) if known.any() else 1.0
    axes.plot(
        x,
        np.where(price <= top, price, np.nan),
        "D",
        color=style.PALETTE[2],
        ms=5,
        label="shadow price",
    )
    style.tidy(axes, "cost of a\nunit of x")
    rising = slope[known & (slope > 0)]
    least = float(rising.min()) if rising.size else top
    if top > LOGARITHMIC * least:
        axes.set_yscale("log")
        axes.set_ylim(0.5 * least, 2 * top)
        axes.yaxis.set_major_formatter(style.TICKS)
    else:
        axes.set_ylim(0.0, top)
    axes.legend(fontsize=style.TICK, frameon=False, loc="best")


def _draw_sizes(
    axes: Axes, points: pd.DataFrame, x: Floats, sizes: "list[Any]"
) -> None:
    colours = style.colours_for([str(size) for size in sizes])
    for size in sizes:
        name = style.words(str(size).removeprefix("size:"))
        values = points[size].to_numpy(float)
        axes.plot(x, values, "-o", ms=4, color=colours[str(size)], label=name)
    style.tidy(axes, "sizes,\nkW or kWh")
    axes.set_ylim(bottom=0)


def _title(points: pd.DataFrame, failed: pd.DataFrame) -> str:
    text = f"Pareto front of {int(points['y'].notna().sum())} plans; grey: out of reach"
    if len(failed):
        text += f" (x: {len(failed)} limits without a plan)"
    return text

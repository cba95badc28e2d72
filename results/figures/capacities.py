"""What stands and what the plan adds, against what could be built at most."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from verdigrid.models.solution import Size, Solution
from verdigrid.results.figures import style

#: A limit farther away than this many times the largest size is not drawn to scale.
FAR = 5.0
#: Width of a character behind a bar as a share of the axis.
CHARACTER = 0.012
MARK: dict[str, Any] = {"color": style.BLACK, "ls": "", "ms": 14, "mew": 2}


@dataclass(frozen=True)
class SizeBar:
    """A capacity to draw, kW or kWh; ``limit`` is None if there is no room."""

    component: str
    label: str
    existing: float
    new: float
    limit: float | None


def size_bars(solution: Solution, unit: str) -> list[SizeBar]:
    """Capacities in ``unit`` that stand or could be built, in scenario order."""
    sizes = [s for s in solution.sizes if s.unit == unit and (_room(s) or s.total > 0)]
    names = [size.component for size in sizes]
    bars = []
    for size in sizes:
        label = style.words(size.component)
        if names.count(size.component) > 1:
            label += f", {style.words(size.field)}"
        limit = size.limit if _room(size) else None
        stands = size.kept + size.carried
        bars.append(SizeBar(size.component, label, stands, size.new, limit))
    return bars


def _room(size: Size) -> bool:
    return size.limit > size.existing


def axis_end(bars: list[SizeBar]) -> float:
    """Where the axis ends: at the farthest limit that leaves the bars visible."""
    largest = max(bar.existing + bar.new for bar in bars)
    limits = [b.limit for b in bars if b.limit is not None and np.isfinite(b.limit)]
    near = [limit for limit in limits if largest <= 0 or limit <= FAR * largest]
    return max([largest, *near]) or 1.0


def capacities_figure(solution: Solution, colours: dict[str, str]) -> Figure | None:
    """A panel for power and one for stored energy."""
    panels = {unit: size_bars(solution, unit) for unit in ("kW", "kWh")}
    panels = {unit: bars for unit, bars in panels.items() if bars}
    if not panels:
        return None
    counts = [len(bars) for bars in panels.values()]
    figure = style.new_figure(1.2 + sum(0.42 * count + 0.75 for count in counts))
    rows = figure.subplots(
        len(panels), 1, squeeze=False, height_ratios=[count + 0.6 for count in counts]
    )[:, 0]
    for axes, (unit, bars) in zip(rows, panels.items(), strict=True):
        _draw(axes, unit, bars, colours)
    handles: list[Any] = [
        Patch(facecolor="#dddddd", edgecolor="#777777"),
        Patch(color="#777777"),
        Line2D([], [], marker="|", **MARK),
    ]
    style.legend_outside(figure, handles, ["existing", "new", "limit"])
    style.title(figure, "Capacities: what stands, what the plan adds, what is possible")
    return figure


def _draw(axes: Axes, unit: str, bars: list[SizeBar], colours: dict[str, str]) -> None:
    end = axis_end(bars)
    scale = style.scale_for(end, unit)
    rows = np.arange(len(bars))
    for row, bar in zip(rows, bars, strict=True):
        colour, total = colours[bar.component], bar.existing + bar.new
        stands, adds = bar.existing / scale.factor, bar.new / scale.factor
        axes.barh(row, stands, color=style.tint(colour, 0.35), edgecolor=colour)
        axes.barh(row, adds, left=stands, color=colour)
        text, reach = label(bar, scale, end), total
        if bar.limit is not None and bar.limit <= end:
            axes.plot(bar.limit / scale.factor, row, "|", **MARK)
            room = end * (CHARACTER * len(text) + 0.03)
            reach = bar.limit if bar.limit - total < room else total
        axes.annotate(
            text,
            (reach / scale.factor, row),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.TICK,
        )
    axes.set_xlim(0, 1.3 * end / scale.factor)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    style.tidy(axes, "", scale.unit)
    axes.grid(visible=False)
    axes.grid(axis="x", color=style.GRID, lw=0.8)
    axes.set_yticks(rows, [bar.label for bar in bars])
    axes.xaxis.set_major_formatter(style.TICKS)
    axes.tick_params(axis="y", length=0)


def label(bar: SizeBar, scale: style.Scale, end: float) -> str:
    """The total, and how much is possible where there is something to decide.

    A limit beyond the ``end`` of the axis is written in a unit of its own.
    """
    total = style.number((bar.existing + bar.new) / scale.factor)
    if bar.limit is None or not np.isfinite(bar.limit):
        return f"{total} {scale.unit}"
    if bar.limit <= end:
        return f"{total} of {style.number(bar.limit / scale.factor)} {scale.unit}"
    own = style.scale_for(bar.limit, "kWh" if scale.unit.endswith("Wh") else "kW")
    most = f"{style.number(bar.limit / own.factor)} {own.unit}"
    return f"{total} {scale.unit} of {most}"

"""Energy of a node month by month: sources upwards, uses downwards, demand marked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.results.figures import style
from verdigrid.results.figures.stacks import Stack


@dataclass(frozen=True)
class MonthlyBar:
    """Energy of one component in each month, kWh (months,); negative: a use."""

    component: str
    kwh: Floats


def monthly_bars(calendar: Calendar, stack: Stack) -> list[MonthlyBar]:
    """Visible bars of a node from the axis outwards, sources before uses."""
    hours = calendar.step_hours
    bars = [
        MonthlyBar(band.component, calendar.monthly_sums(band.kw * hours))
        for band in stack.bands
    ]
    least = style.VISIBLE * max(float(np.abs(bar.kwh).max()) for bar in bars)
    return [bar for bar in bars if float(np.abs(bar.kwh).max()) > least]


def monthly_figure(calendar: Calendar, stack: Stack, colours: dict[str, str]) -> Figure:
    """Stacked bars of one node by month."""
    bars = monthly_bars(calendar, stack)
    up = sum((np.maximum(bar.kwh, 0) for bar in bars), np.zeros_like(bars[0].kwh))
    down = sum((np.minimum(bar.kwh, 0) for bar in bars), np.zeros_like(bars[0].kwh))
    scale = style.scale_for(float(max(up.max(), -down.min())), "kWh")
    figure = style.new_figure()
    axes = figure.subplots()
    labels = stack.labels()
    handles: dict[str, Any] = {}
    for bar, base in zip(bars, bases([bar.kwh for bar in bars]), strict=True):
        drawn = axes.bar(
            range(len(bar.kwh)),
            bar.kwh / scale.factor,
            bottom=base / scale.factor,
            color=colours[bar.component],
            width=0.75,
            edgecolor="white",
            linewidth=0.3,
        )
        handles.setdefault(bar.component, drawn)
    order = legend_order(stack, set(handles))
    entries: list[Any] = [handles[name] for name in order]
    texts = [labels[name] for name in order]
    if stack.line is not None:
        line = calendar.monthly_sums(stack.line * calendar.step_hours) / scale.factor
        entries.insert(0, _mark(axes, line))
        texts.insert(0, stack.line_label)
    axes.axhline(0, color=style.BLACK, lw=0.8)
    unit = f"{scale.unit} a month"
    style.tidy(axes, f"{unit}, in (+) and out (-)" if stack.uses else unit)
    mark_months(axes, calendar)
    style.legend_outside(figure, entries, texts)
    whose = style.sentence(style.words(stack.node))
    style.title(figure, f"{whose}: energy by month, source and use")
    return figure


def legend_order(stack: Stack, shown: set[str]) -> list[str]:
    """Components as they are seen from top to bottom, each once."""
    names = [band.component for band in stack.supplies[::-1] + stack.uses]
    return [name for name in dict.fromkeys(names) if name in shown]


def bases(bars: list[Floats]) -> list[Floats]:
    """Where each bar begins: positive ones upwards, negative ones downwards."""
    up, down = np.zeros_like(bars[0]), np.zeros_like(bars[0])
    found = []
    for bar in bars:
        found.append(np.where(bar > 0, up, np.where(bar < 0, down, 0.0)))
        up, down = up + np.maximum(bar, 0), down + np.minimum(bar, 0)
    return found


def mark_months(axes: Axes, calendar: Calendar) -> None:
    """Names of the months, with the year where it begins."""
    stamps = [np.datetime64(name).astype(object) for name in calendar.month_names]
    texts = [
        style.month_name(stamp, n == 0 or stamp.month == 1)
        for n, stamp in enumerate(stamps)
    ]
    axes.set_xticks(range(len(texts)), texts)
    spare = max(0.0, (4 - len(texts)) / 2)  # one month alone is not a wall
    axes.set_xlim(-0.6 - spare, len(texts) - 0.4 + spare)


def _mark(axes: Axes, line: Floats) -> Any:
    """A black bar across each month at the demand."""
    return axes.scatter(
        range(len(line)), line, marker="D", s=34, color=style.BLACK, zorder=3
    )

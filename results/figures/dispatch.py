"""Dispatch of a node in a typical week: who feeds it, who draws, what is stored.

Supplies are stacked upwards, uses other than the demand downwards, so that the
demand line is the sum of both; stored energy stands in a panel below.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.solution import Solution
from verdigrid.results.figures import style
from verdigrid.results.figures.stacks import DEMAND, Band, Stack
from verdigrid.results.figures.weeks import (
    Window,
    choose_windows,
    describe,
    edges,
    mark_time,
)
from verdigrid.results.outcome import Outcome


@dataclass(frozen=True)
class Store:
    """A storage with its size and its content at the end of each step, kWh."""

    component: str
    size: float
    content: Floats


def stores_of(solution: Solution) -> list[Store]:
    """All storages that have a size."""
    stores = []
    for name, component in solution.microgrid.components.items():
        variable = type(component).content
        sizes = [s for s in solution.sizes if s.component == name and s.unit == "kWh"]
        total = sum(size.total for size in sizes)
        if variable is not None and total > 1e-6:
            content = np.asarray(solution.values[name][variable], dtype=float)
            stores.append(Store(name, total, content))
    return stores


def dispatch_figures(
    outcome: Outcome, stack: Stack, colours: dict[str, str]
) -> dict[str, Figure]:
    """Figures of one node by name: winter and summer week, or the short horizon."""
    microgrid = outcome.solution.microgrid
    south = microgrid.site is not None and microgrid.site.latitude < 0
    windows = choose_windows(microgrid.calendar, stack.throughput, south)
    return {
        "_".join(filter(None, ("dispatch", stack.node, window.season))): _draw(
            outcome, stack, window, colours
        )
        for window in windows
        if not is_trivial(stack, window)
    }


def is_trivial(stack: Stack, window: Window) -> bool:
    """True if all that could be seen is one flow mirrored, or nothing."""
    supplies, uses = shown(stack, window)
    few = len(supplies) < 2 and len(uses) < 2
    return few and (stack.line is None or not supplies + uses)


def _draw(
    outcome: Outcome, stack: Stack, window: Window, colours: dict[str, str]
) -> Figure:
    calendar = outcome.solution.microgrid.calendar
    here = {band.component for band in stack.bands}
    stores = [s for s in stores_of(outcome.solution) if s.component in here]
    figure = style.new_figure(style.SIZE[1] + (1.2 if stores else 0))
    if stores:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3.6, 1])
        _draw_contents(lower, calendar, window, stores, colours)
    else:
        upper = figure.subplots()
    _draw_flows(upper, calendar, window, stack, colours)
    mark_time(lower if stores else upper, calendar, window)
    if stores:
        upper.grid(axis="x", color="#eeeeee", linewidth=0.8)
    _add_legend(figure, window, stack, colours, bool(stores))
    style.title(figure, headline(calendar, stack, window))
    return figure


def headline(calendar: Calendar, stack: Stack, window: Window) -> str:
    """What is seen, and when."""
    whose = style.sentence(style.words(stack.node))
    days = describe(calendar, window)
    if window.stop - window.start == calendar.periods:
        return f"{whose}: supply and use, {days}"
    most = (
        "demand" if stack.line_label == DEMAND and stack.line is not None else "supply"
    )
    week = f"{window.season} week".strip()
    return f"{whose}: supply and use in the {week} of highest {most}, {days}"


def _draw_flows(
    axes: Axes,
    calendar: Calendar,
    window: Window,
    stack: Stack,
    colours: dict[str, str],
) -> None:
    hours = edges(calendar, window)
    tops = [window.of(sum_of(bands)) for bands in (stack.supplies, stack.uses) if bands]
    largest = max(float(np.abs(top).max()) for top in tops)
    scale = style.scale_for(largest, "kW")
    for bands in shown(stack, window):
        base = np.zeros(len(hours) - 1)
        for band in bands:
            top = base + window.of(band.kw) / scale.factor
            colour = colours[band.component]
            axes.stairs(
                top, hours, baseline=base, fill=True, fc=colour, ec="white", lw=0.3
            )
            base = top
    if stack.line is not None:
        line = window.of(stack.line) / scale.factor
        axes.stairs(line, hours, baseline=None, color=style.BLACK, lw=1.6)
    axes.axhline(0, color=style.BLACK, lw=0.8)
    unit = scale.unit
    signed = bool(shown(stack, window)[1])
    style.tidy(axes, f"{unit} in (+) and out (-)" if signed else unit)


def _draw_contents(
    axes: Axes,
    calendar: Calendar,
    window: Window,
    stores: list[Store],
    colours: dict[str, str],
) -> None:
    hours = edges(calendar, window)
    scale = style.scale_for(max(store.size for store in stores), "kWh")
    for store in stores:
        before = store.content[window.start - 1] if window.start else np.nan
        content = np.r_[before, window.of(store.content)] / scale.factor
        axes.plot(hours, content, color=colours[store.component], lw=1.8)
        axes.axhline(
            store.size / scale.factor, color=colours[store.component], lw=1, ls=":"
        )
    style.tidy(axes, f"stored, {scale.unit}")
    axes.set_ylim(0, 1.08 * max(store.size for store in stores) / scale.factor)
    style.few_ticks(axes, 3)


def sum_of(bands: tuple[Band, ...]) -> Floats:
    """Sum of the bands, kW (steps,)."""
    return sum((band.kw for band in bands), np.zeros_like(bands[0].kw))


def shown(stack: Stack, window: Window) -> tuple[list[Band], list[Band]]:
    """Supplies and uses that can be seen in the window."""
    peaks = {id(b): float(np.abs(window.of(b.kw)).max()) for b in stack.bands}
    least = max(style.VISIBLE * max(peaks.values()), 1e-9)
    supplies = [band for band in stack.supplies if peaks[id(band)] > least]
    return supplies, [band for band in stack.uses if peaks[id(band)] > least]


def _add_legend(
    figure: Figure,
    window: Window,
    stack: Stack,
    colours: dict[str, str],
    has_stores: bool,
) -> None:
    """Supplies from top to bottom as they are stacked, then uses, then the line."""
    supplies, uses = shown(stack, window)
    bands = supplies[::-1] + uses
    labels = stack.labels()
    names = list(dict.fromkeys(band.component for band in bands))
    handles: list[Any] = [Patch(color=colours[name]) for name in names]
    texts = [labels[name] for name in names]
    if stack.line is not None:
        handles.insert(0, Line2D([], [], color=style.BLACK, lw=1.6))
        texts.insert(0, stack.line_label)
    if has_stores:
        handles.append(Line2D([], [], color=style.GREY, lw=1.4, ls=":"))
        texts.append("storage size")
    style.legend_outside(figure, handles, texts)

"""Retrofit options side by side: what they cost, when they pay, what they build, emit.

A bar or a line for each option as a whole. There is no bar for a measure inside an
option: what one measure saves depends on which others are there already.
"""

from collections.abc import Sequence
from itertools import cycle
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from verdigrid.models.arrays import Floats
from verdigrid.results.figures import style
from verdigrid.results.figures.costs import BY_ITEM, COLOURS, NAMES, ORDER, OTHERS
from verdigrid.results.figures.option_stages import stages_figure
from verdigrid.results.options_table import BASELINE, Option, size_name, sizes

#: Colours of scopes 1 to 3, and of the market-based total.
SCOPES = {"1": "#4d4d4d", "2": "#e6b000", "3": "#8fc1a9"}
SCOPE_NAMES = {
    "1": "scope 1: burnt here",
    "2": "scope 2: bought energy",
    "3": "scope 3",
}
#: The first option, against which the others are held.
TODAY = "the site today"
LABEL_CHARACTERS = 26
#: Characters of all column heads together.
HEAD_CHARACTERS = 96
#: What the cash flow shows, and when it has paid.
ADDED_UP, PAYBACK = "cumulative_discounted", "discounted_payback"
BAR = 0.62


def options_figures(options: Sequence[Option], currency: str) -> dict[str, Figure]:
    """Figures of a comparison by name; options without a plan are left out."""
    planned = [option for option in options if option.summary is not None]
    if not planned:
        return {}
    drawn = {
        "option_costs": costs_figure(planned, currency),
        "option_cash_flow": cash_flow_figure(planned, currency),
        "option_capacities": capacities_figure(planned),
        "option_emissions": emissions_figure(planned),
        "option_stages": stages_figure(planned, currency),
    }
    return {name: figure for name, figure in drawn.items() if figure is not None}


def _summary(option: Option) -> Any:
    assert option.summary is not None
    return option.summary


def label(option: Option) -> str:
    """An option's name on an axis; a star marks the best."""
    title = style.sentence(option.title) + (" *" if option.is_best else "")
    return fill(title, LABEL_CHARACTERS)


# -- costs --------------------------------------------------------------------------


def cost_groups(options: Sequence[Option]) -> dict[str, Floats]:
    """Equivalent annual cost by what it is paid for, each (options,)."""
    sums: dict[tuple[int, str], Floats] = {}
    for number, option in enumerate(options):
        figures = _summary(option)["comparison"]["plan"]
        worth = figures["net_present_cost"]
        annuity = figures["equivalent_annual_cost"] / worth if worth else 1.0
        for cost in _summary(option)["costs"]:
            kind = cost["cost_class"]
            rank = ORDER.index(kind) if kind in ORDER else len(ORDER)
            name = style.words(NAMES.get(kind, kind))
            if kind in BY_ITEM:
                name += f": {style.words(cost['item'])}"
            row = sums.setdefault((rank, name), np.zeros(len(options)))
            row[number] += cost["present_worth"] * annuity
    largest = max((np.abs(row).max() for row in sums.values()), default=0.0)
    ordered = sorted(sums, key=lambda key: key[0])
    return {
        name: sums[rank, name]
        for rank, name in ordered
        if np.abs(sums[rank, name]).max() > style.VISIBLE * largest
    }


def costs_figure(options: Sequence[Option], currency: str) -> Figure | None:
    """A bar of what each option costs a year, by cost class."""
    groups = cost_groups(options)
    if not groups:
        return None
    figures = [_summary(option)["comparison"]["plan"] for option in options]
    totals = np.array([figure["equivalent_annual_cost"] for figure in figures])
    others = cycle(OTHERS)
    colours = {name: COLOURS.get(name) or next(others) for name in groups}
    scale = style.scale_for(float(np.abs(totals).max()), "")
    money = f"{scale.unit}{currency}"
    figure, axes = _bars(options, groups, colours, scale.factor)
    _mark_totals(axes, groups, totals, scale.factor)
    _finish(axes, options, f"{money} a year, investment and renewals included")
    style.title(figure, _cost_headline(options, totals, money, scale.factor))
    return figure


def _cost_headline(
    options: Sequence[Option], totals: Floats, money: str, factor: float
) -> str:
    """What the bars say in one line."""
    cheapest = int(np.argmin(totals))
    text = f"{style.sentence(options[cheapest].title)} costs least"
    if cheapest == 0 or options[0].name != BASELINE:
        return text
    saved = style.number((totals[0] - totals[cheapest]) / factor)
    return f"{text}: {saved} {money} a year less than {TODAY}"


def _bars(
    options: Sequence[Option],
    groups: dict[str, Floats],
    colours: dict[str, str],
    factor: float,
) -> tuple[Figure, Axes]:
    """Stacked horizontal bars, the first option on top, with a legend."""
    figure = style.new_figure(2.0 + 0.62 * len(options))
    axes = figure.subplots()
    rows, handles = np.arange(len(options)), []
    up, down = np.zeros(len(options)), np.zeros(len(options))
    for name, amounts in groups.items():
        values = amounts / factor
        start = np.where(values >= 0, up, down)
        handles.append(
            axes.barh(rows, values, left=start, color=colours[name], height=BAR)
        )
        up, down = up + np.maximum(values, 0), down + np.minimum(values, 0)
    style.legend_outside(figure, handles, list(groups))
    return figure, axes


def _mark_totals(
    axes: Axes, groups: dict[str, Floats], totals: Floats, factor: float
) -> None:
    """The net total as a line across each bar, and in figures behind it."""
    ends = np.sum([np.maximum(row, 0) for row in groups.values()], axis=0) / factor
    for row, (total, end) in enumerate(zip(totals / factor, ends, strict=True)):
        axes.plot([total, total], [row - 0.36, row + 0.36], color=style.BLACK, lw=1.8)
        axes.annotate(
            style.number(float(total)),
            (max(float(end), float(total)), row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.LABEL,
            fontweight="bold",
        )
    axes.set_xlim(right=1.14 * float(max(np.max(ends), np.max(totals / factor))))


def _finish(axes: Axes, options: Sequence[Option], x_label: str) -> None:
    """Names of the options, the first on top."""
    style.tidy(axes, "", x_label)
    axes.grid(visible=False)
    axes.grid(axis="x", color=style.GRID, lw=0.8)
    axes.axvline(0, color=style.BLACK, lw=0.8)
    axes.set_yticks(range(len(options)), [label(option) for option in options])
    axes.set_ylim(len(options) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(style.TICKS)


# -- cash flow ---------------------------------------------------------------------


def cash_flow_figure(options: Sequence[Option], currency: str) -> Figure | None:
    """The discounted cash flow of each option, added up: it ends at its worth.

    Against the site as it stands; the best option is black.
    """
    lines = [
        (option, _summary(option)["finance"]["yearly"])
        for option in options
        if option.name != BASELINE
        and _summary(option)["comparison"]["baseline"] is not None
    ]
    lines = [(option, yearly) for option, yearly in lines if yearly]
    if not lines:
        return None
    amounts = [abs(row[ADDED_UP]) for _, yearly in lines for row in yearly]
    scale = style.scale_for(max(amounts), "")
    figure = style.new_figure(max(style.SIZE[1], 1.0 + 0.8 * len(lines)))
    axes = figure.subplots()
    colours = style.colours_for([o.name for o, _ in lines if not o.is_best])
    handles, labels = [], []
    for option, yearly in lines:
        years = [row["year"] for row in yearly]
        cumulative = np.array([row[ADDED_UP] for row in yearly])
        colour = colours.get(option.name, style.BLACK)
        drawn = axes.plot(
            years,
            cumulative / scale.factor,
            color=colour,
            lw=3.2 if option.is_best else 1.8,
        )
        handles.append(drawn[0])
        labels.append(f"{label(option)}\n{_worth(option, scale, currency)}")
        payback = _summary(option)["finance"]["figures"][PAYBACK]["value"]
        if payback is not None:
            ring: dict[str, Any] = {"mfc": "white", "mec": colour}
            axes.plot([payback], [0], marker="o", ms=8, ls="", mew=2, zorder=4, **ring)
    axes.axhline(0, color=style.BLACK, lw=0.8)
    axes.set_xlim(0, max(len(yearly) for _, yearly in lines) - 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    style.tidy(axes, f"{scale.unit}{currency}, against the site as it stands", "year")
    style.legend_outside(figure, handles, labels)
    text = "Discounted cash flow of each option, added up: it ends at its worth today"
    style.title(figure, text)
    return figure


def _worth(option: Option, scale: style.Scale, currency: str) -> str:
    """Net present value and payback in words."""
    figures = _summary(option)["finance"]["figures"]
    value = figures["net_present_value"]["value"]
    payback = figures[PAYBACK]["value"]
    rate = figures["internal_rate_of_return"]["value"]
    parts = []
    if value is not None:
        amount = style.number(value / scale.factor)
        parts.append(f"worth {amount} {scale.unit}{currency} today")
    back = "not paid back" if payback is None else f"paid back after {payback:.1f} a"
    parts.append(back + ("" if rate is None else f", IRR {rate:.0%}"))
    return "\n".join(parts)


# -- capacities ----------------------------------------------------------------------


def capacities_figure(options: Sequence[Option]) -> Figure | None:
    """A bar for each capacity in each option: what stands pale, what is new full."""
    named: dict[str, dict[str, Any]] = {}
    for option in options:
        for size in sizes(_summary(option)):
            if size["total"] > 0:
                key = f"{size['component']}.{size['capacity']}"
                named.setdefault(key, {})[option.name] = size
    named = {k: found for k, found in named.items() if _differs(found, options)}
    if not named:
        return None
    figure = style.new_figure(1.5 + 0.52 * len(named))
    columns = figure.subplots(1, len(options), sharey=True, squeeze=False)[0]
    largest = {k: max(s["total"] for s in found.values()) for k, found in named.items()}
    colours = style.colours_for(list(named))
    width = max(8, HEAD_CHARACTERS // len(options))
    for axes, option in zip(columns, options, strict=True):
        for row, (key, found) in enumerate(named.items()):
            if option.name in found:
                own = found[option.name]
                _draw_size(axes, row, own, largest[key], colours[key])
        axes.set_xlim(0, 1.02)
        axes.set_xticks([])
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=style.TICK)
        head = fill(label(option).replace("\n", " "), width)
        axes.set_title(head, fontsize=style.TICK)
        axes.axvline(0, color=style.GREY, lw=1.2)
    names = [size_name(next(iter(found.values()))) for found in named.values()]
    columns[0].set_yticks(range(len(named)), names)
    columns[0].set_ylim(len(named) - 0.4, -0.6)
    text = "Capacities: pale what stands, full what is new"
    if "pathway" in _summary(options[0]):
        text = f"{text}, in the last stage"
    best = any(option.is_best for option in options)
    style.title(figure, f"{text}; * costs least" if best else text)
    return figure


def _differs(found: dict[str, Any], options: Sequence[Option]) -> bool:
    """True if a capacity is not the same in all options."""
    totals = [found[o.name]["total"] if o.name in found else 0.0 for o in options]
    return max(totals) - min(totals) > 1e-6 * max(totals)


def _draw_size(axes: Axes, row: int, size: Any, largest: float, colour: str) -> None:
    """One bar on the scale of its row, with its size in figures above it."""
    stands, total = size["total"] - size["new"], size["total"]
    if total <= style.VISIBLE * largest:
        return
    pale = style.tint(colour, 0.35)
    axes.barh(row + 0.16, stands / largest, color=pale, height=0.3)
    axes.barh(
        row + 0.16,
        size["new"] / largest,
        left=stands / largest,
        color=colour,
        height=0.3,
    )
    scale = style.scale_for(total, size["unit"])
    text = f"{style.number(total / scale.factor)} {scale.unit}"
    axes.annotate(text, (0.02, row - 0.2), va="center", fontsize=style.TICK - 1)


# -- emissions -----------------------------------------------------------------------


def emissions_figure(options: Sequence[Option]) -> Figure | None:
    """A bar of what each option emits a year, by scope; a diamond: market-based."""
    found = [_summary(option)["comparison"]["plan"] for option in options]
    groups = {
        SCOPE_NAMES[scope]: np.array(
            [figure["tonnes_by_scope"].get(scope, 0.0) for figure in found]
        )
        for scope in SCOPES
    }
    groups = {name: row for name, row in groups.items() if np.abs(row).max() > 0}
    if not groups:
        return None
    totals = np.array([figure["tonnes_per_year"] for figure in found])
    market = np.array([figure["market_tonnes_per_year"] for figure in found])
    colours = {SCOPE_NAMES[scope]: colour for scope, colour in SCOPES.items()}
    scale = style.scale_for(float(np.abs(totals).max()), "")
    figure, axes = _bars(options, groups, colours, scale.factor)
    _mark_totals(axes, groups, totals, scale.factor)
    differ = np.abs(market - totals).max() > 1e-6 * np.abs(totals).max()
    x_label = f"{scale.unit}t CO2e a year, location-based"
    if "pathway" in _summary(options[0]):
        x_label = f"{x_label}, mean of all years"
    if differ:
        rows = np.arange(len(options))
        axes.plot(market / scale.factor, rows, "D", color=style.WARNING, ms=7, zorder=5)
        x_label += "; diamond: market-based"
    _finish(axes, options, x_label)
    least = int(np.argmin(totals))
    text = f"{style.sentence(options[least].title)} emits least"
    if least and totals[0] > 0 and options[0].name == BASELINE:
        text += f": {1 - totals[least] / totals[0]:.0%} less than {TODAY}"
    style.title(figure, text)
    return figure

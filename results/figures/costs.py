"""Equivalent annual cost of baseline and plan by what it is paid for."""

from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verdigrid.models.arrays import Floats
from verdigrid.results.figures import style
from verdigrid.results.figures.monthly import bases
from verdigrid.results.outcome import Outcome

#: Paul Tol's "light" colours, so that no cost looks like a component.
COLOURS = {
    "investment": "#77aadd",
    "O&M": "#eedd88",
    "fuel": "#ee8866",
    "electricity: energy": "#44bb99",
    "electricity: demand charge": "#99ddff",
    "electricity: feed-in": "#ffaabb",
    "electricity: fixed charge": "#bbcc33",
    "carbon price": "#aaaa00",
}
OTHERS = ("#dddddd", "#bbbbbb", "#999999")
NAMES = {"om": "O&M", "carbon": "carbon price"}
#: Classes of which every item is a group of its own.
BY_ITEM = ("electricity",)
#: Order of stacking, from the axis outwards; what is not named comes last.
ORDER = ("investment", "om", "fuel", "electricity", "carbon")


@dataclass(frozen=True)
class CostGroup:
    """One colour of the bars: currency a year in every outcome, in their order."""

    name: str
    per_year: tuple[float, ...]


def cost_groups(outcomes: list[Outcome]) -> list[CostGroup]:
    """Costs by class (electricity by item), as equivalent annual cost.

    Running costs are levelled over the horizon, so that the groups of an outcome
    sum up to its net present cost times the annuity factor.
    """
    sums: dict[tuple[str, str], list[float]] = {}
    for n, outcome in enumerate(outcomes):
        annuity = outcome.solution.microgrid.annuity
        costs = outcome.tables.costs
        for cost_class, item, worth in zip(
            costs["cost_class"], costs["item"], costs["present_worth"], strict=True
        ):
            key = (cost_class, item if cost_class in BY_ITEM else "")
            row = sums.setdefault(key, [0.0] * len(outcomes))
            row[n] += float(worth) * annuity
    largest = max((abs(v) for row in sums.values() for v in row), default=0.0)
    ordered = sorted(sums, key=lambda key: _rank(key[0]))
    return [
        CostGroup(_name(*key), tuple(sums[key]))
        for key in ordered
        if max(abs(v) for v in sums[key]) > 1e-9 * largest
    ]


def _rank(cost_class: str) -> int:
    return ORDER.index(cost_class) if cost_class in ORDER else len(ORDER)


def _name(cost_class: str, item: str) -> str:
    name = style.words(NAMES.get(cost_class, cost_class))
    return f"{name}: {style.words(item)}" if item else name


def costs_figure(plan: Outcome, baseline: Outcome | None) -> Figure | None:
    """A bar for the baseline (if there is one) and one for the plan."""
    outcomes = [plan] if baseline is None else [baseline, plan]
    groups = cost_groups(outcomes)
    if not groups:
        return None
    amounts = [np.array(group.per_year) for group in groups]
    totals = np.sum(amounts, axis=0)
    tops = np.sum(np.maximum(amounts, 0), axis=0)
    scale = style.scale_for(float(tops.max()), "")
    figure = style.new_figure()
    axes = figure.subplots()
    handles, labels = _draw_bars(axes, groups, scale.factor)
    _mark_totals(axes, totals / scale.factor, tops / scale.factor)
    microgrid = plan.solution.microgrid
    money = f"{scale.unit}{microgrid.currency}"
    span = "a" if microgrid.calendar.represents == "year" else "horizon"
    style.tidy(axes, f"{money}/{span}")
    names = ["plan"] if baseline is None else ["baseline", "plan"]
    axes.set_xticks(range(len(names)), names, fontsize=style.LABEL)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.axhline(0, color=style.BLACK, lw=0.8)
    lowest = float(np.sum(np.minimum(amounts, 0), axis=0).min())
    highest = float(tops.max())
    bottom = lowest - 0.03 * highest if lowest else 0.0
    axes.set_ylim(bottom / scale.factor, 1.1 * highest / scale.factor)
    heading = f"{' / '.join(names)}, {money}"
    style.legend_outside(figure, handles[::-1], labels[::-1], heading)
    style.title(figure, headline(totals, money, scale.factor))
    return figure


def _draw_bars(
    axes: Axes, groups: list[CostGroup], factor: float
) -> tuple[list[Any], list[str]]:
    """Stacked bars with their amounts; handles and texts for the legend."""
    amounts = [np.array(group.per_year) / factor for group in groups]
    least = 0.055 * float(np.sum(np.maximum(amounts, 0), axis=0).max())
    handles: list[Any] = []
    labels = []
    others = cycle(OTHERS)
    for group, values, base in zip(groups, amounts, bases(amounts), strict=True):
        places = range(len(values))
        colour = COLOURS.get(group.name) or next(others)
        handles.append(axes.bar(places, values, bottom=base, color=colour, width=0.55))
        figures = " / ".join(style.number(value) for value in values)
        labels.append(f"{group.name}\n{figures}")
        for x, value, start in zip(places, values, base, strict=True):
            if abs(value) >= least:
                axes.text(
                    x,
                    start + value / 2,
                    style.number(value),
                    ha="center",
                    va="center",
                    fontsize=style.TICK,
                )
    return handles, labels


def headline(totals: Floats, money: str, factor: float) -> str:
    """What the comparison says in one line."""
    if len(totals) < 2:
        return "Equivalent annual cost of the plan"
    saving = float(totals[0] - totals[-1])
    share = f" ({abs(saving) / abs(totals[0]):.1%})" if totals[0] else ""
    verb = "saves" if saving >= 0 else "costs"
    more = "" if saving >= 0 else " more"
    amount = style.number(abs(saving) / factor)
    return f"Equivalent annual cost: the plan {verb} {amount} {money}{share}{more}"


def _mark_totals(axes: Axes, totals: Floats, tops: Floats) -> None:
    """The net total in figures above each bar, and where it lies."""
    for x, (total, top) in enumerate(zip(totals, tops, strict=True)):
        axes.plot([x - 0.3, x + 0.3], [total, total], color=style.BLACK, lw=1.5)
        axes.annotate(
            f"net total {style.number(total)}",
            (x, max(top, total)),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=style.LABEL,
            fontweight="bold",
        )

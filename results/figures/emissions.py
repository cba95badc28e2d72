"""Emissions by month and source, and their sum through the year against the cap."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verdigrid.models.arrays import Floats
from verdigrid.models.carbon import BIOGENIC, Carbon
from verdigrid.models.policy import Policy
from verdigrid.models.yearly import Yearly, YearlyEmissions
from verdigrid.results.figures import style
from verdigrid.results.figures.monthly import bases, mark_months
from verdigrid.results.outcome import Outcome

#: Sums of further policies are paler.
LINES = ("#000000", "#666666", "#aaaaaa")

Count = Callable[[YearlyEmissions], float]


@dataclass(frozen=True)
class Cap:
    """A limit with its way of counting; ``kg`` is the horizon's part of the limit."""

    name: str
    kg: float
    count: Count


def monthly_by_source(outcome: Outcome) -> dict[Carbon, Floats]:
    """Emissions of each kind, kg (months,), without empty ones; both ledgers."""
    table = outcome.tables.monthly_emissions
    months = outcome.solution.microgrid.calendar.month_names
    found: dict[Carbon, Floats] = {}
    for month, scope, source, books, kg in table.itertuples(index=False):
        carbon = Carbon(int(scope), str(source), books)
        sums = found.setdefault(carbon, np.zeros(len(months)))
        sums[months.index(month)] += kg
    return {key: kg for key, kg in found.items() if np.abs(kg).max() > 1e-6}


def _located(monthly: dict[Carbon, Floats]) -> dict[Carbon, Floats]:
    """What the location-based ledger counts."""
    return {
        carbon: kg
        for carbon, kg in monthly.items()
        if carbon.counts("location") and carbon.scope != BIOGENIC
    }


def caps_of(outcome: Outcome) -> list[Cap]:
    """Policies that limit the plan's emissions as such."""
    year, caps = outcome.recomputed.yearly, []
    for name, policy in outcome.solution.microgrid.policies.items():
        standing = policy.standing(year) if policy.enforce else None
        if standing is not None and standing.unit == "t CO2e":
            part = standing.limit * standing.base / year.calendar.year_weight
            caps.append(Cap(name, part, partial(_count, policy, year)))
    return caps


def _count(policy: Policy, year: Yearly, emissions: YearlyEmissions) -> float:
    """What the policy would count of ``emissions``, kg."""
    return policy.amount(replace(year, emissions=emissions))


def cumulative(outcome: Outcome, count: Count) -> Floats:
    """Counted emissions up to the end of each month, kg; first 0 (months + 1,)."""
    sources = {k: np.cumsum(kg) for k, kg in monthly_by_source(outcome).items()}
    months = len(outcome.solution.microgrid.calendar.month_names)
    sums = [
        count({k: float(kg[m]) for k, kg in sources.items()}) for m in range(months)
    ]
    return np.array([0.0, *sums])


def _count_all(emissions: YearlyEmissions) -> float:
    return sum(
        kg
        for carbon, kg in emissions.items()
        if carbon.counts("location") and carbon.scope != BIOGENIC
    )


def emissions_figure(
    plan: Outcome, baseline: Outcome | None, colours: dict[str, str]
) -> Figure | None:
    """Sum through the year with the cap above, bars by source below."""
    monthly = _located(monthly_by_source(plan))
    if not monthly and (baseline is None or not monthly_by_source(baseline)):
        return None
    figure = style.new_figure(6.8)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1])
    handles, labels = _draw_sums(upper, plan, baseline)
    more, texts = _draw_bars(lower, plan, monthly, colours)
    mark_months(lower, plan.solution.microgrid.calendar)
    style.legend_outside(figure, handles + more, labels + texts)
    style.title(figure, "Emissions: sum since the start, and by month and source")
    return figure


def _draw_sums(
    axes: Axes, plan: Outcome, baseline: Outcome | None
) -> tuple[list[Any], list[str]]:
    caps = caps_of(plan)
    counts = {cap.name: cap.count for cap in caps} or {"": _count_all}
    lines = []
    for n, (name, count) in enumerate(counts.items()):
        colour = LINES[n % len(LINES)]
        suffix = f" ({style.words(name)})" if len(counts) > 1 else ""
        lines.append((f"plan, sum{suffix}", cumulative(plan, count), colour, "-"))
        if baseline is not None:
            sums = cumulative(baseline, count)
            lines.append((f"baseline, sum{suffix}", sums, colour, "--"))
    largest = max(float(np.abs(kg).max()) for _, kg, *_ in lines)
    scale = style.scale_for(max([largest, *(cap.kg for cap in caps)]), "kg")
    handles: list[Any] = []
    labels = []
    for label, kg, colour, dashes in lines:
        x = np.arange(len(kg)) - 0.5
        line = axes.plot(x, kg / scale.factor, color=colour, ls=dashes, lw=2.2)[0]
        handles.append(line)
        labels.append(f"{label}:\n{style.number(kg[-1] / scale.factor)} {scale.unit}")
    for cap in caps:
        at = cap.kg / scale.factor
        handles.append(
            axes.axhline(at, color=style.WARNING, lw=2, ls=(0, (6, 1.5, 1, 1.5)))
        )
        whole = plan.solution.microgrid.calendar.year_weight == 1
        name = style.words(cap.name) + ("" if whole else ",\nshare of the horizon")
        labels.append(f"{name}:\n{style.number(at)} {scale.unit}")
    axes.set_ylim(bottom=min(0.0, *(float(kg.min()) for _, kg, *_ in lines)))
    axes.margins(y=0.08)
    style.tidy(axes, f"sum since the start, {scale.unit} CO2e")
    return handles, labels


def _draw_bars(
    axes: Axes,
    plan: Outcome,
    monthly: dict[Carbon, Floats],
    colours: dict[str, str],
) -> tuple[list[Any], list[str]]:
    handles: list[Any] = []
    labels = []
    shades = source_colours(plan, colours)
    amounts = list(monthly.values())
    if amounts:
        highest = float(np.sum(np.maximum(amounts, 0), axis=0).max())
        scale = style.scale_for(highest, "kg")
        for (key, kg), base in zip(monthly.items(), bases(amounts), strict=True):
            handles.append(
                axes.bar(
                    range(len(kg)),
                    kg / scale.factor,
                    bottom=base / scale.factor,
                    color=shades[key[:2]],
                    width=0.75,
                )
            )
            labels.append(f"{style.words(key.source)}\n(scope {key.scope})")
        style.tidy(axes, f"{scale.unit} CO2e a month")
    axes.axhline(0, color=style.BLACK, lw=0.8)
    return handles[::-1], labels[::-1]


def source_colours(
    outcome: Outcome, colours: dict[str, str]
) -> dict[tuple[int, str], str]:
    """The colour of the emitting component; paler for its further sources."""
    shades: dict[tuple[int, str], str] = {}
    used: dict[str, int] = {}
    table = outcome.tables.emissions
    for owner, scope, source in zip(
        table["component"], table["scope"], table["source"], strict=True
    ):
        key = (int(scope), str(source))
        if key not in shades:
            before = used.get(owner, 0)
            used[owner] = before + 1
            shades[key] = style.tint(colours.get(owner, style.GREY), 0.55**before)
    return shades

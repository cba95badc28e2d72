"""Electricity from the grid: duration curves and day by hour maps."""

import numpy as np
from matplotlib.figure import Figure

from verdigrid.models.arrays import Floats
from verdigrid.results.figures import style
from verdigrid.results.figures.heat_map import Panel, map_figure
from verdigrid.results.figures.stacks import DEMAND, flow_keys
from verdigrid.results.outcome import Outcome

IMPORT = "import"
#: A sorted curve needs no more points than this.
POINTS = 2000
SHORTEST_MAP_HOURS = 48


def electricity(outcome: Outcome, item: str) -> Floats:
    """Power of ``item`` on all electricity buses, kW (steps,), positive."""
    buses = outcome.solution.microgrid.buses
    flows = outcome.tables.flows
    total = np.zeros(len(flows))
    for node, component, this in flow_keys(flows):
        if this == item and node in buses and buses[node].carrier == "electricity":
            total += np.abs(flows[node, component, this].to_numpy(dtype=float))
    return total


def duration_curve(kw: Floats, step_hours: float) -> tuple[Floats, Floats]:
    """Hours and power: for how long at least this power is drawn.

    The first point is the peak at hour 0, the last the lowest power at the end.
    """
    falling = np.sort(kw)[::-1]
    hours = np.arange(len(kw) + 1) * step_hours
    power = np.r_[falling, falling[-1]]
    keep = np.unique(np.linspace(0, len(kw), POINTS + 1).round().astype(int))
    return hours[keep], power[keep]


def duration_figure(plan: Outcome, baseline: Outcome | None) -> Figure | None:
    """Sorted imports of baseline and plan, and the sorted demand."""
    curves = [("bought, plan", electricity(plan, IMPORT), "#0072b2", "-", 2.2)]
    if baseline is not None:
        before = electricity(baseline, IMPORT)
        curves.insert(0, ("bought, baseline", before, style.BLACK, "--", 1.8))
    curves.insert(0, ("demand", electricity(plan, DEMAND), "#cccccc", "-", 6.0))
    curves = [curve for curve in curves if curve[1].any()]
    if not any(label != "demand" for label, *_ in curves):
        return None
    scale = style.scale_for(max(float(kw.max()) for _, kw, *_ in curves), "kW")
    figure = style.new_figure()
    axes = figure.subplots()
    hours = plan.solution.microgrid.calendar.step_hours
    handles, labels = [], []
    for label, kw, colour, dashes, width in curves:
        x, y = duration_curve(kw, hours)
        line = axes.step(
            x, y / scale.factor, where="post", color=colour, ls=dashes, lw=width
        )[0]
        handles.append(line)
        peak = style.number(float(kw.max()) / scale.factor)
        labels.append(f"{label}\n(peak {peak} {scale.unit})")
    axes.set_xlim(0, len(kw) * hours)
    axes.set_ylim(bottom=0)
    style.tidy(axes, f"electricity, {scale.unit}", "hours with at least this power")
    axes.xaxis.set_major_formatter(style.TICKS)
    style.legend_outside(figure, handles, labels)
    style.title(figure, "Electricity bought and demanded, sorted: load duration curves")
    return figure


def import_map_figure(plan: Outcome, baseline: Outcome | None) -> Figure | None:
    """Import by day and hour, baseline above plan on the same colour scale."""
    outcomes = [("baseline", baseline), ("plan", plan)]
    found = [(name, electricity(o, IMPORT)) for name, o in outcomes if o is not None]
    largest = max(float(kw.max()) for _, kw in found)
    if largest <= 0 or plan.solution.microgrid.calendar.hours < SHORTEST_MAP_HOURS:
        return None
    scale = style.scale_for(largest, "kW")
    panels = [Panel(style.sentence(name), kw / scale.factor) for name, kw in found]
    calendar = plan.solution.microgrid.calendar
    text = "Electricity bought from the grid by day and hour"
    return map_figure(calendar, panels, largest / scale.factor, scale.unit, text)

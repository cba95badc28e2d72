"""Waste heat by temperature: what there is, who uses it, what it could still serve.

Above the composite curves of pinch analysis, of the year's sums: all streams together
as they cool down, all demands that name their temperatures as they warm up. The demands
stand as far left as the smallest approach of an exchanger lets them, so that the width
of the overlap is what could pass directly at most. Below every stream by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from verdigrid.models.arrays import Floats
from verdigrid.models.component import Component, HeatPath
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.figures import style
from verdigrid.results.heat_by_temperature import CutHeat, cut_heat
from verdigrid.results.outcome import Outcome

EXCHANGED, LIFTED, CONVERTED = "exchanged", "lifted by heat pumps", "to power or cold"
REJECTED, FROM_BUS = "rejected", "from its bus"
COLOURS = {
    EXCHANGED: "#009e73",
    LIFTED: "#0072b2",
    CONVERTED: "#cc79a7",
    REJECTED: "#cdbfb2",
    FROM_BUS: "#555555",
}
OVERLAP = "#e4f3ee"
_LONG_NAMES = {FROM_BUS: "demand that is left\nto its bus"}
#: Intervals of one stream that are told apart; more are joined.
MOST_INTERVALS = 6


@dataclass(frozen=True)
class Parts:
    """Heat by interval and use, kWh of a year.

    ``ends_c`` (intervals + 1,) ascend; ``kwh`` (intervals,) by use, the rest last.
    """

    name: str
    ends_c: Floats
    kwh: dict[str, Floats]

    @property
    def total_kwh(self) -> Floats:
        """All uses and the rest (intervals,)."""
        return sum(self.kwh.values(), np.zeros(len(self.ends_c) - 1))


def cascade_figure(outcome: Outcome) -> Figure | None:
    """Composite curves and bars by stream; None without streams."""
    microgrid = outcome.solution.microgrid
    cuts = [cut for cut in cut_heat(outcome.solution) if cut.heat_kwh.sum() > 0]
    streams = [parts_of(cut, microgrid) for cut in cuts if cut.side == "supply"]
    demands = [parts_of(cut, microgrid) for cut in cuts if cut.side == "demand"]
    if not streams:
        return None
    bars = [joined(stream) for stream in streams]
    lower_inches = 0.6 + sum(0.31 * len(bar.ends_c) for bar in bars)
    figure = style.new_figure(5.2 + lower_inches)
    upper, lower = figure.subplots(2, 1, height_ratios=[4.4, lower_inches])
    supply = composite(streams)
    span = "a" if microgrid.calendar.represents == "year" else "horizon"
    scale = style.scale_for(float(supply.total_kwh.sum()), "kWh")
    scale = style.Scale(f"{scale.unit}/{span}", scale.factor)
    uses = _uses([*streams, *demands])
    handles = [Patch(color=COLOURS[use]) for use in uses]
    texts = [_LONG_NAMES.get(use, use) for use in uses]
    if demands:
        approach = min((path.approach_k for path in _paths(microgrid)), default=0.0)
        overlap = _draw_demands(upper, supply, demands, approach, scale)
        handles.append(Patch(color=OVERLAP))
        texts.append(_overlap_text(overlap, approach, scale))
    _draw_curve(upper, supply, 0.0, scale, "waste heat")
    style.tidy(upper, "temperature, °C", f"heat, {scale.unit}")
    upper.xaxis.set_major_formatter(style.TICKS)
    upper.margins(x=0.03, y=0.1)
    _draw_bars(lower, bars, scale)
    style.legend_outside(figure, handles, texts)
    style.title(figure, headline(supply, scale))
    return figure


def headline(supply: Parts, scale: style.Scale) -> str:
    """How much is used, in one line."""
    offered = float(supply.total_kwh.sum())
    used = offered - float(supply.kwh[REJECTED].sum())
    amounts = style.number(used / scale.factor), style.number(offered / scale.factor)
    text = f"{amounts[0]} of {amounts[1]} {scale.unit} are used"
    return f"Waste heat by temperature: {text} ({used / offered:.0%})"


def _overlap_text(kwh: float, approach_k: float, scale: style.Scale) -> str:
    """What the overlap of the curves means."""
    most = style.number(kwh / scale.factor)
    return (
        f"overlap {most}: most that\ncould pass to the demands\ndirectly, at "
        f"{approach_k:g} K approach,\nif the hours did coincide"
    )


def _uses(parts: Iterable[Parts]) -> list[str]:
    """Uses that are seen, in the order of the colours."""
    seen = {use for part in parts for use, kwh in part.kwh.items() if kwh.sum() > 0}
    return [use for use in COLOURS if use in seen]


def _paths(microgrid: Microgrid) -> list[HeatPath]:
    return [path for c in microgrid.components.values() for path in c.heat_paths()]


# -- numbers --------------------------------------------------------------------


def parts_of(cut: CutHeat, microgrid: Microgrid) -> Parts:
    """Heat of a stream or demand by use instead of by user."""
    kwh: dict[str, Floats] = {}
    for owner, taken in cut.users_kwh.items():
        use = use_of(microgrid.components[owner], microgrid)
        kwh[use] = kwh.get(use, np.zeros_like(taken)) + taken
    rest = REJECTED if cut.side == "supply" else FROM_BUS
    ordered = {use: kwh[use] for use in COLOURS if use in kwh}
    rest_kwh = np.maximum(cut.rest_kwh, 0.0)
    return Parts(cut.node, np.array(cut.ends_c), {**ordered, rest: rest_kwh})


def use_of(component: Component, microgrid: Microgrid) -> str:
    """What a component makes of heat: judged by what it feeds."""
    nodes = microgrid.nodes
    fed = {nodes[c.node].carrier for c in component.connections() if c.use != "draws"}
    if fed & {"electricity", "cooling"}:
        return CONVERTED
    draws_power = any(
        nodes[c.node].carrier == "electricity" for c in component.connections()
    )
    return LIFTED if draws_power and not component.heat_paths() else EXCHANGED


def composite(parts: Sequence[Parts]) -> Parts:
    """All of them together, cut at everybody's temperatures."""
    ends = np.unique(np.concatenate([part.ends_c for part in parts]))
    kwh = {use: np.zeros(len(ends) - 1) for p in parts for use in p.kwh}
    rest = [use for use in (REJECTED, FROM_BUS) if use in kwh]
    for part in parts:
        for use, heat in part.kwh.items():
            below = np.concatenate([[0.0], np.cumsum(heat)])
            kwh[use] += np.diff(np.interp(ends, part.ends_c, below))
    ordered = [use for use in COLOURS if use in kwh and use not in rest]
    return Parts("", ends, {use: kwh[use] for use in [*ordered, *rest]})


def joined(part: Parts, most: int = MOST_INTERVALS) -> Parts:
    """At most so many intervals: neighbours with the least heat become one."""
    ends, kwh = part.ends_c, part.kwh
    while len(ends) - 1 > most:
        total = sum(kwh.values(), np.zeros(len(ends) - 1))
        at = int(np.argmin(total[:-1] + total[1:]))
        ends = np.delete(ends, at + 1)
        kwh = {
            use: np.concatenate([heat[:at], [heat[at] + heat[at + 1]], heat[at + 2 :]])
            for use, heat in kwh.items()
        }
    return Parts(part.name, ends, kwh)


def shift_of(supply: Parts, demand: Parts, approach_k: float) -> float:
    """How far right the demands begin so that the curves keep their distance, kWh.

    Heat below T + approach can serve no demand above T: the demands' curve at T lies
    right of the streams' at T + approach.
    """
    ends = np.concatenate([demand.ends_c, supply.ends_c - approach_k])
    ends = ends[(ends >= demand.ends_c[0]) & (ends <= demand.ends_c[-1])]
    colder = np.interp(ends + approach_k, supply.ends_c, _below(supply))
    return float(np.max(colder - np.interp(ends, demand.ends_c, _below(demand))))


def _below(part: Parts) -> Floats:
    """Heat colder than each end, kWh (intervals + 1,)."""
    return np.concatenate([[0.0], np.cumsum(part.total_kwh)])


# -- curves -----------------------------------------------------------------------


def _draw_demands(
    axes: Axes,
    supply: Parts,
    demands: Sequence[Parts],
    approach_k: float,
    scale: style.Scale,
) -> float:
    """The demands' curve and its overlap with the streams', which is told in kWh."""
    demand = composite(demands)
    shift = shift_of(supply, demand, approach_k)
    name = style.words(demands[0].name) if len(demands) == 1 else "heat demands"
    _draw_curve(axes, demand, shift, scale, name)
    above, below = _below(supply), _below(demand) + shift
    left, right = shift, min(float(above[-1]), float(below[-1]))
    if right <= left:
        return 0.0
    hot = _between(above, supply.ends_c, left, right)
    cold = _between(below, demand.ends_c, left, right)
    corners = np.concatenate([hot, cold[::-1]]) / [scale.factor, 1.0]
    axes.fill(*corners.T, color=OVERLAP, lw=0, zorder=1)
    return right - left


def _between(x: Floats, y: Floats, left: float, right: float) -> Floats:
    """Points of a curve from ``left`` to ``right``, steps kept (points, 2)."""
    inside = (x > left) & (x < right)
    ends = np.interp([left, right], x, y)
    return np.column_stack(
        [np.r_[left, x[inside], right], np.r_[ends[0], y[inside], ends[1]]]
    )


def _draw_curve(
    axes: Axes, part: Parts, shift: float, scale: style.Scale, name: str
) -> None:
    """A thick line coloured by use within every interval, thin where there is none.

    Within an interval the rest is at the hot end of a stream, the cold of a demand.
    """
    x = (_below(part) + shift) / scale.factor
    axes.plot(x, part.ends_c, color=style.GREY, lw=1, ls=":", zorder=2)
    total = part.total_kwh
    uses = list(part.kwh.items())
    for n, (low, high) in enumerate(pairwise(part.ends_c)):
        done = 0.0
        for use, heat in uses[::-1] if FROM_BUS in part.kwh else uses:
            if heat[n] <= style.VISIBLE * total[n]:
                continue
            ends = np.array([done, done + heat[n]]) / total[n]
            axes.plot(
                x[n] + ends * (x[n + 1] - x[n]),
                low + ends * (high - low),
                color=COLOURS[use],
                lw=7,
                solid_capstyle="butt",
                zorder=3,
            )
            done += heat[n]
    amount = style.number(float(total.sum()) / scale.factor)
    axes.annotate(
        f"{name} {amount} {scale.unit}",
        (x[-1], part.ends_c[-1]),
        xytext=(0, 9),
        textcoords="offset points",
        ha="right",
        fontsize=style.LABEL,
        fontweight="bold",
        zorder=4,
    )


# -- bars -----------------------------------------------------------------------


def _draw_bars(axes: Axes, streams: Sequence[Parts], scale: style.Scale) -> None:
    """Every interval of every stream by use, the hottest on top."""
    names: list[str] = []
    least = 0.06 * max(float(stream.total_kwh.max()) for stream in streams)
    for stream in streams:
        names.append(style.words(stream.name))
        for n, (low, high) in reversed(list(enumerate(pairwise(stream.ends_c)))):
            parts = {use: float(heat[n]) for use, heat in stream.kwh.items()}
            _draw_bar(axes, len(names), parts, least, scale.factor)
            names.append(f"{low:g}-{high:g} °C")
    axes.set_ylim(len(names) - 0.4, -0.6)
    style.tidy(axes, "", f"heat by stream and temperature, {scale.unit}")
    axes.grid(visible=False)
    axes.grid(axis="x", color=style.GRID, lw=0.8)
    axes.set_yticks(range(len(names)), names)
    headings = {style.words(stream.name) for stream in streams}
    for text in axes.get_yticklabels():
        if text.get_text() in headings:
            text.set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(style.TICKS)


def _draw_bar(
    axes: Axes, row: int, parts: dict[str, float], least: float, factor: float
) -> None:
    """One interval; parts of ``least`` kWh or more with their number."""
    left = 0.0
    for use, kwh in parts.items():
        axes.barh(row, kwh / factor, left=left / factor, color=COLOURS[use])
        if kwh >= least:
            axes.text(
                (left + kwh / 2) / factor,
                row,
                style.number(kwh / factor),
                ha="center",
                va="center",
                fontsize=style.TICK,
                color=style.BLACK if use == REJECTED else "white",
            )
        left += kwh

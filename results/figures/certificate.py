"""How far the plan can be from the cheapest: cost and bound closing in."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from verdigrid.models.arrays import Floats
from verdigrid.models.solution import Solution, Status
from verdigrid.results.figures import style
from verdigrid.results.proof import distance, is_closed, percent

#: Costs farther from the plan's than this share are outside the picture.
FAR = 0.04
PLAN, BOUND, OPEN = "#0072b2", "#009e73", "#e8e8e8"
#: Gaps below this share are drawn as this: the axis has no zero.
SMALLEST = 1e-7


def certificate_figure(solution: Solution) -> Figure | None:
    """Best plan and bound over time, their gap below; None without a history."""
    moments = solution.certificate.history if solution.certificate else ()
    if len(moments) < 2:
        return None
    table = np.array([(m.seconds, m.bound, m.incumbent) for m in moments])
    seconds, bound, cost = (np.array(column, dtype=float) for column in table.T)
    figure = style.new_figure(6.8)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1])
    handles, labels = _draw_costs(upper, solution, seconds, bound, cost)
    more, texts = _draw_gap(lower, solution, seconds, shares(bound, cost))
    lower.set_xlim(0, seconds[-1] * 1.01)
    figure.align_ylabels()
    style.legend_outside(figure, handles + more, labels + texts)
    style.title(figure, headline(solution))
    return figure


def headline(solution: Solution) -> str:
    """What is proven, as a sentence."""
    if not np.isfinite(solution.bound):
        return "The search was stopped before anything was proven about the plan"
    words = "the cheapest" if is_closed(solution) else f"{distance(solution)} of the"
    words += "" if is_closed(solution) else " cheapest"
    text = f"he plan is proven to be {words}"
    stopped = solution.status is Status.FEASIBLE
    return f"Stopped at a limit: t{text}" if stopped else f"T{text}"


def shares(bound: Floats, cost: Floats) -> Floats:
    """Gap as a share of the plan's cost (moments,), not a number without a plan."""
    gap = np.where(np.isfinite(cost) & np.isfinite(bound), cost - bound, np.nan)
    scale = np.where(np.isfinite(cost), np.maximum(1.0, np.abs(cost)), 1.0)
    return np.maximum(gap / scale, SMALLEST)


def _draw_costs(
    axes: Axes, solution: Solution, seconds: Floats, bound: Floats, cost: Floats
) -> tuple[list[Any], list[str]]:
    """Cost of the best plan above, the bound below, what is open between them."""
    scale = style.scale_for(abs(solution.objective), "")
    above, below = cost / scale.factor, bound / scale.factor
    found = np.isfinite(above) & np.isfinite(below)
    open_yet = axes.fill_between(
        seconds[found], below[found], above[found], step="post", color=OPEN
    )
    plan = axes.step(
        seconds[found], above[found], where="post", color=PLAN, lw=2.2, marker="."
    )[0]
    known = np.isfinite(below)
    proof = axes.step(
        seconds[known], below[known], where="post", color=BOUND, lw=2.2, marker="."
    )[0]
    end, gap = solution.objective / scale.factor, solution.gap / scale.factor
    far = max(FAR * abs(end), 1.5 * gap if np.isfinite(gap) else 0.0, 1e-9)
    low, high = _limits(end, far, np.r_[above[found], below[known]])
    axes.set_ylim(low, high)
    currency = solution.microgrid.currency
    style.tidy(axes, f"net present cost, {scale.unit}{currency}")
    style.few_ticks(axes, 5)
    lowest = np.floor(solution.bound) if solution.bound > 100 else solution.bound
    labels = [
        f"cost of the best plan:\n{style.number(solution.objective)} {currency}",
        f"no plan can cost less:\n{style.number(lowest)} {currency}",
        "what a cheaper plan\ncould still save at most",
    ]
    return [plan, proof, open_yet], labels


def _limits(end: float, far: float, costs: Floats) -> tuple[float, float]:
    """Range of the costs that are not farther than ``far`` from ``end``."""
    seen = np.r_[end, costs[np.abs(costs - end) <= far]]
    low, high = float(seen.min()), float(seen.max())
    margin = 0.08 * (high - low) or 0.01 * far
    return low - margin, high + margin


def _draw_gap(
    axes: Axes, solution: Solution, seconds: Floats, gap: Floats
) -> tuple[list[Any], list[str]]:
    """The gap on a logarithmic axis, and the gap that was asked for."""
    found = np.isfinite(gap)
    style.tidy(axes, "gap, share of the cost", "seconds of search")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(10))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: percent(share)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(style.TICKS)
    handles: list[Any] = []
    labels = []
    if found.any():
        handles += axes.step(
            seconds[found],
            gap[found],
            where="post",
            color=style.BLACK,
            lw=2.2,
            marker=".",
        )
        labels.append("gap between the two")
    asked = solution.facts.get("asked", {}).get("relative_gap")
    if asked:
        handles.append(
            axes.axhline(asked, color=style.WARNING, lw=2, ls=(0, (6, 1.5, 1, 1.5)))
        )
        labels.append(f"close enough, as asked:\n{percent(asked)}")
    seen = [*gap[found], *([asked] if asked else [])]
    if seen:
        axes.set_ylim(
            10 ** np.floor(np.log10(0.9 * min(seen))),
            10 ** np.ceil(np.log10(1.1 * max(seen))),
        )
    return handles, labels

"""What a result depends on: tornado, indices, how often assets are built, regret.

A bar that is not known is not drawn; a cross says so.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verdigrid.results.figures import style

#: More rows than this make no figure to be read.
MOST_ROWS = 25
LOW, HIGH = style.PALETTE[3], style.PALETTE[1]


def tornado_figure(table: pd.DataFrame, figure_name: str) -> Figure | None:
    """Bars from the base to the figure at each value; None without a base."""
    table = table.head(MOST_ROWS)
    if table.empty or pd.isna(table["base"].iloc[0]):
        return None
    base = float(table["base"].iloc[0])
    sides = table[["low", "high"]].astype(float).to_numpy()
    seen = np.append(sides[np.isfinite(sides)], base)
    largest = float(np.abs(seen).max())
    scale = style.scale_for(largest, "")
    figure = style.new_figure(1.9 + 0.55 * len(table))
    axes = figure.subplots()
    handles: dict[str, Any] = {}
    for row, item in enumerate(table.to_dict("records")):
        for side, colour in (("low", LOW), ("high", HIGH)):
            value = item[f"{side}_value"]
            if value is None or (isinstance(value, float) and np.isnan(value)):
                continue  # only one value was asked for
            if pd.isna(item[side]):
                where = 0.02 if side == "low" else 0.98
                place = axes.get_yaxis_transform()
                axes.plot([where], [row], "x", color=style.WARNING, transform=place)
                continue
            width = (float(item[side]) - base) / scale.factor
            handles[side] = axes.barh(
                row, width, left=base / scale.factor, color=colour, height=0.6
            )
            right = side == "high" if abs(width) < 1e-9 * largest else width > 0
            _write_at_end(axes, row, base / scale.factor + width, right, _text(value))
    axes.axvline(base / scale.factor, color=style.BLACK, lw=1.2)
    _rows(axes, [str(path) for path in table["path"]])
    told = style.words(figure_name)
    unit = f", {scale.unit.strip()}" if scale.unit else ""
    axes.set_xlabel(f"{told}{unit}", fontsize=style.LABEL)
    axes.margins(x=0.16)
    names = {"low": "lower value", "high": "higher value"}
    style.legend_outside(figure, list(handles.values()), [names[h] for h in handles])
    missing = int(
        (np.isnan(sides)).sum()
        - table[["low_value", "high_value"]].isna().to_numpy().sum()
    )
    crosses = f" (x: {missing} without a plan)" if missing > 0 else ""
    style.title(figure, f"One value at a time around the scenario{crosses}")
    return figure


def _write_at_end(axes: Axes, row: int, end: float, right: bool, text: str) -> None:
    axes.annotate(
        text,
        (end, row),
        xytext=(4 if right else -4, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=style.TICK - 1,
    )


def indices_figure(table: pd.DataFrame, figure_name: str) -> Figure:
    """Morris: mu_star and sigma of each path; Sobol: first order and total."""
    table = table.head(MOST_ROWS)
    is_morris = "mu_star" in table
    pairs = (
        (("mu_star", "mean effect"), ("sigma", "spread of the effect"))
        if is_morris
        else (("ST", "with all others (ST)"), ("S1", "alone (S1)"))
    )
    figure = style.new_figure(1.9 + 0.62 * len(table))
    axes = figure.subplots()
    rows = np.arange(len(table))
    handles = []
    for n, (column, _) in enumerate(pairs):
        spread = table.get(f"{column}_conf")
        handles.append(
            axes.barh(
                rows + (n - 0.5) * 0.36,
                table[column].to_numpy(float),
                xerr=None if spread is None else spread.to_numpy(float),
                color=style.PALETTE[n],
                ecolor=style.GREY,
                height=0.34,
            )
        )
    _rows(axes, [str(path) for path in table["path"]])
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    name = style.words(figure_name)
    unit = (
        f"change of {name} over the range"
        if is_morris
        else f"share of {name}'s variance"
    )
    axes.set_xlabel(unit, fontsize=style.LABEL)
    style.legend_outside(figure, handles, [text for _, text in pairs])
    groups, dropped = int(table["groups"].iloc[0]), int(table["dropped"].iloc[0])
    what = "Morris" if is_morris else "Sobol"
    left = f", {dropped} left out for a failed member" if dropped else ""
    style.title(figure, f"{what} indices of {groups} groups{left}")
    return figure


def frequency_figure(table: pd.DataFrame) -> Figure:
    """In which share of the samples each asset is built, and how large it is then."""
    figure = style.new_figure(1.9 + 0.5 * len(table))
    axes = figure.subplots()
    for row, item in enumerate(table.to_dict("records")):
        if pd.isna(item["share"]):
            axes.plot([0], [row], "x", color=style.WARNING, clip_on=False)
            continue
        axes.barh(row, item["share"], color=style.PALETTE[0], height=0.6)
        text = f"{item['share']:.0%}"
        if item["built"]:
            least, most = style.number(item["least"]), style.number(item["greatest"])
            text += f", {least} to {most}, mean {style.number(item['mean'])} if built"
        axes.annotate(
            text,
            (1.01, row),
            va="center",
            fontsize=style.TICK,
            annotation_clip=False,
        )
    _rows(axes, [style.words(str(size)) for size in table["size"]])
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of the samples that build it", fontsize=style.LABEL)
    members = int(table["members"].max()) if len(table) else 0
    style.title(figure, f"How often each asset is built in {members} plans")
    return figure


def regret_figure(members: pd.DataFrame, currency: str) -> Figure | None:
    """Regret of the base plan, the members in order; None without any."""
    if "regret" not in members:
        return None
    regret = np.sort(members["regret"].dropna().to_numpy(float))
    if not regret.size:
        return None
    missed = int((members["base_status"] == "missed").sum())
    scale = style.scale_for(float(np.abs(regret).max()), "")
    figure = style.new_figure()
    axes = figure.subplots()
    share = (np.arange(regret.size) + 1) / regret.size
    axes.plot(share, regret / scale.factor, ".", color=style.PALETTE[0])
    axes.set_xlim(0, 1.02)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    unit = f"{scale.unit}{currency}, net present"
    style.tidy(axes, f"regret, {unit}", "share of the samples with no more regret")
    more = f"; in {missed} more it misses a limit" if missed else ""
    style.title(figure, f"Regret of the base plan in {regret.size} samples{more}")
    return figure


def _rows(axes: Axes, names: list[str]) -> None:
    """Names down the left side, the first on top."""
    style.tidy(axes, "")
    axes.grid(visible=False)
    axes.grid(axis="x", color=style.GRID, lw=0.8)
    axes.set_yticks(range(len(names)), [_short(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(style.TICKS)


def _short(path: str) -> str:
    """A path in two lines where it is long: the last key below the rest."""
    path = path.removeprefix("components.")
    head, dot, key = path.rpartition(".")
    return f"{head}{dot}\n{key}" if len(path) > 26 and head else path


def _text(value: object) -> str:
    text = f"{value:,.4g}" if isinstance(value, (int, float)) else str(value)
    return text if len(text) <= 16 else f"{text[:13]}..."

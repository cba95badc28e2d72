"""What each capacity may be among plans that cost hardly more."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from verdigrid.results.figures import style

#: Colours of the verdicts.
COLOURS = {
    "must": style.PALETTE[0],
    "taste": style.PALETTE[1],
    "never": style.GREY,
    "unknown": style.GREY,
    "": style.PALETTE[2],
}


def ranges_figure(table: pd.DataFrame, within: float) -> Figure:
    """A bar from least to greatest of each row, on the scale of its greatest.

    A line marks the plan. Where only one end is known, a grey bar leads from there to
    the plan; where none is there is a cross.
    """
    figure = style.new_figure(1.8 + 0.62 * len(table))
    axes = figure.subplots()
    handles: dict[str, Any] = {}
    for row, item in enumerate(table.to_dict("records")):
        ends = [item["least"], item["greatest"]]
        known = [end for end in ends if pd.notna(end)]
        scale = max(*known, item["planned"], 1e-12)
        verdict = str(item["verdict"])
        if known:
            shown = [item["planned"] if pd.isna(end) else end for end in ends]
            left, right = (end / scale for end in shown)
            drawn = axes.barh(
                row,
                max(right - left, 0.004),
                left=left,
                height=0.5,
                color=COLOURS[verdict if len(known) == 2 else "unknown"],
            )
            if verdict:
                handles.setdefault(verdict, drawn)
            told = ["?" if pd.isna(end) else style.number(end) for end in ends]
            text = " to ".join(told)
        else:
            axes.plot([0], [row], "x", color=style.WARNING, ms=9, clip_on=False)
            text = "not found"
        planned = item["planned"] / scale
        axes.plot([planned] * 2, [row - 0.38, row + 0.38], color=style.BLACK, lw=2.2)
        unit = item["unit"]
        axes.annotate(
            f"{text} {unit}",
            (1.02, row),
            va="center",
            fontsize=style.TICK,
            annotation_clip=False,
        )
    style.tidy(axes, "", "share of the greatest; the line is the plan")
    axes.grid(visible=False)
    axes.grid(axis="x", color=style.GRID, lw=0.8)
    names = [style.words(str(name)) for name in table["name"]]
    axes.set_yticks(range(len(table)), names)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(0, 1.0)
    axes.tick_params(axis="y", length=0)
    style.legend_outside(figure, list(handles.values()), list(handles))
    style.title(figure, f"Plans whose cost is at most {1 + within:.4g} times the least")
    return figure

"""How figures look: one size, one palette, one way to write numbers.

Figures are plain ``matplotlib.figure.Figure`` objects drawn with Agg, without
pyplot: nothing global is changed, nothing has to be closed, threads may draw.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

#: Width and height of a figure in inches: a slide, or the width of an A4 page.
SIZE = (10.0, 5.6)
DPI = 150
#: Names that no locale changes: the font has no other letters.
MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TITLE, LABEL, TICK = 13, 11, 10
TITLE_CHARACTERS = 92
#: What is smaller than this share of the largest cannot be seen, nor is it named.
VISIBLE = 3e-3

BLACK = "#000000"
GREY = "#9a9a9a"
WARNING = "#d55e00"
GRID = "#dddddd"

#: Okabe and Ito's palette without black, then Paul Tol's "muted" where it differs.
PALETTE = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#56b4e9",
    "#d55e00",
    "#cc79a7",
    "#f0e442",
    "#332288",
    "#44aa99",
    "#882255",
    "#999933",
    "#7f4f24",
    "#cc6677",
    "#aa99ee",
    "#ddcc77",
    "#999999",
)

#: What flows, by carrier; heat that nobody takes and what comes from outside too.
CARRIERS = {
    "electricity": "#e6b000",
    "heat": "#d55e00",
    "cooling": "#56b4e9",
    "gas": "#7a8ca3",
    "coal": "#4d4d4d",
    "oil": "#7f4f24",
    "biomass": "#009e73",
    "hydrogen": "#cc79a7",
    "fuel": "#999933",
    "environment": "#8fc1a9",
    "rejected": "#c9b8a8",
}

#: Units of a quantity with their size in the first one, ascending.
UNITS = {
    "kW": (("kW", 1.0), ("MW", 1e3), ("GW", 1e6)),
    "kWh": (("kWh", 1.0), ("MWh", 1e3), ("GWh", 1e6)),
    "kg": (("kg", 1.0), ("t", 1e3), ("Mt", 1e9)),
    "": (("", 1.0), ("thousand ", 1e3), ("million ", 1e6), ("billion ", 1e9)),
}


@dataclass(frozen=True)
class Scale:
    """The unit an axis is written in; ``factor`` base units are one of it."""

    unit: str
    factor: float


def scale_for(largest: float, base: str) -> Scale:
    """The largest unit of which there are at least ten (money: ``base`` is "").

    >>> scale_for(25_000, "kW")
    Scale(unit='MW', factor=1000.0)
    >>> scale_for(9_000, "kW").unit
    'kW'
    """
    fitting = [pair for pair in UNITS[base] if largest >= 10 * pair[1]]
    return Scale(*(fitting[-1] if fitting else UNITS[base][0]))


def number(value: float) -> str:
    """A number to be read: thousands separators, three figures if small.

    >>> number(12345.6), number(3.14159), number(0)
    ('12,346', '3.14', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value + 0.0:.3g}"


def words(name: str) -> str:
    """A name as it is read: ``rooftop_pv`` becomes ``rooftop pv``."""
    return name.replace("_", " ")


def sentence(text: str) -> str:
    """``text`` with a capital first letter, the rest untouched."""
    return text[:1].upper() + text[1:]


def month_name(day: dt.date, with_year: bool = False) -> str:
    """Short English name of the month, with the year in a second line."""
    name = MONTHS[day.month - 1]
    return f"{name}\n{day.year}" if with_year else name


def day_name(day: dt.date) -> str:
    """Day and month, such as ``3 Feb``."""
    return f"{day.day} {month_name(day)}"


def tint(colour: str, share: float) -> str:
    """``colour`` mixed with white; ``share`` of it stays."""
    red, green, blue = (1 - share * (1 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue))


def colours_for(names: Sequence[str]) -> dict[str, str]:
    """A colour for each name, in order; paler ones when the palette is used up."""
    size = len(PALETTE)
    return {
        name: tint(PALETTE[n % size], 0.6 ** (n // size))
        for n, name in enumerate(dict.fromkeys(names))
    }


def new_figure(height: float = SIZE[1]) -> Figure:
    """An empty figure of the common width."""
    figure = Figure(figsize=(SIZE[0], height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def title(figure: Figure, text: str) -> None:
    """Title of the whole figure, left-aligned."""
    text = fill(text, TITLE_CHARACTERS)
    figure.suptitle(text, x=0.01, ha="left", fontsize=TITLE, fontweight="bold")


def tidy(axes: Axes, y_label: str = "", x_label: str = "") -> None:
    """Labels, number format, a light horizontal grid and no box."""
    axes.set_ylabel(y_label, fontsize=LABEL)
    axes.set_xlabel(x_label, fontsize=LABEL)
    axes.tick_params(labelsize=TICK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(TICKS)


def legend_outside(
    figure: Figure, handles: Sequence[Any], labels: Sequence[str], heading: str = ""
) -> None:
    """One legend to the right of all axes, below the line of the title."""
    if handles:
        figure.legend(
            list(handles),
            list(labels),
            loc="outside right upper",
            fontsize=TICK,
            frameon=False,
            handlelength=1.8,
            labelspacing=0.6,
            title=f"\n{heading}",  # the empty line is the title's
            title_fontsize=TICK,
            alignment="left",
        )


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write ``name`` as PNG and SVG."""
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    figure.savefig(paths[0], dpi=DPI)
    figure.set_layout_engine("none")  # laid out once is enough
    figure.savefig(paths[1], dpi=DPI, metadata={"Date": None})
    return paths


def _tick(value: float, _: object = None) -> str:
    return f"{0.0 if abs(value) < 1e-12 else value:,.10g}"


#: Ticks with thousands separators.
TICKS = FuncFormatter(_tick)


def few_ticks(axes: Axes, most: int = 4) -> None:
    """At most ``most`` intervals on the vertical axis."""
    axes.yaxis.set_major_locator(MaxNLocator(most))

"""Day by hour maps of a year: one column a day, one row a time of day."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.results.figures import style

COLOURS = "viridis"
#: From this many days on, months are marked instead of days.
MANY_DAYS = 45


@dataclass(frozen=True)
class Panel:
    """One map: its heading and its values (steps,)."""

    heading: str
    values: Floats


def day_grid(calendar: Calendar, values: Floats) -> Floats:
    """Values by time of day and civil day, shape (steps a day, days).

    An hour that the clock skips is empty (nan), one that it repeats is a mean.
    """
    civil = calendar.civil
    minutes = np.asarray(civil.hour * 60 + civil.minute)
    row = minutes // calendar.step_minutes
    midnights = civil.normalize()
    column = np.asarray((midnights - midnights[0]).days)
    rows = max(int(row.max()) + 1, int(np.ceil(24 * 60 / calendar.step_minutes)))
    total = np.zeros((rows, int(column.max()) + 1))
    count = np.zeros_like(total)
    np.add.at(total, (row, column), values)
    np.add.at(count, (row, column), 1)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def map_figure(
    calendar: Calendar,
    panels: Sequence[Panel],
    largest: float,
    unit: str,
    text: str,
) -> Figure:
    """Maps above each other with one colour scale from 0 to ``largest``."""
    figure = style.new_figure(1.3 + 2.4 * len(panels))
    rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    image = None
    for axes, panel in zip(rows, panels, strict=True):
        image = _draw(axes, calendar, panel, largest)
        axes.tick_params(labelbottom=axes is rows[-1])
    if image is not None:
        bar = figure.colorbar(image, ax=list(rows), pad=0.015, fraction=0.04)
        bar.set_label(unit, fontsize=style.LABEL)
        bar.ax.tick_params(labelsize=style.TICK)
        bar.ax.yaxis.set_major_formatter(style.TICKS)
    style.title(figure, text)
    return figure


def _draw(axes: Axes, calendar: Calendar, panel: Panel, largest: float) -> AxesImage:
    grid = day_grid(calendar, panel.values)
    image = axes.imshow(
        grid,
        extent=(0, grid.shape[1], 0, 24),
        origin="lower",
        aspect="auto",
        cmap=COLOURS,
        vmin=0,
        vmax=largest or 1.0,
        interpolation="nearest",
    )
    axes.set_title(panel.heading, fontsize=style.LABEL, loc="left")
    axes.set_ylabel("hour of the day", fontsize=style.LABEL)
    axes.set_yticks(range(0, 25, 6))
    _mark_days(axes, calendar, grid.shape[1])
    axes.tick_params(labelsize=style.TICK)
    return image


def _mark_days(axes: Axes, calendar: Calendar, count: int) -> None:
    """The beginning of each month, or some days of a short horizon."""
    days = pd.date_range(calendar.civil[0].normalize(), periods=count, freq="D")
    if count > MANY_DAYS:
        at = [n for n, day in enumerate(days) if day.day == 1]
        texts = [
            style.month_name(days[n], n == at[0] or days[n].month == 1) for n in at
        ]
    else:
        at = list(range(0, count, int(np.ceil(count / 10))))
        texts = [style.day_name(days[n]) for n in at]
    axes.set_xticks(at, texts, ha="left")

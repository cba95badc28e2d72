"""Cash flow of the plan against the baseline, added up year by year."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from verdigrid.results.figures import style
from verdigrid.results.finance import ROUNDING, Finances, finances
from verdigrid.results.outcome import Outcome

PLAIN, DISCOUNTED = "#0072b2", "#d55e00"
BARS = "#d9d9d9"


def finance_figure(plan: Outcome, baseline: Outcome | None) -> Figure | None:
    """Yearly net payments as bars, their sums as lines, payback marked."""
    if baseline is None:
        return None
    found = finances(plan, baseline)
    yearly = found.yearly
    if yearly.empty or yearly["net"].abs().max() <= least_visible(yearly["plan"]):
        return None
    columns = ["net", "cumulative", "cumulative_discounted"]
    scale = style.scale_for(float(yearly[columns].abs().to_numpy().max()), "")
    figure = style.new_figure()
    axes = figure.subplots()
    years = yearly["year"]
    bars = axes.bar(years, yearly["net"] / scale.factor, color=BARS, width=0.7)
    handles, labels = [], []
    for column, colour, text, payback in (
        ("cumulative", PLAIN, "added up", "simple_payback"),
        (
            *("cumulative_discounted", DISCOUNTED, "added up, discounted"),
            "discounted_payback",
        ),
    ):
        amounts = yearly[column] / scale.factor
        line = axes.plot(years, amounts, color=colour, lw=2.2, marker="o", ms=3.5)[0]
        handles.append(line)
        end = style.number(float(amounts.iloc[-1]))
        paid = found.value(payback)
        back = "not paid back" if paid is None else f"paid back after {paid:.1f} a"
        labels.append(f"{text}\n({end} at the end;\n{back})")
        if paid is not None:
            _mark(axes, paid, colour)
    money = f"{scale.unit}{plan.solution.microgrid.currency}"
    axes.axhline(0, color=style.BLACK, lw=0.8)
    style.tidy(axes, f"{money}, plan less baseline", "year")
    axes.set_xlim(-0.7, float(years.iloc[-1]) + 0.7)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    style.legend_outside(figure, [bars, *handles], ["in the year", *labels])
    style.title(figure, headline(found, plan.solution.microgrid.currency))
    return figure


def least_visible(amounts: pd.Series) -> float:
    """Below this a difference is rounding."""
    return ROUNDING * float(amounts.abs().max())


def headline(found: Finances, currency: str) -> str:
    """What the cash flow says in one line."""
    value = found.value("net_present_value") or 0.0
    scale = style.scale_for(abs(value), "")
    worth = f"{style.number(value / scale.factor)} {scale.unit}{currency}"
    text = f"Cash flow against the baseline: worth {worth} today"
    rate = found.value("internal_rate_of_return")
    return text if rate is None else f"{text}, a return of {rate:.1%} a year"


def _mark(axes: Axes, years: float, colour: str) -> None:
    """A ring on the axis where the sum turns positive for good."""
    axes.plot(
        [years], [0], marker="o", ms=10, mfc="white", mec=colour, mew=2, zorder=4, ls=""
    )

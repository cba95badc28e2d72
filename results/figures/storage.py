"""State of charge of every storage through the year."""

from matplotlib.figure import Figure

from verdigrid.results.figures import style
from verdigrid.results.figures.dispatch import Store, stores_of
from verdigrid.results.figures.heat_map import Panel, map_figure
from verdigrid.results.figures.weeks import SHORT_HOURS, Window, edges, mark_time
from verdigrid.results.outcome import Outcome


def storage_figure(outcome: Outcome, colours: dict[str, str]) -> Figure | None:
    """Content as a share of size: maps of a long horizon, lines of a short one."""
    stores = stores_of(outcome.solution)
    if not stores:
        return None
    calendar = outcome.solution.microgrid.calendar
    if calendar.hours < SHORT_HOURS:
        return _lines(outcome, stores, colours)
    panels = [
        Panel(_heading(store), 100 * store.content / store.size) for store in stores
    ]
    text = "State of charge by day and hour"
    return map_figure(calendar, panels, 100.0, "content, % of size", text)


def _heading(store: Store) -> str:
    scale = style.scale_for(store.size, "kWh")
    size = f"{style.number(store.size / scale.factor)} {scale.unit}"
    return f"{style.words(store.component)}, {size}"


def _lines(outcome: Outcome, stores: list[Store], colours: dict[str, str]) -> Figure:
    calendar = outcome.solution.microgrid.calendar
    window = Window("", 0, calendar.periods)
    figure = style.new_figure()
    axes = figure.subplots()
    hours = edges(calendar, window)[1:]
    lines = [
        axes.plot(
            hours, 100 * store.content / store.size, color=colours[store.component]
        )[0]
        for store in stores
    ]
    axes.set_ylim(0, 103)
    style.tidy(axes, "content, % of size")
    mark_time(axes, calendar, window)
    style.legend_outside(figure, lines, [_heading(store) for store in stores])
    style.title(figure, "State of charge")
    return figure

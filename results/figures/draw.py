"""All figures of a run."""

from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from verdigrid.results.figures import style
from verdigrid.results.figures.capacities import capacities_figure
from verdigrid.results.figures.cascade import cascade_figure
from verdigrid.results.figures.certificate import certificate_figure
from verdigrid.results.figures.costs import costs_figure
from verdigrid.results.figures.dispatch import dispatch_figures
from verdigrid.results.figures.emissions import emissions_figure
from verdigrid.results.figures.finance import finance_figure
from verdigrid.results.figures.imports import duration_figure, import_map_figure
from verdigrid.results.figures.monthly import monthly_figure
from verdigrid.results.figures.sankey import sankey_figure
from verdigrid.results.figures.stacks import DEMAND, flow_keys, stacks_of
from verdigrid.results.figures.storage import storage_figure
from verdigrid.results.outcome import Outcome


def draw_all(plan: Outcome, baseline: Outcome | None, folder: Path) -> list[Path]:
    """Draw every figure that has something to show into ``folder``, as PNG and SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures(plan, baseline):
        paths += style.save(figure, folder, name)
    return paths


def figures(plan: Outcome, baseline: Outcome | None) -> Iterator[tuple[str, Figure]]:
    """Names and figures, the ones that say most first."""
    colours = component_colours(plan, baseline)
    solution = plan.solution
    stacks = stacks_of(plan)
    single = {
        "costs": costs_figure(plan, baseline),
        "cash_flow": finance_figure(plan, baseline),
        "capacities": capacities_figure(solution, colours),
        "sankey": sankey_figure(plan),
        "heat_cascade": cascade_figure(plan),
        "emissions": emissions_figure(plan, baseline, colours),
        "certificate": certificate_figure(solution),
        "load_duration": duration_figure(plan, baseline),
        "heat_map_import": import_map_figure(plan, baseline),
        "state_of_charge": storage_figure(plan, colours),
    }
    for name, figure in single.items():
        if figure is not None:
            yield name, figure
    calendar = solution.microgrid.calendar
    for stack in stacks:
        yield from dispatch_figures(plan, stack, colours).items()
        yield f"monthly_energy_{stack.node}", monthly_figure(calendar, stack, colours)


def component_colours(plan: Outcome, baseline: Outcome | None) -> dict[str, str]:
    """One colour per component for the whole run.

    Those whose flows are seen in plan or baseline choose first. Components that
    only demand or offer are grey: what is drawn of them is a remainder.
    """
    components = plan.solution.microgrid.components
    active = set()
    for outcome in (plan, baseline):
        if outcome is not None:
            flows = outcome.tables.flows
            peaks = flows.abs().max()
            keys = [key for key in flow_keys(flows) if peaks[key] > 0]
            active |= {c for _, c, item in keys if item != DEMAND}
    booked = {c for _, c, item in flow_keys(plan.tables.flows) if item != DEMAND}
    first = [name for name in components if name in active]
    later = [name for name in components if name in booked - active]
    colours = style.colours_for(first + later)
    return {name: colours.get(name, style.GREY) for name in components}

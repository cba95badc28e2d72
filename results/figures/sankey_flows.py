"""Energy of a year as a graph: from sources over buses and machines to their ends.

Vertices are buses and components; a component that others deliver to or draw from (a
demand, a waste-heat stream) is one vertex with its node. A band is the energy of a
year from vertex to vertex. At every vertex

    sum of bands in = sum of bands out + lost

so what a plan leaves open is said: what a machine gives less than it takes is lost,
what it gives more comes from the environment (a heat pump on outdoor air; also a
chiller, as cold counts as energy that it gives); what nobody takes of a stream is
rejected, what nobody takes of a bus is surplus.

What comes and goes at one bus is netted (a storage, a line that sends both ways): what
remains are its losses. Only a connection that sells is drawn twice, once on each side.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from verdigrid.models.microgrid import Microgrid
from verdigrid.models.storage_flows import StorageFlows
from verdigrid.results.figures.stacks import flow_keys
from verdigrid.results.figures.style import words
from verdigrid.results.outcome import Outcome

#: Bands below this share of all that comes in are not drawn.
SMALL = 0.005
ENVIRONMENT = "environment"
#: Imbalances below this share of all that comes in are rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Band:
    """Energy of a year from vertex to vertex."""

    start: str
    end: str
    carrier: str
    kwh: float


@dataclass(frozen=True)
class Vertex:
    """A bus (with its ``carrier``) or a component; ``lost_kwh`` goes nowhere."""

    label: str
    carrier: str = ""
    lost_kwh: float = 0.0


@dataclass(frozen=True)
class EnergyGraph:
    """Vertices by name, bands without cycles; ``hidden_kwh`` are bands left out."""

    vertices: dict[str, Vertex]
    bands: tuple[Band, ...]
    hidden_kwh: tuple[float, ...] = ()

    @property
    def total_kwh(self) -> float:
        """All that comes in from sources."""
        ends = {band.end for band in self.bands}
        return sum(band.kwh for band in self.bands if band.start not in ends)

    def into(self, name: str) -> float:
        """Sum of the bands that end at a vertex, kWh."""
        return sum(band.kwh for band in self.bands if band.end == name)

    def out_of(self, name: str) -> float:
        """Sum of the bands that start at a vertex, kWh."""
        return sum(band.kwh for band in self.bands if band.start == name)


def energy_graph(outcome: Outcome) -> EnergyGraph:
    """The whole graph of a plan, balanced and without cycles."""
    microgrid = outcome.solution.microgrid
    labels = _labels(microgrid)
    vertices, bands = _booked(outcome, labels)
    bands += _rejected(outcome, labels, vertices)
    graph = EnergyGraph(vertices, tuple(band for band in bands if band.kwh > 0))
    return without_cycles(_balanced(graph, microgrid))


# -- from the tables -----------------------------------------------------------


def _booked(
    outcome: Outcome, labels: dict[str, str]
) -> tuple[dict[str, Vertex], list[Band]]:
    """What the table of flows holds, netted where energy comes and goes."""
    microgrid = outcome.solution.microgrid
    nodes, flows, yearly = microgrid.nodes, outcome.tables.flows, _yearly(microgrid)
    sums: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for node, component, item in flow_keys(flows):
        kwh = flows[node, component, item].to_numpy(dtype=float) * yearly
        parts = sums.setdefault((node, component), [])
        parts += [(item, float(np.maximum(kwh, 0).sum()))]
        parts += [(item, float(np.minimum(kwh, 0).sum()))]
    vertices, bands = {}, []
    for (node, component), parts in sums.items():
        carrier = nodes[node].carrier
        fed = sum(kwh for _, kwh in parts if kwh > 0)
        drawn = -sum(kwh for _, kwh in parts if kwh < 0)
        taker, selling = component, ""
        if fed and drawn and _trades(microgrid, component):
            selling = ", " + " and ".join(words(i) for i, kwh in parts if kwh < 0)
            taker = component + selling
        else:
            fed, drawn = max(fed - drawn, 0.0), max(drawn - fed, 0.0)
        for name in (node, component):
            place = nodes[name].carrier if name in nodes else ""
            vertices[name] = Vertex(labels[name], place)
        vertices.setdefault(taker, Vertex(words(component) + selling))
        bands.append(Band(component, node, carrier, fed))
        bands.append(Band(node, taker, carrier, drawn))
    return vertices, bands


def _yearly(microgrid: Microgrid) -> float:
    return microgrid.calendar.step_hours * microgrid.calendar.year_weight


def _labels(microgrid: Microgrid) -> dict[str, str]:
    """What stands at buses (with their temperatures) and components."""
    labels = {name: words(name) for name in microgrid.components}
    for name, component in microgrid.components.items():
        if isinstance(component, StorageFlows) and component.discharge_bus is None:
            labels[name] += " losses"
    for name, node in microgrid.nodes.items():
        labels[name] = words(name)
        if node.hot_c is not None and node.cold_c is not None:
            way = (node.hot_c, node.cold_c) if node.gives else (node.cold_c, node.hot_c)
            degrees = "-".join(f"{end:g}" for end in dict.fromkeys(way))
            labels[name] += f" {degrees}\N{NO-BREAK SPACE}°C"
    return labels


def _trades(microgrid: Microgrid, name: str) -> bool:
    """Whether what comes and goes is bought and sold, rather than stored or sent."""
    component = microgrid.components[name]
    places = {connection.node for connection in component.connections()}
    return type(component).content is None and len(places) == 1


def _rejected(
    outcome: Outcome, labels: dict[str, str], vertices: dict[str, Vertex]
) -> list[Band]:
    """What nobody takes of the streams."""
    table = outcome.tables.heat_by_temperature
    supply = table[table["side"] == "supply"]
    bands = []
    for name, kwh in supply.groupby("node", sort=False)["rest_kwh"].sum().items():
        stream, end = str(name), f"{name} rejected"
        vertices[stream] = Vertex(labels[stream], "heat")
        vertices[end] = Vertex(f"{words(stream)}, rejected")
        bands.append(Band(stream, end, "rejected", float(kwh)))
    return bands


def _balanced(graph: EnergyGraph, microgrid: Microgrid) -> EnergyGraph:
    """With losses, surplus, and what machines draw from the environment."""
    vertices, bands = dict(graph.vertices), list(graph.bands)
    rounding = _ROUNDING * graph.total_kwh
    for name, vertex in graph.vertices.items():
        fed, taken = graph.into(name), graph.out_of(name)
        if min(fed, taken) <= 0 or abs(fed - taken) <= rounding:
            continue
        if taken > fed:
            vertices.setdefault(ENVIRONMENT, Vertex(ENVIRONMENT))
            bands.append(Band(ENVIRONMENT, name, ENVIRONMENT, taken - fed))
        elif name in microgrid.buses:
            end = f"{name} surplus"
            vertices[end] = Vertex(f"{words(name)}, surplus")
            bands.append(Band(name, end, "rejected", fed - taken))
        else:
            vertices[name] = replace(vertex, lost_kwh=fed - taken)
    return EnergyGraph(_used(vertices, bands), tuple(bands))


def _used(vertices: dict[str, Vertex], bands: Iterable[Band]) -> dict[str, Vertex]:
    """The vertices that some band touches."""
    touched = {name for band in bands for name in (band.start, band.end)}
    return {name: vertex for name, vertex in vertices.items() if name in touched}


# -- made fit to be drawn ------------------------------------------------------


def without_cycles(graph: EnergyGraph) -> EnergyGraph:
    """The smallest band of every cycle cut: it ends, and begins anew as a source."""
    vertices, bands = dict(graph.vertices), list(graph.bands)
    while cycle := _cycle(bands):
        cut = min(cycle, key=lambda band: band.kwh)
        end, start = f"{cut.start} to {cut.end}", f"{cut.end} from {cut.start}"
        vertices[end] = Vertex(f"back to {vertices[cut.end].label}")
        vertices[start] = Vertex(f"back from {vertices[cut.start].label}")
        bands.remove(cut)
        bands += [replace(cut, end=end), replace(cut, start=start)]
    return EnergyGraph(vertices, tuple(bands), graph.hidden_kwh)


def _cycle(bands: list[Band]) -> list[Band]:
    """The bands of some cycle; none if there is no cycle."""
    leaving: dict[str, list[Band]] = {}
    for band in bands:
        leaving.setdefault(band.start, []).append(band)
    done: set[str] = set()

    def search(name: str, path: list[Band]) -> list[Band]:
        for band in leaving.get(name, []):
            if band.end in done:
                continue
            way = [*path, band]
            starts = [step.start for step in way]
            if band.end in starts:
                return way[starts.index(band.end) :]
            found = search(band.end, way)
            if found:
                return found
        done.add(name)
        return []

    return next((found for name in leaving if (found := search(name, []))), [])


def without_small(graph: EnergyGraph, share: float = SMALL) -> EnergyGraph:
    """Without the bands below ``share`` of all that comes in."""
    least = share * graph.total_kwh
    bands = tuple(band for band in graph.bands if band.kwh >= least)
    hidden = tuple(band.kwh for band in graph.bands if band.kwh < least)
    vertices = {
        name: vertex if vertex.lost_kwh >= least else replace(vertex, lost_kwh=0.0)
        for name, vertex in _used(graph.vertices, bands).items()
    }
    return EnergyGraph(vertices, bands, hidden)

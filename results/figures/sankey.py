"""Energy of the year from its sources to its ends, as bands (Sankey diagram)."""

from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke

from verdigrid.results.figures import style
from verdigrid.results.figures.sankey_flows import (
    SMALL,
    EnergyGraph,
    energy_graph,
    without_small,
)
from verdigrid.results.figures.sankey_layout import Layout, Room, columns_of, lay_out
from verdigrid.results.outcome import Outcome

#: Font and line height of labels, points and inches; widths of a character.
FONT, LINE, CHARACTER, BOLD = 8.5, 0.145, 0.074, 0.08
#: Room for the labels beside sources and ends, for the title, the legend, inches.
SIDE, HEAD, FOOT = 1.55, 0.65, 0.55
#: Width of a box, distance of columns, height of all sources together, inches.
BOX, LEAST_PITCH, SOURCES = 0.11, 0.95, 3.4
LOST = "#b0b0b0"


def sankey_figure(outcome: Outcome) -> Figure | None:
    """The year's energy; None if nothing flows."""
    if not outcome.tables.flows.abs().to_numpy().any():
        return None
    graph = without_small(energy_graph(outcome))
    year = outcome.solution.microgrid.calendar.represents == "year"
    return draw(graph, "a" if year else "horizon") if graph.bands else None


def draw(graph: EnergyGraph, span: str = "a") -> Figure:
    """The figure of a graph; ``span`` is the time that its energy belongs to."""
    scale = style.scale_for(graph.total_kwh / 10, "kWh")  # also small ones readable
    count = max(columns_of(graph).values())
    width = max(style.SIZE[0], 2 * SIDE + LEAST_PITCH * count + BOX)
    pitch = (width - 2 * SIDE - BOX) / count
    labels = _Labels(graph, scale, pitch)
    layout = lay_out(graph, labels.room, SOURCES / graph.total_kwh)
    height = layout.height + HEAD + FOOT
    figure = style.new_figure(height)
    figure.set_figwidth(width)
    figure.set_layout_engine("none")  # everything is placed in inches
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(layout.height + FOOT, -HEAD)  # inches, downwards
    edges = [SIDE + pitch * column for column in range(count + 1)]
    _draw_bands(axes, graph, layout, edges)
    _draw_boxes(axes, graph, layout, edges)
    labels.draw(axes, layout, edges)
    _add_notes(axes, graph, scale)
    text = f"Where the energy comes from and where it goes, {scale.unit}/{span}"
    axes.text(0.1, 0.1 - HEAD, text, va="top", fontsize=style.TITLE, fontweight="bold")
    return figure


class _Labels:
    """Texts of the vertices: beside sources and ends, above the boxes between."""

    def __init__(self, graph: EnergyGraph, scale: style.Scale, pitch: float) -> None:
        self.graph, self.scale, self.pitch = graph, scale, pitch
        self.columns = columns_of(graph)
        self.last = max(self.columns.values())

    def is_beside(self, name: str) -> bool:
        """Whether the label stands beside its box."""
        return self.columns[name] in (0, self.last)

    def lines(self, name: str) -> list[str]:
        """The label: name, energy, what is lost of it."""
        vertex = self.graph.vertices[name]
        room = SIDE - 0.2 if self.is_beside(name) else self.pitch - 0.1
        characters = int(room / (BOLD if vertex.carrier else CHARACTER))
        kwh = max(self.graph.into(name), self.graph.out_of(name))
        lines = [
            *wrap(vertex.label, characters, break_on_hyphens=False),
            self.number(kwh),
        ]
        if vertex.lost_kwh:
            lines.append(f"lost {self.number(vertex.lost_kwh)}")
        return lines

    def number(self, kwh: float) -> str:
        """Energy in the unit of the figure."""
        return style.number(kwh / self.scale.factor)

    def room(self, name: str, height: float) -> Room:
        """Room that the label needs above and below a box of this height."""
        text = LINE * len(self.lines(name))
        if self.is_beside(name):
            spare = max(0.0, text - height) / 2
            return Room(spare, spare)
        return Room(text + 0.04, 0.0)

    def draw(self, axes: Axes, layout: Layout, edges: list[float]) -> None:
        """Write all labels."""
        for name in self.graph.vertices:
            place = layout.place(name)
            x, middle = edges[place.column], place.top + place.height / 2
            where: dict[str, Any] = {"x": x + BOX / 2, "y": place.top - 0.03}
            where |= {"ha": "center", "va": "bottom"}
            if place.column == 0:
                where = {"x": x - 0.07, "y": middle, "ha": "right", "va": "center"}
            elif place.column == self.last:
                where = {"x": x + BOX + 0.07, "y": middle, "va": "center"}
            where["fontweight"] = (
                "bold" if self.graph.vertices[name].carrier else "normal"
            )
            axes.text(
                s="\n".join(self.lines(name)),
                fontsize=FONT,
                linespacing=1.12,
                zorder=4,
                path_effects=[withStroke(linewidth=2.5, foreground="white")],
                gid=f"label {name}",
                **where,
            )


def _draw_bands(
    axes: Axes, graph: EnergyGraph, layout: Layout, edges: list[float]
) -> None:
    """Every band in one piece, with a bend between columns."""
    for number, band in enumerate(graph.bands):
        corners: list[tuple[float, float]] = []
        pieces = [piece for piece in layout.pieces if piece.band == number]
        for piece in pieces:
            corners.append((edges[piece.left.column] + BOX, piece.start))
            corners.append((edges[piece.right.column], piece.end))
        outline = band_outline(corners, pieces[0].width)
        colour = style.CARRIERS.get(band.carrier, style.GREY)
        axes.add_patch(PathPatch(outline, facecolor=colour, alpha=0.5, linewidth=0))


def band_outline(corners: list[tuple[float, float]], width: float) -> Outline:
    """A band of one width along its upper edge; ``corners`` are the ends of bends."""
    lower = [(x, y + width) for x, y in reversed(corners)]
    points = [corners[0], *_bends(corners), lower[0], *_bends(lower), corners[0]]
    count = 3 * (len(corners) // 2) + len(corners) // 2 - 1
    edge = [Outline.LINETO if n % 4 == 3 else Outline.CURVE4 for n in range(count)]
    codes = [Outline.MOVETO, *edge, Outline.LINETO, *edge, Outline.CLOSEPOLY]
    return Outline(np.array(points), codes)


def _bends(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points of an edge after its first: a bend between two, then straight on."""
    points: list[tuple[float, float]] = []
    for n in range(0, len(corners), 2):
        (x, y), (end, at) = corners[n : n + 2]
        if n:
            points.append((x, y))
        points += [((x + end) / 2, y), ((x + end) / 2, at), (end, at)]
    return points


def _draw_boxes(
    axes: Axes, graph: EnergyGraph, layout: Layout, edges: list[float]
) -> None:
    """Buses in the colour of their carrier, components dark; losses as a grey wedge."""
    inch = SOURCES / graph.total_kwh
    for name, vertex in graph.vertices.items():
        place = layout.place(name)
        x = edges[place.column]
        colour = style.CARRIERS.get(vertex.carrier, "#444444")
        axes.add_patch(
            Rectangle((x, place.top), BOX, place.height, color=colour, lw=0, zorder=3)
        )
        lost = vertex.lost_kwh * inch
        if lost:
            right, low = x + BOX, place.bottom
            wedge = [(right, low - lost), (right + 0.28, low - lost / 2), (right, low)]
            outline = Outline(np.array([*wedge, wedge[0]]))
            axes.add_patch(PathPatch(outline, facecolor=LOST, lw=0, zorder=2))


def _add_notes(axes: Axes, graph: EnergyGraph, scale: style.Scale) -> None:
    """Colours of the carriers, and what is not drawn."""
    seen = dict.fromkeys(band.carrier for band in graph.bands)
    handles = [
        Patch(color=style.CARRIERS.get(carrier, style.GREY), alpha=0.6, label=carrier)
        for carrier in seen
    ]
    if any(vertex.lost_kwh for vertex in graph.vertices.values()):
        handles.append(Patch(color=LOST, label="lost in machines"))
    axes.legend(
        handles=handles,
        loc="lower left",
        ncols=min(len(handles), 8),
        fontsize=FONT,
        frameon=False,
        handlelength=1.2,
        columnspacing=1.2,
    )
    if graph.hidden_kwh:
        least = style.number(SMALL * graph.total_kwh / scale.factor)
        together = style.number(sum(graph.hidden_kwh) / scale.factor)
        text = f"not drawn: flows below {least} {scale.unit}, {together} together"
        axes.text(0.1, 0.32 - HEAD, text, va="top", fontsize=FONT, color="#555555")

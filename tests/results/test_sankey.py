"""The picture of the year's energy is true to width, and legible."""

from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from support import grid_at, load_of, microgrid, planned
from verdigrid.results.figures import style
from verdigrid.results.figures.sankey import SOURCES, draw, sankey_figure
from verdigrid.results.figures.sankey_flows import (
    Band,
    EnergyGraph,
    Vertex,
    without_small,
)
from verdigrid.results.figures.sankey_layout import Layout, Room, columns_of, lay_out
from verdigrid.results.outcome import Outcome


def chain(*bands: tuple[str, str, float]) -> EnergyGraph:
    """A graph of bands (from, to, kWh); buses begin with ``bus``."""
    names = {name for band in bands for name in band[:2]}
    return EnergyGraph(
        {n: Vertex(n, "heat" if n.startswith("bus") else "") for n in sorted(names)},
        tuple(Band(start, end, "heat", kwh) for start, end, kwh in bands),
    )


def random_graph(seed: int) -> EnergyGraph:
    """Balanced energy that falls from layer to layer, over some of them at times."""
    random = np.random.default_rng(seed)
    bands: list[tuple[str, str, float]] = []
    layers = [
        [f"{'bus' if n % 2 else 'machine'} {n} of {m} with a name" for m in range(size)]
        for n, size in enumerate(random.integers(2, 6, random.integers(3, 8)))
    ]
    for n, layer in enumerate(layers[:-1]):
        for name in layer:
            held = sum(kwh for _, end, kwh in bands if end == name)
            held = held or float(random.uniform(1e5, 1e6))
            for share in random.dirichlet(np.ones(random.integers(1, 3))):
                later = layers[int(random.integers(n + 1, len(layers)))]
                bands.append((name, str(random.choice(later)), float(held * share)))
    return chain(*bands)


# -- the layout --------------------------------------------------------------------


def room(name: str, height: float) -> Room:
    return Room(0.4, 0.1)


def laid(graph: EnergyGraph) -> Layout:
    return lay_out(graph, room, SOURCES / graph.total_kwh)


@pytest.mark.parametrize("seed", range(5))
def test_widths_are_energies_at_both_ends(seed: int) -> None:
    graph = random_graph(seed)
    layout = laid(graph)
    inch = SOURCES / graph.total_kwh
    for number, band in enumerate(graph.bands):
        pieces = [piece for piece in layout.pieces if piece.band == number]
        assert pieces[0].left.name == band.start
        assert pieces[-1].right.name == band.end
        for piece in pieces:
            assert piece.width == pytest.approx(band.kwh * inch)
            assert piece.right.column == piece.left.column + 1
            for edge, place in ((piece.start, piece.left), (piece.end, piece.right)):
                assert edge >= place.top - 1e-9
                assert edge + piece.width <= place.bottom + 1e-9
        for one, other in pairwise(pieces):
            assert one.right is other.left
            assert one.end == pytest.approx(other.start)
    for name in graph.vertices:
        place = layout.place(name)
        for sides in ("left", "right"):
            here = [p for p in layout.pieces if getattr(p, sides) is place]
            edges = sorted(
                (p.start, p.width) if sides == "left" else (p.end, p.width)
                for p in here
            )
            for (edge, width), (following, _) in pairwise(edges):
                assert edge + width == pytest.approx(following)
            if here:
                assert sum(p.width for p in here) == pytest.approx(place.height)


@pytest.mark.parametrize("seed", range(5))
def test_everything_has_its_room(seed: int) -> None:
    layout = laid(random_graph(seed))
    for column in layout.columns:
        for upper, lower in pairwise(column):
            gap = lower.top - upper.bottom
            assert gap >= upper.room.below + lower.room.above - 1e-9
        assert column[0].top - column[0].room.above >= -1e-9
        last = column[-1]
        assert last.bottom + last.room.below <= layout.height + 1e-9


def test_columns_are_longest_paths_and_ends_stand_last() -> None:
    graph = chain(
        ("gas", "bus g", 9), ("bus g", "engine", 5), ("engine", "bus p", 5),
        ("sun", "bus p", 2), ("bus p", "pump", 1), ("pump", "bus h", 1),
        ("bus g", "boiler", 4), ("boiler", "bus h", 4),
        ("bus h", "baths", 5), ("bus p", "mill", 6),
    )  # fmt: skip
    columns = columns_of(graph)
    assert columns["sun"] == columns["gas"] == 0
    assert columns["boiler"] == 2
    assert columns["bus p"] == 3
    assert columns["bus h"] == 5
    assert columns["mill"] == columns["baths"] == 6


def test_bands_that_need_not_cross_do_not() -> None:
    """A crossed order to begin with: four sources to four ends, and back sorted."""
    graph = chain(*[(f"s{n}", f"e{3 - n}", 1.0) for n in range(4)])
    layout = laid(graph)
    tops = [(piece.start, piece.end) for piece in layout.pieces]
    for one, other in combinations(tops, 2):
        assert (one[0] - other[0]) * (one[1] - other[1]) > 0
        assert one[0] - one[1] == pytest.approx(0)


# -- the picture -------------------------------------------------------------------


def boxes_of(figure: Figure) -> dict[str, Bbox]:
    """Extents of all texts of a figure, in pixels."""
    texts = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    return {f"{n} {t.get_text()}": t.get_window_extent() for n, t in enumerate(texts)}


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    figure.draw_without_rendering()
    return [
        (a, b)
        for (a, one), (b, other) in combinations(boxes_of(figure).items(), 2)
        if one.x0 < other.x1
        and other.x0 < one.x1
        and one.y0 < other.y1
        and other.y0 < one.y1
    ]


def test_labels_of_a_plan_do_not_overlap(works_plan: Outcome) -> None:
    figure = sankey_figure(works_plan)
    assert figure is not None
    assert not overlaps(figure)
    for text, box in boxes_of(figure).items():
        inside = Bbox.intersection(box, figure.bbox)
        assert inside is not None, text
        assert inside.bounds == pytest.approx(box.bounds), text


@pytest.mark.parametrize("seed", range(5))
def test_labels_of_any_graph_do_not_overlap(seed: int) -> None:
    assert not overlaps(draw(without_small(random_graph(seed))))


def test_labels_tell_names_energy_and_losses(works_plan: Outcome) -> None:
    figure = sankey_figure(works_plan)
    assert figure is not None
    texts: dict[str, Any] = {t.get_gid(): t.get_text() for t in figure.findobj(Text)}
    assert texts["label gas_supply"].startswith("gas supply\n")
    assert "lost" in texts["label steam_boiler"]
    assert "165\N{NO-BREAK SPACE}°C" in texts["label steam"]
    assert "60-25\N{NO-BREAK SPACE}°C" in texts["label effluent"]


def test_nothing_flows_no_picture(works_plan: Outcome) -> None:
    solution = works_plan.solution
    nothing = tuple((entry, 0 * kw) for entry, kw in solution.booked.injections)
    idle = replace(solution, booked=replace(solution.booked, injections=nothing))
    assert sankey_figure(Outcome(idle)) is None


@pytest.mark.filterwarnings("error")
def test_a_site_without_heat(tmp_path: Any) -> None:
    site = microgrid({"mill": load_of([3, 4]), "grid": grid_at(0.1)}, 2)
    figure = sankey_figure(Outcome(planned(site)))
    assert figure is not None
    style.save(figure, tmp_path, "sankey")

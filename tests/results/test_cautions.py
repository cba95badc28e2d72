"""Where a plan may flatter itself, said aloud."""

from support import grid_at, load_of, microgrid, planned, standing
from verdigrid.results.cautions import cautions
from verdigrid.results.compare import compare
from verdigrid.results.outcome import Outcome

BUSES = {place: {"carrier": "electricity"} for place in ("north", "south", "west")}


def line(one, other):
    return {
        "kind": "link",
        "from_bus": one,
        "to_bus": other,
        "length_km": 1.0,
        "capacity": standing("kw", 100),
    }


def said(**lines):
    components = {
        "grid": grid_at(0.1, bus="north"),
        "hall": load_of([10, 20], "south"),
        "shed": load_of([10, 20], "west"),
        **lines,
    }
    plan = Outcome(planned(microgrid(components, 2, buses=BUSES)))
    return cautions(plan, None, compare(plan, None))


def test_lines_that_branch_are_no_ring():
    texts = said(a=line("north", "south"), b=line("north", "west"))
    assert not any("ring" in text for text in texts)


def test_the_line_that_closes_a_ring_is_named():
    texts = said(
        a=line("north", "south"), b=line("south", "west"), c=line("west", "north")
    )
    assert [text for text in texts if text.startswith("c closes a ring")]


def test_two_lines_side_by_side_are_a_ring():
    texts = said(
        a=line("north", "south"), b=line("south", "north"), c=line("north", "west")
    )
    assert [text for text in texts if text.startswith("b closes a ring")]

"""What is said about a plan is what is proven, no more."""

from dataclasses import replace

import numpy as np
import pytest

from support import grid_at, load_of, microgrid, option
from verdigrid.models.certificate import Certificate, Leaf, Moment
from verdigrid.models.solution import Solution, Status
from verdigrid.results.figures.certificate import (
    certificate_figure,
    headline,
    shares,
)
from verdigrid.results.proof import (
    bound_words,
    certificate_entry,
    distance,
    percent,
    relative_gap,
    status_words,
)
from verdigrid.studies.plan import make_plan


@pytest.fixture(scope="module")
def solution() -> Solution:
    pv = {
        "kind": "pv",
        "bus": "power",
        "capacity": option("kw", 50, 1.0),
        "yield_kw_per_kw": {"values": [0.0, 1.0]},
    }
    works, connection = load_of([10, 10]), grid_at(1.0)
    parts = {"works": works, "connection": connection, "pv": pv}
    return make_plan(microgrid(parts, 2)).plan.solution


def at(solution: Solution, objective: float, bound: float, **more: object) -> Solution:
    return replace(solution, objective=objective, bound=bound, **more)


@pytest.mark.parametrize(
    ("objective", "bound", "words"),
    [
        (1e6, 1e6, "optimal, proven cheapest"),
        (1e6, 1e6 - 50, "optimal, proven within 0.0051 % of the cheapest"),
        (1e6, 0.9992e6, "proven within 0.081 % of the cheapest (at most 800 EUR net"),
        (1e6, 0.5e6, "proven within 100 % of the cheapest (at most 500,000 EUR"),
        (-1e6, -1.1e6, "proven within 9.1 % of the cheapest (at most 100,000 EUR"),
        (5.0, -3.0, "proven within 8 EUR of the cheapest (at most 8 EUR net present)"),
    ],
)
def test_the_first_line_says_no_more_than_is_proven(
    solution: Solution, objective: float, bound: float, words: str
) -> None:
    assert status_words(at(solution, objective, bound)).startswith(words)


def test_a_wide_gap_is_not_called_optimal_nor_cheapest(solution: Solution) -> None:
    words = status_words(at(solution, 1e6, 0.99e6))
    assert "optimal" not in words
    assert "proven cheapest" not in words


def test_a_plan_at_the_limit_is_told_with_its_distance(solution: Solution) -> None:
    stopped = at(solution, 1e6, 0.97e6, status=Status.FEASIBLE)
    assert status_words(stopped).startswith("feasible at limit, proven within 3.1 %")
    assert headline(stopped).startswith("Stopped at a limit: the plan is proven")
    nothing = at(solution, 1e6, -np.inf, status=Status.FEASIBLE)
    assert "no bound on how much cheaper" in status_words(nothing)
    assert "before anything was proven" in headline(nothing)
    assert bound_words(nothing).startswith("No bound")


def test_whose_word_the_bound_is(solution: Solution) -> None:
    assert "multipliers of" in bound_words(solution)
    plain = at(solution, 1e6, 999999.7, certificate=None)
    assert bound_words(plain) == (
        "Bound not checked: that no plan costs less than 999,999 EUR net present is "
        "the solver's word"
    )
    assert certificate_entry(plain)["bound_is_checked"] is False
    assert certificate_entry(solution)["bound_is_checked"] is True


def test_percentages_round_up() -> None:
    assert percent(0.00081) == "0.081 %"
    assert percent(0.000811) == "0.082 %"
    assert percent(0.01) == "1 %"
    assert percent(1e-9) == "0.0000001 %"


def test_the_distance_holds_for_the_cheapest(solution: Solution) -> None:
    """Half as cheap is not 50 % above, but 100 %: the share is one of the bound."""
    assert distance(at(solution, 200.0, 100.0)) == "within 100 %"
    assert relative_gap(at(solution, 200.0, 100.0)) == 0.5


def test_the_figure_needs_a_history(solution: Solution) -> None:
    assert certificate_figure(solution) is None


def test_the_figure_says_what_is_proven(solution: Solution) -> None:
    moments = (
        Moment(0.5, -np.inf, np.inf),
        Moment(1.0, 0.9e6, np.inf),
        Moment(2.0, 0.99e6, 1.2e6),
        Moment(3.0, 0.9992e6, 1e6),
    )
    leaf = Leaf(np.empty(0), np.empty(0), np.zeros(3))
    found = Certificate(np.empty(0, dtype=np.int64), (leaf,), moments)
    figure = certificate_figure(at(solution, 1e6, 0.9992e6, certificate=found))
    assert figure is not None
    assert figure.get_suptitle() == (
        "The plan is proven to be within 0.081 % of the cheapest"
    )
    costs, gaps = figure.axes
    assert gaps.get_yscale() == "log"
    assert costs.get_ylim()[0] < 0.9992 * costs.get_ylim()[1]
    lines = [line.get_ydata() for line in gaps.get_lines()]
    assert lines[0] == pytest.approx([0.175, 0.0008])
    assert lines[1] == pytest.approx([1e-4, 1e-4])


def test_a_gap_without_a_plan_is_none() -> None:
    gap = shares(np.array([-np.inf, 90.0, 99.0]), np.array([np.inf, np.inf, 100.0]))
    assert np.isnan(gap[:2]).all()
    assert gap[2] == pytest.approx(0.01)


def test_a_search_without_any_plan_still_draws(solution: Solution) -> None:
    moments = (Moment(1.0, 10.0, np.inf), Moment(2.0, 20.0, np.inf))
    leaf = Leaf(np.empty(0), np.empty(0), np.zeros(3))
    found = Certificate(np.empty(0, dtype=np.int64), (leaf,), moments)
    assert certificate_figure(at(solution, 21.0, 20.0, certificate=found)) is not None

"""The certified search where the design counts units: general whole numbers."""

import numpy as np
import pytest
from drafts import Draft
from problems import solved, violation

from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers import certified as certified_module
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.certificate import proven_bound
from verdigrid.solvers.certified import Goal, solve_certified

INF = np.inf
GOAL = Goal(relative_gap=1e-5, time_limit_s=30.0, threads=2)


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    monkeypatch.setattr(certified_module, "SEGMENTS", 4)
    monkeypatch.setattr(certified_module, "IN_WINDOW", 1)


def two_kinds_of_units(seed: int) -> CompiledModel:
    """Up to five units of PV and seven of wind against power at spot prices.

    In half of the sites both need land; in some a size of its own is tied to the units.
    """
    random = np.random.default_rng(seed)
    draft, at = Draft(48), np.arange(48)
    sun = np.clip(np.sin(at * 0.26), 0, None) * random.uniform(0.5, 1, 48)
    wind = random.uniform(0, 1, 48)
    pv_cost, wind_cost = random.uniform(5, 40, 2)
    panels = draft.design("panels", 5.0, cost=pv_cost, integer=True)
    towers = draft.design("towers", 7.0, cost=wind_cost, integer=True)
    made, blown = draft.timed("made"), draft.timed("blown")
    buy = draft.timed("buy", 60.0, cost=random.uniform(0.1, 1, 48))
    spilt = draft.timed("spilt", 100.0)
    draft.rows("yield", -INF, 0.0, (made, 1.0), (panels, -7 * sun))
    if random.random() < 0.5:
        size = draft.design("size", 28.0, cost=0.5)
        draft.row("units", 0.0, 0.0, (size, 1.0), (towers, -4.0))
        draft.rows("blows", -INF, 0.0, (blown, 1.0), (size, -wind))
    else:
        draft.rows("blows", -INF, 0.0, (blown, 1.0), (towers, -4 * wind))
    draft.rows("load", 20.0, 20.0, (made, 1.0), (blown, 1.0), (buy, 1.0), (spilt, -1.0))
    if random.random() < 0.5:
        most = float(random.uniform(3, 9))
        draft.row("land", -INF, most, (panels, 1.0), (towers, 1.3))
    return draft.model()


@pytest.mark.parametrize("seed", range(16))
def test_same_units_as_solved_as_one(seed: int) -> None:
    model = two_kinds_of_units(seed)
    true, found = solved(model), solve_certified(model, GOAL)
    result = found.result
    assert result.status is Status.OPTIMAL
    assert violation(model, result.x) <= 1e-6
    assert result.x[model.integer] == pytest.approx(np.rint(result.x[model.integer]))
    assert result.objective == pytest.approx(true.objective, rel=2e-5)
    proven = proven_bound(model, found.certificate)
    assert proven <= true.objective + 1e-6 * abs(true.objective)
    assert proven >= result.objective * (1 - 1.1e-5)


def test_leaves_part_between_neighbouring_numbers() -> None:
    """The best of 0 to 5 units lies inside: leaves on both sides of it prove that."""
    model = two_kinds_of_units(1)
    found = solve_certified(model, GOAL)
    counts = found.result.x[found.certificate.decisions]
    assert ((counts > 0) & (counts < [5, 7])).all()
    ends = {(*leaf.lower, *leaf.upper) for leaf in found.certificate.leaves}
    assert len(ends) == len(found.certificate.leaves) > 2

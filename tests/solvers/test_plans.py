"""The best of all plans, and what lies between two of them."""

import numpy as np
import pytest
from drafts import INF, Draft

from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.plans import Plans
from verdigrid.solvers.windows import cut_into_windows

STEPS = 24


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)


class Site:
    """10 kW in every step from coal at 1 or wood at 3; a limit on coal, both ways."""

    def __init__(self, cap: float, least: float = -INF, whole: bool = False) -> None:
        draft = Draft(STEPS)
        self.stove = draft.design("stove", 9.0, cost=100.0)
        self.coal = draft.timed("coal", 30.0, cost=1.0)
        self.wood = draft.timed("wood", 30.0, cost=3.0)
        draft.rows("load", 10.0, INF, (self.coal, 1.0), (self.wood, 1.0))
        draft.rows("stove", -INF, 0.0, (self.wood, 1.0), (self.stove, -10.0))
        draft.row("cap", least, cap, (self.coal, 1.0))
        self.model = draft.model()
        decisions = np.asarray(self.stove if whole else [], dtype=np.int64)
        self.plans = Plans(cut_into_windows(self.model), decisions)

    def at(self, coal: float, stove: float = 1.0) -> np.ndarray:
        x = np.zeros(self.model.shape[1])
        x[self.coal], x[self.wood], x[self.stove] = coal, 10.0 - coal, stove
        return x


def test_the_cheapest_plan_is_kept() -> None:
    site = Site(cap=200.0)
    assert site.plans.best is None
    assert site.plans.offer(site.at(2.0))
    assert not site.plans.offer(site.at(1.0))
    assert site.plans.offer(site.at(5.0))
    assert site.plans.cost == pytest.approx(24 * (5 + 3 * 5) + 100)


def test_between_two_plans_lies_one_that_just_keeps_the_cap() -> None:
    site = Site(cap=180.0)
    assert site.plans.offer(site.at(2.0))
    assert site.plans.offer(site.at(9.0))  # uses 216
    assert site.plans.best is not None
    np.testing.assert_allclose(site.plans.best, site.at(7.5), rtol=1e-6)
    assert float(site.plans.best[site.coal].sum()) <= 180.0


def test_between_two_plans_lies_one_that_just_keeps_a_floor() -> None:
    site = Site(cap=INF, least=60.0)
    assert site.plans.offer(site.at(8.0))
    assert not site.plans.offer(site.at(1.0))  # dearer, and below
    found = site.plans.missed(site.at(1.0))
    np.testing.assert_allclose(found, [36.0])


def test_a_plan_that_misses_another_row_gives_none() -> None:
    site = Site(cap=180.0)
    site.plans.offer(site.at(2.0))
    broken = site.at(9.0)
    broken[site.wood] = 0.0
    assert not site.plans.offer(broken)


def test_without_a_plan_that_spares_the_cap_there_is_none_between() -> None:
    site = Site(cap=180.0)
    assert not site.plans.offer(site.at(9.0))
    assert not site.plans.offer(site.at(8.0))
    assert site.plans.best is None


def test_what_is_decided_in_part_is_paid_in_full() -> None:
    site = Site(cap=180.0, whole=True)
    assert site.plans.offer(site.at(2.0, stove=1.0))
    assert site.plans.offer(site.at(9.0, stove=0.5))
    assert site.plans.best is not None
    assert site.plans.best[site.stove] == 1.0
    assert site.plans.cost == pytest.approx(24 * (7.5 + 3 * 2.5) + 100, rel=1e-6)

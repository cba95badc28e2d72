"""A member solved from the last one is the member solved alone."""

import itertools
import resource
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from small_works import HOURS, OPTIONS, agree, site
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.outcome import Outcome
from verdigrid.solvers import reuse as reuse_module
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.solve import FROM_LAST
from verdigrid.studies.kept import Kept
from verdigrid.studies.plan import make_plan

#: Every kind of change, and whether the pattern stays.
CHANGES = {
    "cost": ({"capex": 3.1}, True),
    "price series": ({"price": 0.21, "evening": 1.1}, True),
    "cap": ({"cap": 0.32}, True),
    "load series": ({"load": 41.5}, True),
    "capacity limit": ({"roof": 125.0}, True),
    "efficiency": ({"efficiency": 0.91}, True),
    "coefficients of every hour": ({"cop": 3.2}, True),
    "new component": ({"chp": True}, False),
    "number of periods": ({"hours": 36}, False),
    "decision": ({"fixed": 30.0}, False),
    "everything at once": (
        {"price": 0.21, "cap": 0.29, "cop": 3.1, "load": 39.0},
        True,
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_member_from_the_last_is_the_member_alone(what: str) -> None:
    changes, goes_on = CHANGES[what]
    kept = Kept()
    make_plan(site(), OPTIONS, kept=kept)
    warm = make_plan(site(**changes), OPTIONS, kept=kept)
    agree(warm, make_plan(site(**changes), OPTIONS))
    assert (warm.plan.solution.algorithm == FROM_LAST) is goes_on
    # And back again, from the changed one.
    agree(make_plan(site(), OPTIONS, kept=kept), make_plan(site(), OPTIONS))


NUMBERS = {
    "capex": st.floats(2.0, 4.0),
    "price": st.floats(0.15, 0.3),
    "evening": st.floats(0.8, 1.5),
    "cap": st.floats(0.0, 0.4),
    "load": st.floats(30.0, 50.0),
    "roof": st.floats(80.0, 160.0),
    "efficiency": st.floats(0.85, 0.95),
    "cop": st.floats(2.5, 4.0),
    "chp": st.booleans(),
    "fixed": st.sampled_from([0.0, 0.0, 20.0]),
    "hours": st.sampled_from([HOURS, HOURS, 24]),
}
MEMBER = st.fixed_dictionaries({}, optional=NUMBERS)


@settings(max_examples=6, deadline=None)
@given(st.lists(MEMBER, min_size=2, max_size=4))
def test_random_members_one_after_the_other(members: list[dict[str, object]]) -> None:
    kept, changes = Kept(), {}
    kept.plan._reach = 10.0  # however large the change, the answer is the same
    for member in members:
        changes |= member
        try:
            cold = make_plan(site(**changes), OPTIONS)
        except InfeasibleError:
            with pytest.raises(InfeasibleError):
                make_plan(site(**changes), OPTIONS, kept=kept)
            continue
        agree(make_plan(site(**changes), OPTIONS, kept=kept), cold)


def test_windows_share_cuts_and_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    kept = Kept()
    for cap, fixed in ((0.30, 0.0), (0.33, 0.0), (0.31, 20.0), (0.28, 20.0)):
        member = site(cap=cap, fixed=fixed)
        warm = make_plan(member, OPTIONS, kept=kept)
        cold = make_plan(member, OPTIONS)
        assert warm.plan.solution.facts["method"] == "certified"
        agree(warm, cold)


# -- the baseline ---------------------------------------------------------------------


def baselines_solved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stages of all runs from here on, of baselines only."""
    from verdigrid.studies import plan as plan_module

    solved: list[str] = []
    solve = plan_module.solve_verified

    def counts(grid: Microgrid, *rest: object) -> Outcome:
        if not any(
            c.room for p in grid.components.values() for c in p.capacities().values()
        ):
            solved.append(grid.name)
        return solve(grid, *rest)

    monkeypatch.setattr(plan_module, "solve_verified", counts)
    return solved


def test_baseline_is_kept_while_the_site_of_today_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solved, kept = baselines_solved(monkeypatch), Kept()
    changed = {
        "cap": 0.32,
        "capex": 2.0,
        "roof": 90.0,
        "fixed": 9.0,
        "replacement": 1.0,
    }
    for changes in ({}, *({key: value} for key, value in changed.items())):
        plan = make_plan(site(**changes), OPTIONS, kept=kept)
        assert plan.baseline is not None
        today = plan.baseline.solution.microgrid.components["roof"]
        assert today.capacity.capex_per_unit == changes.get("capex", 3.0)
    assert len(solved) == 1
    for number, changes in enumerate(({"price": 0.22}, {"load": 41.0}, {"hours": 24})):
        make_plan(site(**changes), OPTIONS, kept=kept)
        assert len(solved) == 2 + number
    make_plan(site(hours=24), replace(OPTIONS, relative_gap=1e-3), kept=kept)
    assert len(solved) == 5


def test_another_year_of_series_is_another_baseline() -> None:
    today, kept = site().baseline(), Kept()
    kept.keep_baseline(today, OPTIONS, None, "no reason")
    assert kept.known_baseline(site(capex=2.0).baseline(), OPTIONS) == (
        None,
        "no reason",
    )
    later = {path: values * 1.01 for path, values in today.series.items()}
    assert kept.known_baseline(replace(today, series=later), OPTIONS) is None


def test_no_baseline_is_kept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    solved, kept = baselines_solved(monkeypatch), Kept()
    for capex in (2.0, 2.5):
        bare = site(old_boiler=0.0, capex=capex)
        bare = replace(bare, policies={})
        plan = make_plan(bare, OPTIONS, kept=kept)
        assert plan.baseline is None
        assert "heat" in plan.no_baseline
    assert len(solved) == 1


# -- memory ---------------------------------------------------------------------------


def test_memory_does_not_grow_over_members() -> None:
    kept = Kept()

    def members(count: int) -> float:
        for cap in np.linspace(0.2, 0.35, count):
            make_plan(site(cap=float(cap), hours=24), OPTIONS, kept=kept)
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 2**20

    members(10)
    first = members(2)
    assert members(50) - first < 12.0


def test_cuts_of_few_shapes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_module, "WINDOW_STEPS", 12)
    kept = Kept()
    for hours, chp in itertools.product((24, 36, 48), (False, True)):
        make_plan(site(hours=hours, chp=chp), OPTIONS, kept=kept)
    assert len(kept.plan.cuts._cuts) == reuse_module.SHAPES

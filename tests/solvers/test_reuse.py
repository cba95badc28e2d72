"""A member solved from the last one is the member solved alone."""

import itertools
import resource
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import problem

from support import (
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    standing,
)
from verdigrid.models.errors import InfeasibleError, SolverError
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Solution, Status
from verdigrid.results.outcome import Outcome
from verdigrid.solvers import reuse as reuse_module
from verdigrid.solvers import windows as windows_module
from verdigrid.solvers.highs import Result, Session
from verdigrid.solvers.reuse import Last, same_pattern, size_of_change
from verdigrid.solvers.solve import FROM_LAST, SolveOptions
from verdigrid.studies.kept import Kept
from verdigrid.studies.plan import Plan, make_plan

OPTIONS = SolveOptions(relative_gap=1e-4, time_limit_s=60.0)
HOURS = 48
SUN = np.maximum(0.0, np.sin(2 * np.pi * (np.arange(HOURS) - 6) / 24)).round(3)
DAY = (1 + 0.5 * np.sin(2 * np.pi * np.arange(HOURS) / 24 - 1)).round(3)

#: What a member may change; numbers stay in a range where every site has a plan.
SITE = {
    "capex": 3.0,
    "price": 0.2,
    "evening": 1.0,
    "cap": 0.30,
    "load": 40.0,
    "roof": 120.0,
    "efficiency": 0.9,
    "cop": 3.0,
    "hours": HOURS,
    "chp": False,
    "fixed": 0.0,
    "replacement": None,
    "old_boiler": 60.0,
}


def site(**changes: object) -> Microgrid:
    """Power and heat of a small works: PV, battery, boiler and heat pump."""
    s = {**SITE, **changes}
    hours, price = s["hours"], s["price"] * np.where(SUN > 0, 1.0, s["evening"])
    parts = {
        "works": load_of(s["load"] * DAY[:hours]),
        "process": load_of(30.0 * DAY[::-1][:hours], "heat"),
        "connection": grid_at(price[:hours]),
        "gas_supply": gas_at(0.05),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": SUN[:hours].tolist()},
            "capacity": option(
                "kw",
                s["roof"],
                s["capex"],
                capex_fixed=s["fixed"],
                replacement_per_kw=s["replacement"],
            ),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": option("kwh", 200, 1.0),
            "power": option("kw", 100, 0.5),
            "charge_efficiency": s["efficiency"],
        },
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": s["efficiency"],
            "capacity": standing("kw", s["old_boiler"]),
        },
        "heat_pump": {
            "kind": "heat_pump",
            "electricity_bus": "power",
            "bus": "heat",
            "cop": s["cop"],
            "capacity": option("kw", 60, 2.0),
        },
    }
    if s["chp"]:
        parts["second_boiler"] = {
            "kind": "electric_boiler",
            "input_bus": "power",
            "bus": "heat",
            "capacity": option("kw", 20, 0.1),
        }
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "reduction": s["cap"]}
    return microgrid(parts, hours, policies={"cap": cap})


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


def agree(warm: Plan, cold: Plan) -> None:
    """Both members have plan and baseline at the same cost, and both are verified."""
    pairs = [(warm.plan, cold.plan)]
    assert (warm.baseline is None) == (cold.baseline is None)
    assert warm.no_baseline == cold.no_baseline
    if warm.baseline is not None and cold.baseline is not None:
        pairs.append((warm.baseline, cold.baseline))
    for one, other in pairs:
        _same_answer(one.solution, other.solution)
        assert all(check.holds for check in one.checks)


def _same_answer(one: Solution, other: Solution) -> None:
    size = max(1.0, abs(other.objective))
    assert one.status is other.status is Status.OPTIMAL
    assert one.bound <= other.objective + 1e-9 * size
    assert other.bound <= one.objective + 1e-9 * size
    if not other.facts["integers"] and other.facts["method"] == "monolithic":
        assert one.objective == pytest.approx(other.objective, rel=1e-6, abs=1e-6)
        assert (one.certificate is None) == (other.certificate is None)


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


# -- deciding -------------------------------------------------------------------------


def chain(cap: float, price: float = 2.0) -> object:
    """min x + price y,  x + y >= cap,  x <= 3."""
    return problem([[1.0, 1.0]], [1.0, price], [cap], np.inf, [3.0, 100.0])


def lasting(cap: float) -> Last:
    """What is left of the problem ``chain(cap)``."""
    session = Session(chain(cap))
    last = Last()
    last.keep(session, session.run("test"))
    return last


def test_size_of_a_change_is_that_of_the_family_that_changed_most() -> None:
    one = chain(5.0)
    assert size_of_change(one, one) == 0
    assert size_of_change(one, chain(5.5)) == pytest.approx(0.5 / 5.5)
    assert size_of_change(one, chain(5.0, 2.3)) == pytest.approx(0.3 / 3.3)
    doubled = replace(one, matrix=one.matrix * 2)
    assert size_of_change(one, doubled) == pytest.approx(0.5)
    free = replace(one, upper=np.array([3.0, np.inf]))
    assert size_of_change(one, free) == np.inf


def test_pattern_is_everything_but_numbers() -> None:
    one = chain(5.0)
    assert same_pattern(one, chain(6.0, 7.0))
    assert not same_pattern(one, replace(one, integer=np.array([True, False])))
    denser = problem([[1.0, 0.0]], [1.0, 2.0], [5.0], np.inf, [3.0, 100.0])
    assert not same_pattern(one, denser)
    families = (one.rows.families[0]._replace(name="other"),)
    assert not same_pattern(
        one, replace(one, rows=replace(one.rows, families=families))
    )


def test_small_changes_go_on_and_large_ones_do_not() -> None:
    last = lasting(5.0)
    found = last.resume(chain(5.5), 10.0, None)
    assert found is not None
    assert found[1].objective == pytest.approx(3 + 2 * 2.5)
    assert last.resume(chain(20.0), 10.0, None) is None
    # What was too large was not tried, so the basis is still there.
    assert last.resume(chain(6.0), 10.0, None) is not None


def test_costs_bounds_coefficients_and_offset_all_arrive() -> None:
    last = lasting(5.0)
    one = chain(5.0)
    other = replace(
        one,
        matrix=one.matrix * 1.1,
        cost=np.array([1.1, 2.2]),
        upper=np.array([2.8, 90.0]),
        offset=7.0,
    )
    dearer = chain(5.0, 2.3)
    for model in (dearer, other, one, replace(one, offset=3.0), other):
        session = Session(model)
        cold = session.run("alone")
        found = last.resume(model, 10.0, None)
        assert found is not None
        assert found[1].objective == pytest.approx(cold.objective)
        assert found[1].x == pytest.approx(cold.x)
        assert found[1].row_dual == pytest.approx(cold.row_dual)


@pytest.mark.parametrize("lie", [Status.INFEASIBLE, Status.FAILED, Status.FEASIBLE])
def test_anything_but_an_optimum_starts_from_scratch(
    lie: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept()
    make_plan(site(), OPTIONS, kept=kept)
    run = Session.run

    def lies(self: Session, stage: str) -> Result:
        found = run(self, stage)
        return replace(found, status=lie) if "going on" in stage else found

    monkeypatch.setattr(Session, "run", lies)
    warm = make_plan(site(cap=0.32), OPTIONS, kept=kept)
    assert warm.plan.solution.algorithm != FROM_LAST
    agree(warm, make_plan(site(cap=0.32), OPTIONS))
    # Changes as large are not tried again, smaller ones are.
    stages = []

    def listens(self: Session, stage: str) -> Result:
        stages.append(stage)
        return run(self, stage)

    monkeypatch.setattr(Session, "run", listens)
    make_plan(site(cap=0.34), OPTIONS, kept=kept)
    assert not any("going on" in stage for stage in stages)
    make_plan(site(cap=0.342), OPTIONS, kept=kept)
    assert any("going on" in stage for stage in stages)


def test_an_optimum_that_is_none_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Kept()
    make_plan(site(), OPTIONS, kept=kept)
    run = Session.run

    def stays(self: Session, stage: str) -> Result:
        found = run(self, stage)
        if "going on" not in stage:
            return found
        return replace(found, row_dual=found.row_dual * 0.5)

    monkeypatch.setattr(Session, "run", stays)
    warm = make_plan(site(cap=0.32), OPTIONS, kept=kept)
    assert warm.plan.solution.algorithm != FROM_LAST
    agree(warm, make_plan(site(cap=0.32), OPTIONS))


def test_a_model_that_is_refused_starts_from_scratch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Kept()
    make_plan(site(), OPTIONS, kept=kept)

    def refuses(self: Session, model: object) -> None:
        raise SolverError("HiGHS: refused")

    monkeypatch.setattr(Session, "become", refuses)
    warm = make_plan(site(cap=0.32), OPTIONS, kept=kept)
    assert warm.plan.solution.algorithm != FROM_LAST
    agree(warm, make_plan(site(cap=0.32), OPTIONS))


def test_an_attempt_ends_at_its_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """HiGHS counts the time of all runs of a session, so the limit moves on."""
    last = lasting(5.0)
    last._from_scratch_s = 8.0
    allowed = []
    allow = Session.allow
    monkeypatch.setattr(
        Session, "allow", lambda self, s: (allowed.append(s), allow(self, s))[1]
    )
    for cap in (5.1, 5.2, 5.3):
        assert last.resume(chain(cap), 60.0, None) is not None
    assert last.resume(chain(5.4), 1.0, None) is not None
    assert allowed == [4.0, 4.0, 4.0, 1.0]


def test_a_run_is_allowed_its_time_after_those_before_it() -> None:
    session = Session(chain(5.0))
    session.run("first")
    session.allow(2.0)
    _, limit = session._highs.getOptionValue("time_limit")
    assert limit == session._highs.getRunTime() + 2.0


def test_an_interrupt_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    make_plan(site(), OPTIONS, kept=kept)
    run = Session.run

    def stopped(self: Session, stage: str) -> Result:
        found = run(self, stage)
        if "going on" not in stage:
            return found
        return replace(found, status=Status.NO_INCUMBENT, interrupted=True)

    monkeypatch.setattr(Session, "run", stopped)
    with pytest.raises(KeyboardInterrupt):
        make_plan(site(cap=0.32), OPTIONS, kept=kept)


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

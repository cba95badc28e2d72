"""When a member goes on from the last one, and when it starts from scratch."""

from dataclasses import replace

import numpy as np
import pytest
from problems import problem

from small_works import OPTIONS, agree, site
from verdigrid.models.errors import SolverError
from verdigrid.models.solution import Status
from verdigrid.solvers.highs import Result, Session
from verdigrid.solvers.reuse import Last, same_pattern, size_of_change
from verdigrid.solvers.solve import FROM_LAST
from verdigrid.studies.kept import Kept
from verdigrid.studies.plan import make_plan


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

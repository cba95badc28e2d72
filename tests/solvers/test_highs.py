import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import numpy as np
import pytest
from problems import hard, problem

from verdigrid.models.errors import SolverError
from verdigrid.models.solution import Status
from verdigrid.solvers.highs import Session

#: min 2 a + 3 b with a + b >= 4 and a <= 3: 2 x 3 + 3 x 1 + 10 = 19.
SMALL = problem([[1, 1]], [2, 3], 4, np.inf, upper=[3, 9], offset=10.0)


def test_small_problem_by_hand():
    result = Session(SMALL).run("test")
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(19)
    assert result.bound == pytest.approx(19)
    assert result.x == pytest.approx([3, 1])
    assert result.row_dual == pytest.approx([3])
    assert result.column_dual == pytest.approx([-1, 0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"no_such_option": 1},
        {"time_limit": "soon"},
        {"solver": "guess"},
        {"threads": -7},
    ],
)
def test_options_that_highs_does_not_take_are_refused(wrong):
    with pytest.raises(SolverError, match=next(iter(wrong))):
        Session(SMALL).set_options(**wrong)


def test_limits_that_are_no_numbers_are_refused():
    for field in ("row_lower", "upper"):
        broken = getattr(SMALL, field).copy()
        broken[0] = np.nan
        with pytest.raises(SolverError, match="refused"):
            Session(replace(SMALL, **{field: broken}))


def test_infeasible():
    result = Session(replace(SMALL, upper=np.array([1.0, 1.0]))).run("test")
    assert result.status is Status.INFEASIBLE
    assert result.x.size == 0
    assert np.isnan(result.objective)


def test_unbounded_is_not_taken_for_infeasible():
    model = problem([[1, -1]], [-1, 0], -np.inf, 4)
    session = Session(model)
    session.set_options(presolve="off")
    assert session.run("test").status is Status.UNBOUNDED


def test_whole_numbers():
    """7 units in boxes of 2 and 3 at 5 and 8: 2 + 2 + 3 for 18."""
    model = problem([[2, 3]], [5, 8], 7, np.inf, upper=9, integer=True)
    result = Session(model).run("test")
    assert result.objective == pytest.approx(18)
    assert result.x == pytest.approx([2, 1])


def test_relaxed_and_fixed():
    model = problem([[2, 3]], [5, 8], 7, np.inf, upper=9, integer=True)
    session = Session(model)
    session.relax_integers()
    assert session.run("test").objective == pytest.approx(7 * 5 / 2)
    session.set_bounds([0], np.array([0.0]), np.array([0.0]))
    result = session.run("test")
    assert result.objective == pytest.approx(7 * 8 / 3)
    assert result.row_dual == pytest.approx([8 / 3])


def test_time_limit_before_any_plan():
    session = Session(hard())
    session.set_options(time_limit=0.0, presolve="off", mip_heuristic_effort=0.0)
    result = session.run("test")
    assert result.status is Status.NO_INCUMBENT
    assert result.x.size == 0


def test_time_limit_keeps_incumbent_and_bound():
    session = Session(hard())
    session.set_options(time_limit=0.5, mip_rel_gap=0.0)
    result = session.run("test")
    assert result.status is Status.FEASIBLE
    assert result.bound < result.objective
    assert session.model.cost @ result.x == pytest.approx(result.objective)
    assert result.facts["highs_status"] == "Time limit reached"


def test_optimal_face():
    """Two equal prices: the second cost picks the second supplier, and only there."""
    model = problem([[1, 1, 1]], [2, 2, 3], 4, 4, upper=10)
    session = Session(model)
    session.run("test")
    session.move_on_optimal_face(np.array([1.0, 0.0, -5.0]))
    assert session.run("tidy").x == pytest.approx([0, 4, 0])


def test_watcher_hears_bound_and_incumbent():
    heard = []
    session = Session(hard(), heard.append)
    session.set_options(time_limit=1.0, mip_rel_gap=0.0)
    session.run("searching")
    assert {progress.stage for progress in heard} == {"searching"}
    last = heard[-1]
    assert last.bound <= last.incumbent < 0


SCRIPT = """
    import sys
    sys.path[:0] = {paths!r}
    from problems import hard
    from verdigrid.solvers.highs import Session
    session = Session(hard())
    session.set_options(time_limit=60.0, mip_rel_gap=0.0)
    print("solving", flush=True)
    result = session.run("test")
    print(result.interrupted, result.status.name, result.x.size, flush=True)
"""


def test_ctrl_c_stops_the_solver_and_keeps_what_it_has():
    script = textwrap.dedent(SCRIPT.format(paths=sys.path))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "solving\n"
        time.sleep(1.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        answer = process.stdout.readline().split()
    finally:
        process.kill()
        process.wait()
    assert answer == ["True", "FEASIBLE", "60"]
    assert time.monotonic() - began < 20


def test_solving_prints_nothing(capfd):
    for model in (SMALL, problem([[2, 3]], [5, 8], 7, np.inf, 9, True)):
        Session(model).run("test")
    assert capfd.readouterr() == ("", "")

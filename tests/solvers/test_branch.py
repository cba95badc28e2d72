"""Branching on decisions against enumerating them, and how it ends early."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from problems import solved

from support import compiled, gas_at, grid_at, load_of, microgrid, option
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Status
from verdigrid.solvers import branch
from verdigrid.solvers.branch import Limits, branch_and_bound, is_small_tree
from verdigrid.solvers.highs import Session

EXACT = Limits(0.0, 60.0, {"solver": "simplex"})


def three_decisions(seed: int) -> CompiledModel:
    """PV, battery and CHP, each with a fixed cost and a smallest size."""
    random = np.random.default_rng(seed)
    price = random.uniform(0.05, 0.4, 6).round(2)
    fixed = random.uniform(0.5, 8.0, 3).round(2)
    components = {
        "works": load_of(random.uniform(20, 80, 6).round()),
        "ovens": load_of(random.uniform(5, 30, 6).round(), "heat"),
        "connection": grid_at(price),
        "gas_supply": gas_at(0.04),
        "steam": {**gas_at(0.09), "bus": "heat", "scope": 2},
        "pv": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": [0.0, 0.3, 0.6, 0.5, 0.2, 0.0]},
            "capacity": option("kw", 100, 0.12, capex_fixed=fixed[0], min_kw=10),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": option("kwh", 100, 0.02, capex_fixed=fixed[1]),
            "power": option("kw", 50, 0.01),
        },
        "chp": {
            "kind": "chp",
            "fuel_bus": "gas",
            "electricity_bus": "power",
            "heat_efficiency": {"heat": 0.4},
            "capacity": option("kw", 60, 0.1, capex_fixed=fixed[2], min_kw=20),
        },
    }
    return compiled(microgrid(components, 6))


def enumerated(model: CompiledModel) -> float:
    """Cheapest of all eight combinations."""
    whole = np.flatnonzero(model.integer)
    relaxed = replace(model, integer=np.zeros_like(model.integer))
    costs = []
    for choice in product([0.0, 1.0], repeat=whole.size):
        session = Session(relaxed)
        session.set_bounds(whole, np.array(choice), np.array(choice))
        result = session.run("enumerating")
        if result.status is Status.OPTIMAL:
            costs.append(result.objective)
    return min(costs)


@pytest.mark.parametrize("seed", range(6))
def test_same_optimum_as_enumeration(seed: int) -> None:
    model = three_decisions(seed)
    assert is_small_tree(model)
    session, result = branch_and_bound(model, EXACT, None)
    assert session is not None
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(enumerated(model), rel=1e-9)
    assert result.bound == pytest.approx(result.objective, rel=1e-9)
    decisions = result.x[model.integer]
    assert decisions == pytest.approx(np.rint(decisions), abs=0)


def units(seed: int) -> CompiledModel:
    """Up to five units of PV and four of a battery, one of which has a fixed cost."""
    random = np.random.default_rng(seed)
    components = {
        "works": load_of(random.uniform(20, 80, 6).round()),
        "connection": grid_at(random.uniform(0.05, 0.4, 6).round(2)),
        "pv": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": [0.0, 0.3, 0.6, 0.5, 0.2, 0.0]},
            "capacity": option("kw", 100, 0.2, unit_kw=19.0),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": option("kwh", 100, 0.05, unit_kwh=24.0, capex_fixed=0.8),
            "power": option("kw", 50, 0.01),
        },
    }
    return compiled(microgrid(components, 6))


@pytest.mark.parametrize("seed", range(8))
def test_whole_numbers_are_branched_on(seed: int) -> None:
    model = units(seed)
    assert is_small_tree(model)
    assert sorted(model.upper[model.integer]) == [1, 4, 5]
    session, result = branch_and_bound(model, EXACT, None)
    assert session is not None
    assert result.objective == pytest.approx(solved(model).objective, rel=1e-9)
    assert result.bound == pytest.approx(result.objective, rel=1e-9)
    decisions = result.x[model.integer]
    assert decisions == pytest.approx(np.rint(decisions), abs=0)


def test_many_units_are_left_to_the_mip_solver() -> None:
    model = three_decisions(0)
    upper = np.where(model.integer, 31.0, model.upper)
    assert not is_small_tree(replace(model, upper=upper))
    upper = np.where(model.integer, 15.0, model.upper)
    assert is_small_tree(replace(model, upper=upper))


def test_the_bound_is_honest_when_a_gap_is_allowed() -> None:
    for seed in range(6):
        model = three_decisions(seed)
        _, result = branch_and_bound(model, replace(EXACT, relative_gap=0.2), None)
        best = enumerated(model)
        assert result.bound <= best + 1e-9
        assert best - 1e-9 <= result.objective <= 1.2 * best + 1e-9


def test_decisions_that_all_fail_are_infeasible() -> None:
    model = three_decisions(0)
    whole = np.flatnonzero(model.integer)
    # A decision must be half made: the relaxation can, no plan can.
    lower, upper = model.lower.copy(), model.upper.copy()
    row = np.zeros(model.shape[1])
    row[whole[0]] = 1.0
    stacked = np.vstack([model.matrix.toarray(), row])
    half = replace(
        model,
        matrix=type(model.matrix)(stacked),
        lower=lower,
        upper=upper,
        row_lower=np.append(model.row_lower, 0.5),
        row_upper=np.append(model.row_upper, 0.5),
    )
    session, result = branch_and_bound(half, EXACT, None)
    assert session is None
    assert result.status is Status.INFEASIBLE


def test_no_time_means_no_plan() -> None:
    session, result = branch_and_bound(
        three_decisions(0), replace(EXACT, time_limit_s=0.0), None
    )
    assert session is None
    assert result.status is Status.NO_INCUMBENT


def test_hourly_decisions_are_left_to_the_mip_solver() -> None:
    model = three_decisions(0)
    everything = replace(model, integer=np.ones_like(model.integer))
    assert not is_small_tree(everything)


def test_a_plan_found_before_the_limit_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit comes at the n-th program; what stood by then is told honestly."""
    solve = branch._Tree.solve
    kept = 0
    for seed in range(6):
        model = three_decisions(seed)
        optimum = enumerated(model)
        for last in range(2, 9):

            def limited(self, *words, last=last):
                node = solve(self, *words)
                if self.programs < last:
                    return node
                cut = replace(node.result, status=Status.NO_INCUMBENT)
                return replace(node, result=cut)

            monkeypatch.setattr(branch._Tree, "solve", limited)
            session, result = branch_and_bound(model, EXACT, None)
            monkeypatch.undo()
            if result.status is Status.FEASIBLE:
                kept += 1
                assert session is not None
                assert result.bound <= optimum + 1e-9
                assert result.objective >= optimum - 1e-9
                decisions = result.x[model.integer]
                assert decisions == pytest.approx(np.rint(decisions), abs=0)
            else:
                assert result.status in (Status.NO_INCUMBENT, Status.OPTIMAL)
    assert kept > 0

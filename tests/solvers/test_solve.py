import itertools
from dataclasses import replace

import numpy as np
import pytest
from problems import hard, problem
from scipy.optimize import linprog
from scipy.sparse import vstack

from support import (
    EXACT,
    built,
    compiled,
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    objective,
    option,
    planned,
    standing,
)
from verdigrid.models.errors import LimitError, SolverError, UnboundedError
from verdigrid.models.solution import Status
from verdigrid.solvers import solve as solving
from verdigrid.solvers.highs import Result
from verdigrid.solvers.solve import SolveOptions, solve

PV = {"kind": "pv", "bus": "power", "yield_kw_per_kw": {"values": [0.2, 0.8, 0.5]}}


def small_site(**roof):
    return microgrid(
        {
            "grid": grid_at([0.2, 0.3, 0.25]),
            "plant": load_of([10, 20, 30]),
            "roof": {**PV, "capacity": option("kw", 50, **roof)},
        },
        3,
    )


def test_reads_everything_back_by_name():
    """25 kW of PV serve the second hour; more would be curtailed there."""
    plan = planned(small_site(capex=0.2))
    size = plan.size("roof", "capacity")
    assert (size.existing, size.unit, size.limit) == (0, "kW", 50)
    assert size.new == pytest.approx(25)
    assert plan.status is Status.OPTIMAL
    assert plan.gap == 0
    assert plan.values["roof"]["generation_kw"] == pytest.approx([5, 20, 12.5])
    assert plan.objective == pytest.approx(
        0.2 * 25 + 0.2 * (10 - 5) + 0.25 * (30 - 12.5)
    )
    assert plan.facts["integers"] == 0
    with pytest.raises(KeyError, match=r"roof\.nothing"):
        plan.size("roof", "nothing")


def test_room_at_the_limit_has_a_worth():
    """Up to 20 kW each kW saves 0.2 x 0.2 + 0.3 x 0.8 + 0.25 x 0.5 and costs 0.2."""
    grid = small_site(capex=0.2)
    roof = {**PV, "capacity": option("kw", 20, 0.2)}
    tight = replace(
        grid,
        components={
            **grid.components,
            "roof": type(grid.components["roof"]).model_validate(roof),
        },
    )
    size = planned(tight).size("roof", "capacity")
    assert size.new == pytest.approx(20)
    assert size.marginal_worth == pytest.approx(0.04 + 0.24 + 0.125 - 0.2)


def test_what_is_not_built_lacks_a_known_sum():
    size = planned(small_site(capex=0.5)).size("roof", "capacity")
    assert size.new == pytest.approx(0)
    assert size.marginal_worth == pytest.approx(0.405 - 0.5)


# -- whole numbers ------------------------------------------------------------


def test_fixed_cost_is_paid_once_something_is_built():
    """25 kW save 4.125 more than they cost: built for 4, left for 4.2."""
    saved = 25 * (0.405 - 0.2)
    built_ = planned(small_site(capex=0.2, capex_fixed=saved - 0.1))
    left = planned(small_site(capex=0.2, capex_fixed=saved + 0.1))
    assert built_.size("roof", "capacity").built
    assert built_.size("roof", "capacity").new == pytest.approx(25)
    assert not left.size("roof", "capacity").built
    assert built_.objective == pytest.approx(left.objective - 0.1)


def test_duals_with_integers_fixed_are_those_of_the_plan():
    """A plan with decisions still tells the price of carbon and of room."""
    site = microgrid(
        {
            "grid": grid_at([0.2, 0.3, 0.25]),
            "plant": load_of([10, 20, 30]),
            "roof": {**PV, "capacity": option("kw", 50, 0.6, capex_fixed=0.5)},
        },
        3,
        policies={
            "cap": {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.022}
        },
    )
    plan = planned(site)
    assert plan.facts["integers"] == 1
    # A kW costs 0.6, saves 0.405 of energy and 0.5 x 1.5 kg: 0.195 for 0.75 kg.
    assert plan.shadow_price_per_tonne["cap"] == pytest.approx(1000 * 0.195 / 0.75)
    assert plan.size("roof", "capacity").marginal_worth == pytest.approx(0, abs=1e-9)


def random_site(seed):
    """Three purchases with fixed costs, one with a smallest size; random prices."""
    rng = np.random.default_rng(seed)
    hours = 6

    def purchase(unit, most):
        return option(
            unit,
            most,
            float(rng.uniform(0.01, 0.5)),
            capex_fixed=float(rng.uniform(0, 4)),
            **{f"min_{unit}": float(rng.uniform(0, most / 2))},
        )

    return microgrid(
        {
            "grid": grid_at(
                rng.uniform(0.05, 0.5, hours),
                tariff={"demand_charge_per_kw_month": float(rng.uniform(0, 1))},
            ),
            "plant": load_of(rng.uniform(5, 30, hours)),
            "process": load_of(rng.uniform(5, 30, hours), "heat"),
            "roof": {
                **PV,
                "yield_kw_per_kw": {"values": rng.uniform(0, 1, hours).tolist()},
                "capacity": purchase("kw", 40.0),
            },
            "battery": {
                "kind": "battery",
                "bus": "power",
                "energy": purchase("kwh", 60.0),
                "power": standing("kw", 15),
            },
            "gas": gas_at(float(rng.uniform(0.05, 0.2))),
            "old_boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "efficiency": 0.6,
                "capacity": standing("kw", 40),
            },
            "boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "efficiency": 0.95,
                "capacity": purchase("kw", 40.0),
            },
        },
        hours,
    )


def cheapest_by_enumeration(model):
    """Every combination of the binaries, the rest solved by SciPy."""
    decisions = np.flatnonzero(model.integer)
    finite_upper = np.isfinite(model.row_upper)
    finite_lower = np.isfinite(model.row_lower)
    matrix = model.matrix.tocsr()
    limits = vstack([matrix[finite_upper], -matrix[finite_lower]])
    right = np.concatenate(
        [model.row_upper[finite_upper], -model.row_lower[finite_lower]]
    )
    found = {}
    for choice in itertools.product((0.0, 1.0), repeat=decisions.size):
        bounds = np.column_stack([model.lower, model.upper])
        bounds[decisions, :] = np.array(choice)[:, None]
        answer = linprog(model.cost, A_ub=limits, b_ub=right, bounds=bounds)
        if answer.status == 0:
            found[choice] = answer.fun + model.offset
    assert len(found) > 1
    return min(found.values())


@pytest.mark.parametrize("seed", range(6))
def test_decisions_equal_brute_force(seed):
    site = random_site(seed)
    model = compiled(site)
    assert model.integer.sum() == 3
    expected = cheapest_by_enumeration(model)
    assert objective(site) == pytest.approx(expected, rel=1e-7)


def test_random_sites_decide_differently():
    """Guards the test above: some things are built and some are left."""
    decisions = [
        size.built
        for seed in range(6)
        for size in planned(random_site(seed)).sizes
        if size.limit > size.existing
    ]
    assert 3 < sum(decisions) < len(decisions) - 3


# -- a MIP answer that is not to be trusted -------------------------------------


def fixed(model, mip_x, mip_objective):
    answer = Result(
        Status.OPTIMAL, mip_objective, mip_objective, 0.0, x=np.array(mip_x)
    )
    return solving._with_integers_fixed(model, EXACT, answer, None)


#: min x + 10 y + 100 b: 0.5 from x, which needs b to be open (x <= 1e6 b), or from y.
LEAKY = replace(
    problem([[1, 1, 0], [1, 0, -1e6]], [1, 10, 100], [0.5, -np.inf], [np.inf, 0]),
    integer=np.array([False, False, True]),
    upper=np.array([np.inf, np.inf, 1.0]),
)


def test_power_that_trickled_through_a_closed_decision_is_refused():
    """b = 5e-7 counts as zero and lets 0.5 pass; closed for good, y must give it."""
    with pytest.raises(SolverError, match="trickle"):
        fixed(LEAKY, [0.5, 0.0, 5e-7], 0.5 + 100 * 5e-7)


def test_nothing_left_after_rounding_is_refused():
    model = replace(LEAKY, upper=np.array([np.inf, 0.0, 1.0]))
    with pytest.raises(SolverError, match="no plan is left"):
        fixed(model, [0.5, 0.0, 5e-7], 0.5)


def test_honest_answer_passes():
    _, result = fixed(LEAKY, [0.0, 0.5, 0.0], 5.0)
    assert result.objective == pytest.approx(5)
    assert result.row_dual.size == 2


# -- no plan --------------------------------------------------------------------


def test_cost_without_end():
    given_away = microgrid(
        {"gas": gas_at(-0.1)},
        2,
        buses={"gas": {"carrier": "gas", "allow_surplus": True}},
    )
    with pytest.raises(UnboundedError, match="without a limit"):
        solve(built(given_away), EXACT)


def test_time_limit_without_a_plan():
    with pytest.raises(LimitError, match="more time"):
        solve(
            built(small_site(capex=0.2, capex_fixed=1.0)),
            SolveOptions(time_limit_s=0.0),
        )


def test_plan_at_the_time_limit_keeps_its_bound():
    _, result = solving.solve_compiled(
        hard(), SolveOptions(relative_gap=0.0, time_limit_s=1.0), None
    )
    assert result.status is Status.FEASIBLE
    assert result.bound < result.objective - 1e-6


def test_hourly_decisions_that_miss_a_limit_are_solved_as_one(monkeypatch):
    """What the windows can't decide is no reason to say that there is no plan."""
    from verdigrid.solvers import certified

    monkeypatch.setattr(certified, "commit", lambda *_: None)
    engine = {
        "kind": "boiler",
        "input_bus": "gas",
        "bus": "heat",
        "efficiency": 0.8,
        "capacity": option("kw", 20.0, 1.0),
        "commitment": {"min_load": 0.4, "start_cost": 1.0},
    }
    parts = {
        "line": gas_at(0.05),
        "neighbour": heat_at(0.09),
        "demand": load_of([5.0, 12.0, 9.0, 3.0] * 12, "heat"),
        "engine": engine,
    }
    grid = microgrid(parts, 48)
    found = solve(built(grid), SolveOptions(1e-6, 60.0, method="certified"))
    one = solve(built(grid), SolveOptions(1e-6, 60.0, method="monolithic"))
    assert found.facts["method"] == "monolithic"
    assert "found no plan" in found.facts["method_because"]
    assert found.objective == pytest.approx(one.objective, rel=1e-5)

"""The contract with Pyomo: what its standard-form compiler does behind our backs."""

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.core.base import constraint, objective

from support import (
    compiled,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
)
from verdigrid.models.build import BuiltModel
from verdigrid.models.errors import InfeasibleError, SolverError
from verdigrid.models.ledger import Ledger
from verdigrid.solvers.compile import compile_model, templates

SITE = microgrid({"plant": load_of([1, 2, 3]), "grid": grid_at(0.1)}, 3)


def small(declare):
    """A compiled model with x[0], x[1] and y, and what ``declare`` adds to it."""
    model = pyo.ConcreteModel()
    model.operation = block = pyo.Block()
    block.steps = pyo.RangeSet(0, 1)
    block.x = pyo.Var(block.steps, bounds=(0, 9))
    block.y = pyo.Var(bounds=(-1, 4))
    declare(block)
    cost = sum(block.x[t] for t in block.steps) + 2 * block.y + 7
    model.cost = pyo.Objective(expr=cost)
    return compile_model(BuiltModel(SITE, model, Ledger()))


def row(model, name):
    """Limits and entries (by column) of the only row of a family."""
    (at,) = model.rows.where("operation", name)
    part = model.matrix.tocsr()[[at], :].tocoo()
    columns = [model.columns.describe(n) for n in part.coords[1]]
    entries = dict(zip(columns, part.data.tolist(), strict=True))
    return model.row_lower[at], model.row_upper[at], entries


def test_cost_and_offset():
    model = small(lambda b: None)
    costs = {
        model.columns.describe(n): cost for n, cost in enumerate(model.cost.tolist())
    }
    assert costs == {"operation.x[0]": 1, "operation.x[1]": 1, "operation.y": 2}
    assert model.offset == 7


def test_rows_of_either_sense_keep_it():
    def declare(b):
        b.most = pyo.Constraint(expr=b.x[0] + 3 * b.y + 1 <= 5)
        b.least = pyo.Constraint(expr=b.x[0] - b.y >= 2)
        b.equal = pyo.Constraint(expr=b.x[1] == 2 * b.y + 3)

    model = small(declare)
    x, y = "operation.x[0]", "operation.y"
    assert row(model, "most") == (-np.inf, 4, {x: 1, y: 3})
    assert row(model, "least") == (2, np.inf, {x: 1, y: -1})
    lower, upper, entries = row(model, "equal")
    sign = entries["operation.x[1]"]
    assert entries == {"operation.x[1]": sign, y: -2 * sign}
    assert lower == upper == 3 * sign


def test_ranged_row_becomes_two_of_one_name():
    def declare(b):
        b.between = pyo.Constraint(expr=pyo.inequality(1, b.x[0] + b.y, 5))

    model = small(declare)
    at = model.rows.where("operation", "between")
    assert at.size == 2
    assert model.row_lower[at].max() == 1
    assert model.row_upper[at].min() == 5
    assert (model.matrix.tocsr()[at, :].toarray().sum(axis=1) == 2).all()


def test_unused_column_is_dropped():
    def declare(b):
        b.idle = pyo.Var(b.steps)

    model = small(declare)
    assert model.columns.where("operation", "idle").size == 0
    assert model.shape[1] == 3


def test_fixed_variable_moves_to_the_right_hand_side():
    def declare(b):
        b.most = pyo.Constraint(expr=b.x[0] + 3 * b.y <= 5)
        b.y.fix(1.5)

    model = small(declare)
    assert model.columns.where("operation", "y").size == 0
    assert row(model, "most") == (-np.inf, 0.5, {"operation.x[0]": 1})
    assert model.offset == 7 + 3


def test_integrality_and_bounds():
    def declare(b):
        b.on = pyo.Var(domain=pyo.Binary)
        b.link = pyo.Constraint(expr=b.x[0] <= 9 * b.on)

    model = small(declare)
    (on,) = model.columns.where("operation", "on")
    (y,) = model.columns.where("operation", "y")
    assert model.integer.nonzero()[0].tolist() == [on]
    assert (model.lower[on], model.upper[on]) == (0, 1)
    assert (model.lower[y], model.upper[y]) == (-1, 4)


def test_row_without_variables_that_can_not_hold():
    """A load that nobody feeds: the balance has no variable at all."""
    with pytest.raises(InfeasibleError, match=r"buses\.power"):
        compiled(microgrid({"plant": load_of([0, 5])}, 2))


def test_row_without_variables_that_holds_is_dropped():
    assert compiled(microgrid({"plant": load_of([0, 0])}, 2)).shape == (0, 0)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ("plant.profile", r"limit of operation\.balance\.power\[1\] is not a number"),
        ("grid.import_price", r"cost of operation\.components\.grid\.import_kw\[1\]"),
        ("roof.yield", r"coefficient of operation\.components\.roof\.yield_limit\[1\]"),
    ],
)
def test_not_a_number_is_refused_with_its_place(series, message):
    site = microgrid(
        {
            "plant": load_of([1, 2, 3]),
            "grid": grid_at(0.1),
            "roof": {
                "kind": "pv",
                "bus": "power",
                "yield_kw_per_kw": 0.5,
                "capacity": option("kw", 9, 1.0),
            },
        },
        3,
    )
    site.series[f"components.{series}"][1] = np.nan
    with pytest.raises(SolverError, match=message):
        compiled(site)


# -- labels -----------------------------------------------------------------


def test_labels_of_a_site():
    site = microgrid(
        {
            "plant": load_of([1, 2, 3]),
            "grid": grid_at(
                0.1,
                tariff={
                    "demand_charge_per_kw_month": 1.0,
                    "export_price_per_kwh": 0.05,
                },
            ),
            "boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "capacity": option("kw", 9, 1.0, capex_fixed=4.0),
            },
            "gas": gas_at(0.1),
            "process": load_of([1, 1, 1], "heat"),
        },
        3,
        exclusive_steps={"grid": (1, 2)},
    )
    model = compiled(site)
    grid = "operation.components.grid"
    imported = model.columns.where(grid, "import_kw")
    assert model.columns.index[imported].tolist() == [0, 1, 2]
    assert model.columns.describe(int(imported[2])) == f"{grid}.import_kw[2]"
    apart = model.columns.where(grid, "first_on")
    assert model.columns.index[apart].tolist() == [1, 2]
    (size,) = model.columns.where("design.boiler.capacity", "new")
    assert model.columns.index[size] == -1
    timed = {(f.owner.split(".")[-1], f.name): f.timed for f in model.columns.families}
    assert timed["grid", "import_kw"]
    assert timed["grid", "first_on"]
    assert not timed["grid", "peak_kw"]
    assert not timed["capacity", "new"]
    assert {f.name for f in model.rows.below(grid)} == {
        "import_limit",
        "export_limit",
        "peak_of_month",
        "first_only_if_on",
        "second_only_if_off",
    }
    assert model.rows.where(grid, "no_such_row").size == 0


# -- the switch ---------------------------------------------------------------


def switches():
    return constraint.TEMPLATIZE_CONSTRAINTS, objective.TEMPLATIZE_OBJECTIVES


def test_switch_is_on_inside_only():
    assert switches() == (False, False)
    with templates():
        assert switches() == (True, True)
        with templates():
            assert switches() == (True, True)
        assert switches() == (True, True)
    assert switches() == (False, False)


def test_switch_is_put_back_after_an_exception():
    with pytest.raises(RuntimeError, match="on purpose"), templates():
        raise RuntimeError("on purpose")
    assert switches() == (False, False)


def test_control_flow_on_the_index_aborts_loudly():
    """What the mode can't do must never be built in silence."""
    model = pyo.ConcreteModel()
    model.steps = pyo.RangeSet(0, 3)
    model.x = pyo.Var(model.steps)

    def rule(m, t):
        return m.x[t] <= (1 if t == 2 else 5)

    with templates(), pytest.raises(Exception, match=r"template|Cannot"):
        model.c = pyo.Constraint(model.steps, rule=rule)


def test_factor_before_a_sum_over_a_set_is_kept():
    """Pyomo 6.10.1 loses it when templated; the carbon of a year must not.

    Two hours stand for a year of 8760: 4380 x (1 + 2) kWh x 0.5 kg.
    """
    site = microgrid(
        {"plant": load_of([1, 2]), "grid": grid_at(0.1)},
        2,
        represents="year",
        policies={"cap": {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 9.0}},
    )
    model = compiled(site)
    (at,) = model.rows.where("operation.policies.cap", "limit")
    entries = model.matrix.tocsr()[[at], :].toarray().ravel()
    np.testing.assert_allclose(entries, 4380 * 0.5)
    assert model.row_upper[at] == 9000

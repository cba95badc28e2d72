"""Ledger entries at a solution, all steps at once, against step by step."""

import numpy as np
import pyomo.environ as pyo
import pytest

from support import built, gas_at, grid_at, load_of, microgrid, option, standing
from verdigrid.models.build import BuiltModel
from verdigrid.models.compiled import CompiledModel
from verdigrid.scenarios.load import load
from verdigrid.solvers.compile import compile_model
from verdigrid.solvers.evaluate import Evaluator


def with_roof() -> BuiltModel:
    return built(
        microgrid(
            {
                "plant": load_of([1, 2, 3]),
                "grid": grid_at(0.1),
                "roof": {
                    "kind": "pv",
                    "bus": "power",
                    "yield_kw_per_kw": {"values": [0.5, 0, 1]},
                    "capacity": option("kw", 9, 1.0),
                },
            },
            3,
        )
    )


def test_entries_are_evaluated_over_all_steps() -> None:
    model = with_roof()
    matrix = compile_model(model)
    flow = model.model.operation.components.grid.import_kw
    new = model.model.design.roof.capacity.new
    price = pyo.Param(model.model.operation.steps, initialize={0: 1.0, 1: 3.0, 2: 5.0})
    model.model.price = price
    earlier = pyo.Param(model.model.operation.steps, initialize={0: 2, 1: 0, 2: 1})
    model.model.earlier = earlier
    x = np.zeros(matrix.shape[1])
    x[matrix.columns.where("operation.components.grid", "import_kw")] = [10, 20, 30]
    x[matrix.columns.where("design.roof.capacity", "new")] = 7
    at_x = Evaluator(model, matrix, x)
    timed = {
        (25, 45, 65): lambda t: 2 * flow[t] + 5,
        (4, 4, 4): lambda t: 4.0,
        (-7, -7, -7): lambda t: -1 * new,
        (30, 10, 20): lambda t: flow[earlier[t]],
        (5, 30, 75): lambda t: price[t] * flow[t] / 2,
        (3, 13, 23): lambda t: flow[t] - new,
    }
    for expected, term in timed.items():
        np.testing.assert_allclose(at_x.timed(term), expected)
    assert at_x.fixed(3 * new + 1) == 22
    assert at_x.fixed(8.5) == 8.5
    assert at_x.fixed(sum(flow.values())) == 60


def test_entry_of_a_dropped_column_counts_zero() -> None:
    """The generation of a field that never yields still stands in its balance."""
    site = microgrid(
        {
            "process": load_of([1, 1], "heat"),
            "gas": gas_at(0.1),
            "boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "capacity": standing("kw", 5),
            },
        },
        2,
    )
    model = built(site)
    model.model.idle = pyo.Var()
    matrix = compile_model(model)
    at_x = Evaluator(model, matrix, np.ones(matrix.shape[1]))
    assert at_x.fixed(3 * model.model.idle + 2) == 2


@pytest.mark.parametrize("site", ["us-plant", "food-factory", "three-firm-park"])
def test_every_entry_of_a_site_is_what_pyomo_makes_of_it(site: str) -> None:
    periods = 24
    changes = [f"time.periods={periods}"]
    model = built(load(f"library:{site}", changes).microgrid)
    matrix = compile_model(model)
    x = np.random.default_rng(1).uniform(0.0, 9.0, matrix.shape[1])
    at_x = Evaluator(model, matrix, x)
    _set_values(model, matrix, x)
    ledger = model.ledger
    timed = [*ledger.injections, *ledger.costs, *ledger.emissions, *ledger.measured]
    for entry in timed:
        expected = [pyo.value(entry.term(t)) for t in range(periods)]
        np.testing.assert_allclose(at_x.timed(entry.term), expected, rtol=1e-12)
    amounts = [e.amount for e in (*ledger.fixed_costs, *ledger.fixed_emissions)]
    amounts += [e.net_present_cost for e in ledger.investments]
    for amount in amounts:
        assert at_x.fixed(amount) == pytest.approx(pyo.value(amount), rel=1e-12)


def _set_values(model: BuiltModel, matrix: CompiledModel, x: np.ndarray) -> None:
    """Have Pyomo's own variables hold ``x``; those without a column are 0."""
    for variable in model.model.component_data_objects(pyo.Var):
        variable.set_value(0.0, skip_validation=True)
    labels = matrix.columns
    for place, (number, at) in enumerate(zip(labels.family, labels.index, strict=True)):
        family = labels.families[number]
        found = model.model.find_component(f"{family.owner}.{family.name}")
        data = found if at < 0 else found[int(at)]
        data.set_value(float(x[place]), skip_validation=True)

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    checks_of,
    emitted,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component
from verdigrid.models.errors import InfeasibleError
from verdigrid.results.recompute import recompute

HYDRO = {
    "kind": "generator",
    "bus": "power",
    "capacity": standing("kw", 100),
    "yield_kw_per_kw": {"values": [0.3, 0.3]},
}


class TestGenerator(ComponentHarness):
    kind = "generator"
    residuals = ("yield limit",)
    example: ClassVar = {
        "periods": 3,
        "components": {
            "digester": {
                "kind": "generator",
                "bus": "gas",
                "yield_kw_per_kw": {"values": [0.5, 0.9, 0.2]},
                "capacity": option("kw", 100, 0.02, embodied_kg_per_kw=50.0),
                "om_cost_per_kwh": 0.01,
                "emissions_kg_per_kwh": 0.03,
            },
            "gas_main": gas_at(0.05),
            "kiln": load_of([10, 40, 20], "gas"),
        },
    }
    variants: ClassVar = {"must run": {"curtailable": False}}

    def outside_kw(self, solution):
        size = solution.size("digester", "capacity").total
        return size * self.site().series["components.digester.yield_kw_per_kw"]


def site(load, policies=None, **generator):
    components = {
        "hydro": {**HYDRO, **generator},
        "grid": grid_at(0.2),
        "plant": load_of(load),
    }
    return microgrid(components, len(load), policies=policies)


def test_gives_what_can_be_used_of_the_yield():
    plan = planned(site([10, 50]))
    assert plan.values["hydro"]["generation_kw"] == pytest.approx([10, 30])
    assert plan.objective == pytest.approx(0.2 * 20)


def test_operation_costs_and_emits_with_the_output():
    """Hydro gives 10 and 30 kWh, the grid 20 kWh at 0.5 kg."""
    plan = planned(site([10, 50], om_cost_per_kwh=0.02, emissions_kg_per_kwh=0.1))
    assert plan.objective == pytest.approx(0.2 * 20 + 0.02 * 40)
    assert emitted(plan) == pytest.approx(0.5 * 20 + 0.1 * 40)


def test_carbon_is_of_scope_1():
    """At 100 a tonne of scope 1, the grid's carbon (scope 2) costs nothing."""
    price = {"kind": "carbon_price", "scopes": [1], "price_per_tonne": 100.0}
    plan = planned(site([10, 50], {"price": price}, emissions_kg_per_kwh=0.1))
    assert plan.objective == pytest.approx(0.2 * 20 + 100 * 0.1 * 40 / 1000)


def test_dear_operation_leaves_it_standing():
    plan = planned(site([10, 50], om_cost_per_kwh=0.21))
    assert plan.values["hydro"]["generation_kw"] == pytest.approx([0, 0], abs=1e-9)
    assert plan.objective == pytest.approx(0.2 * 60)


def test_must_run_limits_the_size_to_what_the_bus_takes():
    """Free of charge, but 0.5 kW of each kW must fit into the first hour's 10 kW."""
    fields = {
        "capacity": option("kw", 500, 0.0),
        "yield_kw_per_kw": {"values": [0.5, 0.5]},
    }
    must = planned(site([10, 50], curtailable=False, **fields))
    assert must.size("hydro", "capacity").new == pytest.approx(20)
    assert must.objective == pytest.approx(0.2 * 40)
    may = planned(site([10, 50], **fields))
    assert may.objective == pytest.approx(0, abs=1e-9)


def test_must_run_of_what_stands_is_infeasible_where_nobody_takes_it():
    with pytest.raises(InfeasibleError):
        planned(site([10, 50], curtailable=False))


@pytest.mark.parametrize("change", [1.0, -1.0])
def test_must_run_is_checked_both_ways(change):
    plan = planned(site([30, 50], curtailable=False))
    assert plan.values["hydro"]["generation_kw"] == pytest.approx([30, 30])
    wrong = {"generation_kw": plan.values["hydro"]["generation_kw"] + [change, 0]}
    grid = {
        name: values - [change, 0] if name == "import_kw" else values
        for name, values in plan.values["grid"].items()
    }
    tampered = replace(plan, values={**plan.values, "hydro": wrong, "grid": grid})
    account = recompute(tampered).accounts["hydro"]
    assert account.residuals["must run"] == pytest.approx([change, 0])
    assert "hydro: must run" in [c.what for c in checks_of(tampered) if not c.holds]


def test_heat_of_the_earth_feeds_a_heat_bus():
    components = {
        "well": {**HYDRO, "bus": "heat", "yield_kw_per_kw": 0.8},
        "process": load_of([40, 60], "heat"),
    }
    plan = planned(microgrid(components, 2))
    assert plan.values["well"]["generation_kw"] == pytest.approx([40, 60])


def test_key_figures_of_the_year():
    """Of 60 kWh that 100 kW could give in two hours, 40 are used."""
    plan = planned(site([10, 50]))
    hydro, inputs = plan.microgrid.components["hydro"], recompute(plan).inputs["hydro"]
    figures = {f.name: f.value for f in hydro.indicators(inputs, plan.values["hydro"])}
    assert figures == pytest.approx(
        {
            "possible yield": 0.6,
            "generation": 40.0,
            "full-load hours": 0.4,
            "curtailed": 1 / 3,
        }
    )
    nothing = replace(inputs, sizes={"capacity": 0.0})
    left = hydro.indicators(nothing, {"generation_kw": np.zeros(2)})
    assert [figure.name for figure in left] == ["possible yield"]


@pytest.mark.parametrize(
    "fields", [{"om_cost_per_kwh": -0.1}, {"emissions_kg_per_kwh": 56.0}]
)
def test_nonsense_is_refused(fields):
    with pytest.raises(ValidationError):
        Component.registry["generator"].model_validate({**HYDRO, **fields})

"""The verification notices what it is there to notice."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from support import (
    checks_of,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.errors import VerificationError
from verdigrid.models.solution import Solution
from verdigrid.results.checks import require


@pytest.fixture(scope="module")
def solution() -> Solution:
    tariff = {"demand_charge_per_kw_month": 2.0, "export_price_per_kwh": 0.02}
    components: dict[str, dict[str, Any]] = {
        "works": load_of([40, 60, 80, 20]),
        "ovens": load_of([30, 30, 10, 10], "heat"),
        "connection": grid_at([0.1, 0.3, 0.3, 0.1], tariff=tariff),
        "gas_supply": gas_at(0.03),
        "chp": {
            "kind": "chp",
            "fuel_bus": "gas",
            "electricity_bus": "power",
            "heat_efficiency": {"heat": 0.4},
            "electric_efficiency": 0.4,
            "capacity": option("kw", 50, 0.5, embodied_kg_per_kw=3.0),
        },
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "capacity": standing("kw", 30),
        },
    }
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "tonnes_per_year": 1.0}
    price = {"kind": "carbon_price", "scopes": [1, 2, 3], "price_per_tonne": 20.0}
    return planned(microgrid(components, 4, policies={"cap": cap, "price": price}))


def failing(solution: Solution) -> str:
    with pytest.raises(VerificationError) as raised:
        require(checks_of(solution))
    return str(raised.value)


def with_value(solution: Solution, component: str, name: str, value: Any) -> Solution:
    values = {**solution.values[component], name: value}
    return replace(solution, values={**solution.values, component: values})


def test_the_plan_itself_holds(solution: Solution) -> None:
    require(checks_of(solution))


def test_a_kilowatt_out_of_nowhere(solution: Solution) -> None:
    wrong = solution.values["connection"]["import_kw"] + np.array([0, 1, 0, 0])
    text = failing(with_value(solution, "connection", "import_kw", wrong))
    assert "balance of bus power: off by 1 kW" in text
    assert "yearly cost" in text
    assert "emissions" in text


def test_a_value_that_is_no_number(solution: Solution) -> None:
    wrong = solution.values["boiler"]["output_kw"].copy()
    wrong[2] = np.nan
    assert "boiler" in failing(with_value(solution, "boiler", "output_kw", wrong))


def test_another_objective(solution: Solution) -> None:
    wrong = replace(solution, objective=solution.objective * 1.00001)
    assert "net present cost" in failing(wrong)


def test_a_size_beyond_its_limit(solution: Solution) -> None:
    chp = next(size for size in solution.sizes if size.component == "chp")
    others = tuple(size for size in solution.sizes if size is not chp)
    wrong = replace(solution, sizes=(*others, replace(chp, new=51.0)))
    text = failing(wrong)
    assert "chp: capacity within its limits" in text
    assert "investment" in text


def test_emissions_beyond_the_cap(solution: Solution) -> None:
    cap = solution.microgrid.policies["cap"]
    tight = cap.model_copy(update={"tonnes_per_year": 0.001})
    policies = {**solution.microgrid.policies, "cap": tight}
    wrong = replace(solution, microgrid=replace(solution.microgrid, policies=policies))
    assert "policy cap kept" in failing(wrong)

from dataclasses import replace
from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import (
    checks_of,
    emitted,
    flows_of,
    gas_at,
    heat_at,
    load_of,
    microgrid,
    planned,
)
from verdigrid.models.carbon import Carbon
from verdigrid.models.errors import InfeasibleError
from verdigrid.results.recompute import recompute


class TestFuelSupply(ComponentHarness):
    kind = "fuel_supply"
    residuals = ("limit",)
    example: ClassVar = {
        "periods": 3,
        "components": {
            "gas": gas_at(
                [0.03, 0.05, 0.04],
                limit_kw=40.0,
                fixed_per_month=5.0,
                upstream_kg_per_kwh=0.03,
            ),
            "furnace": load_of([10, 40, 20], "gas"),
        },
    }
    variants: ClassVar = {
        "no limit": {"limit_kw": None},
        "so much in a year": {"limit_kw": None, "limit_kwh_per_year": 1000.0},
    }

    def outside_kw(self, solution):
        return flows_of(solution, "gas")["gas"]


def test_pays_the_price_of_each_step_and_the_standing_charge():
    plan = planned(
        microgrid(
            {
                "gas": gas_at([0.03, 0.05], fixed_per_month=7.0),
                "f": load_of([10, 40], "gas"),
            },
            2,
        )
    )
    assert plan.objective == pytest.approx(0.03 * 10 + 0.05 * 40 + 7.0)


def test_half_hours_count_half():
    plan = planned(
        microgrid(
            {"gas": gas_at([0.03, 0.05]), "furnace": load_of([10, 40], "gas")},
            2,
            step_minutes=30,
        )
    )
    assert plan.objective == pytest.approx((0.03 * 10 + 0.05 * 40) / 2)
    assert emitted(plan) == pytest.approx(0.2 * 25)


def test_limit_sends_the_rest_to_the_dearer_supply():
    plan = planned(
        microgrid(
            {
                "pipe": gas_at(0.03, limit_kw=25.0),
                "trucks": gas_at(0.1, emissions_kg_per_kwh=0.3),
                "furnace": load_of([10, 40], "gas"),
            },
            2,
        )
    )
    assert plan.values["pipe"]["supply_kw"] == pytest.approx([10, 25])
    assert plan.values["trucks"]["supply_kw"] == pytest.approx([0, 15])
    assert plan.objective == pytest.approx(0.03 * 35 + 0.1 * 15)
    assert emitted(plan) == pytest.approx(0.2 * 35 + 0.3 * 15)


def test_limit_may_be_too_low():
    site = {"gas": gas_at(0.03, limit_kw=25.0), "furnace": load_of([10, 40], "gas")}
    with pytest.raises(
        InfeasibleError, match=r"buses\.gas: is short of up to 15\.0 kW"
    ):
        planned(microgrid(site, 2))


def wood(represents="as_is", **fields):
    """Residues that are cheap, and gas that burns beside them."""
    site = {
        "residues": gas_at([0.03, 0.03], emissions_kg_per_kwh=0.0, **fields),
        "pipe": gas_at([0.1, 0.2]),
        "furnace": load_of([10, 40], "gas"),
    }
    finance = {"discount_rate": 0.0, "horizon_years": 1}
    return microgrid(site, 2, represents=represents, finance=finance)


def test_yearly_limit_is_kept_for_the_dearest_hours():
    plan = planned(wood(limit_kwh_per_year=45.0))
    assert plan.values["residues"]["supply_kw"] == pytest.approx([5, 40])
    assert plan.objective == pytest.approx(0.03 * 45 + 0.1 * 5)


def test_yearly_limit_is_that_of_the_year():
    """Two hours stand for 8760, so each counts 4380 times."""
    plan = planned(wood("year", limit_kwh_per_year=4380 * 45.0))
    assert plan.values["residues"]["supply_kw"] == pytest.approx([5, 40])
    residues = plan.microgrid.components["residues"]
    inputs = recompute(plan).inputs["residues"]
    found = residues.indicators(inputs, plan.values["residues"])
    figures = {figure.name: figure.value for figure in found}
    assert figures["yearly limit used"] == pytest.approx(1)
    assert figures["bought"] == pytest.approx(4380 * 45)


def test_yearly_limit_may_be_nothing():
    plan = planned(wood(limit_kwh_per_year=0.0))
    assert plan.values["pipe"]["supply_kw"] == pytest.approx([10, 40])


def test_yearly_limit_is_checked():
    """Half a kWh too much of 45 in two hours: 0.25 kW in the mean."""
    plan = planned(wood(limit_kwh_per_year=45.0))
    more = {"supply_kw": plan.values["residues"]["supply_kw"] + [0.5, 0]}
    less = {"supply_kw": plan.values["pipe"]["supply_kw"] - [0.5, 0]}
    values = {**plan.values, "residues": more, "pipe": less}
    tampered = replace(plan, values=values)
    account = recompute(tampered).accounts["residues"]
    assert account.residuals["yearly limit"] == pytest.approx([0.25])
    failed = [check.what for check in checks_of(tampered) if not check.holds]
    assert "residues: yearly limit" in failed


def test_scopes():
    """Bought steam is scope 2, what happened before it arrives scope 3."""
    plan = planned(
        microgrid(
            {
                "steam": heat_at(0.05, upstream_kg_per_kwh=0.04),
                "process": load_of([10, 40], "heat"),
            },
            2,
        )
    )
    assert recompute(plan).emissions_by_source == pytest.approx(
        {Carbon(2, "heat"): 0.2 * 50, Carbon(3, "heat upstream"): 0.04 * 50}
    )


def test_carbon_of_plants_stands_beside_the_scopes():
    parts = {
        "chips": gas_at(0.1, emissions_kg_per_kwh=0.0, biogenic_kg_per_kwh=0.4),
        "process": load_of([10, 40], "gas"),
    }
    year = recompute(planned(microgrid(parts, 2))).yearly
    assert year.emissions[Carbon(0, "gas")] == pytest.approx(20)
    assert year.emitted((1, 2, 3)) == 0

from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import (
    emitted,
    flows_of,
    gas_at,
    heat_at,
    load_of,
    microgrid,
    planned,
)
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
    variants: ClassVar = {"no limit": {"limit_kw": None}}

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
        {(2, "heat"): 0.2 * 50, (3, "heat upstream"): 0.04 * 50}
    )

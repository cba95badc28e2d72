from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    emitted,
    figures_of,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component

DIESEL = {"diesel": {"carrier": "oil"}}
GENSET = {
    "kind": "genset",
    "input_bus": "diesel",
    "bus": "power",
    "capacity": standing("kw", 100),
}


def diesel_at(price):
    return gas_at(price, bus="diesel", emissions_kg_per_kwh=0.261)


class TestGenset(ComponentHarness):
    kind = "genset"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "buses": DIESEL,
        "components": {
            "genset": {
                **GENSET,
                "capacity": option("kw", 100, 0.05),
                "om_cost_per_kwh": 0.01,
            },
            "diesel_tank": diesel_at(0.08),
            "grid": grid_at([0.1, 0.5, 0.4], import_limit_kw=25.0),
            "plant": load_of([30, 40, 20]),
        },
    }
    variants: ClassVar = {
        "on or off": {"commitment": {**COMMITMENT, "part_load_efficiency": 0.85}}
    }


def site(load, **genset):
    components = {
        "genset": {**GENSET, **genset},
        "diesel_tank": diesel_at(0.1),
        "plant": load_of(load),
    }
    return microgrid(components, len(load), buses=DIESEL)


def test_burns_electricity_over_efficiency():
    plan = planned(site([18, 36]))
    assert plan.values["diesel_tank"]["supply_kw"] == pytest.approx([50, 100])
    assert plan.objective == pytest.approx(0.1 * 150)
    assert emitted(plan) == pytest.approx(0.261 * 150)


def test_part_load_burns_more():
    """At 30 of 100 kW the efficiency is 0.4 x 0.75, at full load 0.4."""
    partly = {"min_load": 0.3, "part_load_efficiency": 0.75}
    plan = planned(site([30, 100], efficiency=0.4, commitment=partly))
    assert plan.values["diesel_tank"]["supply_kw"] == pytest.approx([100, 250])


def test_key_figures():
    found = figures_of(planned(site([18, 36])), "genset")
    expected = {"electricity": 54.0, "full-load hours": 0.54}
    assert found == pytest.approx(expected)


def test_takes_fuels_and_gives_electricity():
    genset = Component.registry["genset"].model_validate(GENSET)
    fuel, power = genset.connections()
    assert set(fuel.carriers) == {"oil", "gas", "biomass", "fuel", "hydrogen"}
    assert power.carriers == ("electricity",)


@pytest.mark.parametrize("efficiency", [0.0, 0.66])
def test_impossible_engines_are_refused(efficiency):
    with pytest.raises(ValidationError, match="efficiency"):
        Component.registry["genset"].model_validate(
            {**GENSET, "efficiency": efficiency}
        )

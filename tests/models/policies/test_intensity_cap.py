"""intensity_cap: emissions per product, per value added, per tce of energy."""

import pytest
from policy_sites import BY_ENERGY, heated, standing_of
from pydantic import ValidationError

from support import planned, policy

RULE = {"kind": "intensity_cap", "scopes": [1]}
FUELS = {"gas": {}, "biomass": {"price_per_kwh": 0.08, "emissions_kg_per_kwh": 0.0}}


def burnt(plan):
    return plan.values["gas_supply"]["supply_kw"].sum()


@pytest.mark.parametrize("per", ["product", "value_added"])
def test_per_product(per):
    """5 t at 2 kg are 10 kg, and 50 kWh of gas."""
    rule = {**RULE, "per": per, "at_most": 0.002, "output_per_year": 5.0}
    plan = planned(heated(rule, **FUELS))
    assert burnt(plan) == pytest.approx(50)
    assert standing_of(plan).value == pytest.approx(0.002)
    # A kg less is 5 kWh less of gas at 0.03 more: 150 a tonne.
    assert plan.shadow_prices["rule"] == pytest.approx(150)
    assert plan.shadow_price_per_tonne["rule"] == pytest.approx(150)


def test_per_tce():
    """150 kWh are 0.018426 tce; at 0.5 t a tce 9.213 kg, from 46.06 kWh."""
    rule = {**RULE, "per": "tce", "at_most": 0.5}
    rule["electricity_kgce_per_kwh"] = BY_ENERGY
    plan = planned(heated(rule, **FUELS))
    assert burnt(plan) == pytest.approx(0.5 * 150 * BY_ENERGY / 0.2)
    assert standing_of(plan).value == pytest.approx(0.5)


def test_power_by_equal_value_makes_more_tce():
    rule = {**RULE, "per": "tce", "at_most": 0.5, "electricity_kgce_per_kwh": 0.2856}
    plan = planned(heated(rule, **FUELS))
    tce = (50 * 0.2856 + 100 * BY_ENERGY) / 1000
    assert burnt(plan) == pytest.approx(500 * tce / 0.2)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"per": "product"}, "output_per_year"),
        ({"per": "tce", "output_per_year": 1.0}, "output_per_year"),
        ({"per": "tce", "scopes": []}, "scopes"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        policy("intensity_cap", **{"scopes": [1], "at_most": 1.0, **fields})

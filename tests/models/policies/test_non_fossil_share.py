"""non_fossil_share: 150 kWh in all, of which 100 are heat of a fuel."""

import pytest
from policy_sites import BY_ENERGY, heated, standing_of

from support import planned

RULE = {"kind": "non_fossil_share", "at_least": 0.3}
FUELS = {"gas": {}, "biomass": {"price_per_kwh": 0.08, "emissions_kg_per_kwh": 0.0}}


def test_biomass_where_power_counts_by_its_energy():
    plan = planned(heated({**RULE, "electricity_kgce_per_kwh": BY_ENERGY}, **FUELS))
    assert plan.values["biomass_supply"]["supply_kw"].sum() == pytest.approx(45)
    assert plan.objective == pytest.approx(50 * 0.1 + 55 * 0.05 + 45 * 0.08)


def test_power_by_its_equal_value_weighs_more():
    """50 kWh x 0.2856 / 0.12284 = 116.3; 30 % of 216.3 are 64.9."""
    plan = planned(heated({**RULE, "electricity_kgce_per_kwh": 0.2856}, **FUELS))
    whole = 50 * 0.2856 / BY_ENERGY + 100
    assert standing_of(plan).base == pytest.approx(whole)
    assert plan.values["biomass_supply"]["supply_kw"].sum() == pytest.approx(
        0.3 * whole
    )


def test_part_of_the_grid_may_count():
    rule = {**RULE, "electricity_kgce_per_kwh": BY_ENERGY, "grid_share": 0.4}
    plan = planned(heated(rule, **FUELS))
    assert plan.values["biomass_supply"]["supply_kw"].sum() == pytest.approx(45 - 20)


def test_biogas_counts_if_it_says_so():
    gases = {"gas": {}, "fuel": {"price_per_kwh": 0.09, "non_fossil": True}}
    rule = {**RULE, "electricity_kgce_per_kwh": BY_ENERGY}
    plan = planned(heated(rule, **gases))
    assert plan.values["fuel_supply"]["supply_kw"].sum() == pytest.approx(45)

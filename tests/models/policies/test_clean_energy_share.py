"""clean_energy_share: gas may be clean, coal never is."""

import pytest
from policy_sites import BY_ENERGY, heated, standing_of

from support import planned
from verdigrid.models.errors import InfeasibleError

RULE = {
    "kind": "clean_energy_share",
    "at_least": 0.5,
    "electricity_kgce_per_kwh": BY_ENERGY,
}
FUELS = {"coal": {"price_per_kwh": 0.02}, "gas": {}}


def test_gas_counts_where_it_may():
    """Half of 150 kWh from gas, 25 from coal."""
    plan = planned(heated({**RULE, "gas_is_clean": True}, **FUELS))
    assert plan.objective == pytest.approx(50 * 0.1 + 75 * 0.05 + 25 * 0.02)
    assert standing_of(plan).value == pytest.approx(0.5)


def test_and_not_where_it_may_not():
    with pytest.raises(InfeasibleError, match=r"missed by 75\.0 kWh"):
        planned(heated(RULE, **FUELS))

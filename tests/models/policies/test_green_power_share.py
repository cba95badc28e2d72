"""green_power_share: 35 of 100 kWh, of which the roof gives 10."""

import pytest
from policy_sites import engined, pv_at, standing_of, supplied

from support import planned, standing, with_changes

RULE = {"kind": "green_power_share", "at_least": 0.35}


def test_only_the_line_counts_physically():
    plan = planned(supplied(RULE))
    assert plan.objective == pytest.approx(25 * 0.3 + 65 * 0.1)
    assert plan.shadow_prices["rule"] == pytest.approx(0.2)


def test_contracts_count_where_they_may():
    plan = planned(supplied({**RULE, "counts": "contractual"}))
    assert plan.objective == pytest.approx(25 * 0.12 + 65 * 0.1)
    assert standing_of(plan).value == pytest.approx(0.35)


def test_own_power_of_an_engine_is_consumption_too():
    """The engine must give 30 of 50 kW for the roof of 20 to be two fifths."""
    site = engined({**RULE, "at_least": 0.4}, load=[50])
    plan = planned(with_changes(site, roof=pv_at(1.0, **standing("kw", 20.0))))
    assert standing_of(plan).base == pytest.approx(50)
    assert standing_of(plan).value == pytest.approx(0.4)


def test_power_of_an_engine_is_not_green():
    site = engined({**RULE, "at_least": 0.0}, load=[1050])
    plan = planned(site)  # 1000 kW is what the grid gives
    assert standing_of(plan).base == pytest.approx(1050)
    assert standing_of(plan).value == 0

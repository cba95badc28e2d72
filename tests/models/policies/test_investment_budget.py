"""investment_budget: what pays is bought as far as the money goes."""

import pytest
from policy_sites import engined, standing_of, sunny

from support import option, planned


def test_budget_limits_what_is_bought():
    """A kW of PV costs 0.04 and saves at least 0.10: 1.20 buys 30 kW."""
    rule = {"kind": "investment_budget", "at_most": 1.2}
    plan = planned(sunny(rule, **option("kw", 100, 0.04)))
    assert plan.size("roof", "capacity").new == pytest.approx(30)
    assert standing_of(plan).value == pytest.approx(1.2)
    # 25 kW for another unit: 20 of them save 0.15 each... but the next one saves
    # 0.10 in the first hour and earns 0.05 in the second.
    assert plan.shadow_prices["rule"] == pytest.approx((0.10 + 0.05 - 0.04) / 0.04)


def test_nothing_to_buy():
    plan = planned(engined({"kind": "investment_budget", "at_most": 0.0}))
    assert standing_of(plan).value == 0

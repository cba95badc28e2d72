"""export_share: of 200 kWh that could be had, 40 may be fed in."""

import pytest
from policy_sites import engined, standing_of, sunny

from support import planned


def test_feed_in_is_limited_and_the_rest_curtailed():
    plan = planned(sunny({"kind": "export_share"}))
    assert plan.objective == pytest.approx(-40 * 0.05)
    assert standing_of(plan).value == pytest.approx(0.2)
    assert plan.shadow_prices["rule"] == pytest.approx(0.05)


def test_no_feed_in_at_all():
    assert planned(sunny({"kind": "export_share", "at_most": 0.0})).objective == 0


def test_a_site_without_green_power_has_no_share():
    plan = planned(engined({"kind": "export_share"}))
    found = standing_of(plan)
    assert found.value is None
    assert found.missed_by == 0

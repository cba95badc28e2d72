"""self_consumption: 80 kWh are used on the site, so 133.3 may be made."""

import pytest
from policy_sites import standing_of, sunny
from pydantic import ValidationError

from support import option, planned, policy
from verdigrid.models.errors import InfeasibleError

RULE = {"kind": "self_consumption", "at_least": 0.6}


def test_without_it_all_the_rest_is_fed_in():
    assert planned(sunny(None)).objective == pytest.approx(-120 * 0.05)


def test_share_of_what_is_generated():
    """What is curtailed does not count: 53.3 kWh are still fed in."""
    plan = planned(sunny(RULE))
    assert plan.objective == pytest.approx(-(80 / 0.6 - 80) * 0.05)
    assert standing_of(plan).value == pytest.approx(0.6)


def test_share_of_what_could_be_generated():
    """200 kWh could be had and 80 are used: no plan; a smaller roof is one."""
    with pytest.raises(InfeasibleError, match=r"at least 0\.6 share can't be met"):
        planned(sunny({**RULE, "of": "possible"}))
    plan = planned(sunny({**RULE, "of": "possible"}, **option("kw", 100, 0.04)))
    assert plan.size("roof", "capacity").new == pytest.approx(80 / 0.6 / 2)


def test_shadow_price_is_that_of_a_kwh_in_its_row():
    """A kWh in use - 0.6 made is 1 / 0.6 kWh that is not fed in."""
    plan = planned(sunny(RULE))
    assert plan.shadow_prices["rule"] == pytest.approx(0.05 / 0.6)
    assert plan.shadow_price_per_tonne == {}


def test_what_is_refused():
    with pytest.raises(ValidationError, match="at_least"):
        policy("self_consumption", at_least=60.0)

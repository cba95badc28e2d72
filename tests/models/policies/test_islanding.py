"""islanding: in an outage the engine runs alone."""

import pytest
from policy_sites import engined, standing_of, sunny
from pydantic import ValidationError

from support import planned, policy
from verdigrid.models.errors import InfeasibleError, InputError


def outages(*spans):
    found = [{"first": first, "last": last} for first, last in spans]
    return {"kind": "islanding", "outages": found}


def test_one_hour_without_the_grid():
    plan = planned(engined(outages(("2026-01-01 01:00", "2026-01-01 01:00"))))
    assert plan.objective == pytest.approx(2 * 5 + 25)
    assert standing_of(plan).value == pytest.approx(0, abs=1e-9)
    assert plan.shadow_prices["rule"] == pytest.approx(0.4)


def test_both_ends_belong_to_it():
    plan = planned(engined(outages(("2026-01-01 01:00", "2026-01-01 02:00"))))
    assert plan.objective == pytest.approx(5 + 2 * 25)


def test_nothing_is_fed_in_either():
    plan = planned(sunny(outages(("2026-01-01 00:00", "2026-01-01 00:00"))))
    assert plan.objective == pytest.approx(-80 * 0.05)


def test_a_load_beyond_the_engine():
    rule = outages(("2026-01-01 00:00", "2026-01-01 02:00"))
    with pytest.raises(InfeasibleError, match=r"missed by 60\.0 kW in all"):
        planned(engined(rule, load=(110, 150, 50)))


def test_an_outage_outside_the_horizon():
    with pytest.raises(InputError, match=r"policies\.rule\.outages\.0"):
        planned(engined(outages(("2027-01-01 01:00", "2027-01-01 01:00"))))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-01-02", "2026-01-01"),
        ("noon", "2026-01-01"),
        ("2026-01-01T00:00Z", "2026-01-02"),
    ],
)
def test_what_is_refused(first, last):
    with pytest.raises(ValidationError):
        policy("islanding", outages=[{"first": first, "last": last}])

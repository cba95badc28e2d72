"""peak_import_limit: the engine runs where the grid may not give all."""

import pytest
from policy_sites import engined, standing_of
from pydantic import ValidationError

from support import planned, policy

RULE = {"kind": "peak_import_limit", "at_most_kw": 40.0}


def test_everywhere():
    plan = planned(engined(RULE))
    assert plan.objective == pytest.approx(3 * (40 * 0.1 + 10 * 0.5))
    assert standing_of(plan).value == pytest.approx(40)
    # A kW less in each of the three hours.
    assert plan.shadow_prices["rule"] == pytest.approx(3 * 0.4)


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        ({"hours": ["1-2"]}, 1),
        ({"hours": ["23-1"]}, 1),
        ({"days": "workdays"}, 3),  # 1 January 2026 is a Thursday
        ({"days": "sun"}, 0),
        ({"months": [1], "hours": ["0-2"]}, 2),
        ({"months": [7]}, 0),
    ],
)
def test_in_its_hours(window, hours):
    plan = planned(engined({**RULE, **window}))
    assert plan.objective == pytest.approx(3 * 50 * 0.1 + hours * 10 * 0.4)


@pytest.mark.parametrize(
    "fields", [{"hours": ["25-26"]}, {"months": [13]}, {"at_most_kw": -1.0}]
)
def test_what_is_refused(fields):
    with pytest.raises(ValidationError):
        policy("peak_import_limit", **{"at_most_kw": 1.0, **fields})

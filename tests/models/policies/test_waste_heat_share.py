"""waste_heat_share: half of 200 kWh must be taken, though gas is cheaper."""

import pytest
from policy_sites import standing_of

from support import gas_at, load_of, microgrid, option, planned, standing


def site(policies):
    parts = {
        "drain": {
            "kind": "waste_heat",
            "temperature_c": 95.0,
            "outlet_temperature_c": 85.0,
            "profile": 100.0,
        },
        "exchanger": {
            "kind": "heat_exchanger",
            "source": "drain",
            "sink": "heat",
            "capacity": option("kw", 100, 1.0),
        },
        "gas": gas_at(0.05),
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": 1.0,
            "capacity": standing("kw", 1000.0),
        },
        "process": load_of([80, 80], "heat"),
    }
    return microgrid(parts, 2, policies=policies)


def test_waste_heat_is_taken_up():
    """The bus is at 80 C and the approach 5 K: all of the stream can be used."""
    assert planned(site({})).objective == pytest.approx(160 * 0.05)
    plan = planned(site({"rule": {"kind": "waste_heat_share"}}))
    assert plan.size("exchanger", "capacity").new == pytest.approx(50)
    assert plan.objective == pytest.approx(50 + 60 * 0.05)
    assert standing_of(plan).value == pytest.approx(0.5)
    # A kWh needs half a kW more, and spares a kWh of gas.
    assert plan.shadow_prices["rule"] == pytest.approx(0.5 - 0.05)

"""Rates of return and costs of a kilowatt-hour, against amounts worked out by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofs import PLAIN, roof
from support import (
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    planned,
    standing,
)
from verdigrid.results.finance import finances, internal_rate_of_return
from verdigrid.results.outcome import Outcome
from verdigrid.studies.plan import make_plan

DRAWN_AND_FED = ("charge_kw", "discharge_kw")

# -- rate of return ------------------------------


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ([0, 0, 0], "nothing is paid or earned"),
        ([0, 5, 5], "nothing is paid out"),
        ([-5, 0, -5], "nothing is earned"),
        ([-100, 230, -132], "more than one rate"),
        ([100, -200, 150], "at no rate"),
    ],
)
def test_rate_of_return_is_undefined_in_words(amounts, words):
    rate, reason = internal_rate_of_return([0, 1, 2], amounts)
    assert rate is None
    assert reason.startswith("undefined: ")
    assert words in reason


@given(
    rate=st.floats(-0.2, 3.0),
    gains=st.lists(st.floats(1.0, 1e3), min_size=1, max_size=30),
)
def test_rate_of_return_is_found_again(rate, gains):
    times = list(range(len(gains) + 1))
    price = sum(gain * (1 + rate) ** -n for n, gain in enumerate(gains, start=1))
    found, _ = internal_rate_of_return(times, [-price, *gains])
    assert found == pytest.approx(rate, abs=1e-9, rel=1e-9)


# -- costs of a kilowatt-hour ------------------------------


def unit_cost_of(parts: dict[str, Any], name: str) -> float | None:
    grid = microgrid(parts, 2, represents="year", finance=PLAIN)
    plan = make_plan(grid)
    return finances(plan.plan, plan.baseline).value(name)


def test_boiler_heat_costs_its_gas():
    parts = {
        "gas_supply": gas_at(0.04),
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": 0.8,
            "capacity": standing("kw", 100),
        },
        "bath": load_of([10, 10], "heat"),
    }
    assert unit_cost_of(parts, "levelised_cost_of_heat") == pytest.approx(0.05)


def test_joint_products_share_by_energy():
    """40 of power and 40 of heat from 100 of gas at 0.04: 0.05 each."""
    parts = {
        "gas_supply": gas_at(0.04),
        "engine": {
            "kind": "chp",
            "fuel_bus": "gas",
            "electricity_bus": "power",
            "electric_efficiency": 0.4,
            "heat_efficiency": {"heat": 0.4},
            "capacity": standing("kw", 100),
        },
        "bath": load_of([10, 10], "heat"),
        "plant": load_of([10, 10]),
    }
    for name in ("heat", "power", "own_power"):
        assert unit_cost_of(parts, f"levelised_cost_of_{name}") == pytest.approx(0.05)


def test_feed_in_is_no_discount_on_what_is_bought():
    """Half of the roof is sold at 0.03: power still costs what the roof costs."""
    parts = {
        "grid": grid_at(0.1, tariff={"export_price_per_kwh": 0.03}),
        "roof": roof(existing_kw=20.0, max_kw=20.0, om_per_kw_year=87.6),
        "plant": load_of([10, 10]),
    }
    assert unit_cost_of(parts, "levelised_cost_of_power") == pytest.approx(0.01)


def test_what_is_sold_costs_as_much_as_what_is_used():
    """10 kW bought at 0.1 in one hour, 10 of 20 kW at 0.02 sold in the other."""
    old = roof(existing_kw=20.0, max_kw=20.0, om_per_kw_year=87.6)
    parts = {
        "grid": grid_at(0.1, tariff={"export_price_per_kwh": 0.03}),
        "roof": {**old, "yield_kw_per_kw": {"values": [0.0, 1.0]}},
        "plant": load_of([10, 10]),
    }
    cost = (4380 * 10 * 0.1 + 20 * 87.6) / (8760 * 10 + 4380 * 10)
    assert unit_cost_of(parts, "levelised_cost_of_power") == pytest.approx(cost)
    assert unit_cost_of(parts, "levelised_cost_of_own_power") == pytest.approx(0.02)


def test_bought_power_is_not_own_power():
    parts = {"grid": grid_at(0.1), "plant": load_of([10, 10])}
    parts["roof"] = roof(existing_kw=4.0, max_kw=4.0, om_per_kw_year=87.6)
    assert unit_cost_of(parts, "levelised_cost_of_own_power") == pytest.approx(0.01)
    mixed = 0.4 * 0.01 + 0.6 * 0.1
    assert unit_cost_of(parts, "levelised_cost_of_power") == pytest.approx(mixed)


def test_bought_and_stored_heat_bears_its_losses():
    """A tank that loses a part makes all heat dearer than what is bought."""
    tank = {"kind": "thermal_storage", "bus": "heat", "energy": standing("kwh", 100)}
    parts = {
        "main": heat_at([0.02, 0.2]),
        "tank": {**tank, "standing_loss_per_hour": 0.1},
        "bath": load_of([0, 10], "heat"),
    }
    cost = unit_cost_of(parts, "levelised_cost_of_heat")
    assert 0.02 < cost < 0.2


@pytest.mark.parametrize("efficiency", [1.0, 0.8])
def test_what_vehicles_drive_is_use(efficiency):
    """All is bought: what those pay who use it adds up to what it costs.

    What is fed back was drawn with losses; what is driven pays like any other use.
    """
    vans = {
        **{"kind": "ev_fleet", "bus": "power", "vehicles": 10, "battery_kwh": 40.0},
        **{"charge_kw": 10.0, "departure_hour": 1.0, "arrival_hour": 9.0},
        **{"energy_per_day_kwh": 20.0, "departure_soc": 0.0, "days": "all"},
        **{"charge_efficiency": efficiency, "discharge_efficiency": efficiency},
        "vehicle_to_site": True,
    }
    prices = [0.1] * 20 + [0.3] * 4
    parts = {"grid": grid_at(prices), "plant": load_of([10.0] * 24), "vans": vans}
    grid = microgrid(parts, 24, represents="year", finance=PLAIN)
    outcome = make_plan(grid).plan
    drawn, fed = (outcome.solution.values["vans"][f] for f in DRAWN_AND_FED)
    assert fed.sum() > 1
    used = 240 + drawn.sum() - fed.sum() / efficiency**2
    paid = sum(outcome.recomputed.costs.values()) / 365
    found = finances(outcome, None).value("levelised_cost_of_power")
    assert found == pytest.approx(paid / used)


def test_renewals_are_a_cost_of_power():
    """Renewed at once at its price, what stands costs as much as what is bought."""
    due = {"remaining_years": 0.0, "renewal_per_kw": 1000.0, "om_per_kw_year": 0.0}
    standing_roof = roof(existing_kw=10.0, **due)
    for asset in (standing_roof, roof(om_per_kw_year=0.0)):
        parts = {"roof": asset, "plant": load_of([10, 10])}
        cost = 10000 * 0.1 / (1 - 1.1**-2) / 87600
        grid = microgrid(parts, 2, represents="year", finance=PLAIN)
        made = finances(Outcome(planned(grid)), None)
        for name in ("power", "own_power"):
            found = made.value(f"levelised_cost_of_{name}")
            assert found == pytest.approx(cost)

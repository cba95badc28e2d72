from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.optimize import linprog

from harness import ComponentHarness
from support import (
    EXACT,
    built,
    figures_of,
    grid_at,
    load_of,
    microgrid,
    objective,
    planned,
    series,
)
from verdigrid.models.errors import InputError
from verdigrid.solvers.solve import solve


class TestEvFleet(ComponentHarness):
    kind = "ev_fleet"
    residuals = (
        "ceiling",
        "charge and discharge at once",
        "content",
        "power limit",
        "ready at departure",
    )
    example: ClassVar = {
        "periods": 24,
        "components": {
            "grid": grid_at([0.1 + 0.3 * (12 <= h < 16) for h in range(24)]),
            "plant": load_of([5.0] * 24),
            "vans": {
                "kind": "ev_fleet",
                "bus": "power",
                "vehicles": 3,
                "battery_kwh": 40.0,
                "charge_kw": 10.0,
                "departure_hour": 1.0,
                "arrival_hour": 9.0,
                "energy_per_day_kwh": 18.0,
                "departure_soc": 0.9,
                "vehicle_to_site": True,
                "discharge_efficiency": 0.9,
                "degradation_cost_per_kwh": 0.02,
            },
        },
    }
    variants: ClassVar = {
        "charging only, here by a series": {
            "departure_hour": None,
            "arrival_hour": None,
            "present_fraction": series([1.0, 0.5] + [1.0] * 22),
            "vehicle_to_site": False,
            "degradation_cost_per_kwh": 0.0,
        },
        "charging or discharging": {"exclusive_steps": (1,)},
    }


def fields(**more):
    """Two vans that drive 19 kWh from 7 to 18 h: 20 kWh of charging each."""
    vans = {
        "kind": "ev_fleet",
        "bus": "power",
        "vehicles": 2,
        "battery_kwh": 40.0,
        "charge_kw": 10.0,
        "energy_per_day_kwh": 19.0,
        "charge_efficiency": 0.95,
    }
    clock = {} if "present_fraction" in more else {"departure_hour": 7}
    return {**vans, **clock, **({"arrival_hour": 18} if clock else {}), **more}


def site(prices, *, periods=None, load=0.0, exclusive_steps=None, **more):
    return microgrid(
        {"grid": grid_at(prices), "plant": load_of(load), "vans": fields(**more)},
        periods or len(prices),
        exclusive_steps=exclusive_steps,
    )


def values(plan, name):
    return plan.values["vans"][name]


def test_what_is_driven_is_charged_in_the_cheapest_hours():
    prices = np.full(24, 9.0)
    prices[[2, 20, 10]] = [1, 2, 0.5]  # at 10 h they are away
    plan = planned(site(prices))
    charge = values(plan, "charge_kw")
    assert charge[[2, 20]] == pytest.approx([20, 20])
    assert plan.objective == pytest.approx(20 * 1 + 20 * 2)
    assert values(plan, "content_kwh")[6] == pytest.approx(80)  # full at 7 h
    assert values(plan, "content_kwh")[7] == pytest.approx(80 - 38)


def test_visitors_are_here_from_arrival_to_departure():
    prices = np.full(24, 9.0)
    prices[[7, 8, 16, 17]] = [1, 4, 5, 1]
    plan = planned(site(prices, arrival_hour=8, departure_hour=17))
    assert np.flatnonzero(values(plan, "charge_kw") > 1e-6).tolist() == [8, 16]
    assert plan.objective == pytest.approx(20 * 4 + 20 * 5)


@pytest.mark.parametrize(
    ("clock", "here_at_weekend"), [((18, 7), 48), ((8, 17), 0)], ids=["home", "visit"]
)
def test_each_day_of_driving_has_one_trip(clock, here_at_weekend):
    """From Thursday to Wednesday: five workdays, five trips of 40 kWh of charging."""
    made = site(0.1, periods=168, arrival_hour=clock[0], departure_hour=clock[1])
    plan = planned(made)
    assert plan.objective == pytest.approx(0.1 * 5 * 40)
    present = made.series["components.vans.present"]
    assert present[48:96].sum() == here_at_weekend
    every_day = site(
        0.1, periods=168, arrival_hour=clock[0], departure_hour=clock[1], days="all"
    )
    assert objective(every_day) == pytest.approx(0.1 * 7 * 40)


@pytest.mark.parametrize(
    ("departure_soc", "dear_kwh"),
    [(1.0, 38), (0.75, 18), (0.5, 0), (0.0, 0)],
)
def test_ready_at_departure(departure_soc, dear_kwh):
    """Thursday and Friday, 38 kWh each; dear is the night between, at 5 for 1.

    From 80 kWh on Thursday morning 42 are left in the evening. What is asked beyond
    them on Friday must come from the dear night, all the rest from the cheap one.
    """
    hours = np.arange(48)
    prices = np.where((hours < 7) | (hours >= 42), 1.0, 5.0)
    plan = planned(site(prices, departure_soc=departure_soc))
    cheap_kwh = 2 * 38 - dear_kwh
    assert plan.objective == pytest.approx((5 * dear_kwh + cheap_kwh) / 0.95)


def test_vehicles_feed_the_site_where_it_pays():
    """8 kWh at noon take 8 / 0.9 / 0.95 kWh at 8 h."""
    prices = np.full(24, 5.0)
    prices[[8, 12]] = [1, 9]
    load = np.zeros(24)
    load[12] = 8.0
    visit = {
        "arrival_hour": 8,
        "departure_hour": 17,
        "energy_per_day_kwh": 0.0,
        "departure_soc": 0.0,
        "discharge_efficiency": 0.9,
    }
    only_charging = planned(site(prices, load=series(load), **visit))
    assert only_charging.objective == pytest.approx(8 * 9)
    plan = planned(site(prices, load=series(load), vehicle_to_site=True, **visit))
    assert values(plan, "discharge_kw")[12] == pytest.approx(8)
    assert plan.objective == pytest.approx(8 / 0.9 / 0.95 * 1)
    wear = {"vehicle_to_site": True, "degradation_cost_per_kwh": 7.0}
    worn = planned(site(prices, load=series(load), **visit, **wear))
    assert worn.objective == pytest.approx(8 / 0.9 / 0.95 * 1 + 8 * 7)


def test_nothing_flows_while_they_are_away():
    """The dear hour is while they drive, and they have 42 kWh with them."""
    prices = np.full(24, 1.0)
    prices[12] = 90.0
    plan = planned(site(prices, load=series([8.0] * 24), vehicle_to_site=True))
    assert plan.values["grid"]["import_kw"][12] == pytest.approx(8)


SERIES = {
    "present_fraction": series([1.0, 0.5, 0.0, 1.0]),
    "battery_kwh": 20.0,
    "energy_per_day_kwh": 8.0,
}


def test_a_series_says_who_is_here():
    """One van leaves in each of two hours, with 20 kWh; both come back with 12."""
    plan = planned(site([2.0, 3.0, 0.1, 1.0], **SERIES))
    assert values(plan, "content_kwh") == pytest.approx([40, 32, 24, 40])
    assert plan.objective == pytest.approx(16 / 0.95 * 1)
    slow = planned(site([2.0, 3.0, 0.1, 1.0], charge_kw=5.0, **SERIES))
    assert values(slow, "charge_kw") == pytest.approx([6.5 / 0.95, 0, 0, 10])
    last = planned(site([9.0, 3.0, 0.1, 10.0], charge_kw=5.0, **SERIES))
    # 20 kWh for the first to leave are there from the start; the second is charged
    # while it is alone, at 5 kW, and the rest before.
    assert values(last, "charge_kw")[:3] == pytest.approx([10, 5, 0])


def test_who_is_here_stores_no_more_than_its_own_battery():
    """One of two vans is away with 12 kWh. The other fills up from 0 to 20 kWh, and
    what the two have above the 20 kWh that one of them leaves with feeds the load."""
    plan = planned(
        site(
            [9.0, 0.1, 9.0],
            load=series([0, 0, 25]),
            **{**SERIES, "present_fraction": series([1.0, 0.5, 1.0])},
            charge_kw=30.0,
            vehicle_to_site=True,
        )
    )
    assert values(plan, "content_kwh") == pytest.approx([20, 32, 20])
    assert plan.objective == pytest.approx(0.1 * 20 / 0.95 + 9 * (25 - 12 * 0.95))


def test_who_leaves_has_the_energy_of_its_trip():
    """It may not be charged for it by the other one after it has left."""
    fleet = {"battery_kwh": 8.0, "energy_per_day_kwh": 8.0, "departure_soc": 0.0}
    plan = planned(
        site(
            [9.0, 1.0, 1.0, 1.0],
            load=series([20, 0, 0, 0]),
            present_fraction=series([1.0, 0.5, 1.0, 1.0]),
            vehicle_to_site=True,
            **fleet,
        )
    )
    assert values(plan, "content_kwh")[[3, 0]] == pytest.approx([16, 8])
    assert plan.objective == pytest.approx(16 / 0.95 + 9 * (20 - 8 * 0.95))


def test_paid_for_burning_power_charges_and_discharges_at_once():
    """At -0.5 it would charge more than it can use, and burn that in the next hour."""
    prices = [-0.5, 0.1, 0.1]
    fleet = {
        "present_fraction": series([1, 1, 0]),
        "energy_per_day_kwh": 0.0,
        "departure_soc": 0.0,
        "discharge_efficiency": 0.8,
        "vehicle_to_site": True,
    }
    free = solve(built(site(prices, load=3.0, **fleet)), EXACT)
    assert free.overlaps["vans"]
    steps = {"vans": (0, 1, 2)}
    plan = planned(site(prices, load=3.0, exclusive_steps=steps, **fleet))
    assert plan.overlaps == {}
    used = 3 / 0.8 / 0.95  # for the 3 kWh of the second hour
    assert plan.objective == pytest.approx(-0.5 * (3 + used) + 0.1 * 3)


def test_indicators_balance():
    plan = planned(site([1.0, 3.0, 0.1, 9.0], vehicle_to_site=True, **SERIES))
    found = figures_of(plan, "vans")
    assert found["driven"] == pytest.approx(16)
    assert found["trips of each vehicle"] == pytest.approx(1)
    assert found["charged"] == pytest.approx(
        found["driven"] + found["lost"] + found["fed to the site"]
    )


# -- vehicle by vehicle ----------------------------------------------------


def vehicle_by_vehicle(prices, load, here, *, battery, power, trip, soc, efficiencies):
    """Least cost with a content for every vehicle; ``here`` is (vehicles, steps).

    Columns by vehicle: charge, discharge, content after each step; then the import.
    """
    vehicles, steps = here.shape
    into, out = efficiencies
    columns = 3 * vehicles * steps + steps
    balance, right = [], []
    for v in range(vehicles):
        for t in range(steps):
            row = np.zeros(columns)
            at = 3 * v * steps
            row[at + 2 * steps + t] += 1
            row[at + 2 * steps + (t - 1) % steps] -= 1
            row[at + t], row[at + steps + t] = -into, 1 / out
            balance.append(row)
            leaves = here[v, (t - 1) % steps] and not here[v, t]
            right.append(-trip if leaves else 0.0)
    for t in range(steps):
        row = np.zeros(columns)
        row[3 * vehicles * steps + t] = 1
        for v in range(vehicles):
            row[3 * v * steps + t], row[3 * v * steps + steps + t] = -1, 1
        balance.append(row)
        right.append(load[t])
    bounds = []
    for v in range(vehicles):
        bounds += [(0, power * here[v, t]) for t in range(steps)] * 2
        for t in range(steps):
            leaves = here[v, t] and not here[v, (t + 1) % steps]
            bounds.append((max(soc * battery, trip) if leaves else 0.0, battery))
    bounds += [(0, 1000)] * steps
    cost = np.r_[np.zeros(3 * vehicles * steps), prices]
    return linprog(cost, A_eq=np.array(balance), b_eq=right, bounds=bounds)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("together", [True, False])
def test_one_battery_against_every_vehicle(seed, together):
    """The same where all come and go together; never dearer where they do not."""
    random = np.random.default_rng(seed)
    steps, vehicles = 10, 3
    schedules = random.random((1 if together else vehicles, steps)) < 0.7
    schedules[:, :3] = True
    schedules[:, 5] = False
    here = np.repeat(schedules, vehicles if together else 1, axis=0)
    prices, load = random.uniform(0.1, 1, steps), random.uniform(0, 20, steps)
    battery, power, trip = 30.0, 12.0, float(random.choice([2.0, 6.0]))
    soc = float(random.choice([0.0, 0.5, 0.9]))
    exact = vehicle_by_vehicle(
        prices,
        load,
        here,
        battery=battery,
        power=power,
        trip=trip,
        soc=soc,
        efficiencies=(0.95, 0.9),
    )
    fleet = {
        "present_fraction": series(here.mean(axis=0)),
        "vehicles": vehicles,
        "battery_kwh": battery,
        "charge_kw": power,
        "energy_per_day_kwh": trip,
        "departure_soc": soc,
        "discharge_efficiency": 0.9,
        "vehicle_to_site": True,
    }
    assert exact.success
    cost = objective(site(prices, load=series(load), **fleet))
    if together:
        assert cost == pytest.approx(exact.fun, rel=1e-8)
    else:
        assert cost <= exact.fun + 1e-8


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.integers(1, 50), min_size=24, max_size=24),
    st.integers(0, 5),
    st.sampled_from([0.0, 0.6, 1.0]),
)
def test_more_time_here_is_never_dearer(prices, earlier, soc):
    fleet = {"departure_soc": soc, "vehicle_to_site": True}
    costs = [
        objective(site(prices, arrival_hour=arrival, load=5.0, **fleet))
        for arrival in (18, 18 - earlier)
    ]
    assert costs[1] <= costs[0] + 1e-6


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=24, max_size=24), st.booleans())
def test_energy_is_conserved(prices, both_ways):
    """What is charged is driven, fed back or lost in the chargers."""
    plan = planned(site(prices, load=9.0, vehicle_to_site=both_ways))
    charged = 0.95 * values(plan, "charge_kw").sum()
    fed = values(plan, "discharge_kw").sum() / 0.95 if both_ways else 0.0
    assert charged == pytest.approx(38 + fed, abs=1e-5)


# -- bad input -------------------------------------------------------------


def test_too_little_time_to_charge_is_refused_with_its_hour():
    """From 5 to 7 h: 2 h of 10 kW, 19 kWh of the 20 kWh that are driven."""
    with pytest.raises(InputError, match=r"2026-01-01 06:00 .* expected 80 kWh"):
        site(0.1, periods=24, arrival_hour=5.0, energy_per_day_kwh=20.0)


def test_percent_is_refused_with_its_hour():
    with pytest.raises(InputError, match="50 at 2026-01-01 01:00"):
        site([0.1] * 3, present_fraction=series([1, 50, 100]))


def test_a_series_in_which_nobody_leaves_is_refused():
    with pytest.raises(InputError, match="no vehicle leaves"):
        site([0.1] * 3, present_fraction=0.6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"arrival_hour": None},
        {"arrival_hour": 7},
        {"departure_hour": 25},
        {"present_fraction": 1.0, "arrival_hour": 18, "departure_hour": 7},
        {"energy_per_day_kwh": 41.0},
        {"vehicles": 0},
        {"vehicles": 1.5},
        {"charge_efficiency": 0.0},
        {"degradation_cost_per_kwh": 0.1},
    ],
)
def test_malformed_fleets_are_refused(wrong):
    with pytest.raises(ValidationError):
        site([0.1] * 24, **wrong)

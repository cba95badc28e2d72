from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.optimize import linprog

from harness import ComponentHarness
from support import figures_of, grid_at, load_of, microgrid, objective, planned, series
from verdigrid.models.errors import InfeasibleError, InputError
from verdigrid.results.recompute import recompute

EIGHTY = {"shift_efficiency": 0.8}


class TestShiftableLoad(ComponentHarness):
    kind = "shiftable_load"
    residuals = (
        "ahead",
        "increase limit",
        "moved limit",
        "power limit",
        "too early",
        "too late",
    )
    example: ClassVar = {
        "periods": 6,
        "components": {
            "grid": grid_at([0.4, 0.1, 0.3, 0.3, 0.1, 0.5]),
            "plant": load_of([5, 5, 5, 5, 5, 5]),
            "washing": {
                "kind": "shiftable_load",
                "bus": "power",
                "profile": series([10, 20, 30, 40, 10, 50]),
                "shiftable_fraction": series([0.5, 1, 0.8, 0.8, 1, 0.6]),
                "earlier_hours": 1.0,
                "later_hours": 1.0,
                "max_kw": 60.0,
                "max_increase_kw": 45.0,
                "shift_efficiency": 0.9,
                "cost_per_kwh_shifted": 0.02,
            },
        },
    }
    variants: ClassVar = {
        "all that is shiftable counts as moved": {
            "shift_efficiency": 1.0,
            "cost_per_kwh_shifted": 0.0,
        },
    }


def fields(demand, **more):
    return {
        "kind": "shiftable_load",
        "bus": "power",
        "profile": series(demand),
        "max_kw": 1000.0,
        **more,
    }


def site(prices, demand, *, step_minutes=60, **more):
    return microgrid(
        {"grid": grid_at(prices), "works": fields(demand, **more)},
        len(demand),
        step_minutes=step_minutes,
    )


def taken(plan):
    return plan.values["grid"]["import_kw"]


@pytest.mark.parametrize(
    ("later", "steps"), [(0, [10, 0, 0, 0]), (1, [0, 10, 0, 0]), (2, [0, 0, 10, 0])]
)
def test_demand_waits_for_the_cheapest_step_in_reach(later, steps):
    plan = planned(site([0.4, 0.2, 0.1, 0.05], [10, 0, 0, 0], later_hours=later))
    assert taken(plan) == pytest.approx(steps)


@pytest.mark.parametrize(
    ("earlier", "steps"), [(0, [0, 0, 0, 10]), (1, [0, 0, 10, 0]), (2, [0, 10, 0, 0])]
)
def test_demand_comes_early_to_the_cheapest_step_in_reach(earlier, steps):
    plan = planned(site([0.05, 0.1, 0.2, 0.4], [0, 0, 0, 10], earlier_hours=earlier))
    assert taken(plan) == pytest.approx(steps)


def test_no_demand_rides_on_the_window_of_another():
    """Each hour may wait for one hour. What waits in hour 1 can't reach hour 3, even
    though what waits in hour 2 does."""
    plan = planned(site([0.1, 0.5, 0.4, 0.1], [0, 10, 10, 0], later_hours=1))
    assert taken(plan) == pytest.approx([0, 0, 10, 10])


def test_the_last_evening_is_served_in_the_first_morning():
    later = planned(site([0.1, 0.4, 0.4, 0.4], [0, 0, 0, 10], later_hours=1))
    assert taken(later) == pytest.approx([10, 0, 0, 0])
    earlier = planned(site([0.4, 0.4, 0.4, 0.1], [10, 0, 0, 0], earlier_hours=1))
    assert taken(earlier) == pytest.approx([0, 0, 0, 10])


def test_losses_are_bought_with_what_is_shifted():
    """10 kWh an hour later take 12.5 kWh; worth it from 0.4 to 0.3, not to 0.33."""
    cheap = planned(site([0.4, 0.3, 0.9], [10, 0, 0], later_hours=1, **EIGHTY))
    assert cheap.objective == pytest.approx(0.3 * 12.5)
    dear = planned(site([0.4, 0.33, 0.9], [10, 0, 0], later_hours=1, **EIGHTY))
    assert dear.objective == pytest.approx(0.4 * 10)


def test_a_shifted_kwh_is_paid_once_however_far():
    far = {"later_hours": 2, "cost_per_kwh_shifted": 0.1}
    plan = planned(site([0.4, 0.3, 0.1, 0.9], [10, 0, 0, 0], **far))
    assert plan.objective == pytest.approx(10 * (0.1 + 0.1))
    stays = planned(site([0.4, 0.35, 0.31, 0.9], [10, 0, 0, 0], **far))
    assert stays.objective == pytest.approx(10 * 0.4)


def test_what_stays_in_its_own_step_costs_nothing():
    """Of two equal hours one is dear: its 10 kWh move, the other's stay unpaid."""
    plan = planned(
        site([0.4, 0.1, 0.4], [10, 10, 0], later_hours=1, cost_per_kwh_shifted=0.05)
    )
    assert plan.objective == pytest.approx(0.1 * 20 + 0.05 * 10)
    account = recompute(plan).accounts["works"]
    assert account.costs["om", "shifting"].sum() == pytest.approx(0.5)


def test_only_a_share_is_shiftable():
    plan = planned(site([0.4, 0.1], [10, 0], later_hours=1, shiftable_fraction=0.3))
    assert taken(plan) == pytest.approx([7, 3])


@pytest.mark.parametrize(
    ("limit", "steps"),
    [
        ({"max_kw": 12.0}, [8, 12]),
        ({"max_kw": None}, [10, 10]),  # the peak of the profile
        ({"max_increase_kw": 4.0}, [6, 14]),
    ],
)
def test_power_as_served_is_limited(limit, steps):
    plan = planned(site([0.4, 0.1], [10, 10], later_hours=1, **limit))
    assert taken(plan) == pytest.approx(steps)


def test_windows_are_rounded_down_to_whole_steps():
    """1.5 h are one step of an hour, and three of half an hour."""
    hour = planned(site([0.4, 0.2, 0.1], [10, 0, 0], later_hours=1.5))
    assert taken(hour) == pytest.approx([0, 10, 0])
    half = planned(
        site([4, 3, 2, 1, 0.5], [10, 0, 0, 0, 0], later_hours=1.5, step_minutes=30)
    )
    assert taken(half) == pytest.approx([0, 0, 0, 10, 0])


def test_indicators_tell_what_shifting_does():
    plan = planned(
        site([0.4, 0.3, 0.9], [10, 0, 0], later_hours=1, max_kw=None, **EIGHTY)
    )
    # 10 kW at most: 8 of the 10 kWh move, and take 10.
    assert figures_of(plan, "works") == pytest.approx(
        {
            "demand": 10,
            "taken above the profile": 10,
            "lost": 2,
            "peak of the profile": 10,
            "peak": 10,
        }
    )


# -- the exact answer from pairs of demand and service ---------------------


def cheapest_pairs(prices, demand, window, share, limits, cost, efficiency, hours):
    """Least cost with a variable for every pair (demand step, step of service).

    None if there is no way to serve it.
    """
    count, (earlier, later) = len(demand), window
    pairs = [(d, k) for d in range(count) for k in range(-earlier, later + 1)]
    per_kwh = np.array([1.0 if k == 0 else 1 / efficiency for _, k in pairs])
    at = np.array([(d + k) % count for d, k in pairs])
    served, power = np.zeros((count, len(pairs))), np.zeros((count, len(pairs)))
    for n, (d, _) in enumerate(pairs):
        served[d, n], power[at[n], n] = 1.0, per_kwh[n]
    fixed = (1 - share) * demand
    moved = np.array([k != 0 for _, k in pairs])
    found = linprog(
        hours * (prices[at] * per_kwh + cost * moved),
        A_ub=power,
        b_ub=np.minimum(limits[0], demand + limits[1]) - fixed,
        A_eq=served,
        b_eq=share * demand,
    )
    return found.fun + hours * float(prices @ fixed) if found.success else None


@pytest.mark.parametrize("seed", range(30))
def test_as_cheap_as_with_a_variable_for_every_pair(seed):
    """Cumulated limits allow exactly what pairs of demand and service allow."""
    random = np.random.default_rng(seed)
    count = int(random.integers(4, 10))
    earlier, later = (int(n) for n in random.integers(0, 3, 2))
    later = min(later, count - 1 - earlier)
    demand = np.round(random.uniform(0, 50, count) * (random.random(count) < 0.7), 1)
    prices = np.round(random.uniform(0.01, 1, count), 2)
    share = np.round(random.uniform(0.5, 1, count), 2)
    peak = float(demand.max())
    most = peak * float(random.choice([0.7, 1.0, 2.0]))
    rise = float(random.choice([0.2 * peak, 1e6]))
    cost, efficiency = (0.0, 1.0) if seed % 2 else (0.1, 0.85)
    minutes = int(random.choice([30, 60]))
    expected = cheapest_pairs(
        prices,
        demand,
        (earlier, later),
        share,
        (most, rise),
        cost,
        efficiency,
        minutes / 60,
    )
    made = site(
        prices,
        demand,
        step_minutes=minutes,
        shiftable_fraction=series(share),
        earlier_hours=earlier * minutes / 60,
        later_hours=later * minutes / 60,
        max_kw=most,
        max_increase_kw=rise,
        cost_per_kwh_shifted=cost,
        shift_efficiency=efficiency,
    )
    if expected is None:
        with pytest.raises(InfeasibleError):
            planned(made)
    else:
        assert objective(made) == pytest.approx(expected, rel=1e-7, abs=1e-7)


hourly = st.lists(st.integers(0, 50), min_size=6, max_size=6)
prices_of_hours = st.lists(st.integers(1, 60), min_size=6, max_size=6)
kinds_of_shifting = st.sampled_from([{}, {"cost_per_kwh_shifted": 3.0}, EIGHTY])


@settings(max_examples=10, deadline=None)
@given(hourly, prices_of_hours, kinds_of_shifting, st.booleans())
def test_a_wider_window_is_never_dearer(demand, prices, shifting, early):
    side = "earlier_hours" if early else "later_hours"
    costs = [
        objective(site(prices, demand, **{side: width}, **shifting))
        for width in (0, 1, 3)
    ]
    assert costs[2] <= costs[1] + 1e-6
    assert costs[1] <= costs[0] + 1e-6
    plain = microgrid({"grid": grid_at(prices), "works": load_of(demand)}, 6)
    assert costs[0] == pytest.approx(objective(plain), abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(hourly, prices_of_hours, st.integers(0, 2), st.integers(0, 3))
def test_energy_is_kept(demand, prices, earlier, later):
    window = {"earlier_hours": earlier, "later_hours": later}
    plan = planned(site(prices, demand, **window))
    assert taken(plan).sum() == pytest.approx(sum(demand), abs=1e-6)


# -- bad input -------------------------------------------------------------


def test_percent_is_refused_with_its_hour():
    with pytest.raises(InputError, match=r"50 at 2026-01-01 01:00 \(1 steps\)"):
        site(0.1, [1, 1], shiftable_fraction=series([1, 50]))


def test_a_window_as_long_as_the_horizon_is_refused():
    with pytest.raises(InputError, match="less than the horizon, 3 h"):
        site(0.1, [1, 1, 1], earlier_hours=1, later_hours=2)


def test_a_limit_below_what_cannot_wait_is_refused_with_its_hour():
    with pytest.raises(InputError, match=r"8 kW that cannot .* 2026-01-01 01:00"):
        site(0.1, [1, 10, 1], later_hours=1, shiftable_fraction=0.2, max_kw=7.0)


@pytest.mark.parametrize(
    "wrong", [{"shift_efficiency": 0.0}, {"shift_efficiency": 1.1}, {"later_hours": -1}]
)
def test_impossible_numbers_are_refused(wrong):
    with pytest.raises(ValidationError):
        site(0.1, [1, 1], **wrong)

"""How far a value goes within a cost: curves whose answer is known."""

import pytest

from support import grid_at, load_of, microgrid, option
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.alternatives import find_alternatives
from verdigrid.studies.farthest import MOST_TRIES, NEAR, Try, farthest


def search(cost, start, end, most, gap=0.0):
    """The answer for a curve of cost by value, and the limits that were tried."""
    tried = []

    def at(limit):
        tried.append(limit)
        return Try(limit, cost(limit), cost(limit) - gap, {"at": limit})

    found, bound = farthest(Try(start, cost(start), cost(start), {}), end, most, at)
    return found, bound, tried


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("power", [1, 2, 6])
@pytest.mark.parametrize("most", [1.0, 20.0, 90.0])
def test_curves(power, sign, most):
    """Cost is 100 s^p on the way from 0 to 1: most is reached at (most/100)^(1/p)."""
    exact = (most / 100) ** (1 / power)
    found, bound, tried = search(lambda s: 100 * abs(s) ** power, 0.0, sign, most)
    assert found.cost <= most
    assert abs(found.value) <= exact + 1e-9 <= abs(bound) + 2e-9
    assert len(tried) <= MOST_TRIES
    assert abs(bound - found.value) <= 4 * NEAR
    assert found.plan == {"at": found.value} or found.value == 0.0


def test_an_end_within_the_cost_is_one_try():
    found, bound, tried = search(lambda s: 10 - s, 5.0, 0.0, 10.0)
    assert (found.value, bound, tried) == (0.0, 0.0, [0.0])


def test_what_is_at_the_end_already_is_no_try():
    found, bound, tried = search(lambda s: 1.0, 0.0, 0.0, 2.0)
    assert (found.value, bound, tried) == (0.0, 0.0, [])


def test_no_plan_at_all_beyond():
    """At less than 3 there is no plan: infinite cost, which a chord can't use."""
    nothing = float("inf")
    found, bound, _ = search(lambda s: 1.0 if s >= 3.0 else nothing, 10.0, 0.0, 2.0)
    assert 3.0 <= found.value <= 3.4
    assert 2.6 <= bound <= 3.0


def test_what_is_not_proven_is_no_bound():
    """Costs are proven to 30: a cost of 100 s above 20 may be none."""
    found, bound, _ = search(lambda s: 100 * s, 0.0, 1.0, 20.0, gap=30.0)
    assert found.value == pytest.approx(0.2, abs=0.02)
    assert bound >= 0.5 - 1e-9


def test_a_step_is_found_to_a_share_of_the_way():
    found, bound, _ = search(lambda s: 0.0 if s <= 0.37 else 50.0, 0.0, 1.0, 20.0)
    assert found.value <= 0.37 <= bound
    assert bound - found.value < 0.15


def test_ends_of_a_site_that_is_solved_in_windows():
    """As by hand in test_alternatives: good shrinks by 15.2 of 40, dear grows to 40."""
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}
    prices = {"good": 0.5, "fair": 0.9, "dear": 1.1}
    hours = 24
    parts = {
        "grid": grid_at(1.0 / hours),
        "plant": load_of([100.0] * hours),
        **{n: {**pv, "capacity": option("kw", 40.0, p)} for n, p in prices.items()},
    }
    options = SolveOptions(1e-6, 60.0, 1, "certified")
    found = find_alternatives(microgrid(parts, hours), 0.1, options)
    assert found.cost == pytest.approx(76, rel=1e-4)
    good, fair, dear = found.ranges
    assert good.least.value == pytest.approx(24.8, abs=0.04 * 40)
    assert good.least.bound <= 24.8 + 1e-6 <= good.least.value + 2e-6
    assert good.greatest.value == pytest.approx(40)
    assert (fair.least.value, fair.greatest.value) == pytest.approx((0, 40), abs=1e-6)
    assert (dear.least.value, dear.greatest.value) == pytest.approx((0, 40), abs=1e-6)
    assert [r.verdict for r in found.ranges] == ["must", "taste", "taste"]
    ends = [end for r in found.ranges for end in (r.least, r.greatest)]
    assert all(end.plan["net_present_cost"] <= found.most for end in ends)
    assert all(end.plan["checks"] > 0 for end in ends)
    # 7.6 to spend: 40 of dear for 4 leave 3.6, and the grid is not needed
    assert found.carbon.least.value == pytest.approx(0.0, abs=0.01 * 20 * hours)
    assert "small sites" in found.carbon.greatest.reason

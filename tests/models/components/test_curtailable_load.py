from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import figures_of, grid_at, load_of, microgrid, objective, planned, series
from verdigrid.models.errors import InputError
from verdigrid.results.recompute import recompute


class TestCurtailableLoad(ComponentHarness):
    kind = "curtailable_load"
    residuals = ("unserved limit", "yearly limit")
    example: ClassVar = {
        "periods": 4,
        "components": {
            "grid": grid_at([0.1, 0.5, 0.9, 0.2]),
            "line": {
                "kind": "curtailable_load",
                "bus": "power",
                "profile": series([10, 20, 30, 40]),
                "max_fraction": series([0.5, 0.5, 0.4, 0.2]),
                "price_per_kwh": series([0.3, 0.3, 0.4, 0.4]),
                "max_kwh_per_year": 15.0,
            },
        },
    }


def site(prices, demand, *, represents="as_is", import_limit_kw=1000.0, **more):
    line = {
        "kind": "curtailable_load",
        "bus": "power",
        "profile": series(demand),
        "max_fraction": 0.5,
        "price_per_kwh": 0.3,
        **more,
    }
    grid = grid_at(prices, import_limit_kw=import_limit_kw)
    components = {"grid": grid, "line": line}
    return microgrid(components, len(demand), represents=represents)


def unserved(plan):
    return plan.values["line"]["unserved_kw"]


def test_demand_is_left_where_it_is_worth_less_than_it_costs():
    plan = planned(site([0.2, 0.4], [10, 20]))
    assert unserved(plan) == pytest.approx([0, 10])
    assert plan.objective == pytest.approx(0.2 * 10 + 0.4 * 10 + 0.3 * 10)
    assert sum(recompute(plan).accounts["line"].costs["om", "lost production"]) == (
        pytest.approx(3)
    )


def test_share_and_value_vary_in_time():
    plan = planned(
        site(
            [0.4, 0.4, 0.4],
            [10, 10, 10],
            max_fraction=series([0.1, 1.0, 1.0]),
            price_per_kwh=series([0.3, 0.3, 0.5]),
        )
    )
    assert unserved(plan) == pytest.approx([1, 10, 0])


def test_the_yearly_limit_is_kept_for_the_dearest_hours():
    plan = planned(site([0.4, 0.6, 0.5], [10, 10, 10], max_kwh_per_year=7.0))
    assert unserved(plan) == pytest.approx([0, 5, 2])


def test_a_horizon_that_stands_for_a_year_is_weighted_to_it():
    """Two hours stand for 8760: of each kWh in them, the year has 4380."""
    plan = planned(
        site([0.4, 0.6], [10, 10], max_kwh_per_year=4380 * 3.0, represents="year")
    )
    assert unserved(plan) == pytest.approx([0, 3])


def test_it_helps_where_the_connection_is_too_small():
    plan = planned(site(0.1, [10, 20], import_limit_kw=16.0))
    assert unserved(plan) == pytest.approx([0, 4])


def test_indicators_count_energy_and_hours():
    plan = planned(site([0.4, 0.6, 0.1], [10, 10, 10], max_kwh_per_year=7.0))
    assert figures_of(plan, "line") == pytest.approx(
        {
            "demand": 30,
            "unserved": 7,
            "unserved share": 7 / 30,
            "hours with curtailment": 2,
            "largest curtailment": 5,
        }
    )


whole = st.lists(st.integers(0, 50), min_size=4, max_size=4)


@settings(max_examples=8, deadline=None)
@given(whole, whole, st.integers(1, 50))
def test_every_hour_takes_the_cheaper_of_buying_and_losing(demand, prices, value):
    made = site(prices, demand, price_per_kwh=value, max_fraction=0.25)
    expected = sum(
        d * (0.75 * p + 0.25 * min(p, value))
        for d, p in zip(demand, prices, strict=True)
    )
    assert objective(made) == pytest.approx(expected, abs=1e-6)
    plain = microgrid({"grid": grid_at(prices), "line": load_of(demand)}, 4)
    never = site(prices, demand, price_per_kwh=value, max_fraction=0.0)
    assert objective(never) == pytest.approx(objective(plain), abs=1e-6)
    limited = site(prices, demand, price_per_kwh=value, max_kwh_per_year=5.0)
    freer = site(prices, demand, price_per_kwh=value, max_kwh_per_year=9.0)
    assert objective(freer) <= objective(limited) + 1e-6


def test_percent_is_refused_with_its_hour():
    with pytest.raises(InputError, match=r"max_fraction: got 30 at 2026-01-01 01:00"):
        site(0.1, [1, 1], max_fraction=series([0.3, 30]))


def test_a_gain_from_losing_production_is_refused_with_its_hour():
    with pytest.raises(InputError, match=r"-0.1 at 2026-01-01 01:00 \(1 steps\)"):
        site(0.1, [1, 1], price_per_kwh=series([0.3, -0.1]))


@pytest.mark.parametrize("missing", ["price_per_kwh", "max_fraction"])
def test_neither_the_value_nor_the_share_is_assumed(missing):
    with pytest.raises(ValidationError):
        site(0.1, [1, 1], **{missing: None})

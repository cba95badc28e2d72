"""The price of a tonne against plans with the cap moved."""

import pytest

from support import EXACT, grid_at, load_of, microgrid, option, planned
from verdigrid.results.outcome import Outcome
from verdigrid.studies.check_price import check_prices


def site(tonnes, clean=(60.0, 40.0)):
    """100 kWh at 0.5 kg; up to 60 kWh clean at 0.2 more, the rest at 0.4 more."""
    parts = {
        "grid": grid_at(0.1),
        "near": grid_at(0.3, import_limit_kw=clean[0], emissions_kg_per_kwh=0.0),
        "far": grid_at(0.5, import_limit_kw=clean[1], emissions_kg_per_kwh=0.0),
        "plant": load_of([100.0]),
    }
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": tonnes}
    return microgrid(parts, 1, policies={"cap": cap})


def checked(grid):
    return check_prices(Outcome(planned(grid)), EXACT)


def test_both_sides_agree_where_nothing_changes():
    """0.2 more for half a kilogram less: 400 a tonne."""
    (check,) = checked(site(0.030))
    assert check.shadow_price == pytest.approx(400)
    assert check.looser == pytest.approx(400)
    assert check.tighter == pytest.approx(400)
    assert check.moved_tonnes == pytest.approx(0.0003)


def test_a_kink_is_seen_on_its_side():
    """At 20 kg the near line is full: 400 a tonne on one side, 800 on the other."""
    (check,) = checked(site(0.020))
    assert check.looser == pytest.approx(400)
    assert check.tighter == pytest.approx(800)
    assert 400 - 1e-6 <= check.shadow_price <= 800 + 1e-6


def test_a_cap_that_can_not_be_tightened():
    (check,) = checked(site(0.020, clean=(60.0, 0.0)))
    assert check.tighter is None
    assert check.looser == pytest.approx(400)


def test_a_decision_makes_price_and_difference_differ():
    """A roof of 3 for 20 kWh less is bought whole or not at all."""
    roof = option("kw", 20.0, 0.0, capex_fixed=3.0, min_kw=20.0)
    grid = site(0.0401)
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0, "capacity": roof}
    parts = {n: c.model_dump(by_alias=True) for n, c in grid.components.items()}
    rules = {n: p.model_dump() for n, p in grid.policies.items()}
    whole = microgrid({**parts, "roof": pv}, 1, policies=rules)
    (check,) = checked(whole)
    # The roof already brings 40 kg: the cap does not bind, tightened it does.
    assert check.shadow_price == pytest.approx(0, abs=1e-6)
    assert check.looser == pytest.approx(0, abs=1e-6)
    assert check.tighter >= 0

"""The grid fee by full-load hours: which side, and that no other is cheaper."""

import numpy as np
import pytest
from pydantic import ValidationError

from charges import bill, plan, year_plan
from verdigrid.models.tariffs.tariff import Tariff

#: Medium voltage fee of a German network, 2025; both sides cost about 146.4 at 2500 h.
BELOW = {"per_kw_year": 21.49, "per_kwh": 0.05}
ABOVE = {"per_kw_year": 119.08, "per_kwh": 0.0109}


def fee(below=BELOW, above=ABOVE, **more):
    return {"full_load_hours_fee": {"below": below, "above": above, **more}}


def year_of(mean, peak):
    """A year of days at one power but for one, which is the peak."""
    load = np.full(365, (365 * mean - peak) / 364)
    load[100] = peak
    return load


@pytest.mark.parametrize(
    ("hours", "side", "word"), [(2000, BELOW, "below"), (6000, ABOVE, "above")]
)
def test_the_side_follows_from_the_hours(hours, side, word):
    solution = year_plan(year_of(100 * hours / 8760, 100.0), fee())
    energy = side["per_kwh"] * 100 * hours
    assert solution.objective == pytest.approx(side["per_kw_year"] * 100 + energy)
    lines = bill(solution)
    assert lines[f"grid fee, {word} 2500 h: energy"].sum() == pytest.approx(energy)


def test_exactly_at_the_threshold():
    """Where both hold, the cheaper: 119.08 + 27.25 is less than 21.49 + 125."""
    solution = year_plan(year_of(100 * 2500 / 8760, 100.0), fee())
    assert solution.objective == pytest.approx(100 * (119.08 + 2500 * 0.0109))


#: A jump: at 5000 h/a a kW pays 1200 below and 1000 above.
STEEP = fee(
    {"per_kw_year": 200.0, "per_kwh": 0.2},
    {"per_kw_year": 900.0, "per_kwh": 0.02},
    threshold_h=5000.0,
)
FLAT = fee(
    {"per_kw_year": 100.0, "per_kwh": 0.18},
    {"per_kw_year": 800.0, "per_kwh": 0.04},
    threshold_h=5000.0,
)


@pytest.mark.parametrize("tariff", [STEEP, FLAT])
@pytest.mark.parametrize("dear", [0.0, 0.5, 4.0])
@pytest.mark.parametrize("load", [(10.0, 90.0), (40.0, 60.0), (0.0, 100.0)])
def test_against_every_dispatch(tariff, dear, load):
    """Two hours, of which the second is dear; a battery shifts between them."""
    sides = tariff["full_load_hours_fee"]
    weight, energy = 4380, sum(load) * 4380

    def cost(first):
        second = sum(load) - first
        peak = max(first, second)
        hours = energy / peak
        held = [sides["below"]] if hours <= 5000 + 1e-9 else []
        held += [sides["above"]] if hours >= 5000 - 1e-9 else []
        paid = min(s["per_kw_year"] * peak + s["per_kwh"] * energy for s in held)
        return paid + weight * dear * second

    finest = np.r_[np.linspace(0, 100, 10_001), energy / 5000, 100 - energy / 5000]
    every = [cost(first) for first in finest]
    solution = plan(
        load,
        tariff,
        [0.0, dear],
        battery=True,
        represents="year",
        finance={"discount_rate": 0.0, "horizon_years": 1},
    )
    assert solution.objective == pytest.approx(min(every), rel=1e-7)
    assert solution.facts["integers"] == 1


def test_where_both_sides_meet_the_cheaper_list_holds():
    """Then the fee is the least of two linear ones, each of which is easy."""
    low, high = {"per_kw_year": 0.0, "per_kwh": 0.1}, {"per_kw_year": 250.0}
    met = fee(low, {**high, "per_kwh": 0.0})
    load, price = [30.0, 70.0, 10.0, 50.0], [0.1, 0.2, 0.3, 0.05]
    more = {"battery": True, "represents": "as_is"}
    lists = [
        {"adders_per_kwh": {"fee": 0.1}},
        {"demand_charges": [{"name": "fee", "rate_per_kw": 250.0, "per": "year"}]},
    ]
    costs = [plan(load, tariff, price, **more).objective for tariff in lists]
    assert plan(load, met, price, **more).objective == pytest.approx(min(costs))


def test_sides_that_reward_a_higher_peak_are_refused():
    with pytest.raises(ValidationError, match=r"raise below\.per_kw_year by 10 "):
        Tariff.model_validate(
            {
                "price_per_kwh": 0.1,
                **fee(
                    {**BELOW, "per_kw_year": 11.33}, {**ABOVE, "per_kw_year": 119.08}
                ),
            }
        )

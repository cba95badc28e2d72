"""Cost curves: exact on every segment, decisions only where prices fall."""

from itertools import pairwise

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from support import grid_at, load_of, microgrid, planned, series
from verdigrid.models.capacity import EnergyCapacity, PowerCapacity
from verdigrid.models.cost_curve import Curve, PowerSegment, curve_up_to

NO_OM = {"om_per_kw_year": 0.0}


def curve_of(*segments):
    """Segments from pairs (end, price)."""
    return [{"up_to_kw": float(end), "capex_per_kw": float(p)} for end, p in segments]


def roof_with(policies=None, **capacity):
    """PV that yields 0.5 and 1; load of 10 in both hours; power at 0.1."""
    parts = {
        "grid": grid_at(0.1),
        "plant": load_of([10, 10]),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": series([0.5, 1.0]),
            "capacity": {**NO_OM, **capacity},
        },
    }
    return microgrid(parts, 2, policies=policies)


def cheapest(capacity, new, cheapest_first=True):
    """Least price of a purchase of exactly ``new``, and the segments behind it."""
    model = pyo.ConcreteModel()
    model.part = pyo.Block()
    held, price = capacity.build(model.part, cheapest_first=cheapest_first)
    model.size = pyo.Constraint(expr=held.new == new)
    sense = pyo.minimize if cheapest_first else pyo.maximize
    model.cost = pyo.Objective(expr=price, sense=sense)
    solver = pyo.SolverFactory("appsi_highs")
    solver.highs_options = {"mip_rel_gap": 0.0, "mip_feasibility_tolerance": 1e-9}
    solver.solve(model)
    count = len(capacity.curve.widths)
    filled = [pyo.value(model.part.component(f"filled_{n}")) for n in range(count)]
    return pyo.value(price), filled


# -- by hand ---------------------------------------------------------------------


def test_the_second_stretch_is_cheaper_but_the_first_must_be_bought():
    """10 kW cost 5 x 0.20 + 5 x 0.05 = 1.25 and save 0.15 each; fewer never pay."""
    curve = curve_of((5, 0.2), (30, 0.05))
    plan = planned(roof_with(max_kw=30.0, cost_curve=curve))
    assert plan.size("roof", "capacity").new == pytest.approx(10)
    assert plan.objective == pytest.approx(1.25 + 0.5)
    assert plan.facts["integers"] == 1


def test_the_dearer_stretch_is_left():
    """A kW saves 0.15 up to 10 kW: the one for 0.16 does not pay."""
    curve = curve_of((5, 0.02), (30, 0.16))
    plan = planned(roof_with(max_kw=30.0, cost_curve=curve))
    assert plan.size("roof", "capacity").new == pytest.approx(5)
    assert plan.objective == pytest.approx(5 * 0.02 + 2.0 - 5 * 0.15)
    assert plan.facts["integers"] == 0


def test_only_new_capacity_is_on_the_curve():
    curve = curve_of((3, 0.2), (26, 0.05))
    plan = planned(roof_with(existing_kw=4.0, max_kw=30.0, cost_curve=curve))
    assert plan.size("roof", "capacity").new == pytest.approx(6)
    assert plan.objective == pytest.approx(3 * 0.2 + 3 * 0.05 + 0.5)


def test_fixed_cost_and_smallest_purchase_go_with_a_curve():
    """12 kW cost 0.1 + 5 x 0.1 + 7 x 0.06 = 1.02 and leave 4 kWh; fewer can't be."""
    curve = curve_of((5, 0.1), (30, 0.06))
    fields = {"max_kw": 30.0, "min_kw": 12.0, "capex_fixed": 0.1, "cost_curve": curve}
    plan = planned(roof_with(**fields))
    assert plan.size("roof", "capacity").new == pytest.approx(12)
    assert plan.objective == pytest.approx(1.02 + 0.4)
    assert plan.facts["integers"] == 2


def test_units_of_a_curve():
    """12 kW cost 0.5 + 7 x 0.03 = 0.71 and leave 4 kWh at 0.1; 16 kW 0.83 and 2 kWh.

    20 kW cost 0.95 and leave none; a sixth unit is of no use.
    """
    curve = curve_of((5, 0.1), (16, 0.03), (30, 0.06))
    plan = planned(roof_with(max_kw=30.0, unit_kw=4.0, cost_curve=curve))
    size = plan.size("roof", "capacity")
    assert (size.units, size.new) == (4, pytest.approx(16))
    assert plan.objective == pytest.approx(0.83 + 0.2)


def test_what_others_pay_for_fills_no_dear_segment_first():
    """Where a purchase earns (all credited, salvage left), nothing is skipped."""
    capacity = PowerCapacity.model_validate(
        {**NO_OM, "max_kw": 30.0, "cost_curve": curve_of((10, 1), (20, 2), (30, 3))}
    )
    price, filled = cheapest(capacity, 15.0, cheapest_first=False)
    assert filled == pytest.approx([10, 5, 0])
    assert price == pytest.approx(20)


@pytest.mark.parametrize(("room", "new"), [(20.0, 20.0), (14.0, 0.0)])
def test_a_purchase_that_others_pay_for(room, new):
    """All is credited and nine tenths of the price are left after the year.

    A kW of the first 10 costs 12 of upkeep and leaves 9, of the next 10 it leaves 18:
    20 kW gain 30, but 14 lose 6, for nobody gets the second 10 before the first.
    """
    roof = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": 0.0,
        "capacity": {
            **{"max_kw": 20.0, "om_per_kw_year": 12.0, "lifetime_years": 10.0},
            "cost_curve": curve_of((10, 10), (20, 20)),
        },
    }
    parts = {"grid": grid_at(0.0), "plant": load_of(1.0), "roof": roof}
    rule = {"kind": "shared_limit", "uses": {"roof.capacity": 1.0}, "at_most": room}
    tax = {"rate": 0.0, "depreciation": [1.0], "credit_share": 1.0}
    finance = {"discount_rate": 0.0, "horizon_years": 1, "tax": tax}
    site = microgrid(
        parts, 2, policies={"rule": rule}, finance=finance, represents="year"
    )
    plan = planned(site)
    assert plan.size("roof", "capacity").new == pytest.approx(new)
    assert plan.objective == pytest.approx(-30.0 if new else 0.0)


# -- exact ------------------------------------------------------------------------

segments = st.lists(
    st.tuples(st.floats(1.0, 50.0), st.sampled_from([0.0, 1.0, 2.0, 3.5, 7.0])),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(segments, st.floats(0, 1), st.floats(0.3, 1))
@example([(5.0, 2.0), (5.0, 1.0), (5.0, 2.0), (5.0, 1.0)], 0.6, 1.0)
def test_price_is_that_of_the_curve(stretches, share, room):
    ends = np.cumsum([width for width, _ in stretches])
    prices = [price for _, price in stretches]
    most = float(ends[-1] * room)
    capacity = PowerCapacity.model_validate(
        {
            **NO_OM,
            "max_kw": most,
            "cost_curve": curve_of(*zip(ends, prices, strict=True)),
        }
    )
    new = share * most
    costs = np.cumsum([w * p for w, p in stretches])
    exact = float(np.interp(new, [0.0, *ends], [0.0, *costs]))
    price, filled = cheapest(capacity, new)
    assert price == pytest.approx(exact, abs=1e-6 * max(1.0, costs[-1]))
    assert capacity.curve.cost(new) == pytest.approx(
        exact, abs=1e-9 * max(1, costs[-1])
    )
    # no segment before a used one is left in part
    widths = capacity.curve.widths
    used = [n for n, kw in enumerate(filled) if kw > 1e-6]
    for n in range(max(used, default=0)):
        assert filled[n] == pytest.approx(widths[n], abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(segments)
def test_decisions_stand_only_where_prices_fall(stretches):
    ends = np.cumsum([width for width, _ in stretches])
    prices = [price for _, price in stretches]
    falls = sum(b < a for a, b in pairwise(prices))
    most = float(ends[-1])
    capacity = PowerCapacity.model_validate(
        {
            **NO_OM,
            "max_kw": most,
            "cost_curve": curve_of(*zip(ends, prices, strict=True)),
        }
    )
    model = pyo.ConcreteModel()
    capacity.build(model)
    whole = [v for v in model.component_data_objects(pyo.Var) if v.is_integer()]
    assert len(whole) == falls


def test_looser_never_costs_more():
    """A lower price of any segment, or more room, never makes the plan dearer."""
    costs = []
    for low, most in ((0.1, 6.0), (0.1, 12.0), (0.06, 12.0), (0.03, 30.0)):
        curve = curve_of((5, 0.14), (9, low), (30, 0.08))
        costs.append(planned(roof_with(max_kw=most, cost_curve=curve)).objective)
    assert costs == sorted(costs, reverse=True)


# -- small print ---------------------------------------------------------------------


def test_curve_ends_with_the_room_and_joins_equal_prices():
    stretches = [(5, 2.0), (10, 2.0), (20, 1.0), (40, 0.5)]
    drawn = [PowerSegment(up_to_kw=float(e), capex_per_kw=p) for e, p in stretches]
    assert curve_up_to(drawn, 20.0) == Curve((10.0, 10.0), (2.0, 1.0))


def test_keys_carry_the_unit():
    energy = EnergyCapacity.model_validate(
        {
            "max_kwh": 5.0,
            "om_per_kwh_year": 0.0,
            "cost_curve": [{"up_to_kwh": 5.0, "capex_per_kwh": 2.0}],
        }
    )
    assert energy.curve.cost(3.0) == 6


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cost_curve": curve_of((5, 1), (5, 2))}, "ends beyond the one before"),
        ({"cost_curve": curve_of((8, 1), (5, 2))}, "ends beyond the one before"),
        ({"cost_curve": curve_of((5, 1), (9, 2))}, "ends at 9, but up to 10 can be"),
        ({"cost_curve": []}, "at least one segment"),
        ({"cost_curve": curve_of((10, -1))}, "capex_per_kw"),
        ({"cost_curve": curve_of((0, 1))}, "up_to_kw"),
        ({"cost_curve": curve_of((10, 1)), "capex_per_kw": 1.0}, "give only one of"),
        ({"cost_curve": [{"up_to_kwh": 10.0, "capex_per_kwh": 1.0}]}, "up_to_kw"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        PowerCapacity.model_validate({**NO_OM, "max_kw": 10.0, **fields})

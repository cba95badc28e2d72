"""Whole units, and real products with a size and a price."""

from dataclasses import replace
from itertools import product as combinations

import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pyomo.contrib.appsi.solvers import Highs

from support import checks_of, grid_at, load_of, microgrid, planned, series
from verdigrid.models.capacity import EnergyCapacity, PowerCapacity
from verdigrid.models.catalogue import PowerProduct, largest
from verdigrid.results.recompute import recompute
from verdigrid.results.tabulate import tabulate

NO_OM = {"om_per_kw_year": 0.0}


def product(name, kw, capex, **more):
    return {"name": name, "kw": kw, "capex": capex, "om_per_year": 0.0, **more}


def roof_with(**capacity):
    """PV that yields 0.5 and 1; load of 10 in both hours; power at 0.1."""
    parts = {
        "grid": grid_at(0.1),
        "plant": load_of([10, 10]),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": series([0.5, 1.0]),
            "capacity": capacity,
        },
    }
    return microgrid(parts, 2)


def size_of(plan):
    return plan.size("roof", "capacity")


# -- units -------------------------------------------------------------------------


def test_units_are_whole():
    """12 kW of units of 4 save 1.6 for 0.72; a fourth would save 0.2 for 0.24."""
    plan = planned(roof_with(**NO_OM, max_kw=30.0, unit_kw=4.0, capex_per_kw=0.06))
    assert (size_of(plan).units, size_of(plan).new) == (3, pytest.approx(12))
    assert plan.objective == pytest.approx(0.72 + 0.4)


def test_units_that_stand():
    fields = {"existing_units": 2, "unit_kw": 4.0, "max_kw": 30.0}
    plan = planned(roof_with(**NO_OM, **fields, capex_per_kw=0.06))
    size = size_of(plan)
    assert (size.existing, size.units, size.total) == (8, 1, pytest.approx(12))
    again = {**fields, "existing_kw": 8.0, **NO_OM, "capex_per_kw": 0.06}
    assert PowerCapacity.model_validate(again).existing == 8


def test_room_that_is_no_multiple_is_not_filled():
    plan = planned(roof_with(**NO_OM, max_kw=7.9, unit_kw=4.0, capex_per_kw=0.01))
    assert size_of(plan).new == pytest.approx(4)
    whole = {**NO_OM, "max_kw": 0.3, "unit_kw": 0.1, "capex_per_kw": 1.0}
    assert PowerCapacity.model_validate(whole).most_units == 3


def test_smallest_purchase_in_units():
    """At least 13 kW are four units of 4, for 0.064 each: 1.024 + 0.2, not 2."""
    fields = {"max_kw": 30.0, "min_kw": 13.0, "unit_kw": 4.0}
    plan = planned(roof_with(**NO_OM, **fields, capex_per_kw=0.064))
    assert (size_of(plan).units, plan.facts["integers"]) == (4, 2)
    assert plan.objective == pytest.approx(1.024 + 0.2)


# -- products ----------------------------------------------------------------------


def test_one_product_is_chosen():
    """9 kW for 0.6 leave 6.5 kWh; two of 6 kW for 0.7 leave 4, for 0.05 more less."""
    goods = [product("six", 6.0, 0.35, max_count=2), product("nine", 9.0, 0.62)]
    plan = planned(roof_with(catalogue=goods))
    assert size_of(plan).products == {"six": 2, "nine": 0}
    assert plan.objective == pytest.approx(0.7 + 0.4)


def test_products_together_if_allowed():
    """6 and 4 kW for 0.49 give 10 kW; alone the best is 6 kW twice."""
    goods = [product("six", 6.0, 0.31, max_count=2), product("four", 4.0, 0.18)]
    alone = planned(roof_with(catalogue=goods))
    together = planned(roof_with(catalogue=goods, catalogue_choice="any"))
    assert size_of(alone).products == {"six": 2, "four": 0}
    assert size_of(together).products == {"six": 1, "four": 1}
    assert together.objective == pytest.approx(0.49 + 0.5)
    assert alone.objective == pytest.approx(0.62 + 0.4)


def test_products_pay_their_own_operation_and_carbon():
    """8760 a year over two hours is 2; 87600 kg over 20 years as well 1 kg."""
    goods = [
        product("cheap", 10.0, 0.1, om_per_year=8760.0),
        product("good", 10.0, 0.3, om_per_year=438.0, embodied_kg=87600.0),
    ]
    site = roof_with(
        existing_kw=2.0, om_per_kw_year=438.0, catalogue=goods, lifetime_years=20.0
    )
    plan = planned(site)
    assert size_of(plan).products == {"cheap": 0, "good": 1}
    # 12 kW: 0.4 kWh short of 20... 6 + 10 of 20 kWh; what stands pays 2 x 0.1
    assert plan.objective == pytest.approx(0.3 + 0.1 + 0.2 + 0.4)
    again = recompute(plan).emissions
    embodied = [kg for (_, carbon), kg in again.items() if carbon.source == "embodied"]
    assert embodied == [pytest.approx(87600 / 20 * 2 / 8760)]


def test_room_limits_products():
    goods = [product("six", 6.0, 0.1, max_count=9)]
    plan = planned(roof_with(**NO_OM, existing_kw=3.0, max_kw=10.0, catalogue=goods))
    assert size_of(plan).total == pytest.approx(9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(1, 30), st.integers(1, 3)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["one", "any"]),
    st.integers(9, 40),
    st.integers(0, 12),
)
def test_cheapest_choice_is_that_of_enumeration(goods, choice, room, wanted):
    named = [
        product(f"p{n}", float(kw), float(capex), max_count=count)
        for n, (kw, capex, count) in enumerate(goods)
    ]
    fields = {"max_kw": float(room), "catalogue": named, "catalogue_choice": choice}
    capacity = PowerCapacity.model_validate(fields)
    best = [
        sum(n * capex for n, (_, capex, _) in zip(counts, goods, strict=True))
        for counts in combinations(*(range(count + 1) for _, _, count in goods))
        if choice == "any" or sum(n > 0 for n in counts) <= 1
        if wanted
        <= sum(n * kw for n, (kw, _, _) in zip(counts, goods, strict=True))
        <= room
    ]
    model = pyo.ConcreteModel()
    model.part = pyo.Block()
    held, price = capacity.build(model.part)
    model.wanted = pyo.Constraint(expr=held.new >= wanted)
    model.cost = pyo.Objective(expr=price)
    solver = Highs()
    solver.config.load_solution = False
    found = solver.solve(model)
    if not best:
        assert found.best_feasible_objective is None
        return
    assert found.best_feasible_objective == pytest.approx(min(best))


@pytest.mark.parametrize(
    ("choice", "room", "most"),
    [("one", 20.0, 18.0), ("any", 20.0, 19.0), ("any", 99.0, 25.0), ("one", 3.0, 0.0)],
)
def test_largest_purchase(choice, room, most):
    goods = [product("six", 6.0, 1.0, max_count=3), product("seven", 7.0, 1.0)]
    assert largest([PowerProduct(**p) for p in goods], choice, room) == most


def test_keys_carry_the_unit():
    goods = [{"name": "b", "kwh": 5.0, "capex": 1.0, "om_per_year": 0.0}]
    assert EnergyCapacity.model_validate({"catalogue": goods}).limit == 5


# -- what results say ----------------------------------------------------------------


def test_table_and_reason_name_what_is_bought():
    goods = [product("six", 6.0, 0.31, max_count=2), product("four", 4.0, 0.18)]
    plan = planned(roof_with(catalogue=goods, catalogue_choice="any"))
    (row,) = tabulate(plan).capacities.to_dict("records")
    assert row["products"] == row["reason"] == "1 x six, 1 x four"
    assert not {"units", "kept"} & set(row)
    plan = planned(roof_with(**NO_OM, max_kw=30.0, unit_kw=4.0, capex_per_kw=0.06))
    (row,) = tabulate(plan).capacities.to_dict("records")
    assert (row["units"], row["reason"]) == (3, "3 units of 4 kW")


@pytest.mark.parametrize(
    "wrong",
    [
        {"products": {"six": 2, "four": 0}},
        {"products": {"six": 1, "four": 0}, "new": 6.5},
        {"products": {"six": 0, "four": 3}, "new": 12.0},
    ],
)
def test_what_nobody_sells_fails_the_check(wrong):
    goods = [product("six", 6.0, 0.31, max_count=2), product("four", 4.0, 0.18)]
    plan = planned(roof_with(catalogue=goods, catalogue_choice="any"))
    tampered = replace(plan, sizes=(replace(plan.sizes[0], **wrong),))
    failed = {check.what for check in checks_of(tampered) if not check.holds}
    assert "roof: capacity within its limits" in failed


GOODS = [product("six", 6.0, 0.3)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"catalogue": GOODS, "capex_per_kw": 1.0},
            "give only one of capex_per_kw and",
        ),
        ({"catalogue": []}, "catalogue needs products"),
        ({"catalogue": GOODS * 2}, "each with a name of its own"),
        (
            {"catalogue": GOODS, "max_kw": 5.0},
            "every product of the catalogue is larger",
        ),
        ({"catalogue": GOODS, "max_kw": 9.0, "unit_kw": 2.0}, "no unit_kw"),
        ({"catalogue": GOODS, "existing_kw": 1.0}, "om_per_kw_year missing"),
        ({"catalogue": GOODS, "min_kw": 7.0}, "min_kw .7. is more than can be bought"),
        ({"catalogue": [product("a", 0.0, 1.0)]}, "kw"),
        ({"catalogue": [product("a", 1.0, -1.0)]}, "capex"),
        ({"catalogue": [{"name": "a", "kw": 1.0, "capex": 1.0}]}, "om_per_year"),
        ({"catalogue_choice": "any"}, "about a catalogue"),
        (
            {**NO_OM, "max_kw": 5.0, "unit_kw": 6.0, "capex_per_kw": 1.0},
            r"unit_kw \(6\) is more than can be bought \(5\)",
        ),
        ({**NO_OM, "existing_units": 2}, "existing_units counts units: add unit_kw"),
        (
            {**NO_OM, "existing_units": 2, "unit_kw": 2.0, "existing_kw": 5.0},
            "not existing_units x unit_kw",
        ),
        ({**NO_OM, "existing_units": -1, "unit_kw": 2.0}, "existing_units"),
        ({**NO_OM, "unit_kw": 0.0}, "unit_kw"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        PowerCapacity.model_validate(fields)

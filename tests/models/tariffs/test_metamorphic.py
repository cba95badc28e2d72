"""What must hold of any bill: tried on random loads, with and without a battery."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charges import bill, plan
from support import load_of, microgrid, planned

few = settings(max_examples=5, deadline=None, derandomize=True)
#: Three hours of January and three of February.
START = dt.datetime(2026, 1, 31, 21)
loads = st.lists(st.integers(0, 100).map(float), min_size=6, max_size=6)
PRICE = [0.1, 0.3, 0.2, 0.5, 0.1, 0.4]
BASIC = {"transformer_kva": 125.0, "per_kva_month": 22.6, "per_kw_month": 36.1}


def cost(load, tariff, price=PRICE):
    return plan(load, tariff, price, battery=True, start=START).objective


def basic(mode, **fields):
    return {"basic_charge": {**BASIC, "mode": mode, **fields}}


#: A tariff, and a looser one: another choice, a lower share, a shorter window.
LOOSER = [
    (basic("transformer_capacity"), basic("choose")),
    (basic("actual_demand"), basic("choose")),
    (basic("choose"), basic("choose", mode_per="quarter")),
    (basic("contracted_demand", contract_per="year"), basic("contracted_demand")),
    (
        basic("contracted_demand", contract_per="year"),
        basic("contracted_demand", contract_per="quarter"),
    ),
    (basic("contracted_demand", contract_kw=60.0), basic("contracted_demand")),
    (basic("contracted_demand"), basic("contracted_demand", contract_floor=0.2)),
    (
        basic("actual_demand"),
        basic("actual_demand", rebate={"kwh_per_kva": 0.5}),
    ),
    (
        {"demand_charges": [{"name": "a", "rate_per_kw": 9.0}]},
        {"demand_charges": [{"name": "a", "rate_per_kw": 9.0, "hours": ["22-2"]}]},
    ),
    (
        {
            "demand_charges": [
                {
                    "name": "a",
                    "rate_per_kw": 9.0,
                    "ratchet": {"share": 0.9, "look_back_months": 1},
                }
            ]
        },
        {"demand_charges": [{"name": "a", "rate_per_kw": 9.0}]},
    ),
    (
        {"minimum_per_month": 40.0},
        {"minimum_per_month": 20.0},
    ),
    (
        {
            "energy_tiers": [
                {"up_to_kwh": 90.0, "price_per_kwh": 0.3},
                {"price_per_kwh": 0.3},
            ]
        },
        {
            "energy_tiers": [
                {"up_to_kwh": 90.0, "price_per_kwh": 0.3},
                {"price_per_kwh": 0.1},
            ]
        },
    ),
]


@pytest.mark.parametrize(("tight", "loose"), LOOSER, ids=lambda tariff: "")
@few
@given(load=loads)
def test_looser_never_costs_more(tight, loose, load):
    assert cost(load, loose) <= cost(load, tight) + 1e-6


@few
@given(load=loads, part=st.floats(0.0, 0.2))
def test_a_price_split_into_two_adders_is_the_same(load, part):
    whole = cost(load, {"adders_per_kwh": {"a": 0.2}})
    split = cost(load, {"adders_per_kwh": {"a": part, "b": 0.2 - part}})
    moved = cost(load, {}, [price + 0.2 for price in PRICE])
    assert split == pytest.approx(whole, abs=1e-6)
    assert moved == pytest.approx(whole, abs=1e-6)


@few
@given(load=st.lists(st.integers(0, 100).map(float), min_size=16, max_size=16))
def test_peaks_of_quarter_hours_are_no_lower_than_those_of_hours(load):
    tariff = {"demand_charge_per_kw_month": 9.0}
    fine = plan(load, tariff, step_minutes=15)
    hourly = plan(np.reshape(load, (4, 4)).mean(axis=1), tariff)
    fine_peak, peak = (bill(one)["demand charge"].sum() for one in (fine, hourly))
    assert fine_peak >= peak - 1e-6


@few
@given(load=loads)
def test_a_charge_of_two_halves_is_one(load):
    one = {"demand_charges": [{"name": "a", "rate_per_kw": 8.0}]}
    halves = [{"name": name, "rate_per_kw": 4.0} for name in ("a", "b")]
    assert cost(load, {"demand_charges": halves}) == pytest.approx(cost(load, one))


@few
@given(load=loads)
def test_windows_that_make_up_the_day_are_the_day(load):
    day = {"demand_charges": [{"name": "a", "rate_per_kw": 8.0}]}
    parts = [{"hours": ["0-6"]}, {"hours": ["6-22"]}, {"hours": ["22-24"]}]
    parted = {"demand_charges": [{"name": "a", "rate_per_kw": 8.0, "windows": parts}]}
    assert cost(load, parted) == pytest.approx(cost(load, day))


# -- leap years and holidays, by hand --------------------------------------------


@pytest.mark.parametrize(("year", "days"), [(2027, 28), (2028, 29)])
def test_february_has_its_days(year, days):
    """An hour a day of work: 100 kW at 0.3 on workdays, at 0.1 on the others."""
    tariff = {
        "bands": {"work": 0.3, "rest": 0.1},
        "periods": [{"band": "work", "days": "workdays"}],
        "otherwise": "rest",
        "holidays": ["02-28", f"{year}-02-01"],
        "fixed_per_day": 2.0,
    }
    grid = {
        "kind": "grid",
        "bus": "power",
        "import_limit_kw": 1000.0,
        "tariff": tariff,
        "emissions_kg_per_kwh": 0.5,
    }
    site = microgrid(
        {"grid": grid, "plant": load_of([100.0] * days)},
        days,
        step_minutes=24 * 60,
        start=dt.datetime(year, 2, 1),
    )
    lines = bill(planned(site))
    # 2027: 1 February is a Monday, the 28th a Sunday: 20 - 1 workdays.
    # 2028: 1 February is a Tuesday, the 28th a Monday: 21 - 2 workdays.
    work = {2027: 19, 2028: 19}[year]
    assert lines["energy work"] == pytest.approx([work * 2400 * 0.3])
    assert lines["energy rest"] == pytest.approx([(days - work) * 2400 * 0.1])
    assert lines["fixed charge by day"] == pytest.approx([2 * days])

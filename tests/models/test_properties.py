"""What must hold on any site, tried on random small ones."""

import datetime as dt
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from support import (
    AS_IS,
    emitted,
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    objective,
    planned,
    policy,
)

STEPS = 5
few = settings(max_examples=15, deadline=None, derandomize=True)


def numbers(low, high):
    """A float of few digits, as people write them."""
    return st.integers(0, 100).map(lambda n: low + (high - low) * n / 100)


def profiles(low, high):
    return st.lists(numbers(low, high), min_size=STEPS, max_size=STEPS)


def capacities(unit, most):
    """Some of it stands, some may be bought, at times with a fixed cost."""
    return st.fixed_dictionaries(
        {
            f"existing_{unit}": numbers(0.0, most / 2),
            f"max_{unit}": numbers(most / 2, most),
            f"capex_per_{unit}": numbers(0.0, 0.3),
            f"om_per_{unit}_year": numbers(0.0, 50.0),
            "capex_fixed": st.sampled_from([0.0, 0.0, 2.0]),
        }
    )


#: Half of the engines run at any load.
commitments = st.none() | st.fixed_dictionaries(
    {
        "min_load": numbers(0.0, 1.0),
        "start_cost": numbers(0.0, 1.0),
        "ramp_per_hour": st.none() | numbers(0.1, 2.0),
    }
)


@st.composite
def sites(draw):
    """Grid, loads and bought heat, which always find a plan, and some of the rest."""
    sink_c = draw(numbers(45.0, 90.0))
    inlet_c = draw(numbers(30.0, 120.0))
    always = {
        "grid": grid_at(
            draw(profiles(0.05, 0.4)),
            tariff={
                "demand_charge_per_kw_month": draw(st.sampled_from([0.0, 1.5])),
                "export_price_per_kwh": draw(numbers(0.0, 0.04)),
            },
        ),
        "plant": load_of(draw(profiles(0.0, 60.0))),
        "gas": gas_at(draw(numbers(0.02, 0.1))),
        "neighbour": heat_at(draw(numbers(0.1, 0.3)), bus="main"),
        "process": load_of(draw(profiles(0.0, 60.0)), "main"),
        "effluent": {
            "kind": "waste_heat",
            "temperature_c": inlet_c,
            "outlet_temperature_c": 20.0,
            "profile": draw(numbers(0.0, 80.0)),
        },
    }
    optional = {
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": draw(profiles(0.0, 1.0))},
            "capacity": draw(capacities("kw", 60.0)),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": draw(capacities("kwh", 80.0)),
            "power": draw(capacities("kw", 40.0)),
        },
        "tank": {
            "kind": "thermal_storage",
            "bus": "main",
            "energy": draw(capacities("kwh", 80.0)),
            "standing_loss_per_hour": draw(numbers(0.0, 0.2)),
        },
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "main",
            "capacity": draw(capacities("kw", 60.0)),
        },
        "engine": {
            "kind": "chp",
            "fuel_bus": "gas",
            "electricity_bus": "power",
            "heat_efficiency": {"main": 0.4},
            "capacity": draw(capacities("kw", 60.0)),
            "commitment": draw(commitments),
        },
        "pump": {
            "kind": "heat_pump",
            "electricity_bus": "power",
            "bus": "main",
            "source": "effluent",
            "capacity": draw(capacities("kw", 60.0)),
        },
        "plate": {
            "kind": "heat_exchanger",
            "source": "effluent",
            "sink": "main",
            "capacity": draw(capacities("kw", 60.0)),
        },
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    if inlet_c < sink_c + 5:  # the loader refuses such an exchanger
        chosen -= {"plate"}
    return microgrid(
        {**always, **{name: optional[name] for name in sorted(chosen)}},
        STEPS,
        buses={"main": {"carrier": "heat", "temperature_c": sink_c}},
        step_minutes=draw(st.sampled_from([15, 30, 60])),
        start=dt.datetime(2026, 1, 31, 22),
        represents=draw(st.sampled_from(["as_is", "year"])),
        finance={**AS_IS, "discount_rate": draw(numbers(0.0, 0.2)), "horizon_years": 9},
    )


@few
@given(sites())
def test_balances_close_and_the_plan_is_verified(site):
    plan = planned(site)
    for bus in site.buses:
        here = [kw for entry, kw in plan.booked.injections if entry.node == bus]
        assert np.abs(sum(here, np.zeros(STEPS))).max() < 1e-6


@few
@given(sites())
def test_nothing_beats_carnot(site):
    """Heat that the stream gives to a hotter bus costs at least the ideal work."""
    plan = planned(site)
    values, stream = plan.values, site.components["effluent"]
    sink_k = site.buses["main"].temperature_c + 273.15
    offered = site.series["components.effluent.profile"]
    if "pump" in values:
        work = -sum(
            kw
            for entry, kw in plan.booked.injections
            if (entry.owner, entry.node) == ("pump", "power")
        )
        ideal = 1 - (stream.outlet_temperature_c + 273.15) / sink_k
        assert (work >= ideal * values["pump"]["heat_kw"] - 1e-6).all()
    if "plate" in values:
        span = stream.temperature_c - stream.outlet_temperature_c
        hot_share = (stream.temperature_c + 273.15 - sink_k) / span
        assert (values["plate"]["heat_kw"] <= hot_share * offered + 1e-6).all()


@few
@given(sites(), numbers(0.0, 1.0))
def test_looser_cap_is_never_dearer(site, part):
    free = planned(site)
    lowest = emitted(planned(with_carbon_price(site, 1e5)))
    limit = lowest + part * max(0.0, emitted(free) - lowest)
    tight = objective(with_cap(site, limit * 1.000001 + 1e-3))
    looser = objective(with_cap(site, limit * 1.2 + 1e-2))
    slack = 1e-6 * (1 + abs(free.objective))
    assert tight >= looser - slack
    assert looser >= free.objective - slack


def with_cap(site, kg):
    cap = policy("carbon_cap", scopes=[1, 2, 3], tonnes_per_year=max(0.0, kg) / 1000)
    return replace(site, policies={"cap": cap})


def with_carbon_price(site, price):
    tax = policy("carbon_price", scopes=[1, 2, 3], price_per_tonne=price)
    return replace(site, policies={"tax": tax})


@few
@given(sites(), numbers(1.0, 500.0))
def test_carbon_price_never_raises_emissions(site, price):
    free, taxed = planned(site), planned(with_carbon_price(site, price))
    assert emitted(taxed) <= emitted(free) * (1 + 1e-6) + 1e-6
    assert taxed.objective >= free.objective - 1e-6 * (1 + abs(free.objective))

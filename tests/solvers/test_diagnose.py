import datetime as dt

import pytest

from support import (
    gas_at,
    grid_at,
    load_of,
    microgrid,
    objective,
    option,
    planned,
    standing,
)
from verdigrid.models.errors import InfeasibleError

PV = {"kind": "pv", "bus": "power"}


def reasons(grid):
    with pytest.raises(InfeasibleError) as caught:
        planned(grid)
    return str(caught.value).splitlines()


def capped(tonnes):
    """1000 kWh; at most 50 kW of PV yield 50, 100 and 25 kWh: 825 kWh x 0.5 kg."""
    return microgrid(
        {
            "grid": grid_at(0.1),
            "plant": load_of([300, 400, 300]),
            "roof": {
                **PV,
                "yield_kw_per_kw": {"values": [1.0, 2.0, 0.5]},
                "capacity": option("kw", 50, 10.0),
            },
        },
        3,
        policies={
            "limit": {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": tonnes}
        },
    )


def test_cap_out_of_reach_names_the_lowest_emissions():
    (line,) = reasons(capped(0.2))
    assert line.startswith("policies.limit: the cap of 0.2 t")
    assert "lowest reachable is 0.4125 t CO2e" in line


def test_lowest_emissions_equal_brute_force():
    """Caps just above 412.5 kg have a plan, caps just below have none."""
    assert objective(capped(0.4125001)) > 0
    (line,) = reasons(capped(0.4124))
    assert "policies.limit" in line


def test_lowest_emissions_decide_whole_numbers_too():
    """The boiler that must be 40 kW large if built is worth it for carbon alone."""
    site = microgrid(
        {
            "gas": gas_at(0.05, emissions_kg_per_kwh=2.0),
            "old": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "efficiency": 0.5,
                "capacity": standing("kw", 1000),
            },
            "new": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "efficiency": 1.0,
                "capacity": option("kw", 100, 50.0, min_kw=40.0, capex_fixed=100.0),
            },
            "process": load_of([1000, 1000], "heat"),
        },
        2,
        policies={"c": {"kind": "carbon_cap", "scopes": [1], "tonnes_per_year": 1.0}},
    )
    # 2 x (100 + 900 / 0.5) kWh x 2 kg
    (line,) = reasons(site)
    assert "lowest reachable is 7.6 t CO2e" in line


def test_caps_that_clash():
    """Gas or grid: each cap can be kept alone, by burning the other."""
    boilers = {
        "fuel": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": 1.0,
            "capacity": standing("kw", 1000),
        },
        "electrode": {
            "kind": "electric_boiler",
            "input_bus": "power",
            "bus": "heat",
            "efficiency": 1.0,
            "capacity": standing("kw", 1000),
        },
    }
    site = microgrid(
        {
            "gas": gas_at(0.1),
            "grid": grid_at(0.1),
            **boilers,
            "p": load_of([500], "heat"),
        },
        1,
        policies={
            name: {"kind": "carbon_cap", "scopes": [scope], "tonnes_per_year": 0.01}
            for name, scope in (("fuel_cap", 1), ("power_cap", 2))
        },
    )
    (line,) = reasons(site)
    assert "fuel_cap" in line
    assert "power_cap" in line
    assert "together" in line


def test_short_bus_is_named_with_hours_and_kilowatts():
    site = microgrid(
        {"grid": grid_at(0.1, import_limit_kw=100.0), "plant": load_of([90, 130, 120])},
        3,
    )
    assert reasons(site) == [
        "buses.power: is short of up to 30.0 kW (2026-01-01 01:00), in 2 steps, "
        "50 kWh in all"
    ]


def test_energy_counts_the_length_of_the_steps():
    site = microgrid(
        {"grid": grid_at(0.1, import_limit_kw=100.0), "plant": load_of([90, 130, 120])},
        3,
        step_minutes=15,
    )
    (line,) = reasons(site)
    assert "2026-01-01 00:15" in line
    assert line.endswith("12 kWh in all")


def test_the_time_is_that_of_the_civil_clock():
    """Three hours before noon in standard time, in July in Los Angeles."""
    site = microgrid(
        {"grid": grid_at(0.1, import_limit_kw=100.0), "plant": load_of([90, 130])},
        2,
        start=dt.datetime(2026, 7, 1, 9),
        timezone="America/Los_Angeles",
    )
    (line,) = reasons(site)
    assert "(2026-07-01 11:00)" in line


def test_surplus_that_can_not_be_got_rid_of():
    """20 kW of power come with 10 kW of heat, of which only 5 are needed."""
    site = microgrid(
        {
            "gas": gas_at(0.1),
            "engine": {
                "kind": "chp",
                "fuel_bus": "gas",
                "electricity_bus": "power",
                "electric_efficiency": 0.4,
                "heat_efficiency": {"heat": 0.2},
                "dump_heat": False,
                "capacity": standing("kw", 100),
            },
            "plant": load_of([20]),
            "process": load_of([5], "heat"),
        },
        1,
    )
    assert reasons(site) == [
        "buses.heat: can't get rid of up to 5.0 kW (2026-01-01 00:00), in 1 steps, "
        "5 kWh in all"
    ]


def test_the_cap_is_not_blamed_for_a_demand_that_is_too_large():
    site = capped(100.0)
    small = microgrid(
        {"grid": grid_at(0.1, import_limit_kw=100.0), "plant": load_of([90, 130, 120])},
        3,
        policies={
            "limit": {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 9.0}
        },
    )
    assert objective(site) > 0
    (line,) = reasons(small)
    assert line.startswith("buses.power: is short of up to 30.0 kW")

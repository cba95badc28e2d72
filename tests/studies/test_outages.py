"""Outages from any start: how long a site of 30 kW runs on what it has."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from support import (
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    series,
    standing,
)
from verdigrid.models.policies.islanding import AnyStart, Islanding
from verdigrid.studies.outages import bridged_outages, outage_table, share_survived

#: A battery without losses that is full after hours 0 and 1 and empty after hour 5.
BATTERY = {
    "kind": "battery",
    "bus": "power",
    "energy": standing("kwh", 100),
    "power": standing("kw", 100),
    "charge_efficiency": 1.0,
    "discharge_efficiency": 1.0,
    "standing_loss_per_hour": 0.0,
    "min_soc": 0.0,
}
#: Cheap, then dear: the battery is filled at 0 and 1 and gives from 2 to 5.
PRICES = [0.1, 0.1, 0.5, 0.5, 0.5, 0.5]
ENGINE = {
    "kind": "genset",
    "input_bus": "gas",
    "bus": "power",
    "efficiency": 0.4,
    "capacity": standing("kw", 20),
}


def site(*, battery=None, load=30.0, **more):
    parts = {
        "grid": grid_at(PRICES),
        "battery": {**BATTERY, **(battery or {})},
        "plant": load_of(load),
        **more,
    }
    return planned(microgrid(parts, 6))


def rule(hours, **more):
    way = {"every_hours": 1.0} if "every_day_at" not in more else {}
    return AnyStart.model_validate({"hours": hours, **way, **more})


def hours_of(plan, rule):
    return [outage.hours for outage in bridged_outages(plan, rule)]


def at(plan, hour, hours, **more):
    """The outage that begins in one hour."""
    asked = rule(hours, every_day_at=[f"{hour:02d}:00"], **more)
    (outage,) = bridged_outages(plan, asked)
    return outage


def test_bridges_as_long_as_the_battery_lasts():
    """From 2 o'clock it holds 100 kWh: 3 hours of 30 kW, of 4 that are asked."""
    plan = site()
    assert plan.values["battery"]["content_kwh"][1] == pytest.approx(100)
    at_two = at(plan, 2, 4.0)
    assert at_two.hours == 3
    assert not at_two.survives
    assert at_two.unserved_kwh == pytest.approx(20)
    assert at(plan, 2, 3.0).survives


def test_begins_with_what_the_plan_has_left():
    """Filled at 0 and 1, at most 30 kW out: 90 kWh left at 3, 60 at 4, 30 at 5."""
    plan = site(battery={"power": standing("kw", 60), "energy": standing("kwh", 120)})
    assert plan.values["battery"]["content_kwh"] == pytest.approx(
        [60, 120, 90, 60, 30, 0]
    )
    assert hours_of(plan, rule(1.0)) == [0, 1, 1, 1, 1, 1]
    assert [at(plan, hour, 2.0).hours for hour in (1, 2, 3, 4)] == [2, 2, 2, 2]
    assert at(plan, 3, 3.0).hours == 3


def test_a_critical_share_lasts_longer():
    """100 kWh last for 4 hours of 24 kW, and for 3 of 26."""
    plan = site()
    for share, hours in ((0.8, 4), (26 / 30, 3)):
        assert at(plan, 2, 4.0, critical_share={"plant": share}).hours == hours


def test_an_engine_runs_on():
    """20 kW of 30: the battery's 100 kWh give the other 10 for 4 hours, and more."""
    plan = site(engine=ENGINE, gas=gas_at(0.5))
    assert at(plan, 2, 4.0).survives


def test_bought_sizes_count_and_room_does_not():
    """A battery of 500 kWh could be bought, but would not pay."""
    plan = site(battery={"energy": option("kwh", 500, 9.0, existing_kwh=50.0)})
    assert plan.size("battery", "energy").total == pytest.approx(50)
    assert max(hours_of(plan, rule(4.0))) == 1
    plan = site(battery={"energy": option("kwh", 500, 0.01)})
    bought = plan.size("battery", "energy").total
    assert bought == pytest.approx(120)
    assert at(plan, 2, 4.0).hours == 4


def test_lines_and_contracts_are_gone_too():
    line = {
        "kind": "power_purchase",
        "bus": "power",
        "capacity": standing("kw", 100),
        "shape_kw_per_kw": 1.0,
        "price_per_kwh": 0.2,
        "network_fee_per_kwh": 0.0,
        "delivery": "line",
        "certificate": True,
        "take_or_pay": False,
    }
    plan = site(battery={"energy": standing("kwh", 0.0)}, line=line)
    assert set(hours_of(plan, rule(2.0))) == {0}


def test_sun_counts_when_it_shines():
    sun = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": series([0, 0, 0, 1, 1, 0]),
        "capacity": standing("kw", 40),
    }
    plan = site(battery={"energy": standing("kwh", 0.0)}, roof=sun)
    assert hours_of(plan, rule(2.0)) == [0, 0, 0, 2, 1]


def test_heat_that_needs_power_counts():
    """The last kWh of the battery make heat; gas burns without power."""
    kettle = {
        "kind": "electric_boiler",
        "input_bus": "power",
        "bus": "heat",
        "efficiency": 1.0,
        "capacity": standing("kw", 50),
    }
    plan = site(kettle=kettle, process=load_of(20, "heat"))
    assert at(plan, 2, 4.0).hours == 2
    plan = site(kettle=kettle, process=load_of(20, "heat"), steam=heat_at(0.01))
    assert at(plan, 2, 4.0).hours == 3


def test_a_machine_begins_on_or_off_as_planned():
    """Up by 10 kW in an hour: from a stand it is too slow, and from 30 kW it is not."""
    slow = {
        **ENGINE,
        "capacity": standing("kw", 40),
        "commitment": {"min_load": 0.1, "ramp_per_hour": 0.25},
    }
    empty = {"energy": standing("kwh", 0.0)}
    for gas, hours in ((0.5, 0), (0.01, 2)):
        plan = site(battery=empty, engine=slow, gas=gas_at(gas))
        assert at(plan, 3, 2.0).hours == hours


def test_shifted_loads_run_as_planned():
    """60 kWh of a load that may shift fall on the cheap hours, not into the outage."""
    shifted = {
        "kind": "shiftable_load",
        "bus": "power",
        "profile": series([0, 0, 0, 0, 60, 0]),
        "earlier_hours": 4.0,
    }
    assert at(site(shift=shifted), 2, 3.0).hours == 3
    fixed = {**shifted, "earlier_hours": 0.0}
    assert at(site(shift=fixed), 2, 3.0).hours == 2
    share = {"shift": 0.0}
    assert at(site(shift=fixed), 2, 3.0, critical_share=share).hours == 3


@settings(max_examples=4, deadline=None)
@given(
    sun=st.lists(st.floats(0, 1), min_size=6, max_size=6),
    load=st.lists(st.floats(5, 60), min_size=6, max_size=6),
    kwh=st.floats(0, 150),
    power=st.floats(20, 100),
)
def test_as_a_person_would_run_it(sun, load, kwh, power):
    """With one battery nothing is gained by giving less than it can."""
    roof = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": series(sun),
        "capacity": standing("kw", 50),
    }
    efficiency = {"charge_efficiency": 0.9, "discharge_efficiency": 0.8}
    sizes = {"energy": standing("kwh", kwh), "power": standing("kw", power)}
    plan = site(battery={**sizes, **efficiency}, load=load, roof=roof)
    content = plan.values["battery"]["content_kwh"]
    for start, hours in enumerate(hours_of(plan, rule(3.0))):
        held, by_hand = content[start - 1], 0
        for t in range(start, start + 3):
            over = 50 * sun[t] - load[t]
            if min(held * 0.8, power) < -over - 1e-6:
                break
            gain = 0.9 * min(over, power) if over > 0 else over / 0.8
            held, by_hand = min(kwh, held + gain), by_hand + 1
        assert hours == by_hand


#: Panels that can't be turned down.
PANELS = {
    "kind": "pv",
    "bus": "power",
    "capacity": standing("kw", 100),
    "curtailable": False,
}


def fed_in(**more):
    """A site of 50 kW that feeds in what it does not need."""
    connection = grid_at(0.1, tariff={"export_price_per_kwh": 0.01})
    parts = {"grid": connection, "plant": load_of([50.0] * 4), **more}
    return planned(microgrid(parts, 4))


def test_is_bridged_until_power_can_not_be_got_rid_of():
    """Sun and load are equal for 2 h; then there is more than anybody takes."""
    sun = {**PANELS, "yield_kw_per_kw": series([0.5, 0.5, 0.6, 0.6])}
    plan = fed_in(roof=sun)
    assert [at(plan, 0, hours).hours for hours in (1.0, 2.0, 3.0, 4.0)] == [1, 2, 2, 2]
    asked = at(plan, 0, 3.0)
    assert asked.unserved_kwh == float("inf")
    assert not asked.survives
    battery = {**BATTERY, "energy": standing("kwh", 10), "initial_soc": 0.0}
    assert at(fed_in(roof=sun, battery=battery), 0, 4.0).hours == 3


@pytest.mark.parametrize(("held", "hours"), [(100.0, 0), (92.0, 1), (80.0, 2)])
def test_a_battery_is_no_brake(held, hours):
    """8 of 10 kW are stored each hour, until it is full: not out and in at once."""
    battery = {
        **BATTERY,
        "charge_efficiency": 0.8,
        "discharge_efficiency": 0.8,
        "initial_kwh": held,
        "end": "equal_start",
        "charge_and_discharge": "each",
    }
    plan = fed_in(roof={**PANELS, "yield_kw_per_kw": 0.6}, battery=battery)
    assert at(plan, 0, 2.0).hours == hours


def test_table_and_share():
    outages = bridged_outages(site(), rule(3.0))
    table = outage_table(outages)
    assert list(table.columns) == [
        "start",
        "asked_hours",
        "bridged_hours",
        "unserved_kwh",
    ]
    assert len(table) == 4  # the others would end beyond the horizon
    survived = sum(outage.survives for outage in outages)
    assert share_survived(outages) == survived / 4
    assert share_survived([]) is None


# -- the rule -------------------------------------------------------------------


def test_starts_by_the_clock_and_by_the_hour():
    calendar = microgrid({"plant": load_of(1)}, 48).calendar
    asked = {"hours": 4.0, "every_day_at": ["06:00", "18:00"]}
    assert list(rule(**asked).starts(calendar)) == [6, 18, 30, 42]
    assert list(rule(7.0, every_day_at=["18:00"]).starts(calendar)) == [18]
    every = AnyStart(hours=4.0, every_hours=12.0)
    assert list(every.starts(calendar)) == [0, 12, 24, 36]


def test_is_told_and_not_asked():
    """The same plan with and without the rule, and no limit."""
    told = Islanding(from_any_start=rule(4.0))
    assert told.limit is None
    parts = {"grid": grid_at(0.1), "plant": load_of([30, 30])}
    fields = told.model_dump(exclude_none=True)
    plan = planned(microgrid(parts, 2, policies={"alone": fields}))
    assert plan.objective == pytest.approx(6)


def test_a_share_of_what_is_no_load():
    asked = {"hours": 1.0, "every_hours": 1.0, "critical_share": {"grid": 0.5}}
    policy = Islanding.model_validate({"from_any_start": asked})
    site = microgrid({"grid": grid_at(0.1), "plant": load_of(1)}, 1)
    (problem,) = policy.problems(site.components, {})
    assert problem.path == "from_any_start.critical_share"
    assert "plant" in problem.expected


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "outages"),
        ({"from_any_start": {"hours": 2.0}}, "either"),
        ({"from_any_start": {"hours": 0.0, "every_hours": 1.0}}, "hours"),
        ({"from_any_start": {"hours": 1.0, "every_day_at": ["6 pm"]}}, "time"),
        ({"from_any_start": {"hours": 1.0, "every_day_at": []}}, "at least one"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Islanding.model_validate(fields)

from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import grid_at, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.component import Component

#: 65 kW warm water from 15 to 80 C: one kW for each degree.
WATER = load_of(65.0, "heat", supply_temperature_c=15.0, target_temperature_c=80.0)


def exchanger(source, **more):
    return {
        "kind": "heat_exchanger",
        "source": source,
        "sink": "water",
        "capacity": standing("kw", 1000),
        **more,
    }


def stream(inlet, kw, outlet=10.0):
    return {
        "kind": "waste_heat",
        "temperature_c": inlet,
        "outlet_temperature_c": outlet,
        "profile": kw,
    }


class TestLoad(ComponentHarness):
    kind = "load"
    residuals = ("demand met", "preheating to 57 C")
    example: ClassVar = {
        "periods": 3,
        "components": {
            "water": {**WATER, "profile": {"values": [65, 130, 30]}},
            "effluent": stream(62.0, 90.0),
            "plate": exchanger("effluent", capacity=option("kw", 100, 0.01)),
            "district": heat_at(0.1),
        },
    }

    def test_serves_exactly_the_demand(self):
        plan = self.plan()
        delivered = sum(kw for e, kw in plan.booked.injections if e.node == "water")
        from_bus = plan.values["water"]["from_bus_kw"]
        assert delivered + from_bus == pytest.approx([65, 130, 30])


def site(**components):
    return microgrid({"water": WATER, "district": heat_at(0.1), **components}, 1)


def test_plain_demand_is_what_the_bus_gives():
    plan = planned(microgrid({"plant": load_of([3, 4]), "grid": grid_at([1, 10])}, 2))
    assert plan.values["plant"] == {}
    assert plan.objective == pytest.approx(43)


def test_demand_with_temperatures_needs_no_exchanger():
    plan = planned(site())
    assert plan.values["water"]["from_bus_kw"] == pytest.approx([65])
    assert plan.objective == pytest.approx(6.5)


def test_lukewarm_stream_preheats_to_its_own_temperature_less_approach():
    """A 62 C stream brings the water from 15 to 57 C: 42 of 65 kW."""
    plan = planned(site(effluent=stream(62.0, 1000.0), plate=exchanger("effluent")))
    assert plan.values["plate"]["heat_kw"] == pytest.approx([42])
    assert plan.objective == pytest.approx(0.1 * 23)


def test_the_stream_can_only_be_cooled_to_supply_and_approach():
    """100 kW from 60 to 10 C: 80 kW of it above 20 C, where the water begins."""
    big = {**WATER, "profile": 650.0}
    plan = planned(
        site(water=big, effluent=stream(60.0, 100.0), plate=exchanger("effluent"))
    )
    assert plan.values["plate"]["heat_kw"] == pytest.approx([80])


def passed(plan, exchanger):
    """Heat of all intervals of an exchanger, kW (steps,)."""
    return sum(plan.values[exchanger].values())


def test_two_streams_share_the_cold_part_of_the_water():
    """To 35 C 20 kW, from either; beyond, only what the hot stream has above 40 C.

    30 kW from 62 to 10 C are 0.577 kW/K, of which 22 K are above 40 C: 12.69 kW.
    """
    plan = planned(
        site(
            hot=stream(62.0, 30.0),
            mild=stream(40.0, 1000.0),
            first=exchanger("hot"),
            second=exchanger("mild"),
        )
    )
    first, second = passed(plan, "first")[0], passed(plan, "second")[0]
    assert second <= 20 + 1e-6
    assert first + second == pytest.approx(20 + 22 * 30 / 52)


def test_hot_stream_alone_is_not_held_back_by_a_colder_one():
    plan = planned(
        site(
            hot=stream(62.0, 1000.0),
            mild=stream(40.0, 1000.0),
            first=exchanger("hot"),
            second=exchanger("mild", capacity=standing("kw", 5)),
        )
    )
    heat = passed(plan, "first") + passed(plan, "second")
    assert heat == pytest.approx([42])


def test_source_above_the_target_may_serve_all_of_it():
    plan = planned(site(flue=stream(200.0, 1000.0), plate=exchanger("flue")))
    assert plan.objective == pytest.approx(0, abs=1e-9)


def test_bus_colder_than_the_target_is_a_problem():
    grid = microgrid({"water": {**WATER, "target_temperature_c": 81.0}}, 1)
    assert len(grid.components["water"].problems(grid.nodes)) == 1
    grid = microgrid({"water": WATER}, 1)
    assert grid.components["water"].problems(grid.nodes) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_temperature_c": None},
        {"supply_temperature_c": None},
        {"supply_temperature_c": 80.0},
    ],
)
def test_inconsistent_temperatures_are_refused(wrong):
    with pytest.raises(ValidationError, match="temperature_c"):
        Component.registry["load"].model_validate({**WATER, **wrong})

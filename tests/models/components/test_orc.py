from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    figures_of,
    flows_of,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component
from verdigrid.models.errors import InputError

BUSES = {"warm": {"carrier": "heat", "temperature_c": 50.0}}
STREAM = {
    "kind": "waste_heat",
    "temperature_c": 300.0,
    "outlet_temperature_c": 100.0,
    "profile": 200.0,
}
ORC = {
    "kind": "orc",
    "source": "flue_gas",
    "source_outlet_c": 150.0,
    "electricity_bus": "power",
    "capacity": standing("kw", 1000),
    "condensing_temperature_c": 40.0,
}
#: 0.45 of Carnot from 150 to 40 C: 0.45 (1 - 313.15 / 423.15).
FROM_150_TO_40 = 0.116980


class TestOrc(ComponentHarness):
    kind = "orc"
    residuals = ("capacity limit", "condenser heat limit warm")
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "orc": {
                **ORC,
                "heat_bus": "warm",
                "condensing_temperature_c": 60.0,
                "capacity": option("kw", 30, 0.05),
                "om_cost_per_kwh": 0.001,
            },
            "flue_gas": {**STREAM, "profile": {"values": [200, 300, 100]}},
            "grid": grid_at([0.1, 0.12, 0.09]),
            "plant": load_of([30, 30, 30]),
            "boiler": heat_at(0.05, bus="warm"),
            "baths": load_of([20, 60, 80], "warm"),
        },
    }
    variants: ClassVar = {
        "electricity only": {"heat_bus": None},
        "on or off": {"commitment": {**COMMITMENT, "part_load_efficiency": 0.9}},
    }


def site(load=(100, 100), *, buses=None, extra=None, weather=None, **orc):
    components = {
        "orc": {**ORC, **orc},
        "flue_gas": STREAM,
        "grid": grid_at(0.1),
        "plant": load_of(load),
        **(extra or {}),
    }
    both = {**BUSES, **(buses or {})}
    return microgrid(components, len(load), buses=both, weather=weather)


def efficiency_of(grid):
    return grid.series["components.orc.used_efficiency"]


def test_takes_what_of_the_stream_is_hotter_than_its_outlet():
    """300 to 150 C are three quarters of 300 to 100 C: 150 of 200 kW."""
    grid = site()
    assert efficiency_of(grid) == pytest.approx([FROM_150_TO_40] * 2, rel=1e-5)
    plan = planned(grid)
    made = 150 * FROM_150_TO_40
    assert plan.values["orc"]["electricity_kw"] == pytest.approx([made] * 2, rel=1e-5)
    assert plan.values["flue_gas"]["rejected_kw"] == pytest.approx([50, 50])
    assert plan.objective == pytest.approx(0.1 * 2 * (100 - made), rel=1e-5)


def test_without_an_outlet_it_cools_the_stream_as_far_as_it_may():
    grid = site(source_outlet_c=None)
    expected = 0.45 * (1 - 313.15 / 373.15)
    assert efficiency_of(grid) == pytest.approx([expected] * 2)
    made = planned(grid).values["orc"]["electricity_kw"]
    assert made == pytest.approx([200 * expected] * 2)


def test_bus_counts_with_its_temperature():
    grid = site(
        source="oil",
        source_outlet_c=None,
        buses={"oil": {"carrier": "heat", "temperature_c": 200.0}},
        extra={"furnace": heat_at(0.01, bus="oil")},
    )
    expected = 0.45 * (1 - 313.15 / 473.15)
    assert efficiency_of(grid) == pytest.approx([expected] * 2)
    plan = planned(grid)
    assert plan.objective == pytest.approx(0.01 * 200 / expected)


def test_condenses_above_the_outdoor_air():
    """10 and 35 C outdoors are 25 and 50 C in the condenser."""
    weather = pd.DataFrame({"temp_air_c": [10.0, 35.0]})
    found = efficiency_of(site(condensing_temperature_c=None, weather=weather))
    expected = [0.45 * (1 - 298.15 / 423.15), 0.45 * (1 - 323.15 / 423.15)]
    assert found == pytest.approx(expected)


def test_efficiency_is_capped_or_given():
    assert efficiency_of(site(max_efficiency=0.1)) == pytest.approx([0.1, 0.1])
    plan = planned(site(efficiency={"values": [0.1, 0.2]}))
    assert plan.values["orc"]["electricity_kw"] == pytest.approx([15, 30])


def test_condenser_heat_is_what_is_left():
    """150 kW make 15 kW; of the other 135 kW, 40 are used and 95 rejected."""
    plan = planned(
        site(
            (100,),
            efficiency=0.1,
            heat_bus="warm",
            condensing_temperature_c=50.0,
            extra={"baths": load_of([40], "warm"), "boiler": heat_at(0.05, bus="warm")},
        )
    )
    assert plan.values["orc"]["heat_kw"] == pytest.approx([40])
    assert plan.values["boiler"]["supply_kw"] == pytest.approx([0], abs=1e-9)
    more = planned(
        site(
            (100,),
            efficiency=0.1,
            heat_bus="warm",
            condensing_temperature_c=50.0,
            extra={
                "baths": load_of([140], "warm"),
                "boiler": heat_at(0.05, bus="warm"),
            },
        )
    )
    assert more.values["orc"]["heat_kw"] == pytest.approx([135])


def test_part_load_takes_more_heat_and_leaves_more():
    """Half of 20 kW at 0.8 of the efficiency: 10 / (0.1 x 0.8) = 125 kW of heat."""
    plan = planned(
        site(
            (10,),
            efficiency=0.1,
            capacity=standing("kw", 20),
            commitment={"min_load": 0.5, "part_load_efficiency": 0.8},
            heat_bus="warm",
            condensing_temperature_c=50.0,
            extra={"baths": load_of([200], "warm"), "boiler": heat_at(1, bus="warm")},
        )
    )
    assert flows_of(plan, "orc") == {
        "flue_gas": pytest.approx([-125]),
        "power": pytest.approx([10]),
        "warm": pytest.approx([115]),
    }


def test_size_is_electric_and_indicators_tell_the_mean_efficiency():
    plan = planned(site(capacity=standing("kw", 10)))
    assert plan.values["orc"]["electricity_kw"] == pytest.approx([10, 10])
    found = figures_of(plan, "orc")
    assert found["mean efficiency"] == pytest.approx(FROM_150_TO_40, rel=1e-5)
    assert found["heat taken"] == pytest.approx(20 / FROM_150_TO_40, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    outlet=st.floats(60.0, 250.0),
    fraction=st.floats(0.05, 0.8),
    cold=st.floats(-10.0, 59.0),
)
def test_no_more_work_than_carnot_allows(outlet, fraction, cold):
    grid = site(
        (10,),
        source_outlet_c=outlet,
        condensing_temperature_c=cold,
        carnot_fraction=fraction,
        extra={"flue_gas": {**STREAM, "outlet_temperature_c": 60.0}},
    )
    assert 0 < efficiency_of(grid)[0] < 1 - (cold + 273.15) / (outlet + 273.15)


# -- what is refused ----------------------------------------------------------------


def test_hours_that_are_too_warm_are_named():
    """At 60 C outdoors it would have to condense at 75 C, above a stream at 70 C."""
    weather = pd.DataFrame({"temp_air_c": [20.0, 60.0]})
    stream = {**STREAM, "outlet_temperature_c": 60.0}
    with pytest.raises(InputError, match=r"2026-01-01 01:00 \(1 steps\).*below 70 C"):
        site(
            condensing_temperature_c=None,
            source_outlet_c=70.0,
            weather=weather,
            extra={"flue_gas": stream},
        )


def test_air_needs_weather():
    with pytest.raises(InputError, match="weather"):
        site(condensing_temperature_c=None)


@pytest.mark.parametrize("given", [0.0, 0.37])
def test_impossible_efficiency_is_refused_with_its_hour(given):
    """From 300 to 150 C the log mean is 494.4 K: 1 - 313.15 / 494.4 = 0.367 at most."""
    with pytest.raises(InputError, match=r"efficiency: .* 2026-01-01 01:00"):
        site(efficiency={"values": [0.36, given]})


def test_even_a_cold_side_of_ice_allows_no_more():
    """Without a condensing temperature 0 C is taken: 1 - 273.15 / 494.4 = 0.447."""
    site(condensing_temperature_c=None, efficiency=0.44)
    with pytest.raises(InputError, match="efficiency"):
        site(condensing_temperature_c=None, efficiency=0.45)


def test_heat_bus_hotter_than_the_condenser_is_refused():
    with pytest.raises(InputError, match=r"49 at 2026-01-01 01:00 .*50 C of warm"):
        site(heat_bus="warm", condensing_temperature_c={"values": [50.0, 49.0]})
    fields = {**ORC, "heat_bus": "warm", "condensing_temperature_c": None}
    with pytest.raises(ValidationError, match="condensing_temperature_c"):
        Component.registry["orc"].model_validate(fields)


@pytest.mark.parametrize(
    ("outlet", "fine"), [(99.0, False), (100.0, True), (299.0, True), (300.0, False)]
)
def test_outlet_lies_on_the_way_of_the_stream(outlet, fine):
    grid = site(source_outlet_c=outlet)
    problems = grid.components["orc"].problems(grid.nodes)
    assert [p.path for p in problems] == ([] if fine else ["source_outlet_c"])


def test_two_machines_share_the_hot_part_of_a_stream():
    """An ORC down to 200 C has half of the stream, both together three quarters."""
    plan = planned(
        site(
            (100,),
            efficiency=0.1,
            extra={
                "hot_orc": {**ORC, "source_outlet_c": 200.0, "efficiency": 0.2},
            },
        )
    )
    made = np.array([plan.values[n]["electricity_kw"][0] for n in ("hot_orc", "orc")])
    assert made == pytest.approx([20, 5])

import datetime as dt
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import figures_of, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Component, Surroundings
from verdigrid.models.errors import InputError
from verdigrid.models.node import Node

FIELD = {
    "kind": "solar_thermal",
    "bus": "heat",
    "capacity": standing("kw", 100),
    "inlet_temperature_c": 60.0,
}

#: A collector that turns all sunlight into heat.
IDEAL = {
    "eta0": 1.0,
    "a1_w_per_m2_k": 0.0,
    "a2_w_per_m2_k2": 0.0,
    "losses_fraction": 0.0,
}


class TestSolarThermal(ComponentHarness):
    kind = "solar_thermal"
    residuals = ("yield limit",)
    example: ClassVar = {
        "periods": 3,
        "components": {
            "field": {
                "kind": "solar_thermal",
                "bus": "heat",
                "yield_kw_per_kw": {"values": [0.0, 0.7, 0.3]},
                "capacity": option("kw", 100, 0.03, embodied_kg_per_kw=150.0),
            },
            "district": heat_at(0.09),
            "process": load_of([10, 20, 30], "heat"),
        },
    }

    variants: ClassVar = {"must run": {"curtailable": False}}

    def outside_kw(self, solution):
        size = solution.size("field", "capacity").total
        return size * self.site().series["components.field.yield"]


def site(load, yields, *, process=None, **field):
    components = {
        "field": {**FIELD, "yield_kw_per_kw": {"values": yields}, **field},
        "district": heat_at(0.09),
        "process": load_of(load, "heat", **(process or {})),
    }
    return microgrid(components, len(load))


def yield_under(weather, bus_c=80.0, start=dt.datetime(2026, 3, 20), **field):
    """Yield of 1 kW for a weather table of hourly steps, at 45 north and 0 east."""
    frame = pd.DataFrame(
        {
            "ghi_w_per_m2": 0.0,
            "dni_w_per_m2": 0.0,
            "dhi_w_per_m2": 0.0,
            "temp_air_c": 20.0,
            **weather,
        }
    )
    calendar = Calendar(start, len(frame), 60, "UTC")
    collectors = Component.registry["solar_thermal"].model_validate({**FIELD, **field})
    nodes = {"heat": Node("heat", bus_c, bus_c)}
    around = Surroundings(45.0, 0.0, 0.0, frame, calendar, nodes)
    return collectors.prepare(around, {})["yield"]


def noon_under_clouds(sky_w_per_m2, air_c=20.0, bus_c=80.0, **field):
    """Yield of flat collectors at noon under a uniform sky."""
    sky = [float(sky_w_per_m2)]
    weather = {"dhi_w_per_m2": sky, "ghi_w_per_m2": sky, "temp_air_c": air_c}
    noon = dt.datetime(2026, 3, 20, 12)
    return yield_under(weather, bus_c, noon, tilt_deg=0.0, **field)[0]


@pytest.mark.parametrize(
    ("collector", "watts"),
    [
        ("flat_plate", 0.775 * 800 - 3.91 * 50 - 0.0081 * 50**2),  # 404.25
        ("evacuated_tube", 0.721 * 800 - 0.89 * 50 - 0.0199 * 50**2),  # 482.55
    ],
)
def test_efficiency_by_hand(collector, watts):
    """800 W/m2 at 20 C, water from 60 to 80 C: the collector is 50 K warmer.

    A flat plate keeps 404.25 W/m2 (eta = 0.505); a tenth is lost on the way.
    """
    found = noon_under_clouds(800, collector=collector)
    assert found == pytest.approx(0.9 * watts / 700)


def test_own_coefficients_replace_those_of_the_kind():
    own = {"eta0": 0.8, "a1_w_per_m2_k": 3.0, "a2_w_per_m2_k2": 0.01}
    found = noon_under_clouds(800, losses_fraction=0.0, **own)
    assert found == pytest.approx((640 - 150 - 25) / 700)


def test_outlet_hotter_than_the_bus_counts():
    """Water from 60 to 100 C: 60 K above the air."""
    found = noon_under_clouds(800, outlet_temperature_c=100.0)
    assert found == pytest.approx(0.9 * (620 - 3.91 * 60 - 0.0081 * 3600) / 700)


@pytest.mark.parametrize("collector", ["flat_plate", "evacuated_tube"])
def test_collector_colder_than_the_air_gains_and_loses_nothing(collector):
    """Water from 0 to 20 C in air of 45 C: the efficiency is eta0."""
    fields = {"inlet_temperature_c": 0.0, "collector": collector}
    found = noon_under_clouds(800, 45.0, 20.0, **fields)
    eta0 = {"flat_plate": 0.775, "evacuated_tube": 0.721}[collector]
    assert found == pytest.approx(0.9 * eta0 * 800 / 700)


def test_weak_sun_gives_nothing_rather_than_less():
    assert noon_under_clouds(200) == 0.0
    assert noon_under_clouds(0) == 0.0


def test_sun_on_the_plane():
    """At the equinox at 45 north, a plane of 45 degrees looks into the noon sun."""
    beam = np.full(24, 800.0)
    weather = {"dni_w_per_m2": beam}
    day = yield_under(weather, tilt_deg=45.0, albedo=0.0, **IDEAL)
    assert day[12] == pytest.approx(800 / 700, rel=0.01)
    assert day[:5].max() == 0.0
    east = yield_under(weather, tilt_deg=45.0, azimuth_deg=90.0, **IDEAL)
    assert east[:12].sum() > 2 * east[12:].sum()


@settings(max_examples=40, deadline=None)
@given(
    sky=st.floats(0, 1200),
    air=st.floats(-30, 45),
    inlet=st.floats(-20, 60),
    bus=st.floats(61, 200),
    collector=st.sampled_from(["flat_plate", "evacuated_tube"]),
)
def test_efficiency_never_exceeds_eta0(sky, air, inlet, bus, collector):
    fields = {"inlet_temperature_c": inlet, "collector": collector}
    found = noon_under_clouds(sky, air, bus, losses_fraction=0.0, **fields)
    eta0 = {"flat_plate": 0.775, "evacuated_tube": 0.721}[collector]
    assert 0 <= found * 700 <= eta0 * sky * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(
    air=st.floats(-30, 45),
    inlet=st.floats(-20, 60),
    bus=st.floats(61, 150),
    hotter=st.floats(0, 50),
    collector=st.sampled_from(["flat_plate", "evacuated_tube"]),
)
def test_hotter_water_and_colder_air_never_give_more(
    air, inlet, bus, hotter, collector
):
    fields = {"collector": collector, "inlet_temperature_c": inlet}
    found = noon_under_clouds(600, air, bus, **fields)
    assert noon_under_clouds(600, air, bus + hotter, **fields) <= found + 1e-12
    assert noon_under_clouds(600, air - hotter, bus, **fields) <= found + 1e-12


def test_heat_that_nobody_takes_is_left_in_the_sun():
    plan = planned(site([10, 50], [0.3, 0.3]))
    assert plan.values["field"]["heat_kw"] == pytest.approx([10, 30])
    assert plan.objective == pytest.approx(0.09 * 20)


def test_field_preheats_a_demand_up_to_its_outlet():
    """Water of 50 C covers 35 of the 65 K from 15 to 80 C."""
    process = {"supply_temperature_c": 15.0, "target_temperature_c": 80.0}
    field = {"outlet_temperature_c": 50.0, "inlet_temperature_c": 20.0}
    plan = planned(site([65], [1.0], process=process, bus="process", **field))
    assert plan.values["field"]["heat_kw"] == pytest.approx([35])
    assert plan.objective == pytest.approx(0.09 * 30)


def test_key_figures_of_the_year():
    """100 kW are 143 m2; of 60 kWh that they could give in two hours, 40 are used."""
    plan = planned(site([10, 50], [0.3, 0.3]))
    assert figures_of(plan, "field") == pytest.approx(
        {
            "possible yield": 0.6 * 0.7,
            "area": 100 / 0.7,
            "heat": 40.0,
            "full-load hours": 0.4,
            "curtailed": 1 / 3,
        }
    )


@pytest.mark.parametrize(
    ("bus_c", "fields", "said"),
    [
        (None, {}, "heat without a temperature"),
        (None, {"outlet_temperature_c": 80.0}, "heat without a temperature"),
        (80.0, {"outlet_temperature_c": 70.0}, "outlet_temperature_c: got 70 C into"),
        (60.0, {}, "inlet_temperature_c: got 60 C"),
    ],
)
def test_temperatures_that_do_not_fit_are_refused(bus_c, fields, said):
    with pytest.raises(InputError, match=said):
        noon_under_clouds(800, bus_c=bus_c, **fields)


def test_neither_weather_nor_yield_is_refused():
    with pytest.raises(InputError, match="weather"):
        microgrid({"field": FIELD}, 2)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"inlet_temperature_c": None}, "inlet_temperature_c: or yield_kw_per_kw"),
        ({"eta0": 0.8}, "belong together"),
        ({"collector": "black_pipe"}, "flat_plate"),
        ({"eta0": 80.0}, "less than or equal to 1"),
    ],
)
def test_nonsense_is_refused(fields, said):
    with pytest.raises(ValidationError, match=said):
        Component.registry["solar_thermal"].model_validate({**FIELD, **fields})

import datetime as dt
import math
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from harness import ComponentHarness
from support import grid_at, load_of, microgrid, option, planned, standing
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Component, Surroundings
from verdigrid.models.errors import InputError

PV = {"kind": "pv", "bus": "power", "capacity": standing("kw", 100)}


class TestPv(ComponentHarness):
    kind = "pv"
    residuals = ("yield limit",)
    example: ClassVar = {
        "periods": 3,
        "components": {
            "roof": {
                "kind": "pv",
                "bus": "power",
                "yield_kw_per_kw": {"values": [0.0, 0.8, 0.3]},
                "capacity": option("kw", 100, 0.1, embodied_kg_per_kw=900.0),
            },
            "grid": grid_at(0.2),
            "plant": load_of([10, 20, 30]),
        },
    }

    variants: ClassVar = {"must run": {"curtailable": False}}

    def outside_kw(self, solution):
        size = solution.size("roof", "capacity").total
        return size * self.site().series["components.roof.yield"]


def site(load, yields, **pv):
    roof = {**PV, "yield_kw_per_kw": {"values": yields}, **pv}
    components = {"roof": roof, "grid": grid_at(0.2), "plant": load_of(load)}
    return microgrid(components, len(load))


def test_generates_what_can_be_used_of_the_yield():
    plan = planned(site([10, 50], [0.3, 0.3]))
    assert plan.values["roof"]["generation_kw"] == pytest.approx([10, 30])
    assert plan.objective == pytest.approx(0.2 * 20)


def test_size_pays_until_the_last_kw_saves_its_price():
    """One kW saves 0.2 x (0.5 + 0.1) up to 20 kW; then only the second hour's 0.02."""
    plan = planned(site([10, 50], [0.5, 0.1], capacity=option("kw", 500, 0.03)))
    assert plan.size("roof", "capacity").new == pytest.approx(20)
    assert plan.objective == pytest.approx(0.03 * 20 + 0.2 * (50 - 2))


def test_that_must_run_is_not_curtailed():
    """Surplus has nowhere to go, so 20 kW of the 50 are taken off the roof's size."""
    roof = option("kw", 100, 0.01)
    plan = planned(site([10, 50], [0.5, 0.5], capacity=roof, curtailable=False))
    assert plan.size("roof", "capacity").new == pytest.approx(20)
    assert plan.values["roof"]["generation_kw"] == pytest.approx([10, 10])


def test_yield_falls_over_the_life():
    """1 % a year, 21 years: the first gives 100 %, the last 80 %, the mean 90 %."""
    roof = {**PV["capacity"], "lifetime_years": 21.0}
    grid = site([50, 50], [0.3, 0.5], capacity=roof, degradation_per_year=0.01)
    assert grid.series["components.roof.yield"] == pytest.approx([0.27, 0.45])


def yield_under(
    weather, zone="UTC", start=dt.datetime(2026, 4, 15), longitude=0.0, **pv
):
    """Yield of 1 kWp for a weather table of hourly steps."""
    frame = pd.DataFrame(
        {
            "ghi_w_per_m2": 0.0,
            "dni_w_per_m2": 0.0,
            "dhi_w_per_m2": 0.0,
            "temp_air_c": 20.0,
            "wind_speed_m_per_s": 1.0,
            **weather,
        }
    )
    calendar = Calendar(start, len(frame), 60, zone)
    roof = Component.registry["pv"].model_validate({**PV, **pv})
    around = Surroundings(45.0, longitude, 0.0, frame, calendar, {})
    return roof.prepare(around, {})["yield"]


def overcast(dhi):
    """24 hours under a uniform sky."""
    return {"dhi_w_per_m2": np.full(24, dhi), "ghi_w_per_m2": np.full(24, dhi)}


def test_pvwatts_chain_by_hand():
    """Flat modules under 500 W/m2 of diffuse light, 20 C, 1 m/s.

    SAPM: T = 500 exp(-3.56 - 0.075) + 20 + 0.5 x 3 = 34.69 C.
    dc = 0.5 (1 - 0.0035 x 9.69) (1 - 0.1408) = 0.4150 of an inverter of 0.9470;
    load 0.4383, efficiency 0.96 / 0.9637 (-0.0162 x 0.4383 - 0.0059 / 0.4383 + 0.9858).
    """
    noon = yield_under(overcast(500.0), tilt_deg=0.0)[12]
    assert noon == pytest.approx(0.39907, abs=2e-5)


def test_inverter_limits_the_output():
    noon = yield_under(overcast(1800.0), tilt_deg=0.0)[12]
    assert noon == pytest.approx(1 / 1.1)


def test_heat_costs_output():
    weather = overcast(500.0)
    hot = yield_under({**weather, "temp_air_c": np.full(24, 45.0)}, tilt_deg=0.0)[12]
    mild = yield_under(weather, tilt_deg=0.0)[12]
    assert hot / mild == pytest.approx(1 - 0.0035 * 25 / (1 - 0.0035 * 9.69), abs=1e-3)


@pytest.mark.parametrize(
    ("zone", "longitude"),
    [("UTC", 0.0), ("Asia/Shanghai", 120.0), ("Etc/GMT+7", -105.0)],
)
def test_sun_stands_at_the_middle_of_the_step(zone, longitude):
    """On 15 April sundials agree with clocks: the day is the same mirrored at noon."""
    beam = np.zeros(24)
    beam[7:17] = 700.0
    weather = {"dni_w_per_m2": beam, "ghi_w_per_m2": beam / 2}
    day = yield_under(weather, zone, longitude=longitude, tilt_deg=0.0)
    assert day.argmax() in (11, 12)
    assert day[7:12] == pytest.approx(day[12:17][::-1], rel=0.01)


def test_modules_that_face_east_live_in_the_morning():
    beam = np.zeros(24)
    beam[7:17] = 700.0
    weather = {"dni_w_per_m2": beam, "ghi_w_per_m2": beam / 2}
    east = yield_under(weather, azimuth_deg=90.0, tilt_deg=45.0)
    south = yield_under(weather, azimuth_deg=180.0, tilt_deg=45.0)
    west = yield_under(weather, azimuth_deg=270.0, tilt_deg=45.0)
    assert east[:12].sum() > 2 * east[12:].sum()
    assert west[12:].sum() > 2 * west[:12].sum()
    assert south.sum() > east.sum()


def test_night_gives_nothing():
    night = yield_under({"temp_air_c": np.full(24, 5.0)})
    assert math.isclose(night.max(), 0.0, abs_tol=1e-12)


def test_neither_weather_nor_yield_is_refused():
    with pytest.raises(InputError, match="weather"):
        microgrid({"roof": PV}, 2)

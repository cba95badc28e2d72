import datetime as dt
import sys
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import figures_of, grid_at, load_of, microgrid, option, planned, standing
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Component, Surroundings
from verdigrid.models.errors import InputError

WIND = {"kind": "wind", "bus": "power", "capacity": standing("kw", 100)}

#: Output is a twentieth of the wind speed, and nothing is lost.
STRAIGHT = {
    "power_curve": [
        {"wind_speed_m_per_s": 0.0, "output_kw_per_kw": 0.0},
        {"wind_speed_m_per_s": 20.0, "output_kw_per_kw": 1.0},
    ],
    "losses_fraction": 0.0,
}

#: A hub at sea level and 15 C: the standard density, 1.225 kg/m3.
AT_SEA = -80.0


class TestWind(ComponentHarness):
    kind = "wind"
    residuals = ("yield limit",)
    example: ClassVar = {
        "periods": 3,
        "components": {
            "turbine": {
                "kind": "wind",
                "bus": "power",
                "yield_kw_per_kw": {"values": [0.4, 0.8, 0.0]},
                "capacity": option("kw", 100, 0.1, embodied_kg_per_kw=500.0),
            },
            "grid": grid_at(0.2),
            "plant": load_of([10, 20, 30]),
        },
    }

    variants: ClassVar = {"must run": {"curtailable": False}}

    def outside_kw(self, solution):
        size = solution.size("turbine", "capacity").total
        return size * self.site().series["components.turbine.yield"]


def site(load, yields, **wind):
    turbine = {**WIND, "yield_kw_per_kw": {"values": yields}, **wind}
    components = {"turbine": turbine, "grid": grid_at(0.2), "plant": load_of(load)}
    return microgrid(components, len(load))


def yields(speeds, temperature=15.0, altitude=AT_SEA, **wind):
    """Yield of 1 kW at wind speeds where they are measured."""
    frame = pd.DataFrame({"wind_speed_m_per_s": speeds, "temp_air_c": temperature})
    calendar = Calendar(dt.datetime(2026, 1, 1), len(frame), 60, "UTC")
    turbine = Component.registry["wind"].model_validate({**WIND, **wind})
    around = Surroundings(45.0, 8.0, altitude, frame, calendar, {})
    return turbine.prepare(around, {})["yield"]


def test_generates_what_can_be_used_of_the_yield():
    plan = planned(site([10, 50], [0.3, 0.3]))
    assert plan.values["turbine"]["generation_kw"] == pytest.approx([10, 30])
    assert plan.objective == pytest.approx(0.2 * 20)


def test_size_pays_until_the_last_kw_saves_its_price():
    """One kW saves 0.2 x (0.5 + 0.1) up to 20 kW; then only the second hour's 0.02."""
    plan = planned(site([10, 50], [0.5, 0.1], capacity=option("kw", 500, 0.03)))
    assert plan.size("turbine", "capacity").new == pytest.approx(20)
    assert plan.objective == pytest.approx(0.03 * 20 + 0.2 * (50 - 2))


def test_key_figures_of_the_year():
    """Of 60 kWh that 100 kW could give in two hours, 40 are used."""
    plan = planned(site([10, 50], [0.3, 0.3]))
    assert figures_of(plan, "turbine") == pytest.approx(
        {
            "possible yield": 0.6,
            "generation": 40.0,
            "full-load hours": 0.4,
            "curtailed": 1 / 3,
        }
    )


def test_power_law_lifts_the_wind_to_the_hub():
    """6 m/s at 10 m are 6 x 8^(1/7) = 8.0754 m/s at 80 m."""
    assert yields([6.0], **STRAIGHT) == pytest.approx([8.0754 / 20], rel=1e-5)
    flat = yields([6.0], shear_exponent=0.0, **STRAIGHT)
    assert flat == pytest.approx([6 / 20], rel=1e-5)


def test_log_law_replaces_the_power_law():
    """6 m/s x ln(80 / 0.1) / ln(10 / 0.1) = 6 x 6.6846 / 4.6052 = 8.7093 m/s."""
    law = yields([6.0], roughness_length_m=0.1, **STRAIGHT)
    assert law == pytest.approx([8.7093 / 20], rel=1e-5)


def test_wind_measured_at_the_hub_stays_as_it_is():
    for law in ({}, {"roughness_length_m": 0.5}):
        same = yields([6.0], measured_at_m=80.0, **law, **STRAIGHT)
        assert same == pytest.approx([6 / 20], rel=1e-5)


def test_thin_air_counts_as_less_wind():
    """Standard air at 2000 m: 2 C, 79,495 Pa, 1.0065 kg/m3; its cube root counts."""
    high = yields([6.0], 2.0, altitude=1920.0, shear_exponent=0.0, **STRAIGHT)
    assert high == pytest.approx([6 / 20 * (1.0065 / 1.225) ** (1 / 3)], rel=1e-5)


def test_generic_curve_by_hand():
    """(8^3 - 3^3) / (10.5^3 - 3^3) = 485 / 1130.625; losses of 11 %."""
    speeds = [0.0, 2.99, 8.0, 10.6, 24.9, 25.1]
    full = 0.89
    expected = [0, 0, 485 / 1130.625 * 0.89, full, full, 0]
    measured = yields(speeds, measured_at_m=80.0)
    assert measured == pytest.approx(expected, rel=1e-4)


def test_curve_of_points_is_straight_between_and_zero_outside():
    points = [(3.0, 0.0), (10.0, 0.7), (12.0, 1.0), (25.0, 1.0)]
    curve = [{"wind_speed_m_per_s": v, "output_kw_per_kw": p} for v, p in points]
    found = yields(
        [2.0, 6.5, 11.0, 20.0, 26.0],
        power_curve=curve,
        measured_at_m=80.0,
        losses_fraction=0.1,
    )
    assert found == pytest.approx([0, 0.315, 0.765, 0.9, 0], rel=1e-4)


@settings(deadline=None)
@given(
    speeds=st.lists(st.floats(0, 110), min_size=1, max_size=5),
    temperature=st.floats(-60, 60),
    altitude=st.floats(-450, 6000),
    exponent=st.floats(0, 0.6),
    losses=st.floats(0, 0.9),
)
def test_yield_lies_between_nothing_and_full_output(
    speeds, temperature, altitude, exponent, losses
):
    found = yields(
        speeds, temperature, altitude, shear_exponent=exponent, losses_fraction=losses
    )
    assert (found >= 0).all()
    assert (found <= 1 - losses).all()


@settings(deadline=None)
@given(st.floats(0, 15), st.floats(-40, 40), st.floats(0, 30))
def test_warm_air_never_gives_more(speed, temperature, warmer):
    """At speeds far below the cut-out, where cold air stops the turbine earlier."""
    cold = yields([speed], temperature, 0.0)
    assert (yields([speed], temperature + warmer, 0.0) <= cold + 1e-12).all()


def test_more_wind_never_gives_less_until_it_stops():
    speeds = np.linspace(0, 24, 200)
    assert (np.diff(yields(speeds, measured_at_m=80.0)) >= 0).all()


def test_turbine_of_windpowerlib():
    """E-126/4200 gives 1,790 kW at 8 m/s and 58 kW at 3 m/s."""
    pytest.importorskip("windpowerlib")
    found = yields([3.0, 8.0, 20.0, 40.0], measured_at_m=80.0, turbine="E-126/4200")
    kw = np.array([58, 1790, 4200, 0])
    assert found == pytest.approx(0.89 * kw / 4200, rel=1e-4)


def test_unknown_turbine_is_refused_with_the_nearest_names():
    pytest.importorskip("windpowerlib")
    with pytest.raises(InputError, match=r"did you mean .*E-126/4200"):
        yields([8.0], turbine="E-126/420")


def test_turbine_without_the_library_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "windpowerlib", None)
    with pytest.raises(InputError, match=r"pip install verdigrid\[wind\]"):
        yields([8.0], turbine="E-126/4200")


def test_neither_weather_nor_yield_is_refused():
    with pytest.raises(InputError, match="weather"):
        microgrid({"turbine": WIND}, 2)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({**STRAIGHT, "turbine": "E-126/4200"}, "power_curve and turbine"),
        ({"turbine": "x", "yield_kw_per_kw": 0.3}, "yield_kw_per_kw and turbine"),
        ({"power_curve": STRAIGHT["power_curve"][::-1]}, "rising wind speed"),
        ({"power_curve": STRAIGHT["power_curve"][:1]}, "two or more"),
        ({"cut_in_speed_m_per_s": 10.0, "rated_speed_m_per_s": 9.0}, "cut-in"),
        ({"cut_out_speed_m_per_s": 10.0}, "cut-out"),
        ({"roughness_length_m": 2.0, "measured_at_m": 2.0}, "roughness_length_m"),
        ({"losses_fraction": 1.0}, "less than 1"),
    ],
)
def test_nonsense_is_refused(fields, said):
    with pytest.raises(ValidationError, match=said):
        Component.registry["wind"].model_validate({**WIND, **fields})

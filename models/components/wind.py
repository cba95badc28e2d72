"""Wind turbines: yield from the wind of the weather file, or a given series per kW.

    0 <= generation(t) <= yield(t) size             (the difference is curtailed)

The yield of 1 kW of turbines follows from the mean wind speed of the step:

    v_hub  = v (hub / measured)^exponent                     power law, or
    v_hub  = v ln(hub / roughness) / ln(measured / roughness)   log law
    p      = 101325 Pa (1 - 0.0065 K/m h / 288.15 K)^5.25588
    rho    = p / (287.05 J/kg/K (T + 273.15))
    v_eff  = v_hub (rho / 1.225 kg/m3)^(1/3)
    yield  = (1 - losses) curve(v_eff)

h is the height of the hub above sea level: altitude of the site plus height of the
hub. T is the air temperature of the weather file. The curve is given as points, that
of a turbine in windpowerlib, or the generic one:

    curve(v) = (v^3 - v_in^3) / (v_rated^3 - v_in^3), clipped to 0..1; 0 above v_out

Between points the curve is a straight line, outside them 0. Gusts within a step are
not counted: what the curve is asked for is the mean of the step.

symbol       name                   unit    meaning
size         capacity               kW      rated power of the turbines
yield        yield                  kW/kW   most that 1 kW could deliver
generation   generation_kw          kW      delivered to the bus
v            wind_speed_m_per_s     m/s     wind at the height measured_at_m
hub          hub_height_m           m       height of the hub above ground
exponent     shear_exponent         1       how fast the wind grows with height
roughness    roughness_length_m     m       height at which the log law has no wind

Sources: J. F. Manwell, J. G. McGowan, A. L. Rogers, Wind Energy Explained, 2nd ed.,
Wiley, 2009 (both laws); ISO 2533, Standard Atmosphere, 1975 (pressure); IEC
61400-12-1, Power performance measurements, 2017 (wind speed for the density).
"""

from difflib import get_close_matches
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Surroundings
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.temperatures import KELVIN
from verdigrid.models.yielding import Yielding

STANDARD_DENSITY = 1.225  # kg/m3, for which power curves are stated
_FIT = (
    "yields of the 67 power curves of windpowerlib 0.2.2, 2024: their median at mean "
    "winds of 6 to 8 m/s is met within 4 %"
)


def air_density(height_m: float, temperature_c: Floats) -> Floats:
    """Density of air at a height above sea level, kg/m3.

    >>> air_density(0.0, np.array([15.0])).round(3)
    array([1.225])
    """
    pressure = 101_325.0 * (1 - 0.0065 * height_m / 288.15) ** 5.25588
    return np.asarray(pressure / (287.05 * (temperature_c + KELVIN)))


class PowerPoint(Strict):
    """One point of a power curve, at standard air density."""

    wind_speed_m_per_s: float = parameter(
        unit="m/s", doc="wind speed at the hub", ge=0, le=60
    )
    output_kw_per_kw: float = parameter(
        unit="kW/kW", doc="output per rated power", ge=0, le=1
    )


class Wind(Yielding):
    """Wind turbines that may be curtailed."""

    kind: Literal["wind"] = "wind"
    summary: ClassVar[str] = "wind turbines from weather or a yield series"
    default_lifetime_years: ClassVar[float] = 28.5
    lifetime_source: ClassVar[str] = (
        "Danish Energy Agency technology data, onshore turbines: 27 a in 2020, "
        "30 a in 2030"
    )

    capacity: PowerCapacity = parameter(unit="kW", doc="rated power")
    hub_height_m: float = parameter(
        80.0,
        unit="m",
        doc="height of the hub above ground",
        source="NREL, REopt.jl, wind of size class large, read 2026",
        gt=1,
        le=300,
    )
    measured_at_m: float = parameter(
        10.0,
        unit="m",
        doc="height above ground of the wind in the weather file",
        source="WMO-No. 8, Guide to Instruments and Methods of Observation, 2018",
        gt=0,
        le=300,
    )
    shear_exponent: float = parameter(
        1 / 7,
        unit="1",
        doc="exponent of the power law; larger over rough ground and in still nights",
        source="E. W. Peterson, J. P. Hennessey, Journal of Applied Meteorology 17, "
        "1978",
        ge=0,
        le=0.6,
    )
    roughness_length_m: float | None = parameter(
        None,
        unit="m",
        doc="roughness of the ground: the log law replaces the power law",
        gt=0,
        le=5,
    )
    power_curve: list[PowerPoint] | None = parameter(
        None, unit="", doc="points in order of wind speed; replaces the generic curve"
    )
    turbine: str | None = parameter(
        None,
        unit="",
        doc="type in windpowerlib such as E-126/4200; replaces the generic curve "
        "(needs pip install verdigrid[wind])",
    )
    cut_in_speed_m_per_s: float = parameter(
        3.0,
        unit="m/s",
        doc="generic curve: wind above which it turns",
        source=_FIT,
        ge=0,
        le=10,
    )
    rated_speed_m_per_s: float = parameter(
        10.5,
        unit="m/s",
        doc="generic curve: wind of full output",
        source=_FIT,
        gt=0,
        le=30,
    )
    cut_out_speed_m_per_s: float = parameter(
        25.0,
        unit="m/s",
        doc="generic curve: wind above which it stops",
        source=_FIT,
        gt=0,
        le=60,
    )
    losses_fraction: float = parameter(
        0.11,
        unit="1",
        doc="wake, availability, cables, icing and the like",
        source="NREL, ReEDS v2025.2.0, land-based wind: about 11 % in all, 2025",
        ge=0,
        lt=1,
    )

    @model_validator(mode="after")
    def _one_curve_in_order(self) -> Self:
        given = [
            name
            for name, value in (
                ("yield_kw_per_kw", self.yield_kw_per_kw),
                ("power_curve", self.power_curve),
                ("turbine", self.turbine),
            )
            if value is not None
        ]
        if len(given) > 1:
            raise ValueError(f"give one of {' and '.join(given)}, not both")
        if self.power_curve is not None:
            speeds = [point.wind_speed_m_per_s for point in self.power_curve]
            if len(speeds) < 2 or np.any(np.diff(speeds) <= 0):
                raise ValueError("power_curve: two or more points of rising wind speed")
        in_order = (
            self.cut_in_speed_m_per_s
            < self.rated_speed_m_per_s
            < self.cut_out_speed_m_per_s
        )
        if not in_order:
            raise ValueError("cut-in below rated below cut-out wind speed")
        lowest = min(self.measured_at_m, self.hub_height_m)
        if self.roughness_length_m is not None and self.roughness_length_m >= lowest:
            raise ValueError(
                f"roughness_length_m ({self.roughness_length_m:g}) below "
                f"measured_at_m and hub_height_m ({lowest:g})"
            )
        return self

    def yield_from_weather(self, around: Surroundings, weather: pd.DataFrame) -> Floats:
        """Yield of 1 kW, kW/kW (steps,)."""
        speed = weather["wind_speed_m_per_s"].to_numpy(dtype=float) * self._lift()
        density = air_density(
            around.altitude_m + self.hub_height_m,
            weather["temp_air_c"].to_numpy(dtype=float),
        )
        effective = speed * np.cbrt(density / STANDARD_DENSITY)
        return (1 - self.losses_fraction) * self._curve(effective)

    def _lift(self) -> float:
        """Wind at the hub per wind where it is measured."""
        if self.roughness_length_m is None:
            return float(
                (self.hub_height_m / self.measured_at_m) ** self.shear_exponent
            )
        heights = np.array([self.hub_height_m, self.measured_at_m])
        at_hub, measured = np.log(heights / self.roughness_length_m)
        return float(at_hub / measured)

    def _curve(self, speed: Floats) -> Floats:
        """Output per rated power at wind speeds, kW/kW (steps,)."""
        if self.turbine is not None:
            speeds, outputs = _turbine_curve(self.turbine)
            return np.interp(speed, speeds, outputs, left=0, right=0)
        if self.power_curve is not None:
            speeds = np.array([point.wind_speed_m_per_s for point in self.power_curve])
            outputs = np.array([point.output_kw_per_kw for point in self.power_curve])
            return np.interp(speed, speeds, outputs, left=0, right=0)
        begin, full = self.cut_in_speed_m_per_s**3, self.rated_speed_m_per_s**3
        share = np.clip((speed**3 - begin) / (full - begin), 0, 1)
        return np.where(speed > self.cut_out_speed_m_per_s, 0.0, share)


def _turbine_curve(name: str) -> tuple[Floats, Floats]:
    """Wind speeds, m/s, and outputs per rated power of a turbine in windpowerlib."""
    try:
        from windpowerlib import WindTurbine, get_turbine_types
    except ImportError:
        problem = Problem(
            "turbine",
            f"{name!r} without the library windpowerlib",
            "the library that holds the power curves",
            "pip install verdigrid[wind], or give power_curve:",
        )
        raise InputError([problem]) from None
    types = get_turbine_types(turbine_library="local", print_out=False)
    known = types.loc[types["has_power_curve"], "turbine_type"].tolist()
    if name not in known:
        near = get_close_matches(name, known, n=5, cutoff=0.3)
        hint = f"did you mean {' or '.join(near)}?" if near else ""
        problem = Problem("turbine", repr(name), "a type in windpowerlib", hint)
        raise InputError([problem])
    found = WindTurbine(hub_height=100, turbine_type=name)  # the curve has no height
    outputs = found.power_curve["value"].to_numpy(dtype=float) / found.nominal_power
    speeds = found.power_curve["wind_speed"].to_numpy(dtype=float)
    return speeds, np.clip(outputs, 0, 1)

"""Photovoltaics: yield from weather through pvlib, or a given series per kW.

    0 <= generation(t) <= yield(t) size             (the difference is curtailed)
    generation(t) = yield(t) size                   if it can't be curtailed

The yield of 1 kWp (AC kW per kW of modules) follows the PVWatts chain:

    G(t)  irradiance on the plane of the modules (verdigrid.models.sunlight)
    T(t)  cell temperature from G, air temperature and wind (SAPM)
    dc    = G / 1000 (1 + gamma (T - 25))
    yield = PVWatts inverter of (1 - losses) dc, limited to 1 / dc_ac_ratio

symbol       name            unit    meaning
size         capacity        kW      modules at standard test conditions (kWp)
yield        yield           kW/kW   most a kWp could deliver
generation   generation_kw   kW      delivered to the bus

Azimuth: south is 180.

Sources: W. F. Holmgren, C. W. Hansen, M. A. Mikofski, pvlib python, JOSS 3(29),
884, 2018; A. P. Dobos, PVWatts Version 5 Manual, NREL/TP-6A20-62641, 2014.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import PowerCapacity
from verdigrid.models.component import Surroundings
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.sunlight import Sunlit

_PVWATTS = "PVWatts Version 5 Manual, NREL/TP-6A20-62641, 2014"


class Pv(Sunlit):
    """A photovoltaic field that may be curtailed."""

    kind: Literal["pv"] = "pv"
    summary: ClassVar[str] = "photovoltaics from weather (pvlib) or a yield series"
    yield_unit: ClassVar[tuple[str, float]] = ("kWh/kWp/a", 1.0)
    default_lifetime_years: ClassVar[float] = 35.0
    lifetime_source: ClassVar[str] = (
        "Danish Energy Agency technology data, rooftop PV, 2020"
    )

    capacity: PowerCapacity = parameter(unit="kW", doc="module power (kWp)")
    yield_kw_per_kw: Profile | None = parameter(
        None, unit="kW/kWp", doc="AC yield of 1 kWp; replaces the weather"
    )
    degradation_per_year: float = parameter(
        0.0,
        unit="1/a",
        doc="share of the first year's yield lost each year, usually 0.003 to 0.005; "
        "0 if the yield is that of the whole life",
        ge=0,
        lt=0.1,
    )
    tilt_deg: float = parameter(
        20.0,
        unit="deg",
        doc="slope of the modules, 0 is flat",
        source="PVWatts Version 5 Manual, fixed-array default, 2014",
        ge=0,
        le=90,
    )
    losses_fraction: float = parameter(
        0.1408,
        unit="1",
        doc="soiling, wiring, mismatch, availability and the like",
        source=f"{_PVWATTS}, total of the default losses",
        ge=0,
        lt=1,
    )
    temperature_coefficient_per_k: float = parameter(
        -0.0035,
        unit="1/K",
        doc="change of DC power with cell temperature",
        source=f"{_PVWATTS}, premium modules",
        ge=-0.01,
        le=0,
    )
    inverter_efficiency: float = parameter(
        0.96, unit="1", doc="nominal inverter efficiency", source=_PVWATTS, gt=0, le=1
    )
    dc_ac_ratio: float = parameter(
        1.1,
        unit="1",
        doc="module power per inverter power",
        source=f"{_PVWATTS}, default",
        ge=0.5,
        le=3,
    )
    mounting: Literal[
        "open_rack_glass_glass", "open_rack_glass_polymer", "close_mount_glass_glass"
    ] = parameter(
        "open_rack_glass_polymer",
        unit="",
        doc="how the modules are cooled (parameter set of the SAPM model)",
    )

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """The yield of 1 kWp in every step, kW/kW, mean of its life."""
        lost = self.degradation_per_year * (self.lifetime_years(self.capacity) - 1) / 2
        if lost >= 1:
            got = f"{self.degradation_per_year:g}"
            expected = "less than leaves nothing within the life"
            raise InputError([Problem("degradation_per_year", got, expected)])
        first = super().prepare(around, series)["yield"]
        return {"yield": (1 - max(0.0, lost)) * first}

    def yield_from_weather(self, around: Surroundings, weather: pd.DataFrame) -> Floats:
        """PVWatts yield of 1 kWp in its first year, kW/kW (steps,)."""
        from pvlib import inverter, pvsystem, temperature

        plane = self.sunlight(around, weather)
        weather = weather.set_axis(plane.index)
        cooling = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"][self.mounting]
        cell = temperature.sapm_cell(
            plane, weather["temp_air_c"], weather["wind_speed_m_per_s"], **cooling
        )
        dc = pvsystem.pvwatts_dc(
            plane, cell, 1.0, self.temperature_coefficient_per_k
        ) * (1 - self.losses_fraction)
        inverter_dc_limit = 1.0 / (self.dc_ac_ratio * self.inverter_efficiency)
        ac = inverter.pvwatts(dc, inverter_dc_limit, self.inverter_efficiency)
        return np.asarray(ac.fillna(0.0).clip(lower=0.0), dtype=np.float64)

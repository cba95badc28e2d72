"""Sunlight on a tilted plane, which photovoltaics and solar collectors share.

    G(t) = beam on the plane + sky diffuse (Hay-Davies) + reflection of the ground

symbol   unit    meaning
G        W/m2    irradiance on the plane, mean of the step

The sun stands where it is in the middle of each step.

Source: W. F. Holmgren, C. W. Hansen, M. A. Mikofski, pvlib python, JOSS 3(29),
884, 2018.
"""

import pandas as pd

from verdigrid.models.component import Surroundings
from verdigrid.models.parameter import parameter
from verdigrid.models.yielding import Yielding


class Sunlit(Yielding):
    """Base of the sources that lie on a plane in the sun; a subclass has its slope."""

    tilt_deg: float = parameter(
        unit="deg", doc="slope of the plane, 0 is flat", ge=0, le=90
    )
    azimuth_deg: float = parameter(
        180.0,
        unit="deg",
        doc="where the plane looks, clockwise from north; south is 180",
        source="convention of pvlib; south-facing, PVWatts default, 2014",
        ge=0,
        lt=360,
    )
    albedo: float = parameter(
        0.2,
        unit="1",
        doc="reflection of the ground",
        source="PVWatts Version 5 Manual, NREL/TP-6A20-62641, 2014",
        ge=0,
        le=1,
    )

    def sunlight(self, around: Surroundings, weather: pd.DataFrame) -> pd.Series:
        """Irradiance on the plane, W/m2 (steps,), labelled by the middle of each step.

        The site must have a latitude and a longitude.
        """
        from pvlib import irradiance, solarposition

        middle = around.calendar.utc + pd.Timedelta(
            minutes=around.calendar.step_minutes / 2
        )
        sun = solarposition.get_solarposition(
            middle,
            around.latitude,
            around.longitude,
            altitude=around.altitude_m,
            temperature=weather["temp_air_c"].to_numpy(),
        )
        weather = weather.set_axis(middle)
        plane: pd.Series = irradiance.get_total_irradiance(
            self.tilt_deg,
            self.azimuth_deg,
            sun["apparent_zenith"],
            sun["azimuth"],
            weather["dni_w_per_m2"],
            weather["ghi_w_per_m2"],
            weather["dhi_w_per_m2"],
            dni_extra=irradiance.get_extra_radiation(middle),
            model="haydavies",
            albedo=self.albedo,
        )["poa_global"].fillna(0.0)
        return plane

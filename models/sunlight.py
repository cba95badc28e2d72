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


def plane_of_array(
    around: Surroundings,
    weather: pd.DataFrame,
    *,
    tilt_deg: float,
    azimuth_deg: float,
    albedo: float,
) -> pd.Series:
    """Irradiance on the plane, W/m2 (steps,), labelled by the middle of each step.

    ``tilt_deg`` is 0 for a flat plane; ``azimuth_deg`` is 180 for one that looks
    south. The site must have a latitude and a longitude.
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
        tilt_deg,
        azimuth_deg,
        sun["apparent_zenith"],
        sun["azimuth"],
        weather["dni_w_per_m2"],
        weather["ghi_w_per_m2"],
        weather["dhi_w_per_m2"],
        dni_extra=irradiance.get_extra_radiation(middle),
        model="haydavies",
        albedo=albedo,
    )["poa_global"].fillna(0.0)
    return plane

"""Values that cannot be, or that look wrong: percent, grams, watts, a shifted clock."""

import math

import numpy as np

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.calendar import HOURS_PER_YEAR, Calendar
from verdigrid.scenarios.wording import refusal

_MAY_BE_NEGATIVE = ("currency/kWh", "degC")
_PER_KW = "is the column in percent, or not per kW? use fractions per kW"
#: Unit of a field -> highest plausible value, and what probably went wrong above.
_HIGHEST = {
    "kW/kW": (1.2, _PER_KW),
    "kW/kWp": (1.2, _PER_KW),
    "kgCO2e/kWh": (3.0, "is the column in g/kWh or kg/MWh? name its unit"),
}
_GIGAWATT = 1e6  # kW
_YIELD_BAND = (300.0, 2500.0)  # kWh per kWp and year, from the poles to the Atacama
_DARK = math.sin(math.radians(-6.0))  # end of civil twilight
_DARK_SHARE = 0.02


def check_values(values: Floats, unit: str, calendar: Calendar) -> None:
    """Refuse values that cannot be right. Raises InputError naming the first step."""
    if not np.isfinite(values).all():
        raise refusal("values that are not finite", "finite numbers")
    if unit not in _MAY_BE_NEGATIVE:
        wrong = values < 0
        if wrong.any():
            raise refusal(_first(values, wrong, unit, calendar), "no negative values")
    if unit in _HIGHEST:
        most, hint = _HIGHEST[unit]
        wrong = values > most
        if wrong.any():
            got = _first(values, wrong, unit, calendar)
            raise refusal(got, f"at most {most:g} {unit}", hint)


def _first(values: Floats, wrong: Bools, unit: str, calendar: Calendar) -> str:
    step, count = int(np.flatnonzero(wrong)[0]), int(wrong.sum())
    steps = "1 step" if count == 1 else f"{count} steps"
    return (
        f"{values[step]:g} {unit} at {calendar.standard[step]:%Y-%m-%d %H:%M} ({steps})"
    )


def remarks(
    values: Floats,
    unit: str,
    calendar: Calendar,
    latitude_longitude: tuple[float, float] | None,
) -> list[str]:
    """What looks odd in a series (steps,) but may be right."""
    found = []
    if len(values) > 1 and (values == values[0]).all():
        found.append(f"the series is constant ({values[0]:g} {unit})")
    if unit == "kW" and values.max() > _GIGAWATT:
        found.append(f"the peak is {values.max():,.0f} kW; is the column in W?")
    if unit == "kW/kWp":
        yearly = float(values.mean()) * HOURS_PER_YEAR
        low, high = _YIELD_BAND
        if calendar.is_full_year and not low <= yearly <= high:
            found.append(
                f"the yield is {yearly:,.0f} kWh per kW and year; photovoltaics "
                f"give {low:,.0f} to {high:,.0f}"
            )
        if latitude_longitude is not None:
            found += _at_night(values, calendar, *latitude_longitude)
    return found


def _at_night(
    values: Floats, calendar: Calendar, latitude: float, longitude: float
) -> list[str]:
    """Yield in the dark, of a series that rests at night as photovoltaics do."""
    total = float(values.sum())
    if total <= 0 or float((values == 0).mean()) < 0.3:
        return []
    dark = sun_height(calendar, latitude, longitude) < _DARK
    share = float(values[dark].sum()) / total
    if share < _DARK_SHARE:
        return []
    return [f"{share:.0%} of the yield is in the dark; is the time zone right?"]


def sun_height(calendar: Calendar, latitude: float, longitude: float) -> Floats:
    """Sine of the sun's elevation in the middle of each step, (steps,).

    Cooper's declination and mean solar time: good to about 4 degrees, which is
    enough to tell day from night.
    """
    begin = calendar.utc
    hours = np.asarray(begin.hour + begin.minute / 60) + calendar.step_hours / 2
    declination = np.radians(23.45) * np.sin(
        2 * np.pi * (284 + np.asarray(begin.day_of_year)) / 365
    )
    hour_angle = np.radians(15 * (hours - 12) + longitude)
    phi = math.radians(latitude)
    return np.asarray(
        math.sin(phi) * np.sin(declination)
        + math.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    )

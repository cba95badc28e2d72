"""Values that cannot be, or that look wrong: percent, grams, watts, a shifted clock."""

import math

import numpy as np

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.calendar import HOURS_PER_YEAR, Calendar
from verdigrid.scenarios.wording import refusal

_MAY_BE_NEGATIVE = ("currency/kWh", "degC")
_PER_KW = "is the column in percent, or not per kW? use fractions per kW"
#: Unit of a field of emission factors.
CARBON_UNIT = "kgCO2e/kWh"
#: What a factor may be about -> its plausible band, kg/kWh. Below the lower end it is
#: only remarked on, because carriers without carbon are mixed into others.
#: Electricity: old lignite plants reach 1.3. Fuels on their lower heating value: coke
#: oven gas 0.16, raw coal 0.33, lignite 0.36, blast furnace gas 0.94, and up to 1.1 in
#: the range of IPCC (2006 Guidelines, volume 2, table 2.2, 2006). Heat: coal at 50 %.
CARBON_BANDS = {
    "electricity": (0.01, 1.5),
    "fuel": (0.01, 1.2),
    "heat": (0.01, 0.7),
}
#: Where most factors lie: what a mixed-up unit is recognized by, kg/kWh.
_USUAL = {"electricity": (0.05, 1.3), "fuel": (0.15, 1.0), "heat": (0.05, 0.6)}
#: Fossil fuels in t/GJ, from coke oven gas to lignite (IPCC, same table).
_FUEL_T_PER_GJ = (0.04, 0.11)
#: What a factor may be in by mistake, and kg/kWh in one of it.
_MIXED_UP = {
    "g/kWh or kg/MWh": 1e-3,
    "kg/GJ": 3.6e-3,
    "t/GJ": 3.6,
    "t/kWh": 1e3,
}
#: Of a kilogram of fuel, or a cubic metre: blast furnace gas 0.9, LPG 3.1.
_KG_PER_UNIT = (0.9, 3.5)
#: Unit of a field -> highest plausible value, and what probably went wrong above.
_HIGHEST = {
    "kW/kW": (1.2, _PER_KW),
    "kW/kWp": (1.2, _PER_KW),
    # only that of bought power varies
    CARBON_UNIT: (CARBON_BANDS["electricity"][1], "is the column in another unit?"),
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
            if unit == CARBON_UNIT:
                mean = float(values.mean())
                hint = looks_like(mean, "electricity", "their mean") or hint
            raise refusal(got, f"at most {most:g} {unit}", hint)


def carbon_problem(value: float, energy: str) -> tuple[str, str] | None:
    """What is expected of a factor of this kind of energy, kg/kWh, and a hint.

    None if the value is plausible.

    >>> carbon_problem(530.6, "electricity")[1]
    '530.6 looks like g/kWh or kg/MWh: 0.5306 kg/kWh'
    """
    most = CARBON_BANDS[energy][1]
    if 0 <= value <= most:
        return None
    return f"0 to {most:g} kg/kWh for {energy}", looks_like(value, energy)


def carbon_remark(value: float, energy: str) -> str:
    """What looks odd in a factor within its band: very low, or as if in t/GJ."""
    low, high = _FUEL_T_PER_GJ
    if energy == "fuel" and low <= value <= high:
        return f"{value:g} kg/kWh is low for a fuel; {looks_like(value, energy)}"
    if not 0 < value < CARBON_BANDS[energy][0]:
        return ""
    hint = looks_like(value, energy)
    return f"{value:g} kg/kWh is very low{'; ' if hint else ''}{hint}"


def looks_like(value: float, energy: str = "", name: str = "") -> str:
    """Which units would make sense of ``value`` as a factor; empty if none does.

    ``energy`` is what it is about (anything if not given), ``name`` what to call it.
    """
    bands = [_USUAL[energy]] if energy else list(_USUAL.values())
    readings = [
        f"{unit}: {value * factor:.4g} kg/kWh"
        for unit, factor in _MIXED_UP.items()
        if any(low <= value * factor <= high for low, high in bands)
    ]
    low, high = _KG_PER_UNIT
    if energy in ("fuel", "") and low <= value <= high:
        readings.append("kg per kg or m3 of fuel: divide by its heating value in kWh")
    if not readings:
        return ""
    return f"{name or f'{value:g}'} looks like {', or '.join(readings)}"


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
    if unit == CARBON_UNIT:
        odd = carbon_remark(float(values.mean()), "electricity")
        found += [f"the mean {odd}"] if odd else []
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

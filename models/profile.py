"""A value over time, as a scenario names it; the loader turns it into numbers.

A profile is given in exactly one of four ways::

    120                                        the same value in every step
    {values: [30, 0, 90]}                      one value per step
    {file: plant.csv, column: electricity_kw}  a column of a CSV file
    {shifts: {hours: ["6-22"], days: workdays, idle_fraction: 0.3}}  a shift pattern

and may be scaled to ``annual_kwh`` or ``peak_kw``, or multiplied by ``factor``.
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, model_validator

from verdigrid.models.parameter import Strict, parameter, unit_of

Days = Literal[
    "all", "workdays", "weekends", "mon", "tue", "wed", "thu", "fri", "sat", "sun"
]


class Shifts(Strict):
    """A plant that runs in shifts: full power in working hours, idle else."""

    hours: list[str] = parameter(
        unit="", doc='working hours, for example ["6-14", "14-22"]'
    )
    days: Days = parameter("workdays", unit="", doc="working days")
    idle_fraction: float = parameter(
        unit="1", doc="power outside working hours, share of full power", ge=0, le=1
    )


class Profile(Strict):
    """Where the values of a series come from (see the module's text)."""

    constant: float | None = parameter(None, unit="", doc="the value of every step")
    values: list[float] | None = parameter(None, unit="", doc="one value per step")
    file: str | None = parameter(
        None, unit="", doc="CSV file, relative to the scenario file"
    )
    shifts: Shifts | None = parameter(None, unit="", doc="a generated shift pattern")
    column: str | None = parameter(
        None, unit="", doc="column of the file; its name ends with its unit"
    )
    unit: str | None = parameter(
        None, unit="", doc="unit of the column where its name carries none"
    )
    step_minutes: int | None = parameter(
        None, unit="min", doc="step of the file; inferred from its time stamps", gt=0
    )
    stamps: Literal["standard", "civil", "utc"] | None = parameter(
        None, unit="", doc="what clock the time stamps show"
    )
    aggregate: Literal["mean"] | None = parameter(
        None, unit="", doc="how finer steps become the scenario's steps"
    )
    align: Literal["date", "weekday"] | None = parameter(
        None, unit="", doc="how a series of another year is laid on the scenario's year"
    )
    leap_day: Literal["drop", "keep"] | None = parameter(
        None, unit="", doc="what happens to 29 February of the file"
    )
    annual_kwh: float | None = parameter(
        None, unit="kWh/a", doc="scale the series to this energy in a year", gt=0
    )
    peak_kw: float | None = parameter(
        None, unit="kW", doc="scale the series to this highest value", gt=0
    )
    factor: float | None = parameter(None, unit="1", doc="multiply the series", gt=0)

    @model_validator(mode="before")
    @classmethod
    def _number_is_constant(cls, value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {"constant": value}
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> "Profile":
        origins = [
            name
            for name in ("constant", "values", "file", "shifts")
            if getattr(self, name) is not None
        ]
        if len(origins) != 1:
            raise ValueError(
                "a profile needs exactly one of a number, values:, file: and "
                f"shifts:, and has {' and '.join(origins) or 'none'}"
            )
        if (self.file is None) != (self.column is None):
            raise ValueError("file: and column: belong together")
        of_file = ("unit", "step_minutes", "stamps", "aggregate", "align", "leap_day")
        stray = [name for name in of_file if getattr(self, name) is not None]
        if self.file is None and stray:
            raise ValueError(f"{', '.join(stray)}: only a file has that")
        scales = [
            name
            for name in ("annual_kwh", "peak_kw", "factor")
            if getattr(self, name) is not None
        ]
        if len(scales) > 1:
            raise ValueError(f"give one of {' and '.join(scales)}, not both")
        if self.shifts is not None and not scales:
            raise ValueError("shifts: needs annual_kwh: or peak_kw: or factor:")
        return self


def profiles_of(model: BaseModel, path: str) -> Iterator[tuple[str, Profile, str]]:
    """Every profile inside ``model``: its dotted path, itself, its unit.

    Nested models, lists and dictionaries are walked; the unit is the one that
    the field was declared with.
    """

    def walk(value: Any, here: str, unit: str) -> Iterator[tuple[str, Profile, str]]:
        if isinstance(value, Profile):
            yield here, value, unit
        elif isinstance(value, BaseModel):
            yield from profiles_of(value, here)
        elif isinstance(value, dict):
            for key, item in value.items():
                yield from walk(item, f"{here}.{key}", unit)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from walk(item, f"{here}.{number}", unit)

    for name in type(model).model_fields:
        yield from walk(
            getattr(model, name), f"{path}.{name}", unit_of(type(model), name)
        )

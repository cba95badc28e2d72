"""The top level of a scenario file; components and policies follow by ``kind``."""

import datetime as dt
import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from verdigrid.models.calendar import Calendar
from verdigrid.models.finance import Finance
from verdigrid.models.metered import Metered
from verdigrid.models.microgrid import Bus, Site
from verdigrid.models.objective import Objective
from verdigrid.models.parameter import Strict, parameter
from verdigrid.scenarios.options import Options

_START = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:00)?)?")
_MINUTES_PER_DAY = 24 * 60

#: Years that dates of scenarios and series may have.
FIRST_YEAR, LAST_YEAR = 1900, 2200


def _start(text: str) -> str:
    if not _START.fullmatch(text):
        raise ValueError("a date such as 2026-01-01, or 2026-01-01 06:00")
    try:
        year = dt.datetime.fromisoformat(text).year
    except ValueError as error:
        raise ValueError(f"a date that exists ({error})") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return text


def _step(minutes: int) -> int:
    part_of_hour = minutes > 0 and 60 % minutes == 0
    whole_hours = minutes > 0 and minutes % 60 == 0 and _MINUTES_PER_DAY % minutes == 0
    if not (part_of_hour or whole_hours):
        raise ValueError(
            "minutes that divide an hour, or whole hours that divide a day"
        )
    return minutes


class Time(Strict):
    """The horizon: equal steps in local standard time."""

    start: Annotated[str, AfterValidator(_start)] = parameter(
        unit="", doc="beginning of the first step, local standard time"
    )
    periods: int | None = parameter(
        None, unit="steps", doc="number of steps; a year if not given", ge=1, le=530_000
    )
    step_minutes: Annotated[int, AfterValidator(_step)] = parameter(
        60, unit="min", doc="length of a step"
    )
    represents: Literal["year", "as_is"] = parameter(
        "year", unit="", doc="whether the horizon stands for a year or for itself"
    )
    leap_day: Literal["keep", "drop"] = parameter(
        "keep", unit="", doc="whether 29 February is part of the horizon"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        start = dt.datetime.fromisoformat(self.start)
        if (start.hour * 60 + start.minute) % self.step_minutes:
            raise ValueError("start: a whole number of steps after midnight")
        if self.leap_day == "drop" and (start.month, start.day) == (2, 29):
            raise ValueError("start: a day that leap_day: drop leaves in the year")
        hours = (self.periods or 0) * self.step_minutes / 60
        if self.represents == "year" and hours > 366 * 24:
            raise ValueError(
                "at most a year of steps; for a longer horizon, represents: as_is"
            )
        return self

    def calendar(self, timezone: str) -> Calendar:
        """The time axis; its length is a year from the start if not given."""
        start = dt.datetime.fromisoformat(self.start)
        periods = self.periods
        if periods is None:
            days = _days_from(start)
            if self.leap_day == "drop":
                days = 365
            periods = days * _MINUTES_PER_DAY // self.step_minutes
        return Calendar(
            start=start,
            periods=periods,
            step_minutes=self.step_minutes,
            timezone=timezone,
            leap_day=self.leap_day,
            represents=self.represents,
        )


def _days_from(start: dt.datetime) -> int:
    """Days until the same date a year later."""
    if (start.month, start.day) == (2, 29):
        return 365
    return (start.replace(year=start.year + 1) - start).days


class WeatherFile(Strict):
    """Where the weather comes from."""

    file: str = parameter(
        unit="", doc="EPW, TMY3 or CSV file; also library: and pvlib:"
    )
    format: Literal["epw", "tmy3", "csv"] | None = parameter(
        None, unit="", doc="format of the file; inferred if not given"
    )


class Costs(Strict):
    """Costs by kind of component, and where they come from."""

    currency: str = parameter(unit="", doc="must be that of the scenario")
    price_year: int = parameter(unit="", doc="year of the prices", ge=1950, le=2100)
    sources: dict[str, str] = parameter(unit="", doc="sources at length", factory=dict)
    defaults: dict[str, dict[str, Any]] = parameter(
        unit="",
        doc="by kind: values for every component that does not give its own, and "
        "their source:",
        factory=dict,
    )


class StageEntry(Strict):
    """One stage: the year in which it begins, and what is different from then on."""

    year: int = parameter(unit="", doc="year in which it begins", ge=1950, le=2200)
    changes: dict[str, Any] = parameter(
        unit="",
        doc="values by dotted path, as with --set; they hold in later stages too",
        factory=dict,
    )


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class ScenarioFile(Strict):
    """A whole scenario; components and policies are validated by their kind."""

    schema_version: Literal[1] = Field(
        alias="schema", description="version of the file format"
    )
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")] = parameter(
        unit="", doc="short name: small letters, digits, - and _"
    )
    description: str = parameter("", unit="", doc="what the scenario is about")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = parameter(
        unit="", doc="three capital letters, such as EUR"
    )
    site: Site | None = parameter(None, unit="", doc="where the plant stands")
    time: Time = parameter(unit="", doc="the horizon")
    weather: WeatherFile | None = parameter(None, unit="", doc="weather of the site")
    finance: Finance | None = parameter(
        None, unit="", doc="discounting; needed unless time.represents is as_is"
    )
    objective: Objective | None = parameter(
        None, unit="", doc="what a plan is best at; least net present cost if not given"
    )
    buses: dict[Name, Bus] = parameter(unit="", doc="places where energy is balanced")
    components: dict[Name, dict[str, Any]] = parameter(unit="", doc="what there is")
    policies: dict[Name, dict[str, Any]] = parameter(
        unit="", doc="rules over the year", factory=dict
    )
    costs: Costs | None = parameter(None, unit="", doc="costs by kind of component")
    metered: Metered | None = parameter(
        None, unit="", doc="meter readings of a past year"
    )
    options: Options | None = parameter(
        None, unit="", doc="retrofit packages that may be laid over the scenario"
    )
    stages: list[StageEntry] | None = parameter(
        None, unit="", doc="years from which on something is different: a pathway"
    )


def zone_exists(timezone: str) -> bool:
    """True if ``timezone`` is a name of the IANA database."""
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return False
    return True

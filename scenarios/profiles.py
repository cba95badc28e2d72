"""Profiles of components and policies, as one number per step of the calendar."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import HOURS_PER_YEAR, Calendar
from verdigrid.models.errors import InputError
from verdigrid.models.hours import days_mask, hours_mask
from verdigrid.models.profile import Profile, Shifts
from verdigrid.scenarios.align import (
    Laid,
    Timed,
    coarsen,
    lay_on,
    means,
    repeat,
    steps_per_step,
)
from verdigrid.scenarios.csv_file import Table, read_numbers, read_table
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.paths import Files
from verdigrid.scenarios.plausible import check_values, remarks
from verdigrid.scenarios.stamps import read_stamps, step_minutes, to_standard
from verdigrid.scenarios.units import column_unit, to_field_unit
from verdigrid.scenarios.wording import refusal

#: Units of what holds all through a step, so that shorter steps may repeat it.
_HOLDS_ALL_STEP = ("currency/kWh", "kgCO2e/kWh", "degC", "1")


@dataclass
class ProfileReader:
    """Turns profiles into arrays; ``notes`` collects what was inferred on the way."""

    document: Document
    files: Files
    calendar: Calendar
    currency: str
    latitude_longitude: tuple[float, float] | None = None
    notes: list[str] = field(default_factory=list)
    _tables: dict[Path, Table] = field(default_factory=dict)

    def resolve(self, path: str, profile: Profile, unit: str) -> Floats:
        """Values of the profile at ``path`` in ``unit``, shape (steps,).

        Raises InputError, located in the scenario or in the CSV file.
        """
        try:
            laid = self._laid(path, profile, unit)
            values = self._scaled(laid, profile, unit)
            check_values(values, unit, self.calendar)
        except InputError as error:
            located = [
                self.document.locate(replace(problem, path=path))
                for problem in error.problems
            ]
            raise InputError(located) from None
        said = [*laid.notes]
        if profile.constant is None:
            said += remarks(values, unit, self.calendar, self.latitude_longitude)
        days = len(laid.whole) * self.calendar.step_hours / 24
        if profile.annual_kwh is not None and profile.file and days < 365:
            said.append(f"scaled as if the mean of {days:g} days were that of a year")
        label = f"{path}: {profile.file}: " if profile.file else f"{path}: "
        self.notes += [label + text for text in said]
        return values

    def _laid(self, path: str, profile: Profile, unit: str) -> Laid:
        """The series on the calendar, before scaling."""
        steps = self.calendar.periods
        if profile.constant is not None:
            values = np.full(steps, float(profile.constant))
            return Laid(values, values, ())
        if profile.values is not None:
            if len(profile.values) != steps:
                got, expected = f"{len(profile.values)} values", f"{steps} values"
                raise refusal(got, f"{expected}, one for each step")
            values = np.array(profile.values, dtype=np.float64)
            return Laid(values, values, ())
        if profile.shifts is not None:
            values = _shift_pattern(profile.shifts, self.calendar)
            return Laid(values, self._year_of_shifts(profile.shifts, values), ())
        return self._from_file(path, profile, unit)

    def _year_of_shifts(self, shifts: Shifts, values: Floats) -> Floats:
        """The pattern over a whole year, from which it is scaled."""
        if self.calendar.is_full_year:
            return values
        start = self.calendar.start.replace(month=1, day=1, hour=0, minute=0)
        steps = int(HOURS_PER_YEAR / self.calendar.step_hours)
        year = replace(self.calendar, start=start, periods=steps)
        return _shift_pattern(shifts, year)

    # -- from a file ---------------------------------------------------------

    def _from_file(self, path: str, profile: Profile, unit: str) -> Laid:
        table = self._table(path, profile.file or "")
        column = profile.column or ""
        file_unit = column_unit(column, profile.unit, self.currency)
        numbers = read_numbers(table, column)
        if not table.has_time:
            return self._without_stamps(table, numbers, profile, unit, file_unit)
        stamps, note = to_standard(
            read_stamps(table), profile.stamps, self.calendar, table
        )
        minutes = step_minutes(stamps, profile.step_minutes, self.calendar, table)
        values = to_field_unit(numbers, file_unit, unit, minutes / 60, column)
        series, wanted = Timed(values, stamps, minutes), self.calendar.step_minutes
        notes = [note] if note else []
        if minutes > wanted and unit in _HOLDS_ALL_STEP:
            series = repeat(series, self.calendar)
            notes.append(f"steps of {minutes} min repeated in steps of {wanted} min")
        elif minutes != wanted:
            notes.append(f"steps of {minutes} min inferred, averaged to {wanted} min")
        series = coarsen(series, self.calendar, profile.aggregate == "mean")
        laid = lay_on(series, self.calendar, profile.align, profile.leap_day)
        return replace(laid, notes=(*notes, *laid.notes))

    def _without_stamps(
        self,
        table: Table,
        numbers: Floats,
        profile: Profile,
        unit: str,
        file_unit: str,
    ) -> Laid:
        """A file without time column: its rows are the steps of the horizon."""
        steps, minutes = self.calendar.periods, self.calendar.step_minutes
        for name in ("stamps", "align", "leap_day"):
            if profile.model_dump()[name] is not None:
                got, expected = f"{name}: and no time column", "a time column"
                raise refusal(got, expected, "name the first column time")
        step = profile.step_minutes or minutes
        number = steps_per_step(step, self.calendar, profile.aggregate == "mean")
        if len(numbers) != steps * number:
            raise refusal(
                f"{len(numbers)} rows without time column",
                f"{steps * number} rows, one for each step of {step} min",
                "add a time column, or declare step_minutes:",
                file=table.file,
            )
        values = to_field_unit(
            numbers, file_unit, unit, step / 60, profile.column or ""
        )
        values = means(values, number) if number > 1 else values
        return Laid(values, values, ())

    def _table(self, path: str, name: str) -> Table:
        place = (*self.document.place(path), "file")
        folder = self.document.origin(place).folder
        found = self.files.find(name, folder)
        if found not in self._tables:
            label = self.files.label(found)
            self._tables[found] = read_table(self.files.read(found), label)
        return self._tables[found]

    # -- scaling -------------------------------------------------------------

    def _scaled(self, laid: Laid, profile: Profile, unit: str) -> Floats:
        """The values, scaled as the profile asks."""
        if profile.factor is not None:
            return laid.values * profile.factor
        if profile.annual_kwh is None and profile.peak_kw is None:
            return laid.values
        if unit != "kW":
            got = "annual_kwh" if profile.annual_kwh is not None else "peak_kw"
            raise refusal(f"{got} for values in {unit}", "factor, to scale these")
        if profile.annual_kwh is not None:
            yearly = self._yearly_kwh(laid)
            if yearly <= 0:
                raise refusal("a series whose sum is 0", "a series that can be scaled")
            return laid.values * (profile.annual_kwh / yearly)
        highest = float(laid.whole.max())
        if highest <= 0:
            raise refusal("a series whose peak is 0", "a series that can be scaled")
        return laid.values * (float(profile.peak_kw or 0.0) / highest)

    def _yearly_kwh(self, laid: Laid) -> float:
        """Energy of a year of the unscaled series, kWh."""
        if self.calendar.is_full_year:
            return float(laid.values.sum()) * self.calendar.step_hours
        return float(laid.whole.mean()) * HOURS_PER_YEAR


def _shift_pattern(shifts: Shifts, calendar: Calendar) -> Floats:
    """1 in working hours, the idle fraction otherwise, shape (steps,)."""
    try:
        working = hours_mask(shifts.hours, calendar) & days_mask(shifts.days, calendar)
    except ValueError as error:
        raise refusal("unreadable hours", str(error)) from None
    return np.where(working, 1.0, shifts.idle_fraction)

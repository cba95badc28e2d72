"""Batches: jobs with a given course of power that start within windows of the day.

    taken(bus, t) = sum over k of shape(bus, k) starts(t-k)
    sum of starts(t) over the steps of a window  =  count
    starts(t) <= 1 in the steps of windows (count, unless one_at_a_time), else 0; whole
    starts(t) + starts(t-1) + .. + starts(t-K+1) <= 1          with one_at_a_time

symbol   name           unit   meaning
starts   starts         1      jobs that start at the beginning of a step
shape    shapes_kw      kW     power of a job in its k-th step, k = 0 .. K-1, by bus
K                       1      steps of a job

A window belongs to a civil day: a job may start from ``earliest_hour`` to
``latest_hour`` (both included; over midnight if the latest is the smaller one, and then
the window belongs to the day on which it opens). ``every: day`` has one window a day,
``workday`` one on each day from Monday to Friday, ``week`` one a week, from Monday,
with these hours on each of its days. The hours limit the start; a job may run on after
them.

At the ends of the horizon the step before the first is the last (cyclic). A job that
starts in the last evening ends in the first morning, so that each job takes the energy
of its whole shape. A window that the horizon cuts (over midnight, or a week) continues
at its other end: both pieces are one window. A full year has 52 weeks; the day or two
left over belong to the first.

The starts are the only whole numbers, and only in steps in which a job may start.
"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import (
    Account,
    Component,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.parameter import parameter


class Batch(Component):
    """Jobs of one kind, each started once in its window."""

    kind: Literal["batch"] = "batch"
    summary: ClassVar[str] = "jobs with a given course of power, started within windows"

    bus: str | None = parameter(None, unit="", doc="bus of shape_kw")
    shape_kw: list[float] | None = parameter(
        None, unit="kW", doc="power of a job, step by step, on one bus"
    )
    shapes_kw: dict[str, list[float]] | None = parameter(
        None, unit="kW", doc="power of a job, step by step, by bus; all equally long"
    )
    shape_step_minutes: int | None = parameter(
        None,
        unit="min",
        doc="step of the shape; that of the scenario if not given",
        gt=0,
    )
    every: Literal["day", "workday", "week"] = parameter(
        unit="", doc="how often there is a window"
    )
    earliest_hour: float = parameter(
        unit="h",
        doc="first start, hours after midnight on the civil clock",
        ge=0,
        lt=24,
    )
    latest_hour: float = parameter(
        unit="h", doc="last start, hours after midnight on the civil clock", ge=0, lt=24
    )
    count: int = parameter(1, unit="1", doc="jobs in each window", ge=1)
    one_at_a_time: bool = parameter(
        True, unit="", doc="whether a job must end before the next one starts"
    )

    @model_validator(mode="after")
    def _one_way_to_give_shapes(self) -> Self:
        one, several = self.shape_kw, self.shapes_kw
        if (one is None) == (several is None):
            raise ValueError("give either bus: and shape_kw:, or shapes_kw:")
        if (one is None) != (self.bus is None):
            raise ValueError("bus: and shape_kw: belong together")
        shapes = list(self._given.values())
        if not shapes or len({len(shape) for shape in shapes}) > 1:
            raise ValueError("shapes_kw needs a bus at least, all lists equally long")
        if any(min(shape, default=0.0) < 0 or not any(shape) for shape in shapes):
            raise ValueError("a shape has no negative power, and some power")
        return self

    @property
    def _given(self) -> dict[str, list[float]]:
        """Shapes by bus, in steps of their own."""
        if self.shape_kw is not None and self.bus is not None:
            return {self.bus: self.shape_kw}
        return self.shapes_kw or {}

    def connections(self) -> list[Connection]:
        if self.bus is not None:
            return [Connection("bus", self.bus, (), "draws")]
        return [Connection(f"shapes_kw.{b}", b, (), "draws") for b in self._given]

    # -- shapes and windows in steps ------------------------------------------

    def _shapes(self, step_minutes: int) -> dict[str, Floats]:
        """Mean power of a job in each of its steps, kW, by bus.

        >>> job = Batch.model_validate(
        ...     {"bus": "power", "shape_kw": [30.0, 60.0], "shape_step_minutes": 60,
        ...      "every": "day", "earliest_hour": 8, "latest_hour": 16})
        >>> job._shapes(30)["power"].tolist()
        [30.0, 30.0, 60.0, 60.0]
        """
        minutes = self.shape_step_minutes or step_minutes
        return {
            bus: np.repeat(shape, minutes).reshape(-1, step_minutes).mean(axis=1)
            for bus, shape in self._given.items()
        }

    def _window_of_steps(self, calendar: Calendar) -> tuple[Ints, Bools]:
        """Window that each step belongs to (-1: none), and if a job may start there."""
        civil = calendar.civil
        minute = np.asarray(civil.hour * 60 + civil.minute)
        after = minute >= 60 * self.earliest_hour
        before = minute <= 60 * self.latest_hour
        over_midnight = self.latest_hour < self.earliest_hour
        day, weekday = _civil_days(calendar)
        # A piece of a day at the end continues the first day: the horizon is cyclic.
        days = max(1, round(calendar.hours / 24))
        day = (day - before if over_midnight else day) % days
        weekday = weekday[:days]
        window = day
        if self.every == "workday":
            window = np.where(weekday[day] < 5, day, -1)
        if self.every == "week":
            week = np.cumsum((weekday == 0) & (np.arange(weekday.size) > 0))
            window = week[day] % max(1, days // 7)
        allowed = (after | before) if over_midnight else (after & before)
        return window, allowed & (window >= 0)

    def _starting_steps(self, calendar: Calendar) -> dict[int, Ints]:
        """Steps in which a job of a window may start, by number of the window."""
        window, allowed = self._window_of_steps(calendar)
        numbers = np.unique(window[window >= 0]).tolist()
        return {n: np.flatnonzero(allowed & (window == n)) for n in numbers}

    def _most_starts(self, calendar: Calendar) -> Ints:
        """Most jobs that may start in each step (steps,)."""
        _, allowed = self._window_of_steps(calendar)
        return np.where(allowed, 1 if self.one_at_a_time else self.count, 0)

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Nothing to compute; refuses jobs and windows that do not fit."""
        calendar = around.calendar
        self._refuse_broken_steps(calendar)
        length = next(iter(self._shapes(calendar.step_minutes).values())).size
        field = "shape_kw" if self.bus is not None else "shapes_kw"
        windows = self._starting_steps(calendar)
        _refuse(
            length > calendar.periods,
            field,
            f"a job of {length * calendar.step_hours:g} h",
            f"at most the horizon, {calendar.hours:g} h",
        )
        for steps in windows.values():
            self._refuse_full_window(steps, length, field, calendar)
        jobs = self.count * len(windows)
        _refuse(
            self.one_at_a_time and jobs * length > calendar.periods,
            field,
            f"{jobs} jobs of {length * calendar.step_hours:g} h one at a time",
            f"at most the {calendar.hours:g} h of the horizon",
        )
        return {}

    def _refuse_broken_steps(self, calendar: Calendar) -> None:
        step = calendar.step_minutes
        each = self.shape_step_minutes or step
        length = len(next(iter(self._given.values())))
        _refuse(
            length * each % step > 0,
            "shape_step_minutes",
            f"a job of {length * each} min in steps of {step} min",
            "a job of whole steps",
        )
        whole_days = calendar.hours % 24 == 0
        whole = whole_days if self.every != "week" else calendar.hours % 168 == 0
        _refuse(
            not whole and not calendar.is_full_year,
            "every",
            f"{self.every} over a horizon of {calendar.hours:g} h",
            "whole weeks or a full year" if self.every == "week" else "whole days",
            "a window that the horizon cuts would not be a whole one",
        )

    def _refuse_full_window(
        self, steps: Ints, length: int, field: str, calendar: Calendar
    ) -> None:
        """Refuse a window in which no job can start, or not all of them."""
        _refuse(
            steps.size == 0,
            "latest_hour",
            f"{self.earliest_hour:g} to {self.latest_hour:g} h, when no step begins "
            "(on every day, or when the clocks go forward)",
            "a window with the beginning of a step in it",
        )
        fit = _fitting_jobs(steps, length, calendar.periods)
        _refuse(
            self.one_at_a_time and fit < self.count,
            field,
            f"{self.count} jobs of {length * calendar.step_hours:g} h one at a time "
            f"in the window of {calendar.civil[steps[0]]:%Y-%m-%d}",
            f"at most {fit}",
            "widen the window, or set one_at_a_time: false",
        )

    # -- the model ----------------------------------------------------------

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        most = self._most_starts(context.calendar).tolist()
        block.starts = pyo.Var(
            context.steps,
            domain=lambda b, t: pyo.NonNegativeIntegers if most[t] else pyo.Reals,
            bounds=lambda b, t: (0, most[t]),
            doc="jobs that start",
        )
        windows = self._starting_steps(context.calendar)
        windows = {n: steps for n, steps in windows.items() if steps.size}
        numbers = pyo.Set(initialize=list(windows))
        block.windows = numbers
        block.jobs_in_window = pyo.Constraint(numbers, doc="1")
        for number, steps in windows.items():
            total = sum([block.starts[t] for t in steps.tolist()])
            block.jobs_in_window[number] = total == self.count
        shapes = self._shapes(context.calendar.step_minutes)
        for bus, shape in shapes.items():
            self._build_power(block, context, bus, shape.tolist())
        length = next(iter(shapes.values())).size
        lags = [context.earlier(block, k) for k in range(length)]
        if self.one_at_a_time:
            context.rule(
                block,
                "one_at_a_time",
                lambda b, t: sum([b.starts[lag[t]] for lag in lags]) <= 1,
                "1",
            )

    def _build_power(
        self, block: pyo.Block, context: BuildContext, bus: str, shape: list[float]
    ) -> None:
        """What the jobs that started in the last steps take from ``bus``."""
        parts = [(kw, context.earlier(block, k)) for k, kw in enumerate(shape) if kw]
        starts = block.starts
        context.inject(
            bus, "jobs", lambda t: -sum([kw * starts[lag[t]] for kw, lag in parts])
        )

    # -- the same in NumPy --------------------------------------------------

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        calendar, starts = inputs.calendar, dispatch["starts"]
        shapes = self._shapes(calendar.step_minutes)
        length = next(iter(shapes.values())).size
        peak = max(float(shape.max()) for shape in shapes.values())
        whole = np.clip(np.rint(starts), 0, self._most_starts(calendar))
        done = [starts[s].sum() for s in self._starting_steps(calendar).values()]
        account = Account(
            flows=[
                Flow(bus, "jobs", -_followed_by(starts, shape))
                for bus, shape in shapes.items()
            ],
            residuals={
                "whole starts in windows": peak * (starts - whole),
                "jobs in window": peak * (np.array(done) - self.count),
            },
        )
        if self.one_at_a_time:
            running = _followed_by(starts, np.ones(length))
            account.residuals["one at a time"] = peak * np.maximum(running - 1, 0)
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        calendar, starts = inputs.calendar, dispatch["starts"]
        yearly = calendar.step_hours * calendar.year_weight
        jobs = float(np.rint(starts).sum()) * calendar.year_weight
        figures = [Indicator("jobs", jobs, "1/a")]
        for bus, shape in self._shapes(calendar.step_minutes).items():
            taken = _followed_by(starts, shape)
            energy = float(taken.sum()) * yearly
            figures.append(Indicator(f"taken from {bus}", energy, "kWh/a"))
            figures.append(Indicator(f"peak on {bus}", float(taken.max()), "kW"))
        return figures


def _civil_days(calendar: Calendar) -> tuple[Ints, Ints]:
    """Number of the civil day of each step, from 0, and the weekday of each day.

    Counted in steps, so that a dropped leap day leaves no gap.
    """
    shift = (calendar.civil - calendar.standard) // pd.Timedelta(minutes=1)
    begin = 60 * calendar.start.hour + calendar.start.minute
    minutes = begin + calendar.step_minutes * np.arange(calendar.periods) + shift
    day = np.asarray(minutes // (24 * 60), dtype=np.int64)
    day -= day.min()
    weekday = np.zeros(day.max() + 1, dtype=np.int64)
    weekday[day] = calendar.civil.day_of_week  # that of the day's last step
    return day, weekday


def _followed_by(starts: Floats, shape: Floats) -> Floats:
    """Sum of ``shape`` from every start on, cyclic (steps,)."""
    total = np.zeros_like(starts)
    for step, value in enumerate(shape):
        total += value * np.roll(starts, step)
    return total


def _fitting_jobs(steps: Ints, length: int, periods: int) -> int:
    """How many jobs fit one after the other if they may start in ``steps``, cyclic.

    >>> _fitting_jobs(np.array([0, 1, 22, 23]), 2, 24)
    2
    """
    gaps = np.diff(steps, prepend=steps[-1] - periods)
    ordered = np.roll(steps, -int(np.argmax(gaps)))
    jobs, free = 0, -math.inf
    for step in np.where(ordered < ordered[0], ordered + periods, ordered).tolist():
        if step >= free:
            jobs, free = jobs + 1, step + length
    return jobs


def _refuse(wrong: Any, field: str, got: str, expected: str, hint: str = "") -> None:
    if wrong:
        raise InputError([Problem(field, got, expected, hint)])

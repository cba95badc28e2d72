"""On or off: what a machine may do that does not run at any load.

Only where a machine has ``commitment:``; without it, 0 <= output(t) <= size.

    min_load online(t) <= output(t) <= online(t),    online(t) = size on(t)

    start(t) >= on(t) - on(t-1)
    start(t) + .. + start(t-U+1) <= on(t)          on for U steps at least
    start(t) + .. + start(t-D+1) <= 1 - on(t-D)    off for D steps at least

    output(t) - output(t-1) <= jump online(t) - (jump - ramp) online(t-1)
    output(t-1) - output(t) <= jump online(t-1) - (jump - ramp) online(t)
    ramp = ramp_per_hour dt,   jump = max(min_load, ramp)

While on, the output moves by ``ramp size`` in a step; a start may reach, and a stop
may leave, ``jump size``. Where the size can be bought, size on(t) is a product of two
decisions, written as

    online(t) <= limit on(t),   online(t) <= size
    online(t) >= size - limit (1 - on(t))

The step before the first is the last (cyclic). Costs: start_cost start(t).

During maintenance, or where only a share of the machine is available,
output(t) <= available(t) online(t); with a share below ``min_load`` it is off.

The efficiency may fall towards the smallest load: the input of a machine that needs
1 / efficiency per unit of output at full load is

    input(t) = (slope output(t) + idle online(t)) / efficiency,   slope + idle = 1

a straight line through full load and ``part_load_efficiency`` at ``min_load``.

symbol   name                 unit    meaning
output   output_kw or other   kW      what the size counts
available  availability       1       share of the size that may run
on       on                   0 or 1  whether it runs
start    start                0 to 1  whether it is switched on; whole where on is
online   online_kw            kW      size of what runs
size     capacity             kW      existing and new
limit    capacity.max_kw      kW      largest size
U, D     min_up_hours, ..     steps   hours / dt, rounded up, at least 1

Source of the two sums: D. Rajan, S. Takriti, Minimum up/down polytopes of the unit
commitment problem with start-up costs, IBM research report RC23628, 2005.
"""

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.availability import Maintenance, available
from verdigrid.models.capacity import Capacity
from verdigrid.models.component import (
    Component,
    Dispatch,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.ledger import Term
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.profile import Profile


class Commitment(Strict):
    """What limits a machine that is either on or off."""

    min_load: float = parameter(
        unit="1", doc="smallest output while on, share of the size", ge=0, le=1
    )
    start_cost: float = parameter(
        0.0,
        unit="currency/start",
        doc="cost of a start of the whole machine; 0 counts none",
        ge=0,
    )
    min_up_hours: float = parameter(
        0.0, unit="h", doc="shortest time on, once started; 0 asks for none", ge=0
    )
    min_down_hours: float = parameter(
        0.0, unit="h", doc="shortest time off, once stopped; 0 asks for none", ge=0
    )
    ramp_per_hour: float | None = parameter(
        None,
        unit="1/h",
        doc="most that the output changes in an hour while on, share of the size; "
        "a start reaches min_load at once; any change if not given",
        gt=0,
    )

    part_load_efficiency: float = parameter(
        1.0,
        unit="1",
        doc="efficiency at min_load, share of that at full load",
        gt=0,
        le=1,
    )

    @model_validator(mode="after")
    def _part_load_has_two_ends(self) -> Self:
        if self.part_load_efficiency < 1 and not 0 < self.min_load < 1:
            raise ValueError(
                "part_load_efficiency is that at min_load, which must be between 0 "
                "and 1"
            )
        return self

    @property
    def slope_and_idle(self) -> tuple[float, float]:
        """Input per output and per online size, as shares of the input at full load.

        >>> half = Commitment(min_load=0.5, part_load_efficiency=0.8)
        >>> half.slope_and_idle  # input at half load: 0.5 x 0.75 + 0.25 = 0.5 / 0.8
        (0.75, 0.25)
        """
        if self.part_load_efficiency == 1:
            return 1.0, 0.0
        idle = (1 / self.part_load_efficiency - 1) / (1 / self.min_load - 1)
        return 1 - idle, idle

    @property
    def counts_starts(self) -> bool:
        """True if it matters when the machine is switched."""
        return max(self.start_cost, self.min_up_hours, self.min_down_hours) > 0

    def ramp_and_jump(self, step_hours: float) -> tuple[float, float]:
        """Largest change in a step, while on and at a switch; shares of the size."""
        ramp = (self.ramp_per_hour or math.inf) * step_hours
        return ramp, max(self.min_load, ramp)


class Machine(Component):
    """Base of machines whose ``capacity`` limits their output, and which may be off.

    A subclass writes ``self.limit_output(..)`` in ``build``, and adds
    ``self.output_residuals(..)``, ``self.start_costs(..)`` and
    ``self.switching(..)`` to what it recomputes.
    """

    commitment: Commitment | None = parameter(
        None,
        unit="",
        doc="on/off operation; if not given, any load from 0 to the size",
    )
    availability: Profile | None = parameter(
        None, unit="1", doc="share of the size that may run; all of it if not given"
    )
    maintenance: list[Maintenance] = parameter(
        unit="", doc="days on which it stands still", factory=list
    )

    @property
    def _capacity(self) -> Capacity:
        return self.capacities()["capacity"]

    @property
    def _committed(self) -> Commitment | None:
        """The commitment, unless there is no machine that could be on."""
        return self.commitment if self._capacity.limit > 0 else None

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Availability; refuses times on and off longer than the horizon."""
        plan, horizon = self.commitment, around.calendar.hours
        if plan is not None and plan.min_up_hours + plan.min_down_hours > horizon:
            problem = Problem(
                "commitment",
                f"min_up_hours {plan.min_up_hours:g} and min_down_hours "
                f"{plan.min_down_hours:g}",
                f"together at most the horizon, {horizon:g} h",
                "the horizon is followed by itself, so it could never be switched",
            )
            raise InputError([problem])
        if self.availability is None and not self.maintenance:
            return {}
        share = series.get("availability", np.ones(around.calendar.periods))
        return {"available": available(share, self.maintenance, around.calendar)}

    # -- the model ----------------------------------------------------------

    def limit_output(
        self, block: pyo.Block, context: BuildContext, output: Term
    ) -> Term:
        """Write that ``output``, kW of what the size counts, keeps to the size.

        Returns the size of what runs, kW.
        """
        plan, online = self._committed, self._online(block, context)
        if "available" in context.arrays:
            share = context.series(block, "available")
            context.rule(
                block,
                "capacity_limit",
                lambda b, t: output(t) <= share[t] * online(t),
                "kW",
            )
        else:
            context.rule(
                block, "capacity_limit", lambda b, t: output(t) <= online(t), "kW"
            )
        if plan is None:
            return online
        if plan.min_load:
            context.rule(
                block,
                "minimum_load",
                lambda b, t: output(t) >= plan.min_load * online(t),
                "kW",
            )
        if plan.ramp_per_hour is not None:
            self._build_ramps(block, context, plan, output, online)
        if plan.counts_starts:
            self._build_starts(block, context, plan)
        return online

    def slope_and_idle(self) -> tuple[float, float]:
        """Input per output and per online size, as shares of the input at full load."""
        plan = self._committed
        return (1.0, 0.0) if plan is None else plan.slope_and_idle

    def _online(self, block: pyo.Block, context: BuildContext) -> Term:
        """Size of what runs in a step, kW; all of it where nothing is to decide."""
        size, limit = context.size("capacity"), context.limit("capacity")
        if self._committed is None:
            return lambda t: size
        block.on = pyo.Var(context.steps, domain=pyo.Binary, doc="1 if it runs")
        if self._capacity.room == 0:
            return lambda t: size * block.on[t]
        online = context.flow(block, "online_kw", "kW, size of what runs")
        context.rule(
            block, "online_only_if_on", lambda b, t: online[t] <= limit * b.on[t], "kW"
        )
        context.rule(block, "online_within_size", lambda b, t: online[t] <= size, "kW")
        context.rule(
            block,
            "online_is_size_if_on",
            lambda b, t: online[t] >= size - limit * (1 - b.on[t]),
            "kW",
        )
        return lambda t: online[t]

    def _build_ramps(
        self,
        block: pyo.Block,
        context: BuildContext,
        plan: Commitment,
        output: Term,
        online: Term,
    ) -> None:
        """Both rows hold for a start and a stop too: while on, output >= min_load."""
        ramp, jump = plan.ramp_and_jump(context.step_hours)
        less, before = jump - ramp, context.previous
        context.rule(
            block,
            "ramp_up",
            lambda b, t: (
                output(t) - output(before[t])
                <= jump * online(t) - less * online(before[t])
            ),
            "kW",
        )
        context.rule(
            block,
            "ramp_down",
            lambda b, t: (
                output(before[t]) - output(t)
                <= jump * online(before[t]) - less * online(t)
            ),
            "kW",
        )

    def _build_starts(
        self, block: pyo.Block, context: BuildContext, plan: Commitment
    ) -> None:
        """Starts, what they cost, and how long it stays on or off between them.

        With sums over one step at least, ``start`` is 0 or 1 wherever ``on`` is.
        """
        block.start = pyo.Var(context.steps, bounds=(0, 1), doc="1 if switched on")
        previous = context.previous
        up = _whole_steps(plan.min_up_hours, context.step_hours)
        down = _whole_steps(plan.min_down_hours, context.step_hours)
        before = [context.earlier(block, n) for n in range(1, max(up, down + 1))]
        last_off = context.earlier(block, down)

        def recent_starts(t: Any, count: int) -> Any:
            """Starts in the last ``count`` steps."""
            earlier = [block.start[lag[t]] for lag in before[: count - 1]]
            return sum([block.start[t], *earlier])

        context.rule(
            block,
            "start_if_switched_on",
            lambda b, t: b.start[t] >= b.on[t] - b.on[previous[t]],
            "1",
        )
        context.rule(
            block,
            "minimum_up_time",
            lambda b, t: recent_starts(t, up) <= b.on[t],
            "1",
        )
        context.rule(
            block,
            "minimum_down_time",
            lambda b, t: recent_starts(t, down) <= 1 - b.on[last_off[t]],
            "1",
        )
        if plan.start_cost:
            # Booked per hour of the step, so that a start costs the same in any step.
            rate = plan.start_cost / context.step_hours
            context.cost("om", "starts", lambda t: rate * block.start[t])

    # -- the same in NumPy --------------------------------------------------

    def output_residuals(
        self, inputs: Inputs, dispatch: Dispatch, output: Floats
    ) -> dict[str, Floats]:
        """Violations by ``output``, kW (steps,); all others are weighed by the size."""
        plan, size = self._committed, inputs.sizes["capacity"]
        most = size * inputs.series.get("available", np.ones(output.shape))
        if plan is None:
            return {"capacity limit": np.maximum(output - most, 0)}
        hours = inputs.calendar.step_hours
        on = _runs(dispatch)
        residuals = {
            "capacity limit": np.maximum(output - most * on, 0),
            "minimum load": np.maximum(plan.min_load * size * on - output, 0),
            "on or off": size * (dispatch["on"] - on),
        }
        if self._capacity.room > 0:
            residuals["online"] = dispatch["online_kw"] - size * on
        if plan.ramp_per_hour is not None:
            ramp, jump = plan.ramp_and_jump(hours)
            stays = on & np.roll(on, 1)
            change = np.abs(output - np.roll(output, 1))
            allowed = size * np.where(stays, ramp, jump)
            residuals["ramp"] = np.maximum(change - allowed, 0)
        if plan.counts_starts:
            residuals["starts"] = size * (dispatch["start"] - _started(on))
            up, down = (steps * hours for steps in shortest_runs(on))
            short_up = max(0.0, plan.min_up_hours - up)
            short_down = max(0.0, plan.min_down_hours - down)
            residuals["minimum up time"] = np.array([size * short_up])
            residuals["minimum down time"] = np.array([size * short_down])
        return residuals

    def online(self, inputs: Inputs, dispatch: Dispatch) -> Floats | float:
        """Size of what runs, kW."""
        size = inputs.sizes["capacity"]
        if self._committed is None:
            return size
        return np.where(_runs(dispatch), size, 0.0)

    def start_costs(
        self, inputs: Inputs, dispatch: Dispatch
    ) -> dict[tuple[str, str], Floats]:
        """What starts cost, currency per hour, as an account books it."""
        plan = self._committed
        if plan is None or not plan.start_cost:
            return {}
        rate = plan.start_cost / inputs.calendar.step_hours
        return {("om", "starts"): rate * _started(_runs(dispatch))}

    def switching(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        """Key figures of the year: how often it is started, how long it is on."""
        if self._committed is None:
            return []
        on, calendar = _runs(dispatch), inputs.calendar
        starts = float(_started(on).sum()) * calendar.year_weight
        hours = float(on.sum()) * calendar.step_hours * calendar.year_weight
        return [Indicator("starts", starts, "1/a"), Indicator("hours on", hours, "h/a")]


def _whole_steps(hours: float, step_hours: float) -> int:
    """Steps that last ``hours`` at least, and one at least."""
    # 1.1 h are 3 steps of 22 minutes, and 3.0000000000000004 in floating point.
    return max(1, math.ceil(hours / step_hours - 1e-9))


def _runs(dispatch: Dispatch) -> Bools:
    """True where the machine is on (steps,)."""
    return np.asarray(dispatch["on"], dtype=float) > 0.5


def _started(on: Bools) -> Floats:
    """1 where the machine is on and was off in the step before, cyclic (steps,)."""
    return np.maximum(np.diff(on.astype(float), prepend=float(on[-1])), 0)


def shortest_runs(on: Bools) -> tuple[float, float]:
    """Steps of the shortest time on and of the shortest time off, cyclic.

    Both are infinite if it is never switched: then it stays as it is for ever.

    >>> shortest_runs(np.array([True, False, False, True, True]))
    (3.0, 2.0)
    """
    switched = np.flatnonzero(on != np.roll(on, 1))
    lengths = np.diff(switched, append=switched[:1] + on.size).astype(float)
    begins = on[switched]
    up = lengths[begins].min(initial=np.inf)
    down = lengths[~begins].min(initial=np.inf)
    return float(up), float(down)

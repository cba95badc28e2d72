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

The step before the first is the last (cyclic), or the machine is said to be on or off
``initially``, for long enough, at any load. Costs: start_cost start(t).

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

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.availability import Maintenance, available
from verdigrid.models.capacity import Capacity
from verdigrid.models.commitment import Commitment, whole_steps
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
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.switching import shortest_runs, started


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
        less = jump - ramp
        output_before = self._before(block, context, plan, output)
        online_before = self._before(block, context, plan, online)
        # At any load before the first step, the first output may be any too.
        free = context.limit("capacity") if plan.on_before else 0.0
        first = self._outside(block, context, plan)
        context.rule(
            block,
            "ramp_up",
            lambda b, t: (
                output(t) - output_before(t)
                <= jump * online(t) - less * online_before(t) + free * first(t)
            ),
            "kW",
        )
        context.rule(
            block,
            "ramp_down",
            lambda b, t: (
                output_before(t) - output(t)
                <= jump * online_before(t) - less * online(t)
            ),
            "kW",
        )

    def _before(
        self,
        block: pyo.Block,
        context: BuildContext,
        plan: Commitment,
        term: Term,
        steps: int = 1,
    ) -> Term:
        """``term`` some steps before; 0 before the first, unless that is the last."""
        earlier = context.earlier(block, steps) if steps > 1 else context.previous
        if plan.on_before is None:
            return lambda t: term(earlier[t])
        outside = self._outside(block, context, plan, steps)
        return lambda t: (1 - outside(t)) * term(earlier[t])

    @staticmethod
    def _outside(
        block: pyo.Block, context: BuildContext, plan: Commitment, steps: int = 1
    ) -> Term:
        """1 where some steps before lies before the first step, which has a state."""
        if plan.on_before is None:
            return lambda t: 0.0
        name = f"outside_{steps}"
        if block.component(name) is None:
            early = np.arange(context.calendar.periods) < steps
            context.parameter(block, name, early.astype(float))
        outside = block.component(name)
        return lambda t: outside[t]

    def _build_starts(
        self, block: pyo.Block, context: BuildContext, plan: Commitment
    ) -> None:
        """Starts, what they cost, and how long it stays on or off between them.

        With sums over one step at least, ``start`` is 0 or 1 wherever ``on`` is.
        """
        block.start = pyo.Var(context.steps, bounds=(0, 1), doc="1 if switched on")
        up = whole_steps(plan.min_up_hours, context.step_hours)
        down = whole_steps(plan.min_down_hours, context.step_hours)

        def start(t: Any) -> Any:
            return block.start[t]

        def on(t: Any) -> Any:
            return block.on[t]

        earlier = [
            self._before(block, context, plan, start, n)
            for n in range(1, max(up, down + 1))
        ]
        on_just_before, on_last_off = self._was_on(block, context, plan, on, down)

        def recent_starts(t: Any, count: int) -> Any:
            """Starts in the last ``count`` steps."""
            return sum([start(t), *[before(t) for before in earlier[: count - 1]]])

        context.rule(
            block,
            "start_if_switched_on",
            lambda b, t: b.start[t] >= b.on[t] - on_just_before(t),
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
            lambda b, t: recent_starts(t, down) <= 1 - on_last_off(t),
            "1",
        )
        if plan.start_cost:
            # Booked per hour of the step, so that a start costs the same in any step.
            rate = plan.start_cost / context.step_hours
            context.cost("om", "starts", lambda t: rate * block.start[t])

    def _was_on(
        self,
        block: pyo.Block,
        context: BuildContext,
        plan: Commitment,
        on: Term,
        down: int,
    ) -> tuple[Term, Term]:
        """Whether it ran a step before, and ``down`` steps before."""

        def ran(steps: int) -> Term:
            before = self._before(block, context, plan, on, steps)
            if not plan.on_before:
                return before
            outside = self._outside(block, context, plan, steps)
            return lambda t: before(t) + outside(t)

        return ran(1), ran(down)

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
            over = np.maximum(change - allowed, 0)
            if plan.on_before is not None:
                most_first = np.inf if plan.on_before else size * jump
                over[0] = max(0.0, output[0] - most_first)
            residuals["ramp"] = over
        if plan.counts_starts:
            residuals["starts"] = size * (
                dispatch["start"] - started(on, plan.on_before)
            )
            up, down = (steps * hours for steps in shortest_runs(on, plan.on_before))
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
        return {("om", "starts"): rate * started(_runs(dispatch), plan.on_before)}

    def switching(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        """Key figures of the year: how often it is started, how long it is on."""
        plan = self._committed
        if plan is None:
            return []
        on, calendar = _runs(dispatch), inputs.calendar
        starts = float(started(on, plan.on_before).sum()) * calendar.year_weight
        hours = float(on.sum()) * calendar.step_hours * calendar.year_weight
        return [Indicator("starts", starts, "1/a"), Indicator("hours on", hours, "h/a")]


def _runs(dispatch: Dispatch) -> Bools:
    """True where the machine is on (steps,)."""
    return np.asarray(dispatch["on"], dtype=float) > 0.5

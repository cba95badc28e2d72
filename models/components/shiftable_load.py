"""Shiftable demand: a share of it may be served earlier or later, within a window.

    taken(t) = demand(t) - moved(t) + made_up(t)  <=  max_kw, demand(t) + max_increase
    moved(t) <= shiftable_fraction(t) demand(t)
    ahead(t) = ahead(t-1) + dt (shift_efficiency made_up(t) - moved(t-L))
    ahead(t) <= dt (moved(t-L+1) + .. + moved(t+E))

symbol    name         unit    meaning
demand    profile      kW      what would be taken without shifting
moved     moved_kw     kW      demand that is served in another step than its own
made_up   made_up_kw   kW      taken from the bus for moved demand
ahead     ahead_kwh    kWh     moved demand served before its last moment
E, L                   steps   earlier_hours, later_hours / dt, rounded down

The two limits of ``ahead`` are exact. Let R(t) and S(t) be what was moved and what was
made up until the end of step t, so that ahead(t) = S(t) - R(t-L). Then

    ahead(t) >= 0                 is  S(t) >= R(t-L)   nothing waits longer than L
    ahead(t) <= R(t+E) - R(t-L)   is  S(t) <= R(t+E)   nothing is served before t-E

Any service within the windows keeps both. The other way round, serve what was moved in
the order of its demand: the n-th kWh is demanded in the first step d with R(d) >= n and
served in the first step s with S(s) >= n. From S(d+L) >= R(d) >= n follows s <= d+L,
from R(s+E) >= S(s) >= n follows d <= s+E. Every kWh is served within its window.

At the ends of the horizon the step before the first is the last (cyclic): demand of the
last evening may be served in the first morning, which stands for the one that follows.
Added up over all steps, ``ahead`` cancels: shift_efficiency times all that is made up
equals all that was moved. Nothing stays unserved, and no energy comes for nothing.

What each shifted kWh costs or loses counts it once, however far it is moved: the demand
that stays in its own step is decided by ``moved``. Where shifting neither costs nor
loses anything, nothing is to be decided: all that is shiftable counts as moved, by zero
steps or more, and there is no variable ``moved``. (At a negative price losses are worth
having: demand may then count as moved, and lose, in its own step.)
"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import pyomo.environ as pyo

from verdigrid.models.arrays import Floats
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
from verdigrid.models.profile import Profile
from verdigrid.models.refuse import first_of, refuse_above_one


class ShiftableLoad(Component):
    """A demand that may in part be served earlier or later."""

    kind: Literal["shiftable_load"] = "shiftable_load"
    summary: ClassVar[str] = "demand that may be served earlier or later"

    bus: str = parameter(unit="", doc="bus that serves the demand")
    profile: Profile = parameter(unit="kW", doc="demand, mean of each step")
    shiftable_fraction: Profile = parameter(
        Profile(constant=1.0), unit="1", doc="share of the demand that may be shifted"
    )
    earlier_hours: float = parameter(
        0.0, unit="h", doc="how much earlier it may be served", ge=0
    )
    later_hours: float = parameter(
        0.0, unit="h", doc="how much later it may be served", ge=0
    )
    max_kw: float | None = parameter(
        None,
        unit="kW",
        doc="most that is taken in a step; the peak of the profile if not given",
        ge=0,
    )
    max_increase_kw: float | None = parameter(
        None, unit="kW", doc="most that is taken above the profile in a step", ge=0
    )
    shift_efficiency: float = parameter(
        1.0, unit="1", doc="shifted demand served per energy taken for it", gt=0, le=1
    )
    cost_per_kwh_shifted: float = parameter(
        0.0,
        unit="currency/kWh",
        doc="what shifting costs, per kWh of shifted demand; 0 counts none",
        ge=0,
    )

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, (), "draws")]

    @property
    def _shifting_matters(self) -> bool:
        """True if it must be known what is served in its own step."""
        return self.cost_per_kwh_shifted > 0 or self.shift_efficiency < 1

    def _window(self, step_hours: float) -> tuple[int, int]:
        """Whole steps by which demand may be served earlier, and later."""
        return (
            math.floor(self.earlier_hours / step_hours + 1e-9),
            math.floor(self.later_hours / step_hours + 1e-9),
        )

    def _max_kw(self, demand: Floats) -> float:
        return float(demand.max()) if self.max_kw is None else self.max_kw

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Nothing to compute; refuses windows and limits that make no sense."""
        calendar, demand = around.calendar, series["profile"]
        share = series["shiftable_fraction"]
        refuse_above_one("shiftable_fraction", share, around)
        window = self.earlier_hours + self.later_hours
        if window >= calendar.hours:
            problem = Problem(
                "later_hours",
                f"a window of {window:g} h",
                f"less than the horizon, {calendar.hours:g} h",
                "the horizon is followed by itself, so demand would meet itself",
            )
            raise InputError([problem])
        fixed = (1 - share) * demand
        most = self._max_kw(demand)
        steps = np.flatnonzero(fixed > most * (1 + 1e-9))
        if steps.size:
            problem = Problem(
                "max_kw",
                f"{most:g} kW",
                f"at least the {fixed[steps[0]]:g} kW that cannot be shifted at "
                f"{first_of(steps, calendar)}",
            )
            raise InputError([problem])
        return {}

    # -- the model ----------------------------------------------------------

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        demand = context.series(block, "profile")
        profile = context.array("profile")
        made_up = context.flow(block, "made_up_kw", "kW taken for moved demand")
        moved = self._build_moved(block, context)
        most = self._max_kw(profile)

        def taken(t: Any) -> Any:
            return demand[t] - moved[t] + made_up[t]

        context.rule(block, "power_limit", lambda b, t: taken(t) <= most, "kW")
        if self.max_increase_kw is not None:
            context.rule(
                block,
                "increase_limit",
                lambda b, t: made_up[t] - moved[t] <= self.max_increase_kw,
                "kW",
            )
        self._build_window(block, context, moved)
        context.inject(self.bus, "demand", lambda t: -taken(t))

    def _build_moved(self, block: pyo.Block, context: BuildContext) -> Any:
        """What is moved in a step: decided, or all that is shiftable."""
        possible = context.array("shiftable_fraction") * context.array("profile")
        shiftable = context.parameter(block, "shiftable_kw", possible)
        if not self._shifting_matters:
            return shiftable
        moved = context.flow(block, "moved_kw", "kW served in another step")
        context.rule(block, "moved_limit", lambda b, t: moved[t] <= shiftable[t], "kW")
        if self.cost_per_kwh_shifted:
            price = self.cost_per_kwh_shifted
            context.cost("om", "shifting", lambda t: price * moved[t])
        return moved

    def _build_window(
        self, block: pyo.Block, context: BuildContext, moved: Any
    ) -> None:
        hours, previous = context.step_hours, context.previous
        earlier, later = self._window(hours)
        ahead = context.flow(block, "ahead_kwh", "kWh served before its last moment")
        due = context.earlier(block, later)
        context.rule(
            block,
            "ahead_balance",
            lambda b, t: (
                ahead[t]
                == ahead[previous[t]]
                + hours * (self.shift_efficiency * b.made_up_kw[t] - moved[due[t]])
            ),
            "kWh",
        )
        # Written E steps later, so that it only looks back: at t it limits ahead(t-E).
        then = context.earlier(block, earlier)
        lags = [context.earlier(block, n) for n in range(earlier + later)]
        context.rule(
            block,
            "not_too_early",
            lambda b, t: ahead[then[t]] <= sum([hours * moved[lag[t]] for lag in lags]),
            "kWh",
        )

    # -- the same in NumPy --------------------------------------------------

    def _moved(self, inputs: Inputs, dispatch: Dispatch) -> Floats:
        """Demand that counts as moved, kW (steps,)."""
        shiftable = inputs.series["shiftable_fraction"] * inputs.series["profile"]
        return dispatch["moved_kw"] if self._shifting_matters else shiftable

    def _taken(self, inputs: Inputs, dispatch: Dispatch) -> Floats:
        """Taken from the bus, kW (steps,)."""
        moved, made_up = self._moved(inputs, dispatch), dispatch["made_up_kw"]
        return np.asarray(inputs.series["profile"] - moved + made_up)

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        hours, demand = inputs.calendar.step_hours, inputs.series["profile"]
        ahead, made_up = dispatch["ahead_kwh"], dispatch["made_up_kw"]
        moved = self._moved(inputs, dispatch)
        taken = self._taken(inputs, dispatch)
        earlier, later = self._window(hours)
        served = self.shift_efficiency * made_up - np.roll(moved, later)
        within_reach = np.zeros_like(demand)
        for step in range(-earlier, later):
            within_reach += hours * np.roll(moved, step)
        shiftable = inputs.series["shiftable_fraction"] * demand
        account = Account(
            flows=[Flow(self.bus, "demand", -taken)],
            residuals={
                "ahead": ahead - np.roll(ahead, 1) - hours * served,
                "too late": np.minimum(ahead, 0),
                "too early": np.maximum(ahead - within_reach, 0),
                "power limit": np.maximum(taken - self._max_kw(demand), 0),
                "moved limit": np.maximum(moved - shiftable, 0),
            },
        )
        if self.max_increase_kw is not None:
            increase = taken - demand - self.max_increase_kw
            account.residuals["increase limit"] = np.maximum(increase, 0)
        if self.cost_per_kwh_shifted:
            account.costs["om", "shifting"] = self.cost_per_kwh_shifted * moved
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        demand, taken = inputs.series["profile"], self._taken(inputs, dispatch)
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        above = float(np.maximum(taken - demand, 0).sum()) * yearly
        return [
            Indicator("demand", float(demand.sum()) * yearly, "kWh/a"),
            Indicator("taken above the profile", above, "kWh/a"),
            Indicator("lost", float((taken - demand).sum()) * yearly, "kWh/a"),
            Indicator("peak of the profile", float(demand.max()), "kW"),
            Indicator("peak", float(taken.max()), "kW"),
        ]

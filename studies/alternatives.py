"""``verdigrid alternatives``: what differs among plans that cost hardly more.

    1   the plan, and its net present cost
    2   for each capacity, and for carbon: the least and the greatest of any plan whose
        net present cost is at most (1 + within) x that; the cheapest plan that has it

What all these plans have is a must; what some leave out and others have is taste. Each
end has the best bound on it beside it, and its plan is verified. The ends of a site
that is solved as one are exact (:mod:`verdigrid.studies.goals`), those of a larger one
are what cheapest plans at limits on the size tell (:mod:`verdigrid.studies.farthest`).
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cached_property

from verdigrid.models.build import BuiltModel
from verdigrid.models.capacity import Capacity, unit_of_capacity
from verdigrid.models.errors import (
    InfeasibleError,
    LimitError,
    SolverError,
    VerificationError,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.outcome import Outcome
from verdigrid.solvers.highs import Progress, Watcher
from verdigrid.solvers.reuse import Last
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.axis import CARBON, Axis, axis_of
from verdigrid.studies.backends.fingerprint import search_key
from verdigrid.studies.backends.solves import Found, Solves
from verdigrid.studies.bound import with_limits
from verdigrid.studies.farthest import Try, farthest
from verdigrid.studies.front import best_value, eased
from verdigrid.studies.goals import Goal, Goals, limited_by, size_of
from verdigrid.studies.plan import Hold, solve_verified
from verdigrid.studies.plan_figures import plan_figures
from verdigrid.studies.ranges import NOTHING, Alternatives, End, Range

#: A limit that no plan comes near, t CO2e a year.
LOOSE = 1e9
#: Less room than this share of the cost would be rounding: the plan itself must fit.
ROUNDING = 1e-5
#: Why there is no range of carbon.
FIXED = "no decision changes it"
FAILURES = (InfeasibleError, LimitError, SolverError, VerificationError)


def alternatives_key(microgrid: Microgrid, within: float, options: SolveOptions) -> str:
    """What the solves of :func:`find_alternatives` depend on."""
    return search_key(microgrid, options, {"within": within})


def find_alternatives(
    microgrid: Microgrid,
    within: float,
    options: SolveOptions,
    watcher: Watcher | None = None,
    solves: Solves | None = None,
) -> Alternatives:
    """The ranges of a scenario. Raises InfeasibleError and the like for its plan.

    ``solves`` answers what was solved before, and keeps what is new.
    """
    kept = Solves() if solves is None else solves
    search = _Search(microgrid, within, options, watcher, kept)
    ranges = [
        search.range_of(name, field, capacity)
        for name, component in microgrid.components.items()
        for field, capacity in component.capacities().items()
        if capacity.most_new != 0 or capacity.retire is not None
    ]
    return Alternatives(
        microgrid.name,
        microgrid.currency,
        search.cost,
        within,
        search.most,
        tuple(ranges),
        search.carbon(),
    )


class _Search:
    """The cheapest plan, and what is asked of all that cost hardly more."""

    def __init__(
        self,
        microgrid: Microgrid,
        within: float,
        options: SolveOptions,
        watcher: Watcher | None,
        solves: Solves,
    ) -> None:
        self._options, self._watcher, self._solves = options, watcher, solves
        self._stage, self._last = "plan", Last()
        limited = with_limits(microgrid, options, watcher, solves)
        self._axis = _carbon_axis(limited)
        self._plan = solves.once("plan", lambda: self._cheapest(limited))
        self.cost = float(self._plan["net_present_cost"])
        room = max(within * abs(self.cost), ROUNDING * max(1.0, abs(self.cost)))
        self.most = self.cost + room
        exclusive = self._plan["exclusive_steps"]
        steps = {name: tuple(found) for name, found in exclusive.items()}
        self._microgrid = replace(limited, exclusive_steps=steps)
        # what is too large to be solved as one is too large for an exact end, too
        self._by_limits = self._plan["method"] != "monolithic"
        more = ("carbon", "exclusive_steps", "method")
        self._figures = {k: v for k, v in self._plan.items() if k not in more}

    def _cheapest(self, limited: Microgrid) -> Found:
        found = self._solved(limited)
        steps = {
            n: list(s) for n, s in found.solution.microgrid.exclusive_steps.items()
        }
        told = {"carbon": self._axis.value(found), "exclusive_steps": steps}
        told["method"] = found.solution.facts["method"]
        return {**plan_figures(found), **told}

    def _watch(self, progress: Progress) -> None:
        if self._watcher is not None:
            stage = f"{self._stage}: {progress.stage}"
            self._watcher(replace(progress, stage=stage))

    # -- sizes ---------------------------------------------------------------------

    @cached_property
    def _goals(self) -> Goals:
        return Goals(self._microgrid, self._options, self.most, watcher=self._watch)

    def range_of(self, name: str, field: str, capacity: Capacity) -> Range:
        """What one capacity may be."""
        label = f"{name}.{field}"
        # what the row of a size leaves out: what must be kept of what stands
        stands = 0.0 if capacity.retire is not None else capacity.existing

        def end(sign: float) -> End:
            if self._by_limits and capacity.retire is None:
                return self._limited_size(name, field, capacity, sign)
            found = self._goals.least(size_of(name, field, sign))
            if found is None:
                return End(stands, stands, reason="no row of the problem depends on it")
            value, bound = sign * found.value + stands, sign * found.bound + stands
            return End(_clean(value), _clean(bound), plan_figures(found.outcome))

        least = self._end(f"least {label}", lambda: end(1.0))
        greatest = self._end(f"greatest {label}", lambda: end(-1.0))
        unit, planned = unit_of_capacity(capacity), float(self._plan[f"size:{label}"])
        return Range(label, unit, planned, least, greatest, capacity.limit)

    def _limited_size(
        self, name: str, field: str, capacity: Capacity, sign: float
    ) -> End:
        """An end of a size on a year-long site (:mod:`verdigrid.studies.farthest`)."""
        label, stands = f"{name}.{field}", capacity.existing

        def hold(limit: float) -> Hold:
            def narrow(built: BuiltModel) -> None:
                block = built.model.find_component(f"design.{label}")
                new = block.find_component("new")
                room = min(max(limit - stands, 0.0), float(new.ub))
                if sign > 0:
                    new.setub(room)
                else:
                    new.setlb(room)

            return narrow

        def at(limit: float) -> Try:
            def solve() -> Outcome:
                return self._solved(self._microgrid, hold(limit))

            words = "at most" if sign > 0 else "at least"
            return self._try(f"{label} {words} {limit!r}", f"size:{label}", solve)

        end = stands if sign > 0 else stands + capacity.most_new
        return self._farthest(f"size:{label}", end, at)

    def _farthest(self, value: str, end: float, at: Callable[[float], Try]) -> End:
        start = Try(float(self._plan[value]), self.cost, self.cost, self._figures)
        near = NOTHING * max(abs(end), abs(start.value), 1e-3)
        if abs(start.value - end) <= near:
            start = replace(start, value=end)
        found, bound = farthest(start, end, self.most, at)
        return End(_clean(found.value), _clean(bound), found.plan)

    def _try(self, name: str, value: str, solve: Callable[[], Outcome]) -> Try:
        """The cheapest plan at a limit, kept."""

        def answer() -> Found:
            try:
                found = solve()
            except InfeasibleError:
                return {"plan": None, "bound": None, "carbon": None}
            told = {"plan": plan_figures(found), "bound": found.solution.bound}
            return {**told, "carbon": self._axis.value(found)}

        kept = self._solves.once(name, answer)
        plan, nothing = kept["plan"], float("inf")
        if plan is None:
            return Try(0.0, nothing, nothing, {})
        reached = float(kept["carbon"] if value == CARBON else plan[value])
        bound = -nothing if kept["bound"] is None else float(kept["bound"])
        return Try(reached, float(plan["net_present_cost"]), bound, plan)

    def _solved(self, microgrid: Microgrid, hold: Hold | None = None) -> Outcome:
        found = solve_verified(microgrid, self._options, self._watch, self._last, hold)
        if found.solution.facts["interrupted"]:  # not the cheapest
            raise KeyboardInterrupt
        return found

    def _end(self, name: str, solve: Callable[[], End]) -> End:
        """One end; the reason where it was not found."""

        def answer() -> Found:
            self._stage = name
            try:
                return asdict(solve())
            except FAILURES as error:
                reason = str(error) or type(error).__name__
                return asdict(End(None, None, reason=reason))

        return End(**self._solves.once(name, answer))

    # -- carbon --------------------------------------------------------------------

    @cached_property
    def _emitting(self) -> Goals:
        # a limit that never binds gives the row that counts emissions
        wide = self._axis.limited(self._microgrid, LOOSE)
        return Goals(wide, self._options, self.most, self._axis.name, self._watch)

    def carbon(self) -> Range | None:
        """Tonnes a year that the plans emit; None if the plan can't change that.

        The scenario's caps hold as ever: an axis of its own is added beside them.
        """
        axis = self._axis

        def end(sign: float) -> End:
            if self._by_limits:
                return self._limited_carbon(sign)
            found = self._emitting.least(_signed(limited_by(axis.name), sign))
            if found is None:
                return End(None, None, reason=FIXED)
            # the row counts kg and leaves out constants: the bound is moved by its gap
            gap = abs(found.value - found.bound) / 1000
            value = axis.value(found.outcome)
            bound = _clean(value - sign * gap)
            return End(_clean(value), bound, plan_figures(found.outcome))

        least = self._end(f"least {CARBON}", lambda: end(1.0))
        if least.reason == FIXED:
            return None
        greatest = self._end(f"greatest {CARBON}", lambda: end(-1.0))
        emitted = float(self._plan["carbon"])
        return Range(CARBON, axis.unit, emitted, least, greatest, abs(emitted))

    def _limited_carbon(self, sign: float) -> End:
        """The least on a year-long site; no limit makes a plan emit the most."""
        if sign < 0:
            return End(None, None, reason="the most is looked for on small sites only")
        axis, options = self._axis, self._options

        def best() -> Found:
            found = best_value(self._microgrid, axis, options, watcher=self._watch)
            return {"value": found}

        def at(limit: float) -> Try:
            def solve() -> Outcome:
                return self._solved(axis.limited(self._microgrid, eased(axis, limit)))

            return self._try(f"{CARBON} at most {limit!r}", CARBON, solve)

        end = float(self._solves.once("least carbon at any cost", best)["value"])
        return self._farthest(CARBON, end, at)


def _carbon_axis(microgrid: Microgrid) -> Axis:
    axis, _ = axis_of(microgrid, CARBON)
    return replace(axis, policy=axis.policy.model_copy(update={"offsets": None}))


def _signed(goal: Goal, sign: float) -> Goal:
    return lambda built, compiled: sign * goal(built, compiled)


def _clean(value: float) -> float:
    """Without what rounding put below zero."""
    return 0.0 if -1e-6 < value < 0 else value

"""A Pareto front by epsilon-constraint: the best of y at every limit on x.

1   two ends   the best y of all, and of those plans that with the best x;
               the best x of all, and of those plans that with the best y
2   between    the interval that is least known is cut by a limit on x, and so on

Where to cut is said in :mod:`verdigrid.studies.front_points`. Everything that is solved
is asked of ``solves`` first, so that a search which was interrupted goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from verdigrid.models.errors import (
    InfeasibleError,
    InputError,
    LimitError,
    Problem,
    SolverError,
    VerificationError,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policies.carbon_cap import CarbonCap
from verdigrid.results.outcome import Outcome
from verdigrid.solvers.highs import Watcher
from verdigrid.solvers.reuse import Last
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.axis import Axis
from verdigrid.studies.backends.solves import Solves
from verdigrid.studies.front_points import (
    Point,
    next_limit,
    non_dominated,
    with_differences,
    with_knee,
)
from verdigrid.studies.goals import Goals, limited_by
from verdigrid.studies.plan import named, solve_verified
from verdigrid.studies.plan_figures import plan_figures

#: A limit may be missed by this share of it, so that the best of all can be kept.
SLACK = 1e-6
#: What counts as small of an axis, in its unit.
SMALL = 1e-3
#: The best of all may be missed by this share where another axis decides a tie.
TIE = 1e-8
#: Rounds of :func:`best_value`; two are enough where the base is a constant.
MOST_ROUNDS = 30

FAILURES = (InfeasibleError, LimitError, SolverError, VerificationError)


@dataclass(frozen=True)
class Front:
    """Points from the best y to the best x, none better than another in both."""

    x: Axis
    y: Axis | None
    points: tuple[Point, ...]
    failed: tuple[Point, ...] = ()

    @property
    def least_x(self) -> float:
        """The best of x that any plan has: beyond it there is none."""
        return self.points[-1].x

    @property
    def knee(self) -> Point | None:
        """The point that is farthest below the line between the ends."""
        return next((point for point in self.points if point.is_knee), None)


@dataclass
class _Search:
    """Everything that finds the plan at a limit on x; ``y`` None is cost."""

    microgrid: Microgrid
    x: Axis
    y: Axis | None
    options: SolveOptions
    watcher: Watcher | None
    solves: Solves
    last: Last = field(default_factory=Last)

    def first(self) -> Point:
        """The best y of all; of those plans the one with the best x.

        Where the cost is proven to a gap only, nobody knows which plans cost as little
        as the cheapest: then it is the one that was found.
        """
        free = self.x.free(self.microgrid)
        best = self._kept("best y", lambda: self._point(self._best_y(free, "all")))
        price = 0.0 if self.y is None else None
        found = replace(best, price=price, end="best y")
        most = None
        if self.y is not None:
            free = self.y.limited(free, eased(self.y, best.y))
        elif best.gap > TIE * max(1.0, abs(best.y)):
            return found
        else:
            cost = best.figures["net_present_cost"]
            most = cost + TIE * max(1.0, abs(cost))

        def solve() -> Point:
            try:
                least = self._best_x(free, "best x of the best y", most)
                limited = self.x.limited(free, eased(self.x, least))
                cleanest = self._point(self._best_y(limited, "best x of the best y"))
            except FAILURES:  # the first plan is the best y all the same
                return found
            return replace(cleanest, price=price, end="best y")

        return self._kept("best y, best x of those", solve)

    def last_point(self) -> Point:
        """The best x of all; of those plans the one with the best y."""
        limit = eased(self.x, self._best_x(self.microgrid, "best x"))
        return replace(self._kept_at(limit), end="best x")

    def at(self, limit: float) -> Point:
        """The best y with x at ``limit``; the reason where there is no such plan."""
        try:
            return self._kept_at(limit)
        except FAILURES as error:
            nan = float("nan")
            status = type(error).__name__.removesuffix("Error").lower()
            failed = Point(limit, limit, nan, status=status, reason=str(error))
            return self._kept(_place(limit), lambda: failed)

    def _kept_at(self, limit: float) -> Point:
        limited = self.x.limited(self.microgrid, limit)

        def solve() -> Point:
            return self._point(self._best_y(limited, _place(limit)), limit)

        return self._kept(_place(limit), solve)

    # -- one solve -----------------------------------------------------------------

    def _kept(self, name: str, solve: Callable[[], Point]) -> Point:
        return Point.from_data(self.solves.once(name, lambda: solve().as_data()))

    def _best_x(
        self, microgrid: Microgrid, name: str, most: float | None = None
    ) -> float:
        """The best x of all plans of ``microgrid``."""

        def solve() -> dict[str, float]:
            found = best_value(microgrid, self.x, self.options, most, self.watcher)
            return {"value": found}

        return float(self.solves.once(name, solve)["value"])

    def _best_y(self, microgrid: Microgrid, place: str) -> Outcome:
        """The best y of all plans of ``microgrid``, at the least cost."""
        y = self.y
        if y is not None:

            def solve() -> dict[str, float]:
                found = best_value(microgrid, y, self.options, watcher=self.watcher)
                return {"value": found}

            value = float(self.solves.once(f"best y, {place}", solve)["value"])
            microgrid = y.limited(microgrid, eased(y, value))
        found = solve_verified(microgrid, self.options, self.watcher, self.last)
        if found.solution.facts["interrupted"]:  # its plan is not what was asked for
            raise KeyboardInterrupt
        return found

    def _point(self, outcome: Outcome, limit: float | None = None) -> Point:
        solution = outcome.solution
        price, y = None, solution.objective * self.microgrid.annuity
        if self.y is None:
            price = self.x.price(outcome)
        else:
            y = self.y.value(outcome)
        x, status = self.x.value(outcome), str(solution.status)
        figures = plan_figures(outcome)
        return Point(limit, x, y, price, status=status, figures=figures)


def _place(limit: float) -> str:
    """Name of the point at a limit; no digit is lost."""
    return f"x at {limit!r}"


def eased(axis: Axis, value: float) -> float:
    """A limit that a plan of this value keeps for certain."""
    return value + axis.sign * SLACK * max(SMALL, abs(value))


def best_value(
    microgrid: Microgrid,
    axis: Axis,
    options: SolveOptions,
    most: float | None = None,
    watcher: Watcher | None = None,
) -> float:
    """The best that any plan reaches on ``axis``, with ``most`` net present cost.

    A share is amount / base, and both depend on the plan: amount - value x base is made
    least, with the value of the plan before, until it gets no better (Dinkelbach).
    Raises InputError if the plan can't change it, InfeasibleError and the like.
    """
    limit = axis.policy.limit or 0.0
    value: float | None = None
    for _ in range(MOST_ROUNDS):
        at_limit = axis.limited(microgrid, limit)
        goals = Goals(at_limit, options, most, axis.name, watcher)
        found = goals.least(limited_by(axis.name), publish=False)
        if found is None:
            got, expected = "no limit over the year", "an axis that the plan can change"
            raise InputError([Problem(f"policies.{axis.name}", got, expected)])
        reached = axis.value(found.outcome)
        gained = 1.0 if value is None else axis.sign * (value - reached)
        if value is None or gained > 0:
            value = reached
        base_is_fixed = isinstance(axis.policy, CarbonCap)
        if base_is_fixed or gained <= TIE * max(SMALL, abs(value)):
            break
        limit = value
    assert value is not None
    return value


def pareto_front(
    microgrid: Microgrid,
    x: Axis,
    y: Axis | None,
    points: int,
    options: SolveOptions,
    watcher: Watcher | None = None,
    solves: Solves | None = None,
) -> Front:
    """The front with so many points; policies are bound to their baseline already.

    ``solves`` answers what was solved before, and keeps what is new. Raises
    InfeasibleError if there is no plan at all, InputError if x does not change.
    """
    if y is not None:
        microgrid = y.free(microgrid)
    kept = Solves() if solves is None else solves
    search = _Search(microgrid, x, y, options, named("best y", watcher), kept)
    found = [search.first()]
    search.watcher = named("best x", watcher)
    found.append(search.last_point())
    signs = x.sign, 1.0 if y is None else y.sign
    failed: list[Point] = []
    found = non_dominated(found, signs)
    for number in range(3, points + 1):
        limit = next_limit(found, failed, signs)
        if limit is None:
            break
        search.watcher = named(f"point {number} of {points}", watcher)
        new = search.at(limit)
        if new.is_plan:
            found = non_dominated([*found, new], signs)
        else:
            failed.append(new)
    compared = with_differences(found, signs, y is None)
    return Front(x, y, tuple(with_knee(compared, signs)), tuple(failed))

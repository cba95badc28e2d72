"""A Pareto front by epsilon-constraint: the best of y at every limit on x.

1   two ends   the best y of all, and of those plans that with the best x;
               the best x of all, and of those plans that with the best y
2   between    the interval that is least known is cut by a limit on x, and so on

Where to cut is said in :mod:`verdigrid.studies.front_points`.
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
from verdigrid.studies.front_points import (
    Point,
    next_limit,
    non_dominated,
    with_differences,
    with_knee,
)
from verdigrid.studies.goals import Goals, limited_by
from verdigrid.studies.plan import solve_verified

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


Told = Callable[[int, int], None]


@dataclass
class _Search:
    """Everything that finds the plan at a limit on x; ``y`` None is cost."""

    microgrid: Microgrid
    x: Axis
    y: Axis | None
    options: SolveOptions
    watcher: Watcher | None
    last: Last = field(default_factory=Last)

    def cheapest(self, microgrid: Microgrid) -> Outcome:
        return solve_verified(microgrid, self.options, self.watcher, self.last)

    def best_y(self, microgrid: Microgrid) -> Outcome:
        """The best y of all plans of ``microgrid``, at the least cost."""
        if self.y is None:
            return self.cheapest(microgrid)
        value = best_value(microgrid, self.y, self.options, watcher=self.watcher)
        return self.cheapest(self.y.limited(microgrid, eased(self.y, value)))

    def y_of(self, outcome: Outcome) -> float:
        if self.y is not None:
            return self.y.value(outcome)
        return outcome.solution.objective * self.microgrid.annuity

    def first(self) -> Point:
        """The best y of all; of those plans the one with the best x."""
        free = self.x.free(self.microgrid)
        outcome = self.best_y(free)
        if self.y is not None:
            free = self.y.limited(free, eased(self.y, self.y.value(outcome)))
        most = None
        if self.y is None:
            cost = outcome.solution.objective
            most = cost + TIE * max(1.0, abs(cost))
        try:
            least = best_value(free, self.x, self.options, most, self.watcher)
            found = self.best_y(self.x.limited(free, eased(self.x, least)))
        except FAILURES:  # this plan is the best y all the same
            found = outcome
        price = 0.0 if self.y is None else None
        return replace(self.point(found, None), price=price, end="best y")

    def last_point(self) -> Point:
        """The best x of all; of those plans the one with the best y."""
        value = best_value(self.microgrid, self.x, self.options, watcher=self.watcher)
        limit = eased(self.x, value)
        outcome = self.best_y(self.x.limited(self.microgrid, limit))
        return replace(self.point(outcome, limit), end="best x")

    def at(self, limit: float) -> Point:
        """The best y with x at ``limit``; the reason where there is no such plan."""
        try:
            outcome = self.best_y(self.x.limited(self.microgrid, limit))
        except FAILURES as error:
            nan = float("nan")
            status = type(error).__name__.removesuffix("Error").lower()
            return Point(limit, limit, nan, None, status=status, reason=str(error))
        return self.point(outcome, limit)

    def point(self, outcome: Outcome, limit: float | None) -> Point:
        price = self.x.price(outcome) if self.y is None else None
        status = str(outcome.solution.status)
        x, y = self.x.value(outcome), self.y_of(outcome)
        return Point(limit, x, y, outcome, price, status=status)


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
        goals = Goals(at_limit, options, most, axis.name, watcher, verify=False)
        found = goals.least(limited_by(axis.name))
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
    told: Told | None = None,
) -> Front:
    """The front with so many points; policies are bound to their baseline already.

    Raises InfeasibleError if there is no plan at all, InputError if x does not change.
    """
    if y is not None:
        microgrid = y.free(microgrid)
    search = _Search(microgrid, x, y, options, watcher)
    found = [search.first(), search.last_point()]
    signs = x.sign, 1.0 if y is None else y.sign
    failed: list[Point] = []
    found = non_dominated(found, signs)
    for done in range(2, points):
        if told is not None:
            told(done, points)
        limit = next_limit(found, failed, signs)
        if limit is None:
            break
        new = search.at(limit)
        if new.outcome is None:
            failed.append(new)
        else:
            found = non_dominated([*found, new], signs)
    annuity = microgrid.annuity if y is None else 0.0
    compared = with_differences(found, signs, annuity)
    return Front(x, y, tuple(with_knee(compared, signs)), tuple(failed))

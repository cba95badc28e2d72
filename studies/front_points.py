"""Points of a Pareto front: where the next tells most, which are kept, what they say.

Points stand in the order from the best y to the best x. How little is known between
two of them: at both, the shadow price tells how steep the front is. On a convex front
no plan lies below the two tangents, so the height of the triangle between them and the
chord is what a point there can still tell; the limit is put where the tangents meet.
Straight pieces are left alone; what points are left halve the widest intervals. Where
decisions of yes or no bend the front inwards, the triangle is only a guess of where to
look: every point is a verified plan all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any

from verdigrid.studies.row import has_plan

#: What an interval's width counts beside the height of its triangle.
WIDTH = 0.05
#: A limit is put at least this share of the interval from its ends.
INSIDE = 0.02
#: The same beside the best x: its price is that of the last gram, and says little.
INSIDE_LAST = 0.2
#: Values closer than this share of the front's range are the same.
SAME = 1e-6
#: Narrower intervals, as a share of the front's range, are left alone.
NARROW = 1e-3
#: By how much, as a share, a price may miss what the neighbours say.
ROUNDING = 1e-4

#: 1 where less is better, -1 where more is; of x and of y.
Signs = tuple[float, float]


@dataclass(frozen=True)
class Point:
    """A verified plan on the front, or a limit that gave none (``y`` is not a number).

    ``figures`` are those of the plan (``studies/plan_figures.py``). ``price`` is what
    one unit of x better costs, in units of y, by the shadow price; ``looser`` and
    ``tighter`` the same from the differences to the neighbours. ``agrees`` says whether
    the price lies between the two, as it must where the front is convex (None where
    there is nothing to compare).
    """

    limit: float | None
    x: float
    y: float
    price: float | None = None
    looser: float | None = None
    tighter: float | None = None
    agrees: bool | None = None
    end: str = ""
    is_knee: bool = False
    status: str = ""
    reason: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_plan(self) -> bool:
        """False for a limit that gave no plan."""
        return has_plan({"status": self.status})

    @property
    def gap(self) -> float:
        """What is not proven of its cost, a year."""
        gap = self.figures.get("gap_per_year", 0.0)
        return float("inf") if gap is None else float(gap)

    def as_data(self) -> dict[str, Any]:
        """Plain data, of which :meth:`from_data` makes the same point again."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Point":
        """The point of such data; None in place of what is not a number."""
        y = float("nan") if data["y"] is None else data["y"]
        return cls(**{**data, "y": y})


# Below, z and w are x and y turned so that less is better.


def _range(points: Sequence[Point], signs: Signs) -> tuple[float, float]:
    """Extent of the points in z and w, never 0."""
    z = [signs[0] * point.x for point in points]
    w = [signs[1] * point.y for point in points]
    floor = 1e-12 * max(1.0, *map(abs, z + w))
    return max(max(z) - min(z), floor), max(max(w) - min(w), floor)


def non_dominated(points: Sequence[Point], signs: Signs) -> list[Point]:
    """The points that no other beats, from the best y to the best x.

    Of points that are the same the one with the loosest limit stays: it says that there
    is nothing between the two.
    """
    width, height = _range(points, signs)
    # By rounding alone a point must not beat another that is better in both.
    near_z, near_w = SAME * width, SAME * height

    def beats(one: Point, other: Point) -> bool:
        ahead_z = signs[0] * (other.x - one.x)
        ahead_w = signs[1] * (other.y - one.y)
        if ahead_z < -near_z or ahead_w < -near_w:
            return False
        return ahead_z > near_z or ahead_w > near_w

    kept: list[Point] = []
    by_limit = sorted(points, key=lambda p: _looseness(p, signs), reverse=True)
    for point in by_limit:
        if any(beats(other, point) for other in points):
            continue
        twin = next(
            (n for n, p in enumerate(kept) if _same(p, point, signs, points)), -1
        )
        if twin < 0:
            kept.append(point)
        elif point.end and not kept[twin].end:
            kept[twin] = replace(kept[twin], end=point.end)
    return sorted(kept, key=lambda point: -signs[0] * point.x)


def _looseness(point: Point, signs: Signs) -> float:
    return float("inf") if point.limit is None else signs[0] * point.limit


def _same(one: Point, other: Point, signs: Signs, points: Sequence[Point]) -> bool:
    width, height = _range(points, signs)
    near_x = abs(one.x - other.x) <= SAME * width
    return near_x and abs(one.y - other.y) <= SAME * height


def next_limit(
    points: Sequence[Point], failed: Sequence[Point], signs: Signs
) -> float | None:
    """The limit on x that tells most; None if there is nothing left to tell."""
    if len(points) < 2:
        return None
    width, height = _range(points, signs)
    best, found = 0.0, None
    for one, other in pairwise(points):
        high = signs[0] * one.x
        # between a point and the limit that it was found with there is nothing
        low = signs[0] * other.x
        if other.limit is not None:
            low = min(max(low, signs[0] * other.limit), high)
        if high - low < NARROW * width:
            continue
        if any(low < signs[0] * (p.limit or 0.0) < high for p in failed):
            continue
        bend, at = _triangle(one, other, signs)
        worth = bend / height + WIDTH * (high - low) / width
        if worth > best:
            wide = INSIDE_LAST if other.end == "best x" else INSIDE
            lowest, highest = low + wide * (high - low), high - INSIDE * (high - low)
            inside = (low + high) / 2 if at < low else max(at, lowest)
            best, found = worth, min(inside, highest)
    return None if found is None else signs[0] * found


def _triangle(one: Point, other: Point, signs: Signs) -> tuple[float, float]:
    """Height of the triangle between chord and tangents, and the z where it is.

    Where the prices are none, or not those of a convex front, 0 and nowhere (-inf).
    """
    (z1, w1), (z2, w2) = ((signs[0] * p.x, signs[1] * p.y) for p in (one, other))
    nowhere = float("-inf")
    if one.price is None or other.price is None:
        return 0.0, nowhere
    chord = (w2 - w1) / (z1 - z2)
    flat, steep = one.price, other.price
    rounding = ROUNDING * max(abs(chord), abs(flat))
    if flat > chord + rounding or steep < chord - rounding:
        return 0.0, nowhere
    if steep - flat <= 2 * rounding or steep <= flat:
        return 0.0, nowhere
    at = (w2 - w1 + steep * z2 - flat * z1) / (steep - flat)
    at = min(max(at, z2), z1)
    tangents = max(w1 + flat * (z1 - at), w2 - steep * (at - z2))
    return max(0.0, w1 + chord * (z1 - at) - tangents), at


def with_differences(
    points: Sequence[Point], signs: Signs, y_is_cost: bool
) -> list[Point]:
    """The points with what x costs to both sides.

    What is not proven of costs is allowed for when they are compared.
    """
    found = []
    for number, point in enumerate(points):
        before = points[number - 1] if number else None
        after = points[number + 1] if number + 1 < len(points) else None
        looser = None if before is None else _slope(before, point, signs)
        tighter = None if after is None else _slope(point, after, signs)
        agrees = None
        if point.price is not None and (before or after):
            scale = ROUNDING * max(
                1e-9, abs(point.price), abs(looser or tighter or 0.0)
            )
            low = high = True
            if before is not None and looser is not None:
                room = scale + _unproven(before, point, y_is_cost)
                low = point.price >= looser - room
            if after is not None and tighter is not None:
                room = scale + _unproven(point, after, y_is_cost)
                high = point.price <= tighter + room
            agrees = low and high
        found.append(replace(point, looser=looser, tighter=tighter, agrees=agrees))
    return found


def _slope(one: Point, other: Point, signs: Signs) -> float:
    """What y pays for a unit of x better between two neighbours."""
    return signs[1] * (other.y - one.y) / (signs[0] * (one.x - other.x))


def _unproven(one: Point, other: Point, y_is_cost: bool) -> float:
    """What a slope may be off because costs are proven to a gap only."""
    return (one.gap + other.gap) / abs(one.x - other.x) if y_is_cost else 0.0


def with_knee(points: Sequence[Point], signs: Signs) -> list[Point]:
    """The points, one of them marked: the farthest below the line between the ends."""
    if len(points) < 3:
        return list(points)
    width, height = _range(points, signs)
    first, last = points[0], points[-1]

    def below(point: Point) -> float:
        along = signs[0] * (first.x - point.x) / width
        up = signs[1] * (point.y - first.y) / height
        return along - up

    knee = max(range(len(points)), key=lambda n: below(points[n]))
    if below(points[knee]) <= SAME or points[knee] in (first, last):
        return list(points)
    return [replace(p, is_knee=n == knee) for n, p in enumerate(points)]

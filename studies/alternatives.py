"""``verdigrid alternatives``: what differs among plans that cost hardly more.

    1   the plan, and its net present cost
    2   for each capacity, and for carbon: the least and the greatest of any plan whose
        net present cost is at most (1 + within) x that; the cheapest plan that has it

What all these plans have is a must; what some leave out and others have is taste. Each
end is exact: the best bound on it is told beside it, and its plan is verified.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from verdigrid.models.capacity import unit_of_capacity
from verdigrid.models.errors import (
    InfeasibleError,
    LimitError,
    SolverError,
    VerificationError,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.outcome import Outcome
from verdigrid.results.write import plain_data
from verdigrid.solvers.highs import Watcher
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.axis import CARBON, axis_of
from verdigrid.studies.backends.whole_files import write_bytes
from verdigrid.studies.goals import Best, Goal, Goals, limited_by, size_of
from verdigrid.studies.plan import make_plan

#: Sizes below this share of what is possible are nothing.
NOTHING = 1e-6
#: A limit that no plan comes near, t CO2e a year.
LOOSE = 1e9
FAILURES = (InfeasibleError, LimitError, SolverError, VerificationError)


@dataclass(frozen=True)
class End:
    """The least or greatest of a range, and the cheapest plan that has it.

    ``bound`` is what no plan can be beyond. Where there is no answer, ``reason``.
    """

    value: float | None
    bound: float | None
    outcome: Outcome | None
    reason: str = ""


@dataclass(frozen=True)
class Range:
    """What one capacity (or carbon) may be; ``room`` is the most of it at all."""

    name: str
    unit: str
    planned: float
    least: End
    greatest: End
    room: float

    @property
    def verdict(self) -> str:
        """must, never, or taste; unknown where an end is, nothing for carbon."""
        if self.least.bound is None or self.greatest.bound is None:
            return "unknown"
        if self.name == CARBON:
            return ""
        small = NOTHING * max(self.room, 1e-3)
        if self.least.bound > small:
            return "must"
        return "never" if self.greatest.bound <= small else "taste"


@dataclass(frozen=True)
class Alternatives:
    """Ranges within a share of the least net present cost; ``most`` is that cost."""

    plan: Outcome
    within: float
    most: float
    ranges: tuple[Range, ...]
    carbon: Range | None


def find_alternatives(
    microgrid: Microgrid,
    within: float,
    options: SolveOptions,
    watcher: Watcher | None = None,
) -> Alternatives:
    """The ranges of a scenario. Raises InfeasibleError and the like for its plan."""
    plan = make_plan(microgrid, options, watcher).plan
    cost = plan.solution.objective
    most = cost + within * abs(cost)
    bound = plan.solution.microgrid
    goals = Goals(bound, options, most, watcher=watcher)
    ranges = []
    for name, component in bound.components.items():
        for field, capacity in component.capacities().items():
            if capacity.most_new == 0 and capacity.retire is None:
                continue
            size = plan.solution.size(name, field)
            unit = unit_of_capacity(capacity)
            # what the row of a size leaves out: what must be kept of what stands
            stands = 0.0 if capacity.retire is not None else capacity.existing
            least, greatest = (
                _end(goals, size_of(name, field, sign), sign, stands)
                for sign in (1.0, -1.0)
            )
            room = capacity.limit
            label = f"{name}.{field}"
            ranges.append(Range(label, unit, size.total, least, greatest, room))
    carbon = _carbon(bound, plan, most, options, watcher)
    return Alternatives(plan, within, most, tuple(ranges), carbon)


def _end(goals: Goals, goal: Goal, sign: float, stands: float) -> End:
    """One end; the reason where it was not found."""
    try:
        found = goals.least(goal)
    except FAILURES as error:
        return End(None, None, None, str(error) or type(error).__name__)
    if found is None:
        return End(stands, stands, None, "no row of the problem depends on it")
    return End(
        _clean(sign * found.value + stands),
        _clean(sign * found.bound + stands),
        found.outcome,
    )


def _clean(value: float) -> float:
    """Without what rounding put below zero."""
    return 0.0 if -1e-6 < value < 0 else value


def _carbon(
    microgrid: Microgrid,
    plan: Outcome,
    most: float,
    options: SolveOptions,
    watcher: Watcher | None,
) -> Range | None:
    """Tonnes a year that the plans emit; None if the plan can't change that.

    The scenario's caps hold as ever: an axis of its own is added beside them.
    """
    axis, _ = axis_of(microgrid, CARBON)
    axis = replace(axis, policy=axis.policy.model_copy(update={"offsets": None}))
    emitted = axis.value(plan)
    # A limit that never binds gives the row that counts emissions.
    wide = axis.limited(microgrid, LOOSE)
    goals = Goals(wide, options, most, axis.name, watcher)
    ends = []
    for sign in (1.0, -1.0):

        def goal(built: Any, compiled: Any, sign: float = sign) -> Any:
            return sign * limited_by(axis.name)(built, compiled)

        try:
            found = goals.least(goal)
        except FAILURES as error:
            ends.append(End(None, None, None, str(error) or type(error).__name__))
            continue
        if found is None:
            return None
        ends.append(_carbon_end(found, axis.value(found.outcome), sign))
    unit = axis.unit
    return Range(CARBON, unit, emitted, ends[0], ends[1], abs(emitted))


def _carbon_end(found: Best, value: float, sign: float) -> End:
    """The row counts kg and leaves out constants: the bound is moved by its gap."""
    gap = abs(found.value - found.bound) / 1000
    return End(_clean(value), _clean(value - sign * gap), found.outcome)


# -- what is written -------------------------------------------------------------------


def table_of(found: Alternatives) -> pd.DataFrame:
    """A row for each range."""
    annuity = found.plan.solution.microgrid.annuity
    rows = []
    for item in (*found.ranges, *((found.carbon,) if found.carbon else ())):
        row: dict[str, Any] = {
            "name": item.name,
            "unit": item.unit,
            "planned": item.planned,
            "verdict": item.verdict,
        }
        for word, end in (("least", item.least), ("greatest", item.greatest)):
            row[word] = end.value
            row[f"{word}_bound"] = end.bound
            row[f"{word}_reason"] = end.reason
            cost = None if end.outcome is None else end.outcome.solution.objective
            row[f"{word}_cost_per_year"] = None if cost is None else cost * annuity
        rows.append(row)
    return pd.DataFrame(rows)


def plans_of(found: Alternatives) -> pd.DataFrame:
    """A row for each end: every size of the plan that has it."""
    rows = []
    for item in (*found.ranges, *((found.carbon,) if found.carbon else ())):
        for word, end in (("least", item.least), ("greatest", item.greatest)):
            if end.outcome is None:
                continue
            solution = end.outcome.solution
            sizes = {f"size:{s.component}.{s.field}": s.total for s in solution.sizes}
            cost = {"net_present_cost": solution.objective}
            rows.append({"plan": f"{word} {item.name}", **cost, **sizes})
    return pd.DataFrame(rows)


def as_data(found: Alternatives) -> dict[str, Any]:
    """Plain data for JSON."""
    microgrid = found.plan.solution.microgrid
    return {
        "scenario": microgrid.name,
        "currency": microgrid.currency,
        "within": found.within,
        "net_present_cost": found.plan.solution.objective,
        "most": found.most,
        "ranges": plain_data(table_of(found).to_dict("records")),
        "plans": plain_data(plans_of(found).to_dict("records")),
    }


def write_alternatives(folder: Path, found: Alternatives, figures: bool) -> None:
    """``ranges.parquet``, ``plans.parquet``, ``alternatives.json`` and the figure."""
    from verdigrid.results.figures.alternatives import ranges_figure
    from verdigrid.results.figures.style import save

    folder.mkdir(parents=True, exist_ok=True)
    table = table_of(found)
    table.to_parquet(folder / "ranges.parquet")
    plans_of(found).to_parquet(folder / "plans.parquet")
    text = json.dumps(as_data(found), indent=2, allow_nan=False)
    write_bytes(folder / "alternatives.json", text.encode())
    if figures and not table.empty:
        save(ranges_figure(table, found.within), folder, "alternatives")


def text_of(found: Alternatives) -> str:
    """The ranges in lines for people."""
    from verdigrid.results.figures.style import number

    currency = found.plan.solution.microgrid.currency
    cost = found.plan.solution.objective
    lines = [
        f"plans of at most {number(found.most)} {currency} net present cost, "
        f"{found.within:.3g} above the least ({number(cost)})",
        f"{'':28} {'least':>12} {'plan':>12} {'greatest':>12}",
    ]
    for row in table_of(found).to_dict("records"):
        values = [row["least"], row["planned"], row["greatest"]]
        told = " ".join(
            f"{'?' if value is None or value != value else number(value):>12}"
            for value in values
        )
        lines.append(
            f"{row['name']:28} {told} {row['unit']:8} {row['verdict']}".rstrip()
        )
        reasons = {row["least_reason"], row["greatest_reason"]} - {""}
        lines += [f"  {reason}" for reason in sorted(reasons)]
    return "\n".join(lines)

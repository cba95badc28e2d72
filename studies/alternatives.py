"""``verdigrid alternatives``: what differs among plans that cost hardly more.

    1   the plan, and its net present cost
    2   for each capacity, and for carbon: the least and the greatest of any plan whose
        net present cost is at most (1 + within) x that; the cheapest plan that has it

What all these plans have is a must; what some leave out and others have is taste. Each
end is exact: the best bound on it is told beside it, and its plan is verified.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from verdigrid.models.capacity import Capacity, unit_of_capacity
from verdigrid.models.errors import (
    InfeasibleError,
    LimitError,
    SolverError,
    VerificationError,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.write import plain_data
from verdigrid.solvers.highs import Progress, Watcher
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.axis import CARBON, Axis, axis_of
from verdigrid.studies.backends.fingerprint import search_key
from verdigrid.studies.backends.solves import Found, Solves
from verdigrid.studies.backends.whole_files import write_bytes, write_whole
from verdigrid.studies.bound import with_limits
from verdigrid.studies.goals import Goal, Goals, limited_by, size_of
from verdigrid.studies.plan import solve_verified
from verdigrid.studies.plan_figures import plan_figures

#: Sizes below this share of what is possible are nothing.
NOTHING = 1e-6
#: A limit that no plan comes near, t CO2e a year.
LOOSE = 1e9
#: Why there is no range of carbon.
FIXED = "no decision changes it"
FAILURES = (InfeasibleError, LimitError, SolverError, VerificationError)


#: What a finished search leaves in its folder.
WRITTEN = (
    "ranges.parquet",
    "plans.parquet",
    "alternatives.json",
    "alternatives.png",
    "alternatives.svg",
)


@dataclass(frozen=True)
class End:
    """The least or greatest of a range, and the cheapest plan that has it.

    ``bound`` is what no plan can be beyond, ``plan`` the figures of that plan
    (``studies/plan_figures.py``), empty if there is none. Where there is no answer,
    ``reason``.
    """

    value: float | None
    bound: float | None
    plan: Mapping[str, Any] = field(default_factory=dict)
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

    scenario: str
    currency: str
    cost: float
    within: float
    most: float
    ranges: tuple[Range, ...]
    carbon: Range | None

    @property
    def every_range(self) -> tuple[Range, ...]:
        """All ranges, carbon last."""
        return (*self.ranges, *((self.carbon,) if self.carbon else ()))


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
        self._stage = "plan"
        limited = with_limits(microgrid, options, watcher, solves)
        self._axis = _carbon_axis(limited)
        self._plan = solves.once("plan", lambda: self._cheapest(limited))
        self.cost = float(self._plan["net_present_cost"])
        self.most = self.cost + within * abs(self.cost)
        exclusive = self._plan["exclusive_steps"]
        steps = {name: tuple(found) for name, found in exclusive.items()}
        self._microgrid = replace(limited, exclusive_steps=steps)

    def _cheapest(self, limited: Microgrid) -> Found:
        found = solve_verified(limited, self._options, self._watch)
        if found.solution.facts["interrupted"]:  # not the cheapest
            raise KeyboardInterrupt
        steps = {
            n: list(s) for n, s in found.solution.microgrid.exclusive_steps.items()
        }
        told = {"carbon": self._axis.value(found), "exclusive_steps": steps}
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
            found = self._goals.least(size_of(name, field, sign))
            if found is None:
                return End(stands, stands, reason="no row of the problem depends on it")
            value, bound = sign * found.value + stands, sign * found.bound + stands
            return End(_clean(value), _clean(bound), plan_figures(found.outcome))

        least = self._end(f"least {label}", lambda: end(1.0))
        greatest = self._end(f"greatest {label}", lambda: end(-1.0))
        unit, planned = unit_of_capacity(capacity), float(self._plan[f"size:{label}"])
        return Range(label, unit, planned, least, greatest, capacity.limit)

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


def _carbon_axis(microgrid: Microgrid) -> Axis:
    axis, _ = axis_of(microgrid, CARBON)
    return replace(axis, policy=axis.policy.model_copy(update={"offsets": None}))


def _signed(goal: Goal, sign: float) -> Goal:
    return lambda built, compiled: sign * goal(built, compiled)


def _clean(value: float) -> float:
    """Without what rounding put below zero."""
    return 0.0 if -1e-6 < value < 0 else value


# -- what is written -------------------------------------------------------------------


def table_of(found: Alternatives) -> pd.DataFrame:
    """A row for each range."""
    rows = []
    for item in found.every_range:
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
            row[f"{word}_cost_per_year"] = end.plan.get("cost_per_year")
        rows.append(row)
    return pd.DataFrame(rows)


def plans_of(found: Alternatives) -> pd.DataFrame:
    """A row for each end: figures and every size of the plan that has it."""
    ends = [
        (f"{word} {item.name}", end.plan)
        for item in found.every_range
        for word, end in (("least", item.least), ("greatest", item.greatest))
        if end.plan
    ]
    return pd.DataFrame([{"plan": name, **plan} for name, plan in ends])


def as_data(found: Alternatives) -> dict[str, Any]:
    """Plain data for JSON."""
    return {
        "scenario": found.scenario,
        "currency": found.currency,
        "within": found.within,
        "net_present_cost": found.cost,
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
    write_whole(folder / "ranges.parquet", table.to_parquet)
    write_whole(folder / "plans.parquet", plans_of(found).to_parquet)
    text = json.dumps(as_data(found), indent=2, allow_nan=False)
    write_bytes(folder / "alternatives.json", text.encode())
    if figures and not table.empty:
        save(ranges_figure(table, found.within), folder, "alternatives")


def text_of(found: Alternatives) -> str:
    """The ranges in lines for people."""
    from verdigrid.results.figures.style import number

    lines = [
        f"plans of at most {number(found.most)} {found.currency} net present cost, "
        f"{found.within:.3g} above the least ({number(found.cost)})",
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

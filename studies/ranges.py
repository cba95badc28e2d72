"""What sizes may be among plans that cost hardly more: ranges, as tables and text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from verdigrid.results.write import plain_data
from verdigrid.studies.axis import CARBON
from verdigrid.studies.backends.whole_files import write_bytes, write_whole

#: Sizes below this share of what is possible are nothing.
NOTHING = 1e-6
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
    for old in WRITTEN:
        (folder / old).unlink(missing_ok=True)
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

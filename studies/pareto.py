"""``verdigrid pareto``: the front of a scenario as table, JSON and figure.

``points.parquet`` has a row for each point, ``front.json`` the same with the axes;
limits that gave no plan have a row with their status and reason.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from verdigrid.models.carbon import LedgerName
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.objective import Objective
from verdigrid.results.figures.pareto import pareto_figure
from verdigrid.results.figures.style import number, save
from verdigrid.results.write import plain_data
from verdigrid.solvers.highs import Watcher
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.axis import CARBON, COST, axis_of
from verdigrid.studies.backends.fingerprint import search_key
from verdigrid.studies.backends.solves import Solves
from verdigrid.studies.backends.whole_files import write_bytes, write_whole
from verdigrid.studies.bound import with_limits
from verdigrid.studies.front import Front, pareto_front
from verdigrid.studies.front_points import Point
from verdigrid.studies.plan import with_budget

#: What a finished front leaves in its folder.
WRITTEN = ("points.parquet", "front.json", "pareto.png", "pareto.svg")


@dataclass(frozen=True)
class Asked:
    """Which front: axes by name, number of points, what the carbon axis counts."""

    x: str = CARBON
    y: str = COST
    points: int = 12
    scopes: Sequence[int] | None = None
    ledger: LedgerName | None = None


def front_key(microgrid: Microgrid, asked: Asked, options: SolveOptions) -> str:
    """What a front's solves depend on: not how many points are asked for.

    A front of more points begins with those of a front of fewer.
    """
    return search_key(microgrid, options, {**asdict(asked), "points": None})


def find_front(
    microgrid: Microgrid,
    asked: Asked,
    options: SolveOptions,
    watcher: Watcher | None = None,
    solves: Solves | None = None,
) -> Front:
    """The front of a scenario. Raises InputError for axes that can't be."""
    if asked.x == asked.y or asked.x == COST:
        got, expected = f"x {asked.x}, y {asked.y}", "two axes, cost only as y"
        raise InputError([Problem("axis", got, expected)])
    kept = Solves() if solves is None else solves
    # the front says what is best: of the objective only the budget stays
    goal = Objective(budget=microgrid.objective.budget)
    plain = with_budget(replace(microgrid, objective=goal))
    x, plain = axis_of(plain, asked.x, asked.scopes, asked.ledger)
    y = None
    if asked.y != COST:
        y, plain = axis_of(plain, asked.y, asked.scopes, asked.ledger)
    bound = with_limits(plain, options, watcher, kept)
    return pareto_front(bound, x, y, asked.points, options, watcher, kept)


def table_of(front: Front) -> pd.DataFrame:
    """A row for each point from the best y to the best x, then the limits without."""
    rows = [_row(n, point) for n, point in enumerate(front.points, start=1)]
    first_free = len(rows) + 1
    rows += [_row(n, p) for n, p in enumerate(front.failed, start=first_free)]
    return pd.DataFrame(rows)


def _row(number_: int, point: Point) -> dict[str, Any]:
    row: dict[str, Any] = {
        "point": number_,
        "end": point.end,
        "knee": point.is_knee,
        "limit": point.limit,
        "x": point.x,
        "y": point.y,
        "price": point.price,
        "looser": point.looser,
        "tighter": point.tighter,
        "agrees": point.agrees,
        "status": point.status,
        "reason": point.reason,
    }
    if not point.is_plan:
        return {**row, "x": None, "y": None}
    return {**row, **point.figures}


def write_front(
    folder: Path, front: Front, name: str, currency: str, figures: bool
) -> None:
    """``points.parquet``, ``front.json`` and the figure."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in WRITTEN:  # a figure of fewer points, say
        (folder / old).unlink(missing_ok=True)
    table = table_of(front)
    write_whole(folder / "points.parquet", table.to_parquet)
    text = json.dumps(as_data(front, name, currency), indent=2, allow_nan=False)
    write_bytes(folder / "front.json", text.encode())
    if figures and len(front.points) > 1:
        save(pareto_figure(table, *labels(front, currency)), folder, "pareto")


def as_data(front: Front, name: str, currency: str) -> dict[str, Any]:
    """Plain data for JSON."""
    x_label, y_label = labels(front, currency)
    rows = table_of(front).to_dict("records")
    return {
        "scenario": name,
        "currency": currency,
        "x": x_label,
        "y": y_label,
        "best_x": front.least_x,
        "points": [plain_data({k: _known(v) for k, v in row.items()}) for row in rows],
    }


def _known(value: Any) -> Any:
    """None for what pandas filled with NaN or NaT."""
    return None if isinstance(value, float) and math.isnan(value) else value


def labels(front: Front, currency: str) -> tuple[str, str]:
    """What the two axes are, with their units."""
    y = f"equivalent annual cost, {currency}" if front.y is None else front.y.words
    return front.x.words, y


def text_of(front: Front, currency: str) -> str:
    """The front in lines for people."""
    x_label, y_label = labels(front, currency)
    lines = [
        f"x: {x_label}",
        f"y: {y_label}",
        f"{'x':>12} {'y':>14} {'next unit':>12} {'to here':>12} {'from here':>12}",
    ]
    for point in front.points:
        marks = [_words(point.end, front)] if point.end else []
        marks += ["knee"] if point.is_knee else []
        if point.agrees is False:
            marks.append("price of the decisions taken, not of the front")
        prices = (point.price, point.looser, point.tighter)
        told = " ".join(f"{'-' if p is None else number(p):>12}" for p in prices)
        line = f"{number(point.x):>12} {number(point.y):>14} {told}"
        lines.append(f"{line}  {', '.join(marks)}".rstrip())
    beyond = "below" if front.x.sign > 0 else "above"
    lines.append(f"no plan is {beyond} {front.least_x:,.6g} on x")
    for point in front.failed:
        lines.append(f"x at {point.limit:,.6g}: {point.status}: {point.reason}")
    return "\n".join(lines)


def _words(end: str, front: Front) -> str:
    if end == "best x":
        return "least x" if front.x.sign > 0 else "greatest x"
    if front.y is None:
        return "cheapest"
    return "least y" if front.y.sign > 0 else "greatest y"

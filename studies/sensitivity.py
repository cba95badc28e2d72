"""What a result depends on: tables from the members of a study.

tornado      one value at a time, from low to high: what each does to a figure
robustness   how often each asset is built in the samples, and what the base plan
             would have cost in them (its regret)
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from verdigrid.models.errors import InputError, Problem
from verdigrid.studies.members import Member, label
from verdigrid.studies.row import WITH_PLAN

#: A size below this share of the largest one in the study is not built.
NOTHING = 1e-6
#: Figures that differ by less than this share are the same.
ROUNDING = 1e-9


def tornado(
    members: Sequence[Member], table: pd.DataFrame, figure: str
) -> pd.DataFrame:
    """A row for each path: its two values and the figure at them; the widest first.

    ``base`` is the figure of the scenario itself. A member without a plan leaves its
    end empty, and ``reason`` says why. Raises InputError if the members are not one at
    a time around one base.
    """
    base, ends = _one_at_a_time(members)
    rows = table.set_index("member")
    values = _figures(rows, figure)
    middle = values.get(base.number)
    found = []
    for path, around in ends.items():
        row: dict[str, Any] = {"path": path, "base": middle}
        ordered = sorted(around, key=lambda pair: _order(pair[0]))
        sides = ("low", "high") if len(ordered) == 2 else ("low",)
        for side, (value, member) in zip(sides, ordered, strict=True):
            row[f"{side}_value"] = label(value)
            row[side] = values.get(member.number)
            reason = rows.loc[member.number, "reason"]
            row[f"{side}_reason"] = "" if row[side] is not None else reason
        at = [row.get("low"), middle, row.get("high")]
        known = [value for value in at if value is not None]
        row["swing"] = _swing(known)
        found.append(row)
    told = pd.DataFrame(found)
    for side in ("low", "high"):
        for column in (f"{side}_value", side, f"{side}_reason"):
            if column not in told:
                told[column] = None
    order = told["swing"].astype(float).fillna(-1.0)
    ordered_table = told.loc[order.sort_values(ascending=False, kind="stable").index]
    return ordered_table.reset_index(drop=True)


def _one_at_a_time(
    members: Sequence[Member],
) -> tuple[Member, dict[str, list[tuple[Any, Member]]]]:
    """The base, and by path the members that differ from it there."""
    base = members[0]
    missing = object()
    found: dict[str, list[tuple[Any, Member]]] = {}
    for member in members[1:]:
        varied = [
            path
            for path, value in member.overrides.items()
            if base.overrides.get(path, missing) != value
        ]
        if len(varied) > 1:
            got, expected = "members that differ in two values", "one_at_a_time: alone"
            raise InputError([Problem("study", got, expected)])
        if varied:
            path = varied[0]
            found.setdefault(path, []).append((member.overrides[path], member))
    if not found or any(len(around) > 2 for around in found.values()):
        got, expected = "another study", "one_at_a_time: alone, two values a path"
        raise InputError([Problem("study", got, expected)])
    return base, found


def _swing(values: Sequence[float]) -> float | None:
    """From the least to the greatest; 0 where only rounding differs."""
    if len(values) < 2:
        return None
    swing = max(values) - min(values)
    return swing if swing > ROUNDING * max(map(abs, values)) else 0.0


def _order(value: Any) -> tuple[bool, Any]:
    """Numbers by size; what is no number stays as it is listed."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (not is_number, value if is_number else 0)


def _figures(rows: pd.DataFrame, figure: str) -> dict[int, float]:
    """The figure by member, of those that have a plan. Raises InputError."""
    if figure not in rows:
        known = ", ".join(str(column) for column in rows if _is_number(rows[column]))
        raise InputError([Problem("figure", figure, f"one of {known}")])
    kept = rows[rows["status"].isin(WITH_PLAN)][figure].dropna()
    return {int(str(number)): float(value) for number, value in kept.items()}


def _is_number(column: "pd.Series[Any]") -> bool:
    kind = pd.api.types
    return kind.is_numeric_dtype(column) and not kind.is_bool_dtype(column)


def build_frequency(table: pd.DataFrame) -> pd.DataFrame:
    """For every size: in which share of the members with a plan it is built, how large.

    ``mean`` is over the members that build it; none is told where nobody does.
    """
    planned = table[table["status"].isin(WITH_PLAN)]
    rows = []
    for column in [c for c in table if str(c).startswith("size:")]:
        sizes = planned[column].dropna().astype(float)
        built = sizes[sizes > NOTHING * max(1e-3, sizes.max() if len(sizes) else 0.0)]
        rows.append(
            {
                "size": str(column).removeprefix("size:"),
                "members": len(sizes),
                "built": len(built),
                "share": len(built) / len(sizes) if len(sizes) else None,
                "least": float(sizes.min()) if len(sizes) else None,
                "mean": float(built.mean()) if len(built) else None,
                "greatest": float(sizes.max()) if len(sizes) else None,
            }
        )
    return pd.DataFrame(rows)


def regret_summary(table: pd.DataFrame) -> Mapping[str, float | int | None]:
    """What keeping the base plan costs over the samples, currency (net present)."""
    planned = table[table["status"].isin(WITH_PLAN)]
    if "base_status" not in planned:
        return {"members": len(planned), "kept": 0, "missed": 0}
    kept = planned[planned["base_status"] == "kept"]
    regret = kept["regret"].astype(float) if len(kept) else pd.Series(dtype=float)
    has_any = len(regret) > 0
    return {
        "members": len(planned),
        "kept": len(kept),
        "missed": int((planned["base_status"] == "missed").sum()),
        "mean_regret": float(regret.mean()) if has_any else None,
        "median_regret": float(regret.median()) if has_any else None,
        "regret_of_95_in_100": float(regret.quantile(0.95)) if has_any else None,
        "greatest_regret": float(regret.max()) if has_any else None,
    }

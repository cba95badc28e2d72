"""A row of a study's table: key figures of a summary, or the reason of a failure."""

from collections.abc import Iterator, Mapping
from typing import Any

#: Plain data by column.
Row = dict[str, Any]

#: Statuses of members that have a plan.
WITH_PLAN = ("optimal", "feasible at limit")
MOST_CHARACTERS = 600

#: Columns of plan and baseline, and where they stand in ``comparison``.
_OF_BOTH = {
    "net_present_cost": "net_present_cost",
    "cost_per_year": "equivalent_annual_cost",
    "operating_cost_per_year": "operating_cost_per_year",
    "investment": "investment",
    "tonnes_per_year": "tonnes_per_year",
}
_OF_COMPARISON = (
    "saving_per_year",
    "net_present_saving",
    "tonnes_avoided_per_year",
    "reduction",
    "simple_payback_years",
)


def has_plan(row: Mapping[str, Any]) -> bool:
    """True if the member has figures, not only a reason."""
    return row["status"] in WITH_PLAN


def failure(status: str, reason: str) -> Row:
    """The row of a member without a plan."""
    told = "; ".join(reason.split("\n"))
    if len(told) > MOST_CHARACTERS:
        told = told[: MOST_CHARACTERS - 3] + "..."
    return {"status": status, "reason": told}


def figures(summary: Mapping[str, Any]) -> Row:
    """Key figures of a plan, from its summary as plain data.

    Columns are ``size:component.field``, ``indicator:component.name``,
    ``policy:name`` and ``shadow_price:name`` for what depends on the scenario.
    """
    return {
        "status": summary["status"],
        "reason": "",
        "scenario": summary["scenario"],
        "currency": summary["currency"],
        **dict(_compared(summary["comparison"])),
        "bound": summary["bound"],
        "gap": summary["gap"],
        "relative_gap": summary["relative_gap"],
        **dict(_by_name(summary)),
    }


def _compared(comparison: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for who, prefix in (("plan", ""), ("baseline", "baseline_")):
        told = comparison[who]
        if told is None:
            continue
        for column, key in _OF_BOTH.items():
            yield prefix + column, told[key]
        for scope, tonnes in told["tonnes_by_scope"].items():
            yield f"{prefix}tonnes_scope_{scope}", tonnes
    for column in _OF_COMPARISON:
        yield column, comparison[column]


def _by_name(summary: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for size in summary["capacities"]:
        yield f"size:{size['component']}.{size['capacity']}", size["total"]
    for policy in summary["policies"]:
        yield f"policy:{policy['policy']}", policy["value"]
        yield f"shadow_price:{policy['policy']}", policy["shadow_price"]
    for figure in summary["indicators"]:
        stage = f" {figure['year']}" if "year" in figure else ""
        name = f"{figure['component']}.{figure['name']}{stage}"
        yield f"indicator:{name}", figure["value"]

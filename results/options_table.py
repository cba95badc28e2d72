"""Retrofit options side by side: a row for each, from the summaries of their plans.

Money and carbon are those of the plan, savings against the site as it stands. Nothing
is ascribed to a single measure inside of an option: what a measure saves depends on
which others are there already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from verdigrid.results.figures.style import scale_for

#: Name of the option that is the site as it stands; it comes first.
BASELINE = "baseline"
#: Key figures of ``results/finance.py`` and their column.
FINANCE = {
    "net_present_value": "npv",
    "internal_rate_of_return": "irr",
    "simple_payback": "simple_payback_years",
    "discounted_payback": "discounted_payback_years",
    "cost_per_tonne_avoided": "cost_per_tonne_avoided",
}
#: Name of what a lump sum buys, which has no size.
LUMP_SUM = "price"
#: How many of the largest purchases are named.
LARGEST = 4
#: Purchases below this share of the largest of their unit are not named.
SMALL = 0.01


@dataclass(frozen=True)
class Option:
    """One way to go on: its name, packages, and the summary of its plan.

    ``summary`` is that of ``results/summary.py`` as plain data, or None with a reason;
    ``is_best`` marks the least net present cost among what may be chosen.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    status: str
    summary: Mapping[str, Any] | None
    reason: str = ""
    is_best: bool = False


def options_table(options: Sequence[Option]) -> pd.DataFrame:
    """A row for each option; columns that depend on the scenario come last."""
    rows = [_row(option) for option in options]
    columns = dict.fromkeys(name for row in rows for name in row)
    first = [name for name in columns if ":" not in name]
    return pd.DataFrame(rows)[[*first, *(n for n in columns if ":" in n)]]


def _row(option: Option) -> dict[str, Any]:
    row: dict[str, Any] = {
        "option": option.name,
        "title": option.title,
        "packages": " ".join(option.packages),
        "status": option.status,
        "best": option.is_best,
    }
    summary = option.summary
    if summary is not None:
        figures = summary["comparison"]["plan"]
        row |= {
            "capex": figures["investment"],
            "yearly_cost": figures["operating_cost_per_year"],
            "equivalent_annual_cost": figures["equivalent_annual_cost"],
            "net_present_cost": figures["net_present_cost"],
            "gap": summary["gap"],
        }
        money = summary["finance"]["figures"]
        row |= {column: money[name]["value"] for name, column in FINANCE.items()}
        row |= {
            "tonnes_location": figures["tonnes_per_year"],
            "tonnes_market": figures["market_tonnes_per_year"],
            "tonnes_biogenic": figures["biogenic_tonnes_per_year"],
            "tonnes_avoided": summary["comparison"]["tonnes_avoided_per_year"],
            "peak_import_kw": peak_import(summary),
            "self_use_share": self_use(summary),
            "largest": largest(summary),
        }
        if "pathway" in summary:
            row["tonnes_all_years"] = summary["pathway"]["cumulative_tonnes"]
        row |= _of_the_scenario(summary)
    return {**row, "reason": option.reason}


def _of_the_scenario(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Carbon by scope, policies and sizes, which every scenario has others of."""
    scopes = summary["comparison"]["plan"]["tonnes_by_scope"]
    found = {f"tonnes:scope_{scope}": tonnes for scope, tonnes in scopes.items()}
    for policy in summary["policies"]:
        found[f"policy:{policy['policy']}"] = policy["value"]
        found[f"kept:{policy['policy']}"] = policy["kept"]
    for size in sizes(summary):
        found[f"size:{size['component']}.{size['capacity']}"] = size["total"]
    return found


def sizes(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Capacities of a plan; lump sums are none."""
    return [size for size in summary["capacities"] if size["capacity"] != LUMP_SUM]


def peak_import(summary: Mapping[str, Any]) -> float | None:
    """Highest import, kW; the sum of all connections' own peaks if there are more.

    Of a pathway that of the stage where it is highest.
    """
    peaks: dict[int | None, float] = {}
    for figure in summary["indicators"]:
        if figure["name"] == "peak import":
            stage = figure.get("year")
            peaks[stage] = peaks.get(stage, 0.0) + float(figure["value"])
    return max(peaks.values(), default=None)


def self_use(summary: Mapping[str, Any]) -> float | None:
    """Own green power used on the site, as a share of it; None without any.

    What is exported and what batteries lose counts as not used, as in the policy
    ``self_consumption``.
    """
    energy = {m["measure"]: m["kwh_per_year"] for m in summary["measures"]}
    green = energy.get("green_power", 0.0)
    if green <= 0:
        return None
    elsewhere = energy.get("exported_power", 0.0) + energy.get("lost_in_batteries", 0.0)
    return max(0.0, float((green - elsewhere) / green))


def largest(summary: Mapping[str, Any]) -> str:
    """The largest purchases in words: ``heat pump 3,200 kW, battery 8,000 kWh``."""
    bought = [size for size in sizes(summary) if size["new"] > 0]
    most = {
        unit: max(size["new"] for size in bought if size["unit"] == unit)
        for unit in {size["unit"] for size in bought}
    }
    bought = [size for size in bought if size["new"] >= SMALL * most[size["unit"]]]
    bought.sort(key=lambda size: -float(size["investment"]))
    return ", ".join(
        f"{size_name(size)} {size['new']:,.0f} {size['unit']}"
        for size in bought[:LARGEST]
    )


def size_name(size: Mapping[str, Any]) -> str:
    """A capacity's name for people: ``battery``, ``battery power``.

    >>> size_name({"component": "hot_tank", "capacity": "energy", "unit": "kWh"})
    'hot tank'
    >>> size_name({"component": "battery", "capacity": "power", "unit": "kW"})
    'battery power'
    """
    name = str(size["component"]).replace("_", " ")
    plain = ("capacity", "energy")
    return name if size["capacity"] in plain else f"{name} {size['capacity']}"


# -- for people ------------------------------------------------------------------------


def options_text(title: str, options: Sequence[Option], currency: str) -> Table:
    """The comparison as a table to be printed; options are its columns."""
    found = options_table(options)
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for option in options:
        head = f"{option.title} *" if option.is_best else option.title
        table.add_column(head, justify="right", overflow="fold")
    for label, column, form in _LINES:
        if column in found and found[column].notna().any():
            if column == "tonnes_market" and _same(found, "tonnes_location", column):
                continue
            unit, cells = _cells(found[column].tolist(), form)
            table.add_row(label.format(money=f"{unit}{currency}"), *cells)
    for name, limit in _limits(options).items():
        value, kept = found[f"policy:{name}"], found[f"kept:{name}"]
        told = [_kept(v, k) for v, k in zip(value, kept, strict=True)]
        table.add_row(f"{name}, {limit}", *told)
    return table


#: Label, column and form of the printed lines.
_LINES = (
    ("investment, {money}", "capex", "money"),
    ("running cost, {money}/a", "yearly_cost", "money"),
    ("equivalent annual cost, {money}/a", "equivalent_annual_cost", "money"),
    ("net present cost, {money}", "net_present_cost", "money"),
    ("net present value, {money}", "npv", "money"),
    ("internal rate of return", "irr", "share"),
    ("simple payback, years", "simple_payback_years", "tenth"),
    ("discounted payback, years", "discounted_payback_years", "tenth"),
    ("t CO2e/a, location-based", "tonnes_location", "figures"),
    ("t CO2e/a, market-based", "tonnes_market", "figures"),
    ("t CO2e in all years", "tonnes_all_years", "figures"),
    ("{money} per tonne avoided", "cost_per_tonne_avoided", "figures"),
    ("peak import, kW", "peak_import_kw", "figures"),
    ("own green power used", "self_use_share", "share"),
    ("status", "status", "text"),
)


def _same(found: pd.DataFrame, one: str, other: str) -> bool:
    """True if two columns differ by rounding alone."""
    largest = found[one].abs().max()
    return bool((found[one] - found[other]).abs().max() <= 1e-6 * largest)


def _limits(options: Sequence[Option]) -> dict[str, str]:
    """Limits of the policies in words, by name."""
    found: dict[str, str] = {}
    for option in options:
        for policy in option.summary["policies"] if option.summary else ():
            if policy["limit"] is not None:
                limit = (
                    f"{policy['sense']} {_figures(policy['limit'])} {policy['unit']}"
                )
                found.setdefault(policy["policy"], limit)
    return found


def _cells(values: Sequence[Any], form: str) -> tuple[str, list[str]]:
    """A line of the table, and the unit in which money is written."""
    known = [value for value in values if not _is_nothing(value)]
    scale = scale_for(max(map(abs, known)), "") if form == "money" else scale_for(0, "")
    return scale.unit, [_cell(value, form, scale.factor) for value in values]


def _cell(value: Any, form: str, factor: float) -> str:
    if form == "text":
        return str(value)
    if _is_nothing(value):
        return "-"
    forms = {
        "money": _decimals(value / factor, 1 if factor > 1 else 0),
        "tenth": _decimals(value, 1),
        "share": f"{value:.1%}",
        "figures": _figures(value),
    }
    return forms[form]


def _decimals(value: float, digits: int) -> str:
    """A number without a sign in front of nothing.

    >>> _decimals(-0.01, 1), _decimals(1234.56, 1)
    ('0.0', '1,234.6')
    """
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def _is_nothing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _figures(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def _kept(value: Any, kept: Any) -> Text:
    if _is_nothing(value):
        return Text("-")
    text = _figures(value)
    return Text(text) if kept else Text(f"{text}, missed", style="bold red")


def reasons(options: Sequence[Option]) -> list[str]:
    """A line on every option without a plan."""
    return [f"{o.title}: {o.status}: {o.reason}" for o in options if o.reason]

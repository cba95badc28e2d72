"""Where plan and baseline stand against every policy, kept or not, enforced or not."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from verdigrid.models.measure import Measure
from verdigrid.models.policy import Policy, Standing
from verdigrid.results.checks import TOLERANCE
from verdigrid.results.outcome import Outcome


@dataclass(frozen=True)
class Row:
    """One policy; ``value`` and ``baseline`` in ``unit``, ``sense`` of its limit.

    ``margin`` is how far the plan's value is on the right side of the limit (negative:
    missed by that); ``shadow_price`` what one ``priced`` unit better would cost a year.
    What limits nothing has neither limit nor value.
    """

    policy: str
    kind: str
    enforced: bool
    unit: str
    sense: str
    limit: float | None
    value: float | None
    kept: bool | None
    margin: float | None
    baseline: float | None
    baseline_kept: bool | None
    shadow_price: float | None
    priced: str


def policy_rows(plan: Outcome, baseline: Outcome | None) -> list[Row]:
    """Every policy of the plan."""
    year = plan.recomputed.yearly
    before = None if baseline is None else baseline.recomputed.yearly
    solution = plan.solution
    return [
        _row(
            name,
            policy,
            policy.standing(year, solution.decided.get(name, {})),
            None if before is None else policy.standing(before),
            solution.shadow_prices.get(name),
            solution.microgrid.currency,
        )
        for name, policy in solution.microgrid.policies.items()
    ]


def _row(
    name: str,
    policy: Policy,
    now: Standing | None,
    before: Standing | None,
    price: float | None,
    currency: str,
) -> Row:
    unit = policy.unit.replace("currency", currency) if now else ""
    return Row(
        policy=name,
        kind=policy.kind,
        enforced=policy.enforce,
        unit=unit,
        sense=policy.sense if now else "",
        limit=now.limit if now else None,
        value=now.value if now else None,
        kept=_kept(now),
        margin=now.margin if now else None,
        baseline=before.value if before else None,
        baseline_kept=_kept(before),
        shadow_price=price,
        priced=policy.priced[0] if now else "",
    )


def _kept(standing: Standing | None) -> bool | None:
    if standing is None:
        return None
    return standing.missed_by <= TOLERANCE * standing.scale


def measure_rows(plan: Outcome, baseline: Outcome | None) -> list[dict[str, Any]]:
    """The yearly energies that policies are made of, kWh per year."""
    year = plan.recomputed.yearly
    before = None if baseline is None else baseline.recomputed.yearly
    known = {*year.measures, *(before.measures if before else ())}
    return [
        {
            "measure": str(measure),
            "kwh_per_year": year.energy({measure: 1.0}),
            "baseline_kwh_per_year": before.energy({measure: 1.0}) if before else None,
        }
        for measure in Measure
        if measure in known
    ]


def as_data(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Plain data for ``summary.json``."""
    return [asdict(row) for row in rows]


def limit_lines(rows: Iterable[Row], currency: str, integers: bool) -> list[str]:
    """A sentence on every limit of a plan."""
    return [_sentence(row, currency, integers) for row in rows if row.limit is not None]


def _sentence(row: Row, currency: str, integers: bool) -> str:
    value = number(row.value, row.unit)
    if row.unit in ("share", ""):
        text = f"{row.policy}: {value}, {row.sense} {number(row.limit, row.unit)}"
    else:
        text = f"{row.policy}: {value} of {number(row.limit, row.unit)} {row.unit}"
    if not row.enforced:
        missed = "" if row.kept else ", missed"
        return f"{text} (not enforced{missed})"
    if row.shadow_price is not None and row.shadow_price > 0:
        price = f"{row.shadow_price:,.{0 if row.shadow_price >= 10 else 3}f}"
        word = "less" if row.sense == "at most" else "more"
        text += f"; the next {row.priced} {word} would cost {price} {currency}"
        if integers:
            text += " (integers fixed, sizes free)"
    elif row.shadow_price is not None:
        text += "; it does not bind"
    return text


def number(value: float | None, unit: str) -> str:
    """A value as people read it: shares in percent."""
    if value is None:
        return "-"
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.4g}"


def policies_table(title: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Every policy with plan, baseline and limit; ``rows`` as in ``summary.json``."""
    table = Table(title=title, title_justify="left")
    for column in ("policy", "baseline", "plan", "limit", "unit", "met", "enforced"):
        right = column in ("baseline", "plan", "limit")
        table.add_column(column, justify="right" if right else "left")
    for row in rows:
        unit, limit = str(row["unit"]), row["limit"]
        if limit is None:
            continue
        table.add_row(
            str(row["policy"]),
            number(row["baseline"], unit),
            number(row["value"], unit),
            f"{row['sense']} {number(limit, unit)}",
            unit,
            _met(row, unit),
            "yes" if row["enforced"] else "no",
        )
    return table


def _met(row: Mapping[str, Any], unit: str) -> Text:
    """Met or missed, and by how much."""
    margin = row["margin"]
    if row["kept"] and margin is not None and margin <= TOLERANCE * abs(row["limit"]):
        return Text("yes, just", style="green")
    by = "" if margin is None else f" by {number(abs(margin), unit)}"
    if row["kept"]:
        return Text(f"yes{by}", style="green")
    return Text(f"missed{by}", style="bold red")


def measures_table(title: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """The energies that policies are made of; ``rows`` as in ``summary.json``."""
    table = Table(title=title, title_justify="left")
    for column in ("energy", "baseline, kWh/a", "plan, kWh/a"):
        table.add_column(column, justify="left" if column == "energy" else "right")
    for row in rows:
        before = row["baseline_kwh_per_year"]
        table.add_row(
            Measure(row["measure"]).words,
            "" if before is None else f"{before:,.0f}",
            f"{row['kwh_per_year']:,.0f}",
        )
    return table

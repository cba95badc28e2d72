"""A run as text: what is printed, for people."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from verdigrid.models.objective import Objective
from verdigrid.results.bill import bill_by_month
from verdigrid.results.cautions import cautions
from verdigrid.results.compare import Comparison, Figures, compare
from verdigrid.results.finance import finances
from verdigrid.results.ledgers import ledgers_differ
from verdigrid.results.outcome import Outcome
from verdigrid.results.proof import bound_words, status_words
from verdigrid.results.standings import limit_lines, policy_rows


def plan_text(
    plan: Outcome, baseline: Outcome | None, no_baseline: str
) -> RenderableType:
    """The whole answer: money and carbon, sizes and why, key figures, checks."""
    comparison = compare(plan, baseline)
    parts: list[RenderableType] = [_headline(plan, comparison, no_baseline)]
    parts.append(_money(plan, comparison))
    parts.append(_finance(plan, baseline))
    parts.append(_capacities(plan))
    parts.append(_indicators(plan, baseline))
    parts.append(_balances(plan))
    if not plan.tables.firms.empty:
        parts.append(_firms(plan))
    parts += _sentences("Limits", _policies(plan, baseline))
    parts += _sentences("Caution", cautions(plan, baseline, comparison))
    parts += _sentences("Noted", list(plan.solution.microgrid.notes))
    parts.append(_verification(plan))
    parts.append(_bound(plan))
    return Group(*parts)


def bill_text(outcome: Outcome, currency: str) -> RenderableType:
    """Every supplier's bill, a row per month."""
    bill = outcome.tables.bill
    names = list(dict.fromkeys(bill["component"]))
    return Group(
        *(_frame(f"Bill of {n}, {currency}", bill_by_month(bill, n)) for n in names)
    )


def metered_text(deviations: pd.DataFrame) -> RenderableType:
    """Baseline against meter readings."""
    table = Table(title="Baseline against metered", title_justify="left")
    for column in ("month", "figure", "metered", "baseline", "deviation"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for row in deviations.itertuples():
        table.add_row(
            str(row.month),
            str(row.figure),
            f"{row.metered:,.0f}",
            f"{row.baseline:,.0f}",
            f"{row.deviation:+.1%}",
        )
    return table


def proofs_text(title: str, rows: Iterable[tuple[str, bool, str]]) -> RenderableType:
    """What was proven: a row for each thing, whether it holds, and what was found."""
    table = Table(title=title, title_justify="left")
    for column in ("proven", "holds", "what was found"):
        table.add_column(column)
    for what, holds, text in rows:
        mark = Text("yes", style="green") if holds else Text("NO", style="bold red")
        table.add_row(what, mark, Text(text))
    return table


def _headline(plan: Outcome, comparison: Comparison, no_baseline: str) -> Text:
    solution = plan.solution
    currency = solution.microgrid.currency
    text = Text(f"{solution.microgrid.name}: ", style="bold")
    text.append(status_words(solution))
    if comparison.baseline is not None:
        change = comparison.plan.equivalent_annual_cost
        change -= comparison.baseline.equivalent_annual_cost
        verb = "costs" if change > 0 else "saves"
        than = "more than" if change > 0 else "against"
        text.append(
            f"; it {verb} {abs(change):,.0f} {currency}/a {than} today's site, "
            "investment included",
            style="none",
        )
    if solution.microgrid.objective != Objective():
        text.append(f"\nobjective: {solution.microgrid.objective.words}", style="none")
    if no_baseline:
        text.append(f"\nno baseline: {no_baseline}", style="yellow")
    return text


def _money(plan: Outcome, comparison: Comparison) -> Table:
    currency = plan.solution.microgrid.currency
    ours, today = comparison.plan, comparison.baseline
    table = Table(title="Plan against baseline", title_justify="left")
    for column in ("", "baseline", "plan", "difference"):
        table.add_column(column, justify="right" if column else "left")

    def row(label: str, figure: Callable[[Figures], float], digits: int = 0) -> None:
        after = f"{figure(ours):,.{digits}f}"
        if today is None:
            table.add_row(label, "", after, "")
            return
        change = f"{figure(ours) - figure(today):+,.{digits}f}"
        table.add_row(label, f"{figure(today):,.{digits}f}", after, change)

    row(f"investment, {currency}", lambda f: f.investment)
    row(f"running cost, {currency}/a", lambda f: f.operating_cost_per_year)
    row(f"equivalent annual cost, {currency}/a", lambda f: f.equivalent_annual_cost)
    row(f"net present cost, {currency}", lambda f: f.net_present_cost)
    row("emissions, t CO2e/a", lambda f: f.tonnes_per_year, 1)
    for scope in sorted(ours.tonnes_by_scope):
        row(f"  scope {scope}", partial(_tonnes, scope), 1)
    if ledgers_differ(plan.tables.emissions):
        row("  market-based, in all", lambda f: f.market_tonnes_per_year, 1)
    if ours.biogenic_tonnes_per_year:
        row("  beside: carbon of plants", lambda f: f.biogenic_tonnes_per_year, 1)
    return table


def _finance(plan: Outcome, baseline: Outcome | None) -> Table:
    """Key figures of the investment, or why there are none."""
    table = Table(title="Is it worth it", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("unit")
    for figure in finances(plan, baseline).figures:
        name, unit = figure.name.replace("_", " "), figure.unit
        if figure.value is None:
            table.add_row(name, "-", figure.reason)
        elif unit == "1/a":
            table.add_row(name, f"{figure.value:.1%}", "a year")
        elif unit.endswith("/kWh"):
            table.add_row(name, f"{figure.value:,.4f}", unit)
        else:
            years = {"a": "years", "1": ""}.get(unit, unit)
            digits = 0 if unit not in ("a", "1") else 2 - (unit == "a")
            table.add_row(name, f"{figure.value:,.{digits}f}", years)
    return table


def _tonnes(scope: int, figures: Figures) -> float:
    return figures.tonnes_by_scope.get(scope, 0.0)


def _capacities(plan: Outcome) -> Table:
    table = Table(title="Sizes, and why", title_justify="left")
    for column in ("asset", "existing", "new", "total", "unit"):
        left = column in ("asset", "unit")
        table.add_column(column, justify="left" if left else "right", no_wrap=True)
    table.add_column("why this size")
    for row in plan.tables.capacities.itertuples():
        name = str(row.component)
        if row.capacity != "capacity":
            name += f" ({row.capacity})"
        table.add_row(
            name,
            f"{row.existing:,.0f}",
            f"{row.new:,.0f}",
            f"{row.total:,.0f}",
            str(row.unit),
            str(row.reason),
        )
    return table


def _indicators(plan: Outcome, baseline: Outcome | None) -> Table:
    table = Table(title="Key figures of the year", title_justify="left")
    for column in ("asset", "figure", "baseline", "plan", "unit"):
        right = column in ("baseline", "plan")
        table.add_column(column, justify="right" if right else "left", no_wrap=True)
    before = {} if baseline is None else _figures(baseline.tables.indicators)
    for (component, figure, unit), value in _figures(plan.tables.indicators).items():
        was = before.get((component, figure, unit))
        table.add_row(
            component,
            figure,
            "" if was is None else _number(was, unit),
            _number(value, unit),
            unit,
        )
    return table


def _figures(indicators: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """Indicators by component, name and unit."""
    names = indicators[["component", "name", "unit"]].astype(str)
    keys = names.itertuples(index=False, name=None)
    return dict(zip(keys, indicators["value"].astype(float).tolist(), strict=True))


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def _balances(plan: Outcome) -> Table:
    table = Table(title="Yearly balance of every bus, kWh", title_justify="left")
    for column in ("bus", "carrier", "fed in", "taken out", "difference"):
        left = column in ("bus", "carrier")
        table.add_column(column, justify="left" if left else "right")
    balances = plan.tables.balances
    balances = balances.assign(difference_kwh=balances["difference_kwh"].abs())
    for row in balances.itertuples():
        table.add_row(
            str(row.node),
            str(row.carrier),
            f"{row.fed_in_kwh:,.0f}",
            f"{row.taken_out_kwh:,.0f}",
            f"{row.difference_kwh:,.3f}",
        )
    return table


def _firms(plan: Outcome) -> Table:
    """What each firm pays and emits in a year."""
    currency = plan.solution.microgrid.currency
    table = Table(title="Firms, a year", title_justify="left")
    table.add_column("firm")
    for column in (f"cost, {currency}", f"of it investment, {currency}", "t CO2e"):
        table.add_column(column, justify="right")
    firms = plan.tables.firms
    scopes = [name for name in map(str, firms) if name.startswith("scope_")]
    for row in firms.to_dict("records"):
        tonnes = sum(row[scope] for scope in scopes) / 1000
        amounts = row["total_per_year"], row["investment_per_year"]
        figures = (f"{amount:,.0f}" for amount in amounts)
        table.add_row(row["firm"], *figures, f"{tonnes:,.1f}")
    return table


def _policies(plan: Outcome, baseline: Outcome | None) -> list[str]:
    solution = plan.solution
    rows, integers = policy_rows(plan, baseline), bool(solution.facts["integers"])
    return limit_lines(rows, solution.microgrid.currency, integers)


def _sentences(title: str, lines: list[str]) -> Iterator[Text]:
    if lines:
        yield Text(title, style="italic")
        for line in lines:
            yield Text(f"  - {line}")


def _verification(plan: Outcome) -> Text:
    held = sum(check.holds for check in plan.checks)
    worst = max(plan.checks, key=lambda check: check.relative)
    return Text(
        f"Verified without the model: {held} of {len(plan.checks)} checks hold; "
        f"largest residual {worst.relative:.1e} ({worst.what})",
        style="green" if held == len(plan.checks) else "red",
    )


def _bound(plan: Outcome) -> Text:
    checked = plan.solution.certificate is not None
    return Text(bound_words(plan.solution), style="green" if checked else "yellow")


def _frame(title: str, frame: pd.DataFrame) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("month")
    for column in frame.columns:
        table.add_column(str(column), justify="right")
    for month, values in frame.iterrows():
        table.add_row(str(month), *(f"{value:,.0f}" for value in values))
    return table

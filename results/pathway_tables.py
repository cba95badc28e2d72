"""A pathway as tables and plain data: what is built when, what it costs and emits."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from verdigrid.results.cash_flow import worth
from verdigrid.results.checks import TOLERANCE
from verdigrid.results.compare import figures_of
from verdigrid.results.outcome import Outcome
from verdigrid.results.pathway import PathwayOutcome
from verdigrid.results.proof import relative_gap
from verdigrid.results.standings import as_data, policy_rows
from verdigrid.results.summary import verification


@dataclass(frozen=True)
class PathwayReport:
    """A pathway beside its baselines, by stage (None: there is none, and why)."""

    plan: PathwayOutcome
    baselines: Sequence[tuple[Outcome | None, str]]

    @property
    def currency(self) -> str:
        """Currency of the scenario."""
        return self.plan.solution.pathway.first.currency

    @cached_property
    def stages(self) -> pd.DataFrame:
        """A row per stage: years, money and carbon of plan and baseline.

        ``investment`` is what is bought as the stage begins, at its prices before
        escalation and discounting; ``net_present_cost`` is what the stage and its
        purchases are worth when the pathway begins.
        """
        rows = []
        emitted = 0.0
        for number, stage in enumerate(self.plan.stages):
            ours, years = figures_of(stage), stage.solution.microgrid.years
            before = self.baselines[number][0]
            today = None if before is None else figures_of(before)
            emitted += years * ours.tonnes_per_year
            rows.append(
                {
                    "year": self.plan.years[number],
                    "years": int(years),
                    "investment": ours.investment,
                    "operating_cost_per_year": ours.operating_cost_per_year,
                    "baseline_cost_per_year": today and today.operating_cost_per_year,
                    "net_present_cost": ours.net_present_cost,
                    "tonnes_per_year": ours.tonnes_per_year,
                    "baseline_tonnes_per_year": today and today.tonnes_per_year,
                    "cumulative_tonnes": emitted,
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def capacities(self) -> pd.DataFrame:
        """A row per stage and capacity: what stands, was carried over, is bought."""
        rows = [
            {
                "year": year,
                "component": size.component,
                "capacity": size.field,
                "unit": size.unit,
                "existing": size.existing,
                "carried": size.carried,
                "new": size.new,
                "total": size.total,
                "limit": size.limit,
            }
            for year, stage in zip(self.plan.years, self.plan.stages, strict=True)
            for size in stage.solution.sizes
        ]
        return pd.DataFrame(rows)

    @cached_property
    def payments(self) -> pd.DataFrame:
        """Every payment, money out is negative, with its worth at the beginning."""
        rate = self.plan.solution.pathway.first.finance.discount_rate
        rows = [
            (
                *(paid.payment.time, paid.payment.year, self.plan.years[paid.stage]),
                *(paid.payment.kind, paid.payment.item, paid.payment.amount),
                worth(paid.payment, rate),
            )
            for paid in sorted(self.plan.paid, key=lambda one: one.payment.time)
        ]
        names = ["time", "year", "stage", "kind", "item", "amount", "present_worth"]
        return pd.DataFrame(rows, columns=names)

    @property
    def baseline_cost(self) -> float | None:
        """Net present cost of all baselines; None if one is missing."""
        found = [outcome for outcome, _ in self.baselines if outcome is not None]
        if len(found) < len(self.baselines):
            return None
        return sum(outcome.recomputed.net_present_cost for outcome in found)

    @cached_property
    def policies(self) -> list[dict[str, Any]]:
        """How every stage, and all together (year None), stand against policies."""
        rows: list[dict[str, Any]] = []
        for number, stage in enumerate(self.plan.stages):
            found = as_data(policy_rows(stage, self.baselines[number][0]))
            rows += [{"year": self.plan.years[number], **row} for row in found]
        for name, standing in self.plan.standings.items():
            policy = self.plan.solution.pathway.across[name]
            rows.append(
                {
                    "year": None,
                    "policy": name,
                    "kind": policy.kind,
                    "enforced": policy.enforce,
                    "unit": standing.unit,
                    "sense": standing.sense,
                    "limit": standing.limit,
                    "value": standing.value,
                    "kept": standing.missed_by <= TOLERANCE * standing.scale,
                    "margin": standing.margin,
                    "price_today": self.plan.solution.prices.get(name),
                }
            )
        return rows

    @cached_property
    def data(self) -> dict[str, Any]:
        """The pathway for ``summary.json``."""
        solution = self.plan.solution
        return {
            "status": str(solution.status),
            "objective": solution.objective,
            "bound": solution.bound,
            "gap": solution.gap,
            "relative_gap": relative_gap(solution),
            "net_present_cost": self.plan.net_present_cost,
            "baseline_net_present_cost": self.baseline_cost,
            "no_baseline": [why for _, why in self.baselines if why],
            "cumulative_tonnes": float(self.stages["cumulative_tonnes"].iloc[-1]),
            "stages": self.stages.to_dict("records"),
            "capacities": self.capacities.to_dict("records"),
            "policies": self.policies,
            "verification": verification(self.plan.checks),
        }


def pathway_text(report: PathwayReport) -> RenderableType:
    """The whole answer: stage by stage, then sizes, policies and checks."""
    solution, currency = report.plan.solution, report.currency
    name = solution.pathway.first.name
    head = Text(f"{name}: {solution.status} pathway", style="bold")
    head.append(f"; net present cost {solution.objective:,.0f} {currency}")
    before = report.baseline_cost
    if before is not None:
        verb = "less" if before >= solution.objective else "more"
        saved = abs(before - solution.objective)
        head.append(f", {saved:,.0f} {verb} than with what stands today")
    for year, (_, why) in zip(report.plan.years, report.baselines, strict=True):
        if why:
            head.append(f"\nno baseline in {year}: {why}", style="yellow")
    checks = report.plan.checks
    held = sum(check.holds for check in checks)
    worst = max(checks, key=lambda check: check.relative)
    told = Text(
        f"Verified without the model: {held} of {len(checks)} checks hold; largest "
        f"residual {worst.relative:.1e} ({worst.what})",
        style="green" if held == len(checks) else "red",
    )
    gap = solution.gap / max(1.0, abs(solution.objective))
    proof = Text(
        f"Bound: no pathway costs less than {solution.bound:,.0f} {currency} "
        f"(gap {gap:.1e})"
    )
    prices = [
        Text(
            f"{name}: a {report.plan.solution.pathway.across[name].priced[0]} less "
            f"would cost {price:,.1f} {currency} today"
        )
        for name, price in solution.prices.items()
    ]
    tables = _stages(report), _sizes(report), _limits(report)
    return Group(head, *tables, *prices, told, proof)


def _stages(report: PathwayReport) -> Table:
    table = Table(title="Stages", title_justify="left")
    names = (
        *("from", "years", f"investment, {report.currency}"),
        *(f"cost, {report.currency}/a", "baseline"),
        *("t CO2e/a", "baseline", "t CO2e so far"),
    )
    for name in names:
        table.add_column(name, justify="right")
    for row in report.stages.to_dict("records"):
        table.add_row(
            str(row["year"]),
            str(row["years"]),
            _whole(row["investment"]),
            _whole(row["operating_cost_per_year"]),
            _whole(row["baseline_cost_per_year"]),
            _tonnes(row["tonnes_per_year"]),
            _tonnes(row["baseline_tonnes_per_year"]),
            _tonnes(row["cumulative_tonnes"]),
        )
    return table


def _sizes(report: PathwayReport) -> Table:
    """Total of every capacity in every stage, with what is bought."""
    table = Table(title="Sizes: total (bought)", title_justify="left")
    table.add_column("asset")
    for year in report.plan.years:
        table.add_column(str(year), justify="right")
    table.add_column("unit")
    frame = report.capacities
    if frame.empty:
        return table
    for key, rows in frame.groupby(["component", "capacity"], sort=False):
        component, capacity = (str(part) for part in key)
        name = component if capacity == "capacity" else f"{component} ({capacity})"
        cells = [
            f"{row['total']:,.0f}" + (f" (+{row['new']:,.0f})" if row["new"] else "")
            for row in rows.to_dict("records")
        ]
        table.add_row(name, *cells, str(rows["unit"].iloc[0]))
    return table


def _limits(report: PathwayReport) -> Table:
    table = Table(title="Policies", title_justify="left")
    for name in ("policy", "stage", "value", "", "limit", "unit", "kept"):
        right = name in ("value", "limit")
        table.add_column(name, justify="right" if right else "left")
    for row in report.policies:
        if row["limit"] is None:
            continue
        table.add_row(
            str(row["policy"]),
            "all" if row["year"] is None else str(row["year"]),
            "-" if row["value"] is None else f"{row['value']:,.6g}",
            str(row["sense"]),
            f"{row['limit']:,.6g}",
            str(row["unit"]),
            {True: "yes", False: "NO", None: "-"}[row["kept"]],
        )
    return table


def _whole(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else f"{value:,.0f}"


def _tonnes(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else f"{value:,.1f}"

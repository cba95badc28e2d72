"""The summary of a pathway, with the keys of a plan's summary for one year.

So that tables, figures and studies read both alike. What a year is in a plan of one
year is here the mean of all years; money at one time is that of all stages together,
capacities are those of the last stage, with all that was bought and is still there.
``pathway`` tells stage by stage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from verdigrid.models.finance import capital_recovery_factor
from verdigrid.models.pathway import Pathway, PathwaySolution
from verdigrid.models.solution import Status
from verdigrid.results.cash_flow import Payment
from verdigrid.results.checks import TOLERANCE
from verdigrid.results.compare import Comparison, Figures, figures_of
from verdigrid.results.finance import (
    NO_BASELINE,
    PER_TONNE,
    KeyFigure,
    money_figures,
    per_tonne,
    undefined_figures,
    yearly_table,
)
from verdigrid.results.outcome import Outcome
from verdigrid.results.pathway import PathwayOutcome
from verdigrid.results.pathway_tables import PathwayReport
from verdigrid.results.proof import certificate_entry, relative_gap
from verdigrid.results.standings import Row, measure_rows, policy_rows
from verdigrid.results.summary import how_found


def summarize_pathway(report: PathwayReport) -> dict[str, Any]:
    """Plain data for ``summary.json``; see the keys of ``results/summary.py``."""
    solution = report.plan.solution
    first, today = solution.pathway.first, baseline_of(report)
    return {
        "scenario": first.name,
        "currency": first.currency,
        "status": str(solution.status),
        "objective": solution.objective,
        "minimises": first.objective.words,
        "bound": solution.bound,
        "gap": solution.gap,
        "relative_gap": relative_gap(solution),
        "certificate": certificate_entry(solution),
        "comparison": asdict(_comparison(report, today)),
        "finance": _finance(report, today),
        "no_baseline": "; ".join(why for _, why in report.baselines if why),
        "capacities": list(_capacities(report)),
        "indicators": list(_indicators(report)),
        "costs": _joined(report),
        "policies": [asdict(row) for row in _policies(report)],
        "measures": _measures(report),
        "notes": list(first.notes),
        "pathway": report.data,
        "verification": report.data["verification"],
        **how_found(solution),
    }


def baseline_of(report: PathwayReport) -> PathwayOutcome | None:
    """The baselines of all stages as one pathway; None if one is missing."""
    return baseline_pathway(report.plan.solution.pathway, report.baselines)


def baseline_pathway(
    pathway: Pathway, baselines: Sequence[tuple[Outcome | None, str]]
) -> PathwayOutcome | None:
    """Baselines of all stages of ``pathway`` as one; None if one is missing."""
    found = [outcome for outcome, _ in baselines if outcome is not None]
    if len(found) < len(baselines):
        return None
    solutions = tuple(outcome.solution for outcome in found)
    cost = sum(outcome.recomputed.net_present_cost for outcome in found)
    grids = [solution.microgrid for solution in solutions]
    return PathwayOutcome(
        PathwaySolution(
            pathway=replace(pathway.with_microgrids(grids), across={}),
            status=Status.OPTIMAL,
            objective=cost,
            bound=cost,
            seconds=sum(solution.seconds for solution in solutions),
            algorithm="stage by stage",
            stages=solutions,
            prices={},
            facts={},
            certificate=None,
        )
    )


# -- money and carbon -----------------------------------------------------------------


def _years(outcome: PathwayOutcome) -> list[float]:
    """How many years each stage stands for."""
    return [stage.years for stage in outcome.solution.pathway.stages]


def _mean(outcome: PathwayOutcome, of_stages: Sequence[float]) -> float:
    """The mean of all years."""
    years = _years(outcome)
    return sum(v * y for v, y in zip(of_stages, years, strict=True)) / sum(years)


def _figures(outcome: PathwayOutcome) -> Figures:
    """Money and carbon of all stages."""
    stages = [figures_of(stage) for stage in outcome.stages]
    finance = outcome.solution.pathway.first.finance
    annuity = capital_recovery_factor(finance.discount_rate, finance.horizon_years)
    scopes = sorted({scope for figures in stages for scope in figures.tonnes_by_scope})
    worth = outcome.net_present_cost
    return Figures(
        investment=sum(figures.investment for figures in stages),
        operating_cost_per_year=_mean(
            outcome, [figures.operating_cost_per_year for figures in stages]
        ),
        net_present_cost=worth,
        equivalent_annual_cost=worth * annuity,
        tonnes_per_year=_mean(outcome, [figures.tonnes_per_year for figures in stages]),
        tonnes_by_scope={
            scope: _mean(outcome, [f.tonnes_by_scope.get(scope, 0.0) for f in stages])
            for scope in scopes
        },
        market_tonnes_per_year=_mean(
            outcome, [figures.market_tonnes_per_year for figures in stages]
        ),
        biogenic_tonnes_per_year=_mean(
            outcome, [figures.biogenic_tonnes_per_year for figures in stages]
        ),
    )


def _comparison(report: PathwayReport, today: PathwayOutcome | None) -> Comparison:
    ours, solution = _figures(report.plan), report.plan.solution
    finance = solution.pathway.first.finance
    annuity = capital_recovery_factor(finance.discount_rate, finance.horizon_years)
    gap = solution.gap * annuity
    if today is None:
        return Comparison(ours, None, None, None, None, None, None, gap)
    before = _figures(today)
    avoided = before.tonnes_per_year - ours.tonnes_per_year
    money = _money(report, today)
    return Comparison(
        plan=ours,
        baseline=before,
        saving_per_year=before.operating_cost_per_year - ours.operating_cost_per_year,
        net_present_saving=before.net_present_cost - ours.net_present_cost,
        tonnes_avoided_per_year=avoided,
        reduction=avoided / before.tonnes_per_year if before.tonnes_per_year else None,
        simple_payback_years=money["simple_payback"].value,
        gap_per_year=gap,
    )


def _money(report: PathwayReport, today: PathwayOutcome) -> dict[str, KeyFigure]:
    """Key figures of the payments against those of the baseline, by name."""
    first = report.plan.solution.pathway.first
    ours, theirs = report.plan.payments, today.payments
    found = money_figures(first.finance, first.currency, ours, theirs)
    saved = today.net_present_cost - report.plan.net_present_cost
    before, after = (_discounted_tonnes(o) for o in (today, report.plan))
    found.append(per_tonne(saved, before, after, first.currency))
    return {figure.name: figure for figure in found}


def _discounted_tonnes(outcome: PathwayOutcome) -> float:
    """Tonnes of all years, each discounted like money at its end."""
    finance = outcome.solution.pathway.first.finance
    return sum(
        figures_of(stage).tonnes_per_year * (1 + finance.discount_rate) ** -year
        for stage, own in zip(
            outcome.stages, outcome.solution.pathway.stages, strict=True
        )
        for year in own.term.years(finance.horizon_years)
    )


def _finance(report: PathwayReport, today: PathwayOutcome | None) -> dict[str, Any]:
    first = report.plan.solution.pathway.first
    theirs: list[Payment] = [] if today is None else today.payments
    yearly = yearly_table(report.plan.payments, theirs, first.finance)
    if today is None:
        found = undefined_figures(first.currency, NO_BASELINE)
        figures = {figure.name: figure for figure in found}
        unit = f"{first.currency}/t"
        figures[PER_TONNE] = KeyFigure(PER_TONNE, None, unit, NO_BASELINE)
    else:
        figures = _money(report, today)
    return {
        "figures": {name: asdict(figure) for name, figure in figures.items()},
        "yearly": yearly.to_dict("records"),
    }


# -- sizes, policies, indicators --------------------------------------------------


def _capacities(report: PathwayReport) -> Iterator[dict[str, Any]]:
    """Capacities of the last stage; ``new`` of them was bought in any stage."""
    stages = report.plan.stages
    paid: dict[tuple[str, str], list[float]] = {}
    for stage in stages:
        for row in stage.tables.capacities.to_dict("records"):
            both = paid.setdefault((row["component"], row["capacity"]), [0.0, 0.0])
            both[0] += row["investment"]
            both[1] += row["net_present_cost"]
    for size in stages[-1].solution.sizes:
        investment, worth = paid[size.component, size.field]
        yield {
            "component": size.component,
            "capacity": size.field,
            "unit": size.unit,
            "existing": size.existing,
            "kept": size.kept,
            "new": size.carried + size.new,
            "total": size.total,
            "limit": size.limit,
            "investment": investment,
            "net_present_cost": worth,
        }


def _indicators(report: PathwayReport) -> Iterator[dict[str, Any]]:
    """Indicators of every stage, told by ``year``."""
    for year, stage in zip(report.plan.years, report.plan.stages, strict=True):
        for row in stage.tables.indicators.to_dict("records"):
            yield {**{str(key): value for key, value in row.items()}, "year": year}


def _policies(report: PathwayReport) -> Iterator[Row]:
    """Policies of every stage by name and year, then those over all stages."""
    for number, stage in enumerate(report.plan.stages):
        for row in policy_rows(stage, report.baselines[number][0]):
            yield replace(row, policy=f"{row.policy} {report.plan.years[number]}")
    solution = report.plan.solution
    for name, standing in report.plan.standings.items():
        policy = solution.pathway.across[name]
        yield Row(
            policy=name,
            kind=policy.kind,
            enforced=policy.enforce,
            unit=standing.unit,
            sense=standing.sense,
            limit=standing.limit,
            value=standing.value,
            kept=standing.missed_by <= TOLERANCE * standing.scale,
            margin=standing.margin,
            baseline=None,
            baseline_kept=None,
            shadow_price=solution.prices.get(name),
            priced=policy.priced[0],
        )


def _measures(report: PathwayReport) -> list[dict[str, Any]]:
    """Energies that policies are made of, mean of all years."""
    sums: dict[str, list[float]] = {}
    for stage, (baseline, _) in zip(report.plan.stages, report.baselines, strict=True):
        years = stage.solution.microgrid.years
        for row in measure_rows(stage, baseline):
            both = sums.setdefault(row["measure"], [0.0, 0.0])
            both[0] += years * row["kwh_per_year"]
            both[1] += years * (row["baseline_kwh_per_year"] or 0.0)
    total, has_baseline = sum(_years(report.plan)), baseline_of(report) is not None
    return [
        {
            "measure": measure,
            "kwh_per_year": ours / total,
            "baseline_kwh_per_year": before / total if has_baseline else None,
        }
        for measure, (ours, before) in sums.items()
    ]


def _joined(report: PathwayReport) -> list[dict[str, Any]]:
    """Costs of all stages, told by ``year``."""
    parts = [
        stage.tables.costs.assign(year=year)
        for year, stage in zip(report.plan.years, report.plan.stages, strict=True)
    ]
    records = pd.concat(parts, ignore_index=True).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in records]

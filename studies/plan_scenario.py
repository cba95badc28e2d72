"""One plan of a scenario, whether it is one year or a pathway of several stages."""

from typing import Any

from verdigrid.results.pathway_summary import baseline_pathway, summarize_pathway
from verdigrid.results.pathway_tables import PathwayReport
from verdigrid.results.summary import summarize
from verdigrid.scenarios.load import Scenario
from verdigrid.solvers.highs import Watcher
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.kept import Kept
from verdigrid.studies.plan import Baseline, Plan, make_baseline, make_plan
from verdigrid.studies.plan_pathway import (
    PathwayPlan,
    make_pathway_plan,
    stage_baselines,
)

#: The site as it stands, in the one year or in every stage.
Baselines = tuple[Baseline, ...]


def plan_scenario(
    scenario: Scenario,
    options: SolveOptions,
    watcher: Watcher | None = None,
    kept: Kept | None = None,
    known: Baselines | None = None,
) -> Plan | PathwayPlan:
    """The verified plan of a scenario, and its baseline in every stage.

    ``known`` are its baselines where those were solved before. Raises as
    :func:`make_plan` does.
    """
    if scenario.pathway is not None:
        return make_pathway_plan(scenario.pathway, options, watcher, known)
    one = None if known is None else known[0]
    return make_plan(scenario.microgrid, options, watcher, kept, one)


def baselines_of(
    scenario: Scenario, options: SolveOptions, watcher: Watcher | None = None
) -> Baselines:
    """The site as it stands, in every stage, or the reason why there is none."""
    if scenario.pathway is not None:
        return stage_baselines(scenario.pathway, options, watcher)
    return (make_baseline(scenario.microgrid, options, watcher),)


def summary_of(found: Plan | PathwayPlan) -> dict[str, Any]:
    """Plain data for ``summary.json``."""
    if isinstance(found, PathwayPlan):
        return summarize_pathway(PathwayReport(found.plan, found.baselines))
    return summarize(found.plan, found.baseline, found.no_baseline)


def baseline_summary(
    scenario: Scenario, options: SolveOptions
) -> tuple[dict[str, Any] | None, str]:
    """The site as it stands against itself; or None, and the reason."""
    baselines = baselines_of(scenario, options)
    reasons = [why for outcome, why in baselines if outcome is None]
    if reasons:
        return None, reasons[0]
    if scenario.pathway is None:
        (outcome, _), *_ = baselines
        assert outcome is not None
        return summarize(outcome, outcome), ""
    today = baseline_pathway(scenario.pathway, baselines)
    assert today is not None
    return summarize_pathway(PathwayReport(today, baselines)), ""

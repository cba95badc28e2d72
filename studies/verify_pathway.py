"""Prove a pathway again: every stage's limits, then plan, bound and checks of all."""

import math
from collections.abc import Mapping
from typing import Any

from verdigrid.models.build_pathway import build_pathway
from verdigrid.models.pathway import Pathway
from verdigrid.models.solution import Status
from verdigrid.results.certificate_file import Proof
from verdigrid.results.pathway import PathwayOutcome
from verdigrid.results.pathway_summary import summarize_pathway
from verdigrid.results.pathway_tables import PathwayReport
from verdigrid.solvers.compile import templates
from verdigrid.solvers.compile_pathway import compile_pathway
from verdigrid.solvers.highs import Result, Watcher
from verdigrid.solvers.solve_pathway import read_pathway
from verdigrid.studies.proof_checks import (
    Report,
    check_bound,
    check_gap,
    check_plan,
    check_restated,
    check_shape,
    check_sizes,
    microgrid_of_the_run,
)
from verdigrid.studies.told import check_told


def prove_pathway(
    report: Report,
    pathway: Pathway,
    proof: Proof,
    summary: Mapping[str, Any],
    watcher: Watcher | None,
) -> None:
    """Note in ``report`` what holds of the run; see ``verify.py``."""
    grids = [
        microgrid_of_the_run(
            report,
            stage.microgrid,
            proof.of_stage(stage.key),
            watcher,
            f"{stage.year}: ",
        )
        for stage in pathway.stages
    ]
    pathway = pathway.with_microgrids(grids)
    with templates():
        built = build_pathway(pathway)
    compiled = compile_pathway(built)
    if not check_shape(report, compiled, proof):
        return
    currency = pathway.first.currency
    cost = check_plan(report, compiled, proof.x, summary, currency)
    check_bound(report, compiled, proof, summary, currency)
    check_gap(report, summary)
    result = Result(Status.FEASIBLE, cost, -math.inf, 0.0, x=proof.x)
    solution = read_pathway(built, compiled, (result, "", proof.certificate), {})
    outcome = PathwayOutcome(solution)
    check_restated(report, outcome.checks)
    check_sizes(
        report,
        [
            (f"{stage.year}: ", _records(summary, stage.year), plan)
            for stage, plan in zip(pathway.stages, solution.stages, strict=True)
        ],
    )

    check_told(report, summary, summarize_pathway(_alone(outcome)))


def _alone(outcome: PathwayOutcome) -> PathwayReport:
    """The pathway without its baselines."""
    return PathwayReport(outcome, [(None, "")] * len(outcome.stages))


def _records(summary: Mapping[str, Any], year: int) -> list[Any]:
    """Capacities of a stage as the summary tells them."""
    told = summary.get("pathway")
    rows = told.get("capacities") if isinstance(told, dict) else None
    found = rows if isinstance(rows, list) else []
    return [row for row in found if isinstance(row, dict) and row.get("year") == year]

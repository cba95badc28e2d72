"""Prove a run folder again from its files: plan, bound, checks, without solving it.

1. files       the inputs are those of the run, by their SHA-256
2. limits      caps against the baseline, least carbon: solved again and compared
3. problem     built from the inputs as in the run, of the size of the stored proof
4. plan        keeps every row, bound and whole number, and costs what was said
5. bound       follows from the stored multipliers, by a sum in NumPy
6. checks      the plan restated by every component, without model and matrix
7. gap, sizes  are throughout the summary what they are
8. summary     every entry that the plan alone decides, made again and compared

What is wrong is reported, not raised, unless it is no folder of a run.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from verdigrid.models.build import BuiltModel, build
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.errors import InputError
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Status
from verdigrid.results.certificate_file import (
    INPUTS,
    Proof,
    read_proof,
    read_summary,
)
from verdigrid.results.outcome import Outcome
from verdigrid.results.summary import summarize
from verdigrid.scenarios.load import load
from verdigrid.solvers.compile import compile_model, templates
from verdigrid.solvers.highs import Result, Watcher
from verdigrid.solvers.read import read_solution
from verdigrid.studies.plan import with_objective
from verdigrid.studies.proof_checks import (
    Report,
    check_bound,
    check_files,
    check_gap,
    check_library,
    check_plan,
    check_restated,
    check_shape,
    check_sizes,
    compare_limit,
    microgrid_of_the_run,
    options_of,
    stored_policy,
)
from verdigrid.studies.told import check_told
from verdigrid.studies.verify_pathway import prove_pathway


def verify_run(folder: Path, watcher: Watcher | None = None) -> Report:
    """Prove the run in ``folder`` again.

    Raises InputError if ``folder`` is no run's or its files can't be read.
    """
    summary, proof = read_summary(folder), read_proof(folder)
    report = Report(folder, str(summary["scenario"]))
    same = check_files(report, proof)
    try:
        scenario = load(folder / INPUTS / "scenario.yaml", stages=True)
    except InputError as error:
        if same:
            raise
        report.add("problem", False, f"the inputs can't be read any more: {error}")
        return report
    check_library(report, scenario)
    if scenario.pathway is not None:
        prove_pathway(report, scenario.pathway, proof, summary, watcher)
    else:
        _prove_year(report, scenario.microgrid, proof, summary, watcher)
    return report


def _prove_year(
    report: Report,
    microgrid: Microgrid,
    proof: Proof,
    summary: Mapping[str, Any],
    watcher: Watcher | None,
) -> None:
    """Problem, plan, bound and checks of a single year."""
    microgrid = microgrid_of_the_run(report, microgrid, proof, watcher)
    microgrid = _with_objective(report, microgrid, proof, watcher)
    with templates():
        built = build(microgrid)
    compiled = compile_model(built)
    if check_shape(report, compiled, proof):
        objective = check_plan(report, compiled, proof.x, summary, microgrid.currency)
        check_bound(report, compiled, proof, summary, microgrid.currency)
        check_gap(report, summary)
        _check_recomputed(report, built, compiled, proof, summary, objective)


# -- the problem of the run -----------------------------------------------------


def _with_objective(
    report: Report, microgrid: Microgrid, proof: Proof, watcher: Watcher | None
) -> Microgrid:
    """With the policies of the objective; the least carbon is found again."""
    today = replace(microgrid, exclusive_steps={})
    again = with_objective(today, options_of(report, proof), watcher)
    policies = dict(microgrid.policies)
    for name in [n for n in again.policies if n not in policies]:  # rows in order
        policies[name] = stored_policy(report, again, proof, name)
        compare_limit(report, name, policies[name], again.policies[name])
    return replace(microgrid, policies=policies)


# -- what is proven ---------------------------------------------------------------


def _check_recomputed(
    report: Report,
    built: BuiltModel,
    model: CompiledModel,
    proof: Proof,
    summary: Any,
    objective: float,
) -> None:
    """The independent recomputation, and the sizes that the summary tells."""
    result = Result(Status.FEASIBLE, objective, -math.inf, 0.0, x=proof.x)
    solution = read_solution(built, model, result, "", proof.certificate)
    outcome = Outcome(solution)
    check_restated(report, outcome.checks)
    check_sizes(report, [("", summary["capacities"], solution)])
    check_told(report, summary, summarize(outcome, None))

"""One plan of a pathway: baselines, plan, verification, fallback.

Nothing is bought in a baseline, so that nothing links its stages: each is solved by
itself. The plan is one problem over all stages. Flows that run both ways at once where
it pays get a binary in those steps of those stages, and the plan is solved again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from verdigrid.models.build_pathway import build_pathway
from verdigrid.models.errors import VerificationError
from verdigrid.models.pathway import Pathway, PathwaySolution
from verdigrid.results.checks import require
from verdigrid.results.pathway import PathwayOutcome
from verdigrid.solvers.compile import templates
from verdigrid.solvers.highs import Progress, Watcher
from verdigrid.solvers.solve import SolveOptions
from verdigrid.solvers.solve_pathway import solve_pathway
from verdigrid.studies.plan import (
    EXCLUSIVE_ROUNDS,
    Baseline,
    against_baseline,
    make_baseline,
)


@dataclass(frozen=True)
class PathwayPlan:
    """A verified plan, and every stage's verified baseline or why there is none."""

    plan: PathwayOutcome
    baselines: tuple[Baseline, ...]

    @property
    def baseline_cost(self) -> float | None:
        """Net present cost of the baselines together; None if one is missing."""
        found = [outcome for outcome, _ in self.baselines if outcome is not None]
        if len(found) < len(self.baselines):
            return None
        return sum(outcome.recomputed.net_present_cost for outcome in found)


def make_pathway_plan(
    pathway: Pathway,
    options: SolveOptions | None = None,
    watcher: Watcher | None = None,
    known: Sequence[Baseline] | None = None,
) -> PathwayPlan:
    """Solve and verify baselines and plan of ``pathway``.

    ``known`` are the baselines of its stages where they were solved before. Raises
    InfeasibleError if no plan keeps every limit, InputError if a policy is stated
    against a baseline that does not exist, VerificationError if the plan does not stand
    up to its recomputation.
    """
    options = options or SolveOptions()
    baselines = tuple(known or stage_baselines(pathway, options, watcher))
    grids = [
        against_baseline(stage.microgrid, outcome, why)
        for stage, (outcome, why) in zip(pathway.stages, baselines, strict=True)
    ]
    bound = pathway.with_microgrids(grids)
    plan = _solve_verified(bound, options, _named("plan", watcher))
    return PathwayPlan(plan, baselines)


def stage_baselines(
    pathway: Pathway, options: SolveOptions, watcher: Watcher | None = None
) -> tuple[Baseline, ...]:
    """The site as it stands in every stage."""
    return tuple(
        make_baseline(stage.microgrid, options, _named(f"{stage.year}", watcher))
        for stage in pathway.stages
    )


def solve_verified_pathway(
    pathway: Pathway, options: SolveOptions | None = None
) -> PathwayOutcome:
    """One verified plan of a pathway whose policies need no baseline."""
    return _solve_verified(pathway, options or SolveOptions(), None)


def _solve_verified(
    pathway: Pathway, options: SolveOptions, watcher: Watcher | None
) -> PathwayOutcome:
    """One verified plan, with no flow both ways at once."""
    outcome = _solve_exclusively(pathway, options, watcher)
    try:
        require(outcome.checks)
    except VerificationError:
        again = replace(options, method="monolithic", algorithm="simplex")
        outcome = _solve_exclusively(outcome.solution.pathway, again, watcher)
        require(outcome.checks)
    return outcome


def _solve_exclusively(
    pathway: Pathway, options: SolveOptions, watcher: Watcher | None
) -> PathwayOutcome:
    """Solve; where flows overlap because it pays, forbid it there and solve again."""
    seconds = {"build": 0.0, "compile": 0.0, "solve": 0.0}
    for number in range(EXCLUSIVE_ROUNDS + 1):
        started = time.perf_counter()
        with templates():
            built = build_pathway(pathway)
        seconds["build"] += time.perf_counter() - started
        started = time.perf_counter()
        solution = solve_pathway(built, options, watcher)
        seconds["compile"] += time.perf_counter() - started - solution.seconds
        seconds["solve"] += solution.seconds
        if not any(stage.overlaps for stage in solution.stages):
            break
        last_round = number + 1 >= EXCLUSIVE_ROUNDS
        pathway = _with_exclusive_steps(solution, last_round)
    facts = {**solution.facts, "stage_seconds": seconds}
    return PathwayOutcome(replace(solution, facts=facts))


def _with_exclusive_steps(solution: PathwaySolution, everywhere: bool) -> Pathway:
    """The pathway with a binary in every step where flows overlap."""
    grids = []
    for stage in solution.stages:
        grid = stage.microgrid
        every, known = range(grid.calendar.periods), dict(grid.exclusive_steps)
        for name, steps in stage.overlaps.items():
            more = every if everywhere else (*known.get(name, ()), *steps)
            known[name] = tuple(sorted(set(more)))
        grids.append(replace(grid, exclusive_steps=known))
    return solution.pathway.with_microgrids(grids)


def _named(what: str, watcher: Watcher | None) -> Watcher | None:
    """The watcher, told what it watches."""
    if watcher is None:
        return None

    def watch(progress: Progress) -> None:
        watcher(replace(progress, stage=f"{what}: {progress.stage}"))

    return watch

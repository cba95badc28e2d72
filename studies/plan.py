"""One plan: baseline, plan, verification, fallback. The one place that orchestrates.

1. baseline    existing assets only, without the plan's caps
2. plan        caps stated against the baseline get their number, then solve; for
               least carbon, first the least itself, then the cheapest plan that has it
3. exclusive   flows that run both ways at once where it pays get a binary in
               those steps, and the plan is solved again until none is left
4. verify      recomputed in NumPy; if it fails, once more with another algorithm
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from verdigrid.models.build import BuiltModel, build
from verdigrid.models.errors import (
    InfeasibleError,
    InputError,
    Problem,
    VerificationError,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.objective import BUDGET, CARBON, SLACK
from verdigrid.models.policies.carbon_cap import CarbonCap
from verdigrid.models.policies.investment_budget import InvestmentBudget
from verdigrid.models.policy import Policy
from verdigrid.results.checks import require
from verdigrid.results.outcome import Outcome
from verdigrid.solvers.compile import templates
from verdigrid.solvers.highs import Progress, Watcher
from verdigrid.solvers.reuse import Last
from verdigrid.solvers.solve import SolveOptions, solve
from verdigrid.studies.kept import Kept

#: After so many rounds every step gets its binary.
EXCLUSIVE_ROUNDS = 5

#: A baseline, or None and the reason why there is none.
Baseline = tuple[Outcome | None, str]
#: Narrows bounds of a built model.
Hold = Callable[[BuiltModel], None]


@dataclass(frozen=True)
class Plan:
    """A verified plan, and the verified baseline or the reason why there is none."""

    plan: Outcome
    baseline: Outcome | None
    no_baseline: str = ""


def make_plan(
    microgrid: Microgrid,
    options: SolveOptions | None = None,
    watcher: Watcher | None = None,
    kept: Kept | None = None,
    known: Baseline | None = None,
) -> Plan:
    """Solve and verify baseline and plan of ``microgrid``.

    ``kept`` is what the members of a study hand on to each other, ``known`` its
    baseline (as :func:`make_baseline` gives it) where that was solved before. Raises
    InfeasibleError if no plan keeps every limit, InputError if a policy is stated
    against a baseline that does not exist, VerificationError if a plan does not stand
    up to its recomputation.
    """
    options = options or SolveOptions()
    baseline, why = known or make_baseline(microgrid, options, watcher, kept)
    bound = against_baseline(microgrid, baseline, why)
    bound = with_objective(bound, options, watcher)
    last = None if kept is None else kept.plan
    plan = solve_verified(bound, options, named("plan", watcher), last)
    return Plan(plan, baseline, why)


def make_baseline(
    microgrid: Microgrid,
    options: SolveOptions | None = None,
    watcher: Watcher | None = None,
    kept: Kept | None = None,
) -> Baseline:
    """The site as it stands, or None and the reason why it can't serve its loads."""
    options = options or SolveOptions()
    today = microgrid.baseline()
    found = None if kept is None else kept.known_baseline(today, options)
    if found is not None:
        return found
    last = None if kept is None else kept.baseline
    outcome, why = None, ""
    try:
        outcome = solve_verified(today, options, named("baseline", watcher), last)
    except InfeasibleError as error:
        why = f"the existing assets can't serve the loads: {error}"
    if kept is not None:
        kept.keep_baseline(today, options, outcome, why)
    return outcome, why


def against_baseline(
    microgrid: Microgrid, baseline: Outcome | None, why: str
) -> Microgrid:
    """Policies that are stated against the baseline, in absolute numbers."""
    relative = [n for n, policy in microgrid.policies.items() if policy.needs_baseline]
    if not relative:
        return microgrid
    if baseline is None:
        relative = [name for name in relative if microgrid.policies[name].enforce]
        if not relative:
            return microgrid
        raise InputError(
            [
                Problem(
                    f"policies.{name}",
                    "a reduction against the baseline",
                    "a baseline to reduce",
                    f"{why}; give tonnes_per_year: instead",
                )
                for name in relative
            ]
        )
    year = baseline.recomputed.yearly
    policies = {n: p.against(year) for n, p in microgrid.policies.items()}
    return replace(microgrid, policies=policies)


def with_objective(
    microgrid: Microgrid, options: SolveOptions, watcher: Watcher | None = None
) -> Microgrid:
    """The budget of the objective as a policy; least carbon as a cap that is known."""
    microgrid = with_budget(microgrid)
    if not microgrid.minimises_carbon:
        return microgrid
    return emitting_at_most(microgrid, least_carbon(microgrid, options, watcher))


def with_budget(microgrid: Microgrid) -> Microgrid:
    """The budget of the objective as a policy, where there is one."""
    budget = microgrid.objective.budget
    if budget is None:
        return microgrid
    return _with_policy(microgrid, BUDGET, InvestmentBudget(at_most=budget))


def least_carbon(
    microgrid: Microgrid, options: SolveOptions, watcher: Watcher | None = None
) -> float:
    """A cap that only the plans with the least carbon keep, t CO2e."""
    asked = replace(options, method="monolithic")
    found = _solve_exclusively(microgrid, asked, named("least carbon", watcher))
    if found.solution.facts["interrupted"]:  # what it has by then is not the least
        raise KeyboardInterrupt
    kg = found.solution.objective
    return (kg + SLACK * max(abs(kg), 1.0)) / 1000


def emitting_at_most(microgrid: Microgrid, tonnes: float) -> Microgrid:
    """What the objective counts, capped at ``tonnes`` CO2e."""
    goal = microgrid.objective
    cap = CarbonCap(scopes=goal.scopes or [], ledger=goal.ledger, tonnes_per_year=0.0)
    return _with_policy(microgrid, CARBON, cap.with_limit(tonnes))


def _with_policy(microgrid: Microgrid, name: str, policy: Policy) -> Microgrid:
    return replace(microgrid, policies={**microgrid.policies, name: policy})


def solve_verified(
    microgrid: Microgrid,
    options: SolveOptions,
    watcher: Watcher | None = None,
    last: Last | None = None,
    hold: Hold | None = None,
) -> Outcome:
    """One verified solution of ``microgrid``, with no flow both ways at once.

    ``hold`` may narrow the bounds of the model's variables before it is solved.
    """
    outcome = _solve_exclusively(microgrid, options, watcher, last, hold)
    try:
        require(outcome.checks)
    except VerificationError:
        again = replace(options, method="monolithic", algorithm="simplex")
        exclusive = outcome.solution.microgrid
        outcome = _solve_exclusively(exclusive, again, watcher, hold=hold)
        require(outcome.checks)
    return outcome


def _solve_exclusively(
    microgrid: Microgrid,
    options: SolveOptions,
    watcher: Watcher | None,
    last: Last | None = None,
    hold: Hold | None = None,
) -> Outcome:
    """Solve; where flows overlap because it pays, forbid it there and solve again.

    Every round's problem is a relaxation of the full one, so a solution without
    overlaps is optimal for the full one.
    """
    everywhere = tuple(range(microgrid.calendar.periods))
    seconds = {"build": 0.0, "compile": 0.0, "solve": 0.0}
    for number in range(EXCLUSIVE_ROUNDS + 1):
        started = time.perf_counter()
        with templates():
            built = build(microgrid)
        if hold is not None:
            hold(built)
        seconds["build"] += time.perf_counter() - started
        started = time.perf_counter()
        solution = solve(built, options, watcher, last)
        seconds["compile"] += time.perf_counter() - started - solution.seconds
        seconds["solve"] += solution.seconds
        if not solution.overlaps:
            break
        known = dict(microgrid.exclusive_steps)
        last_round = number + 1 >= EXCLUSIVE_ROUNDS
        for name, steps in solution.overlaps.items():
            more = everywhere if last_round else (*known.get(name, ()), *steps)
            known[name] = tuple(sorted(set(more)))
        microgrid = replace(microgrid, exclusive_steps=known)
    facts = {**solution.facts, "stage_seconds": seconds}
    return Outcome(replace(solution, facts=facts))


def named(what: str, watcher: Watcher | None) -> Watcher | None:
    """The watcher, told which of several problems it watches."""
    if watcher is None:
        return None

    def watch(progress: Progress) -> None:
        watcher(replace(progress, stage=f"{what}: {progress.stage}"))

    return watch

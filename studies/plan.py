"""One plan: baseline, plan, verification, fallback. The one place that orchestrates.

1. baseline    existing assets only, without the plan's caps
2. plan        caps stated against the baseline get their number, then solve
3. exclusive   flows that run both ways at once where it pays get a binary in
               those steps, and the plan is solved again until none is left
4. verify      recomputed in NumPy; if it fails, once more with another algorithm
"""

from dataclasses import dataclass, replace

from verdigrid.models.build import build
from verdigrid.models.errors import (
    InfeasibleError,
    InputError,
    Problem,
    VerificationError,
)
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.checks import require
from verdigrid.results.outcome import Outcome
from verdigrid.solvers.compile import templates
from verdigrid.solvers.cutstore import CutStore
from verdigrid.solvers.highs import Progress, Watcher
from verdigrid.solvers.solve import SolveOptions, solve

#: After so many rounds every step gets its binary.
EXCLUSIVE_ROUNDS = 5


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
    store: CutStore | None = None,
) -> Plan:
    """Solve and verify baseline and plan of ``microgrid``.

    A ``store`` passes cuts from one member of a study to the next. Raises
    InfeasibleError if no plan keeps every limit, InputError if a policy is stated
    against a baseline that does not exist, VerificationError if a plan does not stand
    up to its recomputation.
    """
    options = options or SolveOptions()
    baseline, why = make_baseline(microgrid, options, watcher)
    bound = against_baseline(microgrid, baseline, why)
    plan = solve_verified(bound, options, _named("plan", watcher), store)
    return Plan(plan, baseline, why)


def make_baseline(
    microgrid: Microgrid,
    options: SolveOptions | None = None,
    watcher: Watcher | None = None,
) -> tuple[Outcome | None, str]:
    """The site as it stands, or None and the reason why it can't serve its loads."""
    options = options or SolveOptions()
    try:
        today = microgrid.baseline()
        return solve_verified(today, options, _named("baseline", watcher)), ""
    except InfeasibleError as error:
        return None, f"the existing assets can't serve the loads: {error}"


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


def solve_verified(
    microgrid: Microgrid,
    options: SolveOptions,
    watcher: Watcher | None = None,
    store: CutStore | None = None,
) -> Outcome:
    """One verified solution of ``microgrid``, with no flow both ways at once."""
    outcome = _solve_exclusively(microgrid, options, watcher, store)
    try:
        require(outcome.checks)
    except VerificationError:
        again = replace(options, method="monolithic", algorithm="simplex")
        outcome = _solve_exclusively(outcome.solution.microgrid, again, watcher)
        require(outcome.checks)
    return outcome


def _solve_exclusively(
    microgrid: Microgrid,
    options: SolveOptions,
    watcher: Watcher | None,
    store: CutStore | None = None,
) -> Outcome:
    """Solve; where flows overlap because it pays, forbid it there and solve again.

    Every round's problem is a relaxation of the full one, so a solution without
    overlaps is optimal for the full one.
    """
    everywhere = tuple(range(microgrid.calendar.periods))
    for number in range(EXCLUSIVE_ROUNDS + 1):
        with templates():
            built = build(microgrid)
        solution = solve(built, options, watcher, store)
        if not solution.overlaps:
            break
        known = dict(microgrid.exclusive_steps)
        last_round = number + 1 >= EXCLUSIVE_ROUNDS
        for name, steps in solution.overlaps.items():
            more = everywhere if last_round else (*known.get(name, ()), *steps)
            known[name] = tuple(sorted(set(more)))
        microgrid = replace(microgrid, exclusive_steps=known)
    return Outcome(solution)


def _named(what: str, watcher: Watcher | None) -> Watcher | None:
    """The watcher, told which of the two problems it watches."""
    if watcher is None:
        return None

    def watch(progress: Progress) -> None:
        watcher(replace(progress, stage=f"{what}: {progress.stage}"))

    return watch

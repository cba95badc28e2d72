"""Every limit of a scenario as a number: what a search around its plan begins with."""

from dataclasses import replace

from verdigrid.models.microgrid import Microgrid
from verdigrid.solvers.highs import Watcher
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.backends.solves import Found, Solves
from verdigrid.studies.plan import (
    against_baseline,
    emitting_at_most,
    least_carbon,
    make_baseline,
    with_budget,
)


def with_limits(
    microgrid: Microgrid,
    options: SolveOptions,
    watcher: Watcher | None,
    solves: Solves,
) -> Microgrid:
    """Policies that must be kept in absolute numbers, the objective as policies.

    The baseline is solved only if such a policy is stated against it. Raises as
    :func:`verdigrid.studies.plan.make_plan`.
    """
    policies = dict(microgrid.policies)
    names = [n for n, p in policies.items() if p.needs_baseline and p.enforce]

    def against() -> Found:
        baseline, why = make_baseline(microgrid, options, watcher)
        if baseline is not None and baseline.solution.facts["interrupted"]:
            raise KeyboardInterrupt
        bound = against_baseline(microgrid, baseline, why)
        return {name: bound.policies[name].limit for name in names}

    if names:
        limits = solves.once("limits against the baseline", against)
        for name in names:
            policy = policies[name].with_limit(limits[name])
            assert policy is not None  # its limit was a number a moment ago
            policies[name] = policy
    bound = with_budget(replace(microgrid, policies=policies))
    if not bound.minimises_carbon:
        return bound

    def least() -> Found:
        return {"tonnes": least_carbon(bound, options, watcher)}

    return emitting_at_most(bound, solves.once("least carbon of all", least)["tonnes"])

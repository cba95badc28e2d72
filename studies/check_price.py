"""What another tonne would cost, checked by moving the cap.

The shadow price of a cap on carbon holds for the next tonne, with all decisions of yes
or no as they are. Here the cap is moved by a hundredth to both sides and the plan made
again, decisions and all; the difference in cost, a year, per tonne stands beside it.
"""

from dataclasses import dataclass, replace

from verdigrid.models.errors import InfeasibleError
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Solution
from verdigrid.results.outcome import Outcome
from verdigrid.solvers.highs import Watcher
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.plan import solve_verified

#: By which share of its limit a cap is moved.
MOVED = 0.01


@dataclass(frozen=True)
class PriceCheck:
    """The price of a tonne at a cap, in currency of one year.

    ``shadow_price`` is the solver's; ``looser`` what every tonne saved that the cap
    allowed more, ``tighter`` what every tonne cost that it allowed less (None if no
    plan keeps the tighter cap). What is not proven of the costs makes each of the two
    uncertain by ``uncertain``.
    """

    policy: str
    limit_tonnes: float
    moved_tonnes: float
    shadow_price: float
    looser: float
    tighter: float | None
    uncertain: float


def check_prices(
    plan: Outcome, options: SolveOptions, watcher: Watcher | None = None
) -> list[PriceCheck]:
    """Every cap in tonnes that the plan must keep, moved to both sides."""
    found = []
    solution = plan.solution
    for name, price in solution.shadow_price_per_tonne.items():
        policy = solution.microgrid.policies[name]
        if policy.limit is None or policy.with_limit(policy.limit) is None:
            continue
        step = MOVED * policy.limit
        if step == 0:
            continue
        loose = _replanned(solution.microgrid, name, step, options, watcher)
        tight = _replanned(solution.microgrid, name, -step, options, watcher)
        if loose is None:
            continue
        annuity = solution.microgrid.annuity
        if policy.across_stages:  # a tonne of every year
            annuity *= solution.microgrid.years
        gaps = solution.gap + max(loose.gap, tight.gap if tight else 0.0)
        found.append(
            PriceCheck(
                policy=name,
                limit_tonnes=policy.limit,
                moved_tonnes=step,
                shadow_price=price,
                looser=(solution.objective - loose.objective) * annuity / step,
                tighter=(tight.objective - solution.objective) * annuity / step
                if tight
                else None,
                uncertain=gaps * annuity / step,
            )
        )
    return found


def _replanned(
    microgrid: Microgrid,
    name: str,
    tonnes: float,
    options: SolveOptions,
    watcher: Watcher | None,
) -> Solution | None:
    """The plan under a cap moved by some tonnes; None if there is none."""
    policy = microgrid.policies[name]
    moved = policy.with_limit((policy.limit or 0.0) + tonnes)
    if moved is None:
        return None
    changed = replace(microgrid, policies={**microgrid.policies, name: moved})
    try:
        return solve_verified(changed, options, watcher).solution
    except InfeasibleError:
        return None


def in_words(check: PriceCheck, currency: str) -> str:
    """One line for people."""
    if check.tighter is None:
        tighter = "no plan keeps a cap that is as much tighter"
    else:
        tighter = f"as much tighter, every tonne costs {check.tighter:,.1f}"
    return (
        f"{check.policy}: the next tonne costs {check.shadow_price:,.1f} {currency} "
        f"(shadow price); with {check.moved_tonnes:,.4g} t more allowed, every tonne "
        f"saves {check.looser:,.1f}; {tighter} (+- {check.uncertain:,.1f}, what is not "
        "proven)"
    )

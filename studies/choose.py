"""Which retrofit packages are best: every allowed combination is planned by itself.

A package may change whatever it likes, a tariff or a load as well as a machine, so the
combinations are different problems and not choices in one. Each gets its own best
sizes and dispatch; the least net present cost wins. A combination is given up as soon
as its proven bound lies above the best plan so far: what it would cost exactly does not
matter.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from verdigrid.models.errors import (
    Finding,
    InfeasibleError,
    InputError,
    Problem,
    VerdigridError,
)
from verdigrid.scenarios.load import Scenario, load
from verdigrid.scenarios.options import OPTIONS, Combination
from verdigrid.scenarios.packages import WrittenOptions
from verdigrid.solvers.highs import Progress, Watcher
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.plan import Plan
from verdigrid.studies.plan_pathway import PathwayPlan
from verdigrid.studies.plan_scenario import Baselines, baselines_of, plan_scenario

#: Path that says which packages are laid over a scenario.
USE = f"{OPTIONS}.use"
#: What ``--options`` says for the optimiser's choice.
BEST = "best"
#: Stages whose bound is one on the cost of the plan.
PLANNING = ("plan: solving", "plan: certified")
#: Bounds above the best plan by less than this share may be rounding.
ROUNDING = 1e-6


class Beaten(KeyboardInterrupt):
    """Stops a solve as Ctrl-C does, so that the solver ends in an orderly way."""


@dataclass
class Cutoff:
    """A watcher that stops a plan which can't cost as little as ``limit``.

    ``bound`` is what was proven by then, net present currency.
    """

    limit: float
    watcher: Watcher | None = None
    bound: float = float("-inf")

    @property
    def is_beaten(self) -> bool:
        """True if no plan of this problem is as cheap as the limit."""
        return self.bound > self.limit + ROUNDING * abs(self.limit)

    def __call__(self, progress: Progress) -> None:
        if self.watcher is not None:
            self.watcher(progress)
        if progress.stage.startswith(PLANNING) and progress.bound > self.bound:
            self.bound = progress.bound
        if self.is_beaten:
            raise Beaten

    @property
    def reason(self) -> str:
        """Why the search ended, in words."""
        return f"costs at least {self.bound:,.0f}, more than the best plan"


@dataclass(frozen=True)
class Considered:
    """A combination of packages and what was found, net present currency.

    ``cost`` is None if there is no plan; ``bound`` is what no plan of it undercuts.
    """

    packages: Combination
    status: str
    cost: float | None = None
    bound: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Chosen:
    """The best combination with its plan, and all that were considered."""

    scenario: Scenario
    plan: Plan | PathwayPlan
    considered: tuple[Considered, ...]

    def as_data(self) -> dict[str, Any]:
        """Plain data for ``summary.json``."""
        taken = self.scenario.options.used if self.scenario.options else ()
        return {
            "chosen": list(taken),
            "considered": [asdict(one) for one in self.considered],
        }

    @property
    def doubts(self) -> list[Combination]:
        """Combinations that could be cheaper still, as far as was proven."""
        cost = self.plan.plan.solution.objective
        taken = self.as_data()["chosen"]
        return [
            one.packages
            for one in self.considered
            if one.bound is not None
            and list(one.packages) != taken
            and one.bound < cost - ROUNDING * abs(cost)
        ]


def use(names: Sequence[str]) -> str:
    """The ``--set`` that lays packages over a scenario.

    >>> use(["heat_pump", "pv"])
    'options.use=[heat_pump, pv]'
    """
    return f"{USE}=[{', '.join(names)}]"


def choose_packages(
    path: str,
    overrides: Sequence[str],
    options: SolveOptions,
    watcher: Watcher | None = None,
) -> Chosen:
    """Plan every combination that ``options.choose`` allows; the cheapest wins.

    Raises InputError if nothing can be chosen from, InfeasibleError if no combination
    has a plan.
    """
    base, written = load_base(path, overrides)
    combinations = written.combinations()
    require_cost(base)
    baselines = baselines_of(base, options, watcher)
    considered: list[Considered] = []
    best: tuple[Scenario, Plan | PathwayPlan] | None = None
    for names in combinations:
        limit = float("inf") if best is None else best[1].plan.solution.objective
        cutoff = Cutoff(limit, _counted(watcher, len(considered), len(combinations)))
        found = _try(path, [*overrides, use(names)], options, cutoff, baselines)
        if isinstance(found, Considered):
            considered.append(replace(found, packages=names))
            continue
        solution = found[1].plan.solution
        cost, bound = solution.objective, solution.bound
        considered.append(Considered(names, str(solution.status), cost, bound))
        if cost < limit:
            best = found
    if best is None:
        raise InfeasibleError(
            [
                Finding(USE, f"{', '.join(one.packages) or 'no package'}: {one.reason}")
                for one in considered
            ]
        )
    return Chosen(*best, tuple(considered))


def load_base(path: str, overrides: Sequence[str]) -> tuple[Scenario, WrittenOptions]:
    """A scenario before any packages, and its packages.

    Raises InputError if it is wrong or has none.
    """
    scenario = load(path, overrides, stages=True)
    if scenario.options is None:
        got, expected = "nothing", "retrofit packages to choose from"
        raise InputError([scenario.document.problem((OPTIONS,), got, expected)])
    return scenario.before or scenario, scenario.options


def require_cost(scenario: Scenario) -> None:
    """Raise InputError if plans are not ranked by their cost."""
    if scenario.microgrid.objective.minimise != "cost":
        place = ("objective", "minimise")
        got, expected = "carbon", "cost, by which packages are chosen"
        hint = "take the packages by name"
        raise InputError([scenario.document.problem(place, got, expected, hint)])


def _try(
    path: str,
    overrides: Sequence[str],
    options: SolveOptions,
    cutoff: Cutoff,
    baselines: Baselines,
) -> tuple[Scenario, Plan | PathwayPlan] | Considered:
    """The plan of one combination, or why there is none."""
    try:
        scenario = load(path, overrides, stages=True)
        plan = plan_scenario(scenario, options, cutoff, known=baselines)
    except KeyboardInterrupt:
        if not cutoff.is_beaten:
            raise
    except InputError as error:
        return Considered((), "not combinable", reason=str(error))
    except VerdigridError as error:
        return Considered((), "no plan", reason=str(error))
    if cutoff.is_beaten:
        return Considered((), "beaten", None, cutoff.bound, cutoff.reason)
    return scenario, plan


def _counted(watcher: Watcher | None, number: int, count: int) -> Watcher | None:
    """The watcher, told which of the combinations it watches."""
    if watcher is None:
        return None

    def watch(progress: Progress) -> None:
        watcher(replace(progress, stage=f"{number + 1} of {count}, {progress.stage}"))

    return watch


def with_use(overrides: Sequence[str] | None, packages: str | None) -> list[str]:
    """``--set`` together with ``--options`` (``best`` sets nothing).

    Raises InputError if no packages are named.

    >>> with_use(None, "heat_pump,pv")
    ['options.use=[heat_pump, pv]']
    """
    found = list(overrides or ())
    if packages is None or packages == BEST:
        return found
    names = [name.strip() for name in packages.split(",")]
    if not all(names):
        expected = "best, or names such as heat_pump,pv"
        raise InputError([Problem("--options", repr(packages), expected)])
    return [*found, use(names)]

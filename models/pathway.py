"""A pathway: the same site over several stages, with purchases that live on.

    total(s) = existing(s) + bought in earlier stages and still serving + new(s)

Every stage is a microgrid of its own (its loads, prices and policies), with the same
buses and components. What is bought serves every later stage until its life ends;
:mod:`verdigrid.models.term` says what that costs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from verdigrid.models.arrays import Floats
from verdigrid.models.capacity import Capacity
from verdigrid.models.certificate import Certificate
from verdigrid.models.errors import Problem
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policy import Policy
from verdigrid.models.solution import Solution, Status
from verdigrid.models.term import Life, Term


@dataclass(frozen=True)
class Stage:
    """The site from a year on, until the next stage begins."""

    year: int
    microgrid: Microgrid

    @property
    def key(self) -> str:
        """Name of its blocks in the model; no component can have it."""
        return f"Y{self.year}"

    @property
    def term(self) -> Term:
        """Its place among the stages."""
        assert self.microgrid.term is not None
        return self.microgrid.term

    def life_of(self, component: str, name: str) -> Life:
        """How long what it buys of a capacity serves."""
        part = self.microgrid.components[component]
        capacity, horizon = (
            part.capacities()[name],
            self.microgrid.finance.horizon_years,
        )
        years, later = part.lifetime_years(capacity), part.later_life(capacity)
        return self.term.life(years, horizon, later)

    @property
    def years(self) -> float:
        """How many years it stands for."""
        return self.microgrid.years


@dataclass(frozen=True)
class Pathway:
    """The stages in their order, and the policies that hold for all of them together.

    Make one with :func:`pathway_of`.
    """

    stages: tuple[Stage, ...]
    across: Mapping[str, Policy] = field(default_factory=dict)

    @property
    def first(self) -> Microgrid:
        """The first stage's microgrid: what is the same in all is read from it."""
        return self.stages[0].microgrid

    def with_microgrids(self, microgrids: Sequence[Microgrid]) -> "Pathway":
        """The same stages with other microgrids."""
        pairs = zip(self.stages, microgrids, strict=True)
        return replace(self, stages=tuple(replace(s, microgrid=m) for s, m in pairs))


@dataclass(frozen=True)
class PathwaySolution:
    """A plan of a pathway: a solution for every stage, which share ``x``.

    ``prices`` is what a tonne less would cost today, by policy that holds across.
    """

    pathway: Pathway
    status: Status
    objective: float
    bound: float
    seconds: float
    algorithm: str
    stages: tuple[Solution, ...]
    prices: Mapping[str, float]
    facts: Mapping[str, Any]
    certificate: Certificate | None

    @property
    def currency(self) -> str:
        """Currency of all amounts."""
        return self.pathway.first.currency

    @property
    def x(self) -> Floats:
        """All columns of the compiled problem, which every stage is read from."""
        return self.stages[0].x

    @property
    def gap(self) -> float:
        """Objective above its proven bound, currency (net present)."""
        return max(0.0, self.objective - self.bound)


def pathway_of(years: Sequence[int], microgrids: Sequence[Microgrid]) -> Pathway:
    """Stages that know of each other; policies that hold across them are set apart."""
    starts = tuple(year - years[0] for year in years)
    components = tuple(microgrid.components for microgrid in microgrids)
    across = {n: p for n, p in microgrids[0].policies.items() if p.across_stages}
    stages = []
    for number, (year, microgrid) in enumerate(zip(years, microgrids, strict=True)):
        within = {n: p for n, p in microgrid.policies.items() if not p.across_stages}
        term = Term(starts, number, components)
        stages.append(Stage(year, replace(microgrid, policies=within, term=term)))
    return Pathway(tuple(stages), across)


def stage_problems(
    first: Microgrid, later: Microgrid | None = None, before: Microgrid | None = None
) -> list[Problem]:
    """What a stage can't have (yet), and what must be as in the first stage.

    ``before`` is the stage before, which may have given something up.
    """
    problems = []
    if first.calendar.represents != "year":
        expected = "represents: year, because stages last for years"
        problems.append(Problem("time.represents", "as_is", expected))
    if first.minimises_carbon or first.objective.budget is not None:
        hint = "a policy investment_budget holds in every stage, carbon_budget over all"
        problems.append(Problem("objective", "an objective", "none with stages", hint))
    grid = later or first
    for name, policy in grid.policies.items():
        if policy.enforce and policy.needs_decision():
            got = f"a rule about what is bought ({policy.kind})"
            problems.append(Problem(f"policies.{name}", got, "none with stages"))
        if policy.across_stages and policy != first.policies.get(name):
            problems.append(
                Problem(f"policies.{name}", "a change", "the same in all stages")
            )
    for name, component in grid.components.items():
        mine, same = component.capacities(), first.components[name].capacities()
        if component.kind != first.components[name].kind or mine.keys() != same.keys():
            problems.append(
                Problem(
                    f"components.{name}",
                    "another kind, or other capacities",
                    "the same in all stages",
                    "name both, and let max_kw: 0 rule one of them out",
                )
            )
            continue
        for key, capacity in mine.items():
            path = f"components.{name}.{key}"
            if _products(capacity) != _products(same[key]):
                expected = "the same products in all stages; prices may change"
                problems.append(Problem(f"{path}.catalogue", "a change", expected))
            earlier = (before or first).components[name].capacities()[key]
            problems += _changed_standing(path, same[key], earlier, capacity)
            problems += _dearer_segments(path, capacity)
            fixed = capacity.capex_fixed, same[key].capex_fixed
            is_curve = capacity.cost_curve is not None and fixed[0] != fixed[1]
            if capacity.cost_curve != same[key].cost_curve or is_curve:
                expected = "the same in all stages"
                problems.append(Problem(f"{path}.cost_curve", "a change", expected))
    return problems


def _products(capacity: Capacity) -> list[tuple[str, float, int]]:
    """What can be had of a catalogue, but for its price."""
    return [(p.name, p.size, p.max_count) for p in capacity.catalogue or ()]


def _changed_standing(
    path: str, first: Capacity, before: Capacity, later: Capacity
) -> list[Problem]:
    """What stands, when it is due and how it may be given up is said once."""
    problems = []
    # what no longer stands is not due
    if later.existing > 0 and first.remaining_years != later.remaining_years:
        expected = "the same in all stages"
        hint = "it counts from the beginning of the first stage"
        problems.append(Problem(f"{path}.remaining_years", "a change", expected, hint))
    standing = {first.existing, before.existing, later.existing}
    if later.retire is not None and len(standing) > 1:
        got, expected = "a change beside retire:", "the same in all stages"
        hint = "what the plan gives up it says itself"
        problems.append(Problem(f"{path}.existing", got, expected, hint))
    if before.retire is not None and later.retire is None:
        expected = "retire: as in the stage before, which may have used it"
        problems.append(Problem(f"{path}.retire", "nothing", expected))
    gave = before.retire is not None and not before.retire.whole
    if gave and later.retire is not None and later.retire.whole:
        expected = "whole: as in the stage before, which may have kept a part"
        problems.append(Problem(f"{path}.retire.whole", "a change", expected))
    return problems


def _dearer_segments(path: str, capacity: Capacity) -> list[Problem]:
    """A curve begins anew with every stage, so what is cheap first is sold twice."""
    prices = [segment.capex_per_unit for segment in capacity.cost_curve or ()]
    if all(one >= other for one, other in pairwise(prices)):
        return []
    expected = "prices that fall with the size, in a pathway of several stages"
    hint = "every stage would begin with the cheap segment again"
    return [Problem(f"{path}.cost_curve", "prices that rise", expected, hint)]

"""A verified pathway: every stage's checks, and those of all stages together.

What the pathway costs is counted once more from single payments
(:mod:`verdigrid.results.pathway_payments`).
"""

from dataclasses import dataclass
from functools import cached_property

from verdigrid.models.pathway import PathwaySolution
from verdigrid.models.policy import Standing
from verdigrid.models.solution import Size, Solution
from verdigrid.results.cash_flow import Payment, total_worth
from verdigrid.results.checks import Check
from verdigrid.results.outcome import Outcome
from verdigrid.results.pathway_payments import StagePayment, pathway_payments

#: Times closer than this are the same, years.
SAME = 1e-6


@dataclass(frozen=True)
class PathwayOutcome:
    """A solved pathway with everything that is derived from it."""

    solution: PathwaySolution

    @cached_property
    def stages(self) -> tuple[Outcome, ...]:
        """Every stage as an outcome of its own."""
        return tuple(Outcome(stage) for stage in self.solution.stages)

    @property
    def years(self) -> list[int]:
        """Year in which every stage begins."""
        return [stage.year for stage in self.solution.pathway.stages]

    @cached_property
    def paid(self) -> list[StagePayment]:
        """Every payment of the pathway."""
        return pathway_payments(self.solution, [s.recomputed for s in self.stages])

    @cached_property
    def payments(self) -> list[Payment]:
        """The same without their stage."""
        return [paid.payment for paid in self.paid]

    @cached_property
    def net_present_cost(self) -> float:
        """All payments, discounted one by one."""
        rate = self.solution.pathway.first.finance.discount_rate
        return -total_worth(self.payments, rate)

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """How all stages together stand against the policies that hold across them."""
        found = {}
        for name, policy in self.solution.pathway.across.items():
            amounts = [policy.amount(stage.recomputed.yearly) for stage in self.stages]
            base = policy.base(self.stages[0].recomputed.yearly)
            if policy.limit is not None:
                found[name] = Standing(
                    sum(amounts),
                    base,
                    policy.limit,
                    policy.sense,
                    policy.unit,
                    policy.amount_unit,
                )
        return found

    @cached_property
    def checks(self) -> list[Check]:
        """Every comparison, of the stages and of the pathway."""
        checks = [
            Check(
                f"{year}: {check.what}",
                check.residual,
                check.scale,
                check.unit,
                check.tolerance,
            )
            for year, stage in zip(self.years, self.stages, strict=True)
            for check in stage.checks
        ]
        return checks + _checks_across(self)


def _checks_across(outcome: PathwayOutcome) -> list[Check]:
    """Objective, payments, what is carried over, and policies over all stages."""
    solution = outcome.solution
    together = sum(stage.recomputed.net_present_cost for stage in outcome.stages)
    turnover = sum(
        abs(amount)
        for stage in outcome.stages
        for amount in stage.recomputed.costs.values()
    )
    scale = max(1.0, abs(together), turnover)
    checks = [
        Check(
            "objective of all stages",
            abs(solution.objective - together),
            scale,
            "currency",
        ),
        Check(
            "payments of all stages",
            abs(outcome.net_present_cost - together),
            scale,
            "currency",
        ),
    ]
    for number, stage in enumerate(solution.stages):
        for size in stage.sizes:
            carried = _carried(solution, number, size)
            what = f"{outcome.years[number]}: {size.component} {size.field} carried"
            missed = abs(carried - size.carried)
            checks.append(Check(what, missed, max(1.0, size.limit), size.unit))
            if size.retired is not None and number > 0:
                before = solution.stages[number - 1].size(size.component, size.field)
                back = max(0.0, (before.retired or 0.0) - size.retired)
                what = f"{outcome.years[number]}: {size.component} {size.field} gone"
                scale = max(1.0, size.existing)
                checks.append(Check(what, back, scale, size.unit))
    for name, standing in outcome.standings.items():
        if solution.pathway.across[name].enforce:
            missed, unit = standing.missed_by, standing.amount_unit
            checks.append(Check(f"policy {name} kept", missed, standing.scale, unit))
    return checks


def _carried(solution: PathwaySolution, number: int, size: Size) -> float:
    """What of earlier purchases still serves, counted year by year of their lives."""
    stages = solution.pathway.stages
    begins = [stage.year for stage in stages]
    total = 0.0
    for earlier in range(number):
        life, later = _lives(solution.stages[earlier], size)
        ends = begins[earlier] + life
        # A life that ends as a stage begins is the last; any other is renewed.
        while ends < begins[number] - SAME and not _is_near(ends, begins):
            ends += later
        if ends > begins[number] + SAME:
            new = solution.stages[earlier].size(size.component, size.field).new
            total += new
    return total


def _is_near(time: float, begins: list[int]) -> bool:
    return any(abs(time - begin) < SAME for begin in begins)


def _lives(solution: Solution, size: Size) -> tuple[float, float]:
    """How long the first asset lasts, and each that replaces it."""
    component = solution.microgrid.components[size.component]
    capacity = component.capacities()[size.field]
    return component.lifetime_years(capacity), component.later_life(capacity)

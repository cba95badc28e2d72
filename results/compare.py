"""Plan against baseline: what it costs, what it saves, when it pays back."""

from dataclasses import dataclass

from verdigrid.models.solution import Solution
from verdigrid.results.outcome import Outcome


@dataclass(frozen=True)
class Figures:
    """Money and carbon of one solution; currency, per year where it says so."""

    investment: float
    operating_cost_per_year: float
    net_present_cost: float
    equivalent_annual_cost: float
    tonnes_per_year: float
    tonnes_by_scope: dict[int, float]


@dataclass(frozen=True)
class Comparison:
    """Plan and baseline side by side; differences are None without a baseline.

    ``simple_payback_years`` is investment over yearly saving, None if nothing is
    invested or saved, or the horizon counts as it is (then all amounts are those of
    the horizon). ``gap_per_year`` is what an even better plan could still save
    at most, as far as the solver proved.
    """

    plan: Figures
    baseline: Figures | None
    saving_per_year: float | None
    net_present_saving: float | None
    tonnes_avoided_per_year: float | None
    reduction: float | None
    simple_payback_years: float | None
    gap_per_year: float


def figures_of(outcome: Outcome) -> Figures:
    """Key figures of one solution, from its ledger."""
    solution, tables = outcome.solution, outcome.tables
    running = tables.costs[tables.costs["cost_class"] != "investment"]
    by_scope = tables.emissions.groupby("scope")["kg_per_year"].sum() / 1000
    return Figures(
        investment=float(tables.capacities["investment"].sum())
        if not tables.capacities.empty
        else 0.0,
        operating_cost_per_year=float(running["per_year"].sum()),
        net_present_cost=solution.objective,
        equivalent_annual_cost=solution.objective * solution.microgrid.annuity,
        tonnes_per_year=float(by_scope.sum()),
        tonnes_by_scope={
            int(str(scope)): float(tonnes) for scope, tonnes in by_scope.items()
        },
    )


def compare(plan: Outcome, baseline: Outcome | None) -> Comparison:
    """Differences between plan and baseline."""
    ours = figures_of(plan)
    gap = plan.solution.gap * plan.solution.microgrid.annuity
    if baseline is None:
        return Comparison(ours, None, None, None, None, None, None, gap)
    today = figures_of(baseline)
    saving = today.operating_cost_per_year - ours.operating_cost_per_year
    avoided = today.tonnes_per_year - ours.tonnes_per_year
    stands_for_a_year = plan.solution.microgrid.calendar.represents == "year"
    pays = ours.investment > 0 and saving > 0 and stands_for_a_year
    return Comparison(
        plan=ours,
        baseline=today,
        saving_per_year=saving,
        net_present_saving=today.net_present_cost - ours.net_present_cost,
        tonnes_avoided_per_year=avoided,
        reduction=avoided / today.tonnes_per_year if today.tonnes_per_year else None,
        simple_payback_years=ours.investment / saving if pays else None,
        gap_per_year=gap,
    )


def demand_charge(outcome: Outcome) -> float:
    """Yearly demand charges, currency."""
    bill = outcome.tables.bill
    of_horizon = float(bill.loc[bill["kind"] == "demand", "amount"].sum())
    return of_horizon * outcome.solution.microgrid.calendar.month_weight


def is_proven(solution: Solution, net_present_saving: float | None) -> bool:
    """True if the gap is smaller than the saving, so that the plan's rank stands."""
    return net_present_saving is None or solution.gap <= abs(net_present_saving)

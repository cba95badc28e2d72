"""Plan against baseline: what it costs, what it emits, what it saves."""

from dataclasses import dataclass

from verdigrid.models.carbon import BIOGENIC
from verdigrid.models.solution import Solution
from verdigrid.results.finance import finances
from verdigrid.results.ledgers import of_ledger
from verdigrid.results.outcome import Outcome


@dataclass(frozen=True)
class Figures:
    """Money and carbon of one solution; currency, per year where it says so.

    Tonnes are those of the location-based ledger where they don't say otherwise.
    """

    investment: float
    operating_cost_per_year: float
    net_present_cost: float
    equivalent_annual_cost: float
    tonnes_per_year: float
    tonnes_by_scope: dict[int, float]
    market_tonnes_per_year: float
    biogenic_tonnes_per_year: float


@dataclass(frozen=True)
class Comparison:
    """Plan and baseline side by side; differences are None without a baseline.

    ``simple_payback_years`` is that of ``results/finance.py``, where the reason stands
    if there is none. If the horizon counts as it is, all amounts are those of the
    horizon. ``gap_per_year`` is what an even better plan could still save
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
    worth = outcome.recomputed.net_present_cost
    running = tables.costs[tables.costs["cost_class"] != "investment"]
    emissions = tables.emissions
    located = of_ledger(emissions, "location")
    by_scope = located.groupby("scope")["kg_per_year"].sum() / 1000
    of_plants = emissions.loc[emissions["scope"] == BIOGENIC, "kg_per_year"]
    return Figures(
        investment=float(tables.capacities["investment"].sum())
        if not tables.capacities.empty
        else 0.0,
        operating_cost_per_year=float(running["per_year"].sum()),
        net_present_cost=worth,
        equivalent_annual_cost=worth * solution.microgrid.annuity,
        tonnes_per_year=float(by_scope.sum()),
        tonnes_by_scope={
            int(str(scope)): float(tonnes) for scope, tonnes in by_scope.items()
        },
        market_tonnes_per_year=float(
            of_ledger(emissions, "market")["kg_per_year"].sum() / 1000
        ),
        biogenic_tonnes_per_year=float(of_plants.sum() / 1000),
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
    return Comparison(
        plan=ours,
        baseline=today,
        saving_per_year=saving,
        net_present_saving=today.net_present_cost - ours.net_present_cost,
        tonnes_avoided_per_year=avoided,
        reduction=avoided / today.tonnes_per_year if today.tonnes_per_year else None,
        simple_payback_years=finances(plan, baseline).value("simple_payback"),
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

"""Key figures of one verified plan, as plain data for a table of plans."""

from typing import Any

from verdigrid.results.outcome import Outcome


def plan_figures(outcome: Outcome) -> dict[str, Any]:
    """Money in currency, emissions in t CO2e a year, ``size:component.field`` in kW(h).

    ``gap_per_year`` is what is not proven of the cost, infinite where nothing is;
    ``checks`` how many comparisons with the recomputation there were, all of them held.
    """
    solution, recomputed = outcome.solution, outcome.recomputed
    annuity = solution.microgrid.annuity
    sizes = {f"size:{s.component}.{s.field}": s.total for s in solution.sizes}
    return {
        "net_present_cost": solution.objective,
        "cost_per_year": solution.objective * annuity,
        "gap_per_year": solution.gap * annuity,
        "investment": recomputed.investment,
        "tonnes_per_year": recomputed.yearly.emitted((1, 2, 3)) / 1000,
        "checks": len(outcome.checks),
        **sizes,
    }

"""What a reader must know before believing a plan: where the model flatters it."""

from verdigrid.results.compare import Comparison, demand_charge, is_proven
from verdigrid.results.outcome import Outcome

#: Utilities bill demand on quarter hours; longer steps smooth the peak away.
BILLED_MINUTES = 15


def cautions(
    plan: Outcome, baseline: Outcome | None, comparison: Comparison
) -> list[str]:
    """Sentences of caution that apply to this plan."""
    found = []
    currency = plan.solution.microgrid.currency
    saved = demand_charge(baseline) - demand_charge(plan) if baseline else 0.0
    noticeable = saved > 0.01 * max(1.0, abs(comparison.saving_per_year or 0.0))
    if baseline is not None and noticeable:
        minutes = plan.solution.microgrid.calendar.step_minutes
        if minutes > BILLED_MINUTES:
            found.append(
                f"{saved:,.0f} {currency}/a of the saving is demand charge, worked out "
                f"on {minutes}-minute means; the real peak of a quarter hour is higher"
            )
        found.append(
            f"{saved:,.0f} {currency}/a of the saving is demand charge under perfect "
            "foresight; a real controller meets some peaks unprepared"
        )
    if not is_proven(plan.solution, comparison.saving_per_year):
        found.append(
            f"the solver's gap ({comparison.gap_per_year:,.0f} {currency}/a) is larger "
            "than the saving: another plan may be better"
        )
    return found

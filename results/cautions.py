"""What a reader must know before believing a plan: where the model flatters it."""

from verdigrid.models.storage import YEARS_TO_END_OF_LIFE
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
        text = (
            f"{saved:,.0f} {currency}/a of the saving is demand charge, under perfect"
        )
        text += " foresight; a real controller meets some peaks unprepared"
        if minutes > BILLED_MINUTES:
            text += (
                f"; it is worked out on {minutes}-minute means, and the real peak of a "
                "quarter hour is higher"
            )
        found.append(text)
    calendar = plan.solution.microgrid.calendar
    if calendar.year_weight > 1:
        found.append(
            f"{calendar.hours / 24:,.1f} days from {calendar.civil[0]:%Y-%m-%d} stand "
            f"for the whole year (x {calendar.year_weight:,.1f}): seasons of sun, load "
            "and prices are not represented, sizes and yearly figures are indicative"
        )
    part_of_month = calendar.represents == "as_is" and calendar.hours < 28 * 24
    if part_of_month and demand_charge(plan) > 0:
        found.append(
            f"the demand charge of a whole month counts for {calendar.hours:,.0f} "
            "hours: sizes that lower it look better than they are"
        )
    found += _worn_out(plan)
    found += _rings(plan)
    if not is_proven(plan.solution, comparison.net_present_saving):
        found.append(
            f"the solver's gap ({comparison.gap_per_year:,.0f} {currency}/a) is larger "
            "than the saving: another plan may be better"
        )
    return found


def _worn_out(plan: Outcome) -> list[str]:
    """Storages that wear out before the life that they were bought for is over."""
    figures = plan.tables.indicators
    wearing = figures[figures["name"] == YEARS_TO_END_OF_LIFE]
    years = dict(zip(wearing["component"], wearing["value"], strict=True))
    found = []
    for size in plan.solution.sizes:
        if size.component not in years or size.unit != "kWh" or size.new <= 0:
            continue
        component = plan.solution.microgrid.components[size.component]
        life = component.lifetime_years(component.capacities()[size.field])
        if years[size.component] < life:
            found.append(
                f"{size.component} is worn out after {years[size.component]:.1f} years "
                f"of this operation, but its price is spread over {life:g}: give a "
                "shorter lifetime_years, or limit max_cycles_per_year"
            )
    return found


def _rings(plan: Outcome) -> list[str]:
    """Links that form a ring: energy could be lost on purpose by going round it."""
    microgrid = plan.solution.microgrid
    part = {name: name for name in microgrid.buses}  # buses that hang together

    def root(bus: str) -> str:
        return bus if part[bus] == bus else root(part[bus])

    found = []
    for name, component in microgrid.components.items():
        ends = [link.node for link in component.connections()]
        carriers = {microgrid.nodes[end].carrier for end in ends}
        passes_on = len(ends) == 2 and len(carriers) == 1 and set(ends) <= part.keys()
        if not passes_on or len(component.exclusive) == 0:
            continue
        one, other = (root(end) for end in ends)
        if one == other:
            found.append(
                f"{name} closes a ring of links: where prices are negative, or a limit "
                "rewards it, the plan may send power round to lose it"
            )
        part[one] = other
    return found

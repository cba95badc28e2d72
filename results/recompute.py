"""The plan once more in NumPy: from resolved inputs, sizes and dispatch alone.

Every component restates its physics (``Component.recompute``); this file only adds
up what they say. Nothing here looks at the model, the matrix or the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Account, Flow, Inputs
from verdigrid.models.measure import Measure
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.solution import Solution
from verdigrid.models.yearly import Yearly

#: Yearly amounts by (component, cost class, item), currency.
YearlyCosts = dict[tuple[str, str, str], float]


@dataclass(frozen=True)
class Recomputed:
    """The accounts of all components and what follows from them.

    ``emissions`` are kg CO2e per year by (component, scope, source); ``costs``
    currency per year; ``net_present_cost`` currency.
    """

    calendar: Calendar
    inputs: Mapping[str, Inputs]
    accounts: Mapping[str, Account]
    costs: YearlyCosts
    emissions: Mapping[tuple[str, int, str], float]
    investment: float
    net_present_cost: float

    def flows_at(self, node: str) -> list[tuple[str, Flow]]:
        """All flows of one node with the component that they belong to."""
        return [
            (name, flow)
            for name, account in self.accounts.items()
            for flow in account.flows
            if flow.node == node
        ]

    @property
    def measures(self) -> dict[Measure, Floats]:
        """What policies count, sums over components, kW (steps,)."""
        sums: dict[Measure, Floats] = {}
        for account in self.accounts.values():
            for measure, kw in account.measures.items():
                sums[measure] = sums.get(measure, 0.0) + kw
        return sums

    @property
    def yearly(self) -> Yearly:
        """The year in the sums that policies judge."""
        emissions = self.emissions_by_source
        return Yearly(self.calendar, emissions, self.measures, self.investment)

    @property
    def emissions_by_source(self) -> dict[tuple[int, str], float]:
        """Yearly emissions by (scope, source), kg CO2e."""
        sums: dict[tuple[int, str], float] = {}
        for (_, scope, source), kg in self.emissions.items():
            sums[scope, source] = sums.get((scope, source), 0.0) + kg
        return sums


def recompute(solution: Solution) -> Recomputed:
    """Restate a solution in NumPy."""
    microgrid = solution.microgrid
    nodes, inputs, accounts = microgrid.nodes, {}, {}
    for name, component in microgrid.components.items():
        sizes = {s.field: s.total for s in solution.sizes if s.component == name}
        inputs[name] = Inputs(
            name, microgrid.calendar, nodes, microgrid.series_of(name), sizes
        )
        accounts[name] = component.recompute(inputs[name], solution.values[name])

    costs, emissions = _yearly(microgrid, accounts)
    investment, worth = _capacity_amounts(solution, costs, emissions)
    by_source: dict[tuple[int, str], float] = {}
    for (_, scope, source), kg in emissions.items():
        by_source[scope, source] = by_source.get((scope, source), 0.0) + kg
    for name, policy in microgrid.policies.items():
        for (cost_class, item), amount in policy.costs(by_source).items():
            costs[name, cost_class, item] = amount
    running = sum(
        microgrid.present_worth(cost_class) * amount
        for (_, cost_class, _), amount in costs.items()
    )
    return Recomputed(
        microgrid.calendar,
        inputs,
        accounts,
        costs,
        emissions,
        investment,
        worth + running,
    )


def _yearly(
    microgrid: Microgrid, accounts: Mapping[str, Account]
) -> tuple[YearlyCosts, dict[tuple[str, int, str], float]]:
    """Yearly costs and emissions of dispatch."""
    hours = microgrid.calendar.step_hours * microgrid.calendar.year_weight
    costs: YearlyCosts = {}
    emissions: dict[tuple[str, int, str], float] = {}
    for name, account in accounts.items():
        for (cost_class, item), rate in account.costs.items():
            costs[name, cost_class, item] = float(np.sum(rate)) * hours
        for (cost_class, item), amount in account.fixed_costs.items():
            costs[name, cost_class, item] = amount
        for (scope, source), rate in account.emissions.items():
            emissions[name, scope, source] = float(np.sum(rate)) * hours
    return costs, emissions


def _capacity_amounts(
    solution: Solution,
    costs: YearlyCosts,
    emissions: dict[tuple[str, int, str], float],
) -> tuple[float, float]:
    """Investment and its net present cost; O&M and embodied carbon are added."""
    microgrid = solution.microgrid
    share = microgrid.calendar.fixed_cost_share
    investment = worth = 0.0
    for size in solution.sizes:
        component = microgrid.components[size.component]
        capacity = component.capacities()[size.field]
        life = component.lifetime_years(capacity)
        spent = float(capacity.investment(size.new, float(size.built)))
        investment += spent
        worth += spent * microgrid.investment_worth(life)
        om = (capacity.om_per_unit_year or 0.0) * size.total * share
        if om:
            costs[size.component, "om", f"{size.field} O&M"] = om
        embodied = capacity.embodied_kg_per_unit / life * size.new * share
        if embodied:
            key = (size.component, 3, "embodied")
            emissions[key] = emissions.get(key, 0.0) + embodied
    return investment, worth

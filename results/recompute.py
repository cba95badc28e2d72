"""The plan once more in NumPy: from resolved inputs, sizes and dispatch alone.

Every component restates its physics (``Component.recompute``); this file only adds
up what they say. Nothing here looks at the model, the matrix or the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.capacity import Capacity
from verdigrid.models.carbon import Carbon
from verdigrid.models.component import Account, Flow, Inputs
from verdigrid.models.held import Held
from verdigrid.models.measure import Measure
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policy import PolicyAccount, in_order
from verdigrid.models.solution import Size, Solution
from verdigrid.models.yearly import Yearly

#: Yearly amounts by (component, cost class, item), currency.
YearlyCosts = dict[tuple[str, str, str], float]


@dataclass(frozen=True)
class Recomputed:
    """The accounts of all components and what follows from them.

    ``emissions`` are kg CO2e per year by component (or policy) and what they are;
    ``costs`` currency per year; ``net_present_cost`` currency.
    """

    calendar: Calendar
    inputs: Mapping[str, Inputs]
    accounts: Mapping[str, Account]
    costs: YearlyCosts
    emissions: Mapping[tuple[str, Carbon], float]
    policies: Mapping[str, PolicyAccount]
    investment: float
    net_present_cost: float
    held: Mapping[str, Held] = field(default_factory=dict)
    years: float = 1.0

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
        everywhere = np.ones(self.calendar.periods)
        for policy in self.policies.values():
            for measure, mean_kw in policy.measures.items():
                sums[measure] = sums.get(measure, 0.0) + mean_kw * everywhere
        return sums

    @property
    def yearly(self) -> Yearly:
        """The year in the sums that policies judge."""
        emissions = self.emissions_by_source
        return Yearly(
            self.calendar,
            emissions,
            self.measures,
            self.investment,
            self.held,
            self.years,
        )

    @property
    def emissions_by_source(self) -> dict[Carbon, float]:
        """Yearly emissions of the site by what they are, kg CO2e."""
        sums: dict[Carbon, float] = {}
        for (_, carbon), kg in self.emissions.items():
            sums[carbon] = sums.get(carbon, 0.0) + kg
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
    year = Recomputed(
        microgrid.calendar,
        inputs,
        accounts,
        costs,
        emissions,
        {},
        investment,
        worth,
        {f"{size.component}.{size.field}": size.held for size in solution.sizes},
        microgrid.years,
    )
    for name, policy in in_order(microgrid.policies):
        if policy.enforce:
            account = policy.recompute(year.yearly, solution.decided.get(name, {}))
            year = _with_policy(year, name, account)
    running = sum(
        microgrid.present_worth(cost_class) * amount
        for (_, cost_class, _), amount in year.costs.items()
    )
    return replace(year, net_present_cost=worth + running)


def _with_policy(year: Recomputed, name: str, account: PolicyAccount) -> Recomputed:
    """The year with what a policy adds to it."""
    costs = {
        (name, cost_class, item): amount
        for (cost_class, item), amount in account.costs.items()
    }
    emissions = {(name, carbon): kg for carbon, kg in account.emissions.items()}
    return replace(
        year,
        costs={**year.costs, **costs},
        emissions={**year.emissions, **emissions},
        policies={**year.policies, name: account},
    )


def _yearly(
    microgrid: Microgrid, accounts: Mapping[str, Account]
) -> tuple[YearlyCosts, dict[tuple[str, Carbon], float]]:
    """Yearly costs and emissions of dispatch."""
    hours = microgrid.calendar.step_hours * microgrid.calendar.year_weight
    costs: YearlyCosts = {}
    emissions: dict[tuple[str, Carbon], float] = {}
    for name, account in accounts.items():
        for (cost_class, item), rate in account.costs.items():
            costs[name, cost_class, item] = float(np.sum(rate)) * hours
        for (cost_class, item), amount in account.fixed_costs.items():
            costs[name, cost_class, item] = amount
        for carbon, rate in account.emissions.items():
            emissions[name, carbon] = float(np.sum(rate)) * hours
    return costs, emissions


def _capacity_amounts(
    solution: Solution,
    costs: YearlyCosts,
    emissions: dict[tuple[str, Carbon], float],
) -> tuple[float, float]:
    """Investment and its net present cost; O&M and embodied carbon are added."""
    microgrid = solution.microgrid
    share = microgrid.calendar.fixed_cost_share
    investment = worth = 0.0
    for size in solution.sizes:
        component = microgrid.components[size.component]
        capacity = component.capacities()[size.field]
        life = component.lifetime_years(capacity)
        spent = capacity.investment(size.held)
        investment += spent
        place = size.component, size.field
        worth += microgrid.purchase_cost(place, life, size.held, spent)
        worth += _standing_worth(microgrid, capacity, size, life)
        om = float(capacity.om_per_year(size.held)) * share
        if om:
            costs[size.component, "om", f"{size.field} O&M"] = om
        embodied = float(capacity.embodied_kg(size.held)) / life * share
        if embodied:
            key = (size.component, Carbon(3, "embodied"))
            emissions[key] = emissions.get(key, 0.0) + embodied
    return investment, worth


def _standing_worth(
    microgrid: Microgrid, capacity: Capacity, size: Size, life: float
) -> float:
    """Net present cost of renewals, and of giving up what stands."""
    cost = 0.0
    if capacity.remaining_years is not None:
        place = size.component, size.field
        cost += microgrid.renewal_cost(place, life, size.kept)
    if capacity.retire is not None:
        paid = capacity.retire.paid_per_unit * size.held.retired_now
        cost += paid * microgrid.at_once_worth
    return cost

"""The microgrid: everything a scenario says, resolved to numbers.

Plain data that crosses the layers: the loader makes it, the model is built
from it, and the independent checks recompute the plan from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import field_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.capacity import Capacity
from verdigrid.models.cascade import with_marks
from verdigrid.models.component import Component
from verdigrid.models.finance import Finance, capital_recovery_factor
from verdigrid.models.held import Held
from verdigrid.models.incentives import after_rebate
from verdigrid.models.node import Node
from verdigrid.models.objective import CARBON, Objective
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.policy import Policy
from verdigrid.models.retirement import at_once_worth, renewal_worth
from verdigrid.models.term import Term

Carrier = Literal[
    "electricity",
    "heat",
    "cooling",
    "gas",
    "coal",
    "oil",
    "biomass",
    "hydrogen",
    "fuel",
]


#: What belongs to no firm, and the sum of all, in results firm by firm.
SHARED, PARK = "shared", "park"


class Bus(Strict):
    """A place where energy of one carrier is balanced in every step."""

    carrier: Carrier = parameter(unit="", doc="energy carrier")
    temperature_c: float | None = parameter(
        None,
        unit="degC",
        doc="supply temperature of a heat or cooling bus",
        ge=-50,
        le=1500,
    )
    allow_surplus: bool = parameter(
        False,
        unit="",
        doc="whether more may be fed in than is taken out; shares that would count "
        "that as used refuse it",
    )
    firm: str | None = parameter(
        None, unit="", doc="whose bus it is, for results firm by firm"
    )

    @field_validator("firm")
    @classmethod
    def _is_a_name(cls, firm: str | None) -> str | None:
        if firm is not None and firm.strip() in ("", SHARED, PARK):
            raise ValueError(
                f"a firm's name is not empty, and not {SHARED!r} or {PARK!r}, which "
                "the results use for what belongs to no firm, and for the sum of all"
            )
        return firm


class Site(Strict):
    """Where the plant stands."""

    latitude: float = parameter(unit="deg", doc="north positive", ge=-90, le=90)
    longitude: float = parameter(unit="deg", doc="east positive", ge=-180, le=180)
    timezone: str = parameter(unit="", doc="IANA name, such as Asia/Shanghai")
    altitude_m: float = parameter(
        0.0, unit="m", doc="height above sea level", ge=-450, le=6000
    )


def nodes_of(
    buses: Mapping[str, Bus], components: Mapping[str, Component]
) -> dict[str, Node]:
    """Buses and the nodes that components bring along, by name."""
    made = max((c.power_per_hydrogen for c in components.values()), default=0.0)
    nodes = {
        name: Node(
            bus.carrier,
            bus.temperature_c,
            bus.temperature_c,
            power_per_kwh=made if bus.carrier == "hydrogen" else 0.0,
        )
        for name, bus in buses.items()
    }
    for name, component in components.items():
        node = component.node()
        if node is not None:
            nodes[name] = node
    parts = components.values()
    return with_marks(
        nodes,
        [path for component in parts for path in component.heat_paths()],
        [need for component in parts for need in _needs(component, nodes)],
    )


def _needs(component: Component, nodes: Mapping[str, Node]) -> list[tuple[str, float]]:
    """What heat a component draws; nothing while it names nodes that are not there."""
    named = {connection.node for connection in component.connections()}
    return component.heat_needs(nodes) if named <= nodes.keys() else []


@dataclass(frozen=True)
class Microgrid:
    """A scenario ready to be built.

    ``series`` holds every profile and every prepared series as an array of
    shape (steps,) under its path, for example
    ``components.rooftop_pv.yield_kw_per_kw``. A stage of a pathway knows its ``term``.
    """

    name: str
    currency: str
    site: Site | None
    calendar: Calendar
    finance: Finance
    buses: Mapping[str, Bus]
    components: Mapping[str, Component]
    policies: Mapping[str, Policy]
    series: Mapping[str, Floats]
    notes: tuple[str, ...] = ()
    exclusive_steps: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    objective: Objective = field(default_factory=Objective)
    term: Term | None = None

    @property
    def nodes(self) -> dict[str, Node]:
        """Buses and the nodes that components bring along, by name."""
        return nodes_of(self.buses, self.components)

    def series_of(self, component: str) -> dict[str, Floats]:
        """Series of one component, under their names inside it."""
        head = f"components.{component}."
        return {
            path.removeprefix(head): array
            for path, array in self.series.items()
            if path.startswith(head)
        }

    def baseline(self) -> "Microgrid":
        """The same site with existing assets only, and without its caps."""
        return replace(
            self,
            components={
                name: component.only_existing()
                for name, component in self.components.items()
            },
            policies={
                name: policy
                for name, policy in self.policies.items()
                if policy.binds_baseline
            },
            objective=Objective(),
        )

    @property
    def minimises_carbon(self) -> bool:
        """True in the first of the two problems of least carbon."""
        return self.objective.minimise == "carbon" and CARBON not in self.policies

    @property
    def years(self) -> float:
        """Years that the operation stands for; 1 if it counts as it is."""
        if self.calendar.represents == "as_is":
            return 1.0
        horizon = self.finance.horizon_years
        return len(self.term.years(horizon)) if self.term is not None else horizon

    # -- money over time -------------------------------------------------

    def present_worth(self, cost_class: str) -> float:
        """Worth today of one currency unit a year in ``cost_class``, after tax."""
        if self.calendar.represents == "as_is":
            return 1.0
        if self.term is not None:
            return self.term.present_worth(self.finance, cost_class)
        return self.finance.present_worth(cost_class)

    def purchase_cost(
        self, place: tuple[str, str], life: float, held: Held, price: Any
    ) -> Any:
        """Net present cost of what is bought of a capacity, number or expression.

        ``place`` is component and field, ``price`` what it costs as it is bought.
        """
        if self.term is not None:
            return self.term.purchase_cost(self.finance, place, held, price)
        component = self.components[place[0]]
        capacity = component.capacities()[place[1]]
        first, later = self._purchase_worths(component, capacity, life)
        paid = after_rebate(capacity.incentives, price, held.new)
        return first * paid + later * capacity.replacement_price(held, price)

    def _purchase_worths(
        self, component: Component, capacity: Capacity, life: float
    ) -> tuple[float, float]:
        """Of a unit paid for a purchase, of one of the price of its replacements.

        Over a horizon taken as it is nothing is replaced, and nothing is left.
        """
        finance = self.finance
        if self.calendar.represents == "year":
            later_life = component.later_life(capacity)
            return finance.purchase_worths(life, capacity.incentives, later_life)
        if finance.investment == "full":
            return 1.0, 0.0
        annuity = capital_recovery_factor(finance.discount_rate, life)
        return annuity * self.calendar.fixed_cost_share, 0.0

    def price_worth(self, place: tuple[str, str], life: float) -> float:
        """What a unit more of a purchase's price adds to its net present cost."""
        nothing = Held(0.0, 0.0, 0.0, 0.0)
        return float(self.purchase_cost(place, life, nothing, 1.0))

    def renewal_cost(self, place: tuple[str, str], life: float, kept: Any) -> Any:
        """Net present cost of renewing what is kept of what stands."""
        if self.term is not None:
            return self.term.renewal_cost(self.finance, place, kept)
        name, field = place
        capacity = self.components[name].capacities()[field]
        if capacity.remaining_years is None:
            return 0.0
        left = capacity.remaining_years
        worth = renewal_worth(self.finance, self.calendar, left, life)
        return worth * capacity.renewal_price * kept

    @property
    def at_once_worth(self) -> float:
        """Net present cost of one currency unit of expense as the operation begins."""
        if self.term is not None:
            return self.term.at_once_worth(self.finance)
        return at_once_worth(self.finance, self.calendar)

    @property
    def annuity(self) -> float:
        """Equivalent annual cost of one unit of net present cost, 1/a."""
        if self.calendar.represents == "as_is":
            return 1.0
        if self.term is not None:
            return self.term.annuity(self.finance)
        return capital_recovery_factor(
            self.finance.discount_rate, self.finance.horizon_years
        )

"""Carbon price: every tonne of chosen scopes costs money.

    cost = price / 1000  x  emissions in kg     (cost class "carbon")

The price is part of the world of the baseline too.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.carbon import LedgerName, in_ledger
from verdigrid.models.ledger import Cost, FixedCost, Term
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyAccount, PolicyContext
from verdigrid.models.yearly import Yearly


class CarbonPrice(Policy):
    """A price on emissions, with its own escalation (cost class ``carbon``)."""

    kind: Literal["carbon_price"] = "carbon_price"
    summary: ClassVar[str] = "price on emissions of chosen scopes"
    binds_baseline: ClassVar[bool] = True

    scopes: list[Literal[1, 2, 3]] = parameter(
        unit="", doc="scopes that pay: 1 fuel, 2 bought energy, 3 the rest"
    )
    price_per_tonne: float = parameter(
        unit="currency/tCO2e", doc="price of a tonne", ge=0
    )
    ledger: LedgerName = parameter(
        "location", unit="", doc="whether certificates and contracts count (market)"
    )

    @model_validator(mode="after")
    def _some_scope(self) -> Self:
        if not self.scopes:
            raise ValueError("scopes needs at least one of 1, 2, 3")
        return self

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        ledger, price = context.ledger, self.price_per_tonne / 1000

        def priced(term: Term) -> Term:
            return lambda t: price * term(t)

        for entry in ledger.emissions:
            if entry.scope in self.scopes and in_ledger(entry.books, self.ledger):
                cost = Cost("carbon", context.name, entry.source, priced(entry.term))
                ledger.costs.append(cost)
        for fixed in ledger.fixed_emissions:
            if fixed.scope in self.scopes and in_ledger(fixed.books, self.ledger):
                amount: Any = price * fixed.amount
                ledger.fixed_costs.append(
                    FixedCost("carbon", context.name, fixed.source, amount)
                )

    def recompute(self, year: Yearly, decided: Mapping[str, float]) -> PolicyAccount:
        paid: dict[tuple[str, str], float] = {}
        for carbon, kg in year.emissions.items():
            if carbon.scope in self.scopes and carbon.counts(self.ledger):
                item = ("carbon", carbon.source)
                paid[item] = paid.get(item, 0.0) + self.price_per_tonne / 1000 * kg
        return PolicyAccount(costs=paid)

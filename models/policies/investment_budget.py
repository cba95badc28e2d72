"""Investment budget: no more is spent on new capacity than there is.

    sum over new capacities of their price today  <=  at_most

Replacements within the horizon are not bought today and don't count, nor do renewals of
what stands. Removal and scrap of what is given up are in the objective but not here:
scrap is no money to buy with. The price is that before rebates.
"""

from typing import ClassVar, Literal

import pyomo.environ as pyo

from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.yearly import Yearly


class InvestmentBudget(Policy):
    """A limit on what is invested."""

    kind: Literal["investment_budget"] = "investment_budget"
    summary: ClassVar[str] = "most that is spent on new capacity"
    amount_unit: ClassVar[str] = "currency"
    priced: ClassVar[tuple[str, float]] = ("unit of money", 1.0)

    at_most: float = parameter(unit="currency", doc="what may be invested", ge=0)

    @property
    def limit(self) -> float:
        return self.at_most

    @property
    def unit(self) -> str:
        return "currency"

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        amounts = [entry.amount for entry in context.ledger.investments]
        # A plain number is 0: a renewal, a removal, something that costs nothing.
        spent = [amount for amount in amounts if not isinstance(amount, (int, float))]
        if spent:
            block.limit = pyo.Constraint(expr=sum(spent) <= self.at_most)

    def amount(self, year: Yearly) -> float:
        return year.investment

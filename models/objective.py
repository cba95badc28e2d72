"""What a plan is best at: least net present cost, or least carbon within a budget.

Least carbon is two problems, one after the other:

    1   least    =  the least yearly emissions that any plan has (within the budget)
    2   the plan =  the least net present cost among plans with
                    emissions <= least + 1e-6 max(|least|, 1 kg)

The second is a plan like any other, with a cap as its policy ``objective_carbon`` and
the budget as ``objective_budget``: it is proven, verified and compared as one.
"""

from typing import Literal, Self

from pydantic import model_validator

from verdigrid.models.carbon import LedgerName
from verdigrid.models.parameter import Strict, parameter

#: Names of the policies that stand for the objective.
CARBON, BUDGET = "objective_carbon", "objective_budget"
#: By how much, as a share, step 2 may emit more than the least of step 1.
SLACK = 1e-6


class Objective(Strict):
    """What is minimised."""

    minimise: Literal["cost", "carbon"] = parameter(
        "cost", unit="", doc="net present cost, or yearly emissions"
    )
    scopes: list[Literal[1, 2, 3]] | None = parameter(
        None, unit="", doc="with minimise: carbon, the scopes that count"
    )
    ledger: LedgerName = parameter(
        "location", unit="", doc="whether certificates and contracts count (market)"
    )
    budget: float | None = parameter(
        None, unit="currency", doc="most that is spent on new capacity", ge=0
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.minimise == "carbon" and not self.scopes:
            raise ValueError("scopes with minimise: carbon, such as [1, 2]")
        if self.minimise == "cost" and self.scopes is not None:
            raise ValueError("scopes only with minimise: carbon")
        return self

    @property
    def words(self) -> str:
        """What is minimised, in words.

        >>> Objective(minimise="carbon", scopes=[1, 2], budget=1000).words
        'least carbon of scopes 1, 2 within a budget of 1,000'
        """
        text = "least net present cost"
        if self.minimise == "carbon":
            text = f"least carbon of scopes {', '.join(map(str, self.scopes or ()))}"
        if self.budget is None:
            return text
        return f"{text} within a budget of {self.budget:,.0f}"

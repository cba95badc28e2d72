"""Carbon budget: what is emitted over all years together stays below a limit.

    sum over stages of years x yearly emissions of the scopes  <=  limit

symbol   name      unit    meaning
limit    tonnes    tCO2e   what may be emitted until the horizon ends
years              a       how many years a stage stands for

Without stages, every year of the horizon emits the same. The share of the atmosphere
that a site may still use is a sum over years: a cap in every year says less about it.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import pyomo.environ as pyo

from verdigrid.models.carbon import LedgerName
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.yearly import Yearly


class CarbonBudget(Policy):
    """A limit on emissions over the whole horizon; it does not bind the baseline."""

    kind: Literal["carbon_budget"] = "carbon_budget"
    summary: ClassVar[str] = "limit on emissions over all years together"
    amount_unit: ClassVar[str] = "kg"
    priced: ClassVar[tuple[str, float]] = ("tonne", 1000.0)
    across_stages: ClassVar[bool] = True

    scopes: list[Literal[1, 2, 3]] = parameter(
        unit="", doc="scopes that count: 1 fuel, 2 bought energy, 3 the rest"
    )
    tonnes: float = parameter(unit="tCO2e", doc="the limit, over all years", ge=0)
    ledger: LedgerName = parameter(
        "location", unit="", doc="whether certificates and contracts count (market)"
    )

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        self.build_across(block, [context])

    def build_across(self, block: pyo.Block, contexts: Sequence[PolicyContext]) -> None:
        emitting = [context for context in contexts if context.emits(self.scopes)]
        if not emitting:
            return  # nothing emits, so every limit is kept
        limit_kg = 1000 * self.tonnes
        block.limit = pyo.Constraint(
            rule=lambda b: (
                sum(
                    [
                        context.yearly_emissions(
                            self.scopes, self.ledger, years=context.years
                        )
                        for context in emitting
                    ]
                )
                <= limit_kg
            )
        )

    @property
    def limit(self) -> float:
        return self.tonnes

    def with_limit(self, limit: float) -> Self:
        """The same budget at another limit, t CO2e."""
        return self.model_copy(update={"tonnes": limit})

    @property
    def unit(self) -> str:
        return "t CO2e"

    def amount(self, year: Yearly) -> float:
        return year.years * year.emitted(self.scopes, self.ledger)

    def base(self, year: Yearly) -> float:
        return 1000.0

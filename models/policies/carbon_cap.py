"""Carbon cap: yearly emissions of chosen scopes stay below a limit.

    sum over scopes and steps of emissions  <=  limit

The limit is given in tonnes a year, or as a reduction against the baseline. For a
horizon taken as it is, it is the limit of the horizon.
"""

from typing import ClassVar, Literal, Self

import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.yearly import Yearly


class CarbonCap(Policy):
    """A limit on yearly emissions; it does not bind the baseline."""

    kind: Literal["carbon_cap"] = "carbon_cap"
    summary: ClassVar[str] = "limit on yearly emissions of chosen scopes"
    amount_unit: ClassVar[str] = "kg"
    priced: ClassVar[tuple[str, float]] = ("tonne", 1000.0)

    scopes: list[Literal[1, 2, 3]] = parameter(
        unit="", doc="scopes that count: 1 fuel, 2 bought energy, 3 the rest"
    )
    tonnes_per_year: float | None = parameter(
        None, unit="tCO2e/a", doc="the limit", ge=0
    )
    reduction: float | None = parameter(
        None, unit="1", doc="the limit as a share below the baseline", ge=0, le=1
    )

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.tonnes_per_year is None) == (self.reduction is None):
            raise ValueError("give either tonnes_per_year: or reduction:")
        if not self.scopes:
            raise ValueError("scopes needs at least one of 1, 2, 3")
        return self

    @property
    def needs_baseline(self) -> bool:
        return self.reduction is not None

    def against(self, baseline: Yearly) -> Self:
        """The cap in tonnes, where it is stated against the baseline."""
        if self.reduction is None:
            return self
        limit = (1 - self.reduction) * self.amount(baseline) / 1000
        return self.model_copy(update={"tonnes_per_year": limit, "reduction": None})

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        if not context.emits(self.scopes):
            return  # nothing emits, so every limit is kept
        limit_kg = 1000 * (self.tonnes_per_year or 0.0)
        block.limit = pyo.Constraint(
            rule=lambda b: context.yearly_emissions(self.scopes) <= limit_kg
        )

    @property
    def limit(self) -> float | None:
        return self.tonnes_per_year

    @property
    def unit(self) -> str:
        return "t CO2e"

    def amount(self, year: Yearly) -> float:
        return year.emitted(self.scopes)

    def base(self, year: Yearly) -> float:
        return 1000.0

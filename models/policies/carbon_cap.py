"""Carbon cap: yearly emissions of chosen scopes stay below a limit.

    sum over scopes and steps of emissions - offset  <=  limit
    offset <= at_most_share x emissions before credits,   offset <= at_most_tonnes

symbol   name             unit     meaning
offset   offset_tonnes    tCO2e/a  bought offsets (only with ``offsets:``)

The limit is given in tonnes a year, or as a reduction against the baseline. For a
horizon taken as it is, it is the limit of the horizon. The cap is measured on the
location-based ledger, where certificates and contracts don't count, or on the
market-based one.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal, Self

import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.carbon import CREDITS, LedgerName
from verdigrid.models.ledger import FixedCost
from verdigrid.models.offsets import Offsets
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import (
    NOTHING,
    Policy,
    PolicyAccount,
    PolicyContext,
    Standing,
)
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
    ledger: LedgerName = parameter(
        "location", unit="", doc="whether certificates and contracts count (market)"
    )
    offsets: Offsets | None = parameter(
        None, unit="", doc="offsets that the cap accepts; none if not given"
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
        emitted = baseline.emitted(self.scopes, self.ledger)
        limit = (1 - self.reduction) * emitted / 1000
        return self.model_copy(update={"tonnes_per_year": limit, "reduction": None})

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        if not context.emits(self.scopes, self.ledger):
            return  # nothing emits, so every limit is kept
        limit_kg = 1000 * (self.tonnes_per_year or 0.0)
        offset_kg = 0.0
        if self.offsets is not None:
            offset_kg = 1000 * self._build_offsets(block, context, self.offsets)
        block.limit = pyo.Constraint(
            rule=lambda b: (
                context.yearly_emissions(self.scopes, self.ledger) - offset_kg
                <= limit_kg
            )
        )

    def _build_offsets(
        self, block: pyo.Block, context: PolicyContext, offsets: Offsets
    ) -> pyo.Var:
        block.offset_tonnes = pyo.Var(bounds=(0.0, offsets.at_most_tonnes))
        each = offsets.emissions_each
        if each is None:
            block.offset_tonnes.setub(0.0)
        else:
            block.offsets_within_share = pyo.Constraint(
                rule=lambda b: (
                    1000 * each * b.offset_tonnes
                    <= context.yearly_emissions(self.scopes, self.ledger, CREDITS)
                )
            )
        paid = offsets.price_per_tonne * block.offset_tonnes
        context.ledger.fixed_costs.append(
            FixedCost("carbon", context.name, "offsets", paid)
        )
        return block.offset_tonnes

    def recompute(self, year: Yearly, decided: Mapping[str, float]) -> PolicyAccount:
        offset = decided.get("offset_tonnes", 0.0)
        if self.offsets is None or not offset:
            return PolicyAccount()
        emitted = year.emitted(self.scopes, self.ledger, CREDITS)
        accepted = self.offsets.accepted_kg(emitted)
        return PolicyAccount(
            costs={("carbon", "offsets"): self.offsets.price_per_tonne * offset},
            residuals={"offsets accepted, t": max(0.0, offset - accepted / 1000)},
        )

    @property
    def limit(self) -> float | None:
        return self.tonnes_per_year

    def with_limit(self, limit: float) -> Self:
        """The same cap at another limit, t CO2e."""
        update = {"tonnes_per_year": limit, "reduction": None}
        return self.model_copy(update=update)

    @property
    def unit(self) -> str:
        return "t CO2e"

    def amount(self, year: Yearly) -> float:
        return year.emitted(self.scopes, self.ledger)

    def standing(
        self, year: Yearly, decided: Mapping[str, float] = NOTHING
    ) -> Standing | None:
        """Emissions, less the offsets that were bought for them."""
        gross = super().standing(year)
        if gross is None:
            return None
        offset_kg = 1000 * decided.get("offset_tonnes", 0.0)
        return replace(gross, amount=gross.amount - offset_kg)

    def base(self, year: Yearly) -> float:
        return 1000.0

"""Emissions trading: own emissions are surrendered in allowances, free or bought.

    bought - sold + offset + free  >=  emissions in the scopes   [t]
    offset <= at_most_share x emissions before credits,   sold <= free
    cost = price x bought - sell_price x sold + offset price x offset

symbol   name             unit     meaning
bought   bought_tonnes    tCO2e/a  allowances bought
sold     sold_tonnes      tCO2e/a  free allowances that are not needed and sold
offset   offset_tonnes    tCO2e/a  offsets surrendered (only with ``offsets:``)

It is part of the world of the baseline too. China's national system counts direct
emissions alone (scope 1; ICAP, secondary source, 2025), and so does the EU's.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.carbon import CREDITS
from verdigrid.models.ledger import FixedCost
from verdigrid.models.offsets import Offsets
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyAccount, PolicyContext
from verdigrid.models.yearly import Yearly


class EmissionsTrading(Policy):
    """Duty to surrender allowances for emissions."""

    kind: Literal["emissions_trading"] = "emissions_trading"
    summary: ClassVar[str] = "allowances for emissions: free, bought, sold, offset"
    binds_baseline: ClassVar[bool] = True

    scopes: list[Literal[1, 2, 3]] = parameter(
        unit="", doc="scopes that must be surrendered for", factory=lambda: [1]
    )
    free_tonnes_per_year: float = parameter(
        unit="tCO2e/a", doc="allowances given for free; 0 if none", ge=0
    )
    price_per_tonne: float = parameter(
        unit="currency/tCO2e", doc="price of an allowance", ge=0
    )
    sell_price_per_tonne: float | None = parameter(
        None,
        unit="currency/tCO2e",
        doc="what an allowance that is not needed earns; nothing if not given",
        ge=0,
    )
    offsets: Offsets | None = parameter(
        None, unit="", doc="offsets that may be surrendered; none if not given"
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not self.scopes:
            raise ValueError("scopes needs at least one of 1, 2, 3")
        sell = self.sell_price_per_tonne
        if sell is not None and sell > self.price_per_tonne:
            raise ValueError(
                f"sell_price_per_tonne ({sell:g}) is above price_per_tonne "
                f"({self.price_per_tonne:g}): buying to sell would earn without end"
            )
        return self

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        free = self.free_tonnes_per_year
        block.bought_tonnes = pyo.Var(domain=pyo.NonNegativeReals)
        block.sold_tonnes = pyo.Var(bounds=(0.0, free))
        surrendered = block.bought_tonnes - block.sold_tonnes
        each = self.offsets.emissions_each if self.offsets is not None else None
        if self.offsets is not None and each is not None:
            block.offset_tonnes = pyo.Var(bounds=(0.0, self.offsets.at_most_tonnes))
            surrendered = surrendered + block.offset_tonnes
            block.offsets_within_share = pyo.Constraint(
                rule=lambda b: (
                    1000 * each * b.offset_tonnes
                    <= context.yearly_emissions(self.scopes, "location", CREDITS)
                )
            )
        block.surrender = pyo.Constraint(
            rule=lambda b: (
                context.yearly_emissions(self.scopes) - 1000 * surrendered
                <= 1000 * free
            )
        )
        for item, parts in self._trades().items():
            traded = [
                price * block.component(variable)
                for variable, price in parts.items()
                if block.component(variable) is not None and price
            ]
            if traded:
                context.ledger.fixed_costs.append(
                    FixedCost("carbon", context.name, item, sum(traded))
                )

    def _trades(self) -> dict[str, dict[str, float]]:
        """Prices of what is traded, by item of cost and variable.

        What is bought and sold is one item: where both cost the same, a plan may do
        both at once for nothing.
        """
        sold = -(self.sell_price_per_tonne or 0.0)
        prices = {"bought_tonnes": self.price_per_tonne, "sold_tonnes": sold}
        trades = {"allowances": prices}
        if self.offsets is not None:
            trades["offsets"] = {"offset_tonnes": self.offsets.price_per_tonne}
        return trades

    def recompute(self, year: Yearly, decided: Mapping[str, float]) -> PolicyAccount:
        emitted_kg = year.emitted(self.scopes)
        offset = decided.get("offset_tonnes", 0.0)
        bought = decided.get("bought_tonnes", 0.0) - decided.get("sold_tonnes", 0.0)
        lacking = emitted_kg / 1000 - self.free_tonnes_per_year - bought - offset
        gross_kg = year.emitted(self.scopes, "location", CREDITS)
        accepted = self.offsets.accepted_kg(gross_kg) / 1000 if self.offsets else 0.0
        return PolicyAccount(
            costs={
                ("carbon", item): sum(
                    price * decided.get(variable, 0.0)
                    for variable, price in parts.items()
                )
                for item, parts in self._trades().items()
            },
            residuals={
                "allowances surrendered, t": max(0.0, lacking),
                "offsets accepted, t": max(0.0, offset - accepted),
            },
        )

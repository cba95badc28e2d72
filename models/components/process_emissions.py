"""Process emissions: carbon that a process gives off, whatever energy it runs on.

    emitted(t) = kg_per_hour(t)                     or
    emitted(t) = factor x product(t)
    carbon: emitted(t), scope 1;  biogenic(t) beside the scopes

symbol    name                      unit   meaning
emitted   emitted_kg_per_hour       kg/h   carbon of the process, CO2e
factor    kg_per_tonne_product      kg/t   carbon of a tonne of product
product   product_tonnes_per_hour   t/h    what is produced
biogenic  biogenic_kg_per_hour      kg/h   carbon of plants (fermentation)

Calcination of limestone, reduction with carbon anodes, ammonia, refrigerants that leak:
what is burnt for heat stands in ``fuel_supply`` and is not counted here again. Nothing
is decided: it stands in plan and baseline alike, and only caps, prices and trading see
it. It has no bus, so in results firm by firm it is shared.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.carbon import BIOGENIC, Carbon
from verdigrid.models.component import (
    Account,
    Component,
    Dispatch,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile


class ProcessEmissions(Component):
    """Carbon of a process that no energy explains."""

    kind: Literal["process_emissions"] = "process_emissions"
    summary: ClassVar[str] = "carbon of a process (calcination, anodes), not of energy"

    source: str = parameter(unit="", doc="what it is called in the tables of carbon")
    kg_per_hour: Profile | None = parameter(
        None, unit="kg/h", doc="carbon of the process, CO2e"
    )
    kg_per_tonne_product: float | None = parameter(
        None, unit="kg/t", doc="carbon of a tonne of product, CO2e", ge=0
    )
    product_tonnes_per_hour: Profile | None = parameter(
        None, unit="t/h", doc="what is produced"
    )
    biogenic_kg_per_hour: Profile | None = parameter(
        None, unit="kg/h", doc="carbon of plants, reported beside the scopes"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        by_product = self.kg_per_tonne_product, self.product_tonnes_per_hour
        given = [value is not None for value in by_product]
        if any(given) != all(given):
            raise ValueError(
                "kg_per_tonne_product and product_tonnes_per_hour belong together"
            )
        if self.kg_per_hour is not None and any(given):
            raise ValueError("give either kg_per_hour: or kg_per_tonne_product:")
        if not any(given) and self.kg_per_hour is None and not self._is_biogenic:
            raise ValueError(
                "give kg_per_hour:, or kg_per_tonne_product: with "
                "product_tonnes_per_hour:, or biogenic_kg_per_hour:"
            )
        if not self.source.strip():
            raise ValueError("source is a name such as calcination")
        return self

    @property
    def _is_biogenic(self) -> bool:
        return self.biogenic_kg_per_hour is not None

    @property
    def _is_fossil(self) -> bool:
        return self.kg_per_hour is not None or self.kg_per_tonne_product is not None

    def _emitted(self, series: Mapping[str, Floats]) -> Floats:
        """Carbon of the process, kg/h (steps,)."""
        if self.kg_per_tonne_product is None:
            return series["kg_per_hour"]
        return self.kg_per_tonne_product * series["product_tonnes_per_hour"]

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Carbon of the process in every step."""
        return {"emitted": self._emitted(series)} if self._is_fossil else {}

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        hours = context.step_hours * context.calendar.year_weight
        if self._is_fossil:
            kg = hours * float(context.array("emitted").sum())
            # A limit needs something to decide on, even where nothing else emits.
            block.process = pyo.Block()
            block.process.runs = pyo.Var(bounds=(0.0, 1.0), doc="1: it does")
            block.process.always = pyo.Constraint(expr=block.process.runs == 1)
            if kg > 0:
                context.fixed_emission(1, self.source, kg * block.process.runs)
        if self._is_biogenic:
            kg = hours * float(context.array("biogenic_kg_per_hour").sum())
            context.fixed_emission(BIOGENIC, self.source, kg)

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        account, series = Account(), inputs.series
        if self._is_fossil:
            account.emissions[Carbon(1, self.source)] = self._emitted(series)
        if self._is_biogenic:
            biogenic = series["biogenic_kg_per_hour"]
            account.emissions[Carbon(BIOGENIC, self.source)] = biogenic
        return account

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        hours = inputs.calendar.step_hours * inputs.calendar.year_weight
        tonnes = {
            "biogenic" if carbon.scope == BIOGENIC else "emitted": float(kg.sum())
            for carbon, kg in self.recompute(inputs, dispatch).emissions.items()
        }
        figures = [
            Indicator(name, hours * kg / 1000, "t/a") for name, kg in tonnes.items()
        ]
        if self.product_tonnes_per_hour is not None:
            made = float(np.sum(inputs.series["product_tonnes_per_hour"])) * hours
            figures.append(Indicator("product", made, "t/a"))
        return figures

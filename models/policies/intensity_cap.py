"""Intensity cap: yearly emissions per tce of energy, per product or per value added.

    sum of emissions in the scopes  <=  at_most x reference

symbol       unit      meaning
reference    tce       energy use (``verdigrid.models.energy_use``), ``per: tce``
             t, money  ``output_per_year``, ``per: product`` or ``per: value_added``
at_most      tCO2e     per tce, per tonne of product, or per unit of value added

Power that counts by its equal value needs the same factor here as with the authority:
``electricity_kgce_per_kwh``. A horizon taken as it is has the output of the horizon.

Figures of 2025 and 2026 (secondary sources): zero-carbon factories 1.8 (basic) and 0.2
(target) tCO2/tce; zero-carbon parks 0.2 up to 1 Mtce a year, 0.3 beyond.
"""

from typing import ClassVar, Literal, Self

import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.carbon import LedgerName
from verdigrid.models.energy_use import (
    KGCE_PER_KWH,
    coal_equivalent_of_power,
    energy_use,
    scaled,
)
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyContext
from verdigrid.models.share import Parts
from verdigrid.models.surplus import Use
from verdigrid.models.yearly import Yearly

_UNITS = {
    "tce": "t CO2e/tce",
    "product": "t CO2e/t",
    "value_added": "t CO2e per unit of value added",
}


class IntensityCap(Policy):
    """A limit on emissions per energy used, per product or per value added."""

    kind: Literal["intensity_cap"] = "intensity_cap"
    summary: ClassVar[str] = "most emissions per tce, product or value added"
    amount_unit: ClassVar[str] = "kg"
    priced: ClassVar[tuple[str, float]] = ("tonne", 1000.0)

    scopes: list[Literal[1, 2, 3]] = parameter(
        unit="", doc="scopes that count: 1 fuel, 2 bought energy, 3 the rest"
    )
    at_most: float = parameter(
        unit="tCO2e per unit of reference", doc="the limit", ge=0
    )
    per: Literal["tce", "product", "value_added"] = parameter(
        unit="", doc="what emissions are divided by"
    )
    ledger: LedgerName = parameter(
        "location", unit="", doc="whether certificates and contracts count (market)"
    )
    output_per_year: float | None = parameter(
        None, unit="t/a or value/a", doc="product or value added of a year", gt=0
    )
    electricity_kgce_per_kwh: float = coal_equivalent_of_power()

    @model_validator(mode="after")
    def _knows_its_reference(self) -> Self:
        if not self.scopes:
            raise ValueError("scopes needs at least one of 1, 2, 3")
        if (self.per == "tce") != (self.output_per_year is None):
            raise ValueError("output_per_year: with per: product or value_added only")
        return self

    @property
    def limit(self) -> float:
        return self.at_most

    @property
    def unit(self) -> str:
        return _UNITS[self.per]

    @property
    def counts_use_of(self) -> Use | None:
        return "energy" if self.per == "tce" else None

    def _tce(self) -> Parts:
        """Energy use in tce; the measures are in kWh."""
        return scaled(energy_use(self.electricity_kgce_per_kwh), KGCE_PER_KWH / 1000)

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        if not context.emits(self.scopes, self.ledger):
            return  # nothing emits, so every limit is kept
        allowed_kg = 1000 * self.at_most
        if self.output_per_year is not None:
            most = allowed_kg * self.output_per_year
            block.limit = pyo.Constraint(
                rule=lambda b: (
                    context.yearly_emissions(self.scopes, self.ledger) <= most
                )
            )
            return
        allowed = scaled(self._tce(), -allowed_kg)
        block.limit = pyo.Constraint(
            rule=lambda b: (
                context.yearly_emissions(self.scopes, self.ledger)
                + context.yearly(allowed)
                <= 0
            )
        )

    def amount(self, year: Yearly) -> float:
        return year.emitted(self.scopes, self.ledger)

    def base(self, year: Yearly) -> float:
        if self.output_per_year is not None:
            return 1000 * self.output_per_year
        return 1000 * year.energy(self._tce())

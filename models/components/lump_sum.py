"""A lump sum: money that is spent in any case, whatever is planned around it.

    total = 1      it is bought once, neither more nor less (nothing in the baseline)

    investment           capex, replaced and written off like every asset
    yearly               om_per_year, and embodied carbon over its life

symbol    name    unit    meaning
total     price   1       always 1: the sum is paid, by an earlier stage or now

It is what a retrofit costs beside its machines: civil works, a substation, engineering,
permits. Retrofit packages with ``capex:`` bring one along.
"""

from typing import ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import ConfigDict, model_validator

from verdigrid.models.capacity import Capacity
from verdigrid.models.component import Account, Component, Dispatch, Inputs
from verdigrid.models.context import BuildContext
from verdigrid.models.parameter import parameter

#: Keys of the file by field; the sum has no size.
KEYS = {
    "capex_per_unit": "capex",
    "replacement_per_unit": "replacement",
    "om_per_unit_year": "om_per_year",
    "embodied_kg_per_unit": "embodied_kg",
}
#: All that can be said of a sum.
SAID = {*KEYS, "lifetime_years", "replacement_lifetime_years", "incentives"}


class OneSum(Capacity):
    """What is paid, as a capacity of which exactly one is bought."""

    model_config = ConfigDict(alias_generator=lambda name: KEYS.get(name, name))
    unit_name: ClassVar[str] = "piece"

    maximum: float | None = parameter(1.0, unit="1", doc="always 1: it is bought once")
    om_per_unit_year: float | None = parameter(
        0.0, unit="currency/a", doc="fixed yearly operation and maintenance", ge=0
    )
    capex_per_unit: float | None = parameter(
        None, unit="currency", doc="investment, paid in any case", ge=0
    )
    replacement_per_unit: float | None = parameter(
        None, unit="currency", doc="what it costs again; capex if not given", ge=0
    )
    embodied_kg_per_unit: float = parameter(
        0.0, unit="kgCO2e", doc="carbon of making it, counted over its life", ge=0
    )

    @model_validator(mode="after")
    def _is_a_sum(self) -> Self:
        wrong = set(self.model_dump(exclude_defaults=True)) - SAID
        if wrong:
            keys = ", ".join(sorted(KEYS.get(name, name) for name in SAID))
            raise ValueError(f"a sum has no {sorted(wrong)[0]}; give {keys}")
        return self

    @property
    def must_be_held(self) -> bool:
        """It is paid in any case."""
        return self.most_new > 0


class LumpSum(Component):
    """Money that is spent in any case."""

    kind: Literal["lump_sum"] = "lump_sum"
    summary: ClassVar[str] = "money spent in any case: civil works, engineering"
    default_lifetime_years: ClassVar[float] = 20.0
    lifetime_source: ClassVar[str] = "engineering estimate, 2026"

    price: OneSum = parameter(unit="1", doc="what is paid: capex, om_per_year, life")

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        """Nothing in operation: the core books the purchase."""

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        due = self.price.limit - inputs.sizes["price"]
        return Account(residuals={"paid in full": np.abs(np.array([due]))})

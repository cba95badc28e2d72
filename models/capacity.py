"""How much of an asset there is, what more of it costs: one model for all.

    total = existing + new,   0 <= new <= maximum - existing
    minimum * build <= new <= (maximum - existing) * build     (only where a fixed
                                                                cost or a minimum
                                                                asks for the decision)

    investment = capex_per_unit * new + capex_fixed * build
    net present cost of it = investment * investment_factor (purchase, replacements
                                                             and salvage)
    yearly: om_per_unit_year * total, and embodied carbon of new over its life

symbol    name           unit       meaning
existing  existing_kw    kW         stands already; costs nothing to own, pays O&M
new       new            kW         bought by the plan
total     size           kW         what dispatch may use
minimum   min_kw         kW         smallest purchase, if any is made
maximum   max_kw         kW         largest total
build     build          0 or 1     whether anything is bought

The unit stands in the key names (``max_kw``, ``capex_per_kwh``): one subclass for
each unit, with the same fields behind other names.
"""

from typing import Any, Self

import pyomo.environ as pyo
from pydantic import ConfigDict, model_validator

from verdigrid.models.parameter import Strict, parameter


def _named_after(unit: str) -> Any:
    """Alias generator: the key in the file carries the unit of the capacity."""
    keys = {
        "existing": f"existing_{unit}",
        "minimum": f"min_{unit}",
        "maximum": f"max_{unit}",
        "capex_per_unit": f"capex_per_{unit}",
        "om_per_unit_year": f"om_per_{unit}_year",
        "embodied_kg_per_unit": f"embodied_kg_per_{unit}",
    }
    return lambda name: keys.get(name, name)


class Capacity(Strict):
    """Existing and possible capacity of an asset, per unit of its size."""

    existing: float = parameter(0.0, unit="unit", doc="capacity that stands", ge=0)
    maximum: float | None = parameter(
        None,
        unit="unit",
        doc="largest total capacity; without it nothing new is built",
        ge=0,
    )
    minimum: float = parameter(
        0.0, unit="unit", doc="smallest purchase, if any is made", ge=0
    )
    capex_per_unit: float | None = parameter(
        None, unit="currency/unit", doc="investment per new unit", ge=0
    )
    capex_fixed: float = parameter(
        0.0,
        unit="currency",
        doc="investment due as soon as anything is built (makes a yes/no decision)",
        ge=0,
    )
    om_per_unit_year: float | None = parameter(
        None, unit="currency/unit/a", doc="fixed yearly operation and maintenance", ge=0
    )
    lifetime_years: float | None = parameter(
        None,
        unit="a",
        doc="technical life; the component's own default if not given",
        gt=0,
    )
    embodied_kg_per_unit: float = parameter(
        0.0,
        unit="kgCO2e/unit",
        doc="carbon of making a new unit, counted over its life; 0 counts none",
        ge=0,
    )

    @property
    def limit(self) -> float:
        """Largest total capacity."""
        return self.existing if self.maximum is None else self.maximum

    @property
    def room(self) -> float:
        """Largest new capacity."""
        return max(0.0, self.limit - self.existing)

    @property
    def has_decision(self) -> bool:
        """True if buying is a yes/no decision."""
        return self.room > 0 and (self.capex_fixed > 0 or self.minimum > 0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        name = {
            field: info.alias or field
            for field, info in type(self).model_fields.items()
        }
        if self.maximum is not None and self.maximum < self.existing:
            raise ValueError(
                f"{name['maximum']} is the total and must not be below "
                f"{name['existing']} ({self.existing:g})"
            )
        if self.minimum > self.room > 0:
            raise ValueError(
                f"{name['minimum']} ({self.minimum:g}) is more than can be bought "
                f"({self.room:g})"
            )
        missing = []
        if self.room > 0 and self.capex_per_unit is None:
            missing.append(name["capex_per_unit"])
        if self.limit > 0 and self.om_per_unit_year is None:
            missing.append(name["om_per_unit_year"])
        if missing:
            raise ValueError(
                f"{' and '.join(missing)} missing: money has no built-in default; "
                "give 0 if it costs nothing, or extend a cost file"
            )
        return self

    def only_existing(self) -> Self:
        """The same capacity with nothing to buy (the baseline's view)."""
        return self.model_copy(update={"maximum": self.existing, "minimum": 0.0})

    def build(self, block: pyo.Block) -> Any:
        """Put the design decision on ``block``; returns the total as an expression."""
        if self.room == 0:
            return self.existing
        block.new = pyo.Var(bounds=(0.0, self.room), doc="new capacity, unit of size")
        if self.has_decision:
            block.build = pyo.Var(domain=pyo.Binary, doc="1 if anything is bought")
            block.new_only_if_built = pyo.Constraint(
                rule=lambda b: b.new <= self.room * b.build
            )
            if self.minimum > 0:
                block.minimum_if_built = pyo.Constraint(
                    rule=lambda b: b.new >= self.minimum * b.build
                )
        return self.existing + block.new

    def investment(self, new: Any, build: Any) -> Any:
        """Investment of ``new`` units, ``build`` 1 if any; currency (or expression)."""
        per_unit = self.capex_per_unit or 0.0
        return per_unit * new + (self.capex_fixed * build if self.capex_fixed else 0.0)


class PowerCapacity(Capacity):
    """A capacity in kW."""

    model_config = ConfigDict(alias_generator=_named_after("kw"))


class EnergyCapacity(Capacity):
    """A capacity in kWh."""

    model_config = ConfigDict(alias_generator=_named_after("kwh"))


def unit_of_capacity(capacity: Capacity) -> str:
    """Unit of a capacity, as written in tables."""
    return "kWh" if isinstance(capacity, EnergyCapacity) else "kW"

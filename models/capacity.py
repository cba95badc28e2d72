"""How much of an asset there is, what more of it costs: one model for all.

    total = kept + new,   0 <= new,   total <= maximum
    kept  = existing                                           (less, where ``retire``
                                                                allows it)
    minimum * build <= new <= most * build                     (only where a fixed cost,
                                                                a minimum or a policy
                                                                asks for the decision)
    new = unit * units,  or  sum of size * count               (in units, of products)

    investment = price of new + capex_fixed * build
    price      = capex_per_unit * new, or by cost_curve, or of the products
    again      = investment, or replacement_per_unit * new if that is given
    net present cost = (investment - rebate) * (worth of a purchase)
                       + again * (worth of its replacements)         see ``finance.py``
    yearly: om_per_unit_year * total, and embodied carbon of new over its life

symbol    name           unit       meaning
existing  existing_kw    kW         stands already; pays O&M, and its renewals if
                                    ``remaining_years`` says when they are due
kept      kept           kW         what the plan keeps of it
new       new            kW         bought by the plan
total     size           kW         what dispatch may use
minimum   min_kw         kW         smallest purchase, if any is made
maximum   max_kw         kW         largest total
most      most_new       kW         largest purchase
build     build          0 or 1     whether anything is bought
units     units, count   1          how many units, or pieces of a product, are bought

What can be said of it stands in ``sizing.py``, more in ``cost_curve.py``,
``catalogue.py``, ``retirement.py``. The unit stands in the key names (``max_kw``,
``capex_per_kwh``): one subclass for each unit.
"""

from typing import Any, ClassVar

import pyomo.environ as pyo
from pydantic import ConfigDict

from verdigrid.models.capacity_rules import SAME
from verdigrid.models.catalogue import (
    EnergyProduct,
    PowerProduct,
    build_catalogue,
    total_of,
)
from verdigrid.models.cost_curve import EnergySegment, PowerSegment
from verdigrid.models.held import Held
from verdigrid.models.parameter import parameter
from verdigrid.models.retirement import EnergyRetirement, PowerRetirement
from verdigrid.models.sizing import Sizing


class Capacity(Sizing):
    """Existing and possible capacity of an asset, per unit of its size."""

    # -- the model ------------------------------------------------------------------

    def build(
        self, block: pyo.Block, decide: bool = False, cheapest_first: bool = True
    ) -> tuple[Held, Any]:
        """Put the design decisions on ``block``; returns what is held, and its price.

        ``decide`` asks for the yes/no decision. ``cheapest_first`` is False where a
        plan gains by a dearer purchase.
        """
        kept: Any = self.existing
        if self.retire is not None:
            unit = self.unit if self.existing_units is not None else None
            kept = self.retire.build(block, self.existing, unit)
        most = self.most_new
        if most == 0:
            return Held(self.existing, kept, 0.0, 0.0), 0.0
        block.new = pyo.Var(bounds=(0.0, most), doc="new capacity, unit of size")
        build: Any = None
        if self.has_decision or decide:
            build = self._build_decision(block, most)
        may_keep = self.retire is not None and not self.is_forced
        if may_keep and self.existing + most > self.limit * (1 + SAME):
            block.total_limit = pyo.Constraint(expr=kept + block.new <= self.limit)
        counts: dict[str, Any] = {}
        units: Any = None
        if self.catalogue:
            counts = build_catalogue(block, self.catalogue, self.choice, build)
        elif self.unit is not None:
            units = self._build_units(block, build)
        held = Held(self.existing, kept, block.new, build, counts, units)
        return held, self._build_price(block, held, cheapest_first)

    def _build_decision(self, block: pyo.Block, most: float) -> Any:
        block.build = pyo.Var(domain=pyo.Binary, doc="1 if anything is bought")
        block.new_only_if_built = pyo.Constraint(expr=block.new <= most * block.build)
        if self.minimum > 0:
            least = self.minimum * block.build
            block.minimum_if_built = pyo.Constraint(expr=block.new >= least)
        return block.build

    def _build_units(self, block: pyo.Block, build: Any) -> Any:
        block.units = pyo.Var(
            domain=pyo.NonNegativeIntegers,
            bounds=(0, self.most_units),
            doc="units bought",
        )
        block.new_is_units = pyo.Constraint(expr=block.new == self.unit * block.units)
        if build is not None:
            block.unit_if_built = pyo.Constraint(expr=block.units >= build)
        return block.units

    def _build_price(self, block: pyo.Block, held: Held, cheapest_first: bool) -> Any:
        """Today's price of what is bought, an expression."""
        fixed = self.capex_fixed * held.build if self.capex_fixed else 0.0
        if self.catalogue:
            return self.listed_price(held) + fixed
        curve = self.curve
        if curve is not None:
            return curve.build(block, held.new, held.build, cheapest_first) + fixed
        return (self.capex_per_unit or 0.0) * held.new + fixed

    def listed_price(self, held: Held) -> Any:
        """Price of the pieces that are bought, currency; number or expression."""
        return total_of(self._products, held.counts, lambda p: p.capex)

    # -- money and carbon: in numbers or expressions ---------------------------------

    def investment(self, held: Held) -> float:
        """Today's price of what is bought, in numbers; currency."""
        fixed = self.capex_fixed * float(held.build or 0.0)
        if self.catalogue:
            return float(self.listed_price(held)) + fixed
        curve = self.curve
        if curve is not None:
            return curve.cost(float(held.new)) + fixed
        return (self.capex_per_unit or 0.0) * float(held.new) + fixed

    def replacement_price(self, held: Held, price: Any) -> Any:
        """Today's price of replacing what is bought, for which ``price`` is paid."""
        each = self.replacement_per_unit
        return price if each is None else each * held.new

    def om_per_year(self, held: Held) -> Any:
        """Fixed operation and maintenance, currency per year."""
        each = self.om_per_unit_year or 0.0
        if self.catalogue:
            counts = held.all_counts
            products = total_of(self.catalogue, counts, lambda p: p.om_per_year)
            return each * held.kept + products
        return each * held.total

    def embodied_kg(self, held: Held) -> Any:
        """Carbon of making what is bought, kg CO2e."""
        if self.catalogue:
            return total_of(self.catalogue, held.all_counts, lambda p: p.embodied_kg)
        return self.embodied_kg_per_unit * (held.new + held.carried)

    @property
    def pays_om(self) -> bool:
        """True if operation and maintenance is not nothing."""
        return any([self.om_per_unit_year, *(p.om_per_year for p in self._products)])

    @property
    def embodies(self) -> bool:
        """True if making it counts carbon."""
        each = self.embodied_kg_per_unit
        return any([each, *(p.embodied_kg for p in self._products)])


def _named_after(unit: str) -> Any:
    """Alias generator: the key in the file carries the unit of the capacity."""
    keys = {
        "existing": f"existing_{unit}",
        "unit": f"unit_{unit}",
        "minimum": f"min_{unit}",
        "maximum": f"max_{unit}",
        "capex_per_unit": f"capex_per_{unit}",
        "om_per_unit_year": f"om_per_{unit}_year",
        "replacement_per_unit": f"replacement_per_{unit}",
        "embodied_kg_per_unit": f"embodied_kg_per_{unit}",
        "renewal_per_unit": f"renewal_per_{unit}",
    }
    return lambda name: keys.get(name, name)


class PowerCapacity(Capacity):
    """A capacity in kW."""

    model_config = ConfigDict(alias_generator=_named_after("kw"))

    cost_curve: list[PowerSegment] | None = parameter(
        None, unit="", doc="instead of one price, a price for each stretch of size"
    )
    catalogue: list[PowerProduct] | None = parameter(
        None, unit="", doc="instead of a price per unit, products with size and price"
    )
    retire: PowerRetirement | None = parameter(
        None, unit="", doc="leave to give up what stands; it is kept if not given"
    )


class EnergyCapacity(Capacity):
    """A capacity in kWh."""

    unit_name: ClassVar[str] = "kWh"
    model_config = ConfigDict(alias_generator=_named_after("kwh"))

    cost_curve: list[EnergySegment] | None = parameter(
        None, unit="", doc="instead of one price, a price for each stretch of size"
    )
    catalogue: list[EnergyProduct] | None = parameter(
        None, unit="", doc="instead of a price per unit, products with size and price"
    )
    retire: EnergyRetirement | None = parameter(
        None, unit="", doc="leave to give up what stands; it is kept if not given"
    )


def unit_of_capacity(capacity: Capacity) -> str:
    """Unit of a capacity, as written in tables."""
    return capacity.unit_name

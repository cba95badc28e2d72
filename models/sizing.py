"""What a file says of a capacity, and how large that lets it be.

The rules that follow from it, and what it costs, are in ``capacity.py``; what may not
be said is in ``capacity_rules.py``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import model_validator

from verdigrid.models.capacity_rules import SAME, refuse_nonsense
from verdigrid.models.catalogue import Choice, Product, largest
from verdigrid.models.cost_curve import Curve, Segment, curve_up_to
from verdigrid.models.incentives import Incentives
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.retirement import Retirement

#: Shorter lives are mistakes, years: what lasts hours is a running cost.
LEAST_LIFE = 0.001


class Sizing(Strict):
    """Sizes, prices and lives of a capacity, per unit of its size."""

    unit_name: ClassVar[str] = "kW"

    existing: float = parameter(0.0, unit="unit", doc="capacity that stands", ge=0)
    existing_units: int | None = parameter(
        None, unit="1", doc="the same as a number of units", ge=0
    )
    maximum: float | None = parameter(
        None,
        unit="unit",
        doc="largest total capacity; without it nothing new is built",
        ge=0,
    )
    minimum: float = parameter(
        0.0, unit="unit", doc="smallest purchase, if any is made", ge=0
    )
    unit: float | None = parameter(
        None, unit="unit", doc="size of a unit; new capacity is so many of them", gt=0
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
    cost_curve: Sequence[Segment] | None = parameter(
        None, unit="", doc="instead of one price, a price for each stretch of size"
    )
    catalogue: Sequence[Product] | None = parameter(
        None, unit="", doc="instead of a price per unit, products with size and price"
    )
    catalogue_choice: Choice | None = parameter(
        None, unit="", doc="pieces of one product, or of any together; one if not given"
    )
    om_per_unit_year: float | None = parameter(
        None,
        unit="currency/unit/a",
        doc="fixed yearly operation and maintenance (products say their own)",
        ge=0,
    )
    lifetime_years: float | None = parameter(
        None,
        unit="a",
        doc="technical life; the component's own default if not given",
        ge=LEAST_LIFE,
    )
    replacement_per_unit: float | None = parameter(
        None,
        unit="currency/unit",
        doc="what replacing a bought unit costs; its whole price again if not given",
        ge=0,
    )
    replacement_lifetime_years: float | None = parameter(
        None,
        unit="a",
        doc="life of each replacement; as of the first if not given",
        ge=LEAST_LIFE,
    )
    embodied_kg_per_unit: float = parameter(
        0.0,
        unit="kgCO2e/unit",
        doc="carbon of making a new unit, counted over its life; 0 counts none",
        ge=0,
    )
    remaining_years: float | None = parameter(
        None,
        unit="a",
        doc="until what stands must be renewed; without it that is never counted",
        ge=0,
    )
    renewal_per_unit: float | None = parameter(
        None,
        unit="currency/unit",
        doc="what renewing a unit that stands costs; the price of a new one if not "
        "given",
        ge=0,
    )
    retire: Retirement | None = parameter(
        None, unit="", doc="leave to give up what stands; it is kept if not given"
    )
    incentives: Incentives | None = parameter(
        None, unit="", doc="rebates and tax rules of a purchase; none if not given"
    )

    # -- how large it can be ------------------------------------------------------

    @property
    def limit(self) -> float:
        """Largest total capacity."""
        stays = 0.0 if self.is_forced else self.existing
        if self.catalogue and self.maximum is None:
            return stays + largest(self.catalogue, self.choice, float("inf"))
        return stays if self.maximum is None else self.maximum

    @property
    def least(self) -> float:
        """Smallest total capacity."""
        return self.existing if self.retire is None else 0.0

    @property
    def room(self) -> float:
        """By how much the total can differ; 0 if its size is no decision."""
        return max(0.0, self.limit - self.least)

    @property
    def most_new(self) -> float:
        """Largest purchase."""
        if self.catalogue:
            room = float("inf") if self.maximum is None else self.room
            return largest(self.catalogue, self.choice, room)
        if self.maximum is None:
            return 0.0
        return self.room if self.unit is None else self.unit * self.most_units

    @property
    def most_units(self) -> int:
        """Most units that can be bought, where they are counted."""
        room = self.room if self.maximum is not None else 0.0
        return int(room / (self.unit or 1.0) * (1 + SAME) + SAME)

    @property
    def least_new(self) -> float:
        """Smallest purchase, if any is made; 0 if there is none."""
        pieces = [product.size for product in self._products]
        return max(self.minimum, min(pieces, default=self.unit or 0.0))

    @property
    def has_decision(self) -> bool:
        """True if buying is a yes/no decision by itself."""
        return self.most_new > 0 and (self.capex_fixed > 0 or self.minimum > 0)

    @property
    def choice(self) -> Choice:
        """Whether only pieces of one product can be bought."""
        return self.catalogue_choice or "one"

    @property
    def curve(self) -> Curve | None:
        """The cost curve as far as can be bought."""
        if not self.cost_curve or self.most_new == 0:
            return None
        return curve_up_to(self.cost_curve, self.most_new)

    @property
    def renewal_price(self) -> float:
        """What renewing a unit that stands costs, currency; 0 if never counted."""
        if self.remaining_years is None:
            return 0.0
        own = self.renewal_per_unit
        return (self.capex_per_unit or 0.0) if own is None else own

    @property
    def is_plain(self) -> bool:
        """True if what is bought has one price and any size."""
        return not (self.unit or self.cost_curve or self.catalogue or self.retire)

    @property
    def must_be_held(self) -> bool:
        """True if the plan has no choice but to hold all that it can."""
        return False

    @property
    def is_forced(self) -> bool:
        """True if the plan must give up all that stands."""
        return self.retire is not None and self.retire.forced

    @property
    def _products(self) -> Sequence[Product]:
        return self.catalogue or []

    # -- what is refused ------------------------------------------------------------

    @model_validator(mode="before")
    @classmethod
    def _units_that_stand(cls, data: Any) -> Any:
        """``existing_units`` says what ``existing`` is."""
        if not isinstance(data, dict):
            return data
        count = data.get("existing_units")
        key, unit_key = (str(cls.model_fields[n].alias) for n in ("existing", "unit"))
        unit = data.get(unit_key)
        if isinstance(count, int) and isinstance(unit, (int, float)):
            return {key: float(count * unit), **data}
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse_nonsense(self)
        return self

    def only_existing(self) -> Self:
        """The same capacity with nothing to buy or give up (the baseline's view)."""
        nothing = dict.fromkeys(("cost_curve", "catalogue", "retire"))
        return self.model_copy(
            update={"maximum": self.existing, "minimum": 0.0, **nothing}
        )

"""What a purchase gets from others: rebates, and tax rules of its own.

    rebate = rebate_share price + rebate_per_unit units

It is paid with the purchase, once (replacements get none), and what it pays earns
neither credit nor depreciation. Both parts are linear in the units bought, so that a
plan stays one. A ceiling on the rebate is not: it would make every unit beyond it
dearer than those before, which no single price can say. Where a ceiling binds, state
the rebate as ``rebate_per_unit`` = ceiling / units of the size in question.
"""

from typing import Any, Self

from pydantic import model_validator

from verdigrid.models.depreciation import Depreciation, require_years
from verdigrid.models.parameter import Strict, parameter


class Incentives(Strict):
    """Rebates and tax rules of one capacity; what is not given is the scenario's."""

    rebate_share: float = parameter(
        0.0, unit="1", doc="rebate as a share of the price", ge=0, le=1
    )
    rebate_per_unit: float = parameter(
        0.0, unit="currency/unit", doc="rebate for each new unit", ge=0
    )
    credit_share: float | None = parameter(
        None,
        unit="1",
        doc="tax credit at the end of year 1, as a share of what was paid; that of "
        "finance.tax if not given",
        ge=0,
        le=1,
    )
    depreciation: Depreciation | None = parameter(
        None, unit="1", doc="how it is depreciated; as in finance.tax if not given"
    )
    depreciation_years: int | None = parameter(
        None, unit="a", doc="with straight_line and declining", ge=1, le=60
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require_years(self.depreciation, self.depreciation_years)
        return self

    @property
    def needs_tax(self) -> bool:
        """True if there is something that only ``finance.tax`` gives a meaning."""
        return self.credit_share is not None or self.depreciation is not None

    def rebate(self, price: Any, units: Any) -> Any:
        """What is paid back of the ``price`` of ``units``, number or expression."""
        return self.rebate_share * price + self.rebate_per_unit * units


def after_rebate(incentives: Incentives | None, price: Any, units: Any) -> Any:
    """What is paid for ``units``, number or expression."""
    return price if incentives is None else price - incentives.rebate(price, units)

"""What the meters said in a past year, to compare a recomputed year with."""

from typing import Self

from pydantic import model_validator

from verdigrid.models.parameter import Strict, parameter


class MeteredMonth(Strict):
    """A month of the meter readings; a figure that is not known is left out."""

    month: int = parameter(unit="", doc="1 for January", ge=1, le=12)
    electricity_kwh: float | None = parameter(
        None, unit="kWh", doc="electricity bought", ge=0
    )
    peak_kw: float | None = parameter(
        None, unit="kW", doc="highest import that was billed", ge=0
    )
    fuel_kwh: float | None = parameter(
        None, unit="kWh", doc="fuel bought, on its lower heating value", ge=0
    )
    bill: float | None = parameter(None, unit="currency", doc="electricity bill")


class Metered(Strict):
    """Meter readings and bills of a past year."""

    year: int = parameter(unit="", doc="calendar year of the readings", ge=1950)
    monthly: list[MeteredMonth] = parameter(
        unit="", doc="one row a month, each month at most once", factory=list
    )

    @model_validator(mode="after")
    def _each_month_once(self) -> Self:
        months = [row.month for row in self.monthly]
        twice = sorted({month for month in months if months.count(month) > 1})
        if twice:
            raise ValueError(f"each month once; twice or more: {twice}")
        return self

"""Basic charge of the Chinese two-part tariff: on capacity, contract or peak.

    transformer_capacity   cost(m) = per_kva x transformer
    contracted_demand      cost(m) = per_kw x (contract(m) + 2 x excess(m))
                           excess(m) >= peak(m) - 1.05 contract(m)
                           contract(m) >= 0.4 x transformer
    actual_demand          cost(m) = per_kw x peak(m)

With ``mode: choose`` the plan takes one mode for the whole year; then contract, excess
and the peak that is paid for follow their rows only where their mode is chosen:

    by_capacity + by_contract + by_demand = 1
    paid(m)     >= peak(m) - most (1 - by_demand)
    excess(m)   >= peak(m) - 1.05 contract(m) - most (1 - by_contract)
    contract(m) >= 0.4 x transformer x by_contract

symbol        name             unit    meaning
peak          peak_kw          kW      highest import of the month
contract      contract_kw      kW      contracted demand: given, or chosen by the plan
excess        excess_kw        kW      what is billed at twice the rate
paid          paid_kw          kW      the peak, if it is paid for
transformer   transformer_kva  kVA     installed capacity
most          import_limit_kw  kW      of the connection
by_..         by_..            0 or 1  the mode that is chosen

Rules: National Development and Reform Commission, notice 发改办价格[2016]1583号, 2016
(a contract may be changed every month, floor of 40 % of the installed capacity), and
State Grid notice 国家电网财[2016]633号, 2016 (above 105 % the charge is doubled).
"""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.component import BillLine
from verdigrid.models.parameter import parameter
from verdigrid.models.tariffs.charge import Charge, Meter, Readings

Mode = Literal["transformer_capacity", "contracted_demand", "actual_demand", "choose"]
_BY = {
    "by_capacity": "transformer_capacity",
    "by_contract": "contracted_demand",
    "by_demand": "actual_demand",
}


class BasicCharge(Charge):
    """The part of a two-part tariff that does not count kilowatt-hours."""

    mode: Mode = parameter(unit="", doc="what is charged, or that the plan chooses")
    transformer_kva: float | None = parameter(
        None, unit="kVA", doc="installed capacity of transformers and HV motors", gt=0
    )
    per_kva_month: float | None = parameter(
        None, unit="currency/kVA/month", doc="price of installed capacity", ge=0
    )
    per_kw_month: float | None = parameter(
        None, unit="currency/kW/month", doc="price of demand", ge=0
    )
    contract_kw: float | None = parameter(
        None, unit="kW", doc="contracted demand; the plan chooses it if not given", ge=0
    )
    contract_per: Literal["month", "year"] = parameter(
        "month", unit="", doc="how often the plan may choose it"
    )
    contract_floor: float = parameter(
        0.4,
        unit="1",
        doc="least contract, share of the installed capacity (1 kW per kVA)",
        source="NDRC, notice 1583 of 2016",
        ge=0,
        le=1,
    )
    contract_tolerance: float = parameter(
        1.05,
        unit="1",
        doc="up to this multiple of the contract nothing is added",
        source="State Grid, notice 633 of 2016",
        ge=1,
    )
    excess_factor: float = parameter(
        2.0,
        unit="1",
        doc="how often the rate counts for what is above",
        source="State Grid, notice 633 of 2016",
        ge=1,
    )

    @model_validator(mode="after")
    def _what_the_mode_needs(self) -> Self:
        needed = {
            "transformer_capacity": ["transformer_kva", "per_kva_month"],
            "contracted_demand": ["transformer_kva", "per_kw_month"],
            "actual_demand": ["per_kw_month"],
            "choose": ["transformer_kva", "per_kva_month", "per_kw_month"],
        }[self.mode]
        missing = sorted(set(needed) - set(self.model_dump(exclude_none=True)))
        if missing:
            raise ValueError(f"mode {self.mode} needs {' and '.join(missing)}")
        return self

    @property
    def item(self) -> str:
        return "basic charge"

    @property
    def _rate(self) -> float:
        return self.per_kw_month or 0.0

    @property
    def _capacity_cost(self) -> float:
        return (self.per_kva_month or 0.0) * (self.transformer_kva or 0.0)

    @property
    def _floor_kw(self) -> float:
        return self.contract_floor * (self.transformer_kva or 0.0)

    # -- in the model -----------------------------------------------------------

    def build(self, part: pyo.Block, meter: Meter) -> Sequence[Any]:
        if self.mode == "transformer_capacity":
            return [self._capacity_cost for _ in meter.months]
        peak = meter.peaks(np.ones(meter.calendar.periods, dtype=np.bool_))
        if self.mode == "actual_demand":
            return [self._rate * peak[m] for m in meter.months]
        if self.mode == "contracted_demand":
            return self._build_contract(part, meter, peak, 1.0)
        return self._build_choice(part, meter, peak)

    def _build_choice(
        self, part: pyo.Block, meter: Meter, peak: pyo.Var
    ) -> Sequence[Any]:
        block, months, most = meter.block, meter.months, meter.most_kw
        block.by_capacity = pyo.Var(domain=pyo.Binary)
        block.by_contract = pyo.Var(domain=pyo.Binary)
        block.by_demand = pyo.Var(domain=pyo.Binary)
        part.one_mode = pyo.Constraint(
            expr=block.by_capacity + block.by_contract + block.by_demand == 1
        )
        part.paid_kw = pyo.Var(months, bounds=(0.0, most))
        part.paid_if_chosen = pyo.Constraint(months)
        for m in months:
            unless = most * (1 - block.by_demand)
            part.paid_if_chosen[m] = part.paid_kw[m] >= peak[m] - unless
        contract = self._build_contract(part, meter, peak, block.by_contract)
        capacity = self._capacity_cost * block.by_capacity
        return [capacity + contract[m] + self._rate * part.paid_kw[m] for m in months]

    def _build_contract(
        self, part: pyo.Block, meter: Meter, peak: pyo.Var, chosen: Any
    ) -> list[Any]:
        """Cost of the contract in each month; ``chosen`` is 1, or a decision."""
        months, most = meter.months, meter.most_kw
        part.excess_kw = pyo.Var(months, bounds=(0.0, most))
        part.above_contract = pyo.Constraint(months)
        contract = self._contract(part, meter, chosen)
        for m in months:
            free = self.contract_tolerance * contract[m] + most * (1 - chosen)
            part.above_contract[m] = part.excess_kw[m] >= peak[m] - free
        twice = self._rate * self.excess_factor
        return [self._rate * contract[m] + twice * part.excess_kw[m] for m in months]

    def _contract(self, part: pyo.Block, meter: Meter, chosen: Any) -> list[Any]:
        """Contracted demand of each month, 0 where it is not chosen."""
        months, block = meter.months, meter.block
        if self.contract_kw is not None:
            given = max(self.contract_kw, self._floor_kw)
            return [given * chosen for _ in months]
        bounds = (0.0, max(meter.most_kw, self._floor_kw))
        if self.contract_per == "year":
            block.contract_kw = pyo.Var(bounds=bounds)
            part.contract_floor = pyo.Constraint(
                expr=block.contract_kw >= self._floor_kw * chosen
            )
            return [block.contract_kw for _ in months]
        block.contract_kw = pyo.Var(meter.context.months, bounds=bounds)
        part.contract_floor_of_month = pyo.Constraint(months)
        for m in months:
            floor = self._floor_kw * chosen
            part.contract_floor_of_month[m] = block.contract_kw[m] >= floor
        return [block.contract_kw[m] for m in months]

    # -- on paper ---------------------------------------------------------------

    def _mode(self, readings: Readings) -> str:
        if self.mode != "choose":
            return self.mode
        chosen = max(_BY, key=lambda name: float(readings.dispatch[name]))
        return _BY[chosen]

    def _paper_contract(self, readings: Readings) -> Floats:
        """Contracted demand of each month, kW (months,)."""
        months = len(readings.calendar.month_names)
        if self.contract_kw is not None:
            return np.full(months, max(self.contract_kw, self._floor_kw))
        decided: Floats = np.zeros(months) + readings.dispatch["contract_kw"]
        return decided

    def bill(self, readings: Readings) -> list[BillLine]:
        calendar, mode = readings.calendar, self._mode(readings)
        ones = np.ones(len(calendar.month_names))
        if mode == "transformer_capacity":
            size = (self.transformer_kva or 0.0) * ones
            amount = self._capacity_cost * ones
            return [BillLine("basic charge, capacity", "kVA", size, amount, "fixed")]
        peak = calendar.monthly_maxima(readings.imported)
        rate = self._rate
        if mode == "actual_demand":
            return [BillLine("basic charge, peak", "kW", peak, rate * peak, "demand")]
        contract = self._paper_contract(readings)
        excess = np.maximum(peak - self.contract_tolerance * contract, 0)
        return [
            BillLine(
                "basic charge, contract",
                "kW contracted",
                contract,
                rate * contract,
                "demand",
            ),
            BillLine(
                "basic charge, excess",
                "kW above contract",
                excess,
                rate * self.excess_factor * excess,
                "demand",
            ),
        ]

    def residuals(self, readings: Readings) -> dict[str, Floats]:
        """Contract at least its floor, and one mode that is really chosen."""
        found = {}
        mode = self._mode(readings)
        if self.mode == "choose":
            chosen = [float(readings.dispatch[name]) for name in _BY]
            others = sum(chosen) - max(chosen)
            found["one basic charge"] = np.array([max(chosen) - 1, others])
        if mode == "contracted_demand" and self.contract_kw is None:
            short = self._floor_kw - self._paper_contract(readings)
            found["contract floor"] = np.maximum(short, 0)
        return found

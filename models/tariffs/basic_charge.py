"""Basic charge of the Chinese two-part tariff: on capacity, contract or peak.

    transformer_capacity   cost(m) = per_kva x transformer
    contracted_demand      cost(m) = per_kw x (contract(m) + 2 x excess(m))
                           excess(m) >= peak(m) - 1.05 contract(m)
                           contract(m) >= 0.4 x transformer
    actual_demand          cost(m) = per_kw x peak(m)

With ``mode: choose`` the plan takes one mode, for the year or for every quarter; then
contract, excess and the peak that is paid for follow their rows only where their mode
is chosen:

    by_capacity(m) + by_contract(m) + by_demand(m) = 1
    paid(m)     >= peak(m) - most (1 - by_demand(m))
    excess(m)   >= peak(m) - 1.05 contract(m) - most (1 - by_contract(m))
    contract(m) >= 0.4 x transformer x by_contract(m)

Who uses much pays less for demand (``rebate``): from 260 kWh per kVA and month on,
90 %. Whether a month gets there is a decision, because a plan may see to it:

    used(m) >= 260 transformer rebated(m)
    used(m) <= 260 transformer + most_kwh rebated(m)
    saved(m) <= 0.1 demand part of cost(m),   saved(m) <= most_saved rebated(m)
    cost(m) = capacity part + demand part - saved(m)

symbol        name             unit      meaning
peak          peak_kw          kW        highest import of the month
contract      contract_kw      kW        contracted demand: given, or chosen by the plan
excess        excess_kw        kW        what is billed at twice the rate
paid          paid_kw          kW        the peak, if it is paid for
transformer   transformer_kva  kVA       installed capacity
most          import_limit_kw  kW        of the connection
by_..         by_..            0 or 1    the mode that is chosen
used          -                kWh       bought in the month
rebated       rebated          0 or 1    whether enough is used
saved         saved            currency  what the rebate takes off

Rules: National Development and Reform Commission, notice 发改办价格[2016]1583号, 2016
(mode for a quarter at least, contract for a month; floor of 40 % of the installed
capacity), State Grid notice 国家电网财[2016]633号, 2016 (above 105 % the charge is
doubled), and NDRC notice 发改价格[2023]526号, 2023 (the rebate; as commonly reported).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.calendar import Calendar
from verdigrid.models.component import BillLine
from verdigrid.models.parameter import Strict, parameter
from verdigrid.models.tariffs.charge import Charge, Meter, Readings

Mode = Literal["transformer_capacity", "contracted_demand", "actual_demand", "choose"]
_BY = {
    "by_capacity": "transformer_capacity",
    "by_contract": "contracted_demand",
    "by_demand": "actual_demand",
}
#: Energy this close (relatively) below the threshold of the rebate has reached it.
_AT_THRESHOLD = 1e-6


class Rebate(Strict):
    """A lower price of demand for months of high use."""

    kwh_per_kva: float = parameter(
        260.0,
        unit="kWh/kVA/month",
        doc="use from which it is given",
        source="NDRC, notice 526 of 2023 (secondary source)",
        gt=0,
    )
    price_factor: float = parameter(
        0.9,
        unit="1",
        doc="what is left of the price of demand",
        source="NDRC, notice 526 of 2023 (secondary source)",
        ge=0,
        lt=1,
    )


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
    mode_per: Literal["quarter", "year"] = parameter(
        "year", unit="", doc="how often the plan may choose the mode"
    )
    contract_per: Literal["month", "quarter", "year"] = parameter(
        "month", unit="", doc="how often the plan may choose the contract"
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
    rebate: Rebate | None = parameter(
        None, unit="", doc="lower price of demand in months of high use; {} for 90 %"
    )

    @model_validator(mode="after")
    def _what_the_mode_needs(self) -> Self:
        needed = {
            "transformer_capacity": ["transformer_kva", "per_kva_month"],
            "contracted_demand": ["transformer_kva", "per_kw_month"],
            "actual_demand": ["per_kw_month"],
            "choose": ["transformer_kva", "per_kva_month", "per_kw_month"],
        }[self.mode]
        if self.rebate is not None:
            needed = [*needed, "transformer_kva"]
        missing = sorted(set(needed) - set(self.model_dump(exclude_none=True)))
        if missing:
            raise ValueError(f"mode {self.mode} needs {' and '.join(missing)}")
        if self.rebate is not None and self.mode == "transformer_capacity":
            raise ValueError("a rebate is on demand: it needs another mode")
        if self.mode_per == "quarter" and self.contract_per == "year":
            raise ValueError("a contract for the year needs mode_per: year too")
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

    @property
    def _enough_kwh(self) -> float:
        """Use of a month from which the rebate is given."""
        per_kva = self.rebate.kwh_per_kva if self.rebate else 0.0
        return per_kva * (self.transformer_kva or 0.0)

    # -- in the model -----------------------------------------------------------

    def build(self, part: pyo.Block, meter: Meter) -> Sequence[Any]:
        if self.mode == "transformer_capacity":
            return [self._capacity_cost for _ in meter.months]
        peak = meter.peaks(np.ones(meter.calendar.periods, dtype=np.bool_))
        capacity: list[Any] = [0.0 for _ in meter.months]
        if self.mode == "actual_demand":
            demand = [self._rate * peak[m] for m in meter.months]
        elif self.mode == "contracted_demand":
            demand = self._build_contract(part, meter, peak, [1.0 for _ in capacity])
        else:
            capacity, demand = self._build_choice(part, meter, peak)
        saved = self._build_rebate(part, meter, demand)
        return [capacity[m] + demand[m] - saved[m] for m in meter.months]

    def _build_choice(
        self, part: pyo.Block, meter: Meter, peak: pyo.Var
    ) -> tuple[list[Any], list[Any]]:
        """Amounts by capacity and by demand in each month."""
        months, most = meter.months, meter.most_kw
        by_capacity, by_contract, by_demand = (
            self._decision(part, meter, name, self.mode_per, domain=pyo.Binary)
            for name in _BY
        )
        part.one_mode = pyo.Constraint(_chosen_in(self.mode_per, months))
        for m in part.one_mode.index_set():
            part.one_mode[m] = by_capacity[m] + by_contract[m] + by_demand[m] == 1
        part.paid_kw = pyo.Var(months, bounds=(0.0, most))
        part.paid_if_chosen = pyo.Constraint(months)
        for m in months:
            unless = most * (1 - by_demand[m])
            part.paid_if_chosen[m] = part.paid_kw[m] >= peak[m] - unless
        contract = self._build_contract(part, meter, peak, by_contract)
        capacity = [self._capacity_cost * by_capacity[m] for m in months]
        return capacity, [contract[m] + self._rate * part.paid_kw[m] for m in months]

    def _build_contract(
        self, part: pyo.Block, meter: Meter, peak: pyo.Var, chosen: list[Any]
    ) -> list[Any]:
        """Cost of the contract in each month; ``chosen`` are 1, or decisions."""
        months, most = meter.months, meter.most_kw
        part.excess_kw = pyo.Var(months, bounds=(0.0, most))
        part.above_contract = pyo.Constraint(months)
        contract = self._contract(part, meter, chosen)
        for m in months:
            free = self.contract_tolerance * contract[m] + most * (1 - chosen[m])
            part.above_contract[m] = part.excess_kw[m] >= peak[m] - free
        twice = self._rate * self.excess_factor
        return [self._rate * contract[m] + twice * part.excess_kw[m] for m in months]

    def _contract(self, part: pyo.Block, meter: Meter, chosen: list[Any]) -> list[Any]:
        """Contracted demand of each month, 0 where it is not chosen."""
        if self.contract_kw is not None:
            given = max(self.contract_kw, self._floor_kw)
            return [given * one for one in chosen]
        bounds = (0.0, max(meter.most_kw, self._floor_kw))
        per = self.contract_per
        contract = self._decision(part, meter, "contract_kw", per, bounds=bounds)
        # A floor for every month: the mode may change while the contract stays.
        part.contract_floor = pyo.Constraint(meter.months)
        for m in meter.months:
            part.contract_floor[m] = contract[m] >= self._floor_kw * chosen[m]
        return contract

    def _decision(
        self, part: pyo.Block, meter: Meter, name: str, per: str, **kind: Any
    ) -> list[Any]:
        """A decision for each month: one for the year, or the same in a quarter."""
        if per == "year":
            meter.block.add_component(name, pyo.Var(**kind))
            return [meter.block.component(name) for _ in meter.months]
        meter.block.add_component(name, pyo.Var(meter.context.months, **kind))
        decision = meter.block.component(name)
        if per == "quarter":
            pairs = list(_pairs_in_quarter(meter.calendar))
            tied = pyo.Block()
            part.add_component(f"{name}_of_quarter", tied)
            tied.the_same = pyo.Constraint(range(len(pairs)))
            for number, (m, k) in enumerate(pairs):
                tied.the_same[number] = decision[m] == decision[k]
        return [decision[m] for m in meter.months]

    def _build_rebate(
        self, part: pyo.Block, meter: Meter, demand: list[Any]
    ) -> list[Any]:
        """What each month saves by its use."""
        months, enough, most_kwh = meter.months, self._enough_kwh, meter.most_kwh()
        if self.rebate is None or most_kwh < enough:
            return [0.0 for _ in months]
        share, used = 1 - self.rebate.price_factor, meter.energy()
        contract = max(meter.most_kw, self._floor_kw, self.contract_kw or 0.0)
        most_kw = contract + (self.excess_factor + 1) * meter.most_kw
        most_saved = share * self._rate * most_kw
        part.rebated = pyo.Var(months, domain=pyo.Binary)
        part.saved = pyo.Var(months, bounds=(0.0, most_saved))
        part.enough_used = pyo.Constraint(months)
        part.rebated_if_used = pyo.Constraint(months)
        part.saved_of_demand = pyo.Constraint(months)
        part.saved_if_rebated = pyo.Constraint(months)
        for m in months:
            given = part.rebated[m]
            part.enough_used[m] = used[m] >= enough * given
            part.rebated_if_used[m] = used[m] <= enough + (most_kwh - enough) * given
            part.saved_of_demand[m] = part.saved[m] <= share * demand[m]
            part.saved_if_rebated[m] = part.saved[m] <= most_saved * given
        return [part.saved[m] for m in months]

    # -- on paper ---------------------------------------------------------------

    def _modes(self, readings: Readings) -> list[str]:
        """The mode of each month (months,)."""
        months = len(readings.calendar.month_names)
        if self.mode != "choose":
            return [self.mode] * months
        chosen = np.array([np.zeros(months) + readings.dispatch[name] for name in _BY])
        return [list(_BY.values())[number] for number in chosen.argmax(axis=0)]

    def _paper_contract(self, readings: Readings) -> Floats:
        """Contracted demand of each month, kW (months,)."""
        months = len(readings.calendar.month_names)
        if self.contract_kw is not None:
            return np.full(months, max(self.contract_kw, self._floor_kw))
        decided: Floats = np.zeros(months) + readings.dispatch["contract_kw"]
        return decided

    def bill(self, readings: Readings) -> list[BillLine]:
        modes = np.array(self._modes(readings))
        lines: list[BillLine] = []
        for mode in dict.fromkeys(modes.tolist()):
            lines += self._lines(mode, np.asarray(modes == mode, float), readings)
        if self.rebate is None:
            return lines
        used = readings.energy()
        reached = used >= self._enough_kwh * (1 - _AT_THRESHOLD)
        on_demand = [line.amount for line in lines if line.kind == "demand"]
        share = np.where(reached, 1 - self.rebate.price_factor, 0.0)
        saved = -share * sum(on_demand, np.zeros(used.shape))
        title = f"basic charge, rebate from {self.rebate.kwh_per_kva:g} kWh/kVA"
        per_kva = used / (self.transformer_kva or 1.0)
        return [*lines, BillLine(title, "kWh/kVA", per_kva, saved, "demand")]

    def _lines(self, mode: str, due: Floats, readings: Readings) -> list[BillLine]:
        """Lines of one mode; ``due`` is 1 in the months that it is that of."""
        rate = self._rate
        if mode == "transformer_capacity":
            size = (self.transformer_kva or 0.0) * due
            amount = self._capacity_cost * due
            return [BillLine("basic charge, capacity", "kVA", size, amount, "fixed")]
        peak = readings.calendar.monthly_maxima(readings.imported)
        if mode == "actual_demand":
            paid = peak * due
            return [BillLine("basic charge, peak", "kW", paid, rate * paid, "demand")]
        contract = self._paper_contract(readings)
        excess = due * np.maximum(peak - self.contract_tolerance * contract, 0)
        contract = due * contract
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
        """Contract at least its floor, one mode that is really chosen, quarters."""
        found, calendar = {}, readings.calendar
        months = np.zeros(len(calendar.month_names))
        if self.mode == "choose":
            chosen = np.array([months + readings.dispatch[name] for name in _BY])
            most = chosen.max(axis=0)
            found["one basic charge"] = np.r_[most - 1, chosen.sum(axis=0) - most]
            if self.mode_per == "quarter":
                found["one mode a quarter"] = _changes(chosen, calendar)
        by_contract = np.array(self._modes(readings)) == "contracted_demand"
        if by_contract.any() and self.contract_kw is None:
            contract = self._paper_contract(readings)
            short = np.maximum(self._floor_kw - contract, 0)
            found["contract floor"] = np.where(by_contract, short, 0.0)
            if self.contract_per == "quarter":
                found["one contract a quarter"] = _changes(contract, calendar)
        return found


def _chosen_in(per: str, months: range) -> range:
    """Months in which something is decided anew: the first, if for the year."""
    return months[:1] if per == "year" else months


def _pairs_in_quarter(calendar: Calendar) -> Iterator[tuple[int, int]]:
    """Months of the horizon that follow each other in a quarter of the year."""
    quarters = [(name[:4], (int(name[-2:]) - 1) // 3) for name in calendar.month_names]
    for m in range(len(quarters) - 1):
        if quarters[m] == quarters[m + 1]:
            yield m, m + 1


def _changes(decided: Floats, calendar: Calendar) -> Floats:
    """By how much decisions (.., months) change within a quarter."""
    pairs = list(_pairs_in_quarter(calendar))
    return np.array([np.abs(decided[..., m] - decided[..., k]).max() for m, k in pairs])

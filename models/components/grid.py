"""Grid connection: import at a tariff, feed-in, demand charge, carbon of bought power.

    0 <= import(t) <= import_limit,   0 <= export(t) <= export_limit
    peak(m) >= import(t)                          for every step t of month m
    cost = price(t) import(t) - export_price(t) export(t)
         + demand_charge sum over m of peak(m) + fixed charge
    carbon (scope 2) = factor(t) import(t) - credit(t) export(t)

symbol   name        unit   meaning
import   import_kw   kW     bought from the grid
export   export_kw   kW     fed into the grid
peak     peak_kw     kW     highest import of a month (mean over a step)

Import and export at once is impossible.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Floats
from verdigrid.models.component import (
    Account,
    BillLine,
    Component,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import BuildContext
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.tariff import Tariff


class Grid(Component):
    """A connection to the public grid."""

    kind: Literal["grid"] = "grid"
    summary: ClassVar[str] = "grid connection with tariff, demand charge and feed-in"
    exclusive: ClassVar = (("import_kw", "export_kw"),)

    bus: str = parameter(unit="", doc="electricity bus")
    import_limit_kw: float = parameter(
        unit="kW", doc="largest power the connection can draw", ge=0
    )
    export_limit_kw: float | None = parameter(
        None, unit="kW", doc="largest feed-in; the import limit if not given", ge=0
    )
    tariff: Tariff = parameter(unit="", doc="prices")
    emissions_kg_per_kwh: Profile = parameter(
        unit="kgCO2e/kWh", doc="carbon of a bought kWh (scope 2)"
    )
    upstream_kg_per_kwh: Profile | None = parameter(
        None, unit="kgCO2e/kWh", doc="carbon upstream of the power plant (scope 3)"
    )
    export_credit_kg_per_kwh: Profile | None = parameter(
        None, unit="kgCO2e/kWh", doc="carbon credited for feed-in; none if not given"
    )

    @model_validator(mode="after")
    def _export_needs_price(self) -> Self:
        exports = self.tariff.export_price_per_kwh is not None
        stray = self.export_limit_kw or self.export_credit_kg_per_kwh
        if stray and not exports:
            raise ValueError(
                "export_limit_kw and export_credit_kg_per_kwh need "
                "tariff.export_price_per_kwh (0 if feed-in earns nothing)"
            )
        return self

    @property
    def export_limit(self) -> float:
        """Largest feed-in, kW."""
        if self.tariff.export_price_per_kwh is None:
            return 0.0
        if self.export_limit_kw is None:
            return self.import_limit_kw
        return self.export_limit_kw

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, ("electricity",), "both")]

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Price of every step; and the band of every step, for the bill."""
        calendar, nothing = around.calendar, np.zeros(around.calendar.periods)
        prepared = {
            "export_price": series.get("tariff.export_price_per_kwh", nothing),
            "credit": series.get("export_credit_kg_per_kwh", nothing),
        }
        if self.tariff.bands is None:
            prepared["import_price"] = series["tariff.price_per_kwh"]
        else:
            try:
                band = self.tariff.band_of_steps(calendar)
            except ValueError as error:
                expected = "exactly one band for every hour"
                problem = Problem("tariff.periods", str(error), expected)
                raise InputError([problem]) from error
            prepared["import_price"] = self.tariff.band_prices(calendar)
            prepared["band"] = band.astype(float)
        return prepared

    def build(self, block: pyo.Block, context: BuildContext) -> None:
        imported = context.flow(block, "import_kw", "kW bought")
        context.rule(
            block,
            "import_limit",
            lambda b, t: b.import_kw[t] <= self.import_limit_kw,
            "kW",
        )
        price = context.series(block, "import_price")
        factor = context.series(block, "emissions_kg_per_kwh")
        context.inject(self.bus, "import", lambda t: imported[t])
        context.cost("electricity", "energy", lambda t: price[t] * imported[t])
        context.emission(2, "grid electricity", lambda t: factor[t] * imported[t])
        if self.upstream_kg_per_kwh is not None:
            upstream = context.series(block, "upstream_kg_per_kwh")
            context.emission(
                3, "grid electricity upstream", lambda t: upstream[t] * imported[t]
            )
        self._build_demand_charge(block, context)
        if self.export_limit > 0:
            self._build_export(block, context)

    def _build_demand_charge(self, block: pyo.Block, context: BuildContext) -> None:
        weight = context.calendar.month_weight
        if self.tariff.fixed_per_month:
            months = len(context.calendar.month_names) * weight
            context.fixed_cost(
                "electricity", "fixed charge", self.tariff.fixed_per_month * months
            )
        rate = self.tariff.demand_charge_per_kw_month
        if not rate:
            return
        block.peak_kw = pyo.Var(
            context.months, domain=pyo.NonNegativeReals, doc="kW, highest of the month"
        )
        month = context.month
        context.rule(
            block,
            "peak_of_month",
            lambda b, t: b.import_kw[t] <= b.peak_kw[month[t]],
            "kW",
        )
        context.fixed_cost(
            "electricity",
            "demand charge",
            rate * weight * sum(block.peak_kw[m] for m in context.months),
        )

    def _build_export(self, block: pyo.Block, context: BuildContext) -> None:
        exported = context.flow(block, "export_kw", "kW fed in")
        context.rule(
            block,
            "export_limit",
            lambda b, t: b.export_kw[t] <= self.export_limit,
            "kW",
        )
        price = context.series(block, "export_price")
        context.inject(self.bus, "export", lambda t: -exported[t])
        context.cost("electricity", "feed-in", lambda t: -price[t] * exported[t])
        if self.export_credit_kg_per_kwh is not None:
            credit = context.series(block, "credit")
            context.emission(2, "feed-in credit", lambda t: -credit[t] * exported[t])
        context.exclude(
            block,
            ("import_kw", self.import_limit_kw),
            ("export_kw", self.export_limit),
        )

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        series = inputs.series
        imported: Floats = dispatch["import_kw"]
        exported: Floats = dispatch.get("export_kw", np.zeros_like(imported))
        account = Account(
            flows=[
                Flow(self.bus, "import", imported),
                Flow(self.bus, "export", -exported),
            ],
            residuals={
                "import limit": np.maximum(imported - self.import_limit_kw, 0),
                "export limit": np.maximum(exported - self.export_limit, 0),
                "import and export at once": np.minimum(imported, exported),
            },
            costs={
                ("electricity", "energy"): series["import_price"] * imported,
                ("electricity", "feed-in"): -series["export_price"] * exported,
            },
            emissions={
                (2, "grid electricity"): series["emissions_kg_per_kwh"] * imported,
                (2, "feed-in credit"): -series["credit"] * exported,
            },
            bill=self._bill(inputs, imported, exported),
        )
        if "peak_kw" in dispatch:
            peaks = inputs.calendar.monthly_maxima(imported)
            account.residuals["peak of the month"] = dispatch["peak_kw"] - peaks
        if self.upstream_kg_per_kwh is not None:
            upstream = series["upstream_kg_per_kwh"] * imported
            account.emissions[3, "grid electricity upstream"] = upstream
        weight = inputs.calendar.month_weight
        for line in account.bill:
            if line.item in ("demand charge", "fixed charge"):
                yearly = float(line.amount.sum()) * weight
                account.fixed_costs["electricity", line.item] = yearly
        return account

    def _bill(
        self, inputs: Inputs, imported: Floats, exported: Floats
    ) -> list[BillLine]:
        """The paper bill of the horizon's months."""
        calendar, tariff = inputs.calendar, self.tariff
        hours = calendar.step_hours
        price = inputs.series["import_price"]

        def energy(item: str, power: Floats, value: Floats) -> BillLine:
            return BillLine(
                item,
                "kWh",
                calendar.monthly_sums(power * hours),
                calendar.monthly_sums(power * value * hours),
            )

        if tariff.bands is None:
            lines = [energy("energy", imported, price)]
        else:
            band = inputs.series["band"]
            lines = [
                energy(f"energy {name}", np.where(band == n, imported, 0.0), price)
                for n, name in enumerate(tariff.bands)
            ]
        if tariff.demand_charge_per_kw_month:
            peaks = calendar.monthly_maxima(imported)
            amount = tariff.demand_charge_per_kw_month * peaks
            lines.append(BillLine("demand charge", "kW", peaks, amount))
        if tariff.fixed_per_month:
            months = np.ones(len(calendar.month_names))
            amount = tariff.fixed_per_month * months
            lines.append(BillLine("fixed charge", "month", months, amount))
        if self.export_limit > 0:
            value = inputs.series["export_price"]
            lines.append(energy("feed-in", exported, -value))
        return lines

    def indicators(self, inputs: Inputs, dispatch: Dispatch) -> list[Indicator]:
        imported: Floats = dispatch["import_kw"]
        yearly = inputs.calendar.step_hours * inputs.calendar.year_weight
        peak, bought = float(imported.max()), float(imported.sum()) * yearly
        figures = [
            Indicator("peak import", peak, "kW"),
            Indicator("bought", bought, "kWh/a"),
            Indicator(
                "full-load hours of the peak", bought / peak if peak else 0, "h/a"
            ),
        ]
        exported: Any = dispatch.get("export_kw")
        if exported is not None:
            figures.append(Indicator("fed in", float(exported.sum()) * yearly, "kWh/a"))
        return figures

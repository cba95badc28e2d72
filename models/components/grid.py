"""Grid connection: import at a tariff, feed-in, charges, carbon of bought power.

    0 <= import(t) <= import_limit,   0 <= export(t) <= export_limit
    peak(m) >= import(t)        for every step t of month m (or of a charge's window)
    cost = price(t) import(t) - export_price(t) export(t)
         + sum over charges and months of amount(m) + sum over m of shortfall(m)
    shortfall(m) >= minimum bill - bill(m)
    carbon (scope 2) = factor(t) import(t) - credit(t) export(t)

The factor of the location-based ledger is that of the grid around the site; that of the
market-based one (if it differs) that of the contract, or of the residual mix: what is
left in the grid once others have bought the green power.

symbol      name           unit       meaning
import      import_kw      kW         bought from the grid
export      export_kw      kW         fed into the grid
peak        peak_kw        kW         highest import of a month (mean over a step)
shortfall   shortfall      currency   what a month lacks to its minimum bill

The simplest charge is demand_charge_per_kw_month x peak(m). The others say their
amounts in files of their own (models/tariffs). Import and export at once is impossible.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyomo.environ as pyo
from pydantic import model_validator

from verdigrid.models.arrays import Bools, Floats
from verdigrid.models.carbon import FEED_IN_CREDIT, GRID_POWER, Carbon
from verdigrid.models.component import (
    Account,
    Component,
    Connection,
    Dispatch,
    Flow,
    Indicator,
    Inputs,
    Surroundings,
)
from verdigrid.models.context import SOME_STEPS, BuildContext
from verdigrid.models.errors import InputError, Problem
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.profile import Profile
from verdigrid.models.tariffs.bill import charge_lines, energy_lines, kwh_line
from verdigrid.models.tariffs.charge import Charge, Meter, Readings, month_scale
from verdigrid.models.tariffs.tariff import Tariff


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
    trading: Literal["refused", "allowed"] = parameter(
        "refused",
        unit="",
        doc="whether it may feed in what another connection buys, or a storage kept, "
        "where that pays",
    )
    emissions_kg_per_kwh: Profile = parameter(
        unit="kgCO2e/kWh", doc="carbon of a bought kWh (scope 2, location-based)"
    )
    market_kg_per_kwh: Profile | None = parameter(
        None,
        unit="kgCO2e/kWh",
        doc="carbon of a bought kWh by contract or residual mix (scope 2, "
        "market-based); the same if not given",
    )
    upstream_kg_per_kwh: Profile | None = parameter(
        None, unit="kgCO2e/kWh", doc="carbon upstream of the power plant (scope 3)"
    )
    export_credit_kg_per_kwh: Profile | None = parameter(
        None,
        unit="kgCO2e/kWh",
        doc="carbon credited for feed-in, location-based; none if not given",
    )
    green: Literal["none", "physical", "contract"] = parameter(
        "none",
        unit="",
        doc="whether what is bought counts as green: physical on a line of its own, "
        "contract by certificate or contract",
    )

    @model_validator(mode="after")
    def _export_needs_price(self) -> Self:
        stray = self.export_limit_kw or self.export_credit_kg_per_kwh
        if stray and not self.tariff.exports:
            raise ValueError(
                "export_limit_kw and export_credit_kg_per_kwh need "
                "tariff.export_price_per_kwh (0 if feed-in earns nothing)"
            )
        return self

    @property
    def export_limit(self) -> float:
        """Largest feed-in, kW."""
        if not self.tariff.exports:
            return 0.0
        if self.export_limit_kw is None:
            return self.import_limit_kw
        return self.export_limit_kw

    @property
    def _bought_as(self) -> list[Measure]:
        """What import counts as for policies."""
        if self.green == "none":
            return [Measure.BOUGHT_POWER]
        physical = self.green == "physical"
        green = Measure.GREEN_LINE if physical else Measure.GREEN_CONTRACT
        return [Measure.BOUGHT_POWER, green]

    def connections(self) -> list[Connection]:
        return [Connection("bus", self.bus, ("electricity",), "both")]

    def prepare(
        self, around: Surroundings, series: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Price of every step; and the band of every step, for the bill."""
        calendar, tariff = around.calendar, self.tariff
        problems = tariff.problems(calendar)
        if problems:
            raise InputError([replace(p, path=f"tariff.{p.path}") for p in problems])
        nothing = np.zeros(calendar.periods)
        band = tariff.band_of_steps(calendar) if tariff.band_names else None
        prepared = {
            "export_price": tariff.feed_in_price(series, band, calendar.periods),
            "credit": series.get("export_credit_kg_per_kwh", nothing),
        }
        if band is not None:
            prepared["band"] = band.astype(float)
        parts = tariff.price_parts(series, band, calendar.periods)
        prepared["import_price"] = sum(parts.values(), nothing)
        if tariff.net_metering is not None:
            surplus = tariff.net_metering.surplus_price_per_kwh
            cheapest = float(prepared["import_price"].min())
            if surplus > cheapest:
                problem = Problem(
                    "tariff.net_metering.surplus_price_per_kwh",
                    f"{surplus:g}",
                    f"at most the lowest energy price, {cheapest:g}",
                    "else nobody would set feed-in off against purchases",
                )
                raise InputError([problem])
        return prepared

    # -- in the model -----------------------------------------------------------

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
        for measure in self._bought_as:
            context.measured(measure, lambda t: imported[t])
        context.cost("electricity", "energy", lambda t: price[t] * imported[t])
        self._build_carbon(block, context, factor, imported)
        if self.upstream_kg_per_kwh is not None:
            upstream = context.series(block, "upstream_kg_per_kwh")
            context.emission(
                3, "grid electricity upstream", lambda t: upstream[t] * imported[t]
            )
        meter = Meter(
            block,
            context,
            self.import_limit_kw,
            self.tariff.holidays_on(context.calendar),
            partial(self._peaks, block, context, {}),
        )
        self._build_charges(block, meter)
        if self.export_limit > 0:
            self._build_export(block, context)
            if self.tariff.net_metering is not None:
                self._build_charge("net_metering", self.tariff.net_metering, meter)

    def _build_carbon(
        self,
        block: pyo.Block,
        context: BuildContext,
        factor: pyo.Param,
        imported: pyo.Var,
    ) -> None:
        """Book bought power, in both ledgers or in each with a factor of its own."""
        source = GRID_POWER
        if self.market_kg_per_kwh is None:
            context.emission(2, source, lambda t: factor[t] * imported[t])
            return
        market = context.series(block, "market_kg_per_kwh")
        context.emission(2, source, lambda t: factor[t] * imported[t], "location")
        context.emission(2, source, lambda t: market[t] * imported[t], "market")

    def _build_charges(self, block: pyo.Block, meter: Meter) -> None:
        """Book every charge, and what lacks to the minimum bill."""
        counted: list[list[Any]] = [[] for _ in meter.months]
        for name, charge in self.tariff.charges():
            amounts = self._build_charge(name, charge, meter)
            if charge.counts_in_minimum:
                for m in meter.months:
                    counted[m].append(amounts[m])
        least = self.tariff.minimum_per_month
        if not least:
            return
        calendar, price = meter.calendar, meter.context.array("import_price")
        hours = calendar.step_hours * month_scale(calendar)
        for t, month in enumerate(calendar.month.tolist()):
            counted[month].append(hours * float(price[t]) * block.import_kw[t])
        block.shortfall = pyo.Var(meter.context.months, domain=pyo.NonNegativeReals)
        block.minimum_bill = pyo.Constraint(meter.months)
        for m in meter.months:
            block.minimum_bill[m] = block.shortfall[m] + sum(counted[m]) >= least
        lacking = sum(block.shortfall[m] for m in meter.months)
        weight = calendar.month_weight
        meter.context.fixed_cost("electricity", "minimum bill", weight * lacking)

    def _build_charge(self, name: str, charge: Charge, meter: Meter) -> Sequence[Any]:
        """Write a charge on a block of its own, book it; its amount of each month."""
        part = pyo.Block()
        meter.block.add_component(name, part)
        amounts = charge.build(part, meter)
        weight = meter.calendar.month_weight
        yearly = sum(weight * amount for amount in amounts)
        meter.context.fixed_cost("electricity", charge.item, yearly)
        return amounts

    def _peaks(
        self,
        block: pyo.Block,
        context: BuildContext,
        known: dict[bytes, pyo.Var],
        inside: Bools,
    ) -> pyo.Var:
        """Highest import of each month within some steps; one variable for each set."""
        key = inside.tobytes()
        if key not in known:
            known[key] = self._build_peaks(block, context, inside, len(known))
        return known[key]

    def _build_peaks(
        self, block: pyo.Block, context: BuildContext, inside: Bools, number: int
    ) -> pyo.Var:
        imported, month = block.import_kw, context.month
        if inside.all():
            block.peak_kw = pyo.Var(
                context.months,
                domain=pyo.NonNegativeReals,
                doc="kW, highest of the month",
            )
            context.rule(
                block,
                "peak_of_month",
                lambda b, t: b.import_kw[t] <= b.peak_kw[month[t]],
                "kW",
            )
            return block.peak_kw
        part = pyo.Block()
        block.add_component(f"window_{number}", part)
        # The name tells the solvers that these numbers are steps.
        steps = pyo.Set(initialize=np.flatnonzero(inside).tolist())
        part.add_component(SOME_STEPS, steps)
        part.peak_kw = pyo.Var(context.months, bounds=(0.0, self.import_limit_kw))
        part.peak_in_window = pyo.Constraint(
            steps, rule=lambda b, t: imported[t] <= b.peak_kw[month[t]]
        )
        return part.peak_kw

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
        context.measured(Measure.EXPORTED_POWER, lambda t: exported[t])
        context.cost("electricity", "feed-in", lambda t: -price[t] * exported[t])
        if self.export_credit_kg_per_kwh is not None:
            credit = context.series(block, "credit")
            # What is sold takes nothing off what was bought under contracts.
            context.emission(
                2, FEED_IN_CREDIT, lambda t: -credit[t] * exported[t], "location"
            )
        context.exclude(
            block,
            ("import_kw", self.import_limit_kw),
            ("export_kw", self.export_limit),
        )

    # -- on paper ---------------------------------------------------------------

    def recompute(self, inputs: Inputs, dispatch: Dispatch) -> Account:
        series, calendar = inputs.series, inputs.calendar
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
                Carbon(2, FEED_IN_CREDIT, "location"): -series["credit"] * exported
            },
            measures={
                **dict.fromkeys(self._bought_as, imported),
                Measure.EXPORTED_POWER: exported,
            },
        )
        if "peak_kw" in dispatch:
            above = dispatch["peak_kw"] - calendar.monthly_maxima(imported)
            paid = self.tariff.demand_charge_per_kw_month > 0
            exact = paid and not self.tariff.minimum_per_month
            # What other charges do not ask for may stand higher than the real peak.
            account.residuals["peak of the month"] = (
                above if exact else np.minimum(above, 0)
            )
        located = series["emissions_kg_per_kwh"] * imported
        if self.market_kg_per_kwh is None:
            account.emissions[Carbon(2, GRID_POWER)] = located
        else:
            contracted = series["market_kg_per_kwh"] * imported
            account.emissions |= {
                Carbon(2, GRID_POWER, "location"): located,
                Carbon(2, GRID_POWER, "market"): contracted,
            }
        if self.upstream_kg_per_kwh is not None:
            upstream = series["upstream_kg_per_kwh"] * imported
            account.emissions[Carbon(3, "grid electricity upstream")] = upstream
        readings = Readings(
            calendar,
            self.tariff.holidays_on(calendar),
            imported,
            exported,
            series["import_price"],
            dispatch,
        )
        account.bill = energy_lines(self.tariff, series, readings)
        of_charges = charge_lines(self.tariff, readings, account.bill)
        if self.export_limit > 0:
            metering = self.tariff.net_metering
            if metering is not None:
                of_charges[metering.item] = metering.bill(readings)
            value = -series["export_price"]
            fed_in = kwh_line("feed-in", calendar, exported, value, "feed-in")
            account.bill.append(fed_in)
        for item, lines in of_charges.items():
            account.bill += lines
            yearly = calendar.month_weight * sum(float(x.amount.sum()) for x in lines)
            account.fixed_costs["electricity", item] = yearly
        for _, charge in self.tariff.charges():
            account.residuals |= charge.residuals(readings)
        return account

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

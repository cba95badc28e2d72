"""Green certificates: bought apart from power, they count in contracts alone.

    certified x hours <= sum of dt (bought - line - contract - exported)       [kWh]
                         - what certificates of another policy certify
    certified x hours <= limit
    replaces x certified x hours <= market-based carbon of grid power
    carbon (scope 2, market-based) = -replaces x certified
    cost = price x certified

symbol      name           unit   meaning
certified   certified_kw   kW     certified purchases, as a mean power over the year
bought      -              kW     power from the grid and by lines from outside
line        -              kW     of that, green by a line of its own
contract    -              kW     of that, green by a contract on its supply
exported    -              kW     fed in or sold; all of it counts as bought before

Certificates are matched with a year's purchases. They change neither the
location-based ledger nor any share that counts physically; a share that counts
contractually has them, one that is matched hour by hour does not.

Prices seen: China's green electricity certificates 1.12 CNY/MWh (made in 2024) and
5.15 CNY/MWh (made in 2025), December 2025 (secondary source, 2026).
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import pyomo.environ as pyo

from verdigrid.models.carbon import CERTIFICATES, GRID_POWER, Carbon, in_ledger
from verdigrid.models.component import Component
from verdigrid.models.components.grid import Grid
from verdigrid.models.errors import Problem
from verdigrid.models.ledger import Cost, Emission, Measured
from verdigrid.models.measure import Measure
from verdigrid.models.parameter import parameter
from verdigrid.models.policy import Policy, PolicyAccount, PolicyContext
from verdigrid.models.share import Parts
from verdigrid.models.yearly import Yearly

#: Purchases for own use that no line, contract or earlier certificate makes green.
UNCERTIFIED: Parts = {
    Measure.BOUGHT_POWER: 1.0,
    Measure.GREEN_LINE: -1.0,
    Measure.GREEN_CONTRACT: -1.0,
    Measure.GREEN_CERTIFICATE: -1.0,
    Measure.EXPORTED_POWER: -1.0,
}
#: Carbon that certificates may undo: of grid power, less what others undo already.
_COUNTED = (GRID_POWER, CERTIFICATES)


class GreenCertificates(Policy):
    """Certificates that the plan may buy."""

    kind: Literal["green_certificates"] = "green_certificates"
    summary: ClassVar[str] = "certificates of green power that the plan may buy"
    books_first: ClassVar[bool] = True

    price_per_mwh: float = parameter(
        unit="currency/MWh", doc="price of a certificate", ge=0
    )
    limit_mwh_per_year: float | None = parameter(
        None, unit="MWh/a", doc="how many can be had; no limit if not given", ge=0
    )
    replaces_kg_per_kwh: float = parameter(
        unit="kgCO2e/kWh",
        doc="market-based carbon of the purchases that they are set against",
        ge=0,
        le=3,
    )

    def problems(
        self, components: Mapping[str, Component], policies: Mapping[str, Policy]
    ) -> list[Problem]:
        """More undone by a certificate than any purchase emits."""
        factors = [
            component.market_kg_per_kwh or component.emissions_kg_per_kwh
            for component in components.values()
            if isinstance(component, Grid)
        ]
        constants = [factor.constant for factor in factors]
        if not factors or None in constants:
            return []
        highest = max(factor for factor in constants if factor is not None)
        if self.replaces_kg_per_kwh <= highest:
            return []
        return [
            Problem(
                "replaces_kg_per_kwh",
                f"{self.replaces_kg_per_kwh:g}",
                f"at most the market-based factor of what is bought, {highest:g}",
                "a certificate undoes the carbon of the kWh that it stands for",
            )
        ]

    def build(self, block: pyo.Block, context: PolicyContext) -> None:
        if not context.terms({Measure.BOUGHT_POWER: 1.0}):
            return  # nothing to certify
        ledger, hours = context.ledger, context.yearly_hours
        limit = self.limit_mwh_per_year
        most_kw = None if limit is None else 1000 * limit / hours
        block.certified_kw = pyo.Var(bounds=(0.0, most_kw))
        certified, replaces = block.certified_kw, self.replaces_kg_per_kwh
        block.within_purchases = pyo.Constraint(
            rule=lambda b: hours * b.certified_kw - context.yearly(UNCERTIFIED) <= 0
        )
        counted = [
            entry.term
            for entry in ledger.emissions
            if entry.source in _COUNTED and in_ledger(entry.books, "market")
        ]
        step_hours = context.hours_per_step
        block.within_carbon = pyo.Constraint(
            rule=lambda b: (
                replaces * hours * b.certified_kw
                <= sum(
                    sum(step_hours * term(t) for term in counted) for t in context.steps
                )
            )
        )
        price = self.price_per_mwh / 1000
        ledger.costs.append(
            Cost("carbon", context.name, CERTIFICATES, lambda t: price * certified)
        )
        ledger.emissions.append(
            Emission(
                2, CERTIFICATES, context.name, lambda t: -replaces * certified, "market"
            )
        )
        ledger.measured.append(
            Measured(Measure.GREEN_CERTIFICATE, context.name, lambda t: 1.0 * certified)
        )

    def recompute(self, year: Yearly, decided: Mapping[str, float]) -> PolicyAccount:
        certified = decided.get("certified_kw", 0.0)
        hours = year.calendar.hours * year.calendar.year_weight
        beyond = certified - year.energy(UNCERTIFIED) / hours
        emitted = sum(
            kg
            for carbon, kg in year.emissions.items()
            if carbon.source in _COUNTED and carbon.counts("market")
        )
        replaced = self.replaces_kg_per_kwh * certified * hours
        limit = self.limit_mwh_per_year
        over = 0.0 if limit is None else certified * hours / 1000 - limit
        return PolicyAccount(
            costs={
                ("carbon", CERTIFICATES): self.price_per_mwh / 1000 * certified * hours
            },
            emissions={Carbon(2, CERTIFICATES, "market"): -replaced},
            measures={Measure.GREEN_CERTIFICATE: certified},
            residuals={
                "certificates within purchases, kW": max(0.0, beyond),
                "certificates within carbon, t": max(0.0, replaced - emitted) / 1000,
                "certificates within limit, MWh": max(0.0, over),
            },
        )

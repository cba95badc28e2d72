"""The tables of a run: tidy frames that figures, files and summaries are made from."""

from dataclasses import dataclass, fields

import pandas as pd


@dataclass(frozen=True)
class Tables:
    """All tables of one solution.

    ``dispatch``          index time (steps); a column per ``component.variable``
    ``flows``             index time; columns (node, component, item), kW, positive
                          into the node, negative out of it
    ``capacities``        a row per component and capacity: existing, new, total,
                          limit (kW or kWh), investment, net present cost, reason
    ``costs``             component, cost_class, item, per_year, present_worth
                          (currency); investments as class ``investment`` with their
                          equivalent annual cost
    ``cash_flow``         time (years after the start), year, kind (investment, rebate,
                          tax credit, removal, replacement, operating, tax, residual
                          value), item (component or cost class), amount, present_worth
                          (currency, money in is positive); empty with ``as_is``
    ``emissions``         component, scope (0: carbon of plants), source, books (both,
                          or the ledger that it is in alone), kg_per_year
    ``ledgers``           scope, source, location_kg_per_year, market_kg_per_year
    ``monthly_emissions`` month, scope, source, books, kg
    ``monthly_energy``    month, node, component, item, kwh
    ``bill``              month, component, item, unit, quantity, amount (currency),
                          kind (energy, adder, demand, fixed, feed-in)
    ``indicators``        component, name, value, unit
    ``balances``          node, carrier, fed_in_kwh, taken_out_kwh, difference_kwh,
                          all of a year
    ``firms``             firm, a column per cost class, total, net_present_cost
                          (currency), a column per scope (kg), all of a year; the last
                          row is the park. Empty if no bus has a firm
    ``exchanges``         component, carrier, from_firm, to_firm, kwh_per_year; empty
                          if no bus has a firm
    ``heat_by_temperature``  node, side (supply or demand), low_c, high_c, heat_kwh
                          (offered or needed), used_kwh, rest_kwh (rejected, or left to
                          the bus), all of a year; empty without streams and demands
                          that have temperatures
    """

    dispatch: pd.DataFrame
    flows: pd.DataFrame
    capacities: pd.DataFrame
    costs: pd.DataFrame
    cash_flow: pd.DataFrame
    emissions: pd.DataFrame
    ledgers: pd.DataFrame
    monthly_emissions: pd.DataFrame
    monthly_energy: pd.DataFrame
    bill: pd.DataFrame
    indicators: pd.DataFrame
    balances: pd.DataFrame
    firms: pd.DataFrame
    exchanges: pd.DataFrame
    heat_by_temperature: pd.DataFrame

    def items(self) -> list[tuple[str, pd.DataFrame]]:
        """Name and frame of every table; those about firms only if there are any.

        The same holds for heat by temperature.
        """
        names = [field.name for field in fields(self)]
        if self.firms.empty:
            names = [name for name in names if name not in ("firms", "exchanges")]
        if self.heat_by_temperature.empty:
            names.remove("heat_by_temperature")
        return [(name, getattr(self, name)) for name in names]

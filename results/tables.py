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
    ``emissions``         component, scope, source, kg_per_year
    ``monthly_emissions`` month, scope, source, kg
    ``monthly_energy``    month, node, component, item, kwh
    ``bill``              month, component, item, unit, quantity, amount (currency)
    ``indicators``        component, name, value, unit
    ``balances``          node, carrier, fed_in_kwh, taken_out_kwh, difference_kwh,
                          all of a year
    """

    dispatch: pd.DataFrame
    flows: pd.DataFrame
    capacities: pd.DataFrame
    costs: pd.DataFrame
    emissions: pd.DataFrame
    monthly_emissions: pd.DataFrame
    monthly_energy: pd.DataFrame
    bill: pd.DataFrame
    indicators: pd.DataFrame
    balances: pd.DataFrame

    def items(self) -> list[tuple[str, pd.DataFrame]]:
        """Name and frame of every table."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]

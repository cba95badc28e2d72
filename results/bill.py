"""The paper bill: what suppliers of energy write, month by month, line by line.

Made from the components' recomputation in NumPy, not from the model, so that a user
can hold it against the real bill before trusting the plan.
"""

import pandas as pd

from verdigrid.models.components.sale import Sale
from verdigrid.models.metered import Metered
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.recompute import Recomputed


def bill_table(microgrid: Microgrid, recomputed: Recomputed) -> pd.DataFrame:
    """Lines of all bills: month, component, item, unit, quantity, amount, kind."""
    rows = [
        (month, name, line.item, line.unit, quantity, amount, line.kind)
        for name, account in recomputed.accounts.items()
        for line in account.bill
        for month, quantity, amount in zip(
            microgrid.calendar.month_names, line.quantity, line.amount, strict=True
        )
    ]
    columns = ["month", "component", "item", "unit", "quantity", "amount", "kind"]
    return pd.DataFrame(rows, columns=columns)


def bill_by_month(bill: pd.DataFrame, component: str) -> pd.DataFrame:
    """One component's bill as printed: a row per month, amounts by item and total.

    The last row is the sum of the months; peaks are not summed but their highest. A
    sale has no kWh that were bought.
    """
    mine = bill[bill["component"] == component]
    items = list(dict.fromkeys(mine["item"]))
    amounts = mine.pivot_table(
        index="month", columns="item", values="amount", aggfunc="sum"
    )[items]
    energy = mine[(mine["unit"] == "kWh") & (mine["kind"] == "energy")]
    table = pd.DataFrame(index=amounts.index)
    if not energy.empty:
        table["kWh"] = energy.groupby("month")["quantity"].sum()
    peak = mine[mine["unit"] == "kW"].groupby("month")["quantity"].max()
    if not peak.empty:
        table["peak kW"] = peak
    table = table.join(amounts)
    table["total"] = amounts.sum(axis=1)
    total = table.sum()
    if "peak kW" in table:
        total["peak kW"] = table["peak kW"].max()
    table.loc["total"] = total
    return table


def compare_with_metered(
    bill: pd.DataFrame, microgrid: Microgrid, metered: Metered
) -> pd.DataFrame:
    """Baseline against metered figures: month, figure, metered, baseline, deviation.

    The deviation is the baseline over the metered figure, less one. Electricity is
    what stands on bills of electricity buses (also the amount), fuel all else. What a
    neighbour pays in a ``sale`` stands on no bill of a supplier.
    """
    carriers = {
        name: {
            microgrid.buses[link.node].carrier
            for link in component.connections()
            if link.node in microgrid.buses
        }
        for name, component in microgrid.components.items()
    }
    sales = [n for n, c in microgrid.components.items() if isinstance(c, Sale)]
    bill = bill[~bill["component"].isin(sales)]
    of_power = bill["component"].map(lambda name: carriers[name] == {"electricity"})
    energy = (bill["unit"] == "kWh") & (bill["kind"] == "energy")
    rows = []
    for row in metered.monthly:
        month = bill["month"].str.endswith(f"-{row.month:02d}")
        power = month & of_power
        modelled = {
            "electricity_kwh": bill.loc[power & energy, "quantity"].sum(),
            "peak_kw": bill.loc[power & (bill["unit"] == "kW"), "quantity"].max(),
            "fuel_kwh": bill.loc[month & ~of_power & energy, "quantity"].sum(),
            "bill": bill.loc[power, "amount"].sum(),
        }
        figures = {
            "electricity_kwh": row.electricity_kwh,
            "peak_kw": row.peak_kw,
            "fuel_kwh": row.fuel_kwh,
            "bill": row.bill,
        }
        for figure, value in figures.items():
            if value is not None and month.any():
                ours = float(modelled[figure])
                deviation = ours / value - 1 if value else float("nan")
                rows.append((row.month, figure, value, ours, deviation))
    columns = ["month", "figure", "metered", "baseline", "deviation"]
    return pd.DataFrame(rows, columns=columns)

"""The two carbon ledgers side by side: location-based and market-based.

They are never added up. What is in both counts in each; carbon of plants (scope 0)
stands beside the scopes and in no total.
"""

import pandas as pd

from verdigrid.models.carbon import BIOGENIC, LedgerName

LEDGERS: tuple[LedgerName, ...] = ("location", "market")


def of_ledger(emissions: pd.DataFrame, ledger: LedgerName) -> pd.DataFrame:
    """Rows of a table of emissions that count in ``ledger``, scopes 1 to 3."""
    return emissions[_inside(emissions, ledger) & (emissions["scope"] != BIOGENIC)]


def ledger_table(emissions: pd.DataFrame) -> pd.DataFrame:
    """Scope, source and the kilograms of a year in each ledger; a total of each scope.

    ``emissions`` is the table of this name. The last rows are the total of the scopes
    and, if there is any, carbon of plants.
    """
    rows: list[tuple[str, str, float, float]] = []
    for scope in (1, 2, 3):
        here = emissions[emissions["scope"] == scope]
        sources = list(dict.fromkeys(here["source"]))
        for source in sources:
            rows.append((str(scope), source, *_sums(here[here["source"] == source])))
        if len(sources) > 1:
            rows.append((str(scope), "total", *_sums(here)))
    rows.append(("1-3", "total", *_sums(emissions[emissions["scope"] != BIOGENIC])))
    plants = emissions[emissions["scope"] == BIOGENIC]
    if not plants.empty:
        rows.append(("beside", "biogenic", *_sums(plants)))
    columns = ["scope", "source", *(f"{ledger}_kg_per_year" for ledger in LEDGERS)]
    return pd.DataFrame(rows, columns=columns)


def ledgers_differ(emissions: pd.DataFrame) -> bool:
    """True if anything is booked in one ledger alone."""
    return bool((emissions["books"] != "both").any())


def _inside(emissions: pd.DataFrame, ledger: LedgerName) -> pd.Series:
    """Which rows count in ``ledger``."""
    return emissions["books"].isin(["both", ledger])


def _sums(emissions: pd.DataFrame) -> tuple[float, float]:
    """Kilograms of the rows in each ledger."""
    location, market = (
        float(emissions.loc[_inside(emissions, ledger), "kg_per_year"].sum())
        for ledger in LEDGERS
    )
    return location, market

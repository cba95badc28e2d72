"""What an emission is booked under: scope, source, and in which of two ledgers.

Bought power is counted twice, side by side, and never added up: by what the grid
around the site emits (*location-based*), and by what the site's contracts and
certificates say (*market-based*). Everything else is the same in both.

    scope   1 fuel and processes on site, 2 bought energy, 3 the rest,
            0 carbon of plants (biogenic), which is reported and counts nowhere

Source: GHG Protocol Scope 2 Guidance, World Resources Institute, 2015.
"""

from typing import Literal, NamedTuple

#: Which of the two ledgers an entry is in.
Books = Literal["both", "location", "market"]
#: The ledger that a policy is measured on.
LedgerName = Literal["location", "market"]

#: Scope of carbon that is reported beside the others.
BIOGENIC = 0
#: Source of what is bought from the grid: what certificates may be set against.
GRID_POWER = "grid electricity"
#: Sources that only take carbon off: a share of emissions is one of what was emitted.
FEED_IN_CREDIT, CERTIFICATES = "feed-in credit", "green certificates"
CREDITS = (FEED_IN_CREDIT, CERTIFICATES)


class Carbon(NamedTuple):
    """What a yearly emission is known by."""

    scope: int
    source: str
    books: Books = "both"

    def counts(self, ledger: LedgerName) -> bool:
        """True if the entry is in ``ledger``.

        >>> Carbon(2, "grid electricity", "location").counts("market")
        False
        """
        return in_ledger(self.books, ledger)


def in_ledger(books: Books, ledger: LedgerName) -> bool:
    """True if what is in ``books`` counts in ``ledger``."""
    return books in ("both", ledger)

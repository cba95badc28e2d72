"""What using too much of a shared row costs while a plan is searched for.

    penalty = max(price in the master x factor, floor),    factor = 1.2 to 20

Mild at first, as a high penalty leads far away. It grows while a node is all but solved
and its best point still uses too much. The master may keep a row for nothing, so that
its price says nothing: what is used too much for long gets a floor of its own.
"""

import numpy as np

from verdigrid.models.arrays import Bools, Floats

#: The penalty relative to the price in the master: at first, by how much harder each
#: time, at most.
PENALTY, HARDER, HARDEST = 1.2, 2.5, 20.0
#: A row still used too much after so many rounds gets a penalty that doubles from here.
STUBBORN, FLOOR = 2, 1e-3
#: No penalty is below this.
LEAST = 1e-9


class Penalty:
    """The penalties of all shared rows, and how they grow."""

    def __init__(self, rows: int) -> None:
        self.values: Floats = np.zeros(rows)
        self._hardness = np.zeros(rows)
        self._floor = np.zeros(rows)

    @property
    def hardest(self) -> Floats:
        """The penalties where nothing may be used too much any more."""
        return np.maximum(self.values, LEAST) * HARDEST

    def follow(self, prices: Floats) -> None:
        """Set the penalties by the prices that the master has for the rows."""
        factor = np.minimum(HARDEST, PENALTY * HARDER**self._hardness)
        self.values = np.maximum(np.maximum(prices, LEAST) * factor, self._floor)

    def learn(self, exceeded: Bools, near: bool, dear: Floats) -> None:
        """Be harder on rows that a point ``exceeded``, milder on the others.

        Harder only if its node is ``near`` to solved. No floor is above ``dear``, what
        a unit of a row would cost if the row were the whole cost.
        """
        change = np.where(exceeded, 1.0 if near else 0.0, -1.0)
        self._hardness = np.maximum(0.0, self._hardness + change)
        doubled = np.clip(2 * self._floor, FLOOR * dear, dear)
        self._floor = np.where(self._hardness > STUBBORN, doubled, 0.0)

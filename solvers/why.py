"""Why a size is what it is: the limits that one more unit would loosen.

By duality the price of a unit equals the sum, over all rows that it stands in, of
coefficient x dual. Grouped by limit, that says what the unit is bought for.
"""

import numpy as np

from verdigrid.models.arrays import Ints
from verdigrid.models.build import BuiltModel
from verdigrid.models.compiled import CompiledModel
from verdigrid.models.solution import Driver
from verdigrid.solvers.highs import Result

#: Limits that contribute less than this share are not named.
WORTH_NAMING = 0.05


def drivers(
    built: BuiltModel, compiled: CompiledModel, result: Result, column: Ints
) -> list[Driver]:
    """Limits behind the size in ``column`` (empty: none), the weightiest first."""
    if not column.size or not result.row_dual.size:
        return []
    entries = compiled.matrix[:, [int(column[0])]].tocoo()
    rows = np.asarray(entries.coords[0])
    # Positive where a unit more relieves the row, negative where it burdens it (the
    # floor of a battery's content rises with its size).
    worth = entries.data * result.row_dual[rows]
    families = compiled.rows.family[rows]
    total = sum(max(0.0, float(worth[families == n].sum())) for n in set(families))
    if total <= 0:
        return []
    calendar = built.microgrid.calendar
    found = []
    for number in np.unique(families):
        family = compiled.rows.families[int(number)]
        mine = families == number
        share = float(worth[mine].sum()) / total
        if share < WORTH_NAMING:
            continue
        binding = mine & (worth > 1e-9 * worth.max())
        month, steps = "", 0
        if family.timed:
            at = compiled.rows.index[rows[binding]]
            steps = int(at.size)
            monthly = np.bincount(calendar.month[at], weights=worth[binding])
            month = calendar.month_names[int(np.argmax(monthly))]
        limit = f"{family.owner.rsplit('.', 1)[-1]}.{family.name}"
        found.append(Driver(limit, share, steps, month))
    return sorted(found, key=lambda driver: -driver.worth)

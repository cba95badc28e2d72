"""Problems over time as matrices, drafted by hand."""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array, csc_array

from verdigrid.models.arrays import Bools, Floats, Ints
from verdigrid.models.compiled import CompiledModel, Family, Labels

INF = np.inf


@dataclass
class _Group:
    """Families of columns or rows with two numbers for every member."""

    families: list[Family] = field(default_factory=list)
    family: list[Ints] = field(default_factory=list)
    index: list[Ints] = field(default_factory=list)
    sides: list[tuple[Floats, Floats]] = field(default_factory=list)
    count: int = 0

    def add(self, family: Family, size: int, low: object, high: object) -> Ints:
        shape = (size,)
        self.families.append(family)
        self.family.append(np.full(size, len(self.families) - 1))
        self.index.append(np.arange(size) if family.timed else np.full(size, -1))
        self.sides.append((np.broadcast_to(low, shape), np.broadcast_to(high, shape)))
        self.count += size
        return np.arange(self.count - size, self.count)

    def labels(self) -> Labels:
        return Labels(
            tuple(self.families),
            np.concatenate(self.family),
            np.concatenate(self.index),
        )

    def bounds(self) -> tuple[Floats, Floats]:
        low, high = zip(*self.sides, strict=True)
        return np.concatenate(low) * 1.0, np.concatenate(high) * 1.0


class Draft:
    """A problem being written down, family by family."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self._columns, self._rows = _Group(), _Group()
        self._cost: list[Floats] = []
        self._integer: list[Bools] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []

    def timed(self, name: str, upper: object = INF, **more: object) -> Ints:
        """One column per step; ``lower``, ``cost`` and ``integer`` may be given."""
        return self._add(Family("operation", name, True), self.steps, upper, **more)

    def static(self, name: str, upper: object = INF, **more: object) -> Ints:
        """One column of the operation, or ``size`` of them."""
        return self._add(Family("operation", name, False), upper=upper, **more)

    def design(self, name: str, upper: object = INF, **more: object) -> Ints:
        """One decision of the design."""
        return self._add(Family(f"design.{name}", "new", False), upper=upper, **more)

    def _add(
        self,
        family: Family,
        size: int = 1,
        upper: object = INF,
        lower: object = 0.0,
        cost: object = 0.0,
        integer: bool = False,
    ) -> Ints:
        self._cost.append(np.broadcast_to(np.asarray(cost, dtype=float), (size,)))
        self._integer.append(np.full(size, integer))
        return self._columns.add(family, size, lower, upper)

    def rows(
        self, name: str, lower: object, upper: object, *terms: tuple[Ints, object]
    ) -> None:
        """One row per step; a term is (columns (steps,) or (1,), coefficients)."""
        at = self._rows.add(Family("operation", name, True), self.steps, lower, upper)
        for columns, values in terms:
            self._enter(at, np.broadcast_to(columns, at.shape), values)

    def row(
        self, name: str, lower: float, upper: float, *terms: tuple[Ints, object]
    ) -> None:
        """One row of the whole horizon; every term is summed over its columns."""
        at = self._rows.add(Family("operation", name, False), 1, lower, upper)
        for columns, values in terms:
            self._enter(np.broadcast_to(at, columns.shape), columns, values)

    def _enter(self, row: Ints, column: Ints, values: object) -> None:
        values = np.broadcast_to(np.asarray(values, dtype=float), column.shape)
        there = values != 0
        self._entries.append((row[there], column[there], values[there]))

    def model(self, offset: float = 0.0) -> CompiledModel:
        parts = zip(*self._entries, strict=True)
        row, column, value = (np.concatenate(part) for part in parts)
        shape = (self._rows.count, self._columns.count)
        lower, upper = self._columns.bounds()
        row_lower, row_upper = self._rows.bounds()
        return CompiledModel(
            matrix=csc_array(coo_array((value, (row, column)), shape=shape)),
            cost=np.concatenate(self._cost),
            offset=offset,
            row_lower=row_lower,
            row_upper=row_upper,
            lower=lower,
            upper=upper,
            integer=np.concatenate(self._integer),
            columns=self._columns.labels(),
            rows=self._rows.labels(),
        )


def before(columns: Ints, steps: int = 1) -> Ints:
    """The columns some steps earlier, the first following the last."""
    return np.roll(columns, steps)


def sunny_site(demand: list[float], sun: list[float]) -> CompiledModel:
    """Power bought at 1, PV at 0.5 per day, and a lossless battery at 0.02 per day."""
    steps = len(demand)
    days = steps / 4
    draft = Draft(steps)
    pv = draft.design("pv", 100.0, cost=0.5 * days)
    size = draft.design("battery", 100.0, cost=0.02 * days)
    buy, output = draft.timed("buy", 100.0, cost=1.0), draft.timed("output", 100.0)
    charge, discharge = draft.timed("charge", 100.0), draft.timed("discharge", 100.0)
    content = draft.timed("content", 100.0)
    draft.rows("yield", -INF, 0.0, (output, 1.0), (pv, -np.array(sun)))
    draft.rows(
        "balance",
        demand,
        demand,
        *((buy, 1.0), (output, 1.0), (charge, -1.0), (discharge, 1.0)),
    )
    draft.rows(
        "content_is",
        0.0,
        0.0,
        *((content, 1.0), (before(content), -1.0), (charge, -1.0), (discharge, 1.0)),
    )
    draft.rows("room", -INF, 0.0, (content, 1.0), (size, -1.0))
    return draft.model()


def switched(whole: bool) -> CompiledModel:
    """A machine with starts that cost, up and down for four steps at the least."""
    draft = Draft(48)
    load = 6.0 + 3.0 * np.sin(np.arange(48) * 0.8)
    price = np.where(np.arange(48) % 5 < 2, 0.05, 0.4)
    on = draft.timed("on", 1.0, integer=whole)
    start = draft.timed("start", 1.0, cost=1.0, integer=whole)
    made, buy = draft.timed("made", cost=0.1), draft.timed("buy", 50.0, cost=price)
    draft.rows("switch", -INF, 0.0, (on, 1.0), (before(on), -1.0), (start, -1.0))
    recent = [(before(start, lag), 1.0) for lag in range(4)]
    draft.rows("min_up", -INF, 0.0, *recent, (on, -1.0))
    draft.rows("min_down", -INF, 1.0, *recent, (before(on, 4), 1.0))
    draft.rows("most", -INF, 0.0, (made, 1.0), (on, -8.0))
    draft.rows("least", 0.0, INF, (made, 1.0), (on, -5.0))
    draft.rows("load", load, load, (made, 1.0), (buy, 1.0))
    return draft.model()

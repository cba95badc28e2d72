"""Problems over time as matrices, drawn at random from a seed.

A drawn problem looks like a small site: a grid connection at spot prices, PV, a battery
with losses, a heat pump with a varying COP, a boiler, a heat store, and a carbon cap;
what else it has is drawn too.
"""

from dataclasses import dataclass

import numpy as np
from drafts import INF, Draft, before
from numpy.random import Generator
from problems import design_whole

from verdigrid.models.arrays import Floats, Ints
from verdigrid.models.compiled import CompiledModel


def random_segments(random: Generator, steps: int, starts: Ints | None = None) -> Ints:
    """Segments of random lengths; at ``starts`` one must begin."""
    begins = random.random(steps) < random.uniform(0.1, 0.7)
    if starts is not None:
        begins[starts] = True
    begins[0] = True
    return np.cumsum(begins) - 1


@dataclass(frozen=True)
class Wanted:
    """What a drawn problem must have; everything else is drawn."""

    steps: int = 24
    served: bool = True  # demand may stay unserved at a price: always feasible
    whole_design: bool | None = None
    whole_hours: bool | None = None
    longest_lag: int = 3


def random_model(seed: int, wanted: Wanted | None = None) -> CompiledModel:
    """A problem with costs, profiles, rows and kinds of columns drawn from ``seed``."""
    return _Site(np.random.default_rng(seed), wanted or Wanted()).model()


class _Site:
    """One drawn problem; each method writes one machine of it."""

    def __init__(self, random: Generator, wanted: Wanted) -> None:
        self.random, self.wanted = random, wanted
        self.draft = Draft(wanted.steps)
        self.power: list[tuple[Ints, object]] = []
        self.heat: list[tuple[Ints, object]] = []
        self.carbon: list[tuple[Ints, object]] = []

    def chance(self, share: float = 0.5) -> bool:
        return bool(self.random.random() < share)

    def profile(self, low: float, high: float) -> Floats:
        """Values that follow the day, with noise."""
        steps = self.wanted.steps
        day = 0.5 + 0.5 * np.sin(2 * np.pi * np.arange(steps) / 12.0 - 1.0)
        shape = np.clip(0.6 * day + 0.4 * self.random.random(steps), 0.0, 1.0)
        return np.asarray((low + (high - low) * shape).round(3))

    def model(self) -> CompiledModel:
        self.grid()
        self.pv()
        self.battery()
        self.heat_pump()
        self.boiler()
        if self.chance(0.6):
            self.heat_store()
        if self.chance():
            self.committed_engine()
        self.balances()
        self.year()
        return self.draft.model(offset=float(self.random.uniform(-50, 50)))

    def grid(self) -> None:
        draft, random = self.draft, self.random
        price = self.profile(-0.1, 0.4)
        least = 3.0 if self.chance(0.3) else 0.0
        buy = draft.timed("buy", 120.0, lower=least, cost=price)
        most = 40.0 if self.chance(0.8) else 0.0
        sell = draft.timed("sell", most, cost=0.02 - np.maximum(price, 0.0))
        self.power += [(buy, 1.0), (sell, -1.0)]
        self.carbon += [(buy, self.profile(0.2, 0.6))]
        self.buy = buy
        if self.chance():  # what is exchanged, of either sign
            net = draft.timed("net", lower=-INF)
            draft.rows("net_is", 0.0, 0.0, (net, 1.0), (buy, -1.0), (sell, 1.0))
            if self.chance():
                draft.rows("net_range", -30.0, 110.0, (net, 1.0))
        if self.chance(0.3):
            draft.rows("exchange", 1.0, 130.0, (buy, 1.0), (sell, 0.5))
        if self.chance(0.7):
            months = max(1, draft.steps // 8)
            month = np.arange(draft.steps) * months // draft.steps
            costs = random.uniform(0.1, 3.0, months)
            peak = draft.static("peak", size=months, cost=costs)
            draft.rows("peak_is", 0.0, INF, (peak[month], 1.0), (buy, -1.0))

    def pv(self) -> None:
        draft = self.draft
        self.size = self.capacity("pv", 80.0, 4.0)
        self.sun = np.maximum(0.0, self.profile(-0.4, 0.9))
        output = draft.timed("pv")
        draft.rows("yield", -INF, 0.0, (output, 1.0), (self.size, -self.sun))
        self.power.append((output, 1.0))

    def battery(self) -> None:
        size = self.capacity("battery", 60.0, 1.5)
        charge, discharge = self.storage("battery", size)
        self.power += [(charge, -1.0), (discharge, 1.0)]

    def heat_store(self) -> None:
        size = self.capacity("store", 50.0, 0.5)
        charge, discharge = self.storage("store", size)
        self.heat += [(charge, -1.0), (discharge, 1.0)]

    def storage(self, name: str, size: Ints) -> tuple[Ints, Ints]:
        """content(t) = kept content(t-1) + in charge - discharge / out."""
        draft, random = self.draft, self.random
        kept = float(random.choice([1.0, 0.999, 0.97, 0.8]))
        keeps: object = self.profile(0.9, 1.0) if self.chance(0.2) else kept
        charge = draft.timed(f"{name}_charge")
        discharge = draft.timed(f"{name}_discharge", cost=0.001)
        content = draft.timed(f"{name}_content")
        start = self.chance(0.3)  # starts half full instead of where it ends
        first = np.arange(draft.steps) == 0
        keeps = np.where(first & start, 0.0, keeps)
        least = np.where(first & start, 2.0, 0.0)
        efficiency = float(random.choice([1.0, 0.9, 0.7]))
        draft.rows(
            f"{name}_content_is",
            least,
            least,
            (content, 1.0),
            (before(content), -keeps),
            (charge, -efficiency),
            (discharge, 1.0 / efficiency),
        )
        draft.rows(f"{name}_room", -INF, 0.0, (content, 1.0), (size, -1.0))
        if self.chance():
            draft.rows(f"{name}_reserve", 0.0, INF, (content, 1.0), (size, -0.1))
        draft.rows(
            f"{name}_power", -INF, 0.0, (charge, 1.0), (discharge, 1.0), (size, -0.4)
        )
        return charge, discharge

    def heat_pump(self) -> None:
        draft = self.draft
        size = self.capacity("heat_pump", 30.0, 6.0)
        intake, output = draft.timed("hp_intake"), draft.timed("hp_heat")
        draft.rows("cop", 0.0, 0.0, (output, 1.0), (intake, -self.profile(2.0, 4.5)))
        draft.rows("hp_limit", -INF, 0.0, (intake, 1.0), (size, -1.0))
        self.power.append((intake, -1.0))
        self.heat.append((output, 1.0))

    def boiler(self) -> None:
        draft = self.draft
        output = draft.timed("boiler", 60.0, cost=0.09)
        self.heat.append((output, 1.0))
        self.carbon.append((output, 0.25))
        if self.chance():  # limited change from step to step
            size = self.capacity("boiler", 60.0, 0.3)
            draft.rows("boiler_limit", -INF, 0.0, (output, 1.0), (size, -1.0))
            change = (output, 1.0), (before(output), -1.0)
            draft.rows("ramp_up", -INF, 0.0, *change, (size, -0.3))
            draft.rows("ramp_down", 0.0, INF, *change, (size, 0.4))

    def committed_engine(self) -> None:
        """On for at least ``up`` steps, off for at least ``down``."""
        draft, random = self.draft, self.random
        whole = self.wanted.whole_hours
        whole = self.chance(0.3) if whole is None else whole
        most = self.wanted.longest_lag + 1
        up, down = int(random.integers(1, most)), int(random.integers(1, most))
        cost = float(random.choice([0.0, 2.0]))
        on = draft.timed("on", 1.0, cost=0.5, integer=whole)
        start = draft.timed("start", 1.0, cost=cost, integer=whole)
        stop = draft.timed("stop", 1.0, integer=whole)
        output = draft.timed("engine", cost=0.12)
        draft.rows(
            "switch",
            0.0,
            0.0,
            (on, 1.0),
            (before(on), -1.0),
            (start, -1.0),
            (stop, 1.0),
        )
        starts = [(before(start, lag), 1.0) for lag in range(up)]
        draft.rows("min_up", -INF, 0.0, *starts, (on, -1.0))
        stops = [(before(stop, lag), 1.0) for lag in range(down)]
        draft.rows("min_down", -INF, 1.0, *stops, (on, 1.0))
        draft.rows("most", -INF, 0.0, (output, 1.0), (on, -25.0))
        draft.rows("least", 0.0, INF, (output, 1.0), (on, -10.0))
        self.power.append((output, 1.0))
        self.heat.append((output, 0.8))
        self.carbon.append((output, 0.45))

    def balances(self) -> None:
        draft = self.draft
        load, warm = self.profile(10.0, 50.0), self.profile(5.0, 40.0)
        if self.wanted.served:
            self.power.append((draft.timed("unserved", 60.0, cost=5.0), 1.0))
            self.heat.append((draft.timed("cold", 60.0, cost=4.0), 1.0))
        self.power.append((draft.timed("spilt", 200.0), -1.0))
        draft.rows("power", load, load, *self.power)
        draft.rows("heat", warm, INF, *self.heat)

    def year(self) -> None:
        """Rows that hold columns of all steps: a carbon cap, a share of sun."""
        draft, random = self.draft, self.random
        if self.chance(0.7):
            most = float(random.uniform(4.0, 15.0)) * draft.steps
            extra = draft.static("offset", 1e4, cost=0.8)
            terms = [*self.carbon, (self.size, 1.0), (extra, -1.0)]
            draft.row("carbon_cap", -INF, most, *terms)
        if self.chance(0.4):
            lack = draft.static("lack", 1e4, cost=1.0)
            draft.row("least_buy", 4.0 * draft.steps, INF, (self.buy, 1.0), (lack, 1.0))

    def capacity(self, name: str, most: float, price: float) -> Ints:
        """A size to be bought: free, in units, or with a price for buying at all."""
        draft, random = self.draft, self.random
        cost = price * float(random.uniform(0.2, 2.0)) * draft.steps / 24.0
        whole = self.wanted.whole_design
        if not (self.chance(0.35) if whole is None else whole and self.chance(0.6)):
            return draft.design(name, most, cost=cost)
        if self.chance(0.3):
            size = draft.design(name, most, cost=cost)
            units = draft.design(f"{name}_units", 3.0, integer=True)
            draft.row(f"{name}_whole", 0.0, 0.0, (size, 1.0), (units, -most / 3.0))
            return size
        size = draft.design(name, most, cost=cost)
        fixed = cost * float(random.uniform(1.0, 15.0))
        build = draft.design(f"{name}_build", 1.0, cost=fixed, integer=True)
        draft.row(f"{name}_most", -INF, 0.0, (size, 1.0), (build, -most))
        draft.row(f"{name}_least", 0.0, INF, (size, 1.0), (build, -0.2 * most))
        return size


def drawn(seed: int, **wanted: object) -> CompiledModel:
    steps = int(np.random.default_rng(seed).choice([24, 36, 48]))
    return design_whole(random_model(seed, Wanted(steps, **wanted)))

"""Random values: how they are spread (the draw) and how they are distributed.

A draw fills the unit cube; each column then goes through the inverse of its path's
distribution function, so that every method serves every distribution.
"""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from pydantic import model_validator
from scipy import stats
from scipy.stats import qmc

from verdigrid.models.arrays import Floats
from verdigrid.models.parameter import Strict, parameter

Method = Literal["latin_hypercube", "sobol", "monte_carlo"]
#: Draws stay this far from 0 and 1, where a normal distribution has no end.
EDGE = 1e-12


class Distribution(Strict):
    """How the values of a path are distributed."""

    distribution: str = parameter(unit="", doc="name of the distribution")

    def quantile(self, share: Floats) -> Floats:
        """The values below which these shares of all values lie."""
        raise NotImplementedError


class Uniform(Distribution):
    """Every value from ``low`` to ``high`` as likely as every other."""

    low: float = parameter(unit="", doc="lowest value")
    high: float = parameter(unit="", doc="highest value")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_order(self)
        return self

    def quantile(self, share: Floats) -> Floats:
        return self.low + (self.high - self.low) * share


class Normal(Distribution):
    """The normal distribution, cut off below ``low`` and above ``high``."""

    mean: float = parameter(unit="", doc="mean before the cut")
    standard_deviation: float = parameter(unit="", doc="spread before the cut", gt=0)
    low: float | None = parameter(None, unit="", doc="nothing below")
    high: float | None = parameter(None, unit="", doc="nothing above")

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        _check_order(self)
        return self

    def quantile(self, share: Floats) -> Floats:
        normal = stats.norm(self.mean, self.standard_deviation)
        below = 0.0 if self.low is None else float(normal.cdf(self.low))
        above = 1.0 if self.high is None else float(normal.cdf(self.high))
        values = normal.ppf(below + (above - below) * share)
        return np.asarray(np.clip(values, self.low, self.high), dtype=float)


class Triangular(Distribution):
    """From ``low`` to ``high``, most likely near ``mode``."""

    low: float = parameter(unit="", doc="lowest value")
    mode: float = parameter(unit="", doc="most likely value")
    high: float = parameter(unit="", doc="highest value")

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        _check_order(self)
        if not self.low <= self.mode <= self.high:
            raise ValueError("mode: from low: to high:")
        return self

    def quantile(self, share: Floats) -> Floats:
        width = self.high - self.low
        peak = (self.mode - self.low) / width
        return np.asarray(stats.triang.ppf(share, peak, self.low, width), dtype=float)


class LogNormal(Distribution):
    """The logarithm is normal: half below ``median``, and no value below zero.

    Two thirds lie within ``median`` divided and multiplied by ``spread_factor``.
    """

    median: float = parameter(unit="", doc="half of the values are below", gt=0)
    spread_factor: float = parameter(
        unit="1",
        doc="geometric standard deviation: 1.2 is about 20 % up and down",
        gt=1,
    )

    def quantile(self, share: Floats) -> Floats:
        spread = np.log(self.spread_factor)
        values = self.median * np.exp(spread * stats.norm.ppf(share))
        return np.asarray(values, dtype=float)


DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "uniform": Uniform,
    "normal": Normal,
    "triangular": Triangular,
    "lognormal": LogNormal,
}


def _check_order(model: Any) -> None:
    ends = model.low, model.high
    if None not in ends and not ends[0] < ends[1]:
        raise ValueError("low: below high:")


def draw(
    distributions: Sequence[Distribution], method: Method, count: int, seed: int
) -> Floats:
    """Values of shape (count, distributions); the same seed gives the same values."""
    size = len(distributions)
    if method == "latin_hypercube":
        unit = qmc.LatinHypercube(size, seed=seed).random(count)
    elif method == "sobol":
        # a power of two keeps the balance; the rest of it is left out
        power = int(np.ceil(np.log2(count)))
        unit = qmc.Sobol(size, seed=seed).random_base2(power)[:count]
    else:
        unit = np.random.default_rng(seed).random((count, size))
    unit = np.clip(unit, EDGE, 1 - EDGE)
    columns = [d.quantile(unit[:, n]) for n, d in enumerate(distributions)]
    return np.column_stack(columns)

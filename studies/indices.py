"""Morris and Sobol indices: which uncertain values matter, through SALib.

    design  ->  members, one for each row  ->  their figure  ->  indices

SALib draws in the unit cube, and the distributions of the study give the values, so
that every distribution of a study will do. A group of members that belong together (a
Morris trajectory, a Sobol block) counts only if all of them have a plan.

mu_star  mean size of what a value alone changes, from one end of its range to the
         other, in units of the figure; mu has the sign; sigma how much that depends
         on the other values (0 where the figure is linear)
S1       share of the figure's variance that goes when the value is known
ST       share that is left when all other values are known
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from verdigrid.models.arrays import Floats
from verdigrid.models.errors import InputError, Problem
from verdigrid.scenarios.wording import refusal
from verdigrid.studies.members import Member
from verdigrid.studies.row import WITH_PLAN
from verdigrid.studies.samples import EDGE, Distribution

Method = Literal["morris", "sobol"]
#: Levels of a Morris design, and the shares that a distribution without ends is cut at:
#: its ends are levels, and infinitely far away.
LEVELS, CUT = 4, 0.01
#: Fewer groups than this say nothing.
LEAST_GROUPS = 4


@dataclass(frozen=True)
class Design:
    """A design in the unit cube (rows, paths) and the values that it stands for."""

    method: Method
    paths: tuple[str, ...]
    unit: Floats
    values: Floats
    seed: int

    @property
    def group(self) -> int:
        """How many rows belong together."""
        return len(self.paths) + (1 if self.method == "morris" else 2)


def make_design(
    distributions: Mapping[str, Distribution], method: Method, count: int, seed: int
) -> Design:
    """The design of ``count`` groups (for Sobol the next power of two)."""
    salib = _salib()
    paths = tuple(distributions)
    problem = _problem(paths)
    if method == "morris":
        unit = salib["morris_sample"](problem, count, num_levels=LEVELS, seed=seed)
    else:
        blocks = 2 ** int(np.ceil(np.log2(max(1, count))))
        unit = salib["sobol_sample"](
            problem, blocks, calc_second_order=False, seed=seed
        )
    unit = np.asarray(unit, dtype=float)
    columns = [
        distribution.quantile(_inside(distribution, unit[:, n], method))
        for n, distribution in enumerate(distributions.values())
    ]
    return Design(method, paths, unit, np.column_stack(columns), seed)


def _inside(distribution: Distribution, unit: Floats, method: Method) -> Floats:
    """Shares at which a distribution has a value; cut where it has no ends."""
    ends = distribution.quantile(np.array([EDGE, 1 - EDGE]))
    near = distribution.quantile(np.array([CUT, 1 - CUT]))
    has_tails = (ends[1] - ends[0]) > 1.5 * (near[1] - near[0])
    cut = CUT if method == "morris" and has_tails else EDGE
    return np.asarray(np.clip(unit, cut, 1 - cut), dtype=float)


def members_of(
    design: Design, scenario: str, fixed: Mapping[str, Any], inputs: str
) -> list[Member]:
    """A member for each row of the design."""
    found = []
    for number, row in enumerate(design.values, start=1):
        values = dict(zip(design.paths, map(float, row), strict=True))
        found.append(Member(number, scenario, {**fixed, **values}, values, inputs))
    return found


def indices(design: Design, table: pd.DataFrame, figure: str) -> pd.DataFrame:
    """The indices of every path, the one that matters most first.

    The columns ``groups`` and ``dropped`` say how many groups counted. Raises
    InputError if the table has no such figure, or too few groups are complete.
    """
    if figure not in table:
        got = f"no figure {figure} in the table"
        raise InputError([Problem("figure", got, "a column of the table")])
    rows = table.set_index("member")
    known = rows["status"].isin(WITH_PLAN) & rows[figure].notna()
    values = rows[figure].where(known).astype(float)
    order = range(1, len(design.unit) + 1)
    y = values.reindex(order).to_numpy(dtype=float).reshape(-1, design.group)
    whole = np.asarray(np.isfinite(y).all(axis=1))
    if whole.sum() < LEAST_GROUPS:
        got = f"{int(whole.sum())} of {len(whole)} groups without a failed member"
        raise InputError([Problem("samples", got, f"at least {LEAST_GROUPS}")])
    keep = np.repeat(whole, design.group)
    figures = np.asarray(y[whole].ravel(), dtype=np.float64)
    found = _analysed(design, design.unit[keep], figures)
    found.insert(0, "path", list(design.paths))
    found["groups"], found["dropped"] = int(whole.sum()), int((~whole).sum())
    leading = "mu_star" if design.method == "morris" else "ST"
    ordered = found.sort_values(leading, ascending=False, kind="stable")
    return ordered.reset_index(drop=True)


def _analysed(design: Design, unit: Floats, y: Floats) -> pd.DataFrame:
    """What SALib finds; nothing depends on a value if the figure is a constant."""
    names: Sequence[str]
    if design.method == "morris":
        names = ("mu_star", "mu_star_conf", "mu", "sigma")
    else:
        names = ("S1", "S1_conf", "ST", "ST_conf")
    if np.ptp(y) <= 1e-9 * max(1.0, float(np.abs(y).max())):
        zeros = np.zeros(len(design.paths))
        return pd.DataFrame(dict.fromkeys(names, zeros))
    salib, problem = _salib(), _problem(design.paths)
    if design.method == "morris":
        found = salib["morris"](problem, unit, y, num_levels=LEVELS, seed=design.seed)
    else:
        found = salib["sobol"](problem, y, calc_second_order=False, seed=design.seed)
    return pd.DataFrame({name: np.asarray(found[name], dtype=float) for name in names})


def _problem(paths: Sequence[str]) -> dict[str, Any]:
    return {
        "num_vars": len(paths),
        "names": list(paths),
        "bounds": [[0.0, 1.0]] * len(paths),
    }


def _salib() -> dict[str, Any]:
    """SALib's functions. Raises InputError if it is not there."""
    try:
        from SALib.analyze import morris, sobol
        from SALib.sample import morris as morris_sample
        from SALib.sample import sobol as sobol_sample
    except ImportError:
        expected = 'pip install "verdigrid[sensitivity]"'
        raise refusal("Morris and Sobol without the package SALib", expected) from None
    return {
        "morris": morris.analyze,
        "sobol": sobol.analyze,
        "morris_sample": morris_sample.sample,
        "sobol_sample": sobol_sample.sample,
    }

"""A verified solution with everything that is derived from it."""

from dataclasses import dataclass
from functools import cached_property

from verdigrid.models.solution import Solution
from verdigrid.results.checks import Check, verify
from verdigrid.results.recompute import Recomputed, recompute
from verdigrid.results.tables import Tables
from verdigrid.results.tabulate import tabulate


@dataclass(frozen=True)
class Outcome:
    """One solution (a plan or a baseline), its tables and its checks."""

    solution: Solution

    @cached_property
    def recomputed(self) -> Recomputed:
        """The plan restated in NumPy."""
        return recompute(self.solution)

    @cached_property
    def checks(self) -> list[Check]:
        """Every comparison of the solution with its restatement."""
        return verify(self.solution, self.recomputed)

    @cached_property
    def tables(self) -> Tables:
        """All tables."""
        return tabulate(self.solution, self.recomputed)

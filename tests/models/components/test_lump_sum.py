"""A lump sum is paid in any plan, in no baseline, and written off like an asset."""

from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import EXACT, grid_at, load_of, microgrid, planned
from verdigrid.models.components.lump_sum import LumpSum
from verdigrid.models.finance import capital_recovery_factor
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.pathway import pathway_of
from verdigrid.results.cash_flow import payments, total_worth
from verdigrid.results.recompute import recompute
from verdigrid.studies.plan_pathway import solve_verified_pathway

YEARS = {"discount_rate": 0.05, "horizon_years": 20}


def site(
    finance: object = None, represents: str = "as_is", **price: object
) -> Microgrid:
    """10 kW for four hours at 0.1, and works that cost something."""
    components = {
        "plant": load_of(10),
        "grid": grid_at(0.1),
        "works": {"kind": "lump_sum", "price": {"capex": 1000, **price}},
    }
    return microgrid(components, 4, finance=finance, represents=represents)


class TestLumpSum(ComponentHarness):
    kind = "lump_sum"
    residuals = ("paid in full",)
    example: ClassVar = {
        "components": {
            "plant": load_of([10, 20, 30, 20]),
            "grid": grid_at(0.1),
            "works": {
                "kind": "lump_sum",
                "price": {"capex": 5000, "om_per_year": 10, "lifetime_years": 15},
            },
        },
        "periods": 4,
    }

    def test_example_really_uses_it(self) -> None:
        assert self.plan().size("works", "price").new == pytest.approx(1)

    def test_without_the_purchase_it_is_never_cheaper(self) -> None:
        """Without it everything is cheaper: it buys nothing that shows in operation."""
        without = planned(self.site().baseline()).objective
        hours = 4 / 8760  # of a year's operation and maintenance
        assert without == pytest.approx(self.plan().objective - 5000 - 10 * hours)


def test_it_is_paid_in_the_plan_and_not_in_the_baseline() -> None:
    grid = site()
    assert planned(grid).objective == pytest.approx(4 + 1000)
    assert planned(grid.baseline()).objective == pytest.approx(4)


def test_a_sum_of_nothing_is_a_plan() -> None:
    assert planned(site(capex=0)).objective == pytest.approx(4)


def test_it_is_replaced_and_written_off_by_its_life() -> None:
    # Twenty years: bought at 0 and 12, of the second purchase 4 of 12 years are left.
    grid = site(YEARS, "year", lifetime_years=12, om_per_year=7)
    solution = planned(grid)
    worth = 1000 * (1 + 1.05**-12 - 4 / 12 * 1.05**-20)
    running = (4 * 8760 / 4 + 7) / capital_recovery_factor(0.05, 20)
    assert solution.objective == pytest.approx(worth + running)
    found = payments(solution, recompute(solution))
    assert -total_worth(found, 0.05) == pytest.approx(solution.objective)
    bought = {(p.kind, p.time): p.amount for p in found if p.item == "works price"}
    assert bought["investment", 0] == pytest.approx(-1000)
    assert bought["replacement", 12] == pytest.approx(-1000)
    assert bought["residual value", 20] == pytest.approx(1000 / 3)


def test_without_a_life_of_its_own_it_lasts_twenty_years() -> None:
    grid = site(YEARS, "year")
    running = 8760 / capital_recovery_factor(0.05, 20)
    assert planned(grid).objective == pytest.approx(1000 + running)


@pytest.mark.parametrize(
    ("price", "words"),
    [
        ({}, "capex"),
        ({"capex": -1}, "greater than or equal"),
        ({"capex": 1, "existing": 1.0}, "a sum has no existing"),
        ({"capex": 1, "maximum": 2.0}, "a sum has no maximum"),
        ({"capex": 1, "minimum": 0.5}, "a sum has no minimum"),
        ({"capex": 1, "capex_per_kw": 1}, "capex_per_kw"),
    ],
)
def test_what_is_no_sum_is_refused(price: dict[str, float], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LumpSum.model_validate({"kind": "lump_sum", "price": price})


def test_on_a_pathway_it_is_paid_once_and_again_when_its_life_ends() -> None:
    """1000 for a life of 12 years: paid in the first stage, renewed in year 12."""
    parts = {
        "connection": grid_at(0.1),
        "plant": load_of(10.0),
        "works": {"kind": "lump_sum", "price": {"capex": 1000.0, "lifetime_years": 12}},
    }
    finance = {"discount_rate": 0.0, "horizon_years": 20}
    grids = [microgrid(parts, 1, finance=finance, represents="year") for _ in range(2)]
    outcome = solve_verified_pathway(pathway_of([2026, 2030], grids), EXACT)
    sizes = [s.size("works", "price") for s in outcome.solution.stages]
    assert [size.new for size in sizes] == pytest.approx([1.0, 0.0])
    assert [size.total for size in sizes] == pytest.approx([1.0, 1.0])
    power = 20 * 8760 * 10 * 0.1
    left = 1000 * 4 / 12
    assert outcome.solution.objective == pytest.approx(power + 2000 - left)

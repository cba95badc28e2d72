"""Products on a pathway: every choice of every stage, worked out one by one.

A load of 100 kW in one step that stands for a year, and PV that comes in pieces.
"""

from itertools import product

import pytest

from support import EXACT, grid_at, load_of, microgrid
from verdigrid.models.pathway import pathway_of, stage_problems
from verdigrid.studies.plan_pathway import solve_verified_pathway

FINANCE = {"discount_rate": 0.05, "horizon_years": 20}
SIZES = {"small": 40.0, "large": 100.0}
#: Yearly O&M and carbon of making a piece.
OM, EMBODIED = {"small": 300.0, "large": 500.0}, {"small": 3e4, "large": 6e4}
LIFE, SECOND, HORIZON = 15, 10, 20
RATE = 1.05


def site(prices, life=LIFE, limit=140.0, om=None, **more):
    """Up to 140 kW of PV, in two sizes at these prices."""
    catalogue = [
        {
            "name": name,
            "kw": SIZES[name],
            "capex": price,
            "om_per_year": OM[name],
            "embodied_kg": EMBODIED[name],
        }
        for name, price in prices.items()
    ]
    capacity = {"catalogue": catalogue, "max_kw": limit, "lifetime_years": float(life)}
    parts = {
        "grid": grid_at(0.1),
        "plant": load_of(100.0),
        "roof": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": 0.2,
            "capacity": {**capacity, **more},
        },
    }
    return microgrid(parts, 1, finance=FINANCE, represents="year")


def worth(first, last):
    return sum(RATE**-year for year in range(first + 1, last + 1))


def by_hand(early, late, prices, life=LIFE):
    """Net present cost of pieces bought in the first and second stage."""
    one, other = prices
    serving = [early, [*(early if life > SECOND else []), *late]]
    cost = 0.0
    for pieces, (first, last) in zip(
        serving, ((0, SECOND), (SECOND, HORIZON)), strict=True
    ):
        power = 100 - 0.2 * sum(SIZES[name] for name in pieces)
        yearly = 8760 * power * 0.1 + sum(OM[name] for name in pieces)
        cost += yearly * worth(first, last)
    for name in early:
        cost += one[name]
        if life > SECOND:  # renewed after 15 years, 10 of 15 are left
            left = (2 * life - HORIZON) / life
            cost += other[name] * (RATE**-life - left * RATE**-HORIZON)
    for name in late:
        left = (SECOND + life - HORIZON) / life
        cost += other[name] * (RATE**-SECOND - left * RATE**-HORIZON)
    return cost


CHOICES = ([], ["small"], ["large"])
CASES = [
    ({"small": 2.0e4, "large": 7.0e4}, {"small": 2.0e4, "large": 3.0e4}),
    ({"small": 8.0e4, "large": 9.0e4}, {"small": 2.0e4, "large": 9.0e4}),
    ({"small": 5.0e4, "large": 4.0e5}, {"small": 1.0e4, "large": 2.0e4}),
    ({"small": 3.0e5, "large": 4.0e5}, {"small": 3.0e5, "large": 4.0e5}),
]


@pytest.mark.parametrize("life", [LIFE, SECOND])
@pytest.mark.parametrize("prices", CASES)
def test_best_of_all_choices(prices, life):
    grids = [site(stage, life) for stage in prices]
    outcome = solve_verified_pathway(pathway_of([2026, 2036], grids), EXACT)
    costs = {
        (tuple(early), tuple(late)): by_hand(early, late, prices, life)
        for early, late in product(CHOICES, CHOICES)
        if life == SECOND or sum(SIZES[n] for n in [*early, *late]) <= 140
    }
    assert outcome.solution.objective == pytest.approx(min(costs.values()), rel=1e-9)
    assert outcome.net_present_cost == pytest.approx(outcome.solution.objective)
    best = min(costs, key=costs.get)
    sizes = [stage.size("roof", "capacity") for stage in outcome.solution.stages]
    found = tuple(tuple(n for n, k in size.products.items() if k) for size in sizes)
    assert found == best
    serving = best[0] if life > SECOND else ()
    assert sizes[1].carried == pytest.approx(sum(SIZES[name] for name in serving))
    assert {n for n, k in sizes[1].carried_products.items() if k} == set(serving)


def test_om_and_carbon_of_earlier_pieces_count():
    grids = [site({"small": 1e4, "large": 9e9}, limit=40.0) for _ in range(2)]
    outcome = solve_verified_pathway(pathway_of([2026, 2036], grids), EXACT)
    bought = [n for n, k in _first(outcome).products.items() if k]
    assert bought == ["small"]
    for stage in outcome.stages:
        year = stage.recomputed
        assert year.costs["roof", "om", "capacity O&M"] == pytest.approx(
            sum(OM[name] for name in bought)
        )
        made = year.yearly.emitted([3])
        assert made == pytest.approx(sum(EMBODIED[name] for name in bought) / LIFE)


def _first(outcome):
    return outcome.solution.stages[0].size("roof", "capacity")


def test_stages_sell_the_same_products():
    first = site(CASES[0][0])
    assert stage_problems(first, site(CASES[0][1])) == []
    other = stage_problems(first, site({"small": 2e4}))
    assert [problem.path for problem in other] == ["components.roof.capacity.catalogue"]


def test_curves_that_rise_are_refused():
    """Every stage would begin with the cheap segment again."""
    from support import option

    def curved(*prices):
        curve = [
            {"up_to_kw": 50.0 * n, "capex_per_kw": price}
            for n, price in enumerate(prices, start=1)
        ]
        roof = option("kw", 100.0, 1.0, cost_curve=curve)
        del roof["capex_per_kw"]
        roof = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 0.2, "capacity": roof}
        parts = {"grid": grid_at(0.1), "plant": load_of(100.0), "roof": roof}
        return microgrid(parts, 1, finance=FINANCE, represents="year")

    assert stage_problems(curved(900.0, 500.0)) == []
    (found,) = stage_problems(curved(500.0, 9000.0))
    assert found.path == "components.roof.capacity.cost_curve"

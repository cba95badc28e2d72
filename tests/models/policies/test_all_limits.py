"""What is true of every policy that limits: looser is cheaper, broken is noticed."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from policy_sites import engined, heated, pv_at, standing_of, sunny, supplied

from harness import rows_and_columns
from support import (
    checks_of,
    compiled,
    load_of,
    option,
    planned,
    policy,
    steps_halved,
    with_changes,
)
from verdigrid.models.errors import InfeasibleError
from verdigrid.models.finance import Finance
from verdigrid.models.measure import Measure
from verdigrid.models.microgrid import Microgrid
from verdigrid.models.policy import Policy
from verdigrid.results.outcome import Outcome
from verdigrid.results.standings import policy_rows
from verdigrid.studies.plan import make_plan

FUELS = {"gas": {}, "biomass": {"price_per_kwh": 0.08, "emissions_kg_per_kwh": 0.0}}


class Case(NamedTuple):
    """A site, a limit that binds there, and looser ones; the last does not bind."""

    site: Callable[[dict[str, Any] | None], Microgrid]
    field: str
    limits: tuple[Any, ...]
    more: tuple[tuple[str, Any], ...] = ()


def bought(rule: dict[str, Any] | None) -> Microgrid:
    return sunny(rule, **option("kw", 100, 0.04))


def fuelled(rule: dict[str, Any] | None) -> Microgrid:
    return heated(rule, **FUELS)


def drained(rule: dict[str, Any] | None) -> Microgrid:
    parts = {
        "drain": {
            "kind": "waste_heat",
            "temperature_c": 95.0,
            "outlet_temperature_c": 85.0,
            "profile": 100.0,
        },
        "exchanger": {
            "kind": "heat_exchanger",
            "source": "drain",
            "sink": "heat",
            "capacity": option("kw", 100, 1.0),
        },
    }
    return with_changes(heated(rule, gas={}), **parts)


def nightly(rule: dict[str, Any] | None) -> Microgrid:
    fewer = with_changes(supplied(rule, 2), roof=pv_at([1.0, 0.0]))
    return with_changes(fewer, plant=load_of(50))


def outages(*hours: int) -> list[dict[str, str]]:
    stamps = [f"2026-01-01 {hour:02d}:00" for hour in hours]
    return [{"first": stamp, "last": stamp} for stamp in stamps]


SHARES = (0.9, 0.6, 0.4, 0.0)
CASES = {
    "carbon_cap": Case(
        fuelled, "tonnes_per_year", (0.0, 0.01, 0.02), (("scopes", [1]),)
    ),
    "carbon_budget": Case(fuelled, "tonnes", (0.0, 0.01, 0.02), (("scopes", [1]),)),
    "self_consumption": Case(bought, "at_least", SHARES),
    "export_share": Case(bought, "at_most", (0.0, 0.1, 0.3, 1.0)),
    "green_power_share": Case(supplied, "at_least", SHARES),
    "non_fossil_share": Case(fuelled, "at_least", (0.5, 0.3, 0.1, 0.0)),
    "clean_energy_share": Case(fuelled, "at_least", (0.5, 0.3, 0.1, 0.0)),
    "hourly_green_share": Case(nightly, "at_least", SHARES),
    "waste_heat_share": Case(drained, "at_least", SHARES),
    "intensity_cap": Case(
        fuelled, "at_most", (0.0, 0.3, 0.6, 9.0), (("scopes", [1]), ("per", "tce"))
    ),
    "peak_import_limit": Case(engined, "at_most_kw", (0.0, 20.0, 60.0)),
    "investment_budget": Case(bought, "at_most", (0.0, 1.0, 9.0)),
    "shared_limit": Case(
        bought, "at_most", (0.0, 60.0, 999.0), (("uses", {"roof.capacity": 5.0}),)
    ),
    "exclusive_group": Case(
        bought, "at_most", (0, 1), (("capacities", ["roof.capacity"]),)
    ),
    "islanding": Case(engined, "outages", (outages(0, 1), outages(0), [])),
}
KINDS = pytest.mark.parametrize("kind", sorted(CASES))


def rule(kind: str, number: int, **more: Any) -> dict[str, Any]:
    """The policy of a kind with one of its limits."""
    case = CASES[kind]
    limit = {case.field: case.limits[number]}
    return {"kind": kind, **limit, **dict(case.more), **more}


def test_every_policy_that_limits_is_looked_at():
    instruments = {"carbon_price", "emissions_trading", "green_certificates"}
    # What holds between purchases has no number that could be loosened.
    logic = {"package", "requires"}
    assert set(CASES) >= limiting() - instruments - logic


def limiting():
    """Kinds of policies that say a limit on the year."""
    return {
        kind for kind, model in Policy.registry.items() if "limit" in vars_of(model)
    }


def vars_of(model):
    """Names that a class or its bases below ``Policy`` define."""
    bases = model.__mro__[: model.__mro__.index(Policy)]
    return {name for base in bases for name in vars(base)}


@KINDS
def test_looser_never_costs_more(kind):
    site, _, limits, _ = CASES[kind]
    costs = [planned(site(rule(kind, n))).objective for n in range(len(limits))]
    assert all(tight >= loose - 1e-9 for tight, loose in pairwise(costs))
    assert costs[0] > costs[-1] + 1e-3
    assert costs[-1] == pytest.approx(planned(site(None)).objective)


@KINDS
def test_what_binds_is_reached(kind):
    found = standing_of(planned(CASES[kind].site(rule(kind, 0))))
    assert found.value == pytest.approx(found.limit, abs=1e-6)


@KINDS
def test_not_enforced_it_is_told_and_costs_nothing(kind):
    site = CASES[kind].site
    plan = planned(site(rule(kind, 0, enforce=False)))
    assert plan.objective == pytest.approx(planned(site(None)).objective)
    (row,) = policy_rows(Outcome(plan), None)
    assert not row.enforced
    assert row.kept is False
    assert row.margin is not None
    assert row.margin < 0
    assert row.shadow_price is None


@KINDS
def test_broken_limit_fails_the_check(kind):
    """The loosest plan against the tightest limit."""
    plan = planned(CASES[kind].site(rule(kind, -1)))
    tight = dict(rule(kind, 0))
    wrong = replace(
        plan, microgrid=replace(plan.microgrid, policies={"rule": policy(**tight)})
    )
    failed = [check.what for check in checks_of(wrong) if not check.holds]
    assert failed == ["policy rule kept"]


@KINDS
def test_baseline_is_not_bound(kind):
    assert CASES[kind].site(rule(kind, 0)).baseline().policies == {}


@KINDS
def test_rows_do_not_depend_on_templates(kind):
    """Half hours and a year's weight stand in front of the sums."""
    site = steps_halved(CASES[kind].site(rule(kind, 0)))
    finance = Finance(discount_rate=0.08, horizon_years=20)
    calendar = replace(site.calendar, represents="year")
    site = replace(site, calendar=calendar, finance=finance)
    fast, plain = compiled(site), compiled(site, templated=False)
    assert rows_and_columns(fast) == rows_and_columns(plain)


def test_half_hours_and_short_horizons_count_as_the_year():
    """The same share, whether two steps stand for a year, an hour or two."""
    grid = supplied({"kind": "green_power_share", "at_least": 0.35}, 2)
    finer = planned(steps_halved(grid))
    assert finer.objective == pytest.approx(planned(grid).objective)
    whole = standing_of(
        planned(replace(grid, calendar=replace(grid.calendar, represents="year")))
    )
    assert whole.base == pytest.approx(100 * 8760)
    assert whole.value == pytest.approx(0.35)


@pytest.mark.parametrize("measure", [Measure.BOUGHT_POWER, Measure.GREEN_POSSIBLE])
def test_a_measure_that_does_not_agree_is_noticed(measure):
    plan = planned(bought({"kind": "self_consumption"}))
    measured = tuple(
        (entry, kw + (entry.measure == measure)) for entry, kw in plan.booked.measured
    )
    wrong = replace(plan, booked=replace(plan.booked, measured=measured))
    failed = [check.what for check in checks_of(wrong) if not check.holds]
    assert failed == [f"measure {measure.words}"]


def test_baseline_is_judged_beside_the_plan():
    """Without the roof nothing is green."""
    grid = with_changes(supplied({"kind": "green_power_share", "at_least": 0.5}))
    made = make_plan(grid)
    (row,) = policy_rows(made.plan, made.baseline)
    assert row.value == pytest.approx(0.5)
    assert row.baseline == pytest.approx(0.1)
    assert row.kept
    assert row.baseline_kept is False
    assert row.margin == pytest.approx(0, abs=1e-9)


def test_limits_that_clash_are_named_together():
    """Nothing may be spent, and the share needs a roof: each can be kept alone."""
    grid = bought({"kind": "green_power_share", "at_least": 0.5})
    purse = policy("investment_budget", at_most=0.0)
    both = replace(grid, policies={**grid.policies, "purse": purse})
    with pytest.raises(InfeasibleError, match="rule, purse can't be kept together"):
        planned(both)


def test_reduction_that_is_not_enforced_needs_no_baseline():
    """The works can't run today; the cap is told once there is something to say."""
    cap = {"kind": "carbon_cap", "scopes": [2], "reduction": 0.5, "enforce": False}
    grid = engined(cap)
    small = {
        **grid.components,
        "grid": grid.components["grid"].model_copy(update={"import_limit_kw": 0.0}),
    }
    roof = with_changes(
        replace(grid, components=small),
        roof=pv_at(1.0, **option("kw", 900, 1.0)),
        gas={
            "kind": "fuel_supply",
            "bus": "gas",
            "price_per_kwh": 9.0,
            "limit_kw": 0.0,
            "emissions_kg_per_kwh": 0.2,
        },
    )
    made = make_plan(roof)
    assert made.baseline is None
    (row,) = policy_rows(made.plan, made.baseline)
    assert row.limit is None
    assert row.kept is None

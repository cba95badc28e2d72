"""Least carbon within a budget: two problems, worked out by hand."""

from dataclasses import replace

import pytest

from support import grid_at, load_of, microgrid, option
from verdigrid.models.errors import InputError
from verdigrid.models.objective import BUDGET, CARBON, Objective
from verdigrid.results.console import plan_text
from verdigrid.results.summary import summarize
from verdigrid.scenarios.load import load
from verdigrid.studies.plan import make_plan

#: Two roofs that never pay: the far one is dearer.
NEAR = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}


def site(**objective):
    near = {**NEAR, "capacity": option("kw", 4.0, 100.0)}
    far = {**NEAR, "capacity": option("kw", 4.0, 300.0)}
    parts = {"grid": grid_at(0.1), "near": near, "far": far, "plant": load_of([10, 10])}
    return replace(microgrid(parts, 2), objective=Objective.model_validate(objective))


CARBON_FIRST = {"minimise": "carbon", "scopes": [2]}


def sizes(plan):
    return {size.component: size.new for size in plan.plan.solution.sizes}


def test_least_cost_is_the_default():
    plan = make_plan(site())
    assert sum(sizes(plan).values()) == 0
    assert summarize(plan.plan, plan.baseline)["minimises"] == "least net present cost"


def test_least_carbon_buys_all_that_helps():
    """8 of 10 kW from the roofs; 2 h x 2 kW x 0.5 kg remain."""
    plan = make_plan(site(**CARBON_FIRST))
    assert sizes(plan) == pytest.approx({"near": 4, "far": 4}, rel=1e-5)
    outcome = plan.plan
    assert outcome.recomputed.yearly.emitted([2]) == pytest.approx(2, rel=2e-6)
    # the objective that is proven and checked is the cost
    assert outcome.solution.objective == pytest.approx(4 * 400 + 0.4, rel=1e-5)
    assert all(check.holds for check in outcome.checks)
    assert outcome.recomputed.net_present_cost == pytest.approx(
        outcome.solution.objective
    )


def test_least_carbon_within_a_budget():
    """700 buy 4 kW at 100 and 1 at 300."""
    plan = make_plan(site(**CARBON_FIRST, budget=700.0))
    assert sizes(plan) == pytest.approx({"near": 4, "far": 1}, rel=1e-5)
    assert plan.plan.recomputed.investment <= 700 * (1 + 1e-9)
    assert {BUDGET, CARBON} <= plan.plan.solution.microgrid.policies.keys()


def test_of_equal_carbon_the_cheaper_plan():
    """4 kW are enough: those at 100, not those at 300, and none for nothing."""
    grid = site(**CARBON_FIRST)
    parts = {"plant": load_of([4, 4]), "grid": grid_at(0.1)}
    parts["near"] = {**NEAR, "capacity": option("kw", 9.0, 100.0)}
    parts["far"] = {**NEAR, "capacity": option("kw", 9.0, 300.0)}
    plan = make_plan(replace(microgrid(parts, 2), objective=grid.objective))
    assert sizes(plan) == pytest.approx({"near": 4, "far": 0}, abs=1e-5)


def test_a_budget_of_nothing_is_the_baseline():
    plan = make_plan(site(**CARBON_FIRST, budget=0.0))
    assert sum(sizes(plan).values()) == 0
    assert plan.plan.solution.objective == pytest.approx(2.0)
    assert plan.baseline.solution.objective == pytest.approx(2.0)


def test_more_budget_never_means_more_carbon():
    emitted = [
        make_plan(site(**CARBON_FIRST, budget=budget)).plan.recomputed.yearly.emitted(
            [2]
        )
        for budget in (0.0, 150.0, 400.0, 1000.0, 5000.0)
    ]
    assert emitted == sorted(emitted, reverse=True)
    assert emitted[1] == pytest.approx(10 - 1.5, rel=1e-5)


def test_the_budget_alone_with_least_cost():
    cheap = {**NEAR, "capacity": option("kw", 4.0, 0.05)}
    parts = {"grid": grid_at(0.1), "near": cheap, "plant": load_of([10, 10])}
    grid = replace(microgrid(parts, 2), objective=Objective(budget=0.1))
    assert sizes(make_plan(grid)) == pytest.approx({"near": 2})


def test_text_and_summary_say_the_objective():
    from rich.console import Console

    plan = make_plan(site(**CARBON_FIRST, budget=700.0))
    words = "least carbon of scopes 2 within a budget of 700"
    assert summarize(plan.plan, plan.baseline)["minimises"] == words
    console = Console(width=120, record=True)
    console.print(plan_text(plan.plan, plan.baseline, ""))
    assert f"objective: {words}" in console.export_text()


FILE = """\
schema: 1
name: test
currency: EUR
time: {start: 2026-01-01, periods: 4, represents: as_is}
objective: {minimise: carbon, scopes: [2], budget: 50}
buses: {electricity: {carrier: electricity}}
components:
  plant: {kind: load, bus: electricity, profile: 100}
  roof:
    kind: pv
    bus: electricity
    yield_kw_per_kw: 0.5
    capacity: {max_kw: 5, capex_per_kw: 100, om_per_kw_year: 0}
  grid:
    kind: grid
    bus: electricity
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.4
    tariff: {price_per_kwh: 0.2}
"""


def loaded(folder, old="", new=""):
    file = folder / "s.yaml"
    file.write_text(FILE.replace(old, new) if old else FILE)
    return load(file).microgrid


def test_in_a_scenario_file(tmp_path):
    plan = make_plan(loaded(tmp_path))
    assert sizes(plan) == pytest.approx({"roof": 0.5}, rel=1e-3)


def test_a_stored_run_is_proven_again(tmp_path, monkeypatch):
    from verdigrid.cli import app
    from verdigrid.studies.verify import verify_run

    loaded(tmp_path)
    monkeypatch.chdir(tmp_path)
    app(["run", "s.yaml", "--output", "out", "--no-figures"], standalone_mode=False)
    report = verify_run(tmp_path / "out")
    assert report.holds, [f for f in report.findings if not f.holds]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("scopes: [2], ", "", "scopes with minimise: carbon"),
        ("minimise: carbon", "minimise: cost", "scopes only with minimise: carbon"),
        (
            "components:",
            "policies: {objective_carbon: {kind: carbon_cap, scopes: [1], "
            "tonnes_per_year: 1}}\ncomponents:",
            "stands for the objective",
        ),
    ],
)
def test_nonsense_is_refused(tmp_path, old, new, words):
    with pytest.raises(InputError, match=words):
        loaded(tmp_path, old, new)

"""The best combination of packages: enumerated by hand, pruned, written."""

import itertools
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from verdigrid.cli import app
from verdigrid.models.errors import InfeasibleError, InputError
from verdigrid.scenarios.load import load
from verdigrid.solvers.highs import Progress
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.choose import Beaten, Cutoff, choose_packages, use, with_use
from verdigrid.studies.plan import make_plan

#: 80 kW of heat and 10 kW of light for ten hours. As it stands: 100 kW of gas at 0.05
#: and 10 kW of power at 0.1, 6 an hour and 60 in all; 20 + 5 kg an hour.
PLANT = """\
schema: 1
name: plant
currency: EUR
time: {start: 2026-01-01, periods: 10, represents: as_is}
buses:
  power: {carrier: electricity}
  gas: {carrier: gas}
  heat: {carrier: heat, temperature_c: 80}
components:
  works: {kind: load, bus: heat, profile: 80}
  supply: {kind: fuel_supply, bus: gas, price_per_kwh: 0.05, emissions_kg_per_kwh: 0.2}
  connection:
    kind: grid
    bus: power
    import_limit_kw: 1000
    emissions_kg_per_kwh: 0.5
    tariff: {price_per_kwh: 0.1}
  light: {kind: load, bus: power, profile: 10}
  boiler:
    kind: boiler
    input_bus: gas
    bus: heat
    efficiency: 0.8
    capacity: {existing_kw: 100, om_per_kw_year: 0}
options:
  choose: any
  packages:
    pump:                       # 20 kW of power instead of gas: saves 30, costs 18
      capex: 10
      add:
        components:
          pump:
            kind: heat_pump
            electricity_bus: power
            bus: heat
            cop: 4
            capacity: {max_kw: 100, capex_per_kw: 0.1, om_per_kw_year: 0}
      remove: [components.boiler]
    tune:                       # 84.2 kW of gas instead of 100: saves 7.89, costs 5
      capex: 5
      change: {components.boiler.efficiency: 0.95}
    contract:                   # power at 0.08: saves 2 of light, 4 of the pump
      capex: 3
      change: {components.connection.tariff.price_per_kwh: 0.08}
    lamps:                      # 4 kW of light: saves 6 kW, 6 or 4.8 of money
      capex: 5.5
      change: {components.light.profile: 4}
"""
#: What every package saves and costs by hand, see above.
GAS, PUMP, TUNED = 50.0, 20.0 + 8.0, 80 / 0.95 / 100 * 50
EXACT = SolveOptions(relative_gap=0.0)


def by_hand(names: tuple[str, ...]) -> float:
    """Net present cost of a combination."""
    price = 0.8 if "contract" in names else 1.0
    light = (4.0 if "lamps" in names else 10.0) * price
    heat = GAS
    if "pump" in names:
        heat = 20 * price + 8
    elif "tune" in names:
        heat = TUNED
    sums = {"pump": 10, "tune": 5, "contract": 3, "lamps": 5.5}
    return heat + light + sum(sums[name] for name in names)


@pytest.fixture
def plant(tmp_path: Path) -> str:
    return written(tmp_path, PLANT)


def written(folder: Path, text: str) -> str:
    path = folder / "plant.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def chosen(path: str, *overrides: str) -> tuple[str, ...]:
    found = choose_packages(path, overrides, EXACT)
    assert found.plan.plan.solution.objective == pytest.approx(
        by_hand(tuple(found.as_data()["chosen"]))
    )
    return tuple(found.as_data()["chosen"])


def test_every_combination_costs_what_it_costs_by_hand(plant: str) -> None:
    names = ("pump", "tune", "contract", "lamps")
    for count in range(5):
        for taken in itertools.combinations(names, count):
            if {"pump", "tune"} <= set(taken):
                with pytest.raises(InputError, match="packages that agree"):
                    load(plant, [use(taken)])
                continue
            plan = make_plan(load(plant, [use(taken)]).microgrid, EXACT)
            assert plan.plan.solution.objective == pytest.approx(by_hand(taken))
            assert plan.baseline is not None
            assert plan.baseline.solution.objective == pytest.approx(60)


def test_the_cheapest_wins(plant: str) -> None:
    # 60 as it stands; with the pump 48; and the contract 45; the lamps never pay
    # beside the contract, and without it save 0.5.
    assert by_hand(("pump", "contract")) == pytest.approx(45)
    assert chosen(plant) == ("pump", "contract")


@pytest.mark.parametrize(
    ("choose", "best"),
    [
        ("exactly one", ("pump",)),
        ("at most one", ("pump",)),
        ("{at_most: 2}", ("pump", "contract")),
        ("{exactly: 3}", ("pump", "contract", "lamps")),
    ],
)
def test_choose_limits_the_choice(tmp_path: Path, choose: str, best: tuple) -> None:
    text = PLANT.replace("choose: any", f"choose: {choose}")
    assert chosen(written(tmp_path, text)) == best


def test_rules_limit_the_choice(tmp_path: Path) -> None:
    # Without the pump: tuning saves 2.9, the contract loses 1, the lamps save 0.5.
    text = PLANT.replace(
        "      capex: 10\n", "      capex: 10\n      requires: [lamps]\n"
    )
    assert chosen(written(tmp_path, text)) == ("contract", "lamps", "pump")
    dear = text.replace("capex: 5.5", "capex: 20.5")
    found = choose_packages(written(tmp_path, dear), [], EXACT)
    assert found.as_data()["chosen"] == ["tune"]
    text = PLANT.replace("capex: 3\n", "capex: 3\n      excludes: [pump]\n")
    assert chosen(written(tmp_path, text)) == ("pump", "lamps")


def test_values_that_are_set_count(plant: str) -> None:
    found = choose_packages(plant, ["options.packages.pump.capex=100"], EXACT)
    assert found.as_data()["chosen"] == ["tune", "lamps"]


def test_all_combinations_are_told(plant: str) -> None:
    found = choose_packages(plant, [], EXACT)
    told = {one.packages: one for one in found.considered}
    assert len(told) == 16
    for names, one in told.items():
        if {"pump", "tune"} <= set(names):
            assert one.status == "not combinable"
            assert "plant.yaml:" in one.reason
        else:
            assert one.bound is not None
            assert one.bound <= by_hand(names) + 1e-6
            if one.cost is not None:
                assert one.cost == pytest.approx(by_hand(names))
    assert found.doubts == []


def test_what_has_no_plan_is_out(tmp_path: Path) -> None:
    cap = "policies:\n  cap: {kind: carbon_cap, scopes: [1], tonnes_per_year: 0.19}\n"
    text = PLANT.replace("options:\n", f"{cap}options:\n")
    found = choose_packages(
        written(tmp_path, text), ["options.choose=at most one"], EXACT
    )
    status = {one.packages: one.status for one in found.considered}
    assert status[()] == "no plan"
    assert status["contract",] == "no plan"
    assert found.as_data()["chosen"] == ["pump"]
    tight = ["policies.cap.scopes=[1, 2]", "policies.cap.tonnes_per_year=0.01"]
    with pytest.raises(InfeasibleError, match="lowest reachable"):
        choose_packages(written(tmp_path, text), tight, EXACT)


def test_nothing_to_choose_from_is_refused(tmp_path: Path) -> None:
    text = PLANT.replace("  choose: any\n", "")
    with pytest.raises(InputError, match="choose: got nothing"):
        choose_packages(written(tmp_path, text), [], EXACT)
    text = PLANT[: PLANT.index("options:")]
    with pytest.raises(InputError, match="retrofit packages to choose from"):
        choose_packages(written(tmp_path, text), [], EXACT)
    carbon = PLANT + "objective: {minimise: carbon, scopes: [1]}\n"
    with pytest.raises(InputError, match="by which packages are chosen"):
        choose_packages(written(tmp_path, carbon), [], EXACT)


# -- giving up what is beaten ----------------------------------------------------------


def test_a_plan_is_stopped_once_its_bound_is_above_the_best() -> None:
    seen = []
    cutoff = Cutoff(100.0, seen.append)
    cutoff(Progress("plan: certified, round 1", 1.0, 150.0, 99.0))
    cutoff(Progress("plan: looking for what is needed for cap", 1.0, bound=500.0))
    cutoff(Progress("plan: solving", 1.0))
    assert not cutoff.is_beaten
    with pytest.raises(Beaten):
        cutoff(Progress("plan: solving", 2.0, 150.0, 100.1))
    assert cutoff.is_beaten
    assert cutoff.bound == 100.1
    assert len(seen) == 4


def test_a_bound_at_the_best_or_without_a_best_stops_nothing() -> None:
    Cutoff(100.0)(Progress("plan: solving", 1.0, bound=100.0))
    Cutoff(float("inf"))(Progress("plan: solving", 1.0, bound=1e12))


def test_beaten_combinations_are_not_finished(
    plant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A solver that tells its bound before it ends is stopped by it."""
    from verdigrid.studies import choose

    make = choose.plan_scenario

    def telling(scenario, options, watcher, known):
        plan = make(scenario, options, known=known)
        watcher(Progress("plan: solving", 0.1, bound=plan.plan.solution.bound))
        return plan

    monkeypatch.setattr(choose, "plan_scenario", telling)
    found = choose_packages(plant, [], EXACT)
    assert found.as_data()["chosen"] == ["pump", "contract"]
    beaten = [one for one in found.considered if one.status == "beaten"]
    assert {one.packages for one in beaten} >= {("tune",), ("contract",), ("lamps",)}
    for one in beaten:
        assert one.cost is None
        assert one.bound == pytest.approx(by_hand(one.packages))


def test_ctrl_c_is_no_cutoff(plant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from verdigrid.studies import choose

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(choose, "plan_scenario", interrupted)
    with pytest.raises(KeyboardInterrupt):
        choose_packages(plant, [], EXACT)


# -- the command ---------------------------------------------------------------------


def test_with_use() -> None:
    assert with_use(["a=1"], "best") == ["a=1"]
    assert with_use(["a=1"], " pump , tune") == ["a=1", "options.use=[pump, tune]"]
    with pytest.raises(InputError, match="--options"):
        with_use(None, "pump,")


def run(path: str, folder: Path, *words: str) -> dict:
    command = ["run", path, "--output", str(folder), "--quiet", "--no-figures", *words]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return {**told, "printed": done.output}


def test_run_plans_what_it_is_told(plant: str, tmp_path: Path) -> None:
    assert run(plant, tmp_path / "0")["objective"] == pytest.approx(60)
    named = run(plant, tmp_path / "1", "--options", "tune,lamps")
    assert named["objective"] == pytest.approx(by_hand(("tune", "lamps")))
    assert not (tmp_path / "1" / "options.json").exists()
    best = run(plant, tmp_path / "2", "--options", "best")
    assert best["objective"] == pytest.approx(45)
    assert "cheapest of 16 combinations of packages: pump + contract" in best["printed"]
    told = json.loads((tmp_path / "2" / "options.json").read_text(encoding="utf-8"))
    assert told["chosen"] == ["pump", "contract"]
    assert len(told["considered"]) == 16
    # what was written is the plan again
    again = run(str(tmp_path / "2" / "inputs" / "scenario.yaml"), tmp_path / "3")
    assert again["objective"] == pytest.approx(45)
    assert again["comparison"]["baseline"]["net_present_cost"] == pytest.approx(60)


def test_a_run_with_packages_is_verified_against_the_site_before(
    tmp_path: Path,
) -> None:
    cap = "policies:\n  cap: {kind: carbon_cap, scopes: [1, 2], reduction: 0.3}\n"
    text = PLANT.replace("options:\n", f"{cap}options:\n")
    folder = tmp_path / "run"
    told = run(written(tmp_path, text), folder, "--options", "pump")
    limit = next(p["limit"] for p in told["policies"] if p["policy"] == "cap")
    assert limit == pytest.approx(0.7 * 0.25)  # of 250 kg as it stands
    done = CliRunner().invoke(app, ["verify", str(folder), "--quiet"])
    assert done.exit_code == 0, done.output

"""The command line as a user meets it: what it prints, and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

SCENARIO = """\
schema: 1
name: small
currency: EUR
time: {start: 2026-01-05, periods: 24, represents: year}
finance: {discount_rate: 0.05, horizon_years: 10}
buses:
  power: {carrier: electricity}
components:
  works:
    kind: load
    bus: power
    profile: {shifts: {hours: ["6-22"], days: all, idle_fraction: 0.2}, peak_kw: 100}
  connection:
    kind: grid
    bus: power
    import_limit_kw: 150
    tariff: {price_per_kwh: 0.2, demand_charge_per_kw_month: 10}
    emissions_kg_per_kwh: 0.4
  pv:
    kind: pv
    bus: power
    capacity: {max_kw: 200, capex_per_kw: 700, om_per_kw_year: 10}
    yield_kw_per_kw:
      {shifts: {hours: ["8-16"], days: all, idle_fraction: 0}, factor: 0.5}
"""


def verdigrid(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "verdigrid.cli", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def test_run_writes_and_prints_the_answer(site: Path) -> None:
    done = verdigrid("run", "small.yaml", "--output", "out", folder=site)
    assert done.returncode == 0, done.stderr
    assert "small: optimal" in done.stdout
    assert "checks hold" in done.stdout
    assert "Traceback" not in done.stderr
    summary = json.loads((site / "out" / "summary.json").read_text())
    assert summary["comparison"]["reduction"] > 0
    assert pd.read_parquet(site / "out" / "tables" / "bill.parquet")["amount"].sum() > 0
    assert list((site / "out" / "figures").glob("*.png"))
    resolved = site / "out" / "inputs" / "scenario.yaml"
    again = verdigrid("check", str(resolved), folder=site)
    assert again.returncode == 0, again.stderr


def test_the_resolved_scenario_gives_the_same_plan(site: Path) -> None:
    hours = "\n".join(f"{hour % 7}" for hour in range(24))
    (site / "data").mkdir()
    (site / "data" / "dry.csv").write_text(f"dryer_kw\n{hours}\n")
    dryer = "{kind: load, bus: power, profile: {file: data/dry.csv, column: dryer_kw}}"
    text = SCENARIO.replace("components:", f"components:\n  dryer: {dryer}")
    (site / "small.yaml").write_text(text, encoding="utf-8")
    first = verdigrid("run", "small.yaml", "--json", "--output", "a", folder=site)
    again = verdigrid(
        "run", "a/inputs/scenario.yaml", "--json", "--output", "b", folder=site
    )
    before, after = (json.loads(done.stdout) for done in (first, again))
    assert after["objective"] == pytest.approx(before["objective"], rel=1e-9)


def test_wrong_input_names_file_line_and_what_to_do(site: Path) -> None:
    text = SCENARIO.replace("import_limit_kw: 150", "import_limit: 150")
    text = text.replace("discount_rate: 0.05", "discount_rate: 5%")
    (site / "wrong.yaml").write_text(text, encoding="utf-8")
    done = verdigrid("check", "wrong.yaml", folder=site)
    assert done.returncode == 2
    assert "wrong.yaml:5: finance.discount_rate" in done.stderr
    assert "0.05" in done.stderr
    assert "import_limit_kw" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_file_is_one_line(site: Path) -> None:
    done = verdigrid("run", "nowhere.yaml", folder=site)
    assert done.returncode == 2
    assert "nowhere.yaml" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_unknown_option_is_refused(site: Path) -> None:
    done = verdigrid("run", "small.yaml", "--gapp", "0.1", folder=site)
    assert done.returncode == 2
    assert "--gap" in done.stderr


def test_unreachable_cap_exits_3(site: Path) -> None:
    cap = "policies: {cap: {kind: carbon_cap, scopes: [2], tonnes_per_year: 1}}\n"
    (site / "capped.yaml").write_text(SCENARIO + cap, encoding="utf-8")
    done = verdigrid("run", "capped.yaml", "--quiet", folder=site)
    assert done.returncode == 3
    assert "capped.yaml:25: policies.cap: the cap of 1 t" in done.stderr
    assert "lowest reachable" in done.stderr


def test_unserved_load_exits_3_with_the_hour(site: Path) -> None:
    done = verdigrid(
        "run",
        "small.yaml",
        "--set",
        "components.connection.import_limit_kw=50",
        "--set",
        "components.pv.capacity.max_kw=0",
        folder=site,
    )
    assert done.returncode == 3
    assert "is short of up to 50.0 kW" in done.stderr
    assert "2026-01-05" in done.stderr


def test_bill_of_the_site_as_it_stands(site: Path) -> None:
    done = verdigrid("bill", "small.yaml", "--json", "--quiet", folder=site)
    assert done.returncode == 0, done.stderr
    lines = {row["item"]: row for row in json.loads(done.stdout)}
    # 16 h at 100 kW and 8 h at 20 kW
    assert lines["energy"]["quantity"] == pytest.approx(1760)
    assert lines["energy"]["amount"] == pytest.approx(352)
    assert lines["demand charge"]["amount"] == pytest.approx(1000)


def test_init_gives_a_scenario_that_checks(tmp_path: Path) -> None:
    made = verdigrid("init", "mine", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    files = [Path(line) for line in made.stdout.splitlines()]
    scenario = next(path for path in files if path.name == "first-minute.yaml")
    assert verdigrid("check", str(scenario), folder=tmp_path).returncode == 0
    again = verdigrid("init", "mine", folder=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_kinds_are_listed_and_explained(tmp_path: Path) -> None:
    listed = verdigrid("components", folder=tmp_path).stdout
    assert "heat_exchanger" in listed
    assert "carbon_cap" in listed
    explained = verdigrid("components", "battery", folder=tmp_path).stdout
    assert "content(t) = keep content(t-1)" in explained
    assert "energy.capex_per_kwh" in explained
    assert "library:costs-cny, CNY of 2025" in explained
    assert "energy.capex_per_kwh:" in explained
    assert verdigrid("components", "batery", folder=tmp_path).returncode == 2


def test_schema_accepts_the_scenario(site: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("ruamel.yaml")
    schema = json.loads(verdigrid("schema", folder=site).stdout)
    validator = jsonschema.Draft202012Validator(schema)
    data = json.loads(json.dumps(yaml.YAML(typ="safe").load(SCENARIO), default=str))
    assert list(validator.iter_errors(data)) == []
    data["components"]["pv"]["capacity"]["max_mw"] = 1
    assert list(validator.iter_errors(data))


POLICIES = """\
policies:
  own_use: {kind: self_consumption, at_least: 0.95, enforce: false}
  green: {kind: green_power_share, at_least: 0.3}
  cap: {kind: carbon_cap, scopes: [2], reduction: 0.3}
"""


def test_indicators_of_a_run_and_of_a_scenario_are_the_same(site: Path) -> None:
    (site / "ruled.yaml").write_text(SCENARIO + POLICIES, encoding="utf-8")
    words = ("ruled.yaml", "--quiet", "--json")
    ran = verdigrid("run", *words, "--output", "out", folder=site)
    assert ran.returncode == 0, ran.stderr
    stored = verdigrid("indicators", "out", "--json", folder=site)
    planned = verdigrid("indicators", *words, folder=site)
    assert json.loads(stored.stdout) == json.loads(planned.stdout)
    told = json.loads(stored.stdout)
    rows = {row["policy"]: row for row in told["policies"]}
    assert rows["green"]["baseline"] == 0
    assert rows["green"]["baseline_kept"] is False
    assert rows["green"]["kept"]
    assert rows["cap"]["limit"] == pytest.approx(0.7 * rows["cap"]["baseline"])
    assert not rows["own_use"]["enforced"]
    energies = {row["measure"]: row["kwh_per_year"] for row in told["measures"]}
    share = energies["green_power"] / (energies["own_power"] + energies["bought_power"])
    assert rows["green"]["value"] == pytest.approx(share)


def test_indicators_say_what_is_missed_and_by_how_much(site: Path) -> None:
    rule = "policies: {g: {kind: green_power_share, at_least: 0.99, enforce: false}}\n"
    (site / "ruled.yaml").write_text(SCENARIO + rule, encoding="utf-8")
    done = verdigrid("indicators", "ruled.yaml", "--quiet", folder=site)
    assert done.returncode == 0, done.stderr
    assert "at least 99.0%" in done.stdout
    assert "missed by" in done.stdout


def test_indicators_refuse_what_is_no_run(site: Path) -> None:
    (site / "empty").mkdir()
    done = verdigrid("indicators", "empty", folder=site)
    assert done.returncode == 2
    assert "summary.json" in done.stderr
    done = verdigrid("indicators", "empty", "--set", "name=other", folder=site)
    assert done.returncode == 2
    assert "--set" in done.stderr


def test_policy_out_of_reach_exits_3(site: Path) -> None:
    rule = "policies: {own: {kind: green_power_share, at_least: 1.0}}\n"
    (site / "ruled.yaml").write_text(SCENARIO + rule, encoding="utf-8")
    done = verdigrid("run", "ruled.yaml", "--quiet", folder=site)
    assert done.returncode == 3
    assert "ruled.yaml:25: policies.own: at least 1 share can't be met" in done.stderr


def test_outages_and_prices_are_told_where_they_are_asked_for(site: Path) -> None:
    """A dear generator of 50 kW carries half of the works, whenever it is needed."""
    text = (
        SCENARIO
        + """\
  reserve:
    kind: generator
    bus: power
    yield_kw_per_kw: 1
    om_cost_per_kwh: 0.9
    capacity: {existing_kw: 50, om_per_kw_year: 0}
policies:
  island:
    kind: islanding
    from_any_start: {hours: 2, every_hours: 12, critical_share: {works: 0.5}}
  cap: {kind: carbon_cap, scopes: [2], tonnes_per_year: 100}
"""
    )
    (site / "small.yaml").write_text(text, encoding="utf-8")
    options = ("--output", "out", "--no-figures", "--check-price")
    done = verdigrid("run", "small.yaml", *options, folder=site)
    assert done.returncode == 0, done.stderr
    assert "outages of 2 h are bridged from 100.0% of 2 starts" in done.stdout
    assert "cap: the next tonne costs" in done.stdout
    summary = json.loads((site / "out" / "summary.json").read_text())
    assert summary["outages"][0]["least_bridged_hours"] == 2
    (price,) = summary["price_checks"]
    assert price["looser"] == pytest.approx(price["shadow_price"])
    table = pd.read_parquet(site / "out" / "tables" / "outages_island.parquet")
    assert list(table["bridged_hours"]) == [2, 2]

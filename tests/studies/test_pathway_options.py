"""Retrofit packages on a pathway: rows by hand, the best of all, sweeps, figures.

The plant of ``test_choose.py`` over twenty years; from 2036 on gas costs twice as much.
"""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from test_choose import EXACT, PLANT, written
from typer.testing import CliRunner

from verdigrid.cli import app
from verdigrid.results.figures.options import options_figures
from verdigrid.results.options_table import options_table
from verdigrid.scenarios.load import load
from verdigrid.studies.backends.fingerprint import result_key
from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.choose import choose_packages
from verdigrid.studies.compare_options import compare_options
from verdigrid.studies.members import Member
from verdigrid.studies.one_member import solve_member
from verdigrid.studies.options import Job, StudyOptions
from verdigrid.studies.study import read_study

STAGED = (
    PLANT.replace(", represents: as_is", "")
    .replace(
        "buses:\n", "finance: {discount_rate: 0.05, horizon_years: 20}\nbuses:\n", 1
    )
    .replace("capex: 10\n", "capex: 90000\n")
    .replace("capex: 5\n", "capex: 45000\n")
    .replace("capex: 3\n", "capex: 27000\n")
    .replace("capex: 5.5\n", "capex: 50000\n")
    + """\
stages:
  - {year: 2026}
  - year: 2036
    changes:
      components.supply.price_per_kwh: 0.10
      components.pump.capacity.capex_per_kw: 0.05
"""
)
#: Worth of a currency unit a year in the two stages.
EARLY = sum(1.05**-year for year in range(1, 11))
LATE = sum(1.05**-year for year in range(11, 21))
#: How often the ten hours happen in a year.
TIMES = 876
NAMES = ("pump", "tune", "contract", "lamps")
SUMS = {"pump": 90_000, "tune": 45_000, "contract": 27_000, "lamps": 50_000}

#: Combinations that can be laid over the plant.
ALLOWED = [
    taken
    for count in range(5)
    for taken in itertools.combinations(NAMES, count)
    if not {"pump", "tune"} <= set(taken)
]


def by_hand(names: tuple[str, ...]) -> float:
    """Net present cost of a combination; assets and sums live for 20 years."""
    price = 0.08 if "contract" in names else 0.1
    power = 4.0 if "lamps" in names else 10.0
    gas, bought = 1000.0, sum(SUMS[name] for name in names)
    if "pump" in names:
        power, gas, bought = power + 20, 0.0, bought + 80 * 0.1
    elif "tune" in names:
        gas = 800 / 0.95
    running = [TIMES * (10 * power * price + gas * cost) for cost in (0.05, 0.10)]
    return bought + running[0] * EARLY + running[1] * LATE


def tonnes(names: tuple[str, ...]) -> float:
    """Tonnes of twenty years."""
    power = (4.0 if "lamps" in names else 10.0) + (20 if "pump" in names else 0)
    gas = 0.0 if "pump" in names else 80 / (0.95 if "tune" in names else 0.8)
    return 20 * 8.76 * (0.5 * power + 0.2 * gas)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pathway")
    written(found, STAGED)
    return found


@pytest.fixture(scope="module")
def compared(folder: Path):
    study = StudyOptions(workers=2, solve=replace(EXACT, threads=1))
    return compare_options(str(folder / "plant.yaml"), (), folder / "out", study)


def test_rows_are_what_they_are_by_hand(compared):
    table = options_table(compared.options).set_index("option")
    assert {*NAMES, "baseline"} <= set(table.index)
    for option in compared.options:
        row, names = table.loc[option.name], option.packages
        cost = by_hand(names)
        assert row["net_present_cost"] == pytest.approx(cost)
        assert row["npv"] == pytest.approx(by_hand(()) - cost, abs=1e-6)
        assert row["tonnes_all_years"] == pytest.approx(tonnes(names))
        assert row["tonnes_location"] == pytest.approx(tonnes(names) / 20)
        if option.name in ("pump", "tune"):
            avoided = (tonnes(()) - tonnes(names)) / 20 * (EARLY + LATE)
            expected = (cost - by_hand(())) / avoided
            assert row["cost_per_tonne_avoided"] == pytest.approx(expected)
    assert table.loc["pump", "capex"] == pytest.approx(90_008)
    assert table.loc["pump", "peak_import_kw"] == pytest.approx(30)
    assert table.loc["baseline", "capex"] == 0


def test_the_best_is_the_best_of_all(compared, folder):
    best = min(ALLOWED, key=by_hand)
    assert [o.packages for o in compared.options if o.is_best] == [best]
    found = choose_packages(str(folder / "plant.yaml"), [], EXACT)
    assert tuple(found.as_data()["chosen"]) == best
    assert found.plan.plan.solution.objective == pytest.approx(by_hand(best))
    assert found.doubts == []


def test_figures_tell_the_stages(compared):
    drawn = options_figures(compared.options, compared.currency)
    assert {"option_costs", "option_cash_flow", "option_stages"} <= drawn.keys()
    bars, steps = drawn["option_stages"].axes[:2]
    assert [tick.get_text() for tick in bars.get_xticklabels()] == [
        "from 2026",
        "from 2036",
    ]
    names = [option.name for option in compared.options if option.summary]
    pump = steps.patches[names.index("pump")].get_data()
    assert pump.edges.tolist() == [2026, 2036, 2046]
    assert pump.values == pytest.approx([tonnes(("pump",)) / 20] * 2)


def test_cash_flow_of_a_pathway_ends_at_its_worth(compared):
    (option,) = [o for o in compared.options if o.name == "pump"]
    yearly = pd.DataFrame(option.summary["finance"]["yearly"])
    assert len(yearly) == 21
    worth = by_hand(()) - by_hand(("pump",))
    assert yearly["cumulative_discounted"].iloc[-1] == pytest.approx(worth)
    # in year 11 the gas that is no longer bought costs twice as much
    saved = [TIMES * (1000 * cost - 200 * 0.1) for cost in (0.05, 0.10)]
    assert yearly["net"].iloc[[10, 11]].tolist() == pytest.approx(saved)
    money = option.summary["finance"]["figures"]
    rate = money["internal_rate_of_return"]["value"]
    assert sum(yearly["net"] / (1 + rate) ** yearly["year"]) == pytest.approx(0, abs=1)


def test_command_compares_a_pathway(folder):
    words = ["compare", str(folder / "plant.yaml"), "--workers", "1", "--resume"]
    words += ["--output", str(folder / "out"), "--quiet", "--gap", "0"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "mean of all years" in done.output
    assert (folder / "out" / "figures" / "option_stages.png").exists()
    told = json.loads((folder / "out" / "comparison.json").read_text("utf-8"))
    assert told["options"][0]["tonnes_all_years"] == pytest.approx(tonnes(()))


def test_run_takes_the_best_packages(folder):
    out = folder / "run"
    words = ["run", str(folder / "plant.yaml"), "--options", "best", "--gap", "0"]
    done = CliRunner().invoke(app, [*words, "--output", str(out), "--no-figures", "-q"])
    assert done.exit_code == 0, done.output
    best = min(ALLOWED, key=by_hand)
    told = json.loads((out / "options.json").read_text("utf-8"))
    assert tuple(told["chosen"]) == best
    assert f"combinations of packages: {' + '.join(best)}" in done.output


# -- sweeps ----------------------------------------------------------------------------


def test_pathways_are_members_of_a_study(tmp_path):
    """The carbon of every stage follows what varies; the whole pathway is the key."""
    path = written(tmp_path, STAGED)
    job, state = Job(str(tmp_path), replace(EXACT, threads=1)), WorkerState()
    for factor in (0.5, 0.8):
        setting = {"components.connection.emissions_kg_per_kwh": factor}
        row = solve_member(Member(1, path, setting, {}), job, state)
        assert row["status"] == "optimal"
        assert row["tonnes_per_year"] == pytest.approx(8.76 * (10 * factor + 20))
        assert row["indicator:connection.peak import 2036"] == pytest.approx(10)
    one = load(path, stages=True)
    text = STAGED.replace("supply.price_per_kwh: 0.10", "supply.price_per_kwh: 0.11")
    other = load(written(tmp_path, text), stages=True)
    assert result_key(one, EXACT) != result_key(other, EXACT)


def test_study_file_may_vary_a_pathway(tmp_path):
    written(tmp_path, STAGED)
    study = tmp_path / "study.yaml"
    study.write_text(
        "schema: 1\nname: s\nscenario: plant.yaml\n"
        "grid: {finance.discount_rate: [0.03, 0.05]}\n"
    )
    assert len(read_study(study).members) == 2


def test_the_site_without_packages_is_shown_if_a_later_stage_has_choices(tmp_path):
    from verdigrid.studies.compare_options import _has_something_to_decide

    assert not _has_something_to_decide(load(written(tmp_path, STAGED), stages=True))
    later = STAGED.replace(
        "      components.supply.price_per_kwh: 0.10\n",
        "      components.supply.price_per_kwh: 0.10\n"
        "      components.boiler.capacity: {existing_kw: 100, max_kw: 120, "
        "capex_per_kw: 1, om_per_kw_year: 0}\n",
    )
    assert _has_something_to_decide(load(written(tmp_path, later), stages=True))

"""Options side by side: the table against single runs, failures, the command."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_choose import EXACT, PLANT, by_hand, written
from typer.testing import CliRunner

from verdigrid.cli import app
from verdigrid.models.errors import InputError
from verdigrid.results.finance import finances
from verdigrid.results.options_table import (
    FINANCE,
    options_table,
    options_text,
    reasons,
)
from verdigrid.scenarios.load import load
from verdigrid.studies import compare_options as module
from verdigrid.studies.backends.attempt import attempt, named
from verdigrid.studies.backends.store import as_table
from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.choose import use
from verdigrid.studies.compare_options import Compared, compare_options
from verdigrid.studies.members import Member
from verdigrid.studies.one_option import TO_BEAT, solve_unless_beaten
from verdigrid.studies.options import Job, StudyOptions
from verdigrid.studies.plan import make_plan

#: The same plant over twenty years, of which every hour is like the ten hours.
YEARS = PLANT.replace(", represents: as_is", "").replace(
    "buses:\n", "finance: {discount_rate: 0.05, horizon_years: 20}\nbuses:\n", 1
)
COMPARE = "  compare:\n    warm: [contract, pump]\n    dark: [lamps]\n"
STUDY = StudyOptions(solve=replace(EXACT, threads=1))


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Members are solved in this process; what was solved is listed."""
    seen: list[tuple[str, ...]] = []
    rows: dict[int, dict[str, Any]] = {}

    def run(
        members: Sequence[Member],
        folder: Path,
        options: StudyOptions,
        progress: object = None,
        resume: bool = False,
    ) -> pd.DataFrame:
        folder.mkdir(exist_ok=True)
        state = WorkerState()
        for member in members:
            if member.number not in rows:
                seen.append(tuple(member.overrides["options.use"]))
                function = named(options.function)
                row = attempt(function, member, options.job(folder), state)
                rows[member.number] = row
        return as_table(members, [rows[member.number] for member in members])

    monkeypatch.setattr(module, "run_members", run)
    return seen


def compared(folder: Path, text: str, *overrides: str) -> Compared:
    path = written(folder, text)
    return compare_options(path, overrides, folder / "out", STUDY)


def test_every_row_is_that_of_a_single_run(tmp_path: Path, solved: list) -> None:
    found = compared(tmp_path, YEARS + COMPARE)
    table = options_table(found.options).set_index("option")
    # dark is the lamps alone, which are there already
    assert list(table.index) == [
        *("baseline", "pump", "tune", "contract", "lamps", "warm", "optimum")
    ]
    for option in found.options[1:]:
        row = table.loc[option.name]
        grid = load(str(tmp_path / "plant.yaml"), [use(option.packages)]).microgrid
        plan = make_plan(grid, EXACT)
        money = finances(plan.plan, plan.baseline)
        assert row["net_present_cost"] == pytest.approx(plan.plan.solution.objective)
        for name, column in FINANCE.items():
            value = money.value(name)
            expected = float("nan") if value is None else value
            assert row[column] == pytest.approx(expected, nan_ok=True)
    baseline = table.loc["baseline"]
    assert baseline["capex"] == 0
    assert baseline["npv"] == pytest.approx(0, abs=1e-6)
    assert baseline["yearly_cost"] == pytest.approx(6 * 8760)
    assert table.loc["pump", "peak_import_kw"] == pytest.approx(30)
    assert table.loc["pump", "largest"] == "pump 80 kW"
    assert table.loc["pump", "size:pump.capacity"] == pytest.approx(80)
    assert not [column for column in table if "lump_sum" in column]
    assert table.loc["tune", "tonnes_location"] == pytest.approx(
        (0.2 * 80 / 0.95 + 5) * 8.76
    )


def test_the_best_is_marked_and_the_rest_given_up(tmp_path: Path, solved: list) -> None:
    found = compared(tmp_path, PLANT + COMPARE)
    best = [option.name for option in found.options if option.is_best]
    assert best == ["warm"]
    considered = found.considered.set_index("packages")
    assert len(considered) == 16
    assert considered.loc["pump contract", "best"]
    assert considered["best"].sum() == 1
    assert considered.loc["pump tune", "status"] == "not combinable"
    for names, row in considered.iterrows():
        taken = tuple(str(names).split())
        if row["status"] == "optimal":
            assert row["net_present_cost"] == pytest.approx(by_hand(taken))
    assert len(solved) == len(set(solved)) == 12
    assert found.failed == 0
    assert found.doubts == []
    # had the contract alone been proven no better than 40, it might beat the 45
    considered.loc["contract", "bound"] = 40.0
    assert replace(found, considered=considered.reset_index()).doubts == ["contract"]


def test_the_optimum_gets_a_row_of_its_own(tmp_path: Path, solved: list) -> None:
    found = compared(tmp_path, PLANT)
    assert found.options[-1].name == "optimum"
    assert found.options[-1].title == "pump + contract"
    assert found.options[-1].is_best


def test_the_site_without_packages_is_shown_if_it_has_choices(
    tmp_path: Path, solved: list
) -> None:
    cap = "policies:\n  cap: {kind: carbon_cap, scopes: [1], tonnes_per_year: 0.19}\n"
    found = compared(tmp_path, PLANT.replace("options:\n", f"{cap}options:\n"))
    status = {option.name: option.status for option in found.options}
    assert status["no_package"] == status["contract"] == "infeasible"
    assert status["pump"] == "optimal"
    assert found.failed == 3  # and the lamps
    today = options_table(found.options).set_index("option").loc["baseline"]
    assert today["policy:cap"] == pytest.approx(0.2)  # 100 kW of gas for ten hours
    assert not today["kept:cap"]
    lines = "\n".join(reasons(found.options))
    assert "no package: infeasible" in lines
    assert "lowest reachable" in lines
    text = options_text("x", found.options, "EUR")
    assert text.row_count > 5


def test_without_choose_nothing_is_best(tmp_path: Path, solved: list) -> None:
    found = compared(tmp_path, PLANT.replace("  choose: any\n", "") + COMPARE)
    assert not any(option.is_best for option in found.options)
    assert found.considered.empty
    assert len(solved) == 5


def test_values_that_are_set_count_in_all_options(tmp_path: Path, solved: list) -> None:
    setting = "components.connection.tariff.price_per_kwh=0.2"
    found = compared(tmp_path, PLANT, setting)
    table = options_table(found.options).set_index("option")
    assert table.loc["baseline", "net_present_cost"] == pytest.approx(70)
    assert table.loc["tune", "net_present_cost"] == pytest.approx(
        by_hand(("tune",)) + 10
    )


def test_scenarios_without_packages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="retrofit packages"):
        compared(tmp_path, PLANT[: PLANT.index("options:")])


def test_what_is_written_is_the_table(tmp_path: Path, solved: list) -> None:
    found = compared(tmp_path, PLANT)
    table = options_table(found.options)
    csv = pd.read_csv(tmp_path / "out" / "comparison.csv")
    parquet = pd.read_parquet(tmp_path / "out" / "comparison.parquet")
    assert list(csv["option"]) == list(parquet["option"]) == list(table["option"])
    assert csv["net_present_cost"].tolist() == pytest.approx(
        table["net_present_cost"].tolist()
    )
    told = json.loads((tmp_path / "out" / "comparison.json").read_text("utf-8"))
    assert len(told["options"]) == len(table)
    assert len(told["considered"]) == 16


# -- in a worker -----------------------------------------------------------------------


def test_a_member_is_given_up_once_it_is_beaten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from verdigrid.solvers.highs import Progress
    from verdigrid.studies import one_option

    path = written(tmp_path, PLANT)
    member = Member(1, path, {"options.use": ["tune"]}, {TO_BEAT: 45.0})
    job = Job(str(tmp_path), STUDY.solve)
    # ten hours are solved before a bound is told: the plan is there
    row = solve_unless_beaten(member, job, WorkerState())
    assert row["net_present_cost"] == pytest.approx(by_hand(("tune",)))
    assert (tmp_path / "members" / "000001" / "summary.json").exists()

    def telling(_: object, __: object, watcher: Any, known: object) -> None:
        watcher(Progress("plan: certified, round 2", 1.0, bound=50.0))

    monkeypatch.setattr(one_option, "plan_scenario", telling)
    row = solve_unless_beaten(member, job, WorkerState())
    assert row["status"] == "beaten"
    assert row["bound"] == 50
    assert "at least 50" in row["reason"]


def test_a_wrong_package_is_a_row(tmp_path: Path) -> None:
    member = Member(1, written(tmp_path, PLANT), {"options.use": ["x"]}, {TO_BEAT: 1.0})
    row = solve_unless_beaten(member, Job(str(tmp_path)), WorkerState())
    assert row["status"] == "invalid input"


def test_a_changed_file_of_a_package_is_another_member(
    tmp_path: Path, solved: list
) -> None:
    text = PLANT.replace(
        "components.light.profile: 4",
        "components.light.profile: {file: light.csv, column: kw}",
    )
    keys = []
    for kw in (4, 5):
        lines = "\n".join(["kw", *[str(kw)] * 10])
        (tmp_path / "light.csv").write_text(lines, encoding="utf-8")
        base, options = module.load_base(written(tmp_path, text), [])
        keys.append(module._digest(base, options))
    assert keys[0] != keys[1]


@pytest.mark.slow
def test_the_command_in_processes(tmp_path: Path) -> None:
    path, folder = written(tmp_path, YEARS + COMPARE), tmp_path / "out"
    words = ["compare", path, "--output", str(folder), "--workers", "2", "--quiet"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "* cheapest of 16 combinations that may be chosen: " in done.output
    drawn = {file.name for file in (folder / "figures").glob("*.png")}
    assert drawn == {
        "option_costs.png",
        "option_cash_flow.png",
        "option_capacities.png",
        "option_emissions.png",
    }
    again = CliRunner().invoke(app, [*words, "--resume", "--json", "--no-figures"])
    assert again.exit_code == 0, again.output
    assert len(json.loads(again.stdout)["options"]) == 7
    refused = CliRunner().invoke(app, words)
    assert isinstance(refused.exception, InputError)


@pytest.mark.slow
def test_options_that_fail_are_rows_and_exit_6(tmp_path: Path) -> None:
    cap = "policies:\n  cap: {kind: carbon_cap, scopes: [1], tonnes_per_year: 0.19}\n"
    path = written(tmp_path, PLANT.replace("options:\n", f"{cap}options:\n"))
    words = ["compare", path, "--output", str(tmp_path / "out"), "--no-figures", "-q"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 6, done.output
    assert "no package: infeasible" in done.output
    assert "lowest reachable" in done.output

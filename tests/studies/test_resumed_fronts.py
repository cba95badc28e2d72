"""Fronts and alternatives that were interrupted go on with what was finished."""

import json
from pathlib import Path

import pandas as pd
import pytest
from test_sensitivity import CAPEX, PRICE, SITE
from typer.testing import CliRunner

from verdigrid.cli import app
from verdigrid.models.errors import InfeasibleError, InputError, SolverError
from verdigrid.studies import alternatives, bound, front
from verdigrid.studies.backends.solves import NAME, Solves
from verdigrid.studies.backends.store import StoreError
from verdigrid.studies.cli_options import INTERRUPTED

FRONT = ("pareto", "s.yaml", "--set", f"{CAPEX}=1.0", "--quiet", "--no-figures")
RANGES = ("alternatives", "s.yaml", "--within", "0.05", "--quiet", "--no-figures")
CAP = ("--set", "policies={c: {kind: carbon_cap, scopes: [2], reduction: 0.1}}")
OUT = ("--output", "out")


@pytest.fixture(autouse=True)
def _site(tmp_path, monkeypatch):
    (tmp_path / "s.yaml").write_text(SITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


class Solver:
    """Counts solves, and ends the one after ``most`` with an error."""

    def __init__(self):
        self.begin()

    def begin(self, most=10**9, error=KeyboardInterrupt):
        self.count, self.most, self.error = 0, most, error

    def counted(self, solve):
        def counting(*args, **kwargs):
            if self.count >= self.most:
                raise self.error
            found = solve(*args, **kwargs)
            self.count += 1
            return found

        return counting


@pytest.fixture
def solver(monkeypatch):
    found = Solver()

    class CountedGoals(alternatives.Goals):
        least = found.counted(alternatives.Goals.least)

    monkeypatch.setattr(front, "solve_verified", found.counted(front.solve_verified))
    monkeypatch.setattr(front, "best_value", found.counted(front.best_value))
    monkeypatch.setattr(bound, "make_baseline", found.counted(bound.make_baseline))
    plan = found.counted(alternatives.solve_verified)
    monkeypatch.setattr(alternatives, "solve_verified", plan)
    monkeypatch.setattr(alternatives, "Goals", CountedGoals)
    return found


def call(*words):
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    return done.exit_code, done.output


def table_in(folder, name):
    """Numbers of a table; what is no number as text."""
    return json.loads(pd.read_parquet(Path(folder) / name).to_json(orient="records"))


def assert_same(one, other):
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        assert left.keys() == right.keys()
        for name, value in left.items():
            if isinstance(value, float):
                assert value == pytest.approx(right[name], rel=1e-7, abs=1e-7)
            else:
                assert value == right[name]


@pytest.mark.parametrize("finished", [1, 2, 4])
def test_an_interrupted_front_goes_on(finished, solver):
    words = (*FRONT, "--points", "5")
    assert call(*words, "--output", "whole")[0] == 0
    whole = solver.count
    assert whole > 4

    solver.begin(most=finished)
    code, text = call(*words, *OUT)
    assert code == INTERRUPTED
    assert f"{finished} finished solves are kept in out" in text
    assert "--resume" in text
    assert not Path("out/points.parquet").exists()
    assert not Path("out/front.json").exists()
    with pytest.raises(InputError, match="--resume"):
        call(*words, *OUT)

    solver.begin()
    code, text = call(*words, *OUT, "--resume")
    assert code == 0
    assert f"{finished} finished solves are taken from" in text
    assert solver.count == whole - finished
    assert_same(table_in("out", "points.parquet"), table_in("whole", "points.parquet"))

    solver.begin(most=0)  # all is there
    assert call(*words, *OUT, "--resume")[0] == 0


def test_a_front_of_two_policies_goes_on(solver):
    """Budgets and emissions, from a cap that is stated against the baseline."""
    rules = "policies={b: {kind: investment_budget, at_most: 40}, c: {kind: carbon_cap"
    rules += ", scopes: [2], reduction: 0.1}}"
    words = (*FRONT, "--set", rules, "--points", "4", "--x", "b")
    for more, first in (("--y", "carbon"), ("--y", "cost")):
        assert call(*words, more, first, "--output", f"whole-{first}")[0] == 0
        whole = solver.count
        solver.begin(most=3)
        assert call(*words, more, first, "--output", first)[0] == INTERRUPTED
        solver.begin()
        assert call(*words, more, first, "--output", first, "--resume")[0] == 0
        assert solver.count == whole - 3
        table = table_in(first, "points.parquet")
        assert_same(table, table_in(f"whole-{first}", "points.parquet"))
        solver.begin()


def test_more_points_begin_with_those_that_are_there(solver):
    call(*FRONT, "--points", "6", "--output", "six")
    six = solver.count
    solver.begin()
    call(*FRONT, "--points", "3", *OUT)
    three = solver.count
    solver.begin(most=1)
    code, _ = call(*FRONT, "--points", "6", *OUT, "--resume")
    assert code == INTERRUPTED
    assert len(table_in("out", "points.parquet")) == 3  # the whole front of before
    solver.begin()
    call(*FRONT, "--points", "6", *OUT, "--resume")
    assert solver.count == six - three - 1
    assert_same(table_in("out", "points.parquet"), table_in("six", "points.parquet"))


@pytest.mark.parametrize(
    "change", [("--set", f"{PRICE}=0.3"), ("--gap", "0.001"), ("--scopes", "2")]
)
def test_what_was_found_of_other_inputs_is_never_used(change, solver):
    call(*FRONT, "--points", "3", *OUT)
    call(*FRONT, "--points", "3", *change, "--output", "whole")
    solver.begin(most=1)
    code, text = call(*FRONT, "--points", "3", *change, *OUT, "--resume")
    assert code == INTERRUPTED
    assert "another scenario, other options or another version" in text
    assert "are taken" not in text
    assert not Path("out/points.parquet").exists()  # of the other scenario
    solver.begin()
    call(*FRONT, "--points", "3", *change, *OUT, "--resume")
    assert_same(table_in("out", "points.parquet"), table_in("whole", "points.parquet"))
    solver.begin(most=0)  # what is of the first scenario is still there
    assert call(*FRONT, "--points", "3", *OUT, "--resume")[0] == 0


def test_another_version_begins_anew(solver, monkeypatch):
    call(*FRONT, "--points", "2", *OUT)
    whole = solver.count
    from verdigrid.studies.backends import fingerprint

    monkeypatch.setattr(fingerprint, "code_digest", lambda: "another")
    solver.begin()
    call(*FRONT, "--points", "2", *OUT, "--resume")
    assert solver.count == whole


@pytest.mark.parametrize("damage", ["half", "number", "noise"])
def test_a_damaged_line_is_told_and_solved_again(damage, solver):
    call(*FRONT, "--points", "4", *OUT)
    before = table_in("out", "points.parquet")
    path = Path("out") / NAME
    lines = path.read_text().splitlines()
    place = next(n for n, line in enumerate(lines) if "x at " in line)
    told = json.loads(lines[place])
    told["found"]["y"] *= 0.9
    lines[place] = {
        "half": lines[place][:40],
        "number": json.dumps(told),
        "noise": "[1, 2]",
    }[damage]
    path.write_text("\n".join(lines) + "\n")
    solver.begin()
    _, text = call(*FRONT, "--points", "4", *OUT, "--resume")
    assert f"line {place + 1} of out/{NAME} is damaged and left out" in text
    assert solver.count == 1
    assert_same(table_in("out", "points.parquet"), before)
    _, text = call(*FRONT, "--points", "4", *OUT, "--resume")
    assert "damaged" not in text


def test_json_of_a_resumed_front_is_that_of_an_undisturbed_one(solver):
    words = (*FRONT, "--points", "4", "--json")
    code, text = call(*words, "--output", "whole")
    whole = json.loads(text[: text.rindex("}") + 1])
    solver.begin(most=3)
    code, text = call(*words, *OUT)
    assert code == INTERRUPTED
    assert "{" not in text  # no part of a front
    solver.begin()
    code, text = call(*words, *OUT, "--resume")
    assert code == 0
    told = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert_same(told.pop("points"), whole.pop("points"))
    assert told == whole
    assert json.loads(Path("out/front.json").read_text())["points"]


def test_a_limit_without_a_plan_is_kept_as_such(solver, monkeypatch):
    """The point between the ends finds nothing: that, too, is not asked again."""
    real, calls = front.solve_verified, []

    def fails_once(*args, **kwargs):
        calls.append(1)
        if len(calls) == 4:
            raise SolverError("no luck")
        return real(*args, **kwargs)

    monkeypatch.setattr(front, "solve_verified", fails_once)
    _, text = call(*FRONT, "--points", "4", *OUT)
    (lost,) = [r for r in table_in("out", "points.parquet") if r["status"] == "solver"]
    assert "no luck" in text
    assert lost["x"] is None
    before = table_in("out", "points.parquet")
    solver.begin(most=0)
    assert call(*FRONT, "--points", "4", *OUT, "--resume")[0] == 0
    assert_same(table_in("out", "points.parquet"), before)


def test_an_error_amid_the_search_says_what_is_kept(solver):
    solver.begin(most=3, error=SolverError("HiGHS gave up"))
    done = CliRunner().invoke(app, (*FRONT, "--points", "2", *OUT))
    assert isinstance(done.exception, SolverError)
    assert "3 finished solves are kept in out" in done.output


# -- alternatives ------------------------------------------------------------------


@pytest.mark.parametrize("finished", [1, 2, 4])
def test_interrupted_alternatives_go_on(finished, solver):
    """Baseline, plan, both ends of the roof, both of carbon."""
    words = (*RANGES, *CAP)
    call(*words, "--output", "whole")
    assert solver.count == 6
    solver.begin(most=finished)
    code, text = call(*words, *OUT)
    assert code == INTERRUPTED
    assert f"{finished} finished solves are kept in out" in text
    assert not Path("out/ranges.parquet").exists()
    solver.begin()
    code, text = call(*words, *OUT, "--resume", "--json")
    assert code == 0
    assert solver.count == 6 - finished
    for name in ("ranges.parquet", "plans.parquet"):
        assert_same(table_in("out", name), table_in("whole", name))
    told = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert told["ranges"][0]["verdict"] == "must"
    assert all(plan["checks"] > 0 for plan in told["plans"])


def test_alternatives_within_another_share_begin_anew(solver):
    call(*RANGES, *OUT)
    whole = solver.count
    solver.begin()
    call(*RANGES, "--within", "0.1", *OUT, "--resume")
    assert solver.count == whole


def test_least_carbon_is_not_looked_for_twice(solver, monkeypatch):
    least = solver.counted(bound.least_carbon)
    monkeypatch.setattr(bound, "least_carbon", least)
    words = (*RANGES, "--set", "objective={minimise: carbon, scopes: [2]}")
    call(*words, "--output", "whole")
    whole = solver.count
    solver.begin(most=2)
    assert call(*words, *OUT)[0] == INTERRUPTED
    solver.begin()
    call(*words, *OUT, "--resume")
    assert solver.count == whole - 2
    assert_same(table_in("out", "ranges.parquet"), table_in("whole", "ranges.parquet"))


# -- what is said of the input -------------------------------------------------------


@pytest.mark.parametrize("words", [FRONT[:2], RANGES[:2]])
def test_errors_name_file_and_line(words, tmp_path):
    cap = "  c: {kind: carbon_cap, scopes: [2], tonnes_per_year: 0.001}\n"
    peak = "  p: {kind: investment_budget, at_most: 0}\n"
    small = SITE.replace("import_limit_kw: 500", "import_limit_kw: 20")
    (tmp_path / "s.yaml").write_text(small + "policies:\n" + cap + peak)
    with pytest.raises(InfeasibleError) as caught:
        call(*words, "--quiet", "--set", "policies.c.enforce=true")
    assert "s.yaml:" in str(caught.value)


def test_an_axis_that_can_not_be_is_told_with_its_line(tmp_path):
    peak = "policies:\n  peak: {kind: peak_import_limit, at_most_kw: 300.0}\n"
    (tmp_path / "s.yaml").write_text(SITE + peak)
    line = 1 + (SITE + peak).splitlines().index(peak.splitlines()[1])
    with pytest.raises(InputError, match=rf"s\.yaml:{line}: policies.peak"):
        call(*FRONT[:2], "--x", "peak", "--quiet")


# -- the folder ----------------------------------------------------------------------


def test_a_folder_belongs_to_one_process(tmp_path):
    with Solves(tmp_path / "f"), pytest.raises(InputError, match="running"):
        Solves(tmp_path / "f")
    with Solves(tmp_path / "f") as solves:
        assert len(solves) == 0


def test_a_folder_that_can_not_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="writable folder"):
        Solves(tmp_path / "file")


def test_a_full_disk_keeps_what_is_whole(tmp_path, monkeypatch):
    from verdigrid.studies.backends import solves as module

    def full(path, content):
        raise OSError(28, "No space left on device")

    with Solves(tmp_path, "key") as solves:
        solves.once("a", lambda: {"value": 1.5})
        monkeypatch.setattr(module, "write_bytes", full)
        with pytest.raises(StoreError, match="1 finished solves are kept"):
            solves.once("b", lambda: {"value": 2.5})
    with Solves(tmp_path, "key", resume=True) as again:
        assert len(again) == 1
        assert again.once("a", lambda: {"value": 0.0}) == {"value": 1.5}


def test_fresh_and_kept_answers_are_the_same_data(tmp_path):
    odd = {"a": (1, 2), "b": float("inf"), "c": 0.1 + 0.2, "d": None, "e": True}
    with Solves(tmp_path, "key") as solves:
        fresh = solves.once("odd", lambda: odd)
    with Solves(tmp_path, "key", resume=True) as solves:
        assert solves.once("odd", dict) == fresh
    assert fresh["b"] is None
    assert fresh["c"] == 0.1 + 0.2

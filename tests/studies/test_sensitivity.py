"""Tornado, build frequency, break-even and regret, worked out by hand."""

import json

import pandas as pd
import pytest

from verdigrid.models.errors import InfeasibleError, InputError
from verdigrid.scenarios.load import load
from verdigrid.solvers.solve import SolveOptions
from verdigrid.studies.backends.worker_state import WorkerState
from verdigrid.studies.break_even import find_break_even
from verdigrid.studies.fixed_design import plan_with_sizes
from verdigrid.studies.members import Member
from verdigrid.studies.one_member import solve_member
from verdigrid.studies.options import Job
from verdigrid.studies.plan import make_baseline, make_plan
from verdigrid.studies.regret import keep_base, read_base, solve_with_regret
from verdigrid.studies.sensitivity import build_frequency, regret_summary, tornado
from verdigrid.studies.study import read_study

EXACT = SolveOptions(relative_gap=0.0, time_limit_s=60.0, threads=1)

#: 4 h x 100 kW from the grid at 0.2; up to 50 kW of roof bring a kW each hour: what it
#: saves is 0.8 a kW, and it costs 0.5.
SITE = """\
schema: 1
name: test
currency: EUR
time: {start: 2026-01-01, periods: 4, represents: as_is}
finance: {discount_rate: 0.0, horizon_years: 1, investment: full}
buses: {electricity: {carrier: electricity}}
components:
  plant: {kind: load, bus: electricity, profile: 100}
  roof:
    kind: pv
    bus: electricity
    yield_kw_per_kw: 1.0
    capacity: {max_kw: 50, capex_per_kw: 0.5, om_per_kw_year: 0}
  grid:
    kind: grid
    bus: electricity
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.4
    tariff: {price_per_kwh: 0.2}
"""
PRICE = "components.grid.tariff.price_per_kwh"
CAPEX = "components.roof.capacity.capex_per_kw"
MOST = "components.roof.capacity.max_kw"


@pytest.fixture
def site(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(SITE, encoding="utf-8")
    return file


def row_of(site, folder, **settings):
    member = Member(1, str(site), {**settings}, inputs="x")
    return solve_member(member, Job(str(folder), EXACT), WorkerState())


# -- tornado ------------------------------------------------------------------------


def study_of(site, text):
    file = site.parent / "study.yaml"
    file.write_text(
        f"schema: 1\nname: around\nscenario: s.yaml\n{text}", encoding="utf-8"
    )
    return read_study(file)


def solved(study, folder):
    state, job = WorkerState(), Job(str(folder), EXACT)
    rows = [
        {"member": m.number, "reason": "", **solve_member(m, job, state)}
        for m in study.members
    ]
    return pd.DataFrame(rows)


def test_tornado_by_hand(site, tmp_path):
    """80 for all from the grid; 50 kW of roof at 0.5 save 15: the base costs 65."""
    around = (
        "one_at_a_time:\n"
        f"  {CAPEX}: {{low: 0.25, high: 1.0}}\n"
        f"  {PRICE}: {{low: 0.1, high: 0.3}}\n"
        f"  {MOST}: {{fraction: 0.2}}\n"
    )
    study = study_of(site, around)
    found = tornado(study.members, solved(study, tmp_path), "net_present_cost")
    assert found["path"].tolist() == [PRICE, CAPEX, MOST]
    assert found["base"].tolist() == pytest.approx([65, 65, 65])
    # at 0.1 a kW saves 0.4: no roof, 40; at 0.3 all of it, 120 - 60 + 25
    assert found["low"].tolist() == pytest.approx([40, 52.5, 68])
    assert found["high"].tolist() == pytest.approx([85, 80, 62])
    assert found["swing"].tolist() == pytest.approx([45, 27.5, 6])
    assert found["low_value"].tolist() == [0.1, 0.25, 40]


def test_a_failed_end_is_empty_and_says_why(site, tmp_path):
    limit = "components.grid.import_limit_kw"
    study = study_of(site, f"one_at_a_time:\n  {limit}: {{low: 10, high: 600}}\n")
    (row,) = tornado(
        study.members, solved(study, tmp_path), "net_present_cost"
    ).to_dict("records")
    assert pd.isna(row["low"])
    assert row["low_reason"]
    assert row["high"] == pytest.approx(65)
    assert row["swing"] == pytest.approx(0)


def test_a_study_that_is_no_tornado(site):
    study = study_of(site, f"grid:\n  {PRICE}: [0.1, 0.2]\n  {CAPEX}: [1, 2]\n")
    table = pd.DataFrame({"member": [1], "status": ["optimal"], "reason": [""]})
    with pytest.raises(InputError, match="one_at_a_time"):
        tornado(study.members, table, "net_present_cost")


def test_a_figure_that_is_not_there(site, tmp_path):
    study = study_of(site, f"one_at_a_time:\n  {PRICE}: {{low: 0.1, high: 0.3}}\n")
    with pytest.raises(InputError, match=r"one of .*net_present_cost"):
        tornado(study.members, solved(study, tmp_path), "nonsense")


# -- how often -------------------------------------------------------------------------


def test_build_frequency_counts_members_with_a_plan():
    table = pd.DataFrame(
        {
            "status": ["optimal", "optimal", "infeasible", "feasible at limit"],
            "size:roof.capacity": [0.0, 40.0, None, 20.0],
            "size:battery.energy": [0.0, 1e-9, None, 0.0],
        }
    )
    roof, battery = build_frequency(table).to_dict("records")
    assert (roof["built"], roof["members"]) == (2, 3)
    assert roof["share"] == pytest.approx(2 / 3)
    assert (roof["least"], roof["mean"], roof["greatest"]) == (0, 30, 40)
    assert battery["built"] == 0
    assert pd.isna(battery["mean"])


# -- break-even ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "ends", "exact", "above_at_low"),
    [(CAPEX, (0.1, 2.0), 0.8, True), (PRICE, (0.01, 0.3), 0.125, False)],
)
def test_break_even_by_hand(site, tmp_path, path, ends, exact, above_at_low):
    """The roof saves 4 h at 0.2 = 0.8 a kW; its 0.5 need 0.125 a kWh."""
    found = find_break_even(
        lambda value: row_of(site, tmp_path, **{path: value}),
        path,
        ends,
        "size:roof.capacity",
        tolerance=1e-3,
    )
    assert found.crosses
    assert found.above_at_low is above_at_low
    assert found.low <= exact <= found.high
    assert found.value == pytest.approx(exact, abs=1e-3 * (ends[1] - ends[0]))
    assert path in found.text()


def test_no_break_even_is_told(site, tmp_path):
    found = find_break_even(
        lambda value: row_of(site, tmp_path, **{CAPEX: value}),
        CAPEX,
        (0.1, 0.3),
        "size:roof.capacity",
    )
    assert found.value is None
    assert "at both ends" in found.text()
    assert len(found.tried) == 2


def test_break_even_of_any_figure_and_threshold():
    """x^2 is above 9 from 3 on."""
    found = find_break_even(
        lambda x: {"status": "optimal", "y": x**2}, "p", (0, 8), "y", 9.0, 1e-6
    )
    assert found.value == pytest.approx(3, abs=1e-4)
    assert not found.above_at_low


def test_break_even_refuses_what_it_can_not_tell():
    def without_plan(value):
        return {"status": "infeasible", "reason": "nothing left"}

    with pytest.raises(InputError, match="nothing left"):
        find_break_even(without_plan, "p", (0, 1), "y")
    with pytest.raises(InputError, match="one of z"):
        find_break_even(lambda v: {"status": "optimal", "z": v}, "p", (0, 1), "y")
    with pytest.raises(InputError, match="low below high"):
        find_break_even(lambda v: {"status": "optimal", "y": v}, "p", (1, 0), "y")


# -- regret --------------------------------------------------------------------------


def test_regret_by_hand(site, tmp_path):
    """The base builds 50 kW. At 1.2 a kW nobody would: 50 x 0.4 too much."""
    base = make_plan(load(site).microgrid, EXACT).plan
    keep_base(tmp_path, base)
    assert read_base(tmp_path)[0].new == pytest.approx(50)
    job, state = Job(str(tmp_path), EXACT), WorkerState()

    def regret(**settings):
        return solve_with_regret(Member(1, str(site), settings), job, state)

    row = regret(**{CAPEX: 1.2})
    assert row["size:roof.capacity"] == 0
    assert row["regret"] == pytest.approx(20)
    assert row["regret_per_year"] == pytest.approx(20)
    assert row["base_net_present_cost"] == pytest.approx(80 + 20)
    # at 0.1 a kWh 40 from the grid; with the roof 20 + 25
    assert regret(**{PRICE: 0.1})["regret"] == pytest.approx(5)
    assert regret()["regret"] == pytest.approx(0, abs=1e-6)
    # more room would have been used: 30 kW more save 0.3 each
    assert regret(**{MOST: 80})["regret"] == pytest.approx(9)
    row = regret(**{MOST: 20})
    assert row["base_status"] == "missed"
    assert "does not fit" in row["base_reason"]


def test_a_base_plan_that_misses_a_cap(site, tmp_path):
    keep_base(tmp_path, make_plan(load(site).microgrid, EXACT).plan)
    job, state = Job(str(tmp_path), EXACT), WorkerState()
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.03}
    settings = {"policies": {"cap": cap}, MOST: 100}
    row = solve_with_regret(Member(1, str(site), settings), job, state)
    assert row["status"] == "optimal"
    assert row["base_status"] == "missed"
    rows = [row, {"status": "optimal", "base_status": "kept", "regret": 6.0}]
    found = regret_summary(pd.DataFrame([*rows, {"status": "infeasible"}]))
    assert (found["members"], found["kept"], found["missed"]) == (2, 1, 1)
    assert found["greatest_regret"] == 6.0


def test_regret_is_never_negative_and_dispatch_is_free(site):
    """The battery of the base stays; what it does follows the prices of the sample."""
    text = site.read_text().replace(
        "  grid:",
        "  battery:\n    kind: battery\n    bus: electricity\n"
        "    energy: {max_kwh: 100, capex_per_kwh: 0.01, om_per_kwh_year: 0}\n"
        "    power: {max_kw: 100, capex_per_kw: 0.01, om_per_kw_year: 0}\n  grid:",
    )
    site.write_text(
        text.replace(
            "price_per_kwh: 0.2", "price_per_kwh: {values: [0.1, 0.3, 0.1, 0.3]}"
        )
    )
    base = make_plan(load(site).microgrid, EXACT).plan
    other = load(site, [PRICE + "={values: [0.4, 0.1, 0.5, 0.1]}"]).microgrid
    baseline = make_baseline(other, EXACT)
    fixed = plan_with_sizes(other, base.solution.sizes, EXACT, baseline)
    best = make_plan(other, EXACT).plan
    assert fixed.solution.objective >= best.solution.objective - 1e-6
    for size in base.solution.sizes:
        held = fixed.solution.size(size.component, size.field)
        assert held.total == pytest.approx(size.total, abs=1e-6)
    assert all(check.holds for check in fixed.checks)


def test_units_and_decisions_are_held(site):
    text = site.read_text().replace(
        "max_kw: 50", "max_kw: 50, unit_kw: 20, capex_fixed: 3"
    )
    site.write_text(text)
    base = make_plan(load(site).microgrid, EXACT).plan
    assert base.solution.size("roof", "capacity").units == 2
    dear = load(site, [f"{CAPEX}=2.0"]).microgrid
    fixed = plan_with_sizes(
        dear, base.solution.sizes, EXACT, make_baseline(dear, EXACT)
    )
    # 60 kW from the grid for 4 h at 0.2, two units of 20 at 2, and 3
    assert fixed.solution.objective == pytest.approx(48 + 80 + 3)
    small = load(site, [f"{MOST}=30"]).microgrid
    with pytest.raises(InfeasibleError, match="does not fit"):
        plan_with_sizes(small, base.solution.sizes, EXACT, make_baseline(small, EXACT))


def test_sizes_survive_the_file(site, tmp_path):
    base = make_plan(load(site).microgrid, EXACT).plan
    keep_base(tmp_path, base)
    told = json.loads((tmp_path / "base.json").read_text())
    assert told["sizes"][0]["component"] == "roof"
    for size, read in zip(base.solution.sizes, read_base(tmp_path), strict=True):
        assert read.total == size.total

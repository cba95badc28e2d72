"""Ranges of near-optimal plans, worked out by hand."""

import pandas as pd
import pytest

from support import EXACT, grid_at, load_of, microgrid, option, standing
from verdigrid.results.figures.alternatives import ranges_figure
from verdigrid.studies.alternatives import find_alternatives
from verdigrid.studies.goals import Goals, size_of
from verdigrid.studies.plan import make_plan
from verdigrid.studies.ranges import End, Range, as_data, plans_of, table_of, text_of

PV = {"kind": "pv", "bus": "power", "yield_kw_per_kw": 1.0}


def found_in(parts, within, periods=1, **more):
    grid = microgrid(
        {"grid": grid_at(1.0), "plant": load_of([100.0] * periods), **parts},
        periods,
        **more,
    )
    found = find_alternatives(grid, within, EXACT)
    return {item.name: item for item in (*found.ranges, found.carbon) if item}, found


def roof(capex, most=40.0, **more):
    return {**PV, "capacity": option("kw", most, capex, **more)}


def test_musts_and_taste_by_hand():
    """Least: 40 kW at 0.5, 40 at 0.9 and 20 from the grid at 1.0 are 76.

    Good saves 0.5 a kW, fair 0.1, dear costs 0.1 more than the grid. With 10 % of 76,
    which is 7.6, to spend, good may shrink by 15.2, fair vanish, dear grow to 40.
    """
    ranges, found = found_in(
        {"good": roof(0.5), "fair": roof(0.9), "dear": roof(1.1)}, 0.1
    )
    assert found.cost == pytest.approx(76)
    assert found.most == pytest.approx(83.6)
    good, fair, dear = (ranges[f"{n}.capacity"] for n in ("good", "fair", "dear"))
    # what good leaves to the grid costs 0.5 a kW
    assert good.least.value == pytest.approx(40 - 15.2)
    assert good.greatest.value == pytest.approx(40)
    assert (fair.least.value, fair.greatest.value) == pytest.approx((0, 40), abs=1e-6)
    # 20 kW instead of the grid cost 2; 20 more instead of fair 0.2 each: 6 in all, 82
    assert dear.greatest.value == pytest.approx(40)
    assert dear.least.value == pytest.approx(0, abs=1e-6)
    assert [r.verdict for r in (good, fair, dear)] == ["must", "taste", "taste"]
    assert good.least.plan["net_present_cost"] == pytest.approx(83.6)
    assert dear.greatest.plan["net_present_cost"] == pytest.approx(82)
    for item in ranges.values():
        for end in (item.least, item.greatest):
            assert end.plan["net_present_cost"] <= found.most * (1 + 1e-7)
            assert end.plan["checks"] > 0


def test_carbon_by_hand():
    """20 kWh of the grid in the plan; all 40 kW of dear leave nothing."""
    ranges, _ = found_in(
        {"good": roof(0.5), "fair": roof(0.9), "dear": roof(1.1)}, 0.05
    )
    carbon = ranges["carbon"]
    assert carbon.planned == pytest.approx(0.010)
    assert carbon.least.value == pytest.approx(0.0, abs=1e-9)
    # 3.8 to spend: fair's 38 kW are worth 0.1 each
    assert carbon.greatest.value == pytest.approx(0.010 + 0.038 * 0.5, rel=1e-5)


def test_nothing_to_spare_leaves_the_plan():
    ranges, found = found_in({"good": roof(0.5)}, 0.0)
    good = ranges["good.capacity"]
    # a hundred-thousandth is always to spare, or rounding would leave no plan
    assert good.least.value == pytest.approx(40, rel=1e-4)
    assert good.greatest.value == pytest.approx(40, rel=1e-6)
    assert found.most == pytest.approx(found.cost, rel=2e-5)


def test_never_worth_it():
    ranges, _ = found_in({"gold": roof(1000.0, om_per_kw_year=0)}, 1e-9)
    assert ranges["gold.capacity"].verdict == "never"


def test_a_decision_of_yes_or_no():
    """50 for at least 30 kW instead of 30 from the grid: 20 more of 100."""
    whole = roof(0.0, capex_fixed=50.0, min_kw=30.0)
    ranges, _ = found_in({"whole": whole}, 0.2)
    item = ranges["whole.capacity"]
    assert item.verdict == "taste"
    assert item.greatest.value == pytest.approx(40)
    # at 40 kW it costs 110; 30 kW would be 120
    assert item.greatest.plan["net_present_cost"] == pytest.approx(110)
    ranges, _ = found_in({"whole": whole}, 0.09)
    assert ranges["whole.capacity"].verdict == "never"


def test_whole_units():
    """Units of 15 kW: with 0.1 a kW dearer than the grid, 2 are 3 of 100."""
    ranges, _ = found_in({"units": roof(1.1, unit_kw=15.0)}, 0.04)
    assert ranges["units.capacity"].greatest.value == pytest.approx(30)
    ranges, _ = found_in({"units": roof(1.1, unit_kw=15.0)}, 0.02)
    assert ranges["units.capacity"].greatest.value == pytest.approx(15)


def test_what_stands_counts_and_what_can_not_change_is_left_out():
    standing_roof = {**PV, "capacity": {**option("kw", 40.0, 0.5), "existing_kw": 10.0}}
    fixed = {**PV, "capacity": standing("kw", 5.0)}
    ranges, _ = found_in({"more": standing_roof, "fixed": fixed}, 0.02)
    assert set(ranges) == {"more.capacity", "carbon"}
    more = ranges["more.capacity"]
    assert more.greatest.value == pytest.approx(40)
    assert more.verdict == "must"
    # 100 - 5 - 10 - 30 + 15 = 70: 1.4 to spend at 0.5 a kW
    assert more.least.value == pytest.approx(40 - 2.8)


def test_caps_hold_in_every_alternative():
    cap = {"kind": "carbon_cap", "scopes": [2], "tonnes_per_year": 0.03}
    ranges, _ = found_in({"dear": roof(1.5, 60.0)}, 0.5, policies={"cap": cap})
    assert ranges["dear.capacity"].least.value == pytest.approx(40, rel=1e-6)
    assert ranges["carbon"].greatest.value == pytest.approx(0.03, rel=1e-6)


def test_a_battery_never_runs_both_ways():
    """Free power in the first hour, dear in the second; losses would waste nothing."""
    battery = {
        "kind": "battery",
        "bus": "power",
        "energy": option("kwh", 100.0, 0.1),
        "power": option("kw", 100.0, 0.1),
    }
    parts = {"grid": grid_at([0.0, 1.0, 0.0, 2.0]), "plant": load_of([100.0] * 4)}
    site = microgrid({**parts, "battery": battery}, 4)
    most = 1.3 * make_plan(site, EXACT).plan.solution.objective
    goals = Goals(site, EXACT, most)
    for size in ("energy", "power"):
        for sign in (1.0, -1.0):
            found = goals.least(size_of("battery", size, sign))
            assert not found.outcome.solution.overlaps
            assert all(check.holds for check in found.outcome.checks)
            assert found.outcome.solution.objective <= most * (1 + 1e-7)


def test_what_is_written(tmp_path):
    _, found = found_in({"good": roof(0.5), "dear": roof(1.1)}, 0.1)
    table = table_of(found)
    assert table["name"].tolist() == ["good.capacity", "dear.capacity", "carbon"]
    assert len(plans_of(found)) == 6
    assert as_data(found)["ranges"][0]["verdict"] == "must"
    assert "taste" in text_of(found)
    assert ranges_figure(table, 0.1).axes


def test_an_end_that_was_not_found_is_a_gap():
    known, lost = End(1.0, 1.0), End(None, None, reason="too little time")
    assert Range("a", "kW", 1.0, lost, known, 2.0).verdict == "unknown"
    row = {"name": "a", "unit": "kW", "planned": 1.0, "verdict": "unknown"}
    for ends, told in (((None, 1.0), "? to 1 kW"), ((None, None), "not found kW")):
        table = pd.DataFrame([{**row, "least": ends[0], "greatest": ends[1]}])
        drawn = ranges_figure(table, 0.1).axes[0]
        assert [text.get_text() for text in drawn.texts] == [told]
        assert len(drawn.patches) == (1 if ends[1] else 0)

"""Figures show what the tables say: the numbers behind them, not their pixels."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from support import gas_at, grid_at, load_of, microgrid, option, planned, standing
from verdigrid.models.calendar import Calendar
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.figures import draw_all
from verdigrid.results.figures.capacities import SizeBar, axis_end, label, size_bars
from verdigrid.results.figures.costs import cost_groups, headline
from verdigrid.results.figures.dispatch import is_trivial, sum_of
from verdigrid.results.figures.draw import component_colours
from verdigrid.results.figures.emissions import (
    caps_of,
    cumulative,
    emissions_figure,
    source_colours,
)
from verdigrid.results.figures.heat_map import day_grid
from verdigrid.results.figures.imports import duration_curve, electricity
from verdigrid.results.figures.monthly import bases, monthly_bars, monthly_figure
from verdigrid.results.figures.stacks import Stack, stack_of, stacks_of
from verdigrid.results.figures.style import PALETTE, Scale, colours_for, number
from verdigrid.results.figures.weeks import (
    Window,
    choose_windows,
    day_starts,
    describe,
    whole_weeks,
)
from verdigrid.results.outcome import Outcome

DAYS = 20
CAP_TONNES = 1500.0


def site(hours: int = 24 * DAYS) -> Microgrid:
    """Two weeks of January and a bit, the second whole one the busiest."""
    t = np.arange(hours)
    hour, week = t % 24, (t // 24 + 3) // 7
    day = (hour >= 8) & (hour < 20)
    power = 200 + 150.0 * day + 40 * (week == 2)
    sun = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None)
    price = np.where(day, 0.20, 0.06)
    pv = {"kind": "pv", "bus": "power", "yield_kw_per_kw": {"values": list(sun)}}
    store = {"kind": "thermal_storage", "bus": "heat"}
    return microgrid(
        {
            "mill": load_of(power),
            "dye_baths": load_of(
                120 + 80.0 * day,
                "heat",
                supply_temperature_c=15,
                target_temperature_c=75,
            ),
            "grid": grid_at(
                price,
                tariff={
                    "demand_charge_per_kw_month": 5.0,
                    "export_price_per_kwh": 0.04,
                },
            ),
            "gas_supply": gas_at(0.04),
            "boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "heat",
                "capacity": standing("kw", 400),
            },
            "rooftop_pv": {**pv, "capacity": option("kw", 900, 100)},
            "battery": {
                "kind": "battery",
                "bus": "power",
                "energy": option("kwh", 2000, 20),
                "power": option("kw", 500, 10),
            },
            "tank": {**store, "energy": option("kwh", 1e9, 0.5)},
            "heat_pump": {
                "kind": "heat_pump",
                "electricity_bus": "power",
                "bus": "heat",
                "source": "effluent",
                "capacity": option("kw", 60, 30),
            },
            "preheater": {
                "kind": "heat_exchanger",
                "source": "effluent",
                "sink": "dye_baths",
                "capacity": option("kw", 60, 5),
            },
            "effluent": {
                "kind": "waste_heat",
                "temperature_c": 60,
                "outlet_temperature_c": 25,
                "profile": {"values": list(300 + 60.0 * day)},
            },
        },
        hours,
        policies={
            "cap": {
                "kind": "carbon_cap",
                "scopes": [1, 2],
                "tonnes_per_year": CAP_TONNES,
            }
        },
        finance={"discount_rate": 0.08, "horizon_years": 20, "escalation": {}},
        represents="year",
    )


@pytest.fixture(scope="module")
def plan() -> Outcome:
    return Outcome(planned(site()))


@pytest.fixture(scope="module")
def baseline() -> Outcome:
    return Outcome(planned(site().baseline()))


def at(outcome: Outcome, node: str) -> Stack:
    stack = stack_of(outcome, node)
    assert stack is not None
    return stack


# -- everything is written ---------------------------------------------------------


def test_every_figure_is_written_as_png_and_svg(
    plan: Outcome, baseline: Outcome, tmp_path: Path
) -> None:
    paths = draw_all(plan, baseline, tmp_path / "figures")
    assert all(path.stat().st_size > 1000 for path in paths)
    assert {path.suffix for path in paths} == {".png", ".svg"}
    names = {path.stem for path in paths}
    whole = {"costs", "capacities", "emissions", "load_duration"}
    whole |= {"heat_map_import", "state_of_charge", "sankey", "heat_cascade"}
    nodes = {"power", "heat", "dye_baths", "effluent"}
    weekly = {f"dispatch_{node}_winter" for node in nodes}
    monthly = {f"monthly_energy_{node}" for node in {*nodes, "gas"}}
    assert whole | weekly | monthly <= names
    assert not any("summer" in name for name in names)


def test_a_few_hours_without_a_baseline(tmp_path: Path) -> None:
    short = Outcome(planned(site(hours=6)))
    names = {path.stem for path in draw_all(short, None, tmp_path)}
    assert "dispatch_power" in names
    assert "heat_map_import" not in names


def test_nothing_flows(plan: Outcome, tmp_path: Path) -> None:
    solution = plan.solution
    idle = replace(
        solution,
        booked=replace(
            solution.booked,
            injections=tuple((e, 0 * kw) for e, kw in solution.booked.injections),
            emissions=tuple((e, 0 * kg) for e, kg in solution.booked.emissions),
        ),
    )
    outcome = Outcome(idle)
    assert not stacks_of(outcome)
    names = {path.stem for path in draw_all(outcome, None, tmp_path)}
    assert names == {"costs", "capacities", "state_of_charge", "heat_cascade"}


# -- dispatch ------------------------------------------------------------------------


@pytest.mark.parametrize("node", ["power", "heat", "dye_baths", "effluent"])
def test_supplies_and_uses_sum_up_to_the_line(plan: Outcome, node: str) -> None:
    stack = at(plan, node)
    assert stack.line is not None
    assert stack.supplies
    assert all((band.kw >= -1e-6).all() for band in stack.supplies)
    assert all((band.kw <= 1e-6).all() for band in stack.uses)
    np.testing.assert_allclose(sum_of(stack.bands), stack.line, atol=1e-3)


def test_the_line_of_a_component_node_is_its_profile(plan: Outcome) -> None:
    series = plan.solution.microgrid.series
    for node, text in (("dye_baths", "demand"), ("effluent", "heat offered")):
        stack = at(plan, node)
        profile = series[f"components.{node}.profile"]
        np.testing.assert_allclose(stack.line, profile, atol=1e-3)
        assert stack.line_label == text


def test_labels_name_what_goes_in_and_out(plan: Outcome) -> None:
    labels = at(plan, "power").labels()
    assert labels["rooftop_pv"] == "rooftop pv"
    assert labels["battery"] == "battery\n(discharge / charge)"
    assert at(plan, "effluent").labels()["effluent"] == "rejected"


def test_a_mirrored_flow_is_not_drawn(baseline: Outcome) -> None:
    everything = Window("", 0, 24 * DAYS)
    assert is_trivial(at(baseline, "gas"), everything)
    assert not is_trivial(at(baseline, "power"), everything)


# -- weeks ---------------------------------------------------------------------------


def test_the_busiest_whole_week_is_shown(plan: Outcome) -> None:
    calendar = plan.solution.microgrid.calendar
    stack = at(plan, "power")
    (window,) = choose_windows(calendar, stack.throughput, south=False)
    assert describe(calendar, window) == "12-18 Jan 2026"
    assert window.season == "winter"
    (window,) = choose_windows(calendar, stack.throughput, south=True)
    assert window.season == "summer"


def year(step_minutes: int = 60, zone: str = "Europe/Berlin") -> Calendar:
    periods = 8760 * 60 // step_minutes
    return Calendar(dt.datetime(2026, 1, 1), periods, step_minutes, zone)


@pytest.mark.parametrize("step_minutes", [15, 60])
def test_weeks_are_civil_weeks_also_where_the_clock_changes(step_minutes: int) -> None:
    calendar = year(step_minutes)
    civil = calendar.civil
    weeks = whole_weeks(calendar)
    assert len(weeks) == 51
    for start, stop in weeks:
        assert civil[start].weekday() == 0
        assert civil[start].hour == civil[start].minute == 0
        assert civil[stop - 1].weekday() == 6
    lengths = [(stop - start) * calendar.step_hours for start, stop in weeks]
    assert sorted({round(hours) for hours in lengths}) == [167, 168, 169]


def test_winter_and_summer_of_a_year() -> None:
    calendar = year()
    demand = np.ones(calendar.periods)
    demand[calendar.civil == "2026-02-18 12:00"] = 9.0
    demand[calendar.civil == "2026-07-08 12:00"] = 9.0
    windows = choose_windows(calendar, demand, south=False)
    assert [describe(calendar, window) for window in windows] == [
        "16-22 Feb 2026",
        "6-12 Jul 2026",
    ]
    assert len(day_starts(calendar)) == 365


def test_a_spring_has_one_week_without_a_season() -> None:
    calendar = Calendar(dt.datetime(2026, 4, 1), 24 * 28, 60, "UTC")
    (window,) = choose_windows(calendar, np.ones(calendar.periods), south=False)
    assert window.season == ""
    assert window.stop - window.start == 168


# -- months --------------------------------------------------------------------------


@pytest.mark.parametrize("node", ["power", "heat", "gas"])
def test_bars_are_the_table_of_monthly_energy(plan: Outcome, node: str) -> None:
    table = plan.tables.monthly_energy
    table = table[(table["node"] == node) & (table["item"] != "demand")]
    months = plan.solution.microgrid.calendar.month_names
    bars = monthly_bars(plan.solution.microgrid.calendar, at(plan, node))
    for n, month in enumerate(months):
        rows = table[table["month"] == month]
        drawn = sum(float(bar.kwh[n]) for bar in bars)
        assert drawn == pytest.approx(rows["kwh"].sum(), rel=5e-3, abs=1.0)
        for bar in bars:
            mine = rows[rows["component"] == bar.component]["kwh"]
            same_sign = mine[np.sign(mine) == np.sign(bar.kwh[n])]
            assert float(bar.kwh[n]) == pytest.approx(same_sign.sum(), abs=1e-6)


def test_stacks_grow_away_from_zero() -> None:
    found = bases([np.array([2.0, -1.0]), np.array([3.0, -4.0]), np.array([-1.0, 0])])
    np.testing.assert_allclose(found, [[0, 0], [2, -1], [0, 0]])


# -- colours -------------------------------------------------------------------------


def test_a_component_has_one_colour_and_components_differ(
    plan: Outcome, baseline: Outcome
) -> None:
    colours = component_colours(plan, baseline)
    seen = {band.component for stack in stacks_of(plan) for band in stack.bands}
    own = [name for name in seen if name not in ("effluent", "dye_baths")]
    assert len({colours[name] for name in own}) == len(own)
    shades = source_colours(plan, colours)
    assert shades[2, "grid electricity"] == colours["grid"]
    stack, calendar = at(plan, "power"), plan.solution.microgrid.calendar
    axes = monthly_figure(calendar, stack, colours).axes[0]
    drawn = [to_hex(bars.patches[0].get_facecolor()) for bars in axes.containers]
    assert drawn == [colours[bar.component] for bar in monthly_bars(calendar, stack)]


def test_there_are_colours_for_many_components() -> None:
    names = [f"component_{n}" for n in range(2 * len(PALETTE))]
    assert len(set(colours_for(names).values())) == len(names)


# -- costs, emissions, capacities, import ----------------------------------------------


def test_cost_groups_sum_up_to_the_objective(plan: Outcome, baseline: Outcome) -> None:
    groups = cost_groups([baseline, plan])
    for n, outcome in enumerate((baseline, plan)):
        annual = outcome.solution.objective * outcome.solution.microgrid.annuity
        assert sum(g.per_year[n] for g in groups) == pytest.approx(annual, rel=1e-6)
    feed_in = next(g for g in groups if g.name == "electricity: feed-in")
    assert feed_in.per_year[0] == 0
    assert feed_in.per_year[1] < 0


def test_the_headline_says_who_is_cheaper() -> None:
    says = headline(np.array([200.0, 150.0]), "EUR", 1.0)
    assert says.endswith("the plan saves 50 EUR (25.0%)")
    says = headline(np.array([150.0, 200.0]), "EUR", 1.0)
    assert says.endswith("the plan costs 50 EUR (33.3%) more")


def test_emissions_reach_what_the_policy_counts_below_its_cap(plan: Outcome) -> None:
    (cap,) = caps_of(plan)
    weight = plan.solution.microgrid.calendar.year_weight
    assert cap.kg * weight == pytest.approx(1000 * CAP_TONNES)
    sums = cumulative(plan, cap.count)
    emitted = plan.tables.emissions["kg_per_year"].sum()
    assert sums[0] == 0
    assert sums[-1] * weight == pytest.approx(emitted, rel=1e-6)
    assert sums[-1] <= cap.kg * (1 + 1e-6)


def test_the_cap_is_drawn_at_the_cap(plan: Outcome) -> None:
    figure = emissions_figure(plan, None, component_colours(plan, None))
    assert figure is not None
    upper = figure.axes[0]
    weight = plan.solution.microgrid.calendar.year_weight
    heights = [line.get_ydata() for line in upper.get_lines()]
    level = [float(y[0]) for y in heights if np.ptp(y) == 0]
    assert upper.get_ylabel().endswith(", t CO2e")
    assert level == pytest.approx([CAP_TONNES / weight])


def test_capacities_with_room_or_size_only(plan: Outcome, baseline: Outcome) -> None:
    names = [bar.label for bar in size_bars(plan.solution, "kW")]
    assert names == ["boiler", "rooftop pv", "battery", "heat pump", "preheater"]
    assert [bar.label for bar in size_bars(baseline.solution, "kW")] == ["boiler"]


def test_a_far_limit_does_not_hide_the_bars() -> None:
    bars = [SizeBar("a", "a", 10, 40, 60), SizeBar("b", "b", 0, 20, 1e9)]
    assert axis_end(bars) == 60
    assert label(bars[0], Scale("kW", 1.0), 60) == "50 of 60 kW"
    assert label(bars[1], Scale("kW", 1.0), 60) == "20 kW of 1,000 GW"
    assert axis_end([SizeBar("a", "a", 0, 0, np.inf)]) == 1.0


def test_the_duration_curve_keeps_peak_and_energy(plan: Outcome) -> None:
    kw = electricity(plan, "import")
    hours, power = duration_curve(kw, 1.0)
    assert power[0] == kw.max()
    assert hours[-1] == len(kw)
    assert (np.diff(power) <= 0).all()
    assert power[:-1].sum() == pytest.approx(kw.sum())


def test_the_map_has_a_gap_where_the_clock_skips_an_hour() -> None:
    calendar = year(15)
    grid = day_grid(calendar, np.arange(calendar.periods, dtype=float))
    assert grid.shape == (96, 365)
    assert np.isnan(grid).sum() == 4
    assert np.isnan(grid[8:12, 87]).all()  # 29 March, 2 to 3 o'clock


def test_numbers_are_read_easily() -> None:
    assert number(1234567.8) == "1,234,568"
    assert number(0.12345) == "0.123"
    assert number(-0.0) == "0"

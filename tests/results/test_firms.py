"""Costs, carbon and energy of a park firm by firm, by hand."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from support import (
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.microgrid import Bus
from verdigrid.models.policies.carbon_price import CarbonPrice
from verdigrid.models.solution import Solution
from verdigrid.results.outcome import Outcome
from verdigrid.results.summary import summarize
from verdigrid.results.tables import Tables
from verdigrid.results.write import write_summary, write_tables
from verdigrid.scenarios.load import load

CARBON = {"kind": "carbon_price", "scopes": [1, 2], "price_per_tonne": 100.0}


def buses(**owned: str) -> dict[str, dict[str, Any]]:
    """Heat and power of the dye works and of the dairy; ``gas: "dairy"`` says whose."""
    made: dict[str, dict[str, Any]] = {
        "dye_power": {"carrier": "electricity", "firm": "dyeing"},
        "dye_heat": {"carrier": "heat", "temperature_c": 60.0, "firm": "dyeing"},
        "dairy_power": {"carrier": "electricity", "firm": "dairy"},
        "dairy_heat": {"carrier": "heat", "temperature_c": 60.0, "firm": "dairy"},
        "gas": {"carrier": "gas"},
    }
    return {name: bus | _firm(owned.get(name)) for name, bus in made.items()}


def _firm(name: str | None) -> dict[str, str]:
    return {} if name is None else {"firm": name}


#: Waste heat of the dye works goes to the dairy; the dairy's boiler burns the rest.
WORKS: dict[str, Any] = {
    "dye_grid": grid_at(0.2, bus="dye_power"),
    "dye_hall": load_of(4, "dye_power"),
    "baths": load_of(5, "dye_heat"),
    "effluent": {
        "kind": "waste_heat",
        "temperature_c": 95.0,
        "outlet_temperature_c": 15.0,
        "profile": 60.0,
    },
    "recovery": {
        "kind": "heat_exchanger",
        "source": "effluent",
        "sink": "dye_heat",
        "capacity": standing("kw", 30),
    },
    "pipe": {
        "kind": "link",
        "from_bus": "dye_heat",
        "to_bus": "dairy_heat",
        "both_ways": False,
        "length_km": 2.0,
        "capacity": option("kw", 10, 0.02, embodied_kg_per_kw=7.0),
        "loss_per_km": 0.05,
        "standing_loss_fraction_per_km": 0.01,
        "electricity_bus": "dye_power",
        "pump_electricity_per_kwh": 0.05,
    },
    "dairy_grid": grid_at(0.3, bus="dairy_power"),
    "dairy_hall": load_of(2, "dairy_power"),
    "cleaning": load_of([9, 18], "dairy_heat"),
    "gas_main": gas_at(0.05),
    "boiler": {
        "kind": "boiler",
        "input_bus": "gas",
        "bus": "dairy_heat",
        "capacity": standing("kw", 50),
        "efficiency": 0.8,
        "om_cost_per_kwh": 0.01,
    },
}


def tables_of(plan: Solution) -> Tables:
    return Outcome(plan).tables


def works(policies: Any = None, **owned: str) -> Solution:
    return planned(microgrid(WORKS, 2, buses=buses(**owned), policies=policies))


def exchanged(tables: Tables) -> dict[tuple[str, str, str, str], float]:
    frame = tables.exchanges
    keys = frame[["component", "carrier", "from_firm", "to_firm"]]
    names = [tuple(row) for row in keys.to_numpy().tolist()]
    return dict(zip(names, frame["kwh_per_year"].tolist(), strict=True))


def assert_adds_up(plan: Solution) -> None:
    """Firms and what is shared are the park, and the park is the plan."""
    tables = tables_of(plan)
    firms = tables.firms.set_index("firm")
    parts, park = firms.drop(index="park").sum(), firms.loc["park"]
    for column in firms.columns:
        scale = max(1.0, firms[column].abs().max())
        assert abs(parts[column] - park[column]) <= 1e-9 * scale, column
    assert park["net_present_cost"] == pytest.approx(plan.objective, rel=1e-9)
    total = tables.costs["per_year"].sum()
    assert park["total_per_year"] == pytest.approx(total, rel=1e-9)
    by_class = [c for c in firms.columns if c.endswith("_per_year") and "kg" not in c]
    for _, row in firms.iterrows():
        assert row["total_per_year"] == pytest.approx(
            sum(row[c] for c in by_class if c != "total_per_year"), rel=1e-9
        )
    kg = sum(park[f"scope_{scope}_kg_per_year"] for scope in (1, 2, 3))
    assert kg == pytest.approx(tables.emissions["kg_per_year"].sum(), rel=1e-9)


# -- two firms, by hand --------------------------------------------------------


def test_each_firm_pays_for_what_stands_on_its_buses() -> None:
    """10 kW are sent in both hours, 9 arrive; the boiler makes 9 kWh of 11.25.

    The pipe is the sender's: its price, its pumps (0.5 kW) and its losses. The boiler
    is the dairy's, whose bus is the first with a firm; the gas is nobody's.
    """
    plan = works({"carbon": CARBON})
    assert plan.values["pipe"]["forward_kw"] == pytest.approx([10, 10])
    firms = tables_of(plan).firms.set_index("firm")
    assert list(firms.index) == ["dyeing", "dairy", "shared", "park"]
    money = {
        "electricity": [9 * 0.2, 4 * 0.3, 0],
        "fuel": [0, 0, 11.25 * 0.05],
        "om": [0, 9 * 0.01, 0],
        "carbon": [0.1 * 4.5, 0.1 * 2.0, 0.1 * 2.25],
        "investment": [10 * 0.02, 0, 0],
    }
    totals = [sum(column) for column in zip(*money.values(), strict=True)]
    for cost_class, amounts in {**money, "total": totals}.items():
        found = firms[f"{cost_class}_per_year"].tolist()
        assert found == pytest.approx([*amounts, sum(amounts)]), cost_class
    assert firms["net_present_cost"].tolist() == pytest.approx([*totals, sum(totals)])
    assert firms["scope_1_kg_per_year"].tolist() == pytest.approx([0, 0, 2.25, 2.25])
    assert firms["scope_2_kg_per_year"].tolist() == pytest.approx([4.5, 2, 0, 6.5])
    embodied = 10 * 7.0 / 40 * 2 / 8760
    assert firms["scope_3_kg_per_year"].tolist() == pytest.approx(
        [embodied, 0, 0, embodied]
    )
    assert_adds_up(plan)


def test_what_the_pipe_delivers_and_the_shared_gas_are_exchanged() -> None:
    assert exchanged(tables_of(works())) == pytest.approx(
        {
            ("pipe", "heat", "dyeing", "dairy"): 18.0,
            ("boiler", "gas", "shared", "dairy"): 11.25,
        }
    )


def test_gas_of_a_firm_is_its_cost_and_no_exchange() -> None:
    plan = works(gas="dairy")
    tables = tables_of(plan)
    firms = tables.firms.set_index("firm")
    assert sorted(firms.index) == ["dairy", "dyeing", "park"]  # nothing is shared
    assert firms.loc["dairy", "fuel_per_year"] == pytest.approx(11.25 * 0.05)
    assert list(exchanged(tables)) == [("pipe", "heat", "dyeing", "dairy")]
    assert_adds_up(plan)


def test_a_boiler_on_the_gas_of_another_is_that_firms() -> None:
    """Its heat is then sold across the fence, and no gas changes hands."""
    tables = tables_of(works(gas="utility"))
    firms = tables.firms.set_index("firm")
    assert firms.loc["utility", "om_per_year"] == pytest.approx(0.09)
    assert exchanged(tables)["boiler", "heat", "utility", "dairy"] == pytest.approx(9)


def test_without_firms_there_are_no_tables_of_firms(tmp_path: Path) -> None:
    outcome = Outcome(
        planned(microgrid({"hall": load_of([1, 2]), "grid": grid_at(0.2)}, 2))
    )
    tables = outcome.tables
    assert tables.firms.empty
    assert tables.exchanges.empty
    assert not {"firms", "exchanges"} & {name for name, _ in tables.items()}
    write_tables(tmp_path, outcome, None)
    assert not list(tmp_path.rglob("*firms*"))


def test_the_tables_are_written(tmp_path: Path) -> None:
    outcome = Outcome(works())
    write_tables(tmp_path, outcome, None)
    write_summary(tmp_path, summarize(outcome, None))
    for name in ("firms", "exchanges"):
        written = pd.read_parquet(tmp_path / "tables" / f"{name}.parquet")
        assert written.equals(getattr(outcome.tables, name))


# -- more than one way and more than two firms -----------------------------------

LINE = {
    "kind": "link",
    "length_km": 1.0,
    "capacity": standing("kw", 100),
    "loss_per_km": 0.1,
}


def test_both_directions_of_a_day_are_two_exchanges() -> None:
    """Measured at the west's fence: the line, with its losses, is the east's.

    In the first hour 20 kWh go out and 18 arrive; in the second the west gives 10.
    """
    plan = planned(
        microgrid(
            {
                "east_grid": grid_at([0.1, 0.5], bus="east"),
                "west_grid": grid_at([0.5, 0.1], bus="west"),
                "east_hall": load_of([0, 9], "east"),
                "west_hall": load_of([18, 0], "west"),
                "line": {**LINE, "from_bus": "east", "to_bus": "west"},
            },
            2,
            buses={
                "east": {"carrier": "electricity", "firm": "Ost AG"},
                "west": {"carrier": "electricity", "firm": "West AG"},
            },
        )
    )
    assert exchanged(tables_of(plan)) == pytest.approx(
        {
            ("line", "electricity", "Ost AG", "West AG"): 18.0,
            ("line", "electricity", "West AG", "Ost AG"): 10.0,
        }
    )
    assert_adds_up(plan)


def test_a_chain_of_three_firms_passes_on() -> None:
    """90 kW leave the middle for the 81 of the end; the middle itself uses 9."""
    plan = planned(
        microgrid(
            {
                "grid": grid_at(0.1, bus="start"),
                "middle_hall": load_of([9], "middle"),
                "end_hall": load_of([81], "end"),
                "first": {
                    **LINE,
                    "from_bus": "start",
                    "to_bus": "middle",
                    "capacity": standing("kw", 110),
                },
                "second": {**LINE, "from_bus": "middle", "to_bus": "end"},
            },
            1,
            buses={
                name: {"carrier": "electricity", "firm": firm}
                for name, firm in (("start", "a"), ("middle", "b"), ("end", "c"))
            },
        )
    )
    assert plan.objective == pytest.approx(11.0)
    assert exchanged(tables_of(plan)) == pytest.approx(
        {
            ("first", "electricity", "a", "b"): 99.0,
            ("second", "electricity", "b", "c"): 81.0,
        }
    )
    firms = tables_of(plan).firms.set_index("firm")["electricity_per_year"]
    assert firms.to_dict() == pytest.approx({"a": 11, "b": 0, "c": 0, "park": 11})


def test_a_line_from_the_shared_grid_is_the_firms() -> None:
    """Each firm's draw on common ground shows, measured there."""
    plan = planned(
        microgrid(
            {
                "grid": grid_at(0.1),
                "hall": load_of([9, 18], "east"),
                "line": {**LINE, "from_bus": "power", "to_bus": "east"},
            },
            2,
            buses={"east": {"carrier": "electricity", "firm": "east"}},
        )
    )
    found = exchanged(tables_of(plan))
    assert found == pytest.approx({("line", "electricity", "shared", "east"): 30.0})


def test_heat_delivered_to_anothers_demand_is_exchanged_at_the_demand() -> None:
    """Baths from 15 to 75 C: the neighbour's 60 C bus warms them two thirds."""
    plan = planned(
        microgrid(
            {
                "waste": heat_at(0.0, bus="warm"),
                "steam": heat_at(0.1, bus="hot"),
                "bath": load_of(
                    [30, 60],
                    "hot",
                    supply_temperature_c=15.0,
                    target_temperature_c=75.0,
                ),
                "preheater": {
                    "kind": "heat_exchanger",
                    "source": "warm",
                    "sink": "bath",
                    "capacity": standing("kw", 100),
                },
            },
            2,
            buses={
                "warm": {"carrier": "heat", "temperature_c": 60.0, "firm": "giver"},
                "hot": {"carrier": "heat", "temperature_c": 80.0, "firm": "taker"},
            },
        )
    )
    share = (60 - 5 - 15) / 60
    assert exchanged(tables_of(plan)) == pytest.approx(
        {("preheater", "heat", "giver", "taker"): share * 90}
    )


# -- adding up -------------------------------------------------------------------


def test_a_year_with_escalation_and_credits_adds_up() -> None:
    """Two hours stand for the year; prices grow; feed-in is paid for and credited."""
    feed_in = {"price_per_kwh": 0.2, "export_price_per_kwh": 0.07}
    sun = {
        "kind": "pv",
        "bus": "dye_power",
        "capacity": option("kw", 60, 300.0, embodied_kg_per_kw=500.0),
        "yield_kw_per_kw": {"values": [0.0, 0.9]},
    }
    dye_grid = grid_at(
        0.2,
        bus="dye_power",
        tariff={**feed_in, "fixed_per_month": 40.0, "demand_charge_per_kw_month": 3.0},
        export_credit_kg_per_kwh=0.3,
        upstream_kg_per_kwh=0.05,
    )
    plan = planned(
        microgrid(
            {**WORKS, "sun": sun, "dye_grid": dye_grid},
            2,
            buses=buses(),
            policies={"carbon": CARBON, "second": {**CARBON, "scopes": [3]}},
            represents="year",
            finance={
                "discount_rate": 0.07,
                "horizon_years": 15,
                "escalation": {"electricity": 0.03, "carbon": 0.05},
            },
        )
    )
    assert plan.size("sun", "capacity").new > 1
    assert_adds_up(plan)
    delivered = exchanged(tables_of(plan))["pipe", "heat", "dyeing", "dairy"]
    assert delivered == pytest.approx(9 * 8760)
    firms = tables_of(plan).firms.set_index("firm")
    assert firms.loc["dyeing", "investment_per_year"] > 0
    assert firms.loc["dairy", "carbon_per_year"] == pytest.approx(
        0.1 * 0.5 * 2 * 8760, rel=1e-9
    )


def test_a_policy_that_is_not_in_proportion_stays_shared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A flat fee would be counted once per firm: nobody's is better than that."""
    plan = works({"carbon": CARBON})
    flat = {("carbon", "fee"): 3.0}
    outcome = Outcome(plan)
    assert outcome.recomputed
    monkeypatch.setattr(CarbonPrice, "costs", lambda self, emissions: flat)
    firms = outcome.tables.firms.set_index("firm")["carbon_per_year"]
    assert firms["shared"] == pytest.approx(firms["park"])
    assert firms["dyeing"] == 0
    assert_adds_up(plan)


def test_a_policy_and_a_component_of_one_name_are_kept_apart() -> None:
    plan = works({"dye_grid": CARBON})
    firms = tables_of(plan).firms.set_index("firm")
    assert firms.loc["dairy", "carbon_per_year"] == pytest.approx(0.2)
    assert firms.loc["dyeing", "electricity_per_year"] == pytest.approx(1.8)
    assert_adds_up(plan)


# -- what a scenario file says ---------------------------------------------------

SITE = """\
schema: 1
name: two-firms
currency: EUR
time: {start: 2026-01-01, periods: 2, represents: as_is}
buses:
  east: {carrier: electricity, firm: FIRM}
  west: {carrier: electricity, firm: West AG}
components:
  grid:
    kind: grid
    bus: east
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.4
    tariff: {price_per_kwh: 0.2}
  hall: {kind: load, bus: west, profile: 90}
  line:
    kind: link
    from_bus: east
    to_bus: west
    length_km: 2
    loss_per_km: 0.05
    capacity: {existing_kw: 100, om_per_kw_year: 0}
"""


def test_a_scenario_file_says_whose_bus_it_is(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.replace("FIRM", "Ost AG"))
    plan = planned(load(path, ()).microgrid)
    assert plan.objective == pytest.approx(0.2 * 200)
    found = exchanged(tables_of(plan))
    assert found == pytest.approx({("line", "electricity", "Ost AG", "West AG"): 180})


@pytest.mark.parametrize("name", ["", " ", "park", "shared"])
def test_names_that_the_results_use_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="firm's name"):
        Bus.model_validate({"carrier": "gas", "firm": name})

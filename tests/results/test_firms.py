"""Costs, carbon and energy of a park firm by firm, by hand."""

from pathlib import Path

import pandas as pd
import pytest
from parks import WORKS, assert_adds_up, buses, exchanged, tables_of, works

from support import (
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
)
from verdigrid.models.policies.carbon_price import CarbonPrice
from verdigrid.models.policy import PolicyAccount
from verdigrid.results.outcome import Outcome
from verdigrid.results.summary import summarize
from verdigrid.results.write import write_summary, write_tables

CARBON = {"kind": "carbon_price", "scopes": [1, 2], "price_per_tonne": 100.0}


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
    flat = PolicyAccount(costs={("carbon", "fee"): 3.0})
    outcome = Outcome(plan)
    assert outcome.recomputed
    monkeypatch.setattr(CarbonPrice, "recompute", lambda self, year, decided: flat)
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

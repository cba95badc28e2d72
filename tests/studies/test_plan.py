"""Baseline, plan, caps against the baseline, and flows that must not overlap."""

from dataclasses import replace

import pytest

from support import (
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    standing,
)
from verdigrid.models.carbon import Carbon
from verdigrid.models.errors import InfeasibleError, InputError
from verdigrid.models.finance import capital_recovery_factor
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.compare import compare
from verdigrid.studies.plan import make_plan

BOILER = {
    "kind": "boiler",
    "input_bus": "gas",
    "bus": "heat",
    "efficiency": 0.8,
    "capacity": standing("kw", 100),
}
HEAT_PUMP = {
    "kind": "heat_pump",
    "electricity_bus": "power",
    "bus": "heat",
    "cop": 4.0,
    "capacity": option("kw", 100, 3.0),
}


def retrofit(**more: object) -> Microgrid:
    """80 kW of heat for ten hours, from a boiler or a heat pump that may be bought.

    Boiler: 100 kW gas at 0.05, 5.00 and 20 kg an hour. Heat pump: 20 kW at 0.10,
    2.00 and 10 kg an hour; 240 to buy.
    """
    components = {
        "works": load_of(80, "heat"),
        "gas_supply": gas_at(0.05),
        "connection": grid_at(0.10),
        "old_boiler": BOILER,
        "heat_pump": HEAT_PUMP,
    }
    return microgrid(components, 10, **more)


def test_without_a_cap_the_purchase_does_not_pay() -> None:
    plan = make_plan(retrofit())
    assert plan.baseline is not None
    assert plan.baseline.solution.objective == pytest.approx(50)
    assert plan.plan.solution.objective == pytest.approx(50)
    assert compare(plan.plan, plan.baseline).simple_payback_years is None


def test_cap_against_the_baseline_is_met_at_least_cost() -> None:
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "reduction": 0.25}
    plan = make_plan(retrofit(policies={"cap": cap}))
    assert plan.baseline is not None
    # 200 kg before, so 150 kg may remain: half of the heat from the heat pump.
    figures = compare(plan.plan, plan.baseline)
    assert figures.baseline is not None
    assert figures.baseline.tonnes_per_year == pytest.approx(0.2)
    assert figures.plan.tonnes_per_year == pytest.approx(0.15)
    assert figures.reduction == pytest.approx(0.25)
    # 400 kWh of heat move: 15 saved, 40 kW bought for 120.
    assert figures.plan.investment == pytest.approx(120)
    assert figures.saving_per_year == pytest.approx(15)
    assert figures.simple_payback_years is None  # ten hours, as they are
    assert plan.plan.solution.objective == pytest.approx(50 - 15 + 120)
    # A kilogram less needs 8 kWh of heat from 0.8 kW more: 2.4 to buy, 0.3 saved.
    price = plan.plan.solution.shadow_price_per_tonne["cap"]
    assert price == pytest.approx(1000 * (2.4 - 0.3))


def test_shadow_price_is_that_of_one_year() -> None:
    finance = {"discount_rate": 0.08, "horizon_years": 20}
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "reduction": 0.25}
    grid = retrofit(policies={"cap": cap}, finance=finance, represents="year")
    plan = make_plan(grid)
    assert plan.baseline is not None
    solution = plan.plan.solution
    # Ten hours stand for a year: what the heat pump saves pays for it long before.
    assert solution.shadow_price_per_tonne["cap"] == pytest.approx(0, abs=1e-6)
    dear = {**HEAT_PUMP, "capacity": option("kw", 100, 30000.0)}
    components = {**grid.components}
    components["heat_pump"] = type(components["heat_pump"]).model_validate(dear)
    solution = make_plan(replace(grid, components=components)).plan.solution
    # 1 kg a year: 8 kWh of heat in 8760 h, so 8 / 8760 kW; the annuity of its price
    # (it lasts the 20 years) less what it saves in running cost.
    annuity = capital_recovery_factor(0.08, 20)
    per_kg = 8 / 8760 * 30000 * annuity - 0.3
    assert solution.shadow_price_per_tonne["cap"] == pytest.approx(1000 * per_kg)


def test_policies_that_bind_the_baseline() -> None:
    price = {"kind": "carbon_price", "scopes": [1, 2], "price_per_tonne": 100.0}
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "tonnes_per_year": 0.12}
    plan = make_plan(retrofit(policies={"price": price, "cap": cap}))
    assert plan.baseline is not None
    assert plan.baseline.solution.objective == pytest.approx(50 + 0.2 * 100)
    emissions = plan.baseline.recomputed.emissions_by_source
    assert emissions[Carbon(1, "gas")] == pytest.approx(200)


def test_no_baseline_is_said_and_the_plan_goes_on() -> None:
    grid = retrofit()
    components = {n: c for n, c in grid.components.items() if n != "old_boiler"}
    plan = make_plan(replace(grid, components=components))
    assert plan.baseline is None
    assert "is short of up to 80.0 kW" in plan.no_baseline
    assert plan.plan.solution.objective == pytest.approx(20 + 240)


def test_reduction_without_baseline_is_refused() -> None:
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "reduction": 0.25}
    grid = retrofit(policies={"cap": cap})
    components = {n: c for n, c in grid.components.items() if n != "old_boiler"}
    with pytest.raises(InputError, match="tonnes_per_year"):
        make_plan(replace(grid, components=components))


def test_unreachable_cap_names_the_lowest_reachable() -> None:
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "tonnes_per_year": 0.05}
    with pytest.raises(InfeasibleError, match=r"lowest reachable is 0\.1 t"):
        make_plan(retrofit(policies={"cap": cap}))


def test_selling_dearer_than_buying_is_no_money_machine() -> None:
    tariff = {"export_price_per_kwh": {"values": [0.5, 0.0, 0.5, 0.0]}}
    pv = {
        "kind": "pv",
        "bus": "power",
        "capacity": standing("kw", 100),
        "yield_kw_per_kw": {"values": [0.5, 0.5, 0.0, 0.0]},
    }
    grid = grid_at(0.1, tariff=tariff, export_limit_kw=200.0)
    plan = make_plan(microgrid({"works": load_of(20), "connection": grid, "pv": pv}, 4))
    # Hour 1: 30 kW sold. Hour 2: nothing. Hours 3 and 4: 20 kW bought.
    assert plan.plan.solution.objective == pytest.approx(-15 + 2 + 2)
    flows = plan.plan.solution.values["connection"]
    assert flows["import_kw"] == pytest.approx([0, 0, 20, 20], abs=1e-6)
    assert flows["export_kw"] == pytest.approx([30, 0, 0, 0], abs=1e-6)


def test_negative_prices_do_not_burn_power_in_the_battery() -> None:
    battery = {
        "kind": "battery",
        "bus": "power",
        "energy": standing("kwh", 10),
        "power": standing("kw", 10),
        "charge_efficiency": 0.5,
        "discharge_efficiency": 1.0,
        "standing_loss_per_hour": 0.0,
        "min_soc": 0.0,
    }
    works = load_of(5)
    plan = make_plan(
        microgrid({"works": works, "connection": grid_at(-0.1), "battery": battery}, 2)
    )
    # The content must come back: the best is to charge 10 kW in one hour and give
    # the 5 kWh back in the other. Charging in both would need an overlap.
    assert plan.plan.solution.objective == pytest.approx(-0.1 * (15 + 0))
    values = plan.plan.solution.values["battery"]
    overlap = [
        min(pair)
        for pair in zip(
            *(values[k] for k in ("charge_kw", "discharge_kw")), strict=True
        )
    ]
    assert max(overlap) < 1e-6


def test_bought_heat_is_scope_two() -> None:
    components = {"works": load_of(50, "heat"), "steam_main": heat_at(0.06)}
    plan = make_plan(microgrid(components, 2))
    assert compare(plan.plan, plan.baseline).plan.tonnes_by_scope == {
        2: pytest.approx(0.02)
    }


def test_simple_payback_of_a_year() -> None:
    finance = {"discount_rate": 0.05, "horizon_years": 10}
    plan = make_plan(retrofit(finance=finance, represents="year"))
    figures = compare(plan.plan, plan.baseline)
    # 80 kW for 240; an hour costs 2 instead of 5, in 8760 hours.
    assert figures.plan.investment == pytest.approx(240)
    assert figures.simple_payback_years == pytest.approx(240 / (3 * 8760))

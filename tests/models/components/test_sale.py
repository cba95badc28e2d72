from dataclasses import replace
from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    emitted,
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    planned,
    series,
)
from verdigrid.models.component import Component
from verdigrid.models.finance import Finance
from verdigrid.models.metered import Metered
from verdigrid.results.bill import bill_by_month, bill_table, compare_with_metered
from verdigrid.results.recompute import recompute

SALE = {"kind": "sale", "bus": "heat", "price_per_kwh": 0.08, "limit_kw": 30.0}


class TestSale(ComponentHarness):
    kind = "sale"
    residuals = ("limit", "yearly limit")
    example: ClassVar = {
        "periods": 3,
        "components": {
            "neighbour": {
                **SALE,
                "price_per_kwh": series([0.06, 0.09, 0.08]),
                "limit_kw": series([30, 40, 20]),
                "limit_kwh_per_year": 50.0,
            },
            "district": heat_at([0.05, 0.05, 0.07]),
            "process": load_of([10, 20, 30], "heat"),
        },
    }
    variants: ClassVar = {
        "no yearly limit": {"limit_kwh_per_year": None, "cost_class": "om"}
    }


def site(cost, *, represents="as_is", load=(10, 10), finance=None, **sale):
    components = {
        "neighbour": {**SALE, **sale},
        "district": heat_at(cost),
        "process": load_of(load, "heat"),
    }
    return microgrid(components, len(load), represents=represents, finance=finance)


def sold(plan):
    return plan.values["neighbour"]["sale_kw"]


def test_is_sold_where_the_price_is_above_the_cost():
    plan = planned(site([0.05, 0.1]))
    assert sold(plan) == pytest.approx([30, 0], abs=1e-9)
    assert plan.objective == pytest.approx(0.05 * 40 + 0.1 * 10 - 0.08 * 30)


def test_limit_and_price_vary_in_time():
    plan = planned(
        site(0.05, price_per_kwh=series([0.04, 0.06]), limit_kw=series([9, 7]))
    )
    assert sold(plan) == pytest.approx([0, 7], abs=1e-9)


def test_yearly_limit_keeps_the_best_hours():
    plan = planned(
        site(
            0.05,
            price_per_kwh=series([0.06, 0.09, 0.07]),
            load=(1, 1, 1),
            limit_kwh_per_year=40.0,
        )
    )
    assert sold(plan) == pytest.approx([0, 30, 10], abs=1e-9)


def test_yearly_limit_is_that_of_the_year():
    """Two hours stand for 8760: of 40 kWh a year, each step may sell 40 / 8760 kW."""
    finance = {"discount_rate": 0.0, "horizon_years": 1}
    plan = planned(
        site(0.05, represents="year", finance=finance, limit_kwh_per_year=40.0)
    )
    assert sum(sold(plan)) * 4380 == pytest.approx(40)
    half = planned(site(0.05, limit_kwh_per_year=40.0))
    assert sum(sold(half)) == pytest.approx(40)


def test_a_price_below_zero_pays_to_be_rid_of_it():
    """Heat that nobody needs, from an engine that must not dump it."""
    components = {
        "neighbour": {**SALE, "price_per_kwh": -0.02},
        "engine": {
            "kind": "chp",
            "fuel_bus": "gas",
            "electricity_bus": "power",
            "electric_efficiency": 0.4,
            "heat_efficiency": {"heat": 0.5},
            "dump_heat": False,
            "capacity": {"existing_kw": 100.0, "om_per_kw_year": 0.0},
        },
        "gas": gas_at(0.04),
        "grid": grid_at(0.3),
        "plant": load_of([16]),
    }
    plan = planned(microgrid(components, 1))
    assert sold(plan) == pytest.approx([20])
    assert plan.objective == pytest.approx(0.04 * 40 + 0.02 * 20)


def test_carbon_of_what_is_sold_stays():
    plan = planned(site([0.05, 0.05]))
    assert emitted(plan) == pytest.approx(0.2 * (20 + 60))


def test_bill_and_cost_class():
    plan = planned(site([0.05, 0.05], cost_class="om"))
    account = recompute(plan).accounts["neighbour"]
    (line,) = account.bill
    assert (line.item, line.unit) == ("heat sold", "kWh")
    assert line.quantity == pytest.approx([60])
    assert line.amount == pytest.approx([-0.08 * 60])
    assert line.kind == "feed-in"
    assert set(account.costs) == {("om", "heat sold")}


def test_what_is_sold_is_no_purchase_on_the_bill():
    """100 kW of heat for 24 h, and 5 kW more that a neighbour takes; so with power."""
    power = {**SALE, "bus": "power", "price_per_kwh": 0.2, "limit_kw": 5.0}
    components = {
        "neighbour": {**SALE, "limit_kw": 5.0},
        "next_door": power,
        "district": heat_at(0.05),
        "process": load_of([100] * 24, "heat"),
        "grid": grid_at(0.1),
        "plant": load_of([10] * 24),
    }
    plan = planned(microgrid(components, 24))
    bill = bill_table(plan.microgrid, recompute(plan))
    month = {"month": 1, "electricity_kwh": 360, "fuel_kwh": 2520, "bill": 36}
    metered = Metered.model_validate({"year": 2025, "monthly": [month]})
    compared = compare_with_metered(bill, plan.microgrid, metered)
    assert compared["deviation"].tolist() == pytest.approx([0, 0, 0])
    printed = bill_by_month(bill, "next_door")
    assert printed.columns.tolist() == ["power sold", "total"]
    assert printed.loc["total", "total"] == pytest.approx(-0.2 * 5 * 24)


@pytest.mark.parametrize(
    ("cost_class", "worth"), [("fuel", 1.1), ("om", 1.0), ("electricity", 1.2)]
)
def test_price_escalates_with_its_class(cost_class, worth):
    growth = {"fuel": 0.1, "electricity": 0.2}
    fields = {"discount_rate": 0.0, "horizon_years": 1, "escalation": growth}
    grid = site(0.0, represents="year", cost_class=cost_class)
    plan = planned(replace(grid, finance=Finance.model_validate(fields)))
    assert plan.objective == pytest.approx(-worth * 0.08 * 30 * 8760)


def test_key_figures():
    plan = planned(site(0.01, price_per_kwh=series([0.06, 0.1])))
    sale, inputs = (
        plan.microgrid.components["neighbour"],
        recompute(plan).inputs["neighbour"],
    )
    found = sale.indicators(inputs, plan.values["neighbour"])
    assert {f.name: f.value for f in found} == pytest.approx(
        {"sold": 60.0, "peak": 30.0, "mean price": 0.08}
    )
    nothing = planned(site(0.2))
    names = [f.name for f in sale.indicators(inputs, nothing.values["neighbour"])]
    assert names == ["sold", "peak"]


def test_a_limit_is_asked_for():
    unlimited = {key: value for key, value in SALE.items() if key != "limit_kw"}
    with pytest.raises(ValidationError, match="limit_kw"):
        Component.registry["sale"].model_validate(unlimited)


def test_streams_are_no_bus():
    stream = {
        "kind": "waste_heat",
        "temperature_c": 62.0,
        "outlet_temperature_c": 25.0,
        "profile": 10.0,
    }
    components = {"effluent": stream, "process": load_of([1], "heat")}
    nodes = microgrid({**components, "district": heat_at(0.1)}, 1).nodes
    sale = Component.registry["sale"].model_validate
    (problem,) = sale({**SALE, "bus": "effluent"}).problems(nodes)
    assert problem.path == "bus"
    assert not sale(SALE).problems(nodes)

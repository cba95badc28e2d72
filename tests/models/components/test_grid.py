import datetime as dt
from typing import ClassVar

import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    EXACT,
    built,
    emitted,
    flows_of,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.carbon import Carbon
from verdigrid.models.component import Component
from verdigrid.models.errors import InfeasibleError
from verdigrid.results.recompute import recompute
from verdigrid.solvers.solve import solve

#: A field that gives 100 kW in every step, and a battery without losses.
PV = {"kind": "pv", "bus": "power", "capacity": standing("kw", 100)}
BATTERY = {
    "kind": "battery",
    "bus": "power",
    "energy": standing("kwh", 1000),
    "power": standing("kw", 1000),
    "charge_efficiency": 1.0,
    "discharge_efficiency": 1.0,
    "standing_loss_per_hour": 0.0,
    "min_soc": 0.0,
}
#: The last two hours of January and the first two of February.
NEW_MONTH = dt.datetime(2026, 1, 31, 22)
#: What the example says of feed-in, taken back.
PURCHASE_ONLY = {
    "export_limit_kw": None,
    "export_credit_kg_per_kwh": None,
    "upstream_kg_per_kwh": None,
}
BASIC_CHARGE = {
    "mode": "choose",
    "transformer_kva": 100.0,
    "per_kva_month": 2.0,
    "per_kw_month": 3.0,
}


class TestGrid(ComponentHarness):
    kind = "grid"
    residuals = (
        "export limit",
        "import and export at once",
        "import limit",
        "peak of the month",
    )
    example: ClassVar = {
        "periods": 4,
        "start": dt.datetime(2026, 1, 31, 23),
        "components": {
            "grid": grid_at(
                [0.2, 0.3, 0.1, 0.2],
                import_limit_kw=80.0,
                export_limit_kw=30.0,
                tariff={
                    "demand_charge_per_kw_month": 2.0,
                    "fixed_per_month": 10.0,
                    "export_price_per_kwh": {"values": [0.05, 0.06, 0.04, 0.05]},
                },
                upstream_kg_per_kwh=0.06,
                export_credit_kg_per_kwh=0.3,
            ),
            "plant": load_of([50, 30, 60, 20]),
            "roof": {
                "kind": "pv",
                "bus": "power",
                "yield_kw_per_kw": {"values": [0.0, 0.4, 0.2, 0.9]},
                "capacity": option("kw", 100, 0.1),
            },
        },
    }
    variants: ClassVar = {
        "import or export": {"exclusive_steps": (0, 1)},
        "energy only": {**PURCHASE_ONLY, "tariff": {"price_per_kwh": 0.2}},
        "demand of a window, with a ratchet; of the year, in tiers": {
            **PURCHASE_ONLY,
            "tariff": {
                "price_per_kwh": 0.2,
                "demand_charges": [
                    {
                        "name": "late",
                        "rate_per_kw": 2.0,
                        "hours": ["23-24"],
                        "ratchet": {"share": 0.8, "months": [1]},
                    },
                    {
                        "name": "year",
                        "per": "year",
                        "tiers": [
                            {"up_to_kw": 10.0, "rate_per_kw": 3.0},
                            {"up_to_kw": 20.0, "rate_per_kw": 9.0},
                            {"up_to_kw": 30.0, "rate_per_kw": 5.0},
                            {"rate_per_kw": 6.0},
                        ],
                    },
                ],
            },
        },
        "basic charge, chosen; a contract for every month": {
            **PURCHASE_ONLY,
            "tariff": {"price_per_kwh": 0.2, "basic_charge": BASIC_CHARGE},
        },
        "basic charge of every quarter, with a rebate of high use": {
            **PURCHASE_ONLY,
            "tariff": {
                "price_per_kwh": 0.2,
                "basic_charge": {
                    **BASIC_CHARGE,
                    "mode_per": "quarter",
                    "contract_per": "quarter",
                    "rebate": {"kwh_per_kva": 0.5},
                },
            },
        },
        "demand in several windows, feed-in by band": {
            **PURCHASE_ONLY,
            "tariff": {
                "bands": {"late": 0.3, "early": 0.2},
                "export_bands": {"late": 0.1, "early": 0.0},
                "periods": [{"band": "late", "hours": ["23-24"]}],
                "otherwise": "early",
                "price_per_kwh": None,
                "demand_charges": [
                    {
                        "name": "late",
                        "rate_per_kw": 2.0,
                        "windows": [{"hours": ["23-24"]}, {"hours": ["1-2"]}],
                    }
                ],
            },
        },
        "one contract; a minimum bill": {
            **PURCHASE_ONLY,
            "tariff": {
                "price_per_kwh": 0.2,
                "basic_charge": {
                    **BASIC_CHARGE,
                    "mode": "contracted_demand",
                    "contract_per": "year",
                },
                "minimum_per_month": 50.0,
                "fixed_per_month": 10.0,
            },
        },
        "grid fee by full-load hours": {
            **PURCHASE_ONLY,
            "tariff": {
                "price_per_kwh": 0.2,
                "full_load_hours_fee": {
                    "below": {"per_kw_year": 876.0, "per_kwh": 5.0},
                    "above": {"per_kw_year": 8760.0, "per_kwh": 1.0},
                },
            },
        },
        "net metering": {
            **PURCHASE_ONLY,
            "tariff": {
                "price_per_kwh": 0.2,
                "net_metering": {"surplus_price_per_kwh": 0.05},
            },
        },
    }

    def outside_kw(self, solution):
        return flows_of(solution, "grid")["power"]


def site(load, price=0.1, *, extra=None, pv=None, tariff=None, periods=None, **more):
    world = ("start", "represents", "finance", "policies", "exclusive_steps")
    of_site = {key: more.pop(key) for key in world if key in more}
    components = {
        "grid": grid_at(price, tariff=tariff or {}, **more),
        "plant": load_of(load),
        **(extra or {}),
    }
    if pv is not None:
        components["roof"] = {**PV, "yield_kw_per_kw": {"values": pv}}
    return microgrid(components, len(load), **of_site)


def test_energy_at_the_price_of_each_step():
    plan = planned(site([10, 20], [0.1, 0.3]))
    assert plan.objective == pytest.approx(0.1 * 10 + 0.3 * 20)
    assert emitted(plan) == pytest.approx(0.5 * 30)


def test_demand_charge_is_on_the_peak_of_each_month():
    plan = planned(
        site(
            [10, 30, 20, 5],
            start=NEW_MONTH,
            tariff={"demand_charge_per_kw_month": 5.0, "fixed_per_month": 7.0},
        )
    )
    assert plan.values["grid"]["peak_kw"] == pytest.approx([30, 20])
    assert plan.objective == pytest.approx(0.1 * 65 + 5 * (30 + 20) + 2 * 7)


def test_battery_flattens_the_peak_of_its_month():
    plan = planned(
        site(
            [0, 40],
            extra={"battery": BATTERY},
            tariff={"demand_charge_per_kw_month": 5.0},
        )
    )
    assert plan.values["grid"]["import_kw"] == pytest.approx([20, 20])
    assert plan.objective == pytest.approx(0.1 * 40 + 5 * 20)


def test_short_horizon_stands_for_a_year_of_twelve_peaks():
    """Two hours of January for a year: energy times 4380, a peak in every month."""
    plan = planned(
        site(
            [10, 30],
            represents="year",
            finance={"discount_rate": 0.0, "horizon_years": 3},
            tariff={"demand_charge_per_kw_month": 5.0, "fixed_per_month": 7.0},
        )
    )
    yearly = 0.1 * 40 * 4380 + 12 * (5 * 30 + 7)
    assert plan.objective == pytest.approx(3 * yearly)


def test_import_limit_binds():
    with pytest.raises(
        InfeasibleError, match=r"buses\.power: is short of up to 5\.0 kW"
    ):
        planned(site([10, 30], import_limit_kw=25.0))


def test_export_up_to_its_limit_the_rest_is_curtailed():
    plan = planned(
        site(
            [20, 20],
            pv=[1.0, 0.5],
            tariff={"export_price_per_kwh": 0.05},
            export_limit_kw=50.0,
        )
    )
    assert plan.values["grid"]["export_kw"] == pytest.approx([50, 30])
    assert plan.values["roof"]["generation_kw"] == pytest.approx([70, 50])
    assert plan.objective == pytest.approx(-0.05 * 80)


def test_export_is_limited_like_the_import_if_nothing_else_is_said():
    plan = planned(
        site(
            [0, 0],
            pv=[1.0, 0.5],
            tariff={"export_price_per_kwh": 0.05},
            import_limit_kw=70.0,
        )
    )
    assert plan.values["grid"]["export_kw"] == pytest.approx([70, 50])


def test_without_an_export_price_nothing_is_fed_in():
    plan = planned(site([20, 20], pv=[1.0, 0.5]))
    assert "export_kw" not in plan.values["grid"]
    assert plan.objective == pytest.approx(0, abs=1e-9)


def test_paying_for_feed_in_curtails():
    plan = planned(
        site([20, 20], pv=[1.0, 1.0], tariff={"export_price_per_kwh": -0.05})
    )
    assert plan.values["grid"]["export_kw"] == pytest.approx([0, 0], abs=1e-9)


def test_bands_price_the_hours_of_the_civil_clock():
    """20:00 to 24:00: one hour of peak, then flat, valley from 23:00."""
    tariff = {
        "price_per_kwh": None,
        "bands": {"peak": 0.4, "flat": 0.2, "valley": 0.1},
        "periods": [
            {"band": "peak", "hours": ["18-21"]},
            {"band": "valley", "hours": ["23-7"]},
        ],
        "otherwise": "flat",
    }
    plan = planned(
        site([1, 10, 100, 1000], tariff=tariff, start=dt.datetime(2026, 1, 31, 20))
    )
    assert plan.objective == pytest.approx(0.4 * 1 + 0.2 * 110 + 0.1 * 1000)
    bill = {line.item: line.amount for line in recompute(plan).accounts["grid"].bill}
    assert bill["energy flat"] == pytest.approx([0.2 * 110])


def test_carbon_of_import_upstream_and_feed_in():
    plan = planned(
        site(
            [150, 20],
            pv=[1.0, 1.0],
            tariff={"export_price_per_kwh": 0.05},
            upstream_kg_per_kwh=0.06,
            export_credit_kg_per_kwh=0.3,
        )
    )
    assert recompute(plan).emissions_by_source == pytest.approx(
        {
            Carbon(2, "grid electricity"): 0.5 * 50,
            Carbon(2, "feed-in credit", "location"): -0.3 * 80,
            Carbon(3, "grid electricity upstream"): 0.06 * 50,
        }
    )


def test_carbon_price_can_make_the_credit_pay():
    """Feed-in earns nothing, but 0.3 kg at 1000 a tonne are worth 0.3."""
    plan = planned(
        site(
            [20],
            pv=[1.0],
            tariff={"export_price_per_kwh": 0.0},
            export_credit_kg_per_kwh=0.3,
            policies={
                "tax": {
                    "kind": "carbon_price",
                    "scopes": [2],
                    "price_per_tonne": 1000.0,
                }
            },
        )
    )
    assert plan.objective == pytest.approx(-0.3 * 80)


def test_feed_in_above_the_import_price_is_found():
    """In the first hour a kWh bought at 0.1 sells at 0.2: it would go in circles."""
    turning = site(
        [10, 10],
        tariff={"export_price_per_kwh": {"values": [0.2, 0.05]}},
        export_limit_kw=40.0,
    )
    plan = solve(built(turning), EXACT)
    assert plan.overlaps == {"grid": (0,)}
    assert plan.objective == pytest.approx(0.1 * 50 - 0.2 * 40 + 0.1 * 10)


def test_exclusive_steps_end_the_circle():
    plan = planned(
        site(
            [10, 10],
            tariff={"export_price_per_kwh": {"values": [0.2, 0.05]}},
            export_limit_kw=40.0,
            exclusive_steps={"grid": (0,)},
        )
    )
    assert plan.overlaps == {}
    assert plan.objective == pytest.approx(0.1 * 20)


def test_exclusive_steps_still_let_a_battery_trade():
    """Bought at 0.1 in the first hour, sold at 0.2 in the second, 40 kW at most."""
    plan = planned(
        site(
            [10, 10],
            [0.1, 0.19],
            extra={"battery": BATTERY},
            tariff={"export_price_per_kwh": 0.2},
            export_limit_kw=40.0,
            exclusive_steps={"grid": (0, 1)},
        )
    )
    assert plan.values["grid"]["export_kw"] == pytest.approx([0, 40])
    assert plan.objective == pytest.approx(0.1 * (10 + 10 + 40) - 0.2 * 40)


@pytest.mark.parametrize(
    "stray", [{"export_limit_kw": 5.0}, {"export_credit_kg_per_kwh": 0.1}]
)
def test_export_without_a_price_is_refused(stray):
    with pytest.raises(ValidationError, match="export_price_per_kwh"):
        Component.registry["grid"].model_validate(grid_at(0.1, **stray))

"""The paper bill, by hand: energy by band, demand, fixed charge, feed-in."""

import datetime as dt

import numpy as np
import pytest

from support import AS_IS, grid_at, load_of, microgrid, standing
from verdigrid.models.metered import Metered
from verdigrid.results.bill import bill_by_month, compare_with_metered
from verdigrid.results.compare import demand_charge
from verdigrid.results.outcome import Outcome
from verdigrid.studies.plan import make_baseline


@pytest.fixture(scope="module")
def baseline() -> Outcome:
    """31 January, noon, to 1 February, noon: 10 kW by night, 20 kW by day."""
    hours = (np.arange(24) + 12) % 24
    kw = np.where((hours >= 6) & (hours < 22), 20.0, 10.0)
    tariff = {
        "bands": {"day": 0.2, "night": 0.1},
        "periods": [{"band": "day", "hours": ["6-22"]}],
        "otherwise": "night",
        "demand_charge_per_kw_month": 5.0,
        "fixed_per_month": 30.0,
    }
    grid = {
        "kind": "grid",
        "bus": "power",
        "import_limit_kw": 100,
        "tariff": tariff,
        "emissions_kg_per_kwh": 0.5,
    }
    site = microgrid(
        {"works": load_of(kw), "connection": grid},
        24,
        start=dt.datetime(2026, 1, 31, 12),
        finance=AS_IS,
    )
    outcome, _ = make_baseline(site)
    assert outcome is not None
    return outcome


def test_every_line_by_hand(baseline: Outcome) -> None:
    bill = baseline.tables.bill.set_index(["month", "item"])["amount"]
    # January: 12-22 h day (200 kWh), 22-24 h night (20 kWh).
    assert bill["2026-01", "energy day"] == pytest.approx(40)
    assert bill["2026-01", "energy night"] == pytest.approx(2)
    assert bill["2026-01", "demand charge"] == pytest.approx(100)
    # February: 0-6 h night (60 kWh), 6-12 h day (120 kWh).
    assert bill["2026-02", "energy day"] == pytest.approx(24)
    assert bill["2026-02", "energy night"] == pytest.approx(6)
    assert bill["2026-02", "fixed charge"] == pytest.approx(30)


def test_the_bill_as_printed(baseline: Outcome) -> None:
    table = bill_by_month(baseline.tables.bill, "connection")
    assert table.loc["2026-01", "kWh"] == pytest.approx(220)
    assert table.loc["2026-01", "total"] == pytest.approx(40 + 2 + 100 + 30)
    assert table.loc["total", "peak kW"] == pytest.approx(20)
    assert table.loc["total", "total"] == pytest.approx(172 + 24 + 6 + 100 + 30)
    assert baseline.solution.objective == pytest.approx(table.loc["total", "total"])


def test_metered_months_are_compared(baseline: Outcome) -> None:
    metered = Metered.model_validate(
        {
            "year": 2025,
            "monthly": [
                {"month": 1, "electricity_kwh": 200.0, "bill": 172.0},
                {"month": 2, "peak_kw": 16.0},
                {"month": 7, "electricity_kwh": 5.0},
            ],
        }
    )
    table = compare_with_metered(
        baseline.tables.bill, baseline.solution.microgrid, metered
    ).set_index(["month", "figure"])["deviation"]
    assert table[1, "electricity_kwh"] == pytest.approx(0.1)
    assert table[1, "bill"] == pytest.approx(0.0, abs=1e-9)
    assert table[2, "peak_kw"] == pytest.approx(0.25)
    assert len(table) == 3


def test_kilowatt_hours_count_once_whatever_is_paid_on_them() -> None:
    """Adders, tiers and fees charge the same energy again; feed-in is none of it."""
    tariff = {
        "bands": {"day": 0.2, "night": 0.1},
        "periods": [{"band": "day", "hours": ["6-22"]}],
        "otherwise": "night",
        "adders_per_kwh": {"transmission": 0.05, "levies": 0.01},
        "energy_tiers": [{"price_per_kwh": 0.02}],
        "full_load_hours_fee": {
            "below": {"per_kw_year": 12.0, "per_kwh": 0.03},
            "above": {"per_kw_year": 12.0, "per_kwh": 0.03},
        },
        "demand_charges": [
            {"name": "evening", "rate_per_kw": 3.0, "hours": ["18-19"]},
            {"name": "any", "rate_per_kw": 5.0},
        ],
        "basic_charge": {
            "mode": "contracted_demand",
            "transformer_kva": 100.0,
            "per_kw_month": 1.0,
            "contract_kw": 60.0,
        },
        "export_price_per_kwh": 0.04,
    }
    grid = {**grid_at(0.0, import_limit_kw=100.0), "tariff": tariff}
    field = {
        "kind": "pv",
        "bus": "power",
        "capacity": standing("kw", 100),
        "yield_kw_per_kw": {"values": [0.0, 0.5, 0.0]},
    }
    parts = {"connection": grid, "works": load_of([30, 10, 20]), "field": field}
    start = dt.datetime(2026, 1, 31, 17)
    outcome, _ = make_baseline(microgrid(parts, 3, start=start, finance=AS_IS))
    assert outcome is not None
    table = bill_by_month(outcome.tables.bill, "connection").loc["2026-01"]
    assert table["kWh"] == pytest.approx(50)
    assert table["peak kW"] == pytest.approx(30)
    assert table["levies"] == pytest.approx(0.5)
    assert table["feed-in"] == pytest.approx(-0.04 * 40)
    assert table["demand charge evening"] == pytest.approx(0)
    assert table["basic charge, contract"] == pytest.approx(60)
    energy = 0.2 + 0.05 + 0.01 + 0.02 + 0.03
    fee = 12 * 30 * 3 / 8760
    total = 50 * energy + fee + 5 * 30 + 60 - 1.6
    assert table["total"] == pytest.approx(total)
    assert outcome.solution.objective == pytest.approx(total)

    demand = 5 * 30 + 60 + fee
    assert demand_charge(outcome) == pytest.approx(demand)
    metered = Metered.model_validate(
        {"year": 2025, "monthly": [{"month": 1, "electricity_kwh": 50.0}]}
    )
    compared = compare_with_metered(
        outcome.tables.bill, outcome.solution.microgrid, metered
    )
    assert compared["baseline"].tolist() == pytest.approx([50])

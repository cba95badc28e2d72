"""The paper bill, by hand: energy by band, demand, fixed charge, feed-in."""

import datetime as dt

import numpy as np
import pytest

from support import AS_IS, load_of, microgrid
from verdigrid.models.metered import Metered
from verdigrid.results.bill import bill_by_month, compare_with_metered
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

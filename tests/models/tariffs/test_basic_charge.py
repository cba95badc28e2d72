"""The basic charge of the Chinese two-part tariff, by hand."""

import datetime as dt

import numpy as np
import pytest
from pydantic import ValidationError

from charges import bill, billed, plan, year_plan
from verdigrid.models.tariffs.tariff import Tariff

#: Two hours of January and two of February.
START = dt.datetime(2026, 1, 31, 22)
LOADS = [50.0, 100.0, 40.0, 20.0]
PRICES = {"per_kva_month": 22.6, "per_kw_month": 36.1}


def basic(mode, **fields):
    return {
        "basic_charge": {"mode": mode, "transformer_kva": 125.0, **PRICES, **fields}
    }


def test_on_the_transformer():
    solution = plan(LOADS, basic("transformer_capacity"), start=START)
    assert bill(solution) == {
        "energy": pytest.approx([0, 0]),
        "basic charge, capacity": pytest.approx([22.6 * 125] * 2),
    }
    assert solution.objective == pytest.approx(2 * 22.6 * 125)


def test_on_the_actual_demand():
    solution = plan(LOADS, basic("actual_demand"), start=START)
    assert bill(solution)["basic charge, peak"] == pytest.approx([3610, 1444])


def test_a_given_contract_and_what_exceeds_105_percent():
    """80 kW: free up to 84, 16 kW billed twice in January; 80 in February too."""
    solution = plan(LOADS, basic("contracted_demand", contract_kw=80.0), start=START)
    assert bill(solution)["basic charge, contract"] == pytest.approx([36.1 * 80] * 2)
    assert billed(solution)["basic charge, excess"] == pytest.approx([16, 0])
    assert solution.objective == pytest.approx(36.1 * (80 + 80 + 2 * 16))


def test_a_contract_below_the_floor_counts_as_the_floor():
    """40 % of 125 kVA are 50 kW; above 52.5 kW is doubled."""
    solution = plan(LOADS, basic("contracted_demand", contract_kw=10.0), start=START)
    assert solution.objective == pytest.approx(36.1 * (2 * 50 + 2 * (100 - 52.5)))


def test_the_plan_contracts_every_month():
    """A kW of contract saves 1.05 x 2 of excess: peak / 1.05, or the floor."""
    solution = plan(LOADS, basic("contracted_demand"), start=START)
    assert solution.values["grid"]["contract_kw"] == pytest.approx([100 / 1.05, 50])
    assert solution.objective == pytest.approx(36.1 * (100 / 1.05 + 50))


def test_one_contract_for_the_year():
    """Worth raising while its excess occurs in more than 12 / 2.1 = 5.7 months."""
    peaks = np.array([200.0] * 5 + [100.0] * 7)
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    tariff = basic("contracted_demand", contract_per="year")
    solution = year_plan(np.repeat(peaks, days), tariff)
    contract = 100 / 1.05
    assert solution.values["grid"]["contract_kw"] == pytest.approx(contract)
    excess = 5 * (200 - 100)
    assert solution.objective == pytest.approx(36.1 * (12 * contract + 2 * excess))
    peaks[5] = 200.0
    solution = year_plan(np.repeat(peaks, days), tariff)
    assert solution.values["grid"]["contract_kw"] == pytest.approx(200 / 1.05)


@pytest.mark.parametrize(
    ("loads", "kva", "cheapest"),
    [
        ([50.0, 100.0, 100.0, 20.0], 125.0, "by_capacity"),
        (LOADS, 300.0, "by_demand"),
        ([50.0, 190.0, 180.0, 20.0], 400.0, "by_contract"),
    ],
)
@pytest.mark.parametrize("battery", [False, True])
def test_the_cheapest_mode_for_the_year(loads, kva, cheapest, battery):
    more = {"start": START, "battery": battery}
    price = [0.1, 5.0, 0.3, 0.2]
    modes = ("transformer_capacity", "contracted_demand", "actual_demand")
    costs = {
        mode: plan(loads, basic(mode, transformer_kva=kva), price, **more).objective
        for mode in modes
    }
    solution = plan(loads, basic("choose", transformer_kva=kva), price, **more)
    assert solution.objective == pytest.approx(min(costs.values()), abs=1e-6)
    assert solution.facts["integers"] == 3
    if not battery:
        names = ("by_capacity", "by_contract", "by_demand")
        chosen = [name for name in names if solution.values["grid"][name] == 1]
        assert chosen == [cheapest]


@pytest.mark.parametrize("given", [60.0, 95.0])
def test_a_given_contract_is_one_of_the_choices(given):
    fields = {"contract_kw": given, "transformer_kva": 400.0, "contract_floor": 0.0}
    modes = ("transformer_capacity", "contracted_demand", "actual_demand")
    costs = [plan(LOADS, basic(m, **fields), start=START).objective for m in modes]
    solution = plan(LOADS, basic("choose", **fields), start=START)
    assert solution.objective == pytest.approx(min(costs), abs=1e-6)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"mode": "choose"},
            "needs per_kva_month and per_kw_month and transformer_kva",
        ),
        ({"mode": "transformer_capacity", "per_kva_month": 1.0}, "transformer_kva"),
        ({"mode": "contracted_demand", "per_kw_month": 1.0}, "transformer_kva"),
        ({"mode": "actual_demand"}, "per_kw_month"),
        ({"mode": "average"}, "Input should be"),
        ({"mode": "actual_demand", "per_kw_month": -1.0}, "greater"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Tariff.model_validate({"price_per_kwh": 0.1, "basic_charge": fields})

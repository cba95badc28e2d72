"""The basic charge of the Chinese two-part tariff, by hand."""

import datetime as dt

import numpy as np
import pytest
from pydantic import ValidationError

from charges import bill, billed, plan, year_plan
from support import grid_at, load_of, microgrid, planned, standing
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


# -- quarters -----------------------------------------------------------------------


def quarters(*peaks, **fields):
    """A year whose quarters have these peaks, and the choice of a mode."""
    days = [90, 91, 92, 92]
    load = np.repeat(np.array(peaks, float), days)
    return year_plan(load, basic("choose", transformer_kva=400.0, **fields))


def test_a_mode_for_every_quarter():
    """Demand in the two quiet quarters (100 and 40 kW), capacity in the others.

    A kW is 36.1, the capacity 22.6 x 400 = 9040 or that of 250.4 kW.
    """
    solution = quarters(100, 380, 390, 40, mode_per="quarter")
    chosen = np.asarray(solution.values["grid"]["by_capacity"])
    assert chosen == pytest.approx([0] * 3 + [1] * 6 + [0] * 3)
    assert solution.objective == pytest.approx(3 * (36.1 * (100 + 40) + 2 * 9040))
    lines = bill(solution)
    assert lines["basic charge, peak"] == pytest.approx(
        [3610] * 3 + [0] * 6 + [1444] * 3
    )
    assert lines["basic charge, capacity"] == pytest.approx(
        [0] * 3 + [9040] * 6 + [0] * 3
    )


def test_each_quarter_pays_by_its_own_mode_only():
    """Contract for 104 kW (100), demand for 60, capacity for 390, which exceeds it."""
    fields = {"contract_kw": 100.0, "contract_floor": 0.0, "mode_per": "quarter"}
    solution = quarters(104, 60, 390, 60, **fields)
    assert solution.objective == pytest.approx(3 * (36.1 * (100 + 60 + 60) + 9040))
    lines = bill(solution)
    assert lines["basic charge, contract"] == pytest.approx([3610] * 3 + [0] * 9)
    assert lines["basic charge, excess"] == pytest.approx([0] * 12)


def test_one_mode_for_the_year_is_dearer():
    """By demand all year: 910 kW in sum, three months each; by capacity 4 x 9040."""
    solution = quarters(100, 380, 390, 40)
    assert solution.objective == pytest.approx(3 * 36.1 * 910)


def test_a_mode_holds_for_its_quarter():
    """One high month makes its whole quarter pay the capacity."""
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    peaks = [50.0] * 12
    peaks[4] = 390.0
    peaks[5] = 320.0
    fields = {"transformer_kva": 400.0, "mode_per": "quarter", "contract_kw": 999.0}
    solution = year_plan(np.repeat(peaks, days), basic("choose", **fields))
    by_demand = 36.1 * (50 + 390 + 320)
    assert by_demand > 3 * 9040
    assert solution.objective == pytest.approx(36.1 * 50 * 9 + 3 * 9040)


def test_a_contract_for_every_quarter():
    """The peaks 50, 200, 50 in every quarter: a third of the excess is worth it not."""
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    load = np.repeat([50.0, 200.0, 60.0] * 4, days)
    tariff = basic("contracted_demand", contract_per="quarter", contract_floor=0.0)
    solution = year_plan(load, tariff)
    # A kW more costs 3 rates, and saves 2.1 in each month whose peak it is below:
    # worth it while two months are above, so the middle peak is covered.
    contract = 60 / 1.05
    assert np.asarray(solution.values["grid"]["contract_kw"]) == pytest.approx(contract)
    assert solution.objective == pytest.approx(4 * 36.1 * (3 * contract + 2 * 140))
    monthly = year_plan(load, basic("contracted_demand", contract_floor=0.0))
    assert monthly.objective < solution.objective


# -- the rebate of high use -----------------------------------------------------------

#: 31 days of January: 100 kW all day are 74,400 kWh, of 260 x 286.15 kVA.
MONTH = 31 * 24


def in_january(load, kva, mode="actual_demand", **more):
    fields = {"transformer_kva": kva, "rebate": {}, **more.pop("fields", {})}
    return plan(np.broadcast_to(load, MONTH), basic(mode, **fields), **more)


def test_ten_percent_off_from_260_kwh_per_kva():
    solution = in_january(100.0, 286.0)
    lines = bill(solution)
    assert lines["basic charge, peak"] == pytest.approx([3610])
    assert lines["basic charge, rebate from 260 kWh/kVA"] == pytest.approx([-361])
    assert billed(solution)["basic charge, rebate from 260 kWh/kVA"] == pytest.approx(
        [74400 / 286]
    )
    assert solution.objective == pytest.approx(0.9 * 3610)
    assert solution.facts["integers"] == 1


def test_nothing_off_below():
    solution = in_january(100.0, 287.0)
    assert bill(solution)["basic charge, rebate from 260 kWh/kVA"] == pytest.approx([0])
    assert solution.objective == pytest.approx(3610)


def test_just_enough_is_enough():
    solution = in_january(100.0, 74400 / 260)
    assert solution.objective == pytest.approx(0.9 * 3610)


def test_use_that_no_month_can_reach_needs_no_decision():
    solution = plan(LOADS, {**basic("actual_demand", rebate={})}, start=START)
    assert solution.facts.get("integers", 0) == 0
    assert solution.objective == pytest.approx(36.1 * 140)


@pytest.mark.parametrize("mode", ["contracted_demand", "choose"])
def test_the_rebate_is_on_what_exceeds_the_contract_too(mode):
    fields = {"contract_kw": 120.0, "per_kva_month": 99.0}
    load = np.full(MONTH, 100.0)
    load[5] = 200.0
    solution = in_january(load, 250.0, mode, fields=fields)
    by_contract = 36.1 * (120 + 2 * (200 - 126))
    by_demand = 36.1 * 200
    cheapest = by_contract if mode == "contracted_demand" else by_demand
    assert solution.objective == pytest.approx(0.9 * cheapest)


@pytest.mark.parametrize(("price", "curtails"), [(0.1, True), (2.0, False)])
def test_a_plan_uses_more_if_that_pays(price, curtails):
    """Sun for 1000 of 74,400 kWh; from 74,000 bought on 361 are saved."""
    tariff = basic("actual_demand", transformer_kva=74_000 / 260, rebate={})
    field = {
        "kind": "pv",
        "bus": "power",
        "capacity": standing("kw", 10),
        "yield_kw_per_kw": {"values": [1.0] * 100 + [0.0] * (MONTH - 100)},
    }
    parts = {"grid": grid_at(price, tariff=tariff), "field": field}
    solution = planned(microgrid({**parts, "plant": load_of([100.0] * MONTH)}, MONTH))
    used = float(np.asarray(solution.values["grid"]["import_kw"]).sum())
    assert used == pytest.approx(74_000 if curtails else 73_400)
    rebate = bill(solution)["basic charge, rebate from 260 kWh/kVA"]
    assert rebate == pytest.approx([-361 if curtails else 0])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"mode": "actual_demand", "per_kw_month": 1.0, "rebate": {}},
            "needs transformer_kva",
        ),
        (
            {
                "mode": "transformer_capacity",
                "transformer_kva": 1.0,
                "per_kva_month": 1.0,
                "rebate": {},
            },
            "needs another mode",
        ),
        (
            {
                "mode": "choose",
                "transformer_kva": 1.0,
                **PRICES,
                "mode_per": "quarter",
                "contract_per": "year",
            },
            "needs mode_per: year",
        ),
    ],
)
def test_rebates_and_quarters_that_do_not_fit(fields, message):
    with pytest.raises(ValidationError, match=message):
        Tariff.model_validate({"price_per_kwh": 0.1, "basic_charge": fields})

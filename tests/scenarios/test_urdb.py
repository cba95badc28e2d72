"""Rates of the US Utility Rate Database: what they become."""

import numpy as np
import pytest

from support import planned
from urdb_rates import DEMAND, FLAT, MONTHS, RATE, one_price, tariff_of
from verdigrid.models.errors import InputError
from verdigrid.results.recompute import recompute
from verdigrid.scenarios.urdb_schedule import Schedule, windows


def bill(loaded):
    box, text = loaded
    lines = recompute(planned(box.load(text).microgrid)).accounts["grid"].bill
    return {line.item: line.amount.tolist() for line in lines}


JULY = "{start: 2026-07-01, periods: 744, represents: as_is}"
YEAR = "{start: 2026-01-01, periods: 8760, represents: as_is}"


# -- bills by hand ------------------------------------------------------------------


def test_a_month_by_hand(rate):
    """July 2026: 23 workdays of 12 dear hours, all else off peak."""
    lines = bill(rate({**RATE, **FLAT, **DEMAND}, JULY))
    assert lines["energy period_2"] == pytest.approx([23 * 12 * 100 * 0.11])
    off = 31 * 24 - 23 * 12
    assert lines["energy period_0"] == pytest.approx([off * 100 * 0.06])
    assert lines["energy period_1"] == [0]
    assert lines["demand charge flat 1"] == pytest.approx([700])
    assert lines["demand charge flat 0"] == [0]
    assert lines["demand charge period 1"] == pytest.approx([1050])
    assert lines["fixed charge"] == pytest.approx([90])


def test_the_peak_of_a_period_is_over_workdays_and_weekends(rate):
    """300 kW on Saturday 4 July at 15 h; 500 kW at 17 h is out of the window."""
    values = [100.0] * 744
    values[3 * 24 + 15], values[3 * 24 + 17] = 300.0, 500.0
    lines = bill(rate({**RATE, **DEMAND}, JULY, profile=f"{{values: {values}}}"))
    assert lines["demand charge period 1"] == pytest.approx([10.5 * 300])


def test_energy_tiers_are_added_to_the_price(rate):
    """100 kWh at 0.12, the next 200 at 0.10, the rest of 400 at 0.11."""
    tiers = [
        {"max": 100, "rate": 0.12, "unit": "kWh"},
        {"max": 300, "rate": 0.10, "unit": "kWh"},
        {"rate": 0.11, "unit": "kWh"},
    ]
    loaded = rate(one_price(*tiers))
    assert sum(amount for (amount,) in bill(loaded).values()) == pytest.approx(
        100 * 0.12 + 200 * 0.10 + 100 * 0.11 + 90
    )
    assert tariff_of(loaded).price_per_kwh.constant == pytest.approx(0.10)


def test_tiers_of_several_periods_differ_by_the_same(rate):
    tiers = [
        [{"max": 150, "rate": base}, {"rate": base + 0.02}]
        for base in (0.06, 0.08, 0.1)
    ]
    loaded = rate({**RATE, "energyratestructure": tiers})
    total = sum(amount for (amount,) in bill(loaded).values())
    assert total == pytest.approx(400 * 0.06 + 250 * 0.02 + 90)


def test_demand_tiers(rate):
    tiers = {
        "flatdemandstructure": [[{"max": 60, "rate": 9.0}, {"rate": 5.0}]],
        "flatdemandmonths": [0] * 12,
    }
    lines = bill(rate(one_price(**tiers)))
    assert lines["demand charge flat"] == pytest.approx([60 * 9 + 40 * 5])


def test_a_ratchet_by_month(rate):
    """80 % of the other months' highest, but in summer nothing of it."""
    share = [0.8] * 6 + [0.0] * 3 + [0.8] * 3
    data = one_price(
        flatdemandstructure=[[{"rate": 10.0}]],
        flatdemandmonths=[0] * 12,
        demandratchetpercentage=share,
    )
    values = [100.0] * 8760
    values[200 * 24], values[180 * 24] = 500.0, 200.0  # in July and in June
    lines = bill(rate(data, YEAR, profile=f"{{values: {values}}}"))
    bound = lines["demand charge flat 0, ratchet 0.8"]
    free = lines["demand charge flat 0, ratchet 0"]
    assert bound == pytest.approx([4000] * 6 + [0] * 3 + [4000] * 3)
    assert free == pytest.approx([0] * 6 + [5000, 1000, 1000] + [0] * 3)


@pytest.mark.parametrize(
    ("keys", "ratchet"),
    [
        ({"lookbackRange": 3}, {"look_back_months": 3}),
        ({"lookbackMonths": [0] * 6 + [1, 1] + [0] * 4}, {"months": [7, 8]}),
    ],
)
def test_look_back(rate, keys, ratchet):
    data = one_price(**FLAT, lookbackPercent=0.5, **keys)
    for charge in tariff_of(rate(data, YEAR)).demand_charges:
        found = charge.ratchet.model_dump(exclude_none=True)
        assert found == {"share": 0.5, **ratchet}


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({"fixedchargeunits": "$/day"}, {"fixed_per_day": 90.0}),
        ({"fixedchargeunits": "$/year"}, {"fixed_per_month": 7.5}),
        (
            {"fixedchargefirstmeter": 0, "fixedmonthlycharge": 5},
            {"fixed_per_month": 5.0},
        ),
        ({"minmonthlycharge": 20}, {"minimum_per_month": 20.0}),
        (
            {"mincharge": 30, "minchargeunits": "$/month"},
            {"minimum_per_month": 30.0},
        ),
        (
            {"fueladjustmentsmonthly": [0.02] * 12},
            {"adders_per_kwh": {"fuel adjustment": 0.02}},
        ),
    ],
)
def test_fixed_charges_and_adjustments(rate, keys, found):
    tariff = tariff_of(rate(one_price(**keys))).model_dump()
    assert {key: tariff[key] for key in found} == found


def test_several_in_a_list_of_one(rate):
    assert tariff_of(rate({"items": [RATE]})).bands is not None


# -- feed-in ------------------------------------------------------------------------


def test_sell_is_the_price_of_feed_in_by_period(rate):
    periods = [
        [{"rate": 0.1, "sell": 0.03}],
        [{"rate": 0.2, "sell": 0.06}],
        [{"rate": 1}],
    ]
    data = {**RATE, "energyratestructure": periods, "dgrules": "Net Billing Hourly"}
    box, text = rate(data, "{start: 2026-01-01, periods: 24, represents: as_is}")
    grid = box.load(text).microgrid
    price = grid.series["components.grid.export_price"]
    assert price[[0, 7, 8, 19, 20]].tolist() == [0.03, 0.03, 0.06, 0.06, 0.03]


def test_one_price_of_feed_in(rate):
    tariff = tariff_of(rate(one_price({"rate": 0.1, "sell": 0.03})))
    assert tariff.export_price_per_kwh.constant == 0.03


@pytest.mark.parametrize("key", [{"usenetmetering": True}, {"dgrules": "Net Metering"}])
def test_net_metering(rate, key):
    box, text = rate(one_price({"rate": 0.1, "sell": 0.02}, **key))
    loaded = box.load(text)
    tariff = loaded.microgrid.components["grid"].tariff
    assert tariff.net_metering.surplus_price_per_kwh == 0.02
    assert any("net metering" in note for note in loaded.notes)


@pytest.mark.parametrize(
    ("key", "more"),
    [("minmonthlycharge", {}), ("mincharge", {"minchargeunits": "$/month"})],
)
def test_net_metering_beside_a_minimum_bill_is_refused(rate, key, more):
    given = {"dgrules": "Net Metering", key: 10.0, **more}
    box, text = rate(one_price({"rate": 0.1}, **given))
    with pytest.raises(InputError, match=f"{key}: got 10"):
        box.load(text)


def test_without_sell_nothing_is_fed_in(rate):
    assert not tariff_of(rate(RATE)).exports


# -- provenance ---------------------------------------------------------------------


def test_keys_beside_and_notes(rate):
    data = {**RATE, "energyattrs": [{"Voltage discount": "$-0.001/kWh"}]}
    beside = "{urdb: rate.json, fixed_per_month: 80, holidays: ['07-03']}"
    box, text = rate(data, tariff=beside)
    loaded = box.load(text)
    tariff = loaded.microgrid.components["grid"].tariff
    assert (tariff.fixed_per_month, tariff.holidays) == (80, ["07-03"])
    assert tariff.valid.first == "2026-01-01"
    assert "rate abc: Example Power" in tariff.source
    assert "remarks that are not billed: energyattrs" in "\n".join(loaded.notes)
    origin = loaded.document.origin(("components", "grid", "tariff", "bands"))
    assert (origin.file, origin.line) == ("rate.json", None)
    assert "rate.json" in loaded.files


def test_the_scenario_must_be_in_dollars(rate):
    box, text = rate(RATE)
    message = box.problem(text.replace("USD", "EUR"))
    assert message.startswith("rate.json: components.grid.tariff.currency: got 'USD'")


# -- schedules ----------------------------------------------------------------------


def test_windows_say_what_the_schedule_says(rate):
    """Random schedules, hour by hour, against the bands of a year."""
    rng = np.random.default_rng(7)
    tables = rng.integers(0, 3, (2, 12, 24)).tolist()
    schedules = {
        "energyweekdayschedule": tables[0],
        "energyweekendschedule": tables[1],
    }
    box, text = rate({**RATE, **schedules}, YEAR)
    grid = box.load(text).microgrid
    civil = grid.calendar.civil
    row = np.asarray(civil.weekday >= 5).astype(int)
    expected = np.array(tables)[row, civil.month - 1, civil.hour]
    assert np.array_equal(grid.series["components.grid.band"], expected)


def test_months_of_one_pattern_share_a_window():
    schedule = Schedule(MONTHS, [[0] * 24] * 12)
    assert windows(schedule, 2) == [
        {"hours": ["8-20"], "days": "workdays", "months": [6, 7, 8, 9]}
    ]
    assert windows(schedule, 0) == [
        {"hours": ["0-8", "20-24"], "days": "workdays"},
        {"hours": ["0-24"], "days": "weekends"},
    ]

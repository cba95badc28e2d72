"""Net metering with a yearly true-up, by hand."""

import numpy as np
import pytest
from pydantic import ValidationError

from charges import bill, billed
from support import grid_at, load_of, microgrid, planned, standing
from verdigrid.models.errors import InputError
from verdigrid.models.tariffs.tariff import Tariff


def site(load, sun, tariff, limit=1000.0, **more):
    """A load and a field of 100 kW; all prices in ``tariff``."""
    grid = {**grid_at(0.0, **more), "tariff": tariff, "import_limit_kw": limit}
    field = {
        "kind": "pv",
        "bus": "power",
        "capacity": standing("kw", 100),
        "yield_kw_per_kw": {"values": [float(share) for share in sun]},
    }
    parts = {"grid": grid, "plant": load_of(load), "field": field}
    return microgrid(parts, len(load))


ONE = {"price_per_kwh": 0.2, "net_metering": {"surplus_price_per_kwh": 0.05}}
BANDS = {
    "bands": {"day": 0.3, "night": 0.1},
    "periods": [{"band": "day", "hours": ["1-24"]}],
    "otherwise": "night",
    "net_metering": {"surplus_price_per_kwh": 0.05},
}


def test_feed_in_takes_back_purchases():
    """60 kWh bought, 40 fed in: 20 are paid."""
    solution = planned(site([60, 20], [0, 0.6], ONE))
    assert solution.objective == pytest.approx(0.2 * 20)
    assert bill(solution)["energy"] == pytest.approx([12])
    assert billed(solution)["net metering"] == pytest.approx([40])


def test_what_exceeds_the_purchases_earns_the_surplus_price():
    """10 kWh bought, 80 fed in: 70 are left over."""
    solution = planned(site([10, 20], [0, 1], ONE))
    assert solution.objective == pytest.approx(-0.05 * 70)


def test_each_price_is_set_off_by_itself():
    """Bought: 30 by night, 10 by day. Fed in: 80 by day, of which 10 take back."""
    solution = planned(site([30, 10, 20], [0, 0, 1], BANDS))
    assert solution.objective == pytest.approx(0.1 * 30 - 0.05 * 70)


def test_it_saves_the_battery():
    """Nothing goes in circles, although feed-in is worth what purchases cost."""
    solution = planned(site([60, 20, 30], [0, 0.6, 0.3], ONE))
    assert solution.values["grid"]["import_kw"] == pytest.approx([60, 0, 0])
    assert np.asarray(solution.values["grid"]["export_kw"]) == pytest.approx([0, 40, 0])


def test_surplus_dearer_than_energy_is_refused():
    dear = {**BANDS, "net_metering": {"surplus_price_per_kwh": 0.2}}
    with pytest.raises(InputError, match=r"surplus_price_per_kwh: got 0\.2, .* 0\.1"):
        site([1], [1], dear)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({**ONE, "export_price_per_kwh": 0.1}, "either export_price_per_kwh"),
        ({**ONE, "price_per_kwh": {"values": [0.1, 0.2]}}, "not a price of every hour"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Tariff.model_validate(fields)


@pytest.mark.parametrize(
    ("key", "beside"),
    [
        ("energy_tiers", [{"price_per_kwh": 0.1}]),
        ("minimum_per_month", 10.0),
        (
            "full_load_hours_fee",
            {
                "below": {"per_kw_year": 12.0, "per_kwh": 0.03},
                "above": {"per_kw_year": 12.0, "per_kwh": 0.03},
            },
        ),
    ],
)
def test_what_is_charged_on_purchases_beside_it_is_refused(key, beside):
    """It would not be taken back with them."""
    with pytest.raises(ValidationError, match=f"net_metering: or {key}:"):
        Tariff.model_validate({**ONE, key: beside})


def test_a_fee_on_peaks_alone_may_stand_beside_it():
    side = {"per_kw_year": 12.0, "per_kwh": 0.0}
    fee = {"below": side, "above": side}
    assert Tariff.model_validate({**ONE, "full_load_hours_fee": fee}).exports

"""Two connections: what is bought at one must not be worth more at the other."""

import pytest

from support import gas_at, grid_at, load_of, microgrid, standing
from verdigrid.models.errors import InputError
from verdigrid.models.tariffs.trading import trading_problems
from verdigrid.scenarios.load import load

LINE = {
    "kind": "link",
    "from_bus": "power",
    "to_bus": "yard",
    "length_km": 1.0,
    "loss_per_km": 0.0,
    "capacity": standing("kw", 100),
}

BATTERY = {
    "kind": "battery",
    "bus": "power",
    "energy": standing("kwh", 100),
    "power": standing("kw", 100),
}
VANS = {
    "kind": "ev_fleet",
    "bus": "power",
    "vehicles": 5,
    "battery_kwh": 50.0,
    "charge_kw": 50.0,
    "departure_hour": 1.0,
    "arrival_hour": 9.0,
    "energy_per_day_kwh": 20.0,
    "departure_soc": 0.0,
}


def problems(first, second, **more):
    """What is refused of two connections; the second one feeds in."""
    parts = {"first": first, "second": second, "plant": load_of([10, 10]), **more}
    buses = {"yard": {"carrier": "electricity"}}
    site = microgrid(parts, 2, buses=buses)
    return list(trading_problems(site.components, site.series, site.calendar))


def seller(price, **more):
    tariff = {"export_price_per_kwh": price, **more.pop("tariff", {})}
    if isinstance(price, list):
        tariff["export_price_per_kwh"] = {"values": price}
    return grid_at(0.9, tariff=tariff, **more)


def test_feed_in_dearer_than_a_purchase_is_refused_with_the_hour():
    (problem,) = problems(grid_at([0.2, 0.1]), seller([0.15, 0.15]))
    assert problem.path == "components.second.tariff.export_price_per_kwh"
    assert problem.got == "0.15 at 2026-01-01 01:00 (1 steps)"
    assert problem.expected == "at most what a kWh costs at first (0.1 then)"
    assert "trading: allowed" in problem.hint


def contract(delivery, take_or_pay=False):
    """A plant elsewhere at 0.1, and 0.06 for the network."""
    return {
        "kind": "power_purchase",
        "bus": "power",
        "capacity": standing("kw", 100),
        "shape_kw_per_kw": 1.0,
        "price_per_kwh": 0.1,
        "network_fee_per_kwh": 0.06,
        "delivery": delivery,
        "certificate": True,
        "take_or_pay": take_or_pay,
        "location_kg_per_kwh": 0.5,
    }


@pytest.mark.parametrize(
    ("delivery", "take_or_pay", "price", "refused"),
    [
        ("grid", False, 0.15, False),
        ("grid", False, 0.17, True),
        # What is paid for anyway costs the network's fee.
        ("grid", True, 0.07, True),
        ("grid", True, 0.05, False),
        # What a plant on a line of its own gives too much is fed in with good reason.
        ("line", True, 0.17, False),
    ],
)
def test_power_of_a_contract_is_not_fed_in_elsewhere(
    delivery, take_or_pay, price, refused
):
    found = problems(contract(delivery, take_or_pay), seller(price))
    assert bool(found) == refused


def test_feed_in_below_every_purchase_is_fine():
    assert not problems(grid_at([0.2, 0.15]), seller([0.15, 0.15]))


def test_a_connection_may_be_dearer_than_itself():
    """Its own meter keeps import and feed-in apart."""
    alone = grid_at(0.1, tariff={"export_price_per_kwh": 0.3})
    assert not problems(alone, load_of([1, 1]))


def test_trading_that_is_allowed():
    assert not problems(grid_at(0.1), seller(0.15, trading="allowed"))
    both = problems(seller(0.95, trading="allowed"), seller(0.95))
    assert [problem.path.split(".")[1] for problem in both] == ["second"]


@pytest.mark.parametrize("limits", [{"export_limit_kw": 0.0}])
def test_a_connection_that_feeds_nothing_in(limits):
    assert not problems(grid_at(0.1), seller(0.15, **limits))


def test_a_connection_that_draws_nothing():
    assert not problems(grid_at(0.1, import_limit_kw=0.0), seller(0.15))


def test_another_place_is_no_matter_unless_a_line_leads_there():
    away = seller(0.15, bus="yard")
    assert not problems(grid_at(0.1), away)
    assert len(problems(grid_at(0.1), away, line=LINE)) == 1


def test_a_storage_between_two_places_joins_them_like_a_line():
    away = seller(0.15, bus="yard")
    between = {**BATTERY, "discharge_bus": "yard"}
    assert len(problems(grid_at(0.1), away, battery=between)) == 1
    assert not problems(grid_at(0.1), away, battery=BATTERY)
    assert not problems(grid_at(0.15), away, battery=between)


def test_power_that_a_supplier_brings_is_not_fed_in():
    supply = gas_at(0.1, bus="power", emissions_kg_per_kwh=0.4)
    (problem,) = problems(supply, seller(0.15))
    assert problem.expected == "at most what a kWh costs at first (0.1 then)"
    assert not problems(supply, seller(0.1))
    assert not problems(gas_at(0.1), seller(0.15))
    credited = seller(0.0, export_credit_kg_per_kwh=0.5)
    (problem,) = problems(supply, credited)
    assert problem.path.endswith("export_credit_kg_per_kwh")


def alone(buys, sells, tariff=None, **more):
    """What is refused of one connection and a storage."""
    fed = {"export_price_per_kwh": sells, **(tariff or {})}
    if isinstance(sells, list):
        fed["export_price_per_kwh"] = {"values": sells}
    trading = more.pop("trading", "refused")
    storage = more or {"battery": BATTERY}
    only = grid_at(buys, tariff=fed, trading=trading)
    return problems(only, load_of([1, 1]), **storage)


def test_feed_in_dearer_than_a_purchase_is_no_business_for_a_battery():
    (problem,) = alone([0.2, 0.1], [0.15, 0.15])
    assert problem.path == "components.first.tariff.export_price_per_kwh"
    assert problem.got == "0.15 at 2026-01-01 01:00 (1 steps)"
    assert problem.expected == "at most what a kWh costs at first itself (0.1 then)"
    assert "trading: allowed" in problem.hint
    assert not alone([0.2, 0.1], [0.15, 0.15], trading="allowed")


def test_buying_cheap_and_feeding_in_dear_is_fine():
    """Worth 0.3 in the one hour, bought for 0.1 in the other."""
    assert not alone([0.1, 0.3], [0.05, 0.3])


def test_vehicles_count_if_they_feed_the_site():
    assert not alone(0.1, 0.15, vans=VANS)
    assert len(alone(0.1, 0.15, vans={**VANS, "vehicle_to_site": True})) == 1


def test_a_battery_elsewhere_is_no_matter_unless_a_line_leads_there():
    away = {**BATTERY, "bus": "yard"}
    assert not alone(0.1, 0.15, battery=away)
    assert len(alone(0.1, 0.15, battery=away, line=LINE)) == 1


def test_tiers_are_part_of_what_a_kwh_costs():
    """0.1 and at least 0.05: feed-in at 0.15 gains nothing, at 0.16 it does."""
    tiers = [
        {"up_to_kwh": 50.0, "price_per_kwh": 0.05},
        {"price_per_kwh": 0.1},
    ]
    assert not alone(0.1, 0.15, {"energy_tiers": tiers})
    assert len(alone(0.1, 0.16, {"energy_tiers": tiers})) == 1


def test_a_minimum_bill_makes_energy_free():
    dear = grid_at(0.4, tariff={"minimum_per_month": 100.0})
    assert len(problems(dear, seller(0.15))) == 1


def test_net_metering_is_worth_what_it_takes_back():
    tariff = {"price_per_kwh": 0.3, "net_metering": {"surplus_price_per_kwh": 0.05}}
    netted = {**grid_at(0.3), "tariff": tariff}
    (problem,) = problems(grid_at(0.2), netted)
    assert problem.path.endswith("tariff.net_metering")
    assert not problems(grid_at(0.3), netted)


def test_bands_of_feed_in():
    tariff = {"bands": {"all": 0.9}, "otherwise": "all", "export_bands": {"all": 0.15}}
    (problem,) = problems(grid_at(0.1), {**grid_at(0.1), "tariff": tariff})
    assert problem.path.endswith("tariff.export_bands")


def test_carbon_credit_above_the_factor_of_the_other():
    credited = seller(0.0, export_credit_kg_per_kwh=0.6)
    (problem,) = problems(grid_at(0.1), credited)
    assert problem.path == "components.second.export_credit_kg_per_kwh"
    assert problem.expected == "at most the carbon of a kWh bought at first (0.5 then)"
    equal = seller(0.0, export_credit_kg_per_kwh=0.5)
    assert not problems(grid_at(0.1), equal)


def test_the_loader_refuses_it_with_file_and_line(tmp_path):
    path = tmp_path / "s.yaml"
    text = """\
schema: 1
name: two
currency: EUR
time: {start: 2026-01-01, periods: 2, represents: as_is}
buses: {power: {carrier: electricity}}
components:
  plant: {kind: load, bus: power, profile: 10}
  cheap:
    kind: grid
    bus: power
    import_limit_kw: 9
    emissions_kg_per_kwh: 0
    tariff: {price_per_kwh: 0.1}
  other:
    kind: grid
    bus: power
    import_limit_kw: 9
    emissions_kg_per_kwh: 0
    tariff:
      price_per_kwh: 0.4
      export_price_per_kwh: 0.2
"""
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}:21: components.other.tariff.export_price")
    path.write_text(text + "    trading: allowed\n")
    assert load(path).microgrid.components["other"].trading == "allowed"

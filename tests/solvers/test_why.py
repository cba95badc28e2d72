import datetime as dt

import pytest

from support import grid_at, load_of, microgrid, option, planned, standing
from verdigrid.solvers import why


def drivers_of(plan, component, field="capacity"):
    return {driver.limit: driver for driver in plan.size(component, field).drivers}


def test_pv_is_bought_for_the_hours_in_which_its_yield_binds():
    """The last kW is worth 0.2 x 0.5 + 0.3 x 0.2; the second hour curtails."""
    plan = planned(
        microgrid(
            {
                "grid": grid_at([0.2, 0.3, 0.3]),
                "plant": load_of([100, 10, 100]),
                "roof": {
                    "kind": "pv",
                    "bus": "power",
                    "yield_kw_per_kw": {"values": [0.5, 1.0, 0.2]},
                    "capacity": option("kw", 60, 0.05),
                },
            },
            3,
        )
    )
    (driver,) = drivers_of(plan, "roof").values()
    assert driver.limit == "roof.yield_limit"
    assert driver.steps == 2
    assert driver.worth == pytest.approx(1)


def test_battery_is_bought_for_its_ceiling_and_held_back_by_its_floor():
    """All of its worth comes from the one hour in which it is full."""
    plan = planned(
        microgrid(
            {
                "grid": grid_at([0.1, 0.4]),
                "plant": load_of([10, 10]),
                "battery": {
                    "kind": "battery",
                    "bus": "power",
                    "energy": option("kwh", 5, 0.01),
                    "power": standing("kw", 100),
                    "min_soc": 0.0,
                },
            },
            2,
        )
    )
    (driver,) = drivers_of(plan, "battery", "energy").values()
    assert (driver.limit, driver.steps) == ("battery.content_ceiling", 1)


def test_month_that_counts_most_is_named():
    """Demand charges of two months: the higher peak is February's."""
    plan = planned(
        microgrid(
            {
                "grid": grid_at([0.1, 0.1, 0.9, 0.1]),
                "plant": load_of([50, 50, 50, 50]),
                "roof": {
                    "kind": "pv",
                    "bus": "power",
                    "yield_kw_per_kw": 0.5,
                    "capacity": option("kw", 20, 0.05),
                },
            },
            4,
            start=dt.datetime(2026, 1, 31, 22),
        )
    )
    (driver,) = drivers_of(plan, "roof").values()
    assert (driver.steps, driver.month) == (4, "2026-02")


def test_what_is_not_worth_naming_is_left_out(monkeypatch):
    """The kWh is bought for its full hour; its floor, which rises too, is no reason."""
    site = microgrid(
        {
            "grid": grid_at([0.1, 0.4], tariff={"demand_charge_per_kw_month": 1.0}),
            "plant": load_of([5, 15]),
            "battery": {
                "kind": "battery",
                "bus": "power",
                "energy": option("kwh", 50, 0.01),
                "power": option("kw", 50, 0.01),
            },
        },
        2,
    )
    (driver,) = planned(site).size("battery", "energy").drivers
    assert driver.limit == "battery.content_ceiling"
    assert driver.worth == pytest.approx(1)
    monkeypatch.setattr(why, "WORTH_NAMING", 1.1)
    assert planned(site).size("battery", "energy").drivers == ()


def test_what_can_not_grow_has_no_drivers():
    plan = planned(
        microgrid(
            {
                "grid": grid_at(0.1),
                "plant": load_of([10]),
                "roof": {
                    "kind": "pv",
                    "bus": "power",
                    "yield_kw_per_kw": 1.0,
                    "capacity": standing("kw", 5),
                },
            },
            1,
        )
    )
    assert plan.size("roof", "capacity").drivers == ()

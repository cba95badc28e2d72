import numpy as np
import pytest

from support import (
    EXACT,
    built,
    checks_of,
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    planned,
    standing,
)
from verdigrid.solvers.solve import solve


def tank(**more):
    fields = {
        "kind": "thermal_storage",
        "bus": "heat",
        "energy": standing("kwh", 100),
        "charge_efficiency": 0.9,
        "discharge_efficiency": 0.9,
        "standing_loss_per_hour": 0.0,
    }
    return {**fields, **more}


def site(price, load=(10, 20, 30), **more):
    components = {"source": heat_at(price), "process": load_of(load, "heat"), **more}
    return microgrid(components, len(load))


def test_free_heat_does_not_go_in_circles():
    """Heat costs nothing: any circulation is optimal, none is published."""
    plan = planned(site(0.0, tank=tank()))
    assert plan.overlaps == {}
    assert plan.values["tank"]["charge_kw"] == pytest.approx(np.zeros(3), abs=1e-6)
    assert plan.values["source"]["supply_kw"] == pytest.approx([10, 20, 30])


@pytest.mark.parametrize("seed", range(4))
def test_two_tanks_do_not_pump_free_heat_to_each_other(seed):
    rng = np.random.default_rng(seed)
    price = np.where(rng.random(12) < 0.5, 0.0, 0.1)
    load = rng.uniform(5, 60, 12)
    plan = planned(site(price, load, one=tank(), other=tank(charge_efficiency=1.0)))
    assert plan.overlaps == {}


def test_tidying_keeps_the_optimum_and_what_it_stores():
    """Free in the first hour: the 20 kWh of the second are stored all the same."""
    plan = planned(site([0.0, 0.1], [10, 20], tank=tank()))
    assert plan.objective == pytest.approx(0)
    assert plan.values["tank"]["discharge_kw"] == pytest.approx([0, 20])
    assert plan.values["tank"]["charge_kw"] == pytest.approx([20 / 0.81, 0])


def test_free_power_does_not_go_in_and_out_of_the_grid():
    plan = planned(
        microgrid(
            {
                "grid": grid_at(0.1, tariff={"export_price_per_kwh": 0.1}),
                "plant": load_of([10, 20]),
            },
            2,
        )
    )
    assert plan.overlaps == {}
    assert plan.values["grid"]["export_kw"] == pytest.approx([0, 0], abs=1e-6)


def test_overlap_that_pays_is_reported_and_fails_the_check():
    """Being paid for taking heat, the tank's losses earn money."""
    plan = solve(built(site(-0.05, tank=tank(power=standing("kw", 40)))), EXACT)
    assert plan.overlaps["tank"] == (0, 1, 2)
    failed = [check.what for check in checks_of(plan) if not check.holds]
    assert failed == ["tank: charge and discharge at once"]


def test_heat_that_may_not_be_dumped_makes_an_overlap_pay():
    """The CHP must lose its heat to make cheap power, and a tank can lose it."""
    parts = {
        "gas": gas_at(0.02),
        "engine": {
            "kind": "chp",
            "fuel_bus": "gas",
            "electricity_bus": "power",
            "electric_efficiency": 0.4,
            "heat_efficiency": {"heat": 0.4},
            "dump_heat": False,
            "capacity": standing("kw", 100),
        },
        "grid": grid_at(0.5),
        "plant": load_of([50, 50]),
        "process": load_of([10, 10], "heat"),
        "tank": tank(power=standing("kw", 200)),
    }
    free = solve(built(microgrid(parts, 2)), EXACT)
    assert set(free.overlaps) == {"tank"}
    apart = planned(microgrid(parts, 2, exclusive_steps={"tank": (0, 1)}))
    assert apart.overlaps == {}
    assert apart.objective > free.objective + 1

import pytest
from pydantic import ValidationError

from support import gas_at, grid_at, load_of, microgrid, option, planned, policy
from verdigrid.models.carbon import Carbon
from verdigrid.models.yearly import Yearly


def site(price, scopes=(1, 2), gas=0.05, **more):
    """100 kWh of heat from gas at 0.2 kg/kWh, or from power at 0.5 kg/kWh."""
    both = {"bus": "heat", "efficiency": 1.0}
    size = {"capacity": {"existing_kw": 100.0, "om_per_kw_year": 0.0}}
    parts = {
        "gas": gas_at(gas, upstream_kg_per_kwh=0.05),
        "grid": grid_at(0.06),
        "boiler": {"kind": "boiler", "input_bus": "gas", **both, **size},
        "electrode": {"kind": "electric_boiler", "input_bus": "power", **both, **size},
        "process": load_of([40, 60], "heat"),
    }
    tax = {"kind": "carbon_price", "scopes": list(scopes), "price_per_tonne": price}
    return microgrid(parts, 2, policies={"tax": tax}, **more)


def test_price_is_paid_for_every_kg():
    plan = planned(site(100.0))
    assert plan.objective == pytest.approx(100 * (0.05 + 0.2 * 0.1))


def test_price_changes_the_dispatch():
    """Gas at 0.07 is dearer than power at 0.06 until carbon costs 33 a tonne."""
    assert planned(site(33.0, gas=0.07)).values["gas"]["supply_kw"].sum() == 0
    taxed = planned(site(34.0, gas=0.07))
    assert taxed.values["grid"]["import_kw"].sum() == pytest.approx(0, abs=1e-9)


def test_only_its_scopes_pay():
    assert planned(site(100.0, scopes=[2])).objective == pytest.approx(5.0)
    upstream = planned(site(100.0, scopes=[3])).objective
    assert upstream == pytest.approx(100 * (0.05 + 0.05 * 0.1))


def test_it_is_booked_in_its_own_class_with_its_own_growth():
    """Carbon grows by 5 % a year at a discount rate of 5 %: two years count two."""
    plan = planned(
        site(
            100.0,
            represents="year",
            finance={
                "discount_rate": 0.05,
                "horizon_years": 2,
                "escalation": {"carbon": 0.05},
            },
        )
    )
    carbon = 2 * 4380 * 100 * 0.2 * 0.1
    fuel = (1 / 1.05 + 1 / 1.05**2) * 4380 * 100 * 0.05
    assert plan.objective == pytest.approx(carbon + fuel)
    assert {
        entry.cost_class for entry, _ in plan.booked.costs if entry.owner == "tax"
    } == {"carbon"}


def test_embodied_carbon_pays_too():
    """8760 kg a kW over 20 years make 0.05 kg in this hour: 0.05 at 1000 a tonne."""
    roof = {
        "kind": "pv",
        "bus": "power",
        "yield_kw_per_kw": 1.0,
        "capacity": option(
            "kw", 10, 0.0, embodied_kg_per_kw=8760.0, lifetime_years=20.0
        ),
    }
    parts = {"grid": grid_at(0.1, emissions_kg_per_kwh=0.0), "roof": roof}
    tax = {"kind": "carbon_price", "scopes": [3], "price_per_tonne": 1000.0}
    plan = planned(
        microgrid({**parts, "plant": load_of([8])}, 1, policies={"tax": tax})
    )
    assert plan.objective == pytest.approx(8 * 0.05)
    dear = {**tax, "price_per_tonne": 2001.0}
    plan = planned(
        microgrid({**parts, "plant": load_of([8])}, 1, policies={"tax": dear})
    )
    assert plan.size("roof", "capacity").new == pytest.approx(0, abs=1e-9)


def test_payment_by_source():
    tax = policy("carbon_price", scopes=[1, 3], price_per_tonne=50.0)
    emitted = {Carbon(1, "gas"): 1000.0, Carbon(3, "gas"): 400.0}
    other = {Carbon(2, "grid"): 9.0, Carbon(1, "gas", "market"): 50.0}
    calendar = site(1.0).calendar
    year = Yearly(calendar, {**emitted, **other}, {}, 0.0)
    paid = tax.recompute(year, {}).costs
    assert paid == pytest.approx({("carbon", "gas"): 70.0})


@pytest.mark.parametrize(
    "fields", [{"scopes": []}, {"scopes": [1], "price_per_tonne": -1.0}]
)
def test_what_is_refused(fields):
    with pytest.raises(ValidationError):
        policy("carbon_price", **{"price_per_tonne": 1.0, **fields})

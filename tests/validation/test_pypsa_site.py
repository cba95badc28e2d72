"""One site, built here and in PyPSA: the same optimum, found on two ways.

A week of PV, battery, CHP, boiler, tank and grid under a carbon cap, all sizes free.
"""

import logging
import warnings

import numpy as np
import pytest

from support import gas_at, grid_at, load_of, microgrid, option, planned, standing

HOURS = 168
HOUR = np.arange(HOURS) % 24
DAY = np.arange(HOURS) // 24
POWER = 300 + 250 * ((HOUR > 6) & (HOUR < 20)) * (DAY < 5) + 20 * np.cos(HOUR + DAY)
HEAT = 200 + 80 * np.cos(2 * np.pi * (HOUR - 6) / 24) + 10 * DAY
SUN = np.clip(np.sin((HOUR - 6) / 12 * np.pi), 0, None) * (0.4 + 0.1 * DAY)
PRICE = np.where((HOUR >= 17) & (HOUR < 21), 0.35, np.where(HOUR < 7, 0.12, 0.2))
GAS_PRICE, GRID_KG, GAS_KG, CAP_KG = 0.045, 0.6, 0.2, 19_000.0
#: Price of a unit for this week, per kW or kWh.
CAPEX = {
    "pv": 2.2,
    "energy": 0.6,
    "power": 0.4,
    "chp": 4.5,
    "boiler": 0.5,
    "tank": 0.05,
}


def ours():
    components = {
        "grid": grid_at(PRICE, emissions_kg_per_kwh=GRID_KG),
        "gas": gas_at(GAS_PRICE, emissions_kg_per_kwh=GAS_KG),
        "plant": load_of(POWER),
        "process": load_of(HEAT, "heat"),
        "pv": {
            "kind": "pv",
            "bus": "power",
            "yield_kw_per_kw": {"values": SUN.tolist()},
            "capacity": option("kw", 900, CAPEX["pv"]),
        },
        "battery": {
            "kind": "battery",
            "bus": "power",
            "energy": option("kwh", 50_000, CAPEX["energy"]),
            "power": option("kw", 2000, CAPEX["power"]),
            "charge_efficiency": 0.95,
            "discharge_efficiency": 0.94,
            "standing_loss_per_hour": 0.001,
            "min_soc": 0.2,
        },
        "chp": {
            "kind": "chp",
            "fuel_bus": "gas",
            "electricity_bus": "power",
            "electric_efficiency": 0.4,
            "heat_efficiency": {"heat": 0.45},
            "capacity": option("kw", 1000, CAPEX["chp"]),
        },
        "boiler": {
            "kind": "boiler",
            "input_bus": "gas",
            "bus": "heat",
            "efficiency": 0.9,
            "capacity": {**option("kw", 1000, CAPEX["boiler"]), **standing("kw", 50)},
        },
        "tank": {
            "kind": "thermal_storage",
            "bus": "heat",
            "energy": option("kwh", 50_000, CAPEX["tank"]),
            "charge_efficiency": 0.99,
            "discharge_efficiency": 0.98,
            "standing_loss_per_hour": 0.005,
        },
    }
    cap = {"kind": "carbon_cap", "scopes": [1, 2], "tonnes_per_year": CAP_KG / 1000}
    return planned(microgrid(components, HOURS, policies={"cap": cap}))


def theirs():
    """PyPSA's cost, sizes and price of a kg of carbon; its links count their input."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pypsa

        logging.getLogger("linopy").setLevel(logging.ERROR)
        logging.getLogger("pypsa").setLevel(logging.ERROR)
        n = pypsa.Network(snapshots=range(HOURS))
        n.add("Carrier", "grid", co2_emissions=GRID_KG)
        n.add("Carrier", "gas", co2_emissions=GAS_KG)
        for bus in ("power", "gas", "heat", "cells", "water"):
            n.add("Bus", bus)
        n.add("Load", "plant", bus="power", p_set=POWER)
        n.add("Load", "process", bus="heat", p_set=HEAT)
        n.add(
            "Generator",
            "grid",
            bus="power",
            carrier="grid",
            p_nom=1000,
            marginal_cost=PRICE,
        )
        n.add(
            "Generator",
            "gas",
            bus="gas",
            carrier="gas",
            p_nom=1e5,
            marginal_cost=GAS_PRICE,
        )
        n.add("Generator", "dump", bus="heat", sign=-1, p_nom=1e5)
        bought = {"p_nom_extendable": True}
        n.add(
            "Generator",
            "pv",
            bus="power",
            p_max_pu=SUN,
            p_nom_max=900,
            capital_cost=CAPEX["pv"],
            **bought,
        )
        n.add(
            "Link",
            "chp",
            bus0="gas",
            bus1="power",
            bus2="heat",
            efficiency=0.4,
            efficiency2=0.45,
            capital_cost=CAPEX["chp"] * 0.4,
            **bought,
        )
        n.add(
            "Link",
            "boiler",
            bus0="gas",
            bus1="heat",
            efficiency=0.9,
            p_nom=50 / 0.9,
            p_nom_min=50 / 0.9,
            capital_cost=CAPEX["boiler"] * 0.9,
            **bought,
        )
        n.add(
            "Link",
            "charge",
            bus0="power",
            bus1="cells",
            efficiency=0.95,
            capital_cost=CAPEX["power"],
            **bought,
        )
        n.add(
            "Link", "discharge", bus0="cells", bus1="power", efficiency=0.94, p_nom=1e5
        )
        n.add("Link", "fill", bus0="heat", bus1="water", efficiency=0.99, p_nom=1e5)
        n.add("Link", "draw", bus0="water", bus1="heat", efficiency=0.98, p_nom=1e5)
        stored = {"e_nom_extendable": True, "e_cyclic": True}
        n.add(
            "Store",
            "cells",
            bus="cells",
            standing_loss=0.001,
            e_min_pu=0.2,
            capital_cost=CAPEX["energy"],
            **stored,
        )
        n.add(
            "Store",
            "water",
            bus="water",
            standing_loss=0.005,
            capital_cost=CAPEX["tank"],
            **stored,
        )
        n.add(
            "GlobalConstraint",
            "cap",
            type="primary_energy",
            carrier_attribute="co2_emissions",
            sense="<=",
            constant=CAP_KG,
        )

        def one_inverter(n, _):
            """Charging and discharging share the power that is bought."""
            flow, size = n.model["Link-p"], n.model["Link-p_nom"]
            out = flow.sel(name="discharge", drop=True) * 0.94
            both = flow.sel(name="charge", drop=True) + out
            n.model.add_constraints(
                both - size.sel(name="charge", drop=True) <= 0, name="inverter"
            )

        status, _ = n.optimize(
            solver_name="highs", log_to_console=False, extra_functionality=one_inverter
        )
        assert status == "ok"
    sizes = {
        "pv capacity": n.generators.p_nom_opt["pv"],
        "battery energy": n.stores.e_nom_opt["cells"],
        "chp capacity": n.links.p_nom_opt["chp"] * 0.4,
        "boiler capacity": n.links.p_nom_opt["boiler"] * 0.9,
    }
    cost = n.objective + n.objective_constant
    return cost, sizes, -n.global_constraints.mu["cap"]


@pytest.mark.slow
def test_same_optimum():
    plan = ours()
    expected, sizes, carbon_price = theirs()
    standing_boiler = 50 * CAPEX["boiler"]  # PyPSA counts what stands as bought
    assert plan.objective == pytest.approx(expected - standing_boiler, rel=1e-6)
    for name, size in sizes.items():
        component, _, field = name.partition(" ")
        assert plan.size(component, field).total == pytest.approx(size, rel=1e-4), name
    assert carbon_price > 0.01, "the cap should bind"
    assert plan.shadow_price_per_tonne["cap"] == pytest.approx(
        1000 * carbon_price, rel=1e-4
    )

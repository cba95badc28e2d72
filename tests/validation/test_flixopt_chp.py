"""flixOpt's integration test "simple flow system", reproduced.

Source: github.com/flixOpt/flixopt, tests/deprecated/test_integration.py lines 18-60
and conftest.py lines 403-430, commit bc18a54bbfc7dcf0c2fe8ed58a9e1f1b5abca6ce (MIT).
Expected figures are those that it asserts.

CHP (60 kW, 40 % electricity, 50 % heat, nothing dumped), boiler (50 kW, 50 %) and a
heat storage of 30 kWh that starts empty serve nine hours of heat demand; electricity
is sold at 0.08. Gas costs 0.04 and its 0.3 kg/kWh cost 0.2 EUR/kg.

- flixOpt's storage ceilings (80 %, 70 % in the second step) hold at the beginning of
  a step, ours at its end, so they stand one step earlier here.
- The storage is there for a fixed 20 EUR, which is added to our objective.
- flixOpt's machines have a minimum load of 5 kW with an on/off decision. verdigrid
  has none; the optimum without it keeps the minimum all the same (last assertion).
"""

import pytest

from support import emitted, gas_at, grid_at, load_of, microgrid, planned, standing

STORAGE_EUR = 20.0
CEILING_KWH = [21, 24, 24, 24, 24, 24, 24, 24, 24]


def test_cost_carbon_and_dispatch():
    plan = planned(
        microgrid(
            {
                "demand": load_of([30, 0, 90, 110, 110, 20, 20, 20, 20], "heat"),
                "feed_in": grid_at(
                    1.0,
                    import_limit_kw=0.0,
                    export_limit_kw=1000.0,
                    tariff={"export_price_per_kwh": 0.08},
                ),
                "gas": gas_at(0.04, emissions_kg_per_kwh=0.3, limit_kw=1000.0),
                "boiler": {
                    "kind": "boiler",
                    "input_bus": "gas",
                    "bus": "heat",
                    "efficiency": 0.5,
                    "capacity": standing("kw", 50),
                },
                "chp": {
                    "kind": "chp",
                    "fuel_bus": "gas",
                    "electricity_bus": "power",
                    "electric_efficiency": 0.4,
                    "heat_efficiency": {"heat": 0.5},
                    "dump_heat": False,
                    "capacity": standing("kw", 60),
                },
                "storage": {
                    "kind": "thermal_storage",
                    "bus": "heat",
                    "energy": standing("kwh", 30),
                    "max_soc": {"values": [kwh / 30 for kwh in CEILING_KWH]},
                    "charge_efficiency": 0.9,
                    "discharge_efficiency": 1.0,
                    "standing_loss_per_hour": 0.08,
                    "initial_soc": 0.0,
                    "end": "free",
                },
            },
            9,
            policies={
                "price": {
                    "kind": "carbon_price",
                    "scopes": [1],
                    "price_per_tonne": 200.0,
                }
            },
        )
    )
    assert plan.objective + STORAGE_EUR == pytest.approx(81.88394666666667, rel=1e-6)
    assert emitted(plan) == pytest.approx(255.09184, rel=1e-6)
    assert plan.values["boiler"]["output_kw"].sum() == pytest.approx(63.4864)
    assert plan.values["chp"]["electricity_kw"].sum() == pytest.approx(289.333333336)
    for machine, power in (("boiler", "output_kw"), ("chp", "electricity_kw")):
        running = plan.values[machine][power]
        assert ((running < 1e-6) | (running > 5 - 1e-6)).all()

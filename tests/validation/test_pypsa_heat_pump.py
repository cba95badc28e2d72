"""PyPSA's example "power-to-heat with a water tank", reproduced.

Source: github.com/PyPSA/PyPSA, docs/examples/power-to-heat-water-tank.ipynb, commit
0209b0ed0a29e7e373b92883e88999dac4dc85a1 (MIT; documentation CC-BY-4.0). Expected
figures: the notebook run with PyPSA 1.4.0 and HiGHS 1.15.1.

A wind turbine (here: a yield series like that of a PV field) drives a heat pump whose
size is that of its electric input; a tank of 100 MWh loses 1 % of its content an hour
and ends as it began. Costs are taken as they are, and MW are written as kW.
"""

import pytest

from support import load_of, microgrid, option, planned, standing
from verdigrid.solvers.solve import SolveOptions


def test_sizes_and_cost():
    plan = planned(
        microgrid(
            {
                "wind": {
                    "kind": "pv",
                    "bus": "power",
                    "yield_kw_per_kw": {"values": [0.0, 0.2, 0.7, 0.4]},
                    "capacity": option("kw", 1000, 500.0),
                },
                "heat_pump": {
                    "kind": "heat_pump",
                    "electricity_bus": "power",
                    "bus": "heat",
                    "cop": {"values": [2.5, 3.0, 3.2, 3.0]},
                    "rated_on": "electricity",
                    "capacity": option("kw", 1000, 1000.0),
                },
                "tank": {
                    "kind": "thermal_storage",
                    "bus": "heat",
                    "energy": standing("kwh", 100),
                    "charge_efficiency": 1.0,
                    "discharge_efficiency": 1.0,
                    "standing_loss_per_hour": 0.01,
                },
                "demand": load_of([20, 20, 20, 20], "heat"),
            },
            4,
        ),
        SolveOptions(relative_gap=0.0),
    )
    assert plan.objective == pytest.approx(23500.5858249914, rel=1e-8)
    assert plan.size("wind", "capacity").new == pytest.approx(26.111762027768226)
    assert plan.size("heat_pump", "capacity").new == pytest.approx(10.444704811107291)

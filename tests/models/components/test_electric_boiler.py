from typing import ClassVar

import pytest

from harness import ComponentHarness
from support import (
    COMMITMENT,
    emitted,
    grid_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)


class TestElectricBoiler(ComponentHarness):
    kind = "electric_boiler"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "components": {
            "electrode": {
                "kind": "electric_boiler",
                "input_bus": "power",
                "bus": "heat",
                "capacity": option("kw", 100, 0.3),
            },
            "grid": grid_at([0.05, 0.06, 0.07]),
            "process": load_of([10, 40, 20], "heat"),
        },
    }
    variants: ClassVar = {
        "variable cost": {"om_cost_per_kwh": 0.002},
        "on or off": {"commitment": COMMITMENT},
    }


def test_takes_heat_over_efficiency_from_the_grid():
    plan = planned(
        microgrid(
            {
                "electrode": {
                    "kind": "electric_boiler",
                    "input_bus": "power",
                    "bus": "heat",
                    "capacity": standing("kw", 100),
                },
                "grid": grid_at([0.1, 0.2]),
                "process": load_of([99, 49.5], "heat"),
            },
            2,
        )
    )
    assert plan.values["grid"]["import_kw"] == pytest.approx([100, 50])
    assert plan.objective == pytest.approx(0.1 * 100 + 0.2 * 50)
    assert emitted(plan) == pytest.approx(0.5 * 150)

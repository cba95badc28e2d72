from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    figures_of,
    flows_of,
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.component import Component
from verdigrid.models.errors import InputError

BUSES = {
    "chilled": {"carrier": "cooling", "temperature_c": 7.0},
    "brine": {"carrier": "cooling", "temperature_c": -10.0},
    "plain": {"carrier": "cooling"},
    "warm": {"carrier": "heat", "temperature_c": 45.0},
}
CHILLER = {
    "kind": "chiller",
    "electricity_bus": "power",
    "bus": "chilled",
    "capacity": standing("kw", 1000),
}
#: 0.45 of Carnot from 7 to 35 C: 0.45 x 280.15 / 28.
COP_7_TO_35 = 4.502411


class TestChiller(ComponentHarness):
    kind = "chiller"
    residuals = ("capacity limit", "condenser heat limit warm")
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "chiller": {
                **CHILLER,
                "capacity": option("kw", 100, 0.005),
                "heat_bus": "warm",
                "condensing_temperature_c": 50.0,
                "om_cost_per_kwh": 0.001,
            },
            "grid": grid_at([0.1, 0.12, 0.09]),
            "district": gas_at(0.08, bus="chilled"),
            "boiler": heat_at(0.05, bus="warm"),
            "halls": load_of([30, 60, 40], "chilled"),
            "offices": load_of([20, 90, 60], "warm"),
        },
    }
    variants: ClassVar = {
        "all heat rejected": {"heat_bus": None},
        "on or off": {"commitment": {**COMMITMENT, "part_load_efficiency": 0.8}},
    }

    def test_creates_no_energy(self) -> None:
        """Cooling is heat that comes from the cooling bus."""
        flows = flows_of(self.plan(), self.name)
        assert np.max(-2 * flows["chilled"] + sum(flows.values())) < 1e-6


def site(load=(40, 40), *, bus="chilled", extra=None, weather=None, **chiller):
    components = {
        "chiller": {**CHILLER, "bus": bus, **chiller},
        "grid": grid_at(0.1),
        "halls": load_of(load, bus),
        **(extra or {}),
    }
    return microgrid(components, len(load), buses=BUSES, weather=weather)


def used_cop(grid):
    return grid.series["components.chiller.used_cop"]


def outdoors(*air_c):
    return pd.DataFrame({"temp_air_c": list(air_c)})


def test_electricity_is_cooling_over_cop():
    plan = planned(site(cop={"values": [4.0, 5.0]}))
    assert plan.values["grid"]["import_kw"] == pytest.approx([10, 8])
    assert plan.objective == pytest.approx(0.1 * 18)


def test_cop_falls_with_the_outdoor_air():
    """25 and 40 C outdoors are 35 and 50 C in the condenser."""
    grid = site(weather=outdoors(25.0, 40.0))
    assert used_cop(grid) == pytest.approx([COP_7_TO_35, 0.45 * 280.15 / 43])
    assert planned(grid).objective == pytest.approx(
        0.1 * 40 / COP_7_TO_35 + 0.1 * 40 * 43 / (0.45 * 280.15)
    )


def test_lift_has_a_minimum_and_the_cop_a_maximum():
    """In winter 15 K would be COP 8.40, more than the 8 of the best machines."""
    weather = outdoors(-5.0, 7.0)
    assert used_cop(site(weather=weather)) == pytest.approx([8.0, 8.0])
    free = used_cop(site(weather=weather, max_cop=12.0))
    assert free == pytest.approx([0.45 * 280.15 / 15] * 2)
    wide = used_cop(site(weather=outdoors(7.0, 17.0), min_lift_k=20.0))
    assert wide == pytest.approx([0.45 * 280.15 / 20] * 2)


def test_colder_bus_has_a_lower_cop():
    grid = site(bus="brine", condensing_temperature_c=35.0)
    assert used_cop(grid) == pytest.approx([0.45 * 263.15 / 45] * 2)


def test_condenser_heat_is_cooling_and_electricity():
    """40 kW of cooling with COP 4 leave 50 kW, of which 30 are used in one hour."""
    plan = planned(
        site(
            cop=4.0,
            heat_bus="warm",
            condensing_temperature_c=45.0,
            extra={
                "boiler": heat_at(0.05, bus="warm"),
                "offices": load_of([30, 80], "warm"),
            },
        )
    )
    assert plan.values["chiller"]["heat_kw"] == pytest.approx([30, 50])
    assert plan.objective == pytest.approx(0.1 * 20 + 0.05 * 30)
    figures = figures_of(plan, "chiller")
    assert figures["heat recovered"] == pytest.approx(80)
    assert figures["mean COP"] == pytest.approx(4)


def test_refrigeration_feeds_a_heat_pump():
    """50 kW at 45 C become 50 / (1 - 1 / 5) = 62.5 kW at 80 C."""
    pump = {
        "kind": "heat_pump",
        "electricity_bus": "power",
        "bus": "heat",
        "source": "warm",
        "cop": 5.0,
        "capacity": standing("kw", 1000),
    }
    plan = planned(
        site(
            (40,),
            cop=4.0,
            heat_bus="warm",
            condensing_temperature_c=45.0,
            extra={
                "pump": pump,
                "boiler": heat_at(0.5),
                "process": load_of([100], "heat"),
            },
        )
    )
    assert plan.values["pump"]["heat_kw"] == pytest.approx([62.5])
    assert plan.objective == pytest.approx(0.1 * (10 + 12.5) + 0.5 * 37.5)


def test_part_load_draws_more_power_and_leaves_more_heat():
    """Half of 80 kW at 0.8 of the efficiency: 40 / (4 x 0.8) = 12.5 kW."""
    plan = planned(
        site(
            (40,),
            cop=4.0,
            capacity=standing("kw", 80),
            commitment={"min_load": 0.5, "part_load_efficiency": 0.8},
            heat_bus="warm",
            condensing_temperature_c=45.0,
            extra={"boiler": heat_at(1, bus="warm"), "rooms": load_of([99], "warm")},
        )
    )
    assert flows_of(plan, "chiller") == {
        "power": pytest.approx([-12.5]),
        "chilled": pytest.approx([40]),
        "warm": pytest.approx([52.5]),
    }


def test_size_is_cooling():
    plan = planned(
        site(
            cop=4.0,
            capacity=standing("kw", 25),
            extra={"district": gas_at(0.5, bus="chilled")},
        )
    )
    assert plan.values["chiller"]["cooling_kw"] == pytest.approx([25, 25])


@settings(max_examples=60, deadline=None)
@given(
    condensing=st.floats(-20.0, 80.0),
    fraction=st.floats(0.05, 0.8),
    most=st.floats(1.0, 12.0),
)
def test_cop_stays_below_carnot(condensing, fraction, most):
    grid = site(
        (1,),
        condensing_temperature_c=condensing,
        carnot_fraction=fraction,
        max_cop=most,
    )
    lift = max(condensing - 7.0, 15.0)
    assert 0 < used_cop(grid)[0] <= min(most, 0.8 * 280.15 / lift) + 1e-9


# -- what is refused ----------------------------------------------------------------


@pytest.mark.parametrize("cop", [0.0, 12.5])
def test_impossible_cop_is_refused_with_its_hour(cop):
    with pytest.raises(InputError, match=r"2026-01-01 01:00 \(1 steps\).*at most 12"):
        site(cop={"values": [3.0, cop]})


def test_cop_above_carnot_is_refused_with_its_hour():
    """From 7 to 60 C the ideal COP is 5.29."""
    with pytest.raises(InputError, match=r"5\.3 at 2026-01-01 01:00 .*Carnot"):
        site(cop={"values": [5.2, 5.3]}, condensing_temperature_c=60.0)


def test_heat_bus_hotter_than_the_condenser_is_refused():
    given = {"values": [45.0, 44.0]}
    with pytest.raises(InputError, match=r"44 at 2026-01-01 01:00 .*45 C of warm"):
        site(heat_bus="warm", condensing_temperature_c=given)
    with pytest.raises(ValidationError, match="condensing_temperature_c"):
        Component.registry["chiller"].model_validate({**CHILLER, "heat_bus": "warm"})


def test_temperatures_must_be_known():
    with pytest.raises(InputError, match="weather"):
        site()
    with pytest.raises(InputError, match="plain without a temperature"):
        site(bus="plain", condensing_temperature_c=35.0)
    assert used_cop(site(bus="plain", cop=4.0)) == pytest.approx([4, 4])

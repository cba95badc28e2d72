"""Sites that several tests of results look at."""

import numpy as np
import pytest

from support import gas_at, grid_at, load_of, microgrid, option, planned, standing
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.outcome import Outcome

HOURS = 48


def works() -> Microgrid:
    """A park in which energy takes every kind of way: there and back, up and down."""
    t = np.arange(HOURS)
    day = (t % 24 >= 7) & (t % 24 < 19)
    sun = list(np.clip(np.sin((t % 24 - 6) / 12 * np.pi), 0, None))
    return microgrid(
        {
            "mill": load_of(300 + 100.0 * day),
            "workshop": load_of(60 + 80.0 * ~day, "north_power"),
            "steam_load": load_of(150 + 50.0 * day, "steam"),
            "dye_baths": load_of(
                120 + 80.0 * day,
                "heat",
                supply_temperature_c=15,
                target_temperature_c=75,
            ),
            "washing": load_of(80 + 20.0 * day, "heat"),
            "grid": grid_at(
                np.where(day, 0.2, 0.08), tariff={"export_price_per_kwh": 0.04}
            ),
            "gas_supply": gas_at(0.04),
            "steam_boiler": {
                "kind": "boiler",
                "input_bus": "gas",
                "bus": "steam",
                "capacity": standing("kw", 400),
            },
            "gas_engine_of_the_power_house": {
                "kind": "chp",
                "fuel_bus": "gas",
                "electricity_bus": "power",
                "electric_efficiency": 0.4,
                "heat_efficiency": {"heat": 0.4},
                "capacity": standing("kw", 100),
            },
            "desuperheater": {
                "kind": "heat_exchanger",
                "source": "steam",
                "sink": "heat",
                "capacity": standing("kw", 300),
            },
            "rooftop_pv": {
                "kind": "pv",
                "bus": "north_power",
                "yield_kw_per_kw": {"values": sun},
                "capacity": standing("kw", 700),
            },
            "cable": {
                "kind": "link",
                "from_bus": "power",
                "to_bus": "north_power",
                "length_km": 5,
                "capacity": standing("kw", 1000),
            },
            "battery": {
                "kind": "battery",
                "bus": "power",
                "energy": standing("kwh", 800),
                "power": standing("kw", 300),
            },
            "tank": {
                "kind": "thermal_storage",
                "bus": "heat",
                "energy": option("kwh", 1e4, 0.5),
            },
            "air_heat_pump": {
                "kind": "heat_pump",
                "electricity_bus": "power",
                "bus": "heat",
                "source_temperature_c": 20.0,
                "capacity": standing("kw", 60),
            },
            "effluent_heat_pump": {
                "kind": "heat_pump",
                "electricity_bus": "power",
                "bus": "heat",
                "source": "effluent",
                "capacity": standing("kw", 60),
            },
            "preheater": {
                "kind": "heat_exchanger",
                "source": "effluent",
                "sink": "dye_baths",
                "capacity": standing("kw", 60),
            },
            "effluent": {
                "kind": "waste_heat",
                "temperature_c": 60,
                "outlet_temperature_c": 25,
                "profile": {"values": list(300 + 60.0 * day)},
            },
        },
        HOURS,
        buses={
            "north_power": {"carrier": "electricity"},
            "steam": {"carrier": "heat", "temperature_c": 165.0},
        },
        represents="year",
    )


@pytest.fixture(scope="session")
def works_plan() -> Outcome:
    """The plan of the works: two days that stand for a year."""
    return Outcome(planned(works()))

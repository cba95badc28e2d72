from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    COMMITMENT,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.models.errors import InputError

#: 0.45 of Carnot from 25 to 80 C: 0.45 x 353.15 K / 55 K.
COP_25_TO_80 = 2.889409


class TestHeatPump(ComponentHarness):
    kind = "heat_pump"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "components": {
            "pump": {
                "kind": "heat_pump",
                "electricity_bus": "power",
                "bus": "heat",
                "source": "effluent",
                "capacity": option("kw", 100, 0.01),
            },
            "effluent": {
                "kind": "waste_heat",
                "temperature_c": 62.0,
                "outlet_temperature_c": 25.0,
                "profile": {"values": [30, 20, 40]},
            },
            "grid": grid_at([0.1, 0.12, 0.09]),
            "district": heat_at(0.09),
            "process": load_of([10, 40, 20], "heat"),
        },
    }
    variants: ClassVar = {
        "rated on electricity": {"rated_on": "electricity"},
        "on or off": {"commitment": COMMITMENT, "rated_on": "electricity"},
        "cools the stream by part": {"source_outlet_c": 40.0},
        "too cold to run": {
            "source": None,
            "source_temperature_c": {"values": [-60.0, 20.0, 20.0]},
        },
    }


def site(load=(10, 40), *, buses=None, extra=None, weather=None, **pump):
    fields = {
        "kind": "heat_pump",
        "electricity_bus": "power",
        "bus": "heat",
        "capacity": standing("kw", 1000),
        **pump,
    }
    components = {
        "pump": fields,
        "grid": grid_at(0.1),
        "process": load_of(load, "heat"),
        **(extra or {}),
    }
    return microgrid(components, len(load), buses=buses, weather=weather)


def used_cop(grid):
    return grid.series["components.pump.used_cop"]


def test_electricity_is_heat_over_cop():
    plan = planned(site(cop={"values": [2.5, 4.0]}))
    assert plan.values["grid"]["import_kw"] == pytest.approx([4, 10])
    assert plan.objective == pytest.approx(0.1 * 14)


def test_cop_is_a_share_of_carnot():
    grid = site(source_temperature_c=25.0)
    assert used_cop(grid) == pytest.approx([COP_25_TO_80] * 2)
    assert planned(grid).objective == pytest.approx(0.1 * 50 / COP_25_TO_80)


def test_cop_is_capped():
    """From 70 to 80 C the share of Carnot would be 15.9."""
    assert used_cop(site(source_temperature_c=70.0)) == pytest.approx([6.5, 6.5])
    capped = site(source_temperature_c=70.0, max_cop=4.0)
    assert used_cop(capped) == pytest.approx([4.0, 4.0])


def test_bus_is_a_source_at_its_temperature():
    """From 45 to 80 C: 0.45 x 353.15 / 35 = 4.5405; the rest comes from the bus."""
    grid = site(
        source="warm",
        buses={"warm": {"carrier": "heat", "temperature_c": 45.0}},
        extra={"district": heat_at(0.01, bus="warm")},
    )
    assert used_cop(grid) == pytest.approx([4.5405] * 2, abs=1e-4)
    plan = planned(grid)
    taken = 50 * (1 - 1 / 4.5405)
    assert plan.values["district"]["supply_kw"].sum() == pytest.approx(taken, rel=1e-4)
    assert plan.objective == pytest.approx(0.1 * 50 / 4.5405 + 0.01 * taken, rel=1e-4)


def test_stream_counts_with_its_coldest_temperature():
    """The evaporator cools the stream to its outlet, 25 C, whatever its inlet is."""
    stream = {"kind": "waste_heat", "outlet_temperature_c": 25.0, "profile": 20.0}
    for inlet in (40.0, 62.0):
        grid = site(
            source="effluent",
            extra={
                "effluent": {**stream, "temperature_c": inlet},
                "district": heat_at(0.5),
            },
        )
        assert used_cop(grid) == pytest.approx([COP_25_TO_80] * 2)
        # 20 kW of waste heat become 20 / (1 - 1 / COP) kW of heat.
        most = 20 / (1 - 1 / COP_25_TO_80)
        assert planned(grid).values["pump"]["heat_kw"] == pytest.approx([10, most])


def test_outdoor_air_comes_from_the_weather():
    weather = pd.DataFrame({"temp_air_c": [-5.0, 10.0]})
    cop = used_cop(site(source="air", weather=weather))
    assert cop == pytest.approx([0.45 * 353.15 / 85, 0.45 * 353.15 / 70])


def test_air_without_weather_is_refused():
    with pytest.raises(InputError, match="weather"):
        site(source="air")


@pytest.mark.parametrize(
    ("rated_on", "largest"), [("heat", [20, 20]), ("electricity", [50, 80])]
)
def test_size_counts_heat_or_electricity(rated_on, largest):
    plan = planned(
        site(
            (100, 100),
            cop={"values": [2.5, 4.0]},
            rated_on=rated_on,
            capacity=standing("kw", 20),
            extra={"district": heat_at(0.5)},
        )
    )
    assert plan.values["pump"]["heat_kw"] == pytest.approx(largest)


def test_source_hotter_than_the_sink_is_refused():
    with pytest.raises(InputError, match="heat_exchanger"):
        site(source_temperature_c={"values": [25.0, 80.0]})


@pytest.mark.parametrize("cop", [0.9, 12.5])
def test_impossible_cop_is_refused_with_its_time(cop):
    with pytest.raises(InputError, match=r"2026-01-01 01:00 \(1 steps\)"):
        site(cop={"values": [3.0, cop]})


def test_computed_cop_stays_below_carnot():
    source = np.linspace(-20, 79.5, 200)
    grid = site(
        tuple(np.ones(200)),
        source_temperature_c={"values": source.tolist()},
        max_cop=12.0,
        carnot_fraction=0.8,
    )
    assert (used_cop(grid) < 353.15 / (80 - source)).all()


# -- how far it cools, lifts and heats ------------------------------------------------

STREAM = {
    "kind": "waste_heat",
    "temperature_c": 60.0,
    "outlet_temperature_c": 20.0,
    "profile": 20.0,
}


def test_higher_outlet_means_a_better_cop_and_less_heat():
    """To 40 C the stream gives 10 of 20 kW; from 40 C the COP is 0.45 x 353.15 / 40."""
    extra = {"effluent": STREAM, "district": heat_at(0.5)}
    grid = site(source="effluent", source_outlet_c=40.0, extra=extra)
    cop = 0.45 * 353.15 / 40
    assert used_cop(grid) == pytest.approx([cop] * 2)
    plan = planned(grid)
    most = 10 / (1 - 1 / cop)
    assert plan.values["pump"]["heat_kw"] == pytest.approx([10, most])
    rejected = plan.values["effluent"]["rejected_kw"]
    assert rejected == pytest.approx([20 - 10 * (1 - 1 / cop), 10])


def test_what_it_leaves_another_takes():
    """Cooled to 40 C by one pump, and from there to 20 C by the next."""
    second = {
        "kind": "heat_pump",
        "electricity_bus": "power",
        "bus": "heat",
        "source": "effluent",
        "cop": 2.0,
        "capacity": standing("kw", 1000),
    }
    plan = planned(
        site(
            (100,),
            source="effluent",
            source_outlet_c=40.0,
            cop=5.0,
            extra={"effluent": STREAM, "district": heat_at(0.08), "second": second},
        )
    )
    assert plan.values["pump"]["heat_kw"] == pytest.approx([12.5])
    assert plan.values["second"]["heat_kw"] == pytest.approx([20])


@pytest.mark.parametrize(
    ("outlet", "fine"), [(19.0, False), (20.0, True), (59.0, True), (60.0, False)]
)
def test_outlet_lies_on_the_way_of_the_stream(outlet, fine):
    extra = {"effluent": STREAM}
    grid = site(source="effluent", source_outlet_c=outlet, extra=extra)
    found = [p.path for p in grid.components["pump"].problems(grid.nodes)]
    assert found == ([] if fine else ["source_outlet_c"])


def test_outlet_without_a_stream_is_refused():
    with pytest.raises(ValidationError, match="source_outlet_c is for"):
        site(cop=3.0, source_outlet_c=40.0)


def test_stands_still_where_the_lift_is_too_great():
    """80 K from 0 C is just so, 81 K from -1 C is not."""
    weather = pd.DataFrame({"temp_air_c": [-1.0, 0.0]})
    parts = {"district": heat_at(0.5)}
    grid = site((10, 10), source="air", weather=weather, extra=parts, max_lift_k=80.0)
    plan = planned(grid)
    assert plan.values["pump"]["heat_kw"] == pytest.approx([0, 10], abs=1e-9)
    assert plan.objective == pytest.approx(0.5 * 10 + 0.1 * 10 * 80 / (0.45 * 353.15))


def test_lift_and_availability_both_hold():
    weather = pd.DataFrame({"temp_air_c": [-1.0, 0.0, 20.0]})
    plan = planned(
        site(
            (100, 100, 100),
            source="air",
            weather=weather,
            extra={"district": heat_at(0.5)},
            max_lift_k=80.0,
            capacity=standing("kw", 50),
            availability={"values": [1.0, 0.4, 1.0]},
        )
    )
    assert plan.values["pump"]["heat_kw"] == pytest.approx([0, 20, 50], abs=1e-9)


def test_a_lift_that_is_always_too_great_is_refused():
    with pytest.raises(InputError, match=r"-60 at 2026-01-01 00:00 \(2 steps\).*130 K"):
        site(source_temperature_c=-60.0)
    assert used_cop(site(source_temperature_c=-60.0, cop=1.2)) == pytest.approx(
        [1.2] * 2
    )


@pytest.mark.parametrize(("bus_c", "fine"), [(160.0, True), (161.0, False)])
def test_hottest_bus_is_limited(bus_c, fine):
    buses = {"heat": {"carrier": "heat", "temperature_c": bus_c}}
    fields = {"source_temperature_c": 100.0, "buses": buses}
    if fine:
        assert used_cop(site(**fields)) == pytest.approx([0.45 * 433.15 / 60] * 2)
    else:
        with pytest.raises(InputError, match="at most 160 C"):
            site(**fields)
    assert used_cop(site(**fields, max_sink_c=170.0)).size == 2

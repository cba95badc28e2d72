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
from verdigrid.results.recompute import recompute
from verdigrid.scenarios.load import load

BUSES = {"warm": {"carrier": "heat", "temperature_c": 45.0}}
STREAM = {
    "kind": "waste_heat",
    "temperature_c": 60.0,
    "outlet_temperature_c": 20.0,
    "profile": 40.0,
}
PUMP = {
    "kind": "multi_source_heat_pump",
    "electricity_bus": "power",
    "bus": "heat",
    "capacity": standing("kw", 1000),
}


class TestMultiSourceHeatPump(ComponentHarness):
    kind = "multi_source_heat_pump"
    residuals = ("capacity limit",)
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "pump": {
                **PUMP,
                "capacity": option("kw", 100, 0.01),
                "sources": {
                    "effluent": {"source": "effluent", "source_outlet_c": 40.0},
                    "warm": {"source": "warm"},
                },
                "om_cost_per_kwh": 0.001,
            },
            "effluent": {**STREAM, "profile": {"values": [30, 20, 40]}},
            "solar_field": heat_at([0.03, 0.02, 0.04], bus="warm"),
            "grid": grid_at([0.1, 0.12, 0.09]),
            "boiler": heat_at(0.09),
            "process": load_of([40, 60, 50], "heat"),
        },
    }
    variants: ClassVar = {
        "on or off, one source too cold": {
            "commitment": COMMITMENT,
            "sources": {
                "effluent": {"source": "effluent"},
                "air": {"source_temperature_c": {"values": [-60.0, 10.0, 10.0]}},
            },
        },
    }


def site(load=(100,), *, sources, extra=None, weather=None, **pump):
    components = {
        "pump": {**PUMP, "sources": sources, **pump},
        "effluent": STREAM,
        "solar_field": heat_at(0.01, bus="warm"),
        "grid": grid_at(0.1),
        "boiler": heat_at(0.5),
        "process": load_of(load, "heat"),
        **(extra or {}),
    }
    return microgrid(components, len(load), buses=BUSES, weather=weather)


def cop_of(grid, source):
    return grid.series[f"components.pump.used_cop_{source}"]


def test_best_source_first_then_the_next():
    """40 kW of waste heat give 50 kW with COP 5, the other 50 kW come from the air."""
    plan = planned(
        site(sources={"waste": {"source": "effluent", "cop": 5.0}, "air": {"cop": 2.5}})
    )
    assert plan.values["pump"]["heat_waste_kw"] == pytest.approx([50])
    assert plan.values["pump"]["heat_air_kw"] == pytest.approx([50])
    assert plan.objective == pytest.approx(0.1 * (10 + 20))


def test_all_sources_share_one_size():
    """60 kW: 50 with waste heat, 10 from the air, 40 from the boiler."""
    sources = {"waste": {"source": "effluent", "cop": 5.0}, "air": {"cop": 2.5}}
    plan = planned(site(sources=sources, capacity=standing("kw", 60)))
    assert plan.values["pump"]["heat_air_kw"] == pytest.approx([10])
    assert plan.objective == pytest.approx(0.1 * (10 + 4) + 0.5 * 40)


def test_each_source_has_the_cop_of_its_temperature():
    weather = pd.DataFrame({"temp_air_c": [10.0]})
    grid = site(
        sources={
            "air": {"source": "air"},
            "bus": {"source": "warm"},
            "stream": {"source": "effluent"},
            "half": {"source": "effluent", "source_outlet_c": 40.0},
            "ground": {"source_temperature_c": 20.0},
            "given": {"cop": 3.0},
        },
        weather=weather,
    )
    found = [cop_of(grid, name)[0] for name in grid.components["pump"].sources]
    lifts = np.array([70.0, 35.0, 60.0, 40.0, 60.0])
    assert found == pytest.approx([*(0.45 * 353.15 / lifts), 3.0])


def test_a_stream_is_used_to_its_outlet_by_part():
    """To 40 C there are 20 kW with a better COP; all 40 kW only to 20 C.

    With a boiler at 0.05, 25 + 26.7 kW are better than 53.3 kW with COP 4.
    """
    plan = planned(
        site(
            extra={"boiler": heat_at(0.05)},
            sources={
                "half": {"source": "effluent", "source_outlet_c": 40.0, "cop": 5.0},
                "all": {"source": "effluent", "cop": 4.0},
            },
        )
    )
    assert plan.values["pump"]["heat_half_kw"] == pytest.approx([25])
    assert plan.values["pump"]["heat_all_kw"] == pytest.approx([20 / 0.75])
    assert plan.values["effluent"]["rejected_kw"] == pytest.approx([0], abs=1e-9)


def test_with_one_source_it_is_a_heat_pump():
    one = {"source": "effluent", "source_outlet_c": 30.0}
    many = site((20, 60), sources={"only": one})
    single = site(
        (20, 60),
        sources={"idle": {"cop": 1.0}},
        capacity=standing("kw", 0),
        extra={"single": {**PUMP, "kind": "heat_pump", **one}},
    )
    assert planned(many).objective == pytest.approx(planned(single).objective)


def test_a_source_that_is_too_cold_rests_the_others_run():
    """At -60 C outdoors the lift would be 140 K."""
    weather = pd.DataFrame({"temp_air_c": [-60.0, 20.0]})
    sources = {"air": {"source": "air"}, "ground": {"cop": 2.0}}
    plan = planned(site((10, 10), sources=sources, weather=weather))
    assert plan.values["pump"]["heat_air_kw"] == pytest.approx([0, 10], abs=1e-9)
    assert plan.values["pump"]["heat_ground_kw"] == pytest.approx([10, 0], abs=1e-9)
    inputs, pump = recompute(plan).inputs["pump"], plan.microgrid.components["pump"]
    wrong = {**plan.values["pump"], "heat_air_kw": np.array([5.0, 10.0])}
    off = pump.recompute(inputs, wrong).residuals["lift limit air"]
    assert off == pytest.approx([5, 0])


def test_size_zero_costs_nothing_and_uses_nothing():
    sources = {"air": {"cop": 3.0}}
    plan = planned(site(sources=sources, capacity=standing("kw", 0)))
    assert plan.objective == pytest.approx(50)
    assert figures_of(plan, "pump") == {}


def test_indicators_tell_the_sources_apart():
    sources = {"waste": {"source": "effluent", "cop": 5.0}, "air": {"cop": 2.5}}
    plan = planned(site(sources=sources))
    found = figures_of(plan, "pump")
    assert found["heat"] == pytest.approx(100)
    assert found["heat from waste"] == pytest.approx(50)
    assert found["mean COP"] == pytest.approx(100 / 30)


@settings(max_examples=15, deadline=None)
@given(
    cops=st.lists(st.floats(1.5, 6.0), min_size=2, max_size=3),
    size=st.floats(10.0, 120.0),
)
def test_first_law_and_merit_order(cops, size):
    """Unlimited sources: only the best is worth using."""
    sources = {f"s{n}": {"source": "warm", "cop": cop} for n, cop in enumerate(cops)}
    plan = planned(site(sources=sources, capacity=standing("kw", size)))
    heat, best = min(size, 100.0), max(cops)
    power, taken = heat / best, heat * (1 - 1 / best)
    cost = 0.1 * power + 0.01 * taken + 0.5 * (100 - heat)
    assert plan.objective == pytest.approx(cost)


# -- what is refused ----------------------------------------------------------------


def test_second_law_is_kept_by_every_source():
    with pytest.raises(
        InputError, match=r"sources\.hot\.source: got 80 at 2026"
    ) as caught:
        site(sources={"hot": {"source_temperature_c": 80.0}, "air": {"cop": 3.0}})
    assert "heat_exchanger" in str(caught.value)
    with pytest.raises(InputError, match=r"sources\.air\.cop: .*2026-01-01 01:00"):
        site((1, 1), sources={"air": {"cop": {"values": [3.0, 13.0]}}})
    with pytest.raises(InputError, match=r"sources\.air\.source: .*weather"):
        site(sources={"air": {"source": "air"}})


def test_outlet_lies_on_the_way_of_the_stream():
    grid = site(sources={"w": {"source": "effluent", "source_outlet_c": 10.0}})
    (problem,) = grid.components["pump"].problems(grid.nodes)
    assert problem.path == "sources.w.source_outlet_c"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sources": {}}, "at least one"),
        ({"sources": {"a-b": {"cop": 3.0}}}, "letters"),
        ({"sources": {"a": {}}}, "give source"),
        (
            {"commitment": {"min_load": 0.4, "part_load_efficiency": 0.9}},
            "no part_load_efficiency",
        ),
    ],
)
def test_bad_input_is_refused(change, message):
    fields = {**PUMP, "sources": {"a": {"cop": 3.0}}, **change}
    with pytest.raises(ValidationError, match=message):
        Component.registry["multi_source_heat_pump"].model_validate(fields)


def test_a_file_is_read(tmp_path):
    (tmp_path / "s.yaml").write_text(
        """\
schema: 1
name: pump
currency: EUR
time: {start: 2026-01-01, periods: 2, represents: as_is}
buses:
  power: {carrier: electricity}
  heat: {carrier: heat, temperature_c: 80}
components:
  grid:
    kind: grid
    bus: power
    import_limit_kw: 20
    tariff: {price_per_kwh: 0.2}
    emissions_kg_per_kwh: 0.4
  bath: {kind: load, bus: heat, profile: 10}
  effluent: {kind: waste_heat, temperature_c: 50, outlet_temperature_c: 20, profile: 9}
  pump:
    kind: multi_source_heat_pump
    electricity_bus: power
    bus: heat
    capacity: {existing_kw: 20, om_per_kw_year: 0}
    sources:
      waste: {source: effluent, source_outlet_c: 30}
      well: {source_temperature_c: {values: [12, 13]}}
""",
        encoding="utf-8",
    )
    grid = load(tmp_path / "s.yaml").microgrid
    assert cop_of(grid, "waste") == pytest.approx([0.45 * 353.15 / 50] * 2)
    assert cop_of(grid, "well") == pytest.approx(
        [0.45 * 353.15 / 68, 0.45 * 353.15 / 67]
    )

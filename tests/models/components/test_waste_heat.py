import itertools
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from harness import ComponentHarness
from support import grid_at, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.component import Component

EFFLUENT = {
    "kind": "waste_heat",
    "temperature_c": 62.0,
    "outlet_temperature_c": 25.0,
    "profile": 370.0,
}
BUSES = {
    "hot": {"carrier": "heat", "temperature_c": 70.0},
    "warm": {"carrier": "heat", "temperature_c": 50.0},
    "mild": {"carrier": "heat", "temperature_c": 40.0},
}


def exchanger(sink, source="effluent"):
    capacity = standing("kw", 1000)
    return {
        "kind": "heat_exchanger",
        "source": source,
        "sink": sink,
        "capacity": capacity,
    }


class TestWasteHeat(ComponentHarness):
    kind = "waste_heat"
    residuals = (
        "heat balance",
        "rejected",
        "part above 45 C",
        "part above 55 C",
        "part above 25 C",
    )
    example: ClassVar = {
        "periods": 3,
        "buses": BUSES,
        "components": {
            "effluent": {**EFFLUENT, "profile": {"values": [300, 100, 200]}},
            "plate": {**exchanger("warm"), "capacity": option("kw", 500, 0.01)},
            "second": exchanger("mild"),
            "pump": {
                "kind": "heat_pump",
                "electricity_bus": "power",
                "bus": "warm",
                "source": "effluent",
                "capacity": option("kw", 500, 0.01),
            },
            "grid": grid_at(0.1),
            "district": heat_at(0.12, bus="warm"),
            "neighbour": heat_at(0.05, bus="mild"),
            "process": load_of([80, 100, 120], "warm"),
            "offices": load_of([50, 40, 60], "mild"),
        },
    }

    def test_gives_no_more_than_it_has(self):
        plan = self.plan()
        taken = -sum(kw for e, kw in plan.booked.injections if e.node == "effluent")
        offered = self.site().series["components.effluent.profile"]
        assert (taken <= offered + 1e-6).all()
        rejected = plan.values["effluent"]["rejected_kw"]
        assert taken + rejected == pytest.approx(offered)


def test_only_what_is_hotter_than_the_sink_and_approach_passes():
    """62 C stream, 50 C sink, 5 K: (62 - 55) / 37 of 370 kW is 70 kW."""
    plan = planned(
        microgrid(
            {
                "effluent": EFFLUENT,
                "plate": exchanger("warm"),
                "district": heat_at(0.1, bus="warm"),
                "process": load_of([100, 50], "warm"),
            },
            2,
            buses=BUSES,
        )
    )
    assert plan.values["plate"]["heat_kw"] == pytest.approx([70, 50])
    assert plan.values["effluent"]["rejected_kw"] == pytest.approx([300, 320])
    assert plan.objective == pytest.approx(0.1 * 30)


def three_takers(hot=1000.0, mild=1000.0):
    """700 kW from 90 to 20 C: exchangers to 70 and 40 C, a heat pump for the rest."""
    return microgrid(
        {
            "exhaust": {
                "kind": "waste_heat",
                "temperature_c": 90.0,
                "outlet_temperature_c": 20.0,
                "profile": 700.0,
            },
            "first": exchanger("hot", "exhaust"),
            "second": exchanger("mild", "exhaust"),
            "pump": {
                "kind": "heat_pump",
                "electricity_bus": "power",
                "bus": "heat",
                "source": "exhaust",
                "cop": 2.0,
                "capacity": standing("kw", 10000),
            },
            "grid": grid_at(0.01, import_limit_kw=10000.0),
            "dear": heat_at(1.0, bus="hot"),
            "cheap": heat_at(0.5, bus="mild"),
            "other": heat_at(0.1, bus="heat"),
            "hot_process": load_of([hot], "hot"),
            "mild_process": load_of([mild], "mild"),
            "process": load_of([10000], "heat"),
        },
        1,
        buses=BUSES,
    )


def test_exchangers_share_the_hot_part_and_the_pump_takes_the_cold_rest():
    """Above 75 C: 150 kW. Above 45 C: 450 kW, with the 150. Below: 250 kW."""
    values = planned(three_takers()).values
    assert values["first"]["heat_kw"] == pytest.approx([150])
    assert values["second"]["heat_kw"] == pytest.approx([300])
    assert values["pump"]["heat_kw"] == pytest.approx([2 * 250])
    assert values["exhaust"]["rejected_kw"] == pytest.approx([0], abs=1e-6)


def test_what_the_hot_sink_leaves_serves_the_milder_one():
    values = planned(three_takers(hot=100.0)).values
    assert values["first"]["heat_kw"] == pytest.approx([100])
    assert values["second"]["heat_kw"] == pytest.approx([350])


def test_what_both_leave_goes_to_the_pump():
    values = planned(three_takers(hot=100.0, mild=50.0)).values
    assert values["pump"]["heat_kw"] == pytest.approx([2 * 550])


def test_a_mild_sink_may_take_the_hot_part_but_then_the_hot_sink_lacks_it():
    """Together never more than above 45 C, whoever takes it."""
    values = planned(three_takers(hot=0.0)).values
    assert values["second"]["heat_kw"] == pytest.approx([450])


def test_stream_that_nobody_uses_is_rejected():
    plan = planned(
        microgrid(
            {"effluent": EFFLUENT, "grid": grid_at(0.1), "plant": load_of([1, 2])}, 2
        )
    )
    assert plan.values["effluent"]["rejected_kw"] == pytest.approx([370, 370])


@pytest.mark.parametrize(
    ("temperature", "share"),
    [(10, 1.0), (25, 1.0), (43.5, 0.5), (55, 7 / 37), (62, 0.0), (90, 0.0)],
)
def test_share_above_a_temperature(temperature, share):
    stream = Component.registry["waste_heat"].model_validate(EFFLUENT)
    assert stream.share_above(temperature) == pytest.approx(share)


def test_share_never_grows_with_temperature():
    stream = Component.registry["waste_heat"].model_validate(EFFLUENT)
    shares = [stream.share_above(t) for t in np.linspace(0, 100, 201)]
    assert all(after <= before for before, after in itertools.pairwise(shares))


def test_outlet_above_inlet_is_refused():
    with pytest.raises(ValidationError, match="below temperature_c"):
        Component.registry["waste_heat"].model_validate(
            {**EFFLUENT, "outlet_temperature_c": 62.0}
        )

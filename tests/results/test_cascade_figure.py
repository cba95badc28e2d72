"""The heat cascade shows what its table says: composite curves and bars by use."""

from pathlib import Path

import numpy as np
import pytest

from support import (
    gas_at,
    grid_at,
    heat_at,
    load_of,
    microgrid,
    option,
    planned,
    standing,
)
from verdigrid.results.figures import draw_all, style
from verdigrid.results.figures.cascade import (
    EXCHANGED,
    FROM_BUS,
    LIFTED,
    REJECTED,
    Parts,
    cascade_figure,
    composite,
    headline,
    joined,
    parts_of,
    shift_of,
    use_of,
)
from verdigrid.results.heat_by_temperature import cut_heat
from verdigrid.results.outcome import Outcome


def parts(ends: list[float], kwh: dict[str, list[float]]) -> Parts:
    """Heat by interval and use."""
    return Parts("", np.array(ends), {use: np.array(heat) for use, heat in kwh.items()})


@pytest.fixture(scope="module")
def plan() -> Outcome:
    """A stream that a preheater cools to 30 C, and a heat pump the rest of the way."""
    stream = {"kind": "waste_heat", "temperature_c": 65, "outlet_temperature_c": 10}
    site = microgrid(
        {
            "baths": load_of(
                80, "heat", supply_temperature_c=25, target_temperature_c=75
            ),
            "effluent": {**stream, "profile": 110.0},
            "preheater": {
                "kind": "heat_exchanger",
                "source": "effluent",
                "sink": "baths",
                "capacity": standing("kw", 30),
            },
            "heat_pump": {
                "kind": "heat_pump",
                "electricity_bus": "power",
                "bus": "heat",
                "source": "effluent",
                "capacity": option("kw", 20, 1),
            },
            "grid": grid_at(0.1),
            "neighbour": heat_at(0.2),
        },
        4,
        represents="year",
    )
    return Outcome(planned(site))


# -- numbers -----------------------------------------------------------------------


def test_two_streams_make_one_curve() -> None:
    """10 kWh from 20 to 40 C and 30 kWh from 30 to 60 C: 5, then 5 + 10, then 20."""
    one = parts([20, 40], {EXCHANGED: [4], REJECTED: [6]})
    other = parts([30, 60], {REJECTED: [30]})
    both = composite([one, other])
    np.testing.assert_allclose(both.ends_c, [20, 30, 40, 60])
    np.testing.assert_allclose(both.total_kwh, [5, 15, 20])
    np.testing.assert_allclose(both.kwh[EXCHANGED], [2, 2, 0])
    np.testing.assert_allclose(both.kwh[REJECTED], [3, 13, 20])
    assert list(both.kwh)[-1] == REJECTED


def test_demands_stand_as_far_left_as_the_approach_lets_them() -> None:
    """A stream of 40 kWh from 60 to 20 C, a demand of 60 kWh from 15 to 75 C. Above
    55 C nothing can pass: the 40 kWh from 15 to 55 C end where the stream ends."""
    stream = parts([20, 60], {REJECTED: [40]})
    demand = parts([15, 75], {FROM_BUS: [60]})
    assert shift_of(stream, demand, 5) == pytest.approx(0)
    assert shift_of(stream, demand, 10) == pytest.approx(5)
    assert shift_of(stream, demand, 45) == pytest.approx(40)
    hot = parts([200, 300], {REJECTED: [40]})
    assert shift_of(hot, demand, 5) == 0
    assert shift_of(demand, hot, 5) == 60


def test_many_intervals_are_joined_without_loss() -> None:
    heat = {EXCHANGED: [5.0, 1, 1, 9, 2], REJECTED: [2.0, 9, 1, 1, 5]}
    part = parts([0, 1, 2, 3, 4, 5], heat)
    few = joined(part, most=3)
    np.testing.assert_array_equal(few.ends_c, [0, 1, 3, 5])
    np.testing.assert_allclose(few.kwh[EXCHANGED], [5, 2, 11])
    np.testing.assert_allclose(few.kwh[REJECTED], [2, 10, 6])
    np.testing.assert_array_equal(joined(part, most=5).ends_c, part.ends_c)


def test_users_are_told_by_what_they_do(plan: Outcome) -> None:
    microgrid = plan.solution.microgrid
    components = microgrid.components
    assert use_of(components["preheater"], microgrid) == EXCHANGED
    assert use_of(components["heat_pump"], microgrid) == LIFTED
    for cut in cut_heat(plan.solution):
        part = parts_of(cut, microgrid)
        np.testing.assert_allclose(part.total_kwh, cut.heat_kwh, rtol=1e-9)
        assert list(part.kwh)[-1] in (REJECTED, FROM_BUS)


# -- the picture -------------------------------------------------------------------


def test_the_headline_is_the_table(plan: Outcome) -> None:
    """All of 30 kW is exchanged and some lifted, of 110 kW through the year."""
    table = plan.tables.heat_by_temperature
    supply = table[table["side"] == "supply"]
    stream = parts_of(cut_heat(plan.solution)[-1], plan.solution.microgrid)
    used = supply["used_kwh"].sum()
    assert used > 30 * 8760
    text = headline(stream, style.Scale("MWh/a", 1e3))
    assert f"{used / 1e3:,.0f} of 964 MWh/a" in text
    figure = cascade_figure(plan)
    assert figure is not None
    bars = sum(bar.get_width() for bar in figure.axes[1].patches)
    assert bars == pytest.approx(964, abs=1)
    names = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert names[0] == "effluent"
    assert len(names) == 1 + len(supply)


@pytest.mark.filterwarnings("error")
def test_streams_without_demands(tmp_path: Path) -> None:
    kiln = {"kind": "waste_heat", "temperature_c": 300, "outlet_temperature_c": 120}
    site = microgrid({"kiln": {**kiln, "profile": 50.0}, "gas_supply": gas_at(1)}, 2)
    figure = cascade_figure(Outcome(planned(site)))
    assert figure is not None
    style.save(figure, tmp_path, "heat_cascade")


@pytest.mark.filterwarnings("error")
def test_a_site_without_heat(tmp_path: Path) -> None:
    outcome = Outcome(
        planned(microgrid({"mill": load_of([3, 4]), "grid": grid_at(0.1)}, 2))
    )
    assert cascade_figure(outcome) is None
    names = {path.stem for path in draw_all(outcome, None, tmp_path)}
    assert "sankey" in names
    assert "heat_cascade" not in names

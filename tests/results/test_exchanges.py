"""What firms of a park deliver to each other, by hand."""

from pathlib import Path

import pytest
from parks import assert_adds_up, exchanged, tables_of
from pydantic import ValidationError

from support import grid_at, heat_at, load_of, microgrid, planned, standing
from verdigrid.models.microgrid import Bus
from verdigrid.scenarios.load import load

LINE = {
    "kind": "link",
    "length_km": 1.0,
    "capacity": standing("kw", 100),
    "loss_per_km": 0.1,
}


def test_both_directions_of_a_day_are_two_exchanges() -> None:
    """Measured at the west's fence: the line, with its losses, is the east's.

    In the first hour 20 kWh go out and 18 arrive; in the second the west gives 10.
    """
    plan = planned(
        microgrid(
            {
                "east_grid": grid_at([0.1, 0.5], bus="east"),
                "west_grid": grid_at([0.5, 0.1], bus="west"),
                "east_hall": load_of([0, 9], "east"),
                "west_hall": load_of([18, 0], "west"),
                "line": {**LINE, "from_bus": "east", "to_bus": "west"},
            },
            2,
            buses={
                "east": {"carrier": "electricity", "firm": "Ost AG"},
                "west": {"carrier": "electricity", "firm": "West AG"},
            },
        )
    )
    assert exchanged(tables_of(plan)) == pytest.approx(
        {
            ("line", "electricity", "Ost AG", "West AG"): 18.0,
            ("line", "electricity", "West AG", "Ost AG"): 10.0,
        }
    )
    assert_adds_up(plan)


def test_a_chain_of_three_firms_passes_on() -> None:
    """90 kW leave the middle for the 81 of the end; the middle itself uses 9."""
    plan = planned(
        microgrid(
            {
                "grid": grid_at(0.1, bus="start"),
                "middle_hall": load_of([9], "middle"),
                "end_hall": load_of([81], "end"),
                "first": {
                    **LINE,
                    "from_bus": "start",
                    "to_bus": "middle",
                    "capacity": standing("kw", 110),
                },
                "second": {**LINE, "from_bus": "middle", "to_bus": "end"},
            },
            1,
            buses={
                name: {"carrier": "electricity", "firm": firm}
                for name, firm in (("start", "a"), ("middle", "b"), ("end", "c"))
            },
        )
    )
    assert plan.objective == pytest.approx(11.0)
    assert exchanged(tables_of(plan)) == pytest.approx(
        {
            ("first", "electricity", "a", "b"): 99.0,
            ("second", "electricity", "b", "c"): 81.0,
        }
    )
    firms = tables_of(plan).firms.set_index("firm")["electricity_per_year"]
    assert firms.to_dict() == pytest.approx({"a": 11, "b": 0, "c": 0, "park": 11})


def test_a_line_from_the_shared_grid_is_the_firms() -> None:
    """Each firm's draw on common ground shows, measured there."""
    plan = planned(
        microgrid(
            {
                "grid": grid_at(0.1),
                "hall": load_of([9, 18], "east"),
                "line": {**LINE, "from_bus": "power", "to_bus": "east"},
            },
            2,
            buses={"east": {"carrier": "electricity", "firm": "east"}},
        )
    )
    found = exchanged(tables_of(plan))
    assert found == pytest.approx({("line", "electricity", "shared", "east"): 30.0})


def test_heat_delivered_to_anothers_demand_is_exchanged_at_the_demand() -> None:
    """Baths from 15 to 75 C: the neighbour's 60 C bus warms them two thirds."""
    plan = planned(
        microgrid(
            {
                "waste": heat_at(0.0, bus="warm"),
                "steam": heat_at(0.1, bus="hot"),
                "bath": load_of(
                    [30, 60],
                    "hot",
                    supply_temperature_c=15.0,
                    target_temperature_c=75.0,
                ),
                "preheater": {
                    "kind": "heat_exchanger",
                    "source": "warm",
                    "sink": "bath",
                    "capacity": standing("kw", 100),
                },
            },
            2,
            buses={
                "warm": {"carrier": "heat", "temperature_c": 60.0, "firm": "giver"},
                "hot": {"carrier": "heat", "temperature_c": 80.0, "firm": "taker"},
            },
        )
    )
    share = (60 - 5 - 15) / 60
    assert exchanged(tables_of(plan)) == pytest.approx(
        {("preheater", "heat", "giver", "taker"): share * 90}
    )


# -- what a scenario file says ---------------------------------------------------

SITE = """\
schema: 1
name: two-firms
currency: EUR
time: {start: 2026-01-01, periods: 2, represents: as_is}
buses:
  east: {carrier: electricity, firm: FIRM}
  west: {carrier: electricity, firm: West AG}
components:
  grid:
    kind: grid
    bus: east
    import_limit_kw: 500
    emissions_kg_per_kwh: 0.4
    tariff: {price_per_kwh: 0.2}
  hall: {kind: load, bus: west, profile: 90}
  line:
    kind: link
    from_bus: east
    to_bus: west
    length_km: 2
    loss_per_km: 0.05
    capacity: {existing_kw: 100, om_per_kw_year: 0}
"""


def test_a_scenario_file_says_whose_bus_it_is(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.replace("FIRM", "Ost AG"))
    plan = planned(load(path, ()).microgrid)
    assert plan.objective == pytest.approx(0.2 * 200)
    found = exchanged(tables_of(plan))
    assert found == pytest.approx({("line", "electricity", "Ost AG", "West AG"): 180})


@pytest.mark.parametrize("name", ["", " ", "park", "shared"])
def test_names_that_the_results_use_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="firm's name"):
        Bus.model_validate({"carrier": "gas", "firm": name})

"""Heat of streams and demands by temperature: by hand, conserved, the best left."""

from dataclasses import replace

import numpy as np
import pytest

from support import grid_at, heat_at, load_of, microgrid, option, planned, standing
from verdigrid.models.arrays import Floats
from verdigrid.models.ledger import Injection
from verdigrid.models.solution import Solution
from verdigrid.results.heat_by_temperature import CutHeat, cut_heat, heat_table
from verdigrid.results.outcome import Outcome

#: Who takes or delivers: its name, the temperature that it needs or reaches, its kW.
Entry = tuple[str, float | None, list[float] | Floats]


def site(stream: list[float], demand: list[float]) -> Solution:
    """A stream from 60 to 20 C and a demand from 20 to 60 C that do not touch."""
    return planned(
        microgrid(
            {
                "effluent": {
                    "kind": "waste_heat",
                    "temperature_c": 60,
                    "outlet_temperature_c": 20,
                    "profile": {"values": stream},
                },
                "baths": load_of(
                    demand, "heat", supply_temperature_c=20, target_temperature_c=60
                ),
                "neighbour": heat_at(0.1),
            },
            len(stream),
        )
    )


def with_entries(solution: Solution, node: str, entries: list[Entry]) -> Solution:
    """The solution with these flows at ``node``, whatever else it may say."""
    booked = tuple(
        (Injection(node, owner, "heat", lambda t: 0.0, temperature), np.array(kw))
        for owner, temperature, kw in entries
    )
    return replace(solution, booked=replace(solution.booked, injections=booked))


def cut_of(solution: Solution, node: str) -> CutHeat:
    return next(cut for cut in cut_heat(solution) if cut.node == node)


# -- by hand ---------------------------------------------------------------------


def test_two_needs_at_one_stream() -> None:
    """Hour 1: 50 kW on either side of 40 C. The hot user can only take from above,
    30 kW; the cold user takes the 50 below, then 10 above. Hour 2: 20 kW on either
    side; the hot user takes all above, the cold user 10 below."""
    quiet = site([100.0, 40.0], [1.0, 1.0])
    entries: list[Entry] = [
        ("cold_user", 20.0, [-60.0, -10.0]),
        ("hot_user", 40.0, [-30.0, -20.0]),
    ]
    cut = cut_of(with_entries(quiet, "effluent", entries), "effluent")
    assert cut.side == "supply"
    assert cut.ends_c == (20, 40, 60)
    np.testing.assert_allclose(cut.heat_kwh, [70, 70])
    np.testing.assert_allclose(cut.users_kwh["hot_user"], [0, 50])
    np.testing.assert_allclose(cut.users_kwh["cold_user"], [60, 10])
    np.testing.assert_allclose(cut.rest_kwh, [10, 10])


def test_who_needs_the_hottest_chooses_first() -> None:
    """50, 25 and 25 kW from the cold up; the rest, 15 kW, is as hot as it can be."""
    quiet = site([100.0], [1.0])
    entries: list[Entry] = [
        ("cold_user", 20.0, [-60.0]),
        ("hot_user", 40.0, [-20.0]),
        ("hottest_user", 50.0, [-5.0]),
    ]
    cut = cut_of(with_entries(quiet, "effluent", entries), "effluent")
    assert cut.ends_c == (20, 40, 50, 60)
    np.testing.assert_allclose(cut.users_kwh["hottest_user"], [0, 0, 5])
    np.testing.assert_allclose(cut.users_kwh["hot_user"], [0, 20, 0])
    np.testing.assert_allclose(cut.users_kwh["cold_user"], [50, 5, 5])
    np.testing.assert_allclose(cut.rest_kwh, [0, 0, 15])


def test_two_deliveries_to_one_demand() -> None:
    """The mirror: who reaches 40 C serves the part below; who reaches 60 C serves
    the 50 kW above first, and 10 below. What the bus must do is as cold as can be."""
    quiet = site([1.0, 1.0], [100.0, 40.0])
    entries: list[Entry] = [
        ("hot_source", 60.0, [60.0, 10.0]),
        ("lukewarm_source", 40.0, [30.0, 20.0]),
    ]
    cut = cut_of(with_entries(quiet, "baths", entries), "baths")
    assert cut.side == "demand"
    np.testing.assert_allclose(cut.heat_kwh, [70, 70])
    np.testing.assert_allclose(cut.users_kwh["lukewarm_source"], [50, 0])
    np.testing.assert_allclose(cut.users_kwh["hot_source"], [10, 60])
    np.testing.assert_allclose(cut.rest_kwh, [10, 10])


def test_what_names_no_temperature_gets_nothing() -> None:
    """A stream gives to such a withdrawal only what is hotter than its inlet."""
    quiet = site([100.0], [100.0])
    for node, kw in (("effluent", -1e-9), ("baths", 1e-9)):
        cut = cut_of(with_entries(quiet, node, [("anybody", None, [kw])]), node)
        np.testing.assert_array_equal(cut.used_kwh, [0])


def test_the_table_is_empty_without_temperatures() -> None:
    outcome = Outcome(planned(microgrid({"a": load_of(1), "b": grid_at(1)}, 2)))
    table = outcome.tables.heat_by_temperature
    assert table.empty
    assert "rest_kwh" in table.columns
    assert "heat_by_temperature" not in dict(outcome.tables.items())


# -- on plans and on anything -----------------------------------------------------


def test_the_table_of_a_plan_agrees_with_its_dispatch() -> None:
    """Preheating and a heat pump on one stream; a year from two days."""
    t = np.arange(48)
    outcome = Outcome(
        planned(
            microgrid(
                {
                    "baths": load_of(
                        80 + 30 * np.sin(t / 3.0),
                        "heat",
                        supply_temperature_c=15,
                        target_temperature_c=75,
                    ),
                    "effluent": {
                        "kind": "waste_heat",
                        "temperature_c": 65,
                        "outlet_temperature_c": 10,
                        "profile": {"values": list(60 + 20 * np.cos(t / 4.0))},
                    },
                    "preheater": {
                        "kind": "heat_exchanger",
                        "source": "effluent",
                        "sink": "baths",
                        "capacity": standing("kw", 25),
                    },
                    "heat_pump": {
                        "kind": "heat_pump",
                        "electricity_bus": "power",
                        "bus": "heat",
                        "source": "effluent",
                        "source_outlet_c": 30,
                        "capacity": option("kw", 20, 1),
                    },
                    "grid": grid_at(0.1),
                    "neighbour": heat_at(0.2),
                },
                48,
                represents="year",
            )
        )
    )
    table = outcome.tables.heat_by_temperature
    assert "heat_by_temperature" in dict(outcome.tables.items())
    np.testing.assert_allclose(
        table["heat_kwh"], table["used_kwh"] + table["rest_kwh"], rtol=1e-12
    )
    assert (table["rest_kwh"] > -1e-3).all()
    solution, hours = outcome.solution, 8760 / 48
    for node, rest in (("effluent", "rejected_kw"), ("baths", "from_bus_kw")):
        rows = table[table["node"] == node]
        profile = solution.microgrid.series[f"components.{node}.profile"]
        assert len(rows) > 1
        assert rows["heat_kwh"].sum() == pytest.approx(profile.sum() * hours)
        assert rows["rest_kwh"].sum() == pytest.approx(
            solution.values[node][rest].sum() * hours, rel=1e-6
        )
    cut = cut_of(solution, "effluent")
    lifted = cut.users_kwh["heat_pump"]
    assert lifted.sum() > 0
    assert lifted[np.array(cut.ends_c[1:]) <= 30].sum() == 0


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_and_the_rest_is_as_good_as_can_be(seed: int) -> None:
    """Random needs that fit: all are served, and no part above any T is used but for
    what the heat below it could not give:

    used above T = max over T' <= T of (needs of T' or more - heat between T' and T)
    """
    random = np.random.default_rng(seed)
    steps = 6
    heat = random.uniform(0, 100, steps)
    needs = np.sort(random.uniform(20, 60, random.integers(1, 6)))[::-1]
    room, entries, taken = np.zeros(steps), [], np.zeros(steps)
    for n, need in enumerate(needs):
        room = (60 - need) / 40 * heat - taken
        kw = random.uniform(0, 1, steps) * room
        taken = taken + kw
        entries.append((f"user_{n}", float(need), -kw))
    random.shuffle(entries)
    for node, up in (("effluent", 1), ("baths", -1)):
        profiles = (list(heat), [1.0] * steps)[::up]
        mirrored: list[Entry] = [
            (owner, need if up > 0 else 80 - need, up * kw)
            for owner, need, kw in entries
        ]
        cut = cut_of(with_entries(site(*profiles), node, mirrored), node)
        assert cut.heat_kwh.sum() == pytest.approx(heat.sum())
        assert cut.used_kwh.sum() == pytest.approx(taken.sum())
        assert cut.rest_kwh.min() > -1e-9
        for owner, _, kw in entries:
            assert cut.users_kwh[owner].sum() == pytest.approx(-kw.sum())
        ends = np.array(cut.ends_c) if up > 0 else 80 - np.array(cut.ends_c[::-1])
        for n, end in enumerate(ends[:-1]):
            above = np.zeros(steps)
            for need in ends[: n + 1]:
                wants = sum((-kw for _, at, kw in entries if at >= need - 1e-9), 0)
                above = np.maximum(above, wants - (end - need) / 40 * heat)
            assert cut.used_kwh[::up][n:].sum() == pytest.approx(above.sum())


def test_rows_are_named_from_cold_to_hot() -> None:
    table = heat_table(site([100.0], [100.0]))
    assert table[["node", "low_c", "high_c"]].to_numpy().tolist() == [
        ["effluent", 20, 60],
        ["baths", 20, 60],
    ]
    assert table["side"].tolist() == ["supply", "demand"]

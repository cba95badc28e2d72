"""The energy graph of a plan balances, and says where energy comes from and goes."""

from dataclasses import replace

import pytest

from support import gas_at, grid_at, load_of, microgrid, planned, standing
from verdigrid.results.figures.sankey_flows import (
    ENVIRONMENT,
    Band,
    EnergyGraph,
    Vertex,
    energy_graph,
    without_cycles,
    without_small,
)
from verdigrid.results.figures.sankey_layout import columns_of
from verdigrid.results.outcome import Outcome

#: From the two days of the works to a year.
HOURS = 8760 / 48


@pytest.fixture(scope="module")
def graph(works_plan: Outcome) -> EnergyGraph:
    return energy_graph(works_plan)


def chain(*bands: tuple[str, str, float]) -> EnergyGraph:
    """A graph of bands (from, to, kWh)."""
    names = {name for band in bands for name in band[:2]}
    return EnergyGraph(
        {n: Vertex(n, "heat" if n.startswith("bus") else "") for n in sorted(names)},
        tuple(Band(start, end, "heat", kwh) for start, end, kwh in bands),
    )


def test_energy_in_is_energy_out_and_lost(graph: EnergyGraph) -> None:
    inner = [n for n in graph.vertices if graph.into(n) > 0 and graph.out_of(n) > 0]
    assert {"gas", "power", "heat", "steam_boiler", "effluent_heat_pump"} <= {*inner}
    for name in inner:
        given = graph.out_of(name) + graph.vertices[name].lost_kwh
        assert given == pytest.approx(graph.into(name), rel=1e-5)
    ends = [name for name in graph.vertices if not graph.out_of(name)]
    lost = sum(vertex.lost_kwh for vertex in graph.vertices.values())
    arrived = sum(graph.into(name) for name in ends) + lost
    assert arrived == pytest.approx(graph.total_kwh, rel=1e-5)


def test_bands_are_the_table_of_flows(works_plan: Outcome, graph: EnergyGraph) -> None:
    hours = HOURS
    flows, values = works_plan.tables.flows, works_plan.solution.values
    gas = flows["gas", "gas_supply", "supply"].sum() * hours
    assert graph.into("gas") == pytest.approx(gas)
    lost = graph.vertices["steam_boiler"].lost_kwh
    boiler = flows.xs("steam_boiler", axis=1, level="component")
    assert lost == pytest.approx(-boiler.to_numpy().sum() * hours)
    (rejected,) = (b for b in graph.bands if b.carrier == "rejected")
    assert rejected.start == "effluent"
    assert rejected.kwh == pytest.approx(
        values["effluent"]["rejected_kw"].sum() * hours, rel=1e-5
    )
    offered = works_plan.solution.microgrid.series["components.effluent.profile"]
    assert graph.out_of("effluent") == pytest.approx(offered.sum() * hours, rel=1e-5)
    assert graph.into("dye_baths") == pytest.approx(160 * 8760, rel=1e-5)


def test_what_an_air_heat_pump_gains_comes_from_the_environment(
    works_plan: Outcome, graph: EnergyGraph
) -> None:
    hours = HOURS
    own = works_plan.tables.flows.xs("air_heat_pump", axis=1, level="component")
    (band,) = (b for b in graph.bands if b.start == ENVIRONMENT)
    assert band.end == "air_heat_pump"
    assert band.kwh == pytest.approx(own.to_numpy().sum() * hours)


def test_storages_and_lines_are_netted_and_sales_are_not(
    works_plan: Outcome, graph: EnergyGraph
) -> None:
    flows, hours = works_plan.tables.flows, HOURS
    both_ways = flows["power", "cable", "sent"], flows["power", "cable", "received"]
    assert both_ways[0].sum() < 0 < both_ways[1].sum()
    assert flows["power", "battery", "discharge"].sum() > 0
    for name in ("cable", "battery", "tank"):
        own = flows.xs(name, axis=1, level="component")
        vertex = graph.vertices[name]
        dead_end = 0.0 if graph.out_of(name) else graph.into(name)
        lost = -own.to_numpy().sum() * hours
        assert vertex.lost_kwh + dead_end == pytest.approx(lost, rel=1e-4)
    assert graph.vertices["battery"].label == "battery losses"
    bought = flows["power", "grid", "import"].sum() * hours
    sold = -flows["power", "grid", "export"].sum() * hours
    assert sold > 0
    assert graph.out_of("grid") == pytest.approx(bought)
    assert graph.into("grid, export") == pytest.approx(sold)


def test_surplus_leaves_its_bus() -> None:
    site = microgrid(
        {
            "hall": load_of([10, 10], "heat"),
            "kiln": {
                "kind": "waste_heat",
                "temperature_c": 200,
                "outlet_temperature_c": 150,
                "profile": 30.0,
            },
            "grid": grid_at(1.0),
            "works": load_of(15),
            "engine": {
                "kind": "chp",
                "fuel_bus": "gas",
                "electricity_bus": "power",
                "electric_efficiency": 0.4,
                "heat_efficiency": {"heat": 0.4},
                "capacity": standing("kw", 50),
            },
            "gas_supply": gas_at(0.01),
        },
        2,
        buses={"heat": {"carrier": "heat", "allow_surplus": True}},
    )
    solution = planned(site)
    booked = solution.booked
    doubled = tuple(
        (entry, 2 * kw if (entry.owner, entry.node) == ("engine", "heat") else kw)
        for entry, kw in booked.injections
    )
    outcome = Outcome(replace(solution, booked=replace(booked, injections=doubled)))
    graph = energy_graph(outcome)
    assert graph.into("heat surplus") == pytest.approx(graph.into("heat") - 20)
    assert graph.vertices["heat surplus"].label == "heat, surplus"
    assert graph.into("kiln rejected") == pytest.approx(60)


def test_a_cycle_is_cut_at_its_smallest_band() -> None:
    round_trip = chain(
        ("grid", "bus a", 10),
        ("bus a", "electrolyser", 6),
        ("electrolyser", "bus b", 5),
        ("bus b", "cell", 5),
        ("cell", "bus a", 3),
        ("bus a", "load", 7),
    )
    cut = without_cycles(round_trip)
    assert len(cut.bands) == len(round_trip.bands) + 1
    assert cut.vertices["cell to bus a"].label == "back to bus a"
    assert cut.vertices["bus a from cell"].label == "back from cell"
    assert cut.into("cell to bus a") == cut.out_of("bus a from cell") == 3
    assert cut.into("bus a") == round_trip.into("bus a")
    columns = columns_of(cut)
    assert all(columns[band.start] < columns[band.end] for band in cut.bands)


def test_small_bands_are_left_out_and_counted() -> None:
    graph = without_small(
        chain(("a", "bus", 99.8), ("b", "bus", 0.2), ("bus", "c", 100.0))
    )
    assert set(graph.vertices) == {"a", "bus", "c"}
    assert graph.hidden_kwh == (0.2,)
    whole = chain(("a", "bus", 1.0), ("bus", "c", 1.0))
    assert without_small(whole).bands == whole.bands

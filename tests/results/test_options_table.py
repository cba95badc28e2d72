"""Options side by side: figures of their rows, and the numbers behind the figures."""

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.console import Console

from support import EXACT, gas_at, grid_at, load_of, microgrid, option, standing
from verdigrid.models.microgrid import Microgrid
from verdigrid.results.figures.options import (
    capacities_figure,
    cost_groups,
    costs_figure,
    emissions_figure,
    options_figures,
)
from verdigrid.results.options_table import (
    BASELINE,
    Option,
    largest,
    options_table,
    options_text,
    peak_import,
    self_use,
)
from verdigrid.results.summary import summarize
from verdigrid.results.write import plain_data
from verdigrid.studies.plan import make_plan

FINANCE = {"discount_rate": 0.05, "horizon_years": 20}


def site(**more: Any) -> Microgrid:
    """50 kW of power day and night, some heat, and what ``more`` adds."""
    components = {
        "works": load_of(50),
        "baths": load_of(40, "heat"),
        "grid": grid_at(0.2, tariff={"demand_charge_per_kw_month": 4.0}),
        "supply": gas_at(0.05),
        "boiler": {
            **{"kind": "boiler", "input_bus": "gas", "bus": "heat"},
            **{"efficiency": 0.8, "capacity": standing("kw", 60)},
        },
        **more,
    }
    return microgrid(components, 24, represents="year", finance=FINANCE)


SUN = [0.0] * 8 + [0.8] * 8 + [0.0] * 8
PV = {
    "kind": "pv",
    "bus": "power",
    "capacity": option("kw", 100, 500),
    "yield_kw_per_kw": {"values": SUN},
}
SUM = {"kind": "lump_sum", "price": {"capex": 1000}}


def summary(grid: Microgrid) -> dict[str, Any]:
    found = make_plan(grid, EXACT)
    data: dict[str, Any] = plain_data(summarize(found.plan, found.baseline))
    return data


@pytest.fixture(scope="module")
def options() -> list[Option]:
    today, sun = summary(site()), summary(site(roof=PV, roof_lump_sum=SUM))
    return [
        Option(BASELINE, "as it stands", (), "optimal", today),
        Option("roof", "sun", ("roof",), "optimal", sun, is_best=True),
        Option("wind", "wind", ("wind",), "infeasible", None, "no wind"),
    ]


def test_a_row_for_each_option(options: list[Option]) -> None:
    table = options_table(options).set_index("option")
    assert list(table.index) == ["baseline", "roof", "wind"]
    assert list(table["best"]) == [False, True, False]
    assert table.loc["wind", "reason"] == "no wind"
    # 50 kW in eight hours at 0.8 kW per kW
    assert table.loc["roof", "size:roof.capacity"] == pytest.approx(62.5)
    assert table.loc["roof", "capex"] == pytest.approx(62.5 * 500 + 1000)
    assert table.loc["roof", "largest"] == "roof 62 kW"
    assert table.loc["roof", "tonnes_avoided"] == pytest.approx(
        50 * 8 * 365 * 0.5 / 1000
    )
    assert not [column for column in table if "lump_sum" in column]


def test_the_printed_table(options: list[Option]) -> None:
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(options_text("x", options, "EUR"))
    printed = console.export_text()
    assert "sun *" in printed
    assert "market-based" not in printed  # nothing differs
    assert "infeasible" in printed
    assert "-0" not in printed.replace("-0.", "")


@pytest.mark.parametrize(
    ("energy", "share"),
    [
        ({}, None),
        ({"green_power": 0.0}, None),
        ({"green_power": 100.0}, 1.0),
        ({"green_power": 100.0, "exported_power": 30.0, "lost_in_batteries": 5}, 0.65),
        ({"green_power": 100.0, "exported_power": 300.0}, 0.0),
    ],
)
def test_own_use(energy: dict[str, float], share: float | None) -> None:
    measures = [{"measure": m, "kwh_per_year": e} for m, e in energy.items()]
    assert self_use({"measures": measures}) == share


def test_peaks_of_several_connections_add_up() -> None:
    told = [{"name": "peak import", "value": v} for v in (3.0, 4.0)]
    assert peak_import({"indicators": [*told, {"name": "peak", "value": 9}]}) == 7
    assert peak_import({"indicators": []}) is None


def test_the_largest_are_named_by_what_they_cost() -> None:
    def size(name: str, new: float, unit: str, price: float) -> dict[str, Any]:
        named = {"component": name, "capacity": "capacity", "unit": unit}
        return {**named, "new": new, "total": new, "investment": price}

    found = [size("a", 10, "kW", 5), size("b", 500, "kWh", 9), size("c", 0, "kW", 0)]
    assert largest({"capacities": found}) == "b 500 kWh, a 10 kW"
    many = [size(f"x{n}", 10, "kW", n) for n in range(9)]
    assert largest({"capacities": many}).startswith("x8 10 kW, x7 10 kW")
    assert largest({"capacities": many}).count(",") == 3


# -- figures -----------------------------------------------------------------------


def test_cost_groups_add_up(options: list[Option]) -> None:
    planned = options[:2]
    groups = cost_groups(planned)
    assert next(iter(groups)) == "investment"
    for n, one in enumerate(planned):
        total = sum(row[n] for row in groups.values())
        figures = one.summary["comparison"]["plan"]
        assert total == pytest.approx(figures["equivalent_annual_cost"])


def title_of(figure: Figure | None) -> str:
    assert figure is not None
    return figure.get_suptitle()


def test_titles_say_what_is_seen(options: list[Option]) -> None:
    planned = options[:2]
    assert title_of(costs_figure(planned, "EUR")).startswith("Sun costs least: ")
    assert "less than the site today" in title_of(emissions_figure(planned))
    # without the site as it stands nothing is compared with it
    alone = planned[1:]
    assert title_of(costs_figure(alone, "EUR")) == "Sun costs least"
    assert title_of(emissions_figure(alone)) == "Sun emits least"


def test_cash_flows_end_at_the_net_present_value(options: list[Option]) -> None:
    figure = options_figures(options, "EUR")["option_cash_flow"]
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 21]
    assert len(lines) == 1  # neither the baseline nor what has no plan
    value = options[1].summary["finance"]["figures"]["net_present_value"]["value"]
    end = np.asarray(lines[0].get_ydata())[-1]
    assert end * 1000 == pytest.approx(value)


def test_capacities_that_are_the_same_are_left_out(options: list[Option]) -> None:
    figure = capacities_figure(options[:2])
    assert figure is not None
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["roof"]
    assert capacities_figure([options[0], options[0]]) is None


def test_options_without_plans_have_no_figures(options: list[Option]) -> None:
    assert options_figures(options[2:], "EUR") == {}
    both = options_figures([options[0], options[2]], "EUR")
    assert set(both) == {"option_costs", "option_emissions"}

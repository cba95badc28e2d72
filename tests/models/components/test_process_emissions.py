from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness import ComponentHarness
from support import (
    figures_of,
    gas_at,
    grid_at,
    load_of,
    microgrid,
    objective,
    planned,
)
from verdigrid.models.carbon import BIOGENIC, Carbon
from verdigrid.models.component import Component
from verdigrid.models.errors import InfeasibleError
from verdigrid.results.ledgers import ledger_table
from verdigrid.results.outcome import Outcome
from verdigrid.results.recompute import recompute

#: 525 kg of CO2 leave the limestone for a tonne of clinker; 2 and 4 t in two hours.
KILN = {
    "kind": "process_emissions",
    "source": "calcination",
    "kg_per_tonne_product": 525.0,
    "product_tonnes_per_hour": {"values": [2.0, 4.0]},
}
FERMENTER = {
    "kind": "process_emissions",
    "source": "fermentation",
    "biogenic_kg_per_hour": {"values": [30.0, 10.0]},
}


class TestProcessEmissions(ComponentHarness):
    kind = "process_emissions"
    example: ClassVar = {
        "periods": 3,
        "components": {
            "kiln": {
                **KILN,
                "product_tonnes_per_hour": {"values": [2.0, 0.0, 4.0]},
                "biogenic_kg_per_hour": {"values": [5.0, 0.0, 7.0]},
            },
            "grid": grid_at([0.1, 0.2, 0.3]),
            "gas": gas_at(0.04),
            "plant": load_of([30, 20, 10]),
            "burner": load_of([10, 20, 10], "gas"),
        },
    }
    variants: ClassVar = {
        "by the hour": {
            "kg_per_hour": {"values": [900.0, 0.0, 1800.0]},
            "kg_per_tonne_product": None,
            "product_tonnes_per_hour": None,
        }
    }

    def test_example_really_uses_it(self):
        """It has no bus: what it does is to emit."""
        emitted = recompute(self.plan()).accounts["kiln"].emissions
        assert emitted[Carbon(1, "calcination")] == pytest.approx([1050, 0, 2100])
        assert emitted[Carbon(BIOGENIC, "calcination")] == pytest.approx([5, 0, 7])


def site(policies=None, **parts):
    """A kiln that runs on power without carbon, unless said otherwise."""
    parts = {
        "kiln": KILN,
        "grid": grid_at(0.1, emissions_kg_per_kwh=0.0),
        "plant": load_of([50, 50]),
        **parts,
    }
    return microgrid(parts, 2, policies=policies)


def by_source(plan):
    return recompute(plan).emissions_by_source


def test_emits_with_the_product():
    assert by_source(planned(site()))[Carbon(1, "calcination")] == pytest.approx(3150)


def test_emits_by_the_hour():
    kiln = {"kind": KILN["kind"], "source": "anodes", "kg_per_hour": 12.0}
    plan = planned(site(kiln=kiln))
    assert by_source(plan)[Carbon(1, "anodes")] == pytest.approx(24)


def test_costs_nothing_by_itself():
    assert objective(site()) == pytest.approx(10)


@pytest.mark.parametrize(("scopes", "paid"), [([1], 315.0), ([2, 3], 0.0)])
def test_a_price_on_scope_1_sees_it(scopes, paid):
    """3.15 t at 100."""
    price = {"kind": "carbon_price", "scopes": scopes, "price_per_tonne": 100.0}
    assert objective(site({"price": price})) == pytest.approx(10 + paid)


def test_allowances_are_surrendered_for_it():
    """3.15 t, of which 3 are free."""
    trading = {
        "kind": "emissions_trading",
        "price_per_tonne": 60.0,
        "free_tonnes_per_year": 3.0,
    }
    assert objective(site({"ets": trading})) == pytest.approx(10 + 0.15 * 60)


def test_a_cap_above_it_is_kept_and_one_below_is_not():
    """Nothing else emits in scope 1, so nothing can be done about it."""
    cap = {"kind": "carbon_cap", "scopes": [1], "tonnes_per_year": 3.15}
    assert objective(site({"cap": cap})) == pytest.approx(10)
    with pytest.raises(InfeasibleError, match="cap"):
        planned(site({"cap": {**cap, "tonnes_per_year": 3.1}}))


def test_carbon_of_plants_counts_in_no_scope():
    plan = planned(site(vat=FERMENTER))
    year = recompute(plan).yearly
    assert year.emitted([1, 2, 3]) == pytest.approx(3150)
    assert year.emissions[Carbon(BIOGENIC, "fermentation")] == pytest.approx(40)
    cap = {"kind": "carbon_cap", "scopes": [1, 2, 3], "tonnes_per_year": 3.15}
    assert objective(site({"cap": cap}, vat=FERMENTER)) == pytest.approx(10)


def test_carbon_of_plants_alone():
    plan = planned(site(kiln=FERMENTER))
    assert recompute(plan).yearly.emitted([1, 2, 3]) == 0
    table = ledger_table(Outcome(plan).tables.emissions).set_index("source")
    assert list(table.loc["biogenic"])[1:] == pytest.approx([40, 40])


def test_of_a_year():
    """Two hours that stand for 8760."""
    plan = planned(replace_calendar(site()))
    assert by_source(plan)[Carbon(1, "calcination")] == pytest.approx(3150 * 4380)


def replace_calendar(grid):
    return replace(grid, calendar=replace(grid.calendar, represents="year"))


def test_stands_in_the_baseline_too():
    plan = planned(site().baseline())
    assert by_source(plan)[Carbon(1, "calcination")] == pytest.approx(3150)


def test_key_figures():
    both = {**KILN, "biogenic_kg_per_hour": 20.0}
    figures = figures_of(planned(site(kiln=both)), "kiln")
    assert figures == pytest.approx({"emitted": 3.15, "biogenic": 0.04, "product": 6})


@settings(max_examples=10, deadline=None)
@given(
    product=st.lists(st.floats(0, 50), min_size=2, max_size=2),
    factor=st.floats(0, 2000),
)
def test_is_factor_times_product(product, factor):
    kiln = {
        **KILN,
        "kg_per_tonne_product": factor,
        "product_tonnes_per_hour": {"values": product},
    }
    found = by_source(planned(site(kiln=kiln)))[Carbon(1, "calcination")]
    assert found == pytest.approx(factor * sum(product))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kg_per_hour": 5.0}, "either"),
        ({"product_tonnes_per_hour": None}, "belong together"),
        ({"kg_per_tonne_product": None}, "belong together"),
        ({"kg_per_tonne_product": -1.0}, "kg_per_tonne_product"),
        ({"source": " "}, "source"),
        ({"kg_per_tonne_product": None, "product_tonnes_per_hour": None}, "give"),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Component.registry["process_emissions"].model_validate({**KILN, **fields})

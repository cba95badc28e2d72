"""Emission factors by name: from a file, for the right energy, in the right unit."""

# ruff: noqa: E501  (a case a line reads best)

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factor_edits import GRID, OWN, grid_with, resolved_factor, with_supply
from verdigrid.models.errors import InputError
from verdigrid.scenarios.factor_file import Entry, read_factor_file
from verdigrid.scenarios.load import load
from verdigrid.scenarios.paths import Files, library_folder
from verdigrid.scenarios.plausible import carbon_problem
from verdigrid.scenarios.show import merged_text, resolved_text
from verdigrid.tests.scenarios.conftest import BASE


@pytest.fixture(scope="module")
def library() -> dict[str, Entry]:
    folder = library_folder()
    return read_factor_file(folder / "factors.yaml", Files(folder))


# -- the library ----------------------------------------------------------------------


def test_every_factor_says_year_region_source_and_grade(library):
    for name, entry in library.items():
        factor = entry.factor
        assert factor.grade, name
        assert factor.region, name
        assert re.search(r"20\d\d", factor.source), name
        assert carbon_problem(factor.kg_per_kwh, factor.kind) is None, name


#: Announced figures, kg/kWh: national mean, without traded non-fossil power, fossil.
NATIONAL = {
    2021: (0.5568, None, 0.8426),
    2022: (0.5366, 0.5856, 0.8325),
    2023: (0.5306, 0.6096, 0.8273),
}


@pytest.mark.parametrize("year", NATIONAL)
def test_china_by_year(library, year):
    mean, residual, fossil = NATIONAL[year]
    kinds = {"grid": mean, "residual": residual, "fossil": fossil}
    for kind, value in kinds.items():
        entry = library.get(f"cn-{kind}-{year}")
        assert (entry and entry.factor.kg_per_kwh) == value
        if entry is not None:
            assert entry.factor.year == year
            ledger = "location" if kind == "grid" else "market"
            assert entry.factor.ledger == ledger


def test_regions_lie_around_the_national_mean(library):
    regions = (
        "north",
        "northeast",
        "east",
        "central",
        "northwest",
        "south",
        "southwest",
    )
    for year in (2022, 2023):
        values = [library[f"cn-{one}-{year}"].factor.kg_per_kwh for one in regions]
        assert min(values) < NATIONAL[year][0] < max(values)


#: Published per unit of fuel: kg CO2, kgce. Both follow from the parts.
PER_UNIT = {
    "cn-natural-gas": (2.1622, 1.33),
    "cn-raw-coal": (1.9003, 0.7143),
    "cn-coke": (2.8604, 0.9714),
    "cn-diesel": (3.0959, 1.4571),
    "cn-gasoline": (2.9251, 1.4714),
    "cn-fuel-oil": (3.1705, 1.4286),
    "cn-lpg": (3.1013, 1.7143),
}


@pytest.mark.parametrize("name", PER_UNIT)
def test_fuels_follow_from_their_parts(library, name):
    factor, (kg, kgce) = library[name].factor, PER_UNIT[name]
    parts = factor.carbon_tc_per_tj * factor.oxidation_fraction * 44 / 12  # t/TJ
    assert factor.kg_per_kwh == pytest.approx(parts * 3.6 / 1000, abs=1e-6)
    per_unit = parts * factor.heating_value_mj_per_unit / 1000
    assert per_unit == pytest.approx(kg, abs=3e-4)
    assert factor.kg_per_kwh * factor.kwh_per_unit == pytest.approx(kg, abs=3e-4)
    assert factor.heating_value_mj_per_unit / 29.307 == pytest.approx(kgce, rel=2e-3)
    assert factor.kgce_per_unit == kgce


def test_natural_gas_of_three_sources(library):
    china = library["cn-natural-gas"].factor.kg_per_kwh
    assert china == pytest.approx(0.200, abs=1e-4)
    assert china / 3.6e-3 == pytest.approx(55.5, abs=0.05)  # kg/GJ
    europe = library["eu-natural-gas"].factor.kg_per_kwh
    america = library["us-natural-gas"].factor.kg_per_kwh
    higher = 117.03 * 0.45359237 / 293.071  # lb/MMBtu of higher heating value
    assert america == pytest.approx(higher / 0.901, abs=1e-4)
    world = library["ipcc-natural-gas"].factor.kg_per_kwh
    for value in (europe, america, world):
        assert value == pytest.approx(china, rel=0.02)


def test_wood_lignite_and_heat(library):
    assert library["ipcc-wood"].factor.kg_per_kwh == 0
    wood = library["ipcc-wood"].factor.biogenic_kg_per_kwh
    assert wood == pytest.approx(112 * 3.6e-3)
    assert library["ipcc-lignite"].factor.kg_per_kwh == pytest.approx(0.364, abs=5e-4)
    assert library["cn-heat-default"].factor.kg_per_kwh == pytest.approx(0.11 * 3.6)


def test_us_grid_from_pounds(library):
    value = library["us-srvc-2023"].factor.kg_per_kwh
    assert value == pytest.approx(596.3 * 0.45359237 / 1000, abs=5e-5)


#: What the bundled sites had as numbers.
SITES = {
    "cement-works": {"grid": 0.5271},
    "dyeing-park": {"grid": 0.55},
    "food-factory": {"grid": 0.363, "gas_supply": 0.198},
    "us-plant": {"grid": 0.2705, "gas_supply": 0.2010},
    "three-firm-park": dict.fromkeys(
        ("foundry_grid", "dairy_grid", "logistics_grid"), 0.6361
    ),
}


@pytest.mark.parametrize("site", SITES)
def test_sites_take_their_factors_by_name(site):
    scenario = load(f"library:{site}")
    for name, value in SITES[site].items():
        place = ("components", name, "emissions_kg_per_kwh")
        assert resolved_factor(scenario, name) == value
        assert "factor" in type(scenario.document.origin(place)).__name__.lower()
    assert "library:factors.yaml" in scenario.files
    assert not any("years before" in note for note in scenario.notes)


# -- by name --------------------------------------------------------------------------


def test_a_name_becomes_its_number_with_its_source(box):
    scenario = box.load(grid_with(box, "{factor: cn-grid-2023}"))
    assert resolved_factor(scenario) == 0.5306
    series = scenario.microgrid.series["components.grid.emissions_kg_per_kwh"]
    assert (series == 0.5306).all()
    for text in (resolved_text(scenario), merged_text(scenario)):
        line = next(one for one in text.split("\n") if "emissions_kg_per_kwh" in one)
        assert "0.5306  # s.yaml:16, factor cn-grid-2023 of 2023 for China" in line
        assert "(library:factors.yaml:" in line
        assert "National Bureau of Statistics" in line
        assert "(secondary)" in line
    again = box.load(resolved_text(scenario))
    assert again.resolved == scenario.resolved
    assert "library:factors.yaml" not in again.files


def test_a_computed_number_shows_how(box):
    scenario = box.load(with_supply(box, "{factor: cn-natural-gas}"))
    assert resolved_factor(scenario, "supply") == 0.19994
    text = resolved_text(scenario)
    assert "15.3 tC/TJ x 0.99 x 44/12 x 0.0036" in text
    assert box.load(text).resolved == scenario.resolved


def test_other_keys_take_other_figures(box):
    text = with_supply(
        box,
        "{factor: ipcc-wood}, biogenic_kg_per_kwh: {factor: ipcc-wood}",
        "biomass",
    )
    scenario = box.load(text)
    assert resolved_factor(scenario, "supply") == 0
    assert resolved_factor(scenario, "supply", "biogenic_kg_per_kwh") == 0.4032
    text = text.replace("biogenic_kg_per_kwh: {", "upstream_kg_per_kwh: {")
    message = box.problem(text)
    assert "ipcc-wood, which has no upstream_kg_per_kwh" in message
    assert message.startswith("s.yaml:19: ")


def test_by_set_and_from_costs_and_policies(box):
    setting = "components.grid.emissions_kg_per_kwh={factor: cn-east-2022}"
    scenario = box.load(box.base, setting)
    assert resolved_factor(scenario) == 0.5617
    assert "# --set, factor cn-east-2022" in resolved_text(scenario)
    costs = """\
costs:
  currency: EUR
  price_year: 2025
  defaults:
    grid: {upstream_kg_per_kwh: 0.05, market_kg_per_kwh: {factor: cn-residual-2023}, source: us 2025}
"""
    scenario = box.load(box.base + costs)
    assert resolved_factor(scenario, key="market_kg_per_kwh") == 0.6096
    policy = """\
policies:
  bought: {kind: green_certificates, price_per_mwh: 5, replaces_kg_per_kwh: {factor: cn-residual-2023}}
"""
    scenario = box.load(box.base + policy, "components.grid.market_kg_per_kwh=0.7")
    assert scenario.resolved["policies"]["bought"]["replaces_kg_per_kwh"] == 0.6096
    message = box.problem(box.base + policy.replace("cn-residual-2023", "cn-diesel"))
    assert "cn-diesel, a factor of fuel, expected a factor of electricity" in message


def test_a_profile_may_still_be_scaled(box):
    scenario = box.load(grid_with(box, "{values: [0.1, 0.2, 0.3, 0.4], factor: 0.5}"))
    series = scenario.microgrid.series["components.grid.emissions_kg_per_kwh"]
    assert list(series) == pytest.approx([0.05, 0.1, 0.15, 0.2])


def test_nothing_is_read_where_nothing_is_named(box):
    assert "library:factors.yaml" not in box.load().files


# -- own files ------------------------------------------------------------------------


def test_own_files_add_and_override(box):
    box.write("own.yaml", OWN)
    section = "factors: {files: [own.yaml]}\n"
    scenario = box.load(section + grid_with(box, "{factor: mine}"))
    assert resolved_factor(scenario) == 0.25
    assert {"own.yaml", "library:factors.yaml"} <= set(scenario.files)
    assert "factor mine of 2026 for here (own.yaml:3)" in resolved_text(scenario)
    box.write("own.yaml", OWN.replace("mine:", "cn-grid-2023:"))
    scenario = box.load(section + grid_with(box, "{factor: cn-grid-2023}"))
    assert resolved_factor(scenario) == 0.25
    # an entry replaces another as a whole: nothing of the library shows through
    assert "Bureau of Statistics" not in resolved_text(scenario)


def test_files_are_named_from_the_file_that_lists_them(box):
    box.write("site/own.yaml", OWN)
    text = grid_with(box, "{factor: mine}") + "factors: {files: [own.yaml]}\n"
    box.write("site/base.yaml", text)
    scenario = box.load("extends: site/base.yaml\n")
    assert resolved_factor(scenario) == 0.25


FILES, NAMES = ("a.yaml", "b.yaml", "c.yaml"), ("cn-grid-2023", "one", "two")


@settings(max_examples=25, deadline=None)
@given(
    entries=st.lists(
        st.dictionaries(st.sampled_from(NAMES), st.integers(1, 1400), min_size=1),
        min_size=3,
        max_size=3,
    ),
    order=st.lists(st.sampled_from(range(3)), max_size=4),
    name=st.sampled_from(NAMES),
)
def test_the_last_file_that_has_a_name_counts(entries, order, name):
    """Whatever the files and their order: as if dictionaries were laid over each other."""
    with tempfile.TemporaryDirectory() as folder:
        for file, content in zip(FILES, entries, strict=True):
            lines = ["schema: 1", "factors:"]
            for key, value in content.items():
                entry = "kind: electricity, ledger: location, year: 2026, region: x"
                lines.append(
                    f"  {key}: {{{entry}, source: {file}, kg_per_kwh: {value / 1000}}}"
                )
            Path(folder, file).write_text("\n".join(lines), encoding="utf-8")
        known = {"cn-grid-2023": (0.5306, "library")}
        for number in order:
            for key, value in entries[number].items():
                known[key] = (value / 1000, FILES[number])
        text = BASE.replace(GRID, f"emissions_kg_per_kwh: {{factor: {name}}}")
        files = ", ".join(FILES[number] for number in order)
        path = Path(folder, "s.yaml")
        path.write_text(f"{text}factors: {{files: [{files}]}}\n", encoding="utf-8")
        if name not in known:
            with pytest.raises(InputError, match=f"unknown factor '{name}'"):
                load(path)
            return
        scenario = load(path)
        value, source = known[name]
        assert resolved_factor(scenario) == value
        assert f"/{source}:" in resolved_text(scenario) or source == "library"


# -- notes ----------------------------------------------------------------------------


def test_a_location_based_factor_for_the_market_is_remarked_on(box):
    text = box.edited(
        (GRID, f"{GRID}\n    market_kg_per_kwh: {{factor: cn-grid-2023}}")
    )
    scenario = box.load(text)
    assert resolved_factor(scenario, key="market_kg_per_kwh") == 0.5306
    assert any("location-based" in note for note in scenario.notes)
    text = text.replace("cn-grid-2023", "cn-residual-2023")
    assert not any("location-based" in note for note in box.load(text).notes)


@pytest.mark.parametrize(
    ("year", "noted"), [(2020, 0), (2026, 0), (2027, 1), (2031, 1)]
)
def test_an_old_mix_is_remarked_on_once(box, year, noted):
    text = grid_with(box, "{factor: cn-grid-2023}").replace(
        "2026-01-01", f"{year}-01-01"
    )
    text = text.replace(
        "    tariff", "    market_kg_per_kwh: {factor: cn-grid-2023}\n    tariff"
    )
    notes = [note for note in box.load(text).notes if "before the scenario" in note]
    assert len(notes) == noted
    for note in notes:
        assert f"cn-grid-2023 is of 2023, {year - 2023} years" in note
        assert "emissions_kg_per_kwh, components.grid.market_kg_per_kwh" in note


def test_fuels_do_not_age(box):
    text = with_supply(box, "{factor: cn-diesel}", "oil")
    assert not any("before the scenario" in note for note in box.load(text).notes)

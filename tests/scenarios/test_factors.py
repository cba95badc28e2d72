"""Emission factors by name: from a file, for the right energy, in the right unit."""

# ruff: noqa: E501  (a case a line reads best)

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verdigrid.models.component import Component
from verdigrid.models.errors import InputError
from verdigrid.models.parameter import unit_of
from verdigrid.models.policy import Policy
from verdigrid.models.profile import Profile
from verdigrid.scenarios.factor_file import Entry, Factor, read_factor_file
from verdigrid.scenarios.factors import ENDING
from verdigrid.scenarios.load import load
from verdigrid.scenarios.paths import Files, library_folder
from verdigrid.scenarios.plausible import CARBON_BANDS, CARBON_UNIT, carbon_problem
from verdigrid.scenarios.show import merged_text, resolved_text
from verdigrid.scenarios.validate import model_inside
from verdigrid.tests.scenarios.conftest import BASE

GRID = "emissions_kg_per_kwh: 0.4"
GAS = """\
  supply: {kind: fuel_supply, bus: fuel, price_per_kwh: 0.1, emissions_kg_per_kwh: %s}
"""
OWN = """\
schema: 1
factors:
  mine:
    kind: electricity
    ledger: location
    year: 2026
    region: here
    source: our meter, 2026
    kg_per_kwh: 0.25
"""


def grid_with(box, factor: str) -> str:
    return box.edited((GRID, f"emissions_kg_per_kwh: {factor}"))


def with_supply(box, factor: str, carrier: str = "gas") -> str:
    bus = f"{{carrier: {carrier}}}"
    if carrier in ("heat", "cooling"):
        bus = f"{{carrier: {carrier}, temperature_c: 80}}"
    buses = "  electricity: {carrier: electricity}\n"
    return box.edited((buses, f"{buses}  fuel: {bus}\n")) + GAS % factor


def resolved_factor(scenario, name="grid", key="emissions_kg_per_kwh") -> float:
    return scenario.resolved["components"][name][key]


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


# -- refused --------------------------------------------------------------------------

#: What, factor of the grid, words of the message.
NAMES_REFUSED = [
    ("misspelt", "{factor: cn-gird-2023}", ["cn-gird-2023", "did you mean cn-grid-2023?"]),
    ("unknown", "{factor: xyz}", ["unknown factor 'xyz'", "see library:factors"]),
    ("fuel", "{factor: cn-natural-gas}", ["a factor of fuel, expected a factor of electricity"]),
    ("heat", "{factor: cn-heat-default}", ["a factor of heat"]),
    ("residual", "{factor: cn-residual-2023}", ["market-based", "location-based", "use market_kg_per_kwh"]),
    ("two", "{factor: cn-grid-2023, file: x.csv}", ["beside file", "a factor alone"]),
    ("number", "{factor: 5}", ["a profile needs"]),
    ("list", "{factor: [5]}", ["number"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("factor", "words"),
    [case[1:] for case in NAMES_REFUSED],
    ids=[case[0] for case in NAMES_REFUSED],
)
def test_names_that_do_not_fit(box, factor, words):
    message = box.problem(grid_with(box, factor))
    assert message.startswith("s.yaml:16: components.grid.emissions_kg_per_kwh")
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("carrier", "factor", "got"),
    [
        ("gas", "cn-grid-2023", "electricity"),
        ("coal", "cn-heat-default", "heat"),
        ("heat", "cn-natural-gas", "fuel"),
        ("electricity", "cn-natural-gas", "fuel"),
    ],
)
def test_a_purchase_needs_a_factor_of_what_its_bus_carries(box, carrier, factor, got):
    message = box.problem(with_supply(box, f"{{factor: {factor}}}", carrier))
    assert f"s.yaml:19: components.supply.emissions_kg_per_kwh: got {factor}" in message
    assert f"a factor of {got}" in message


def test_a_contract_has_both_ledgers(box):
    purchase = """\
  contract:
    kind: power_purchase
    bus: electricity
    delivery: grid
    capacity: {existing_kw: 5, om_per_kw_year: 0}
    shape_kw_per_kw: 0.5
    price_per_kwh: 0.3
    network_fee_per_kwh: 0.1
    certificate: false
    take_or_pay: true
    market_kg_per_kwh: {factor: cn-fossil-2023}
    location_kg_per_kwh: {factor: %s}
"""
    message = box.problem(box.base + purchase % "cn-residual-2023")
    assert "contract.location_kg_per_kwh: got cn-residual-2023, a market" in message
    scenario = box.load(box.base + purchase % "cn-grid-2023")
    assert resolved_factor(scenario, "contract", "location_kg_per_kwh") == 0.5306


def test_heat_may_be_bought_with_the_default(box):
    scenario = box.load(with_supply(box, "{factor: cn-heat-default}", "heat"))
    assert resolved_factor(scenario, "supply") == 0.396


#: Edits of the own file: old, new, line of the problem, words of the message.
FILES_REFUSED = [
    ("kg_per_kwh: 0.25", "kg_per_kwh: 530.6", 9, ["0 to 1.5", "g/kWh", "0.5306"]),
    ("kg_per_kwh: 0.25", "kg_per_kwh: -0.1", 9, ["0 to 1.5"]),
    ("kg_per_kwh: 0.25", "kg_per_gj: 800", 9, ["800 kg/GJ x 0.0036 = 2.88 kg/kWh"]),
    ("kg_per_kwh: 0.25", "kg_per_kwh: 25%", 9, ["use 0.25"]),
    ("    kg_per_kwh: 0.25\n", "", 3, ["exactly one of kg_per_kwh"]),
    ("kg_per_kwh: 0.25", "kg_per_kwh: 0.25\n    kg_per_gj: 55", 3, ["exactly one of"]),
    ("    source: our meter, 2026\n", "", 3, ["where the number comes from"]),
    ("    year: 2026\n", "", 3, ["year the factor is of"]),
    ("year: 2026", "year: 1926", 6, ["at least 1990"]),
    ("ledger: location", "ledger: residual", 5, ["'location'"]),
    ("    ledger: location\n", "", 3, ["ledger: location or market"]),
    ("kind: electricity", "kind: fuel", 3, ["ledger"]),
    ("kind: electricity", "kind: power", 4, ["'electricity'"]),
    ("region: here", "regoin: here", 7, ["did you mean region"]),
    ("region: here", "unit: kg\n    region: here", 3, ["for fuels alone"]),
    ("  mine:", "  My own:", 3, ["^[a-z]"]),
    ("schema: 1", "schema: 2", 1, ["got 2"]),
    ("schema: 1\n", "schema: 1\nextends: library:factors\n", 2, ["unknown key"]),
    ("factors:", "factor:", 2, ["did you mean factors"]),
    ("kg_per_kwh: 0.25", "kg_per_kwh: 0.25\n    upstream_kg_per_kwh: 40", 10, ["g/kWh"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), FILES_REFUSED)
def test_a_wrong_file_is_refused_at_its_line(box, old, new, line, words):
    assert OWN.count(old) == 1
    box.write("own.yaml", OWN.replace(old, new))
    text = "factors: {files: [own.yaml]}\n" + box.base
    message = "\n".join(map(str, box.problems(text)))
    assert f"own.yaml:{line}: " in message
    for word in words:
        assert word in message


FUEL = """\
schema: 1
factors:
  mine:
    kind: fuel
    year: 2026
    region: here
    source: our laboratory, 2026
    unit: m3
    heating_value_mj_per_unit: 36
    kg_per_unit: 2.0
"""
FUELS_REFUSED = [
    ("heating_value_mj_per_unit: 36", "heating_value_mj_per_unit: 38931", 9, ["at most 144"]),
    ("    heating_value_mj_per_unit: 36\n", "", 3, ["a heating value beside kg_per_unit"]),
    ("    unit: m3\n", "", 3, ["unit: kg or m3"]),
    ("kg_per_unit: 2.0", "kg_per_kwh: 2.162", 10, ["0 to 1.2", "kg per kg or m3"]),
    ("kg_per_unit: 2.0", "kg_per_kwh: 55.5", 10, ["kg/GJ: 0.1998"]),
    ("kg_per_unit: 2.0", "kg_per_kwh: 200", 10, ["g/kWh or kg/MWh: 0.2"]),
    ("kg_per_unit: 2.0", "kg_per_unit: 2000", 10, ["2000 kg / 10 kWh = 200"]),
    ("kg_per_unit: 2.0", "kg_per_gj: 0.2\n    carbon_tc_per_tj: 15.3", 3, ["exactly one"]),
    ("kg_per_unit: 2.0", "kg_per_gj: 56\n    oxidation_fraction: 0.9", 3, ["carbon_tc_per_tj"]),
    ("kg_per_unit: 2.0", "kg_per_gj: 56\n    kgce_per_unit: 1.33", 3, ["near 1.228"]),
    ("kg_per_unit: 2.0", "carbon_tc_per_tj: 15.3\n    oxidation_fraction: 99", 11, ["use 0.99"]),
    ("unit: m3", "unit: m3\n    heating_value_kwh_per_unit: 10", 3, ["one heating value"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), FUELS_REFUSED)
def test_a_wrong_fuel_is_refused_at_its_line(box, old, new, line, words):
    assert FUEL.count(old) == 1
    box.write("own.yaml", FUEL.replace(old, new))
    text = "factors: {files: [own.yaml]}\n" + box.base
    message = "\n".join(map(str, box.problems(text)))
    assert f"own.yaml:{line}: " in message
    for word in words:
        assert word in message


def test_four_ways_to_the_same_factor():
    head = {"kind": "fuel", "year": 2026, "region": "x", "source": "x"}
    unit = {"unit": "m3", "heating_value_kwh_per_unit": 10.0}
    for figures in (
        {"kg_per_kwh": 0.198},
        {"kg_per_gj": 55.0},
        {"kg_per_unit": 1.98, **unit},
        {"carbon_tc_per_tj": 15.0},
        {"carbon_tc_per_tj": 30.0, "oxidation_fraction": 0.5},
    ):
        factor = Factor.model_validate({**head, **figures})
        assert factor.kg_per_kwh == pytest.approx(0.198)


def test_a_missing_file_and_a_wrong_section(box):
    message = box.problem("factors: {files: [none.yaml]}\n" + box.base)
    assert message.startswith("s.yaml:1: factors.files: got none.yaml")
    message = box.problem("factors: {files: [../own.yaml]}\n" + box.base)
    assert "outside" in message
    for section in ("[own.yaml]", "{file: own.yaml}", "{files: own.yaml}", "5"):
        problems = box.problems(f"factors: {section}\n{box.base}")
        assert all(problem.line == 1 for problem in problems)
    box.write("own.yaml", "- 1\n")
    assert "own.yaml:1" in box.problem("factors: {files: [own.yaml]}\n" + box.base)


# -- plausible ------------------------------------------------------------------------

#: Factor, carrier, words of the message; of a purchase at line 19.
NOT_PER_KWH = [
    ("2.162", "gas", ["0 to 1.2 kg/kWh for fuel", "kg per kg or m3"]),
    ("1.9", "coal", ["kg per kg or m3"]),
    ("55.5", "gas", ["kg/GJ: 0.1998"]),
    ("200", "gas", ["g/kWh or kg/MWh: 0.2"]),
    ("3.096", "oil", ["kg per kg or m3"]),
    ("0.9", "heat", ["0 to 0.7 kg/kWh for heat"]),
    ("110", "heat", ["kg/GJ: 0.396"]),
    ("1.6", "electricity", ["0 to 1.5 kg/kWh for electricity"]),
    ("530.6", "electricity", ["g/kWh or kg/MWh: 0.5306"]),
    ("-0.1", "gas", ["at least 0"]),
]


@pytest.mark.parametrize(("factor", "carrier", "words"), NOT_PER_KWH)
def test_numbers_that_are_not_per_kwh(box, factor, carrier, words):
    message = box.problem(with_supply(box, factor, carrier))
    assert message.startswith("s.yaml:19: components.supply.emissions_kg_per_kwh: ")
    for word in words:
        assert word in message


@pytest.mark.parametrize("key", ["emissions", "market", "upstream", "export_credit"])
def test_grams_in_every_key_of_the_grid(box, key):
    text = box.edited(
        ("{price_per_kwh: 0.2}", "{price_per_kwh: 0.2, export_price_per_kwh: 0}")
    )
    more = "" if key == "emissions" else f"{GRID}\n    "
    text = text.replace(GRID, f"{more}{key}{ENDING}: 530.6")
    message = box.problem(text)
    assert f"components.grid.{key}_kg_per_kwh: got 530.6" in message
    assert f"s.yaml:{16 if key == 'emissions' else 17}: " in message
    assert "looks like g/kWh or kg/MWh: 0.5306 kg/kWh" in message


def test_a_scaled_constant_is_judged_as_it_is_used(box):
    message = box.problem(grid_with(box, "{constant: 0.9, factor: 2}"))
    assert "got 1.8, expected 0 to 1.5" in message
    scenario = box.load(grid_with(box, "{constant: 530.6, factor: 0.001}"))
    series = scenario.microgrid.series["components.grid.emissions_kg_per_kwh"]
    assert series == pytest.approx(0.5306)


@pytest.mark.parametrize("carrier", ["biomass", "coal", "fuel"])
def test_real_fuels_pass(box, carrier):
    for factor in (0, 0.16, 0.2, 0.3272, 0.364, 0.936, 1.109):
        scenario = box.load(with_supply(box, str(factor), carrier))
        assert resolved_factor(scenario, "supply") == factor
        assert not any("supply.emissions" in note for note in scenario.notes)


def test_series_in_grams(box):
    message = box.problem(grid_with(box, "{values: [0.4, 530.6, 580, 0.1]}"))
    assert "s.yaml:16: " in message
    assert "530.6 kgCO2e/kWh at 2026-01-01 01:00 (2 steps)" in message
    assert "at most 1.5" in message
    assert "g/kWh or kg/MWh" in message
    box.write("f.csv", "grid_kg_per_kwh\n530\n520\n510\n500\n")
    message = box.problem(grid_with(box, "{file: f.csv, column: grid_kg_per_kwh}"))
    assert "their mean looks like g/kWh or kg/MWh: 0.515 kg/kWh" in message
    message = box.problem(
        box.edited((GRID, "emissions_kg_per_kwh: {values: [1, 1, 1, 1], factor: 2}"))
    )
    assert "at most 1.5" in message


@pytest.mark.parametrize(
    ("factor", "remark"),
    [
        (
            "0.00053",
            "0.00053 kg/kWh is very low; 0.00053 looks like t/kWh: 0.53 kg/kWh",
        ),
        ("0.009", "0.009 kg/kWh is very low"),
        ("{values: [0.00053, 0.0005, 0.0004, 0]}", "looks like t/kWh"),
    ],
)
def test_very_low_factors_are_remarked_on(box, factor, remark):
    notes = box.load(grid_with(box, factor)).notes
    assert any(remark in note and "grid.emissions_kg_per_kwh" in note for note in notes)


def test_tonnes_per_gigajoule_of_a_fuel_are_remarked_on(box):
    notes = box.load(with_supply(box, "0.0555")).notes
    assert any("0.0555 looks like t/GJ: 0.1998 kg/kWh" in note for note in notes)
    for factor in ("0", "0.02", "0.15"):
        notes = box.load(with_supply(box, factor)).notes
        assert not any("supply.emissions" in note for note in notes)


def test_small_upstream_figures_are_no_oddity(box):
    text = with_supply(box, "0.2, upstream_kg_per_kwh: 0.004")
    assert not any("very low" in note for note in box.load(text).notes)


@given(st.floats(0, 1e6), st.sampled_from(sorted(CARBON_BANDS)))
def test_what_is_refused_is_what_is_above_the_band(value, energy):
    found = carbon_problem(value, energy)
    assert (found is not None) == (value > CARBON_BANDS[energy][1])


@given(st.floats(0.1, 1.2))
def test_grams_of_any_grid_are_recognized(factor):
    found = carbon_problem(1000 * factor, "electricity")
    assert found is not None
    assert f"g/kWh or kg/MWh: {factor:.4g} kg/kWh" in found[1]


def test_only_bought_power_has_a_factor_that_varies():
    """So series of factors are held to the band of electricity."""
    kinds = {**Component.registry, **Policy.registry}
    varying = {
        kind
        for kind, model in kinds.items()
        for name, info in model.model_fields.items()
        if unit_of(model, name) == CARBON_UNIT
        and model_inside(info.annotation) is Profile
    }
    assert varying <= {"grid", "power_purchase"}
    for model in kinds.values():
        named = {n for n in model.model_fields if unit_of(model, n) == CARBON_UNIT}
        assert all(name.endswith(ENDING) for name in named)


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

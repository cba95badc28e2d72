"""Emission factors that are refused or remarked on: wrong name, file or unit."""

# ruff: noqa: E501  (a case a line reads best)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factor_edits import GRID, OWN, grid_with, resolved_factor, with_supply
from verdigrid.models.component import Component
from verdigrid.models.parameter import unit_of
from verdigrid.models.policy import Policy
from verdigrid.models.profile import Profile
from verdigrid.scenarios.factor_file import Factor
from verdigrid.scenarios.factors import ENDING
from verdigrid.scenarios.plausible import CARBON_BANDS, CARBON_UNIT, carbon_problem
from verdigrid.scenarios.validate import model_inside

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


#: Edits of OWN: old, new, line of the problem, words of the message.
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
#: Edits of FUEL, alike.
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


@pytest.mark.parametrize(
    ("what", "old", "new", "line", "words"),
    [
        *[("electricity", *case) for case in FILES_REFUSED],
        *[("fuel", *case) for case in FUELS_REFUSED],
    ],
)
def test_a_wrong_file_is_refused_at_its_line(box, what, old, new, line, words):
    file = {"electricity": OWN, "fuel": FUEL}[what]
    assert file.count(old) == 1
    box.write("own.yaml", file.replace(old, new))
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

"""Units in column names."""

import numpy as np
import pytest

from verdigrid.models.errors import InputError
from verdigrid.scenarios.units import column_unit, to_field_unit

#: Column, field's unit, factor to the field's unit (steps of half an hour).
FITTING = [
    ("load_kw", "kW", 1),
    ("Load_MW", "kW", 1000),
    ("load_w", "kW", 0.001),
    ("load_kwh", "kW", 2),
    ("load_mwh", "kW", 2000),
    ("kw", "kW", 1),
    ("price_per_kwh", "currency/kWh", 1),
    ("price_eur_per_mwh", "currency/kWh", 0.001),
    ("grid_kg_per_kwh", "kgCO2e/kWh", 1),
    ("grid_g_per_kwh", "kgCO2e/kWh", 0.001),
    ("grid_kg_per_mwh", "kgCO2e/kWh", 0.001),
    ("grid_t_per_mwh", "kgCO2e/kWh", 1),
    ("yield_kw_per_kw", "kW/kW", 1),
    ("yield_fraction", "kW/kW", 1),
    ("cop", "1", 1),
    ("air_c", "degC", 1),
]


@pytest.mark.parametrize(("column", "field_unit", "factor"), FITTING)
def test_columns_are_converted(column, field_unit, factor):
    unit = column_unit(column, None, "EUR")
    values = to_field_unit(np.array([7.0]), unit, field_unit, 0.5, column)
    assert values == pytest.approx([7.0 * factor])


def test_kelvin():
    assert to_field_unit(np.array([273.15]), "K", "degC", 1, "x") == pytest.approx([0])


@pytest.mark.parametrize(
    ("column", "field_unit"),
    [
        ("price_per_kwh", "kW"),
        ("price_per_kwh", "kgCO2e/kWh"),
        ("load_kw", "currency/kWh"),
        ("load_kw", "degC"),
        ("load_kwh", "1"),
        ("air_c", "kW"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused(column, field_unit):
    unit = column_unit(column, None, "EUR")
    with pytest.raises(InputError) as caught:
        to_field_unit(np.array([1.0]), unit, field_unit, 1, column)
    assert unit in str(caught.value)
    assert field_unit in str(caught.value)


@pytest.mark.parametrize("column", ["load", "Load [kW]", "load (kW)", "loadkw"])
def test_a_name_without_unit_needs_unit(column):
    with pytest.raises(InputError, match="carries no unit"):
        column_unit(column, None, "EUR")
    assert column_unit(column, "MW", "EUR") == "MW"


def test_a_declared_unit_must_agree_with_the_name():
    assert column_unit("load_kw", "kW", "EUR") == "kW"
    assert column_unit("price", "CNY/kWh", "CNY") == "currency/kWh"
    assert column_unit("factor", "kgCO2e/kWh", "CNY") == "kg/kWh"
    with pytest.raises(InputError, match="one unit"):
        column_unit("load_kw", "MW", "EUR")


@pytest.mark.parametrize("column", ["price_usd_per_kwh", "price_ct_per_kwh"])
def test_other_money_is_refused(column):
    with pytest.raises(InputError, match="amounts in EUR"):
        column_unit(column, None, "EUR")


def test_in_a_scenario(box):
    box.write("p.csv", "time,price_eur_per_mwh\n" + "".join(
        f"2026-01-01 0{n}:00,{n - 1}\n" for n in range(4)))  # fmt: skip
    profile = "{file: p.csv, column: price_eur_per_mwh}"
    text = box.edited(("price_per_kwh: 0.2", f"price_per_kwh: {profile}"))
    prices = box.load(text).microgrid.series["components.grid.import_price"]
    assert prices == pytest.approx([-0.001, 0, 0.001, 0.002])
    message = box.problem(box.edited(("profile: 100", f"profile: {profile}")))
    assert "currency/MWh" in message
    assert "a column in kW" in message

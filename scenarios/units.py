"""Units of CSV columns: read from the column's name, converted to the field's unit."""

from verdigrid.models.arrays import Floats
from verdigrid.scenarios.wording import listed, refusal

#: Ending of a column's name -> unit of its values. Longer endings come first.
_ENDINGS = {
    "kg_per_kwh": "kg/kWh",
    "g_per_kwh": "g/kWh",
    "kg_per_mwh": "kg/MWh",
    "t_per_mwh": "t/MWh",
    "per_kwh": "currency/kWh",
    "per_mwh": "currency/MWh",
    "kw_per_kw": "1",
    "kg_per_s": "kg/s",
    "t_per_h": "t/h",
    "kwh": "kWh",
    "mwh": "MWh",
    "kw": "kW",
    "mw": "MW",
    "w": "W",
    "degc": "degC",
    "c": "degC",
    "k": "K",
    "fraction": "1",
    "share": "1",
    "cop": "1",
    "1": "1",
}

#: Other ways to write a unit in ``unit:``.
_SAME = {
    "C": "degC",
    "kW/kW": "1",
    "kW/kWp": "1",
    "kgCO2e/kWh": "kg/kWh",
    "gCO2e/kWh": "g/kWh",
    "kgCO2e/MWh": "kg/MWh",
    "tCO2e/MWh": "t/MWh",
}

#: Unit of a field -> units that fit it, with the factor to it.
_FITTING = {
    "kW": {"kW": 1.0, "MW": 1e3, "W": 1e-3},
    "currency/kWh": {"currency/kWh": 1.0, "currency/MWh": 1e-3},
    "kgCO2e/kWh": {"kg/kWh": 1.0, "g/kWh": 1e-3, "kg/MWh": 1e-3, "t/MWh": 1.0},
    "degC": {"degC": 1.0, "K": 1.0},
    "kW/kW": {"1": 1.0},
    "kW/kWp": {"1": 1.0},
    "kg/s": {"kg/s": 1.0, "t/h": 1 / 3.6},
    "1": {"1": 1.0},
}
_ENERGY_PER_STEP = {"kWh": 1.0, "MWh": 1e3}
_KELVIN = 273.15

_CURRENCIES = "aud brl cad chf cny czk dkk eur gbp inr jpy krw nok pln sek try usd zar"
_HUNDREDTHS = "cent cents ct eurct fen pence"


def unit_of_column(name: str) -> str | None:
    """Unit that the name of a column ends with; None if it ends with none.

    >>> unit_of_column("price_eur_per_mwh")
    'currency/MWh'
    """
    lower = name.lower()
    for ending, unit in _ENDINGS.items():
        if lower == ending or lower.endswith("_" + ending):
            return unit
    return None


def column_unit(name: str, declared: str | None, currency: str) -> str:
    """Unit of a column from its name or as declared. Raises InputError."""
    named = unit_of_column(name)
    _refuse_other_money(name, currency)
    if declared is not None:
        unit = declared.replace(f"{currency}/", "currency/")
        unit = _SAME.get(unit, unit)
        if named is not None and named != unit:
            got = f"unit: {declared}, and a column named {name!r}"
            raise refusal(got, "one unit", "correct the one that is wrong")
        return unit
    if named is None:
        raise refusal(
            f"the column {name!r}, whose name carries no unit",
            "a name that ends with its unit, such as load_kw",
            "rename the column, or add unit:",
        )
    return named


def _refuse_other_money(name: str, currency: str) -> None:
    for per in ("_per_kwh", "_per_mwh"):
        head, found, _ = name.lower().rpartition(per)
        word = head.rpartition("_")[2]
        if not found or word == currency.lower():
            continue
        if word in _CURRENCIES.split() or word in _HUNDREDTHS.split():
            got = f"the column {name!r}, in {word}"
            raise refusal(got, f"amounts in {currency}", "convert the column")


def to_field_unit(
    values: Floats, unit: str, field_unit: str, step_hours: float, name: str
) -> Floats:
    """Values of a column in the unit of the field that uses them.

    ``step_hours`` is the length of the file's step, over which energies are spread.
    Raises InputError if the units do not fit.
    """
    fitting = _FITTING.get(field_unit, {field_unit: 1.0})
    if field_unit == "kW" and unit in _ENERGY_PER_STEP:
        return values * (_ENERGY_PER_STEP[unit] / step_hours)
    if unit not in fitting:
        also = list(_ENERGY_PER_STEP) if field_unit == "kW" else []
        raise refusal(
            f"{unit} in the column {name!r}",
            f"a column in {field_unit} ({listed([*fitting, *also])})",
        )
    if field_unit == "degC" and unit == "K":
        return values - _KELVIN
    return values * fitting[unit]

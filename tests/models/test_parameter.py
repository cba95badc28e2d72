"""Every field of every class that a scenario file fills says what it is."""

import pytest
from pydantic import ValidationError

import support  # noqa: F401  (imports every component and policy)
from verdigrid.models.finance import Finance
from verdigrid.models.parameter import Strict, parameter, source_of, unit_of
from verdigrid.models.profile import Profile, profiles_of
from verdigrid.models.tariffs.tariff import Tariff


def strict_classes(base=Strict):
    for child in base.__subclasses__():
        if child.__module__.startswith("verdigrid.models"):
            yield child
        yield from strict_classes(child)


#: Fields whose unit is that of the field that holds the profile or the capacity.
BORROWED = {"Profile.constant", "Profile.values"}


def test_every_field_has_meaning_and_numbers_have_units():
    silent = []
    for model in strict_classes():
        for name, field in model.model_fields.items():
            where = f"{model.__name__}.{name}"
            if name == "kind" or where in BORROWED:
                continue
            extra = field.json_schema_extra
            if not isinstance(extra, dict) or "unit" not in extra:
                silent.append(f"{where} is not declared with parameter()")
            elif not field.description:
                silent.append(f"{where} has no meaning")
            elif "float" in str(field.annotation) and not extra["unit"]:
                silent.append(f"{where} has no unit")
    assert not silent


def test_the_search_sees_the_classes():
    names = {model.__name__ for model in strict_classes()}
    assert {"Battery", "CarbonCap", "Tariff", "Finance", "PowerCapacity"} <= names


def test_unit_and_source_are_kept():
    class Part(Strict):
        size: float = parameter(3.0, unit="m", doc="length", source="a ruler, 2026")

    assert (unit_of(Part, "size"), source_of(Part, "size")) == ("m", "a ruler, 2026")


@pytest.mark.parametrize(
    "wrong",
    [
        {"discount_rate": "0.08", "horizon_years": 20},  # a text is no number
        {"discount_rate": 0.08, "horizon_years": 20.5},
        {"discount_rate": float("nan"), "horizon_years": 20},
        {"discount_rate": 8, "horizon_years": 20},  # percent
        {"discount_rate": 0.08, "horizon_years": True},
        {"discount_rate": 0.08, "horizon_years": 20, "discount": 0.1},
    ],
)
def test_lax_or_unknown_values_are_refused(wrong):
    with pytest.raises(ValidationError):
        Finance.model_validate(wrong)


def test_profiles_are_found_wherever_they_stand():
    tariff = Tariff.model_validate(
        {"price_per_kwh": 0.1, "export_price_per_kwh": {"values": [0.1, 0.2]}}
    )
    found = {path: unit for path, _, unit in profiles_of(tariff, "tariff")}
    assert found == {
        "tariff.price_per_kwh": "currency/kWh",
        "tariff.export_price_per_kwh": "currency/kWh",
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "has none"),
        ({"constant": 1.0, "values": [1.0]}, "has constant and values"),
        ({"file": "a.csv"}, "belong together"),
        ({"column": "a", "constant": 1.0}, "belong together"),
        ({"constant": 1.0, "step_minutes": 15}, "only a file has that"),
        ({"constant": 1.0, "peak_kw": 3.0, "factor": 2.0}, "not both"),
        ({"shifts": {"hours": ["6-14"], "idle_fraction": 0.1}}, "needs annual_kwh"),
    ],
)
def test_profile_has_one_origin(fields, message):
    with pytest.raises(ValidationError, match=message):
        Profile.model_validate(fields)

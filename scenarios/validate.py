"""From pydantic's complaints to problems that say file, line, path and what to do."""

import re
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from verdigrid.models.errors import Problem
from verdigrid.models.parameter import Strict, unit_of
from verdigrid.models.profile import Profile
from verdigrid.scenarios.document import Document, has_entry
from verdigrid.scenarios.plausible import CARBON_UNIT, looks_like
from verdigrid.scenarios.wording import did_you_mean, listed, shown
from verdigrid.scenarios.yaml_file import Place

Model = TypeVar("Model", bound=Strict)

_PERCENT = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*%\s*")
_DECIMAL_COMMA = re.compile(r"\s*([-+]?\d+),(\d+)\s*")
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")

_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
_NOTHING = "nothing"
_ABOUT_A_KEY = ("extra_forbidden", "missing")
_KINDS = {
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
}


def validate(
    model: type[Model], data: Any, document: Document, place: Place
) -> tuple[Model | None, list[Problem]]:
    """``data``, which stands at ``place``, as a ``model``; or what is wrong with it."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        problems = [
            _problem(details, model, data, document, place)
            for details in error.errors(include_url=False)
        ]
        # a misspelt key is one mistake: do not call the key missing as well
        return None, [one for one in problems if not _is_misspelt(one, problems)]


def _is_misspelt(missing: Problem, problems: list[Problem]) -> bool:
    """True if the hint of an unknown key beside it names the missing key."""
    around, _, key = missing.path.rpartition(".")
    return missing.got == _NOTHING and any(
        other.hint == f"did you mean {key}?" and other.path.rpartition(".")[0] == around
        for other in problems
    )


def _problem(
    details: ErrorDetails,
    model: type[BaseModel],
    data: Any,
    document: Document,
    place: Place,
) -> Problem:
    kind, given = details["type"], details["input"]
    context: Mapping[str, Any] = details.get("ctx") or {}
    inner = _real_place(details["loc"], data, keep_last=kind in _ABOUT_A_KEY)
    here = (*place, *inner)
    holder = model_at(model, inner[:-1])
    if kind == "extra_forbidden":
        key, known = str(inner[-1]), keys_of(holder)
        got, expected = f"the unknown key {key!r}", f"one of {listed(known, 40)}"
        return document.problem(here, got, expected, did_you_mean(key, known))
    doc = _doc(holder, inner)
    if kind == "missing":
        return document.problem(here, _NOTHING, doc or "a value", _missing_hint(inner))
    if kind in ("value_error", "assertion_error"):
        expected = details["msg"].split(", ", 1)[-1]
        return document.problem(here, shown(given), expected)
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        expected = f"{word} {context[key]:g}" + (f" ({doc})" if doc else "")
        hint = _bound_hint(given, holder, inner)
        return document.problem(here, shown(given), expected, hint)
    if kind == "literal_error":
        expected = f"one of {_literal_values(context)}"
        hint = did_you_mean(str(given), re.findall(r"'([^']*)'", expected))
        return document.problem(here, shown(given), expected, hint or _type_hint(given))
    if kind == "string_pattern_mismatch":
        expected = f"text like {context['pattern']}"
        hint = doc or "small letters, digits and _; a letter first"
        return document.problem(here, shown(given), expected, hint)
    if kind in _KINDS:
        is_profile = kind.startswith("model") and model_at(model, inner) is Profile
        expected = "a number or a map" if is_profile else _KINDS[kind]
        expected += f" ({doc})" if doc else ""
        is_number = is_profile or kind in ("float_type", "int_type")
        hint = _type_hint(given) if is_number else ""
        return document.problem(here, shown(given), expected, hint)
    message = details["msg"].removeprefix("Input should be ")
    return document.problem(here, shown(given), message, _type_hint(given))


def _real_place(location: tuple[str | int, ...], data: Any, keep_last: bool) -> Place:
    """The location without the parts that pydantic adds (union members, ``[key]``)."""
    place: Place = ()
    here = data
    for number, part in enumerate(location):
        is_last = number == len(location) - 1
        if has_entry(here, part):
            here = here[part]
        elif not (is_last and keep_last):
            continue
        place = (*place, part)
    return place


# -- what the model says about a place ----------------------------------------


def model_inside(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation (``X | None``, ``Annotated[X, ...]``) is about."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        for option in get_args(annotation):
            found = model_inside(option)
            if found is not None:
                return found
    return None


def field_of(model: type[BaseModel], key: str) -> str | None:
    """Name of the field that ``key`` of a file fills."""
    for name, info in model.model_fields.items():
        if key == (info.alias or name):
            return name
    return None


def keys_of(model: type[BaseModel] | None) -> list[str]:
    """Keys that a model takes in a file."""
    fields = model.model_fields if model else {}
    return [info.alias or name for name, info in fields.items()]


def model_at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    """The model that stands at ``place`` inside ``model``."""
    annotation: Any = model
    for part in place:
        here = model_inside(annotation)
        if here is not None:
            name = field_of(here, str(part))
            if name is None:
                return None
            annotation = here.model_fields[name].annotation
        else:
            # an item of a dict or list: its type is the last argument
            arguments = _container_arguments(annotation)
            if not arguments:
                return None
            annotation = arguments[-1]
    return model_inside(annotation)


def _container_arguments(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        for option in get_args(annotation):
            found = _container_arguments(option)
            if found:
                return found
        return ()
    is_container = get_origin(annotation) in (dict, list, Sequence)
    return get_args(annotation) if is_container else ()


def _doc(holder: type[BaseModel] | None, inner: Place) -> str:
    """What a field means, with its unit: ``module power, kW``."""
    name = field_of(holder, str(inner[-1])) if holder and inner else None
    if holder is None or name is None:
        return ""
    meaning, unit = holder.model_fields[name].description or "", unit_of(holder, name)
    if not unit or unit == "1":
        return meaning
    return f"{meaning}, {unit}"


# -- hints -------------------------------------------------------------------


def _missing_hint(inner: Place) -> str:
    return f"add {inner[-1]}:"


def _literal_values(context: Mapping[str, Any]) -> str:
    return str(context.get("expected", "")).replace(" or ", ", ")


def _type_hint(given: Any) -> str:
    """What was probably meant by a value of the wrong type."""
    if not isinstance(given, str):
        return ""
    percent = _PERCENT.fullmatch(given)
    if percent:
        return f"use {float(percent[1]) / 100:g}"
    comma = _DECIMAL_COMMA.fullmatch(given)
    if comma:
        return f"use {comma[1]}.{comma[2]}"
    if _NUMBER.fullmatch(given):
        return "remove the quotes"
    return ""


def _bound_hint(given: Any, holder: type[BaseModel] | None, inner: Place) -> str:
    """Percent given where a fraction is meant, or a factor in another unit."""
    name = field_of(holder, str(inner[-1])) if holder and inner else None
    if holder is None or name is None or isinstance(given, bool):
        return ""
    unit = unit_of(holder, name)
    if unit == CARBON_UNIT and isinstance(given, int | float):
        return looks_like(given)
    is_share = unit in ("1", "1/a")
    if is_share and isinstance(given, int | float) and 1 < given <= 100:
        return f"fractions, not percent: use {given / 100:g}"
    return ""

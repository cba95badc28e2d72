"""The parameters of a kind as text: name, unit, default, meaning, source."""

import inspect
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from verdigrid.models.capacity import Capacity
from verdigrid.models.catalogue import Product
from verdigrid.models.component import Component
from verdigrid.models.cost_curve import Segment
from verdigrid.models.parameter import source_of, unit_of
from verdigrid.models.policy import Policy
from verdigrid.models.profile import Profile
from verdigrid.models.retirement import Retirement


def describe(kind: type[Component] | type[Policy]) -> str:
    """Equations and all parameters of a component or policy."""
    lines = []
    parts = kind.__mro__[: kind.__mro__.index(_base_of(kind))]
    for module in dict.fromkeys(inspect.getmodule(part) for part in parts):
        lines += [inspect.getdoc(module) or "", ""]
    lines += ["Parameters", ""]
    if issubclass(kind, Component) and kind.lifetime_source:
        lines.append(
            f"  life, if not given: {kind.default_lifetime_years:g} a"
            f" ({kind.lifetime_source})"
        )
    lines += _parameters(kind, "")
    return "\n".join(lines)


def _base_of(kind: type[Component] | type[Policy]) -> type[BaseModel]:
    return Component if issubclass(kind, Component) else Policy


def _parameters(model: type[BaseModel], head: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        if name == "kind":
            continue
        key = head + (info.alias or name)
        yield f"  {key}: {info.description or ''}{_facts(model, name, info)}"
        inner = _inner_model(info.annotation)
        if inner is not None and not issubclass(inner, Profile):
            yield from _parameters(inner, f"{key}.")


def _facts(model: type[BaseModel], name: str, info: FieldInfo) -> str:
    """Unit, default and its source, in brackets."""
    unit = unit_of(model, name)
    if issubclass(model, Capacity | Product | Segment | Retirement):
        size = "kWh" if (info.alias or "").endswith(("kwh", "kwh_year")) else "kW"
        unit = unit.replace("unit", size)
    default, source = info.default, source_of(model, name)
    facts = [unit] if unit else []
    if info.is_required():
        facts.append("required")
    elif default is not None and default is not PydanticUndefined:
        facts.append(f"default {_short(default)}" + (f": {source}" if source else ""))
    return f" [{'; '.join(facts)}]" if facts else ""


def _short(value: Any) -> str:
    if isinstance(value, Profile):
        return f"{value.constant:g}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as ``Tariff`` or ``PowerCapacity | None``."""
    candidates = [annotation, *get_args(annotation)]
    candidates += [inner for part in candidates for inner in get_args(part)]
    for candidate in candidates:
        if inspect.isclass(candidate) and issubclass(candidate, BaseModel):
            return candidate
    return None

"""The resolved scenario as YAML text, with the origin of every value behind it.

::

    finance:
      discount_rate: 0.08  # plant.yaml:9
      basis: real  # built-in
"""

import json
import re
from typing import Any

from pydantic import BaseModel

from verdigrid.models.capacity import Capacity
from verdigrid.models.component import Component
from verdigrid.models.parameter import source_of
from verdigrid.models.policy import Policy
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.factors import FactorOrigin
from verdigrid.scenarios.load import Scenario
from verdigrid.scenarios.schema import ScenarioFile
from verdigrid.scenarios.validate import field_of, model_at
from verdigrid.scenarios.yaml_file import Place

_PLAIN = re.compile(r"[A-Za-z]([A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?")
_RESERVED = ("true", "false", "null")


def resolved_text(scenario: Scenario) -> str:
    """YAML text of the resolved scenario; loading it gives the same scenario."""
    document = scenario.raw or scenario.document
    return "\n".join(_map_lines(scenario.resolved, (), document)) + "\n"


def filled_texts(scenario: Scenario) -> dict[str, str]:
    """Texts with every default, where packages or stages keep them out of the other.

    By name: ``resolved``, or ``resolved-2030`` of the stage that begins in that year.
    Each is a scenario by itself.
    """
    years = [s.year for s in scenario.pathway.stages] if scenario.pathway else []
    names = [f"resolved-{year}" for year in years] or ["resolved"]
    return dict(zip(names, map(resolved_text, scenario.filled), strict=False))


def input_texts(scenario: Scenario) -> dict[str, str]:
    """What a run keeps of its scenario, by name of the file."""
    found = {"scenario.yaml": resolved_text(scenario)}
    filled = filled_texts(scenario).items()
    return found | {f"{name}.yaml": text for name, text in filled}


def merged_text(scenario: Scenario) -> str:
    """YAML text of what the files say together, without defaults, with origins."""
    document = scenario.document
    return "\n".join(_map_lines(document.data, (), document)) + "\n"


def _map_lines(data: dict[str, Any], place: Place, document: Document) -> list[str]:
    indent = "  " * len(place)
    lines = []
    for key, value in data.items():
        here = (*place, key)
        head = f"{indent}{_scalar(key)}:"
        if isinstance(value, dict) and value:
            lines += [head, *_map_lines(value, here, document)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(head)
            for number, item in enumerate(value):
                remark = _remark((*here, number), document)
                lines.append(f"{indent}  - {_flow(item)}  # {remark}")
        else:
            lines.append(f"{head} {_flow(value)}  # {_remark(here, document)}")
    return lines


def _remark(place: Place, document: Document) -> str:
    """Where the value at ``place`` comes from."""
    if document.get(place) is not None:
        origin = document.origin(place)
        line = "" if origin.line is None else f":{origin.line}"
        factor = f", {origin.remark}" if isinstance(origin, FactorOrigin) else ""
        return f"{origin.file}{line}{factor}"
    source = _built_in_source(place, document)
    return f"built-in: {source}" if source else "built-in"


def _built_in_source(place: Place, document: Document) -> str:
    """Source of the default at ``place``, as its class declares it."""
    model, inner = _class_at(place, document)
    holder = model_at(model, inner[:-1])
    field = field_of(holder, str(inner[-1])) if holder and inner else None
    if holder is None or field is None:
        return ""
    is_life = issubclass(holder, Capacity) and field == "lifetime_years"
    if is_life and issubclass(model, Component):
        return " ".join(model.lifetime_source.split())
    return " ".join(source_of(holder, field).split())


def _class_at(place: Place, document: Document) -> tuple[type[BaseModel], Place]:
    """The class that validates ``place``, and the place inside it."""
    if len(place) > 2 and place[0] in ("components", "policies"):
        kind = document.get((*place[:2], "kind"))
        by_section: dict[Any, dict[str, Any]] = {
            "components": Component.registry,
            "policies": Policy.registry,
        }
        return by_section[place[0]][kind], place[2:]
    return ScenarioFile, place


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        items = ", ".join(
            f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()
        )
        return f"{{{items}}}"
    if isinstance(value, list):
        return f"[{', '.join(_flow(item) for item in value)}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """A scalar as YAML; text in quotes unless it can only be read as text."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
            return value
        return json.dumps(value, ensure_ascii=not value.isprintable())
    return json.dumps(value)

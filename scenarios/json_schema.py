"""JSON Schema of the scenario file, for editors and other programs.

Components and policies are alternatives by ``kind``. What only the loader can know
(whether an extended file fills a gap, whether a bus exists) is not in it.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import verdigrid.models.components
import verdigrid.models.policies  # noqa: F401  (both fill the registries)
from verdigrid.models.component import Component
from verdigrid.models.policy import Policy
from verdigrid.models.profile import Profile
from verdigrid.models.tariffs.tariff import Tariff
from verdigrid.scenarios.factors import ENDING, FactorFiles
from verdigrid.scenarios.schema import ScenarioFile
from verdigrid.scenarios.tariff_files import FORMS

_NAMES = {
    "description": "another file that this one is laid over (library:NAME, or a path)",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}
_PATHS = {
    "description": "dotted paths that are taken out of the extended files",
    "type": "array",
    "items": {"type": "string"},
}
_NAMED_FACTOR = {
    "type": "object",
    "properties": {"factor": {"type": "string"}},
    "required": ["factor"],
    "additionalProperties": False,
}


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a whole scenario file."""
    components, policies = Component.registry, Policy.registry
    models: list[type[BaseModel]] = [ScenarioFile, Profile, Tariff]
    models += [*components.values(), *policies.values()]
    references, together = models_json_schema(
        [(model, "validation") for model in models], by_alias=True
    )
    names = {
        model: str(references[model, "validation"]["$ref"]).rpartition("/")[2]
        for model in models
    }
    definitions = _tidy(together["$defs"])
    for kinds in (components, policies):
        for model in kinds.values():
            definitions[names[model]].setdefault("required", []).insert(0, "kind")
    # a bare number is a constant profile
    profile = definitions.pop(names[Profile])
    definitions["ProfileMap"] = profile
    definitions[names[Profile]] = {
        "anyOf": [{"type": "number"}, {"$ref": "#/$defs/ProfileMap"}]
    }
    # a tariff may stand in a file of its own
    definitions[names[Tariff]]["properties"] |= {
        form: {"type": "string", "description": what} for form, what in FORMS.items()
    }
    # an emission factor may be given by its name
    for definition in definitions.values():
        fields = definition.get("properties", {})
        for key in [key for key in fields if key.endswith(ENDING)]:
            remarks = {
                k: fields[key][k] for k in ("description", "unit") if k in fields[key]
            }
            fields[key] = {**remarks, "anyOf": [fields[key], _NAMED_FACTOR]}
    top = definitions.pop(names[ScenarioFile])
    top["properties"] |= {"extends": _NAMES, "remove": _PATHS}
    top["properties"]["factors"] = _tidy(FactorFiles.model_json_schema())
    for section, kinds in (("components", components), ("policies", policies)):
        alternatives = [
            {"$ref": f"#/$defs/{names[model]}"} for _, model in sorted(kinds.items())
        ]
        part = {"type": "object", "not": {"required": ["kind"]}}
        part["description"] = "changes to an entry of an extended file"
        top["properties"][section] = {
            "type": "object",
            "description": top["properties"][section].get("description", ""),
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
            "additionalProperties": {"oneOf": [*alternatives, part]},
        }
    # everything else may come from an extended file
    top["required"] = ["schema"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **top,
        "title": "verdigrid scenario",
        "$defs": definitions,
    }


def _tidy(node: Any) -> Any:
    """Without null (a scenario leaves keys out instead) and without empty remarks."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {
        key: _tidy(value)
        for key, value in node.items()
        if not (key in ("unit", "source") and value == "")
        and not (key == "default" and value is None)
    }
    if isinstance(tidy.get("default"), dict):
        tidy["default"] = _short(tidy["default"])
    options = tidy.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        left = [option for option in options if option != {"type": "null"}]
        del tidy["anyOf"]
        tidy |= left[0] if len(left) == 1 else {"anyOf": left}
    return tidy


def _short(default: dict[str, Any]) -> Any:
    """A default map as it would be written: a constant profile is a number."""
    given = {key: value for key, value in default.items() if value is not None}
    return given["constant"] if list(given) == ["constant"] else given

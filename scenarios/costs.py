"""Costs by kind of component: laid below what each component says itself.

``costs.defaults`` holds, by kind, what a component of that kind takes over where
it does not give its own value, and the ``source`` of it. A section that a component
may do without (an optional capacity) is not brought to life by its cost.
"""

from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from verdigrid.models.component import Component
from verdigrid.models.errors import Problem
from verdigrid.models.profile import Profile
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.validate import field_of, keys_of, model_inside
from verdigrid.scenarios.wording import did_you_mean, listed, shown
from verdigrid.scenarios.yaml_file import Place

_DEFAULTS: Place = ("costs", "defaults")
_SOURCE = "source"


def apply_costs(document: Document) -> list[Problem]:
    """Fill the components of ``document`` from its costs; returns what is wrong.

    What has the wrong type is left alone: validation reports it later.
    """
    problems = _currency_problems(document)
    defaults = document.get(_DEFAULTS)
    components = document.get(("components",))
    if not isinstance(defaults, dict):
        return problems
    for kind, block in defaults.items():
        place = (*_DEFAULTS, kind)
        model = Component.registry.get(kind)
        if model is None:
            got, known = f"the unknown kind {kind!r}", sorted(Component.registry)
            hint = did_you_mean(kind, known)
            expected = f"one of {listed(known, 40)}"
            problems.append(document.problem(place, got, expected, hint))
        elif isinstance(block, dict):
            problems += _block_problems(model, document, place)
            named = components.items() if isinstance(components, dict) else ()
            for name, own in named:
                if isinstance(own, dict) and own.get("kind") == kind:
                    _fill(model, document, place, ("components", name))
    return problems


def _currency_problems(document: Document) -> list[Problem]:
    own, costs = document.get(("currency",)), document.get(("costs", "currency"))
    if own is None or costs is None or own == costs:
        return []
    expected = f"{shown(own)}, the currency of the scenario"
    hint = "extend a cost file in that currency"
    return [document.problem(("costs", "currency"), shown(costs), expected, hint)]


def _block_problems(
    model: type[BaseModel], document: Document, place: Place
) -> list[Problem]:
    """Unknown keys of a kind's block, and a missing source."""
    block = document.get(place)
    problems = []
    if not isinstance(block.get(_SOURCE), str):
        expected = "where the numbers come from, and their year"
        got = "nothing" if _SOURCE not in block else shown(block[_SOURCE])
        problem = document.problem((*place, _SOURCE), got, expected, "add source:")
        problems.append(problem)
    for key in block:
        if key != _SOURCE:
            problems += _unknown_keys(model, document, (*place, key))
    return problems


def _unknown_keys(
    model: type[BaseModel], document: Document, place: Place
) -> list[Problem]:
    key = str(place[-1])
    field = field_of(model, key)
    if field is None:
        known = keys_of(model)
        got, expected = f"the unknown key {key!r}", f"one of {listed(known, 40)}"
        return [document.problem(place, got, expected, did_you_mean(key, known))]
    inner, value = _section(model, field), document.get(place)
    if inner is None or not isinstance(value, dict):
        return []
    found = [_unknown_keys(inner, document, (*place, inside)) for inside in value]
    return [problem for problems in found for problem in problems]


def _section(model: type[BaseModel], field: str) -> type[BaseModel] | None:
    """The model inside a field that is merged key by key; a profile is not."""
    inner = model_inside(model.model_fields[field].annotation)
    return None if inner is Profile else inner


#: What a price per unit is not laid under, by the key that says it otherwise.
_INSTEAD = {
    "cost_curve": ("capex_per_unit",),
    "catalogue": ("capex_per_unit", "embodied_kg_per_unit", "replacement_per_unit"),
}


def _fill(
    model: type[BaseModel], document: Document, source: Place, target: Place
) -> None:
    """Copy what stands at ``source`` to ``target`` where nothing stands there."""
    standing = document.get(target)
    instead = {
        field
        for key, fields in _INSTEAD.items()
        if isinstance(standing, dict) and key in standing
        for field in fields
    }
    for key, value in document.get(source).items():
        field = field_of(model, key)
        if field in instead:
            continue
        if field is None or (key == _SOURCE and len(source) == len(_DEFAULTS) + 1):
            continue
        inner, own = _section(model, field), document.get((*target, key))
        if own is None:
            optional = model.model_fields[field].default is None
            if inner is not None and optional:
                continue
            origins = document.origins_below((*source, key))
            document.set((*target, key), deepcopy(value), origins)
        elif inner is not None and _both_maps(own, value):
            _fill(inner, document, (*source, key), (*target, key))


def _both_maps(one: Any, other: Any) -> bool:
    return isinstance(one, dict) and isinstance(other, dict)

"""Every registered kind has a harness, and every constraint a golden row."""

import ast
import importlib.util
import inspect
import re
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from harness import GOLDEN, ComponentHarness
from support import built, constraints_of
from verdigrid.models.capacity import Capacity
from verdigrid.models.component import Component
from verdigrid.models.context import BuildContext
from verdigrid.models.parameter import Strict

HERE = Path(__file__).parent
KINDS = sorted(Component.registry)


def load_test_file(kind: str) -> ModuleType:
    path = HERE / f"test_{kind}.py"
    assert path.exists(), f"component {kind!r} has no {path.name}"
    spec = importlib.util.spec_from_file_location(f"harness_of_{kind}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def harness_of(kind: str) -> type[ComponentHarness]:
    """The harness class in the component's test file."""
    found = [
        value
        for value in vars(load_test_file(kind)).values()
        if inspect.isclass(value)
        and issubclass(value, ComponentHarness)
        and value is not ComponentHarness
    ]
    assert len(found) == 1, f"test_{kind}.py needs one subclass of ComponentHarness"
    return found[0]


def written_constraints(kind: str) -> set[str]:
    """Names (as patterns) of all constraints that the source of ``kind`` writes."""
    names: set[str] = set()
    bases = Component.registry[kind].__mro__
    writers = [b for b in bases if issubclass(b, Component) and b is not Component]
    for writer in [*writers, *parts_of(Component.registry[kind])]:
        names |= _constraints_in(textwrap.dedent(inspect.getsource(writer)))
    if "exclude" in names:
        source = inspect.getsource(BuildContext.exclude)
        names |= _constraints_in(textwrap.dedent(source))
    return names - {"exclude"}


def parts_of(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Models that fill the fields of ``model``, with their bases and their own parts.

    Not capacities, which the core builds and not the component.
    """
    found: set[type[BaseModel]] = set()
    for field in model.model_fields.values():
        for part in _models_in(field.annotation) - found:
            if not issubclass(part, Capacity):
                bases = part.__mro__[: part.__mro__.index(Strict)]
                found |= {base for base in bases if issubclass(base, BaseModel)}
                found |= parts_of(part)
    return found


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    """Models inside an annotation such as ``list[Period] | None``."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return {annotation}
    return {model for inner in get_args(annotation) for model in _models_in(inner)}


def _constraints_in(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "rule":
                names.add(_pattern(node.args[1]))
            if node.func.attr == "exclude":
                names.add("exclude")
        if isinstance(node, ast.Assign) and "Constraint(" in ast.unparse(node.value):
            target = node.targets[0]
            assert isinstance(target, ast.Attribute)
            names.add(target.attr)
    return names


def _pattern(name: ast.expr) -> str:
    """Regular expression for a name that may be an f-string."""
    if isinstance(name, ast.Constant):
        return re.escape(str(name.value))
    assert isinstance(name, ast.JoinedStr), "a constraint's name is a plain string"
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
        for part in name.values
    )


@pytest.mark.parametrize("kind", KINDS)
def test_kind_has_a_harness_with_an_example_of_it(kind: str) -> None:
    harness = harness_of(kind)
    assert harness.kind == kind
    assert kind in {c["kind"] for c in harness.example["components"].values()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_constraint_in_the_source_has_a_golden_row(kind: str) -> None:
    files = GOLDEN.glob(f"{kind}.*.lp")
    rows = "\n".join(file.read_text() for file in files)
    missing = [
        name
        for name in written_constraints(kind)
        if not re.search(rf"^\w+_{name}(\(\w+\))?:", rows, re.MULTILINE)
    ]
    assert not missing


@pytest.mark.parametrize("kind", KINDS)
def test_the_source_scan_sees_every_constraint(kind: str) -> None:
    """Guards the test above: what the model holds is what the scan finds."""
    harness = harness_of(kind)
    components = built(harness.site()).model.operation.components
    for name, component in harness.site().components.items():
        written = written_constraints(component.kind)
        for family in constraints_of(components.component(name)):
            local = family.local_name
            assert any(re.fullmatch(pattern, local) for pattern in written), local


def test_no_golden_file_is_left_over() -> None:
    assert {file.name.split(".")[0] for file in GOLDEN.iterdir()} <= set(KINDS)

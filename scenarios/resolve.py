"""The scenario as it is understood: every default filled in, as plain data.

The result is a scenario itself: loading it again gives the same microgrid. Keys are
those of the file; what has no value is left out, costs stand in the components that
they were filled into, and files are named from the folder of the scenario.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from verdigrid.models.calendar import Calendar
from verdigrid.models.component import Component
from verdigrid.models.profile import Profile
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.paths import LIBRARY, PVLIB, Files
from verdigrid.scenarios.schema import WeatherFile
from verdigrid.scenarios.structure import Structure
from verdigrid.scenarios.yaml_file import Place


def resolved_data(
    structure: Structure, calendar: Calendar, document: Document, files: Files
) -> dict[str, Any]:
    """Plain data of the whole scenario, ready to be written as YAML."""
    data: dict[str, Any] = plain(structure.file)
    data["time"]["periods"] = calendar.periods
    data["finance"] = plain(structure.finance)
    data["components"] = {
        name: _component_data(component)
        for name, component in structure.components.items()
    }
    data["policies"] = {
        name: plain(policy) for name, policy in structure.policies.items()
    }
    if "costs" in data:
        del data["costs"]["defaults"]
    for place, folder in _files_named(structure, document):
        holder: Any = data
        for part in place[:-1]:
            holder = holder[part]
        holder[place[-1]] = portable(str(holder[place[-1]]), folder, files)
    return data


def plain(value: Any) -> Any:
    """Models as dicts with the keys of the file, without what has no value."""
    if isinstance(value, Profile) and value.constant is not None:
        only_constant = len(value.model_dump(exclude_none=True)) == 1
        if only_constant:
            return value.constant
    if isinstance(value, BaseModel):
        return {
            info.alias or name: plain(item)
            for name, info in type(value).model_fields.items()
            if (item := getattr(value, name)) is not None
        }
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _component_data(component: Component) -> dict[str, Any]:
    """A component's data, with the life of its capacities."""
    data: dict[str, Any] = plain(component)
    for name, capacity in component.capacities().items():
        key = type(component).model_fields[name].alias or name
        data[key]["lifetime_years"] = component.lifetime_years(capacity)
    return data


def _files_named(structure: Structure, document: Document) -> list[tuple[Place, Path]]:
    """Places of file names in the resolved data, with the folder they are seen from."""
    found: list[tuple[Place, Path]] = []

    def walk(value: Any, place: Place) -> None:
        if isinstance(value, Profile | WeatherFile):
            if value.file is not None:
                here = (*place, "file")
                found.append((here, document.origin(here).folder))
        elif isinstance(value, BaseModel):
            for name, info in type(value).model_fields.items():
                walk(getattr(value, name), (*place, info.alias or name))
        elif isinstance(value, dict):
            for key, item in value.items():
                walk(item, (*place, key))
        elif isinstance(value, list):
            for number, item in enumerate(value):
                walk(item, (*place, number))

    walk(structure.file.weather, ("weather",))
    walk(structure.components, ("components",))
    walk(structure.policies, ("policies",))
    return found


def portable(name: str, folder: Path, files: Files) -> str:
    """A file name as the scenario's folder sees it."""
    if name.startswith((LIBRARY, PVLIB)):
        return name
    path = files.find(name, folder)
    label = files.label(path)
    if label.startswith(LIBRARY):
        return label
    inside = path.is_relative_to(files.folder)
    return path.relative_to(files.folder).as_posix() if inside else str(path)


def files_named(data: Any, keys: Sequence[str]) -> Iterator[Place]:
    """Places inside of ``data`` that name a file: under one of ``keys``.

    >>> list(files_named({"a": [{"file": "x.csv"}], "b.file": "y.csv"}, ["file"]))
    [('a', 0, 'file'), ('b.file',)]
    """
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(value, (dict, list)):
            yield from ((key, *inner) for inner in files_named(value, keys))
        elif isinstance(value, str) and str(key).rpartition(".")[2] in keys:
            yield (key,)

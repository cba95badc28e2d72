"""The bundled scenarios: their names, their text, copies to start from."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verdigrid.scenarios.paths import LIBRARY, PVLIB, Files, library_folder
from verdigrid.scenarios.wording import refusal
from verdigrid.scenarios.yaml_file import read_yaml


def library_names() -> list[str]:
    """Names of the bundled scenarios; files that are only extended are left out."""
    return sorted(
        file.stem
        for file in library_folder().glob("*.yaml")
        if "\ncomponents:" in file.read_text(encoding="utf-8")
    )


def library_text(name: str) -> str:
    """Text of a bundled scenario. Raises InputError for an unknown name."""
    return _file(name).read_text(encoding="utf-8")


def copy_library(name: str, folder: Path) -> list[Path]:
    """Copy a bundled scenario and the data it names into ``folder``.

    Returns the files written, the scenario first. Raises InputError if the name is
    unknown or a file is there already; then nothing is written.
    """
    source = _file(name)
    data = read_yaml(source.read_bytes(), LIBRARY + source.name).data
    named = [source.name, *dict.fromkeys(_files_in(data))]
    existing = [file for file in named if (folder / file).exists()]
    if existing:
        got = f"{existing[0]}, which exists already"
        raise refusal(got, "a folder without it", file=str(folder))
    try:
        for file in named:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.parent / file, folder / file)
    except OSError as error:
        got = error.strerror or "an error"
        raise refusal(got, "a writable folder", file=str(folder)) from None
    return [folder / file for file in named]


def _file(name: str) -> Path:
    folder = library_folder()
    prefix = "" if name.startswith(LIBRARY) else LIBRARY
    return Files(folder).find(prefix + name, folder, ".yaml")


def _files_in(data: Any) -> Iterator[str]:
    """Values of ``file:`` keys that name a file beside the scenario."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "file" and isinstance(value, str):
                if not value.startswith((LIBRARY, PVLIB)):
                    yield value
            else:
                yield from _files_in(value)
    elif isinstance(data, list):
        for item in data:
            yield from _files_in(item)

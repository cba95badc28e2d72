"""What a scenario with packages or stages is run again from: its files, merged.

Packages and stages change what the files say, before any default is filled in. Laid
over a text with all defaults they could mean something else; so what is written to be
run again is the merged text, in which files are named from the scenario's folder.
"""

from copy import deepcopy
from typing import Any, Protocol

from verdigrid.models.errors import InputError
from verdigrid.scenarios.document import Document
from verdigrid.scenarios.paths import Files
from verdigrid.scenarios.resolve import files_named, portable
from verdigrid.scenarios.tariff_files import FORMS
from verdigrid.scenarios.yaml_file import Place


class Digest(Protocol):
    """A hash that grows."""

    def update(self, data: bytes, /) -> None:
        """Add data."""


#: Keys whose text names a file.
FILE_KEYS = ("file", *FORMS)
#: Further files with emission factors.
FACTOR_FILES: Place = ("factors", "files")


def places_of_files(document: Document) -> list[Place]:
    """Places of ``document`` that name a file."""
    found = list(files_named(document.data, FILE_KEYS))
    listed = document.get(FACTOR_FILES)
    if isinstance(listed, list):
        found += [(*FACTOR_FILES, number) for number in range(len(listed))]
    return found


def merged_data(document: Document, files: Files) -> dict[str, Any]:
    """The data of ``document``; loaded again it is the same scenario.

    What names no file that can be found stays as it is.
    """
    data = deepcopy(document.data)
    for place in places_of_files(document):
        holder: Any = data
        for part in place[:-1]:
            holder = holder[part]
        folder = document.origin(place).folder
        try:
            holder[place[-1]] = portable(str(holder[place[-1]]), folder, files)
        except InputError:
            continue  # a package's own, which nobody has used
    return data


def update_with_files(digest: Digest, document: Document) -> None:
    """Add every file that ``document`` names, also where nobody has read it yet."""
    files = Files(document.origin(()).folder)
    for place in places_of_files(document):
        folder = document.origin(place).folder
        try:
            path = files.find(str(document.get(place)), folder)
            digest.update(files.read(path))
        except InputError:
            digest.update(b"missing")  # who needs it will say so

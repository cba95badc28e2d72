"""Which files a scenario may name, and what they are called in messages.

A name is relative to the file that uses it. Files must lie below the scenario's
folder or the current working directory, or be part of an installed package
(``library:NAME``, ``pvlib:NAME``); a scenario from elsewhere can therefore not
read the rest of the disk. Symbolic links count where they lead.
"""

import hashlib
from dataclasses import dataclass, field
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from verdigrid.scenarios.wording import refusal

_MAX_BYTES = 60_000_000

LIBRARY = "library:"
PVLIB = "pvlib:"


def library_folder() -> Path:
    """Folder of the bundled scenarios."""
    return Path(str(resources.files("verdigrid.scenarios.library")))


def _pvlib_folder() -> Path:
    """Folder of pvlib's example data; found without importing pvlib's modules."""
    spec = find_spec("pvlib")
    folders = spec.submodule_search_locations if spec else None
    return Path(next(iter(folders or ["pvlib"])), "data")


@dataclass
class Files:
    """The files of one scenario: finds, reads and hashes them.

    ``folder`` is that of the scenario; ``hashes`` maps every file read to its
    SHA-256, ``paths`` to where it lies.
    """

    folder: Path
    hashes: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    _content: dict[Path, bytes] = field(default_factory=dict)

    def find(self, name: str, folder: Path, ending: str = "") -> Path:
        """Where the file called ``name`` in a file of ``folder`` lies.

        ``ending`` is added to library names that have none. Raises InputError if
        the file is missing or may not be read.
        """
        if name.startswith(LIBRARY):
            return self._packaged(name, LIBRARY, library_folder(), ending)
        if name.startswith(PVLIB):
            return self._packaged(name, PVLIB, _pvlib_folder(), "")
        try:
            path = (folder / name).resolve()
            allowed = (self.folder, Path.cwd(), library_folder())
            inside = any(path.is_relative_to(root.resolve()) for root in allowed)
            found = inside and path.is_file()
        except (OSError, ValueError, RuntimeError):
            raise refusal("a name that no file can have", "a file") from None
        if not inside:
            raise refusal(
                f"{name}, which is outside",
                "a file below the scenario's folder or the current folder",
                "move the file there, or start from a folder above both",
            )
        if not found:
            expected = f"a file of that name in {path.parent.name}/"
            raise refusal(f"{name}, which does not exist", expected)
        return path

    def _packaged(self, name: str, prefix: str, folder: Path, ending: str) -> Path:
        inner = name.removeprefix(prefix)
        if ending and not inner.endswith(ending):
            inner += ending
        path = (folder / inner).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            endings = (ending,) if ending else (".csv", ".epw")
            known = sorted(
                prefix + file.relative_to(folder).as_posix().removesuffix(ending)
                for file in folder.rglob("*")
                if file.suffix.lower() in endings
            )
            raise refusal(name, f"one of {', '.join(known)}")
        return path

    def label(self, path: Path) -> str:
        """Name of a file in messages: as short as it stays clear."""
        if path.is_relative_to(library_folder()):
            return LIBRARY + path.relative_to(library_folder()).as_posix()
        if path.is_relative_to(_pvlib_folder()):
            return PVLIB + path.relative_to(_pvlib_folder()).as_posix()
        return _label(path)

    def read(self, path: Path) -> bytes:
        """Content of a file found before; its hash is kept. Raises InputError."""
        if path in self._content:
            return self._content[path]
        label = self.label(path)
        try:
            if path.stat().st_size > _MAX_BYTES:
                expected = f"at most {_MAX_BYTES:,} bytes"
                size = f"{path.stat().st_size:,} bytes"
                raise refusal(size, expected, file=label)
            content = path.read_bytes()
        except OSError as error:
            reason = error.strerror or "an error"
            raise refusal(reason, "a readable file", file=label) from None
        self._content[path] = content
        self.hashes[label] = hashlib.sha256(content).hexdigest()
        self.paths[label] = path
        return content

    def below_folder(self) -> dict[str, Path]:
        """Files read from the scenario's own folder, by their name seen from there."""
        own = (path for path in self.paths.values() if path.is_relative_to(self.folder))
        return {
            path.relative_to(self.folder).as_posix(): path
            for path in own
            if not path.is_relative_to(library_folder())
        }


def _label(path: Path) -> str:
    """Path relative to the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)

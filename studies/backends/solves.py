"""Finished solves of one search, a line each, so that it can go on where it was.

    with Solves(folder, key, resume) as solves:
        found = solves.once("carbon at 12.5", solve)

What a search asks for next follows from what was found before: begun anew with the same
inputs it asks for the same again, and every answer that is there is not solved again.

A line names the search that it belongs to by ``key``, a digest of all that decides the
answers (:mod:`verdigrid.studies.backends.fingerprint`). Lines of other searches stay in
the file and are never used; a line whose checksum is wrong is left out.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from verdigrid.models.errors import InputError, Problem
from verdigrid.results.write import plain_data
from verdigrid.studies.backends.lock import FolderLock
from verdigrid.studies.backends.store import StoreError
from verdigrid.studies.backends.whole_files import write_bytes

NAME = "solves.jsonl"

#: What a solve gave, as plain data.
Found = dict[str, Any]


class Solves:
    """What is finished of one search; in memory alone if there is no ``folder``.

    ``results`` are the files that a finished search leaves in the folder: they go where
    they may be of another search, which this one might not get as far as.
    ``notes`` say what was found there. Raises InputError if the folder has solves
    already (unless ``resume``), is in use, or can't be written.
    """

    def __init__(
        self,
        folder: Path | None = None,
        key: str = "",
        resume: bool = False,
        results: Sequence[str] = (),
    ) -> None:
        self._folder, self._key = folder, key
        self._lines: list[str] = []
        self._found: dict[str, Found] = {}
        self._lock: FolderLock | None = None
        self.notes: list[str] = []
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(folder)
            others = self._read(folder / NAME, resume)
            if others or not self._found:
                for stale in results:  # maybe of another search
                    (folder / stale).unlink(missing_ok=True)
        except OSError as error:
            self.close()
            got = f"{folder}: {error.strerror or error}"
            raise InputError([Problem("--output", got, "a writable folder")]) from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others into the folder."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __len__(self) -> int:
        """How many solves of this search are finished."""
        return len(self._found)

    def once(self, name: str, solve: Callable[[], Found]) -> Found:
        """What ``solve`` gives, or gave before; on the disk when this returns.

        Raises what ``solve`` raises, then nothing is kept; StoreError if it can't be
        written.
        """
        if name not in self._found:
            found = plain_data(solve())
            self._keep(name, found)
        return self._found[name]

    def _keep(self, name: str, found: Found) -> None:
        body = {"search": self._key, "solve": name, "found": found}
        lines = [*self._lines, json.dumps({**body, "checksum": _checksum(body)})]
        if self._folder is not None:
            text = "".join(f"{line}\n" for line in lines)
            try:
                write_bytes(self._folder / NAME, text.encode())
            except OSError as error:
                raise StoreError(
                    f"results can't be written into {self._folder}: "
                    f"{error.strerror or error}; {len(self)} finished solves are kept: "
                    "make room and go on with --resume"
                ) from error
        self._lines, self._found[name] = lines, found

    def _read(self, path: Path, resume: bool) -> int:
        """Lines of the file; returns how many are of other searches.

        Raises InputError if there are any lines but for a resume.
        """
        if not path.exists():
            return 0
        if not resume:
            problem = Problem(
                "--output",
                f"{path.parent}, which has results",
                "a new or empty folder",
                "add --resume to go on with it",
            )
            raise InputError([problem])
        others = 0
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            told = _body_of(line)
            if told is None:
                note = f"line {number} of {path} is damaged and left out"
                self.notes.append(note)
                continue
            self._lines.append(line.decode())
            if told["search"] == self._key:
                self._found[told["solve"]] = told["found"]
            else:
                others += 1
        if others:
            self.notes.append(
                f"{others} finished solves in {path} are of another scenario, other "
                "options or another version, and are not used"
            )
        if self._found:
            self.notes.append(
                f"{len(self)} finished solves are taken from {path}: the next are new"
            )
        return others


def _body_of(line: bytes) -> Found | None:
    """What a line says; None if it is not as it was written."""
    try:
        told = json.loads(line)
        checksum = told.pop("checksum")
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    return told if checksum == _checksum(told) else None


def _checksum(body: Found) -> str:
    text = json.dumps(body, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""The folder of a study: a table of all members that are finished, and what is open.

::

    journal.jsonl      every finished member as soon as it is (what --resume reads)
    results.parquet    the table, written whole every few seconds: pandas.read_parquet
    members/000001/    summary.json of each member with a plan
    logs/              what the workers' solvers said
"""

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd

from verdigrid.models.errors import InputError, Problem, VerdigridError
from verdigrid.studies.backends.journal import NAME, Journal, read_journal
from verdigrid.studies.backends.lock import FolderLock
from verdigrid.studies.backends.whole_files import remove_parts, write_whole
from verdigrid.studies.members import Member, as_json, label
from verdigrid.studies.row import Row, has_plan

TABLE = "results.parquet"
#: Seconds between two writes of the table, which never take more than a tenth of them.
WRITE_EVERY = 5.0
#: First columns of the table, before and after what varies.
FIRST, SECOND = ("member", "name"), ("status", "reason", "note")


class StoreError(VerdigridError):
    """Results can't be written; what was written before is whole."""

    exit_code = 5


class Store:
    """The folder of a study while it runs; holds its lock.

    Raises InputError if the folder is in use, has results already (unless ``resume``)
    or can't be written.
    """

    def __init__(
        self, folder: Path, members: Sequence[Member], resume: bool = False
    ) -> None:
        self.folder, self.members = folder, members
        self._lock = _locked(folder, resume)
        self._rows: dict[str, Row] = {}
        self._failed: set[str] = set()
        try:
            if resume:
                _writable(folder, remove_parts)
            _writable(folder, lambda _: self._read())
            self._journal: Journal = _writable(folder, Journal)
        except BaseException:
            self._lock.release()
            raise
        self._written, self._pause, self._changed = 0.0, 0.0, True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._journal.close()
        self._lock.release()

    def unfinished(self, retry_failed: bool = False) -> list[Member]:
        """Members that have no row yet (or, if asked for, none with a plan)."""
        return [
            member
            for member in self.members
            if (row := self._rows.get(member.key)) is None
            or (retry_failed and not has_plan(row))
        ]

    def add(self, member: Member, row: Row) -> None:
        """Keep a finished member's row. Raises StoreError."""
        try:
            self._journal.add(member.key, row)
        except OSError as error:
            raise _store_error(self.folder, error) from error
        self._keep(member.key, row)
        self._changed = True

    @property
    def finished(self) -> int:
        """Members that have a row."""
        return len(self._rows)

    @property
    def failed(self) -> int:
        """Members whose row holds a reason instead of a plan."""
        return len(self._failed)

    def _read(self) -> None:
        """Rows of the journal; those of no member of this study are left out."""
        known = {member.key for member in self.members}
        for key, row in read_journal(self.folder):
            if key in known:
                self._keep(key, row)

    def _keep(self, key: str, row: Row) -> None:
        self._rows[key] = row
        if has_plan(row):
            self._failed.discard(key)
        else:
            self._failed.add(key)

    def table(self) -> pd.DataFrame:
        """One row for each finished member, by its number."""
        found = [(m, self._rows[m.key]) for m in self.members if m.key in self._rows]
        return as_table([m for m, _ in found], [row for _, row in found])

    def write_table_now_and_then(self) -> None:
        """Write the table if there is news and it is time. Raises StoreError."""
        if self._changed and time.monotonic() - self._written > self._pause:
            self.write_table()

    def write_table(self) -> pd.DataFrame:
        """Write the table whole. Raises StoreError; then the last one still stands."""
        started = time.monotonic()
        table = self.table()
        try:
            write_whole(self.folder / TABLE, table.to_parquet)
        except OSError as error:
            raise _store_error(self.folder, error) from error
        self._written, self._changed = time.monotonic(), False
        self._pause = max(WRITE_EVERY, 10 * (self._written - started))
        return table


def as_table(members: Sequence[Member], rows: Sequence[Row]) -> pd.DataFrame:
    """Members beside their rows; every column of one type, so that Parquet takes it."""
    told = [
        {
            "member": member.number,
            **{name: label(value) for name, value in member.labels.items()},
            **row,
        }
        for member, row in zip(members, rows, strict=True)
    ]
    frame = pd.DataFrame(told)
    varied = dict.fromkeys(name for member in members for name in member.labels)
    ahead = [*FIRST, *(name for name in varied if name not in FIRST), *SECOND]
    ordered = [name for name in ahead if name in frame]
    ordered += [str(name) for name in frame if name not in ahead]
    frame = frame[ordered]
    mixed = {
        name: frame[name].map(_text)
        for name in frame.columns
        if frame[name].dtype == object and not _is_uniform(frame[name])
    }
    return frame.assign(**mixed)


def _is_uniform(column: "pd.Series[Any]") -> bool:
    """True if Parquet can hold the values as they are."""
    kinds = {type(value) for value in column if not _is_nothing(value)}
    return len(kinds) <= 1 or kinds <= {int, float}


def _text(value: Any) -> Any:
    if _is_nothing(value):
        return None
    return value if isinstance(value, str) else as_json(value)


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _locked(folder: Path, resume: bool) -> FolderLock:
    """The lock of the folder, which is made if it is new. Raises InputError."""
    lock: FolderLock = _writable(folder, FolderLock)
    try:
        if not resume and (folder / NAME).exists():
            problem = Problem(
                "--output",
                f"{folder}, which has results of a study",
                "a new or empty folder",
                "add --resume to go on with it",
            )
            raise InputError([problem])
    except BaseException:
        lock.release()
        raise
    return lock


def _writable(folder: Path, make: Any) -> Any:
    """What ``make`` opens in the folder. Raises InputError if it can't be written."""
    try:
        (folder / "members").mkdir(parents=True, exist_ok=True)
        return make(folder)
    except OSError as error:
        got = f"{folder}: {error.strerror or error}"
        raise InputError([Problem("--output", got, "a writable folder")]) from error


def _store_error(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"results can't be written into {folder}: {error.strerror or error}; what "
        "its journal holds is whole: make room and go on with --resume"
    )

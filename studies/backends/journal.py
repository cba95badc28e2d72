"""What is finished, one line each; a line that is there stays there.

A line is appended and on the disk before the next member counts as finished. What a
killed process left half-written is no line: it is skipped, and its member unfinished.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "journal.jsonl"


class Journal:
    """The journal in ``folder``, open for lines to come. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._file = open(self._path, "ab+", buffering=0)  # noqa: SIM115
        size = self._file.seek(0, os.SEEK_END)
        if size:
            self._file.seek(size - 1)
            if self._file.read(1) != b"\n":  # half a line: let it be one of its own
                self._write(b"\n")

    def add(self, key: str, row: dict[str, Any]) -> None:
        """Append a finished member. Raises OSError; then nothing counts as added."""
        self._write(json.dumps({"key": key, "row": row}).encode() + b"\n")

    def close(self) -> None:
        """No more lines."""
        self._file.close()

    def _write(self, line: bytes) -> None:
        size = self._file.seek(0, os.SEEK_END)
        try:
            written = self._file.write(line)
            if written != len(line):
                raise OSError(27, "the disk took only part of a line", self._path)
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(size)
            raise


def read_journal(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key and row of every whole line, oldest first. Raises OSError."""
    path = folder / NAME
    if not path.exists():
        return
    with open(path, "rb") as file:
        for line in file:
            try:
                told = json.loads(line)
                key, row = told["key"], told["row"]
            except (ValueError, KeyError, TypeError):
                continue
            if isinstance(key, str) and isinstance(row, dict) and "status" in row:
                yield key, row

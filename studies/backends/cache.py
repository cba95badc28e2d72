"""Results by what they were computed from: nothing unchanged is solved twice.

An entry is a file named by its key (:func:`fingerprint.result_key`), with the SHA-256
of its content in its first line. A damaged entry is noticed, removed and computed anew;
an entry of other inputs, versions or options has another name.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verdigrid.studies.backends.whole_files import write_bytes

DAMAGED = "a cache entry was damaged, so it was solved again"


@dataclass(frozen=True)
class Cache:
    """The cache in ``folder``; any number of processes may use it at once."""

    folder: Path

    def get(self, key: str) -> tuple[dict[str, Any] | None, str]:
        """The entry, or None; and what has to be said about it."""
        path = self._path(key)
        try:
            raw = path.read_bytes()
        except OSError:
            return None, ""
        head, _, packed = raw.partition(b"\n")
        if head.decode("ascii", "replace") != _digest(key, packed):
            path.unlink(missing_ok=True)
            return None, DAMAGED
        entry: dict[str, Any] = json.loads(gzip.decompress(packed))
        return entry, ""

    def put(self, key: str, entry: dict[str, Any]) -> None:
        """Keep ``entry``. A cache that can't be written is no reason to fail."""
        packed = gzip.compress(json.dumps(entry).encode(), compresslevel=3, mtime=0)
        content = _digest(key, packed).encode() + b"\n" + packed
        try:
            self._path(key).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(self._path(key), content)
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json.gz"


def _digest(key: str, packed: bytes) -> str:
    """Of content and name, so that a copy under another name does not count."""
    return hashlib.sha256(key.encode() + packed).hexdigest()

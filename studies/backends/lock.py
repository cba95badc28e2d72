"""One process at a time in a folder; the lock dies with its holder."""

import os
import sys
from pathlib import Path
from typing import IO

from verdigrid.models.errors import InputError, Problem

NAME = ".lock"


class FolderLock:
    """Holds ``folder`` until released, or until the process is gone.

    Raises InputError if another process holds it, OSError if it can't be written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = open(folder / NAME, "a+", encoding="utf-8")  # noqa: SIM115
        try:
            _hold(self._file)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip()
            self._file.close()
            by = f" ({holder})" if holder else ""
            problem = Problem(
                "--output",
                f"{folder}, where a study is running{by}",
                "a folder that no other process works in",
                "wait for it, or stop it",
            )
            raise InputError([problem]) from None
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()} of {_host()}")
        self._file.flush()

    def release(self) -> None:
        """Let others in."""
        self._file.close()


def _host() -> str:
    import platform

    return platform.node() or "this computer"


def _hold(file: IO[str]) -> None:
    """Lock the file without waiting. Raises OSError if it is locked."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

"""Files that are there whole or not at all, whatever is killed meanwhile."""

import os
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a new file beside ``path``, then put it in its place.

    What was written is on the disk before it has the name. Raises OSError; then
    ``path`` is as it was, and no part of the new file stays.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(part)
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """A whole file with this content. Raises OSError."""
    write_whole(path, lambda part: part.write_bytes(content))


def remove_parts(folder: Path) -> None:
    """Remove what killed processes left of files that they were writing in there."""
    for part in folder.rglob(".*.part"):
        part.unlink(missing_ok=True)

"""Reading a scenario file with the files it extends, and applying ``--set``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from verdigrid.models.errors import InputError, Problem
from verdigrid.scenarios.changes import change
from verdigrid.scenarios.document import Document, Origin
from verdigrid.scenarios.paths import Files
from verdigrid.scenarios.wording import did_you_mean, listed, refusal, shown
from verdigrid.scenarios.yaml_file import Place, dotted, parse_yaml, read_yaml

SCHEMA_VERSION = 1
_MAX_FILES = 50

#: Entries that all files of a chain must agree on: amounts of money of two
#: currencies or two price years cannot be mixed.
_AGREED: tuple[Place, ...] = (
    ("currency",),
    ("costs", "currency"),
    ("costs", "price_year"),
)


def read_document(path: Path, overrides: Sequence[str], files: Files) -> Document:
    """The merged document of a scenario file. Raises InputError."""
    document = read_chain(path, files)
    document.files = files.hashes
    problems: list[Problem] = []
    for override in overrides:
        try:
            _override(document, override, files.folder)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return document


def read_chain(path: Path, files: Files) -> Document:
    """A file laid over the files it extends. Raises InputError."""
    return _read_chain(path, files, (), [])


def _read_chain(
    path: Path, files: Files, chain: tuple[Path, ...], opened: list[Path]
) -> Document:
    """A file laid over the files it extends.

    ``chain`` are the files that led here, ``opened`` all that were read so far.
    """
    own = _read_one(path, files)
    opened.append(path)
    chain = (*chain, path)
    parents = _names(own, "extends")
    removals = _names(own, "remove")
    problems: list[Problem] = []
    base: Document | None = None
    for name in parents:
        place = ("extends",)
        try:
            parent_path = files.find(name, path.parent, ".yaml")
        except InputError as error:
            first = error.problems[0]
            problems.append(own.problem(place, first.got, first.expected, first.hint))
            continue
        if parent_path in chain:
            circle = " -> ".join(files.label(one) for one in (*chain, parent_path))
            raise InputError([own.problem(place, circle, "no circle of extends")])
        if len(opened) >= _MAX_FILES:
            expected = f"at most {_MAX_FILES} extended files"
            raise InputError([own.problem(place, "more files", expected)])
        parent = _read_chain(parent_path, files, chain, opened)
        if base is None:
            base = parent
        else:
            problems += _disagreements(base, parent)
            base.lay_over(parent)
    if problems:
        raise InputError(problems)
    if base is None:
        if removals:
            hint = "delete the entry instead"
            problem = own.problem(("remove",), "remove", "extends beside it", hint)
            raise InputError([problem])
        return own
    for name in removals:
        problems += _remove(base, own, name)
    problems += _disagreements(base, own)
    if problems:
        raise InputError(problems)
    base.lay_over(own)
    return base


def _read_one(path: Path, files: Files) -> Document:
    """One file by itself, with its schema version checked."""
    label = files.label(path)
    text = read_yaml(files.read(path), label)
    if not isinstance(text.data, dict):
        got = shown(text.data)
        raise refusal(got, "a map of keys and values", file=label, line=1)
    origins = {
        place: Origin(label, line, path.parent) for place, line in text.lines.items()
    }
    document = Document(text.data, origins)
    version = text.data.get("schema")
    if type(version) is int and version > SCHEMA_VERSION:
        problem = document.problem(
            ("schema",),
            str(version),
            f"at most {SCHEMA_VERSION}",
            "the file was written for a newer verdigrid: upgrade verdigrid",
        )
        raise InputError([problem])
    return document


def _names(document: Document, key: str) -> list[str]:
    """The text or list of texts under ``key``, which is taken out of the data."""
    value = document.data.pop(key, [])
    names = [value] if isinstance(value, str) else value
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    raise InputError(
        [document.problem((key,), shown(value), "a name or a list of names")]
    )


def _disagreements(below: Document, above: Document) -> list[Problem]:
    problems = []
    for place in _AGREED:
        old, new = below.get(place), above.get(place)
        if old is None or new is None or old == new:
            continue
        origin = below.origin(place)
        problems.append(
            above.problem(
                place,
                f"{shown(new)} over {shown(old)} of {origin.file}:{origin.line}",
                "the same in all files",
                "convert the amounts of one of the files",
            )
        )
    return problems


def _remove(base: Document, own: Document, name: str) -> list[Problem]:
    """Take ``name`` out of ``base``; a problem if it is not there."""
    place = base.place(name)
    for depth in range(len(place)):
        holder = base.get(place[:depth])
        known = [str(key) for key in holder] if isinstance(holder, dict) else []
        if place[depth] not in known:
            where = dotted(place[:depth]) or "the extended files"
            got = f"{name}, which is not in {where}"
            hint = did_you_mean(str(place[depth]), known)
            return [own.problem(("remove",), got, f"one of {listed(known)}", hint)]
    base.remove(place)
    return []


def _override(document: Document, text: str, folder: Path) -> None:
    """Apply one ``path=value``. Raises InputError."""

    def refuse(path: str, got: str, expected: str, hint: str = "") -> InputError:
        return refusal(got, expected, hint, path=path, file="--set")

    path, equals, value_text = text.partition("=")
    path = path.strip()
    if not equals or not all(path.split(".")):
        raise refuse(
            "", repr(text), "path=value", "for example finance.discount_rate=0.1"
        )
    value = _override_value(path, value_text)
    place = document.place(path)
    if place[0] in ("currency", "schema", "extends", "remove"):
        raise refuse(path, path, "another path", "this is fixed by the files")
    change(
        document,
        path,
        value,
        {(): Origin("--set", None, folder)},
        lambda got, expected, hint: refuse(path, got, expected, hint),
    )


def _override_value(path: str, text: str) -> Any:
    """The value of a ``--set``, read as YAML. Raises InputError."""
    try:
        return parse_yaml(text, "--set").data
    except InputError as error:
        first = error.problems[0]
        got = f"{text.strip()!r} ({first.got})"
        raise refusal(
            got, first.expected, first.hint, path=path, file="--set"
        ) from None

"""One YAML 1.2 file, read strictly: plain data and the line of every entry.

Only what a scenario can mean is let through: maps with text keys, lists, text,
numbers, true and false. Duplicate keys, empty values, tags, NaN and numbers with
leading zeros are refused, because each of them is read in two ways by two readers.
"""

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from verdigrid.models.errors import InputError, Problem

#: Place of an entry: keys of maps and numbers of list items.
Place = tuple[str | int, ...]

MAX_BYTES = 2_000_000
_MAX_DEPTH = 30
_MAX_ENTRIES = 200_000

_INTEGER = re.compile(r"[-+]?\d+")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")
_LEADING_ZERO = re.compile(r"[-+]?0\d[\d.eE+-]*")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)")
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}
_EMPTY = ("", "~", "null", "Null", "NULL")


@dataclass
class YamlText:
    """Plain data of a YAML text, and the line (from 1) of its entries.

    Items of a list have a line of their own only where they are maps or lists.
    """

    data: Any
    lines: dict[Place, int]


def decode(raw: bytes, file: str) -> str:
    """Text of UTF-8 bytes, with or without byte-order mark.

    Raises InputError that names the first byte which is no UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        bad = raw[error.start]
        problem = Problem(
            "",
            f"byte 0x{bad:02x} at offset {error.start}",
            "text in UTF-8",
            "save the file as UTF-8",
            file,
            line,
        )
        raise InputError([problem]) from None


def read_yaml(raw: bytes, file: str) -> YamlText:
    """Data and lines of a YAML file's bytes; ``file`` is its name in messages.

    Raises InputError with every problem found.
    """
    if len(raw) > MAX_BYTES:
        problem = Problem(
            "",
            f"{len(raw):,} bytes",
            f"at most {MAX_BYTES:,} bytes",
            "put series into CSV files",
            file,
        )
        raise InputError([problem])
    return parse_yaml(decode(raw, file), file)


def parse_yaml(text: str, file: str) -> YamlText:
    """Data and lines of a YAML text.

    Raises InputError with every problem found.
    """
    # not "rt": its scanner leaves marks inside folded texts
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except RecursionError:
        problem = _too_deep(file, None)
        raise InputError([problem]) from None
    except (YAMLError, ValueError) as error:
        raise InputError([_syntax_problem(error, file)]) from None
    if root is None:
        problem = Problem("", "an empty file", "a map of keys and values", file=file)
        raise InputError([problem])
    reader = _Reader(file)
    data = reader.value(root, ())
    if reader.problems:
        raise InputError(reader.problems)
    return YamlText(data, reader.lines)


def _too_deep(file: str, line: int | None) -> Problem:
    return Problem(
        "", "deeply nested data", f"at most {_MAX_DEPTH} levels", "", file, line
    )


def _syntax_problem(error: Exception, file: str) -> Problem:
    """What the YAML scanner or parser complains about, with its line."""
    if not isinstance(error, MarkedYAMLError):
        text = " ".join(str(error).split())
        return Problem("", text[:200] or "unreadable text", "valid YAML 1.2", file=file)
    mark = error.problem_mark or error.context_mark
    text = " ".join(str(error.problem or error.context or "").split())
    hint = ""
    if "'\\t'" in text:
        text, hint = "a tab", "indent with spaces"
    if "but found another document" in text:
        text, hint = "a second document", "one file is one document: remove the ---"
    line = mark.line + 1 if mark else None
    return Problem("", text or "unreadable text", "valid YAML 1.2", hint, file, line)


@dataclass
class _Reader:
    """Walks the nodes of a document and collects lines and problems."""

    file: str
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    entries: int = 0

    def value(self, node: Any, place: Place) -> Any:
        """Plain value of a node; None where a problem was found."""
        # an empty value has its mark where the next key begins: take the key's line
        line = self.lines.get(place, node.start_mark.line + 1)
        if place == ():
            self.lines[place] = line
        self.entries += 1
        if self.entries > _MAX_ENTRIES:
            # aliases can repeat themselves into millions of entries: stop at once
            expected = f"at most {_MAX_ENTRIES:,} entries, aliases included"
            too_many = Problem("", "more entries", expected, "", self.file, line)
            raise InputError([too_many])
        if len(place) > _MAX_DEPTH:
            raise InputError([_too_deep(self.file, line)])
        if not _has_ordinary_tag(node):
            self._refuse(line, place, f"the tag {_tag(node)}", "plain data", "")
            return None
        if isinstance(node, MappingNode):
            return self._map(node, place)
        if isinstance(node, SequenceNode):
            return self._list(node, place)
        return self._scalar(node, place, line)

    def _map(self, node: MappingNode, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        first_line: dict[Hashable, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._refuse(line, place, "a key that is no text", "a name", "")
                continue
            key = str(key_node.value)
            here = (*place, key)
            if key == "<<":
                hint = "write the keys out, or use extends:"
                self._refuse(line, place, "a merge key <<", "plain keys", hint)
                continue
            if key in first_line:
                self._refuse(
                    line,
                    here,
                    f"the key {key!r} again (first on line {first_line[key]})",
                    "every key once",
                    "remove one of the two",
                )
                continue
            first_line[key] = line
            self.lines[here] = line
            result[key] = self.value(value_node, here)
        return result

    def _list(self, node: SequenceNode, place: Place) -> list[Any]:
        result = []
        for number, item in enumerate(node.value):
            here = (*place, number)
            if not isinstance(item, ScalarNode):
                self.lines[here] = item.start_mark.line + 1
            result.append(self.value(item, here))
        return result

    def _scalar(self, node: ScalarNode, place: Place, line: int) -> Any:
        text = str(node.value)
        if node.style is not None:
            return text  # quoted
        if text in _EMPTY:
            hint = "to use the default, leave the key out; for nothing, write {} or []"
            if place and str(place[-1]).isdigit():
                hint = "a decimal comma? inside {} it begins the next key: use a point"
            self._refuse(line, place, "an empty value", "a value", hint)
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _NOT_FINITE.fullmatch(text):
            self._refuse(line, place, text, "a finite number", "leave the key out")
            return None
        if _LEADING_ZERO.fullmatch(text) and _FLOAT.fullmatch(text):
            hint = "remove the zero, or put a name into quotes"
            self._refuse(line, place, text, "a number without leading zero", hint)
            return None
        if _INTEGER.fullmatch(text) and len(text) <= 18:
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if abs(number) == float("inf"):
                self._refuse(line, place, text[:30], "a finite number", "")
                return None
            return number
        return text

    def _refuse(
        self, line: int, place: Place, got: str, expected: str, hint: str
    ) -> None:
        problem = Problem(dotted(place), got, expected, hint, self.file, line)
        self.problems.append(problem)


def _tag(node: Any) -> str:
    return str(node.tag or "")


def _has_ordinary_tag(node: Any) -> bool:
    """False for ``!name`` and ``!!python/...``: values that want a constructor."""
    ordinary = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")
    allowed = {f"tag:yaml.org,2002:{name}" for name in (*ordinary, "merge", "value")}
    return not _tag(node) or _tag(node) in allowed


def dotted(place: Place) -> str:
    """A place as text, such as ``components.grid.tariff``."""
    return ".".join(str(part) for part in place)

"""Words for messages: values, lists of names, suggestions, refusals."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from verdigrid.models.errors import InputError, Problem


def refusal(
    got: str,
    expected: str,
    hint: str = "",
    *,
    path: str = "",
    file: str = "",
    line: int | None = None,
) -> InputError:
    """An InputError with a single problem, ready to be raised."""
    return InputError([Problem(path, got, expected, hint, file, line)])


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``did you mean capex_per_kw?``, or nothing if nothing is close."""
    cutoff = 0.6 if len(name) > 3 else 0.5
    match = get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return f"did you mean {match[0]}?" if match else ""


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names in a sentence: ``a, b, c``, cut where there are too many."""
    every = list(names)
    if not every:
        return "none"
    text = ", ".join(every[:most])
    return text if len(every) <= most else f"{text} and {len(every) - most} more"


def shown(value: Any, most: int = 60) -> str:
    """A value in a sentence: text in quotes, maps and lists by their kind."""
    if isinstance(value, dict):
        return f"a map with the keys {listed(map(str, value))}" if value else "{}"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}..."

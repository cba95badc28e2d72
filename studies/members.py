"""Members of a study: one scenario each, with what is set in it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

#: Values that a scenario file can hold: numbers, text, true, false, lists, maps.
Value = Any


@dataclass(frozen=True)
class Member:
    """One scenario of a study.

    ``number`` is its place in the study (from 1), ``scenario`` a file or
    ``library:NAME``, ``overrides`` what is set in it by path (as with ``--set``),
    ``labels`` what is told of it in the table by column, ``inputs`` a digest of the
    files behind it: where that changes, an earlier result no longer counts.
    """

    number: int
    scenario: str
    overrides: Mapping[str, Value] = field(default_factory=dict)
    labels: Mapping[str, Value] = field(default_factory=dict)
    inputs: str = ""

    @property
    def settings(self) -> list[str]:
        """The overrides as texts for ``scenarios.load.load``.

        >>> Member(1, "a.yaml", {"finance.discount_rate": 0.1}).settings
        ['finance.discount_rate=0.1']
        """
        return [f"{path}={as_json(value)}" for path, value in self.overrides.items()]

    @cached_property
    def key(self) -> str:
        """What the member is, whatever its number: same key, same result."""
        told = [self.inputs or self.scenario, *self.settings]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:24]

    @property
    def folder(self) -> str:
        """Name of its own folder: that of its number, to be found by people."""
        return f"{self.number:06d}"

    def as_data(self) -> dict[str, Any]:
        """Plain data, for a worker; ``Member(**data)`` is the member again."""
        return asdict(self)


def as_json(value: Value) -> str:
    """A value in one line of JSON, which YAML reads as the same value."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def label(value: Value) -> Value:
    """A value as the table tells it: numbers and texts as they are, maps as JSON."""
    return as_json(value) if isinstance(value, (dict, list)) else value

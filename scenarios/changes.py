"""Changing a document by dotted paths: what ``--set`` and retrofit packages share."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from verdigrid.models.errors import InputError
from verdigrid.scenarios.document import Document, Origin
from verdigrid.scenarios.wording import did_you_mean, listed, shown
from verdigrid.scenarios.yaml_file import Place, dotted

#: Sections whose entries have names; a change may not invent a name.
NAMED = ("buses", "components", "policies")

#: Makes the error for a path: (got, expected, hint).
Refuse = Callable[[str, str, str], InputError]


def change(
    document: Document,
    path: str,
    value: Any,
    origins: dict[Place, Origin],
    refuse: Refuse,
) -> None:
    """Put ``value`` at ``path``; maps on the way that are missing are made.

    ``origins`` are those of the value's entries, by place inside it. Raises InputError
    for names that are unknown and paths that lead nowhere.
    """
    place = document.place(path)
    if place[0] in NAMED and len(place) > 1:
        require_name(document, place, refuse)
    for depth in range(1, len(place)):
        holder = document.get(place[:depth])
        if holder is None:
            document.set(place[:depth], {}, {(): origins[()]})
        elif not isinstance(holder, dict | list):
            got = f"a path inside {dotted(place[:depth])}, which is {shown(holder)}"
            raise refuse(got, "a path into a map", "")
    holder = document.get(place[:-1])
    if isinstance(holder, list) and document.get(place) is None:
        raise refuse(f"item {place[-1]}", f"0 to {len(holder) - 1}", "")
    document.set(place, deepcopy(value), origins)


def require_name(document: Document, place: Place, refuse: Refuse) -> None:
    """Raise InputError if the section has no entry of that name."""
    names = document.data.get(str(place[0]))
    names = names if isinstance(names, dict) else {}
    if place[1] not in names:
        hint = did_you_mean(str(place[1]), names)
        expected = f"one of {listed(names)}"
        raise refuse(f"the unknown name {place[1]!r}", expected, hint)
